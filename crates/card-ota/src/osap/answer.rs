use super::message::Body;
use super::params::Params;
use super::tlv::{self, Fields, tag};
use super::{CardInfo, CardStatus, Mode, OsapError, Slot, Tries};

const ACK: u8 = 0x81;
const RESULT: u8 = 0x82;
const KEY: u8 = 0x85;
const STATUS: u8 = 0x90;
const ERROR: u8 = 0xFF;

/// What the applet says to the server, in the transaction of the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Accepted: the dialogue is open, or what needed no dialogue is done.
    Ack,
    /// The signature.
    Result {
        /// Raw r and s.
        signature: [u8; 64],
        /// The first octets of the digest of what was signed, see [`super::dtbs_id`].
        dtbs_id: [u8; 4],
        /// Seconds from receipt to the PIN.
        mo_time_s: Option<u16>,
    },
    /// A key was made.
    Key {
        /// Where.
        slot: Slot,
        /// How it signs.
        mode: Mode,
        /// The compressed point.
        public_key: [u8; 33],
        /// ECDSA, raw r and s, over SHA-256 of [`super::pop_input`].
        pop: [u8; 64],
    },
    /// What the applet is and has.
    Status {
        /// All about it.
        info: CardInfo,
        /// Tries left of the card's common PIN and PUK, where it has them.
        tries: Option<Tries>,
    },
    /// No signature, no key: why.
    Error {
        /// Why.
        status: CardStatus,
        /// More about it; meaning by status, else zero.
        detail: u8,
        /// Tries left of the PIN concerned.
        tries: Option<Tries>,
    },
}

impl Body for Answer {
    fn kind(&self) -> u8 {
        match self {
            Self::Ack => ACK,
            Self::Result { .. } => RESULT,
            Self::Key { .. } => KEY,
            Self::Status { .. } => STATUS,
            Self::Error { .. } => ERROR,
        }
    }

    // A TLV that must be there stands last, so that no message is the beginning of another.
    fn write(&self, octets: &mut Vec<u8>) -> Result<(), OsapError> {
        match self {
            Self::Ack => put_ok(octets),
            Self::Result { signature, dtbs_id, mo_time_s } => {
                put_ok(octets)?;
                tlv::put(octets, tag::SIGNATURE, signature)?;
                if let Some(seconds) = mo_time_s {
                    tlv::put(octets, tag::MO_TIME, &seconds.to_be_bytes())?;
                }
                tlv::put(octets, tag::DTBS_ID, dtbs_id)
            }
            Self::Key { slot, mode, public_key, pop } => {
                put_ok(octets)?;
                Params::new(*slot, mode.octet(), 0).write(octets)?;
                tlv::put(octets, tag::PUBKEY, public_key)?;
                tlv::put(octets, tag::POP, pop)
            }
            Self::Status { info, tries } => {
                put_tries(octets, *tries)?;
                tlv::put(octets, tag::INFO, &info.octets()?)
            }
            Self::Error { status, detail, tries } => {
                put_tries(octets, *tries)?;
                tlv::put(octets, tag::STATUS, &[status.0, *detail])
            }
        }
    }

    fn read(kind: u8, tlvs: &[u8]) -> Result<Self, OsapError> {
        match kind {
            ACK => need_ok(&Fields::parse(tlvs, &[tag::STATUS])?).map(|()| Self::Ack),
            RESULT => result(tlvs),
            KEY => key(tlvs),
            STATUS => {
                let fields = Fields::parse(tlvs, &[tag::TRIES, tag::INFO])?;
                Ok(Self::Status {
                    info: CardInfo::from_octets(fields.need(tag::INFO)?)?,
                    tries: tries(&fields)?,
                })
            }
            ERROR => {
                let fields = Fields::parse(tlvs, &[tag::STATUS, tag::TRIES])?;
                let [status, detail] = fields.array(tag::STATUS)?;
                Ok(Self::Error { status: CardStatus(status), detail, tries: tries(&fields)? })
            }
            _ => Err(OsapError::Type),
        }
    }
}

fn result(tlvs: &[u8]) -> Result<Answer, OsapError> {
    let fields = Fields::parse(tlvs, &[tag::STATUS, tag::SIGNATURE, tag::MO_TIME, tag::DTBS_ID])?;
    need_ok(&fields)?;
    Ok(Answer::Result {
        signature: fields.array(tag::SIGNATURE)?,
        dtbs_id: fields.array(tag::DTBS_ID)?,
        mo_time_s: fields.optional(tag::MO_TIME)?.map(u16::from_be_bytes),
    })
}

fn key(tlvs: &[u8]) -> Result<Answer, OsapError> {
    let fields = Fields::parse(tlvs, &[tag::STATUS, tag::PARAMS, tag::PUBKEY, tag::POP])?;
    need_ok(&fields)?;
    let params = Params::read(&fields)?;
    let mode = Mode::from_octet(params.mode)?;
    Ok(Answer::Key {
        slot: params.slot,
        mode,
        public_key: fields.array(tag::PUBKEY)?,
        pop: fields.array(tag::POP)?,
    })
}

fn put_ok(octets: &mut Vec<u8>) -> Result<(), OsapError> {
    tlv::put(octets, tag::STATUS, &[CardStatus::OK.0, 0])
}

fn need_ok(fields: &Fields<'_>) -> Result<(), OsapError> {
    let [status, _] = fields.array(tag::STATUS)?;
    if CardStatus(status) == CardStatus::OK { Ok(()) } else { Err(OsapError::Value) }
}

fn put_tries(octets: &mut Vec<u8>, tries: Option<Tries>) -> Result<(), OsapError> {
    tries.map_or(Ok(()), |tries| tlv::put(octets, tag::TRIES, &[tries.pin, tries.puk]))
}

fn tries(fields: &Fields<'_>) -> Result<Option<Tries>, OsapError> {
    Ok(fields.optional(tag::TRIES)?.map(|[pin, puk]| Tries { pin, puk }))
}
