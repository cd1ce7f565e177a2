use std::net::IpAddr;

use mss_core::{Network, NetworkRole, NodeName, Operation, RoleIdentity};

use super::extension;
use crate::certificate::{ExtKeyUsage, KeyUsage};

/// Most extra names in a node's certificate.
pub const MAX_ALTERNATIVE_NAMES: usize = 8;

/// The certificate authorities of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Authority {
    /// The root of a network; it issues the nodes' certificates itself.
    Network(Network),
    /// The root above the users' CA; it issues nothing but the issuing CA.
    UsersRoot,
    /// The users' CA, under [`Self::UsersRoot`].
    UsersIssuing,
}

/// An extra name in a node's certificate, given at enrolment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlternativeName {
    /// A DNS name.
    Dns(NodeName),
    /// An IP address.
    Ip(IpAddr),
}

/// What a certificate is for: decides its extensions.
#[derive(Debug, Clone)]
pub enum Profile {
    /// A CA's own certificate.
    Authority(Authority),
    /// A node's or an AP's TLS certificate.
    Node {
        /// Who the node is.
        identity: RoleIdentity,
        /// Names beside the node's own.
        alternative_names: Vec<AlternativeName>,
    },
    /// A person's certificate for one operation.
    User(Operation),
}

impl Profile {
    /// The extensions that the profile decides: constraints, usage, names.
    pub(super) fn extensions(&self) -> Result<Vec<Vec<u8>>, RefusedProfile> {
        match self {
            Self::Authority(authority) => {
                // A users' root has one CA below it, the others have none.
                let path_len = u8::from(*authority == Authority::UsersRoot);
                let usage = KeyUsage::KEY_CERT_SIGN.with(KeyUsage::CRL_SIGN);
                Ok(vec![extension::authority_constraints(path_len), extension::key_usage(usage)])
            }
            Self::Node { identity, alternative_names } => {
                let usage = role_usage(identity.network, identity.role).ok_or(RefusedProfile)?;
                if alternative_names.len() > MAX_ALTERNATIVE_NAMES {
                    return Err(RefusedProfile);
                }
                Ok(vec![
                    extension::key_usage(KeyUsage::DIGITAL_SIGNATURE),
                    extension::ext_key_usage(usage),
                    extension::node_names(identity, alternative_names),
                ])
            }
            // No extended key usage: relying software of the field verifies with whatever purpose it was written for.
            Self::User(Operation::Sign | Operation::Digest) => {
                Ok(vec![extension::key_usage(KeyUsage::NON_REPUDIATION)])
            }
            Self::User(Operation::Authn) => Ok(vec![extension::key_usage(KeyUsage::DIGITAL_SIGNATURE)]),
        }
    }

    /// Whether the certificate is signed by its own key.
    pub(super) fn is_root(&self) -> bool {
        matches!(self, Self::Authority(Authority::Network(_) | Authority::UsersRoot))
    }
}

/// The TLS purposes of a role in a network; `None` where the pair does not exist.
#[must_use]
pub fn role_usage(network: Network, role: NetworkRole) -> Option<ExtKeyUsage> {
    let (client_auth, server_auth) = match (network, role) {
        (Network::Ap, NetworkRole::Ap)
        | (Network::Mesh, NetworkRole::Ae)
        | (Network::Me, NetworkRole::Operator) => (true, false),
        (Network::Ap, NetworkRole::Ae)
        | (Network::Mesh, NetworkRole::Home)
        | (Network::Me, NetworkRole::Home | NetworkRole::Ca) => (false, true),
        (Network::Me, NetworkRole::Me) => (true, true),
        _ => return None,
    };
    Some(ExtKeyUsage { client_auth, server_auth, other: false })
}

/// The network has no such role, or names too many alternative names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no certificate profile allows this")]
pub struct RefusedProfile;
