use std::{sync::Arc, time::Duration};

use mss_core::{Network, Operation, RoleIdentity, Timestamp};

use crate::{
    Certificate, NodeKey, Signer, UserCertificate,
    certificate::Validity,
    issuance::{AlternativeName, Authority, Issuer, Name, Profile, Template, issue, self_sign},
    test_entropy::Counting,
};

/// A small PKI for tests: the users' root, its issuing CA and one person; and a network's root.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    pub(crate) root_key: NodeKey,
    pub(crate) root: Certificate,
    pub(crate) issuing_key: NodeKey,
    pub(crate) issuing: Certificate,
    pub(crate) user_key: NodeKey,
    pub(crate) network_key: NodeKey,
    pub(crate) network: Certificate,
    users: Vec<Arc<UserCertificate>>,
}

pub(crate) const DAY: Duration = Duration::from_secs(86_400);

impl World {
    pub(crate) fn new() -> Self {
        Self::with_seed(7)
    }

    pub(crate) fn with_seed(seed: u64) -> Self {
        let now = Timestamp::parse_xml("2026-11-21T10:00:00Z").unwrap();
        let mut chance = Counting(seed);
        let mut key = || NodeKey::generate(&mut chance).unwrap();
        let (root_key, issuing_key, user_key, network_key) = (key(), key(), key(), key());
        let root = Self::authority(now, Authority::UsersRoot, &root_key, None);
        let issuing = Self::authority(
            now,
            Authority::UsersIssuing,
            &issuing_key,
            Some(&Issuer { certificate: &root, signer: &root_key }),
        );
        let network = Self::authority(now, Authority::Network(Network::Mesh), &network_key, None);
        let mut world = Self {
            now,
            root_key,
            root,
            issuing_key,
            issuing,
            user_key,
            network_key,
            network,
            users: Vec::new(),
        };
        world.users = Operation::ALL.into_iter().map(|operation| world.certify(operation)).collect();
        world
    }

    fn authority(
        now: Timestamp,
        authority: Authority,
        key: &NodeKey,
        issuer: Option<&Issuer<'_>>,
    ) -> Certificate {
        let template = Template {
            profile: Profile::Authority(authority),
            subject: Name::authority("Test", authority, true).unwrap(),
            public_key: key.public_key().clone(),
            validity: Validity { not_before: now.minus(DAY), not_after: now.plus(DAY * 365) },
            serial: [3; 16],
        };
        let der = match issuer {
            Some(issuer) => issue(&template, issuer),
            None => self_sign(&template, key),
        };
        Certificate::parse(&der.unwrap()).unwrap()
    }

    pub(crate) fn person_template(&self, operation: Operation) -> Template {
        Template {
            profile: Profile::User(operation),
            subject: Name::person("Aino", "Virtanen, née Österman", "PNOFI-0000000001").unwrap(),
            public_key: self.user_key.public_key().clone(),
            validity: Validity { not_before: self.now.minus(DAY), not_after: self.now.plus(DAY * 90) },
            serial: [9; 16],
        }
    }

    fn certify(&self, operation: Operation) -> Arc<UserCertificate> {
        let issuer = Issuer { certificate: &self.issuing, signer: &self.issuing_key };
        let der = issue(&self.person_template(operation), &issuer).unwrap();
        UserCertificate::parse(&[&der[..], self.issuing.der()]).unwrap()
    }

    /// The person's certificate for an operation.
    pub(crate) fn user(&self, operation: Operation) -> Arc<UserCertificate> {
        let at = Operation::ALL.into_iter().position(|other| other == operation).unwrap();
        Arc::clone(&self.users[at])
    }

    /// A node's certificate in the mesh.
    pub(crate) fn node(
        &self,
        identity: &RoleIdentity,
        alternative_names: Vec<AlternativeName>,
    ) -> Certificate {
        let template = Template {
            profile: Profile::Node { identity: identity.clone(), alternative_names },
            subject: Name::node(identity),
            public_key: self.user_key.public_key().clone(),
            validity: Validity { not_before: self.now.minus(DAY), not_after: self.now.plus(DAY) },
            serial: [0xff; 16],
        };
        let issuer = Issuer { certificate: &self.network, signer: &self.network_key };
        Certificate::parse(&issue(&template, &issuer).unwrap()).unwrap()
    }
}
