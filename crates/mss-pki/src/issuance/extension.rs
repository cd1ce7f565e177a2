//! Extensions in DER (RFC 5280 4.2.1), each as a whole `Extension`.
use std::net::IpAddr;

use mss_core::RoleIdentity;

use super::AlternativeName;
use crate::{
    PublicKey,
    certificate::{ExtKeyUsage, KeyUsage},
    oid, sha256, tlv,
};

fn extension(kind: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    let critical: &[u8] = if critical { &[1, 1, 0xff] } else { &[] };
    tlv::sequence(&[kind, critical, &tlv::element(tlv::OCTET_STRING, &[value])])
}

/// basicConstraints of a CA, critical.
pub(super) fn authority_constraints(path_len: u8) -> Vec<u8> {
    let value = tlv::sequence(&[&[1, 1, 0xff], &tlv::unsigned(&[path_len])]);
    extension(oid::BASIC_CONSTRAINTS, true, &value)
}

/// keyUsage, critical.
pub(super) fn key_usage(usage: KeyUsage) -> Vec<u8> {
    let octet = (0..8).filter(|bit| usage.0 & 1 << bit != 0).fold(0_u8, |octet, bit| octet | 0x80 >> bit);
    // A named bit list ends with its last set bit (X.690 11.2.2).
    let unused = u8::try_from(octet.trailing_zeros()).unwrap_or(0);
    extension(oid::KEY_USAGE, true, &tlv::element(tlv::BIT_STRING, &[&[unused, octet]]))
}

/// extKeyUsage.
pub(super) fn ext_key_usage(usage: ExtKeyUsage) -> Vec<u8> {
    let server: &[u8] = if usage.server_auth { oid::SERVER_AUTH } else { &[] };
    let client: &[u8] = if usage.client_auth { oid::CLIENT_AUTH } else { &[] };
    extension(oid::EXT_KEY_USAGE, false, &tlv::sequence(&[server, client]))
}

/// subjectAltName of a node: its name, the extra names, the identity's URI.
pub(crate) fn node_names(identity: &RoleIdentity, extra: &[AlternativeName]) -> Vec<u8> {
    let dns = |name: &str| tlv::element(tlv::implicit(2), &[name.as_bytes()]);
    let mut names = vec![dns(identity.name.as_str())];
    for name in extra {
        let der = match name {
            AlternativeName::Dns(name) => dns(name.as_str()),
            AlternativeName::Ip(IpAddr::V4(address)) => tlv::element(tlv::implicit(7), &[&address.octets()]),
            AlternativeName::Ip(IpAddr::V6(address)) => tlv::element(tlv::implicit(7), &[&address.octets()]),
        };
        if !names.contains(&der) {
            names.push(der);
        }
    }
    names.push(tlv::element(tlv::implicit(6), &[identity.uri().as_bytes()]));
    let names: Vec<&[u8]> = names.iter().map(Vec::as_slice).collect();
    extension(oid::SUBJECT_ALT_NAME, false, &tlv::sequence(&names))
}

/// The key identifier: the first 160 bits of SHA-256 over the point (RFC 7093 2, method 1).
pub(super) fn key_id(key: &PublicKey) -> Vec<u8> {
    sha256(key.point()).get(..20).unwrap_or_default().to_vec()
}

/// subjectKeyIdentifier.
pub(super) fn subject_key_id(id: &[u8]) -> Vec<u8> {
    extension(oid::SUBJECT_KEY_IDENTIFIER, false, &tlv::element(tlv::OCTET_STRING, &[id]))
}

/// authorityKeyIdentifier with keyIdentifier alone.
pub(super) fn authority_key_id(id: &[u8]) -> Vec<u8> {
    let value = tlv::sequence(&[&tlv::element(tlv::implicit(0), &[id])]);
    extension(oid::AUTHORITY_KEY_IDENTIFIER, false, &value)
}
