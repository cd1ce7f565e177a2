//! alert_notification: a handset can be reached again (SMPP 3.4, 4.12). It has no response.

use crate::{Address, Tlvs, malformed::Malformed, reader::Reader};

/// Who can be reached, and who wanted to know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AlertNotification {
    /// The handset.
    pub source: Address<65>,
    /// The ESME that asked.
    pub esme: Address<65>,
    /// ms_availability_status, if any.
    pub tlvs: Tlvs,
}

impl AlertNotification {
    pub(crate) fn decode(mut reader: Reader<'_>) -> Result<Self, Malformed> {
        Ok(Self {
            source: Address::decode(&mut reader, "source_addr")?,
            esme: Address::decode(&mut reader, "esme_addr")?,
            tlvs: reader.tlvs()?,
        })
    }

    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.source.encode(out);
        self.esme.encode(out);
        self.tlvs.encode(out);
    }
}
