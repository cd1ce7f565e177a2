use super::reader::Reader;
use super::{Address, DCS_SIM_BINARY, PID_DATA_DOWNLOAD, TpduError, UserData};

const MTI: u8 = 0x03;
const SUBMIT: u8 = 0x01;
const REJECT_DUPLICATES: u8 = 0x04;
const VPF: u8 = 0x18;
const STATUS_REPORT: u8 = 0x20;
const UDHI: u8 = 0x40;
const REPLY_PATH: u8 = 0x80;

/// How long the centre shall try, TS 23.040 9.2.3.12.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// From now on, in the steps of 9.2.3.12.1.
    Relative(u8),
    /// Until a time, coded as a service centre time stamp.
    Absolute([u8; 7]),
    /// The enhanced form, not interpreted.
    Enhanced([u8; 7]),
}

impl Validity {
    /// The two bits TP-VPF for an optional validity: 0 none, 1 enhanced, 2 relative, 3 absolute.
    #[must_use]
    pub const fn format(validity: Option<Self>) -> u8 {
        match validity {
            None => 0,
            Some(Self::Enhanced(_)) => 1,
            Some(Self::Relative(_)) => 2,
            Some(Self::Absolute(_)) => 3,
        }
    }
}

/// A short message on its way from the card, TS 23.040 9.2.2.2.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsSubmit {
    /// TP-RD.
    pub reject_duplicates: bool,
    /// TP-SRR.
    pub status_report: bool,
    /// TP-UDHI: the user data begins with a header.
    pub udhi: bool,
    /// TP-RP.
    pub reply_path: bool,
    /// TP-MR: the handset's own number for it.
    pub reference: u8,
    /// TP-DA: to whom.
    pub destination: Address,
    /// TP-PID.
    pub pid: u8,
    /// TP-DCS.
    pub dcs: u8,
    /// TP-VPF and TP-VP.
    pub validity: Option<Validity>,
    /// TP-UDL and TP-UD.
    pub user_data: UserData,
}

impl SmsSubmit {
    /// One as a card sends it (first octet 41, PID 7F, DCS F6) with a user data header.
    ///
    /// # Errors
    /// [`TpduError::UserData`] above 140 octets.
    pub fn from_card(reference: u8, destination: Address, ud: Vec<u8>) -> Result<Self, TpduError> {
        Ok(Self {
            reject_duplicates: false,
            status_report: false,
            udhi: true,
            reply_path: false,
            reference,
            destination,
            pid: PID_DATA_DOWNLOAD,
            dcs: DCS_SIM_BINARY,
            validity: None,
            user_data: UserData::octets(ud)?,
        })
    }

    /// Reads one; all octets must be used.
    ///
    /// # Errors
    /// [`TpduError`].
    pub fn decode(octets: &[u8]) -> Result<Self, TpduError> {
        let mut reader = Reader(octets);
        let [first, reference] = reader.array()?;
        if first & MTI != SUBMIT {
            return Err(TpduError::MessageType);
        }
        let destination = Address::read(&mut reader)?;
        let [pid, dcs] = reader.array()?;
        let validity = match (first & VPF) >> 3 {
            0 => None,
            1 => Some(Validity::Enhanced(reader.array()?)),
            2 => Some(Validity::Relative(reader.octet()?)),
            _ => Some(Validity::Absolute(reader.array()?)),
        };
        let user_data = UserData::read(&mut reader, dcs)?;
        reader.end()?;
        Ok(Self {
            reject_duplicates: first & REJECT_DUPLICATES != 0,
            status_report: first & STATUS_REPORT != 0,
            udhi: first & UDHI != 0,
            reply_path: first & REPLY_PATH != 0,
            reference,
            destination,
            pid,
            dcs,
            validity,
            user_data,
        })
    }

    /// The octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let flags = [
            (self.reject_duplicates, REJECT_DUPLICATES),
            (self.status_report, STATUS_REPORT),
            (self.udhi, UDHI),
            (self.reply_path, REPLY_PATH),
        ];
        let first = SUBMIT | Validity::format(self.validity) << 3;
        let first = flags.iter().filter(|(set, _)| *set).fold(first, |first, (_, bit)| first | bit);
        let mut octets = Vec::with_capacity(24 + self.user_data.as_slice().len());
        octets.extend_from_slice(&[first, self.reference]);
        self.destination.write(&mut octets);
        octets.extend_from_slice(&[self.pid, self.dcs]);
        match &self.validity {
            None => {}
            Some(Validity::Relative(octet)) => octets.push(*octet),
            Some(Validity::Absolute(value) | Validity::Enhanced(value)) => octets.extend_from_slice(value),
        }
        self.user_data.write(&mut octets);
        octets
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_truncation_is_refused() {
        let destination = Address::new(0x81, "12345678").unwrap();
        let mut submit = SmsSubmit::from_card(9, destination, vec![2, 0x70, 0, 1]).unwrap();
        for validity in [
            None,
            Some(Validity::Relative(0xA7)),
            Some(Validity::Absolute([1; 7])),
            Some(Validity::Enhanced([2; 7])),
        ] {
            submit.validity = validity;
            let octets = submit.encode();
            assert_eq!(SmsSubmit::decode(&octets).as_ref(), Ok(&submit));
            for end in 0..octets.len() {
                assert_eq!(SmsSubmit::decode(&octets[..end]), Err(TpduError::Truncated), "{end}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..180)) {
            if let Ok(submit) = SmsSubmit::decode(&octets) {
                prop_assert_eq!(SmsSubmit::decode(&submit.encode()), Ok(submit));
            }
        }
    }
}
