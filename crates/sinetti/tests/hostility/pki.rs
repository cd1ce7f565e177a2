//! Certificates of a CA that the AP listener believes, good and bad.
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose as Eku, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// What is said in a certificate.
#[derive(Clone)]
pub(crate) struct Leaf {
    pub(crate) name: &'static str,
    pub(crate) purposes: Vec<Eku>,
    pub(crate) usages: Vec<KeyUsagePurpose>,
    /// Years from which and until which.
    pub(crate) valid: (i32, i32),
    pub(crate) is_ca: bool,
}

/// A certificate and its key in PEM.
#[derive(Clone)]
pub(crate) struct Pems {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Leaf {
    /// As an AP's should be.
    pub(crate) fn ap(name: &'static str) -> Self {
        Self {
            name,
            purposes: vec![Eku::ClientAuth],
            usages: vec![KeyUsagePurpose::DigitalSignature],
            valid: (2020, 2096),
            is_ca: false,
        }
    }

    fn params(&self) -> CertificateParams {
        let mut params = CertificateParams::new(vec![self.name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, self.name);
        params.extended_key_usages.clone_from(&self.purposes);
        params.key_usages.clone_from(&self.usages);
        params.not_before = date_time_ymd(self.valid.0, 1, 1);
        params.not_after = date_time_ymd(self.valid.1, 1, 1);
        if self.is_ca {
            params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        }
        params
    }

    /// Nobody's word but its own.
    pub(crate) fn self_signed(&self) -> Pems {
        let key = KeyPair::generate().unwrap();
        Pems::new(self.params().self_signed(&key).unwrap().pem(), key.serialize_pem())
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "A CA of the AP network");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    pub(crate) fn pem(&self) -> String {
        self.0.pem()
    }

    pub(crate) fn issue(&self, leaf: &Leaf) -> Pems {
        let key = KeyPair::generate().unwrap();
        Pems::new(leaf.params().signed_by(&key, &self.0).unwrap().pem(), key.serialize_pem())
    }
}

impl Pems {
    pub(crate) fn new(certificate: String, key: String) -> Self {
        Self { certificate, key }
    }

    /// As `ae.toml` wants it.
    pub(crate) fn fingerprint(&self) -> String {
        let der = CertificateDer::from_pem_slice(self.certificate.as_bytes()).unwrap();
        hex::encode(mss_pki::sha256(&der))
    }
}
