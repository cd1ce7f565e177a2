use std::fmt;

use mss_core::Operation;
use mss_pki::{PublicKey, issuance::Name};

use crate::Refusal;

/// ME's number of an order: the same for every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderId(String);

impl OrderId {
    /// Longest number in characters.
    pub const MAX: usize = 128;

    /// Reads a number; `None` when it is empty, too long or not printable ASCII.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let right = (1..=Self::MAX).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        right.then(|| Self(text.to_owned()))
    }

    /// The number as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OrderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The subject as ME writes it.
#[derive(Clone, Copy)]
pub struct OrderedSubject<'a> {
    /// `givenName`.
    pub given_name: &'a str,
    /// `surname`.
    pub surname: &'a str,
    /// `serialNumber`.
    pub serial_number: &'a str,
    /// `commonName`: given name, space, surname.
    pub common_name: &'a str,
}

/// An order for one person's certificate for one operation, checked. ME vouches for the person and for the possession of the
/// key, which the home MSSP has proven.
#[derive(Clone)]
pub struct UserOrder {
    order_id: OrderId,
    public_key: PublicKey,
    operation: Operation,
    subject: Name,
    content: [u8; 32],
}

impl UserOrder {
    /// Checks an order.
    ///
    /// # Errors
    /// Naming the first part that cannot be used.
    pub fn parse(
        order_id: OrderId,
        public_key_spki: &[u8],
        operation: Operation,
        subject: OrderedSubject<'_>,
    ) -> Result<Self, Refusal> {
        let public_key = PublicKey::from_spki(public_key_spki).map_err(|_| Refusal::PublicKey)?;
        let OrderedSubject { given_name, surname, serial_number, common_name } = subject;
        let name = Name::person(given_name, surname, serial_number)?;
        if common_name != format!("{given_name} {surname}") {
            return Err(Refusal::CommonName);
        }
        let content = content_hash(&[
            public_key.spki_der(),
            operation.word().as_bytes(),
            given_name.as_bytes(),
            surname.as_bytes(),
            serial_number.as_bytes(),
        ]);
        Ok(Self { order_id, public_key, operation, subject: name, content })
    }

    /// ME's number.
    #[must_use]
    pub fn order_id(&self) -> &OrderId {
        &self.order_id
    }

    /// The key to certify.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    /// SHA-256 of the key's SubjectPublicKeyInfo.
    #[must_use]
    pub fn key_hash(&self) -> [u8; 32] {
        mss_pki::sha256(self.public_key.spki_der())
    }

    /// What the key is for.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// The certificate's subject.
    #[must_use]
    pub fn subject(&self) -> &Name {
        &self.subject
    }

    /// SHA-256 over everything that is ordered.
    #[must_use]
    pub fn content(&self) -> &[u8; 32] {
        &self.content
    }
}

/// Names no person.
impl fmt::Debug for UserOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserOrder({}, {})", self.order_id, self.operation.word())
    }
}

/// SHA-256 over the parts, each behind its length, so that no two lists of parts make one text.
fn content_hash(parts: &[&[u8]]) -> [u8; 32] {
    let mut octets = b"sinetti certificate order 1".to_vec();
    for part in parts {
        octets.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        octets.extend_from_slice(part);
    }
    mss_pki::sha256(&octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_numbers_are_short_and_printable() {
        assert!(OrderId::parse("S1-00ff-certify-sign").is_some());
        assert!(OrderId::parse(&"x".repeat(OrderId::MAX)).is_some());
        for wrong in ["", "a b", "a\n", "ä", &"x".repeat(OrderId::MAX + 1)] {
            assert_eq!(OrderId::parse(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn parts_do_not_flow_into_each_other() {
        assert_ne!(content_hash(&[b"ab", b"c"]), content_hash(&[b"a", b"bc"]));
        assert_ne!(content_hash(&[b"a"]), content_hash(&[b"a", b""]));
    }
}
