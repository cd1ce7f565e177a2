//! Certificate authorities and certificates, good and bad.
use mss_core::{Network, NetworkRole, NodeName, RoleIdentity};
use mss_net::tls::{Identity, Roots};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose as Eku, IsCa, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};

pub(crate) struct Ca {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// What is special about a certificate.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) dns_name: String,
    pub(crate) uri: Option<String>,
    pub(crate) ext_key_usage: Vec<Eku>,
    pub(crate) key_usage: Vec<KeyUsagePurpose>,
    pub(crate) expired: bool,
}

/// A certificate and its key in PEM.
pub(crate) struct Pems {
    pub(crate) certificate: String,
    pub(crate) key: String,
    pub(crate) der: Vec<u8>,
}

pub(crate) fn role(network: Network, role: NetworkRole, name: &str) -> RoleIdentity {
    RoleIdentity { network, role, name: NodeName::parse(name).unwrap() }
}

impl Leaf {
    /// A node's certificate: it serves and it calls.
    pub(crate) fn node(identity: &RoleIdentity) -> Self {
        Self {
            dns_name: identity.name.as_str().to_owned(),
            uri: Some(identity.uri()),
            ext_key_usage: vec![Eku::ServerAuth, Eku::ClientAuth],
            key_usage: vec![KeyUsagePurpose::DigitalSignature],
            expired: false,
        }
    }
}

impl Ca {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap() }
    }

    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    pub(crate) fn roots(&self) -> Roots {
        Roots::from_pem(self.pem().as_bytes()).unwrap()
    }

    pub(crate) fn issue(&self, leaf: &Leaf) -> Pems {
        let mut params = CertificateParams::new(vec![leaf.dns_name.clone()]).unwrap();
        if let Some(uri) = &leaf.uri {
            params.subject_alt_names.push(SanType::URI(uri.as_str().try_into().unwrap()));
        }
        params.extended_key_usages.clone_from(&leaf.ext_key_usage);
        params.key_usages.clone_from(&leaf.key_usage);
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = if leaf.expired { date_time_ymd(2021, 1, 1) } else { date_time_ymd(2096, 1, 1) };
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Pems { certificate: certificate.pem(), key: key.serialize_pem(), der: certificate.der().to_vec() }
    }

    pub(crate) fn identity(&self, leaf: &Leaf) -> Identity {
        self.issue(leaf).identity()
    }
}

impl Pems {
    pub(crate) fn identity(&self) -> Identity {
        Identity::from_pem(self.certificate.as_bytes(), self.key.as_bytes()).unwrap()
    }
}
