//! A small PKI under fixed keys: what one process issued, another one knows. Signatures differ from process to process,
//! because the provider draws their nonces from the system; nothing else does.
use std::{sync::LazyLock, time::Duration};

use mss_core::{MsspTransId, Network, NetworkRole, NodeName, Operation, RoleIdentity, Timestamp};
use mss_pki::{
    Certificate, Content, Expected, NodeKey, SignedAttributes, Signer, UserCertificate, VerifiedSignature,
    certificate::Validity,
    csr,
    issuance::{AlternativeName, Authority, Issuer, Name, Profile, Template, issue, self_sign},
    verify,
};

use crate::keys::Counting;

const DAY: Duration = Duration::from_secs(86_400);
/// When everything happens.
pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_795_255_200);
/// What the person signs.
pub(crate) const TEXT: &str = "Pay 12 € to Kiosk?";
/// Whose digest the person signs.
pub(crate) const DOCUMENT: &[u8] = b"a document that stays with its owner";

pub(crate) struct PkiWorld {
    pub(crate) roots: Vec<Certificate>,
    pub(crate) issuing: Certificate,
    pub(crate) network: Certificate,
    pub(crate) users: Vec<std::sync::Arc<UserCertificate>>,
    pub(crate) user_key: NodeKey,
    pub(crate) nodes: Vec<Vec<u8>>,
    pub(crate) request: Vec<u8>,
}

pub(crate) static WORLD: LazyLock<PkiWorld> = LazyLock::new(PkiWorld::new);

impl PkiWorld {
    fn new() -> Self {
        let mut chance = Counting(7);
        let mut key = || NodeKey::generate(&mut chance).expect("chance is good");
        let (root_key, issuing_key, user_key, network_key) = (key(), key(), key(), key());
        let root = authority(Authority::UsersRoot, &root_key, None);
        let issuer = Issuer { certificate: &root, signer: &root_key };
        let issuing = authority(Authority::UsersIssuing, &issuing_key, Some(&issuer));
        let network = authority(Authority::Network(Network::Mesh), &network_key, None);
        let issuer = Issuer { certificate: &issuing, signer: &issuing_key };
        let user = |operation| {
            let template = Template {
                profile: Profile::User(operation),
                subject: Name::person("Aino", "Virtanen, née Österman", "PNOFI-0000000001").expect("a name"),
                public_key: user_key.public_key().clone(),
                validity: Validity { not_before: NOW.minus(DAY), not_after: NOW.plus(DAY * 90) },
                serial: [9; 16],
            };
            let der = issue(&template, &issuer).expect("a good template");
            UserCertificate::parse(&[&der[..], issuing.der()]).expect("in path order")
        };
        let users = Operation::ALL.map(user).to_vec();
        let identity = |role| RoleIdentity {
            network: Network::Mesh,
            role,
            name: NodeName::parse("node.example").expect("a name"),
        };
        let node = |role| {
            let dns = AlternativeName::Dns(NodeName::parse("other.example").expect("a name"));
            let ip = AlternativeName::Ip(std::net::IpAddr::from([127, 0, 0, 1]));
            let identity = identity(role);
            let template = Template {
                subject: Name::node(&identity),
                profile: Profile::Node { identity, alternative_names: vec![dns, ip] },
                public_key: user_key.public_key().clone(),
                validity: Validity { not_before: NOW.minus(DAY), not_after: NOW.plus(DAY) },
                serial: [0xFF; 16],
            };
            issue(&template, &Issuer { certificate: &network, signer: &network_key })
                .expect("a good template")
        };
        let nodes = vec![node(NetworkRole::Ae), node(NetworkRole::Home)];
        let request = csr::build(&user_key, &identity(NetworkRole::Home)).expect("the key signs");
        Self { roots: vec![root], issuing, network, users, user_key, nodes, request }
    }

    /// The person's certificate for an operation.
    pub(crate) fn user(&self, operation: Operation) -> std::sync::Arc<UserCertificate> {
        let at = Operation::ALL.into_iter().position(|other| other == operation);
        std::sync::Arc::clone(&self.users[at.expect("every operation")])
    }

    /// A proven signature over `content`.
    pub(crate) fn signed(&self, content: Content, operation: Operation) -> VerifiedSignature {
        let certificate = self.user(operation);
        let attributes = SignedAttributes::build(&content.message_digest(), NOW, certificate.sha256());
        let raw = raw(&self.user_key.sign(attributes.der()).expect("the key signs"));
        let expected = Expected {
            transaction: MsspTransId::parse("S1-0123456789abcdef0123").expect("a number"),
            content,
            signing_time: NOW,
            certificate,
            now: NOW,
        };
        verify(expected, raw).unwrap_or_else(|error| panic!("our own signature: {error}"))
    }
}

fn authority(authority: Authority, key: &NodeKey, issuer: Option<&Issuer<'_>>) -> Certificate {
    let template = Template {
        profile: Profile::Authority(authority),
        subject: Name::authority("Test", authority, true).expect("a name"),
        public_key: key.public_key().clone(),
        validity: Validity { not_before: NOW.minus(DAY), not_after: NOW.plus(DAY * 365) },
        serial: [3; 16],
    };
    let der = match issuer {
        Some(issuer) => issue(&template, issuer),
        None => self_sign(&template, key),
    };
    Certificate::parse(&der.expect("a good template")).expect("our own certificate")
}

/// r and s of a signature in DER, which has two INTEGERs of at most 33 octets.
pub(crate) fn raw(der: &[u8]) -> [u8; 64] {
    let mut raw = [0; 64];
    let mut rest = &der[2..];
    for half in raw.chunks_mut(32) {
        let (digits, after) = rest[2..].split_at(usize::from(rest[1]));
        let digits = digits.strip_prefix(&[0]).unwrap_or(digits);
        let start = 32 - digits.len();
        half[start..].copy_from_slice(digits);
        rest = after;
    }
    raw
}
