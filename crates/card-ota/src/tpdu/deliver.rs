use super::reader::Reader;
use super::{Address, DCS_SIM_BINARY, PID_DATA_DOWNLOAD, Scts, TpduError, UserData};

const MTI: u8 = 0x03;
const DELIVER: u8 = 0x00;
const NO_MORE_MESSAGES: u8 = 0x04;
const LOOP_PREVENTION: u8 = 0x08;
const STATUS_REPORT: u8 = 0x20;
const UDHI: u8 = 0x40;
const REPLY_PATH: u8 = 0x80;

/// A short message on its way to the card, TS 23.040 9.2.2.1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsDeliver {
    /// TP-MMS as it stands: set when no more messages wait for the card.
    pub no_more_messages: bool,
    /// TP-LP.
    pub loop_prevention: bool,
    /// TP-SRI.
    pub status_report: bool,
    /// TP-UDHI: the user data begins with a header.
    pub udhi: bool,
    /// TP-RP.
    pub reply_path: bool,
    /// TP-OA: who sent it.
    pub originator: Address,
    /// TP-PID.
    pub pid: u8,
    /// TP-DCS.
    pub dcs: u8,
    /// TP-SCTS: when the centre took it.
    pub scts: Scts,
    /// TP-UDL and TP-UD.
    pub user_data: UserData,
}

impl SmsDeliver {
    /// One that the handset hands to the card (PID 7F, DCS F6) with a user data header.
    ///
    /// # Errors
    /// [`TpduError::UserData`] above 140 octets.
    pub fn download(originator: Address, scts: Scts, ud: Vec<u8>) -> Result<Self, TpduError> {
        Ok(Self {
            no_more_messages: true,
            loop_prevention: false,
            status_report: false,
            udhi: true,
            reply_path: false,
            originator,
            pid: PID_DATA_DOWNLOAD,
            dcs: DCS_SIM_BINARY,
            scts,
            user_data: UserData::octets(ud)?,
        })
    }

    /// Reads one; all octets must be used.
    ///
    /// # Errors
    /// [`TpduError`].
    pub fn decode(octets: &[u8]) -> Result<Self, TpduError> {
        let mut reader = Reader(octets);
        let first = reader.octet()?;
        if first & MTI != DELIVER {
            return Err(TpduError::MessageType);
        }
        let originator = Address::read(&mut reader)?;
        let [pid, dcs] = reader.array()?;
        let scts = Scts(reader.array()?);
        let user_data = UserData::read(&mut reader, dcs)?;
        reader.end()?;
        Ok(Self {
            no_more_messages: first & NO_MORE_MESSAGES != 0,
            loop_prevention: first & LOOP_PREVENTION != 0,
            status_report: first & STATUS_REPORT != 0,
            udhi: first & UDHI != 0,
            reply_path: first & REPLY_PATH != 0,
            originator,
            pid,
            dcs,
            scts,
            user_data,
        })
    }

    /// The octets.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let flags = [
            (self.no_more_messages, NO_MORE_MESSAGES),
            (self.loop_prevention, LOOP_PREVENTION),
            (self.status_report, STATUS_REPORT),
            (self.udhi, UDHI),
            (self.reply_path, REPLY_PATH),
        ];
        let first = flags.iter().filter(|(set, _)| *set).fold(DELIVER, |first, (_, bit)| first | bit);
        let mut octets = Vec::with_capacity(24 + self.user_data.as_slice().len());
        octets.push(first);
        self.originator.write(&mut octets);
        octets.extend_from_slice(&[self.pid, self.dcs]);
        octets.extend_from_slice(&self.scts.0);
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
        let originator = Address::international("358401234567").unwrap();
        let whole = SmsDeliver::download(originator, Scts::from_unix(0), vec![2, 0x70, 0, 1, 2, 3]).unwrap();
        let octets = whole.encode();
        assert_eq!(SmsDeliver::decode(&octets), Ok(whole));
        for end in 0..octets.len() {
            assert_eq!(SmsDeliver::decode(&octets[..end]), Err(TpduError::Truncated), "{end}");
        }
        assert_eq!(SmsDeliver::decode(&[&octets[..], &[0]].concat()), Err(TpduError::Trailing));
    }

    proptest! {
        #[test]
        fn any_octets(octets in proptest::collection::vec(any::<u8>(), 0..180)) {
            if let Ok(deliver) = SmsDeliver::decode(&octets) {
                let _ = (deliver.originator.digits(), deliver.originator.name(), deliver.scts.to_unix());
                prop_assert_eq!(SmsDeliver::decode(&deliver.encode()), Ok(deliver));
            }
        }
    }
}
