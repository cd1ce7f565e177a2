//! Who asks: a client certificate bound to an AP_ID by allow-list (mss-soap 10).
use std::{collections::HashMap, sync::Arc};

use mss_core::{ApId, Fault, FaultCode, SignatureProfile, TextLimits};
use thiserror::Error;

/// One Application Provider, as configured. AP_PWD is ignored by policy: the certificate is the credential.
#[derive(Debug, Clone)]
pub struct ApEntry {
    /// The AP_ID this AP speaks under.
    pub ap_id: ApId,
    /// Who asks, as the title on the phone's screen.
    pub display_name: String,
    /// SHA-256 fingerprints of the client certificates (DER) that may use the AP_ID.
    pub certificates: Vec<[u8; 32]>,
    /// Profiles the AP may ask for.
    pub profiles: Vec<SignatureProfile>,
}

impl ApEntry {
    /// An AP with one certificate and every profile.
    #[must_use]
    pub fn new(ap_id: ApId, display_name: impl Into<String>, certificate: [u8; 32]) -> Self {
        Self {
            ap_id,
            display_name: display_name.into(),
            certificates: vec![certificate],
            profiles: SignatureProfile::ALL.to_vec(),
        }
    }
}

/// Why a list of APs cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DirectoryError {
    /// Two entries share an AP_ID.
    #[error("AP_ID {0} is configured twice")]
    Duplicate(String),
    /// The display name does not fit on the phone's title line.
    #[error("display name of AP_ID {0} cannot be shown on a phone")]
    DisplayName(String),
    /// Nobody could ever use the entry.
    #[error("AP_ID {0} has no certificate")]
    NoCertificate(String),
}

/// The APs that this AE serves. Plain configuration data; replaced as a whole when it changes.
#[derive(Debug, Clone, Default)]
pub struct ApDirectory {
    entries: HashMap<ApId, Arc<ApEntry>>,
}

impl ApDirectory {
    /// Checks and indexes the configured APs.
    ///
    /// # Errors
    /// The first entry that cannot be used.
    pub fn new(entries: Vec<ApEntry>) -> Result<Self, DirectoryError> {
        let mut directory = Self::default();
        for entry in entries {
            let name = || entry.ap_id.as_str().to_owned();
            if TextLimits::TITLE.check(&entry.display_name).is_err() {
                return Err(DirectoryError::DisplayName(name()));
            }
            if entry.certificates.is_empty() {
                return Err(DirectoryError::NoCertificate(name()));
            }
            if directory.entries.contains_key(&entry.ap_id) {
                return Err(DirectoryError::Duplicate(name()));
            }
            directory.entries.insert(entry.ap_id.clone(), Arc::new(entry));
        }
        Ok(directory)
    }
}

/// Proof that the holder of a client certificate may speak under an AP_ID. Only [`authenticate`] makes one.
#[derive(Debug, Clone)]
pub struct AuthenticatedAp(Arc<ApEntry>);

impl AuthenticatedAp {
    /// The AP_ID that was proven.
    #[must_use]
    pub fn ap_id(&self) -> &ApId {
        &self.0.ap_id
    }

    /// The title on the phone.
    #[must_use]
    pub fn display_name(&self) -> &str {
        &self.0.display_name
    }

    /// Whether the AP may ask for this profile.
    #[must_use]
    pub fn may_use(&self, profile: SignatureProfile) -> bool {
        self.0.profiles.contains(&profile)
    }
}

/// Binds the certificate of the connection to the AP_ID of one request. To be asked for every request: a long connection
/// must not outlive a change of the directory.
///
/// # Errors
/// 104, with the same public answer whether the AP_ID is unknown or belongs to another certificate.
pub fn authenticate(
    directory: &ApDirectory,
    fingerprint: [u8; 32],
    ap_id: &ApId,
) -> Result<AuthenticatedAp, Fault> {
    let refused = |why: &str| Fault::new(FaultCode::UNAUTHORIZED_ACCESS, why);
    let entry = directory.entries.get(ap_id).ok_or_else(|| refused("AP_ID is not known"))?;
    if !entry.certificates.contains(&fingerprint) {
        return Err(refused("the client certificate is not bound to the AP_ID"));
    }
    Ok(AuthenticatedAp(Arc::clone(entry)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> ApId {
        ApId::parse(text).unwrap()
    }

    #[test]
    fn only_the_bound_certificate_may_use_an_ap_id() {
        let directory = ApDirectory::new(vec![
            ApEntry::new(id("http://a"), "A", [1; 32]),
            ApEntry::new(id("http://b"), "B", [2; 32]),
        ])
        .unwrap();
        assert_eq!(authenticate(&directory, [1; 32], &id("http://a")).unwrap().display_name(), "A");
        for (certificate, ap) in [([2; 32], "http://a"), ([1; 32], "http://b"), ([1; 32], "http://c")] {
            let fault = authenticate(&directory, certificate, &id(ap)).unwrap_err();
            assert_eq!(fault.code, FaultCode::UNAUTHORIZED_ACCESS);
        }
    }

    #[test]
    fn unusable_entries_are_refused() {
        let entry = || ApEntry::new(id("http://a"), "A", [1; 32]);
        assert!(matches!(ApDirectory::new(vec![entry(), entry()]), Err(DirectoryError::Duplicate(_))));
        let long = ApEntry { display_name: "x".repeat(40), ..entry() };
        assert!(matches!(ApDirectory::new(vec![long]), Err(DirectoryError::DisplayName(_))));
        let bare = ApEntry { certificates: vec![], ..entry() };
        assert!(matches!(ApDirectory::new(vec![bare]), Err(DirectoryError::NoCertificate(_))));
    }
}
