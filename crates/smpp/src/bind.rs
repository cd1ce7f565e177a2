//! Opening a session: bind_receiver, bind_transmitter, bind_transceiver (SMPP 3.4, 4.1).

use std::fmt;

use subtle::ConstantTimeEq as _;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::{
    COctetString, c_octet_string::NotCOctetString, command::CommandId, malformed::Malformed, reader::Reader,
};

/// In which directions messages may go over a session, seen from the ESME.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BindMode {
    /// deliver_sm only.
    Receiver,
    /// submit_sm only.
    Transmitter,
    /// Both.
    Transceiver,
}

impl BindMode {
    /// The request that asks for this mode.
    pub const fn command(self) -> CommandId {
        match self {
            Self::Receiver => CommandId::BIND_RECEIVER,
            Self::Transmitter => CommandId::BIND_TRANSMITTER,
            Self::Transceiver => CommandId::BIND_TRANSCEIVER,
        }
    }

    /// Whether the ESME may send submit_sm.
    pub const fn submits(self) -> bool {
        !matches!(self, Self::Receiver)
    }

    /// Whether the SMSC may send deliver_sm.
    pub const fn delivers(self) -> bool {
        !matches!(self, Self::Transmitter)
    }
}

/// The password of a bind: at most 8 octets. Never shown, never copied silently, wiped when dropped, compared in
/// constant time.
pub struct Password(COctetString<9>);

impl Password {
    /// Takes the octets of a password. The caller wipes its own copy.
    ///
    /// # Errors
    /// When there are more than 8 of them or one is NUL.
    pub fn new(octets: &[u8]) -> Result<Self, NotCOctetString> {
        COctetString::new(octets).map(Self)
    }

    /// A second copy, for a configuration that binds again and again.
    pub fn duplicate(&self) -> Self {
        Self(self.0)
    }

    pub(crate) fn decode(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        reader.text("password").map(Self)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.0.encode(out);
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.0.filled().ct_eq(other.0.filled()).into()
    }
}

impl Eq for Password {}

impl Zeroize for Password {
    fn zeroize(&mut self) {
        self.0.wipe();
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.zeroize();
    }
}

impl ZeroizeOnDrop for Password {}

/// The body of a bind request; the mode is its command.
#[derive(PartialEq, Eq)]
pub struct Bind {
    /// Which of the three commands.
    pub mode: BindMode,
    /// Who binds.
    pub system_id: COctetString<16>,
    /// Proof of it.
    pub password: Password,
    /// Kind of system, mostly empty.
    pub system_type: COctetString<13>,
    /// 0x34 for SMPP 3.4.
    pub interface_version: u8,
    /// Type of number of `address_range`.
    pub addr_ton: u8,
    /// Numbering plan of `address_range`.
    pub addr_npi: u8,
    /// The numbers served, mostly empty or a single short number.
    pub address_range: COctetString<41>,
}

impl Bind {
    /// A bind of SMPP 3.4 without system type and address range.
    pub const fn new(mode: BindMode, system_id: COctetString<16>, password: Password) -> Self {
        Self {
            mode,
            system_id,
            password,
            system_type: COctetString::empty(),
            interface_version: 0x34,
            addr_ton: 0,
            addr_npi: 0,
            address_range: COctetString::empty(),
        }
    }

    /// Whether both names are alike and both passwords are, in constant time.
    pub fn is_from(&self, system_id: &COctetString<16>, password: &Password) -> bool {
        let same_system = self.system_id.filled().ct_eq(system_id.filled());
        let same_password = self.password.0.filled().ct_eq(password.0.filled());
        (same_system & same_password).into()
    }

    pub(crate) fn decode(mode: BindMode, mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let bind = Self {
            mode,
            system_id: reader.text("system_id")?,
            password: Password::decode(&mut reader)?,
            system_type: reader.text("system_type")?,
            interface_version: reader.octet("interface_version")?,
            addr_ton: reader.octet("addr_ton")?,
            addr_npi: reader.octet("addr_npi")?,
            address_range: reader.text("address_range")?,
        };
        reader.end()?;
        Ok(bind)
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.system_id.encode(out);
        self.password.encode(out);
        self.system_type.encode(out);
        out.extend_from_slice(&[self.interface_version, self.addr_ton, self.addr_npi]);
        self.address_range.encode(out);
    }
}

impl fmt::Debug for Bind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bind")
            .field("mode", &self.mode)
            .field("system_id", &self.system_id)
            .field("system_type", &self.system_type)
            .field("interface_version", &self.interface_version)
            .field("address_range", &self.address_range)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_compared_whole() {
        let name = COctetString::try_from("mssp").unwrap();
        let bind = Bind::new(BindMode::Transceiver, name, Password::new(b"s3cret").unwrap());
        assert!(bind.is_from(&name, &Password::new(b"s3cret").unwrap()));
        assert!(!bind.is_from(&name, &Password::new(b"s3cre").unwrap()));
        assert!(!bind.is_from(&COctetString::try_from("mss").unwrap(), &Password::new(b"s3cret").unwrap()));
    }

    #[test]
    fn debug_hides_the_password() {
        let bind = Bind::new(BindMode::Receiver, COctetString::empty(), Password::new(b"hidden").unwrap());
        assert!(!format!("{bind:?}").contains("hidden"));
    }
}
