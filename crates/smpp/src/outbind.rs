//! outbind: an SMSC asks an ESME to bind (SMPP 3.4, 4.1.7). It has no response.

use std::fmt;

use crate::{COctetString, Password, malformed::Malformed, reader::Reader};

/// Who asks, with its proof.
#[derive(PartialEq, Eq)]
pub struct Outbind {
    /// The name of the SMSC.
    pub system_id: COctetString<16>,
    /// Its proof.
    pub password: Password,
}

impl Outbind {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let system_id = reader.text("system_id")?;
        let password = Password::decode(&mut reader)?;
        reader.end()?;
        Ok(Self { system_id, password })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.system_id.encode(out);
        self.password.encode(out);
    }
}

impl fmt::Debug for Outbind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbind").field("system_id", &self.system_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_hides_the_password() {
        let password = Password::new(b"hidden").unwrap();
        let shown = format!("{:?}", Outbind { system_id: COctetString::try_from("smsc").unwrap(), password });
        assert!(shown.contains("smsc") && !shown.contains("hidden"), "{shown}");
    }
}
