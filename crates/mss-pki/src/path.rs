//! A certificate, up to a trusted root: signatures, names, validity, CA flags, path length, key usage. No revocation yet, no
//! policies, no name constraints (a certificate with critical ones is refused).
use mss_core::Timestamp;

use crate::{Certificate, certificate::KeyUsage};

/// Most certificates in a path, the signer's included and the root left out.
pub const MAX_PATH: usize = 5;

/// Checks that `path` (signer first, then intermediates in order) leads to one of `roots` at `now`. The last certificate of the
/// path must have been issued by a root; a root inside the path is refused.
///
/// # Errors
/// At the first link that does not hold.
pub fn validate(path: &[&Certificate], roots: &[Certificate], now: Timestamp) -> Result<(), PathError> {
    let last = path.last().ok_or(PathError::Length)?;
    if path.len() > MAX_PATH {
        return Err(PathError::Length);
    }
    for certificate in path {
        if certificate.is_self_issued() {
            return Err(PathError::SelfIssued);
        }
        check_readable(certificate, now)?;
    }
    for (below, (lower, upper)) in path.iter().zip(path.iter().skip(1)).enumerate() {
        check_link(lower, upper, below)?;
    }
    let mut result = Err(PathError::Untrusted);
    for root in roots.iter().filter(|root| root.subject_der() == last.issuer_der()) {
        result = check_readable(root, now).and_then(|()| check_link(last, root, path.len() - 1));
        if result.is_ok() {
            break;
        }
    }
    result
}

/// What holds for every certificate of a path (RFC 5280 6.1.3, 6.1.4 o).
fn check_readable(certificate: &Certificate, now: Timestamp) -> Result<(), PathError> {
    if !certificate.validity().contains(now) {
        return Err(PathError::Validity);
    }
    if certificate.extensions().unknown_critical {
        return Err(PathError::UnknownCritical);
    }
    Ok(())
}

/// Whether `upper` may have issued `lower`, and did; `below` counts the CA certificates between `upper` and the signer.
fn check_link(lower: &Certificate, upper: &Certificate, below: usize) -> Result<(), PathError> {
    let allowed = upper.extensions();
    let signs = allowed.key_usage.is_none_or(|usage| usage.contains(KeyUsage::KEY_CERT_SIGN));
    if !allowed.ca || !signs {
        return Err(PathError::NoAuthority);
    }
    if allowed.path_len.is_some_and(|most| below > usize::from(most)) {
        return Err(PathError::Length);
    }
    if lower.is_signed_by(upper) { Ok(()) } else { Err(PathError::Signature) }
}

/// Why a path does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// No root has the name of the last certificate's issuer.
    #[error("no trusted root issued the certificate")]
    Untrusted,
    /// A certificate is not yet, or no more, valid.
    #[error("a certificate of the path is outside its validity")]
    Validity,
    /// A certificate was issued by one that is no CA.
    #[error("a certificate of the path was issued by one that is no CA")]
    NoAuthority,
    /// No certificate, or more than a CA or [`MAX_PATH`] allows.
    #[error("the path is too long or empty")]
    Length,
    /// A certificate is not signed by the next one.
    #[error("a certificate of the path is not signed by the next one")]
    Signature,
    /// A self-issued certificate below the root.
    #[error("a self-issued certificate stands inside the path")]
    SelfIssued,
    /// A critical extension that is not understood.
    #[error("a certificate of the path has a critical extension that is not understood")]
    UnknownCritical,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use mss_core::Operation;

    use super::*;
    use crate::{
        issuance::{Issuer, issue},
        test_world::{DAY, World},
    };

    #[test]
    fn the_users_path_holds_and_every_broken_one_does_not() {
        let world = World::new();
        let user = world.user(Operation::Sign);
        let path: Vec<&Certificate> = user.path().collect();
        let roots =
            [Certificate::parse(world.network.der()).unwrap(), Certificate::parse(world.root.der()).unwrap()];
        let now = world.now;
        assert_eq!(validate(&path, &roots, now), Ok(()));
        assert_eq!(validate(&path, &roots[..1], now), Err(PathError::Untrusted));
        assert_eq!(validate(&path[..1], &roots, now), Err(PathError::Untrusted));
        assert_eq!(validate(&[], &roots, now), Err(PathError::Length));
        assert_eq!(validate(&[path[1], path[0]], &roots, now), Err(PathError::NoAuthority));
        assert_eq!(validate(&[path[0], path[1], &world.root], &roots, now), Err(PathError::SelfIssued));
        assert_eq!(validate(&path, &roots, now.plus(DAY * 91)), Err(PathError::Validity));
        assert_eq!(
            validate(&path, &roots, now.minus(DAY + Duration::from_secs(1))),
            Err(PathError::Validity)
        );
        // A root of the same name with another key.
        let other = World::with_seed(99);
        assert_eq!(validate(&path, &[other.root], now), Err(PathError::Signature));
    }

    #[test]
    fn a_person_is_no_authority() {
        let world = World::new();
        let user = world.user(Operation::Sign);
        let mut template = world.person_template(Operation::Sign);
        template.subject = crate::issuance::Name::person("Eve", "Evil", "PNOFI-0000000666").unwrap();
        let forged = issue(&template, &Issuer { certificate: user.leaf(), signer: &world.user_key }).unwrap();
        let forged = Certificate::parse(&forged).unwrap();
        let roots = [Certificate::parse(world.root.der()).unwrap()];
        let path = [&forged, user.leaf(), &world.issuing];
        assert_eq!(validate(&path, &roots, world.now), Err(PathError::NoAuthority));
    }
}
