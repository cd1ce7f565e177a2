use mss_core::RoleIdentity;

use crate::{issuance::Authority, oid, tlv};

/// Upper bound of the attributes used here (RFC 5280 appendix A.1).
const MAX: usize = 64;
/// Shortest serial number of a person.
const MIN_SERIAL: usize = 16;

/// A subject or issuer name, ready in DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Vec<u8>);

impl Name {
    /// The name of a CA: `O`, `OU=DEMO` where it is one, `CN`.
    ///
    /// # Errors
    /// When the organization is empty, holds control characters, or is longer than 40 characters.
    pub fn authority(organization: &str, authority: Authority, demo: bool) -> Result<Self, InvalidName> {
        check("the organization", organization)?;
        if organization.chars().count() > 40 {
            return Err(InvalidName("the organization"));
        }
        let words = match authority {
            Authority::Network(network) => format!("{network} network CA"),
            Authority::UsersRoot => "users root CA".to_owned(),
            Authority::UsersIssuing => "users CA".to_owned(),
        };
        let mut parts = vec![utf8(oid::ORGANIZATION, organization)];
        if demo {
            parts.push(utf8(oid::ORGANIZATIONAL_UNIT, "DEMO"));
        }
        parts.push(utf8(oid::COMMON_NAME, &format!("{organization} {words}")));
        Ok(Self::of(&parts))
    }

    /// The name of a node: `CN` is the node's name, or its first label where the name is longer than a `CN` may be. Nobody
    /// compares it: the names that count are in the subject alternative name.
    #[must_use]
    pub fn node(identity: &RoleIdentity) -> Self {
        let name = identity.name.as_str();
        let common = if name.len() > MAX { name.split('.').next().unwrap_or(name) } else { name };
        Self::of(&[utf8(oid::COMMON_NAME, common)])
    }

    /// The name of a person: `CN` (given name and surname), `GN`, `SN`, `SERIALNUMBER`.
    ///
    /// # Errors
    /// When a value is empty, too long, holds control characters, or the serial number is no printable string of 16 to 64
    /// characters: it is what APs know a person by, so short ones that collide between registers are refused.
    pub fn person(given_name: &str, surname: &str, serial_number: &str) -> Result<Self, InvalidName> {
        check("the given name", given_name)?;
        check("the surname", surname)?;
        let common = format!("{given_name} {surname}");
        check("given name and surname together", &common)?;
        let printable = |b: u8| b.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&b);
        if !(MIN_SERIAL..=MAX).contains(&serial_number.len()) || !serial_number.bytes().all(printable) {
            return Err(InvalidName("the serial number"));
        }
        Ok(Self::of(&[
            utf8(oid::COMMON_NAME, &common),
            utf8(oid::GIVEN_NAME, given_name),
            utf8(oid::SURNAME, surname),
            attribute(oid::SERIAL_NUMBER, tlv::PRINTABLE_STRING, serial_number),
        ]))
    }

    fn of(parts: &[Vec<u8>]) -> Self {
        Self(tlv::sequence(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>()))
    }

    /// The name in DER.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.0
    }
}

/// RelativeDistinguishedName with one attribute.
fn attribute(kind: &[u8], string: u8, value: &str) -> Vec<u8> {
    let value = tlv::element(string, &[value.as_bytes()]);
    tlv::element(tlv::SET, &[&tlv::sequence(&[kind, &value])])
}

fn utf8(kind: &[u8], value: &str) -> Vec<u8> {
    attribute(kind, tlv::UTF8_STRING, value)
}

fn check(what: &'static str, value: &str) -> Result<(), InvalidName> {
    let length = value.chars().count();
    let right = (1..=MAX).contains(&length) && value.trim() == value && !value.chars().any(char::is_control);
    if right { Ok(()) } else { Err(InvalidName(what)) }
}

/// A value cannot stand in a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0} cannot stand in a certificate's name")]
pub struct InvalidName(pub &'static str);

#[cfg(test)]
mod tests {
    use mss_core::{Network, NetworkRole, NodeName};

    use super::*;
    use crate::certificate::name_text;

    #[test]
    fn a_person_has_four_attributes_in_order() {
        let name = Name::person("Aino", "Öst, er", "PNOFI-0000000001").unwrap();
        assert_eq!(
            name_text(name.der()).unwrap(),
            "CN=Aino Öst\\, er, GN=Aino, SN=Öst\\, er, SERIALNUMBER=PNOFI-0000000001"
        );
        for (given, surname, serial) in [
            ("", "B", "PNOFI-0000000001"),
            ("A", " B", "PNOFI-0000000001"),
            ("A", "B\n", "PNOFI-0000000001"),
            ("A", &"ä".repeat(63), "PNOFI-0000000001"),
            ("A", "B", "PNOFI-000000001"),
            ("A", "B", "PNOFI*0000000001"),
            ("A", "B", &"0".repeat(65)),
        ] {
            assert!(Name::person(given, surname, serial).is_err(), "{given} {surname} {serial}");
        }
        assert!(Name::person("A", &"ä".repeat(62), &"0".repeat(64)).is_ok());
    }

    #[test]
    fn authorities_and_nodes() {
        let name = Name::authority("Seal", Authority::Network(Network::Ap), true).unwrap();
        assert_eq!(name_text(name.der()).unwrap(), "O=Seal, OU=DEMO, CN=Seal ap network CA");
        assert!(Name::authority("", Authority::UsersRoot, false).is_err());
        assert!(Name::authority(&"o".repeat(41), Authority::UsersRoot, false).is_err());
        let long = format!("first.{}example", "label.".repeat(20));
        let identity = RoleIdentity {
            network: Network::Ap,
            role: NetworkRole::Ap,
            name: NodeName::parse(&long).unwrap(),
        };
        assert_eq!(name_text(Name::node(&identity).der()).unwrap(), "CN=first");
    }
}
