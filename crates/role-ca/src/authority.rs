//! The authorities: which key signs for whom, and for how long.
use std::{sync::Arc, time::Duration};

use mss_core::{Entropy, Network, Operation, Timestamp};
use mss_pki::{
    Certificate, PublicKey, Signer,
    certificate::Validity,
    issuance::{Authority, InvalidName, IssueError, Issuer, Name, Profile, Template, issue, self_sign},
};

use crate::{CaConfig, Enrolment, Refusal, UserOrder, config::days};

/// How long a root lives.
const ROOT_LIFETIME: Duration = days(20 * 365);
/// How long the users' issuing CA lives.
const ISSUING_LIFETIME: Duration = days(10 * 365);
/// How far before its making an authority's certificate begins: well before anything that it will issue.
const FOUNDED_BEFORE: Duration = Duration::from_secs(3600);

/// The certificate and the key of an authority are not a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the authority's certificate and its key do not belong together")]
pub struct NotAPair;

/// One authority that issues.
#[derive(Clone)]
pub struct Issuing {
    certificate: Arc<Certificate>,
    signer: Arc<dyn Signer>,
}

/// A certificate that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Its serial number, as it stands in it.
    pub serial: [u8; 16],
    /// The certificate.
    pub der: Vec<u8>,
    /// SHA-256 of its SubjectPublicKeyInfo.
    pub key: [u8; 32],
}

impl Issuing {
    /// Puts certificate and key together.
    ///
    /// # Errors
    /// When they are not a pair.
    pub fn new(certificate: Certificate, signer: Arc<dyn Signer>) -> Result<Self, NotAPair> {
        if certificate.public_key() == signer.public_key() {
            Ok(Self { certificate: Arc::new(certificate), signer })
        } else {
            Err(NotAPair)
        }
    }

    /// The authority's certificate in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        self.certificate.der()
    }

    /// Makes a node's certificate.
    ///
    /// # Errors
    /// [`Refusal::Authority`] outside the authority's own validity, [`Refusal::Unavailable`] when the key cannot sign.
    pub fn certify_node(
        &self,
        enrolment: &Enrolment,
        public_key: &PublicKey,
        config: &CaConfig,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Issued, Refusal> {
        let profile = Profile::Node {
            identity: enrolment.identity().clone(),
            alternative_names: enrolment.alternative_names().to_vec(),
        };
        let subject = Name::node(enrolment.identity());
        self.certify(profile, subject, public_key, self.validity(config.node_lifetime, config, now)?, entropy)
    }

    /// Makes a person's certificate.
    ///
    /// # Errors
    /// As [`Self::certify_node`].
    pub fn certify_user(
        &self,
        order: &UserOrder,
        config: &CaConfig,
        now: Timestamp,
        entropy: &mut dyn Entropy,
    ) -> Result<Issued, Refusal> {
        let operation: Operation = order.operation();
        let validity = self.validity(config.user_lifetime, config, now)?;
        self.certify(Profile::User(operation), order.subject().clone(), order.public_key(), validity, entropy)
    }

    fn certify(
        &self,
        profile: Profile,
        subject: Name,
        public_key: &PublicKey,
        validity: Validity,
        entropy: &mut dyn Entropy,
    ) -> Result<Issued, Refusal> {
        let serial = serial(entropy);
        let template = Template { profile, subject, public_key: public_key.clone(), validity, serial };
        let issuer = Issuer { certificate: &self.certificate, signer: &*self.signer };
        let der = issue(&template, &issuer).map_err(|_| Refusal::Unavailable)?;
        Ok(Issued { serial, der, key: mss_pki::sha256(public_key.spki_der()) })
    }

    /// From a little before `now` for `lifetime`, within the authority's own.
    fn validity(&self, lifetime: Duration, config: &CaConfig, now: Timestamp) -> Result<Validity, Refusal> {
        let own = self.certificate.validity();
        if !own.contains(now) {
            return Err(Refusal::Authority);
        }
        Ok(Validity {
            not_before: whole(now.minus(config.backdated)).max(own.not_before),
            not_after: whole(now.plus(lifetime)).min(own.not_after),
        })
    }
}

/// Every authority that issues while the process runs. The users' root is not among them: it signs the issuing CA once, and
/// its key is better kept elsewhere.
#[derive(Clone)]
pub struct Authorities {
    /// Issues to Application Providers and to the AE's face towards them.
    pub ap: Issuing,
    /// Issues to members of the mesh.
    pub mesh: Issuing,
    /// Issues to ME, operators and the nodes they administer.
    pub me: Issuing,
    /// Issues to people.
    pub users: Issuing,
}

impl Authorities {
    /// The authority of a network.
    #[must_use]
    pub fn network(&self, network: Network) -> &Issuing {
        match network {
            Network::Ap => &self.ap,
            Network::Mesh => &self.mesh,
            Network::Me => &self.me,
        }
    }
}

/// The word for an authority in file names and in the audit trail.
#[must_use]
pub const fn authority_word(authority: Authority) -> &'static str {
    match authority {
        Authority::Network(Network::Ap) => "ap-root",
        Authority::Network(Network::Mesh) => "mesh-root",
        Authority::Network(Network::Me) => "me-root",
        Authority::UsersRoot => "users-root",
        Authority::UsersIssuing => "users-issuing",
    }
}

/// What a new authority shall be.
pub struct Founding<'a> {
    /// Which.
    pub authority: Authority,
    /// `O` of its name.
    pub organization: &'a str,
    /// Whether it carries the marker that production refuses.
    pub demo: bool,
    /// Its key.
    pub signer: &'a dyn Signer,
    /// Who stands above it; `None` makes a root.
    pub above: Option<&'a Issuing>,
}

/// Makes a new authority's certificate: roots live 20 years, an issuing CA 10.
///
/// # Errors
/// When the organization cannot stand in a name, or a key cannot sign.
pub fn found(
    founding: &Founding<'_>,
    now: Timestamp,
    entropy: &mut dyn Entropy,
) -> Result<Certificate, FoundError> {
    let Founding { authority, organization, demo, signer, above } = *founding;
    let lifetime = if above.is_some() { ISSUING_LIFETIME } else { ROOT_LIFETIME };
    let template = Template {
        profile: Profile::Authority(authority),
        subject: Name::authority(organization, authority, demo)?,
        public_key: signer.public_key().clone(),
        validity: Validity {
            not_before: whole(now.minus(FOUNDED_BEFORE)),
            not_after: whole(now.plus(lifetime)),
        },
        serial: serial(entropy),
    };
    let der = match above {
        Some(above) => issue(&template, &Issuer { certificate: &above.certificate, signer: &*above.signer })?,
        None => self_sign(&template, signer)?,
    };
    Ok(Certificate::parse(&der)?)
}

/// Why an authority could not be founded.
#[derive(Debug, thiserror::Error)]
pub enum FoundError {
    /// The organization.
    #[error(transparent)]
    Name(#[from] InvalidName),
    /// The signature.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// What was made cannot be read back.
    #[error(transparent)]
    Certificate(#[from] mss_pki::certificate::CertificateError),
}

/// Sixteen random octets whose first two bits are `01`: positive and of full length (RFC 5280 4.1.2.2), and the form that
/// the template keeps unchanged, so that what is stored is what the certificate says.
fn serial(entropy: &mut dyn Entropy) -> [u8; 16] {
    let mut serial = [0; 16];
    entropy.fill(&mut serial);
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x3f | 0x40;
    }
    serial
}

fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_secs(at.secs())
}
