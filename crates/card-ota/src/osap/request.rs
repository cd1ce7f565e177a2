use super::message::Body;
use super::params::Params;
use super::tlv::{self, Fields, tag};
use super::{Mode, OsapError, PinPolicy, ScreenText, Slot};

const GET_STATUS: u8 = 0x01;
const SIGN_TEXT: u8 = 0x03;
const SIGN_DIGEST: u8 = 0x04;
const GENERATE_KEY: u8 = 0x05;
const CANCEL: u8 = 0x08;
const CONFIRM: u8 = 0x09;
const GET_RESULT: u8 = 0x0A;
const SET_CERT: u8 = 0x0B;

/// What the server asks of the applet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Request {
    /// What are you, and which keys have you? Shows nothing. Answered by [`super::Answer::Status`].
    GetStatus,
    /// Show this text and sign it with signed attributes. Answered by [`super::Answer::Result`].
    SignText {
        /// The key, of mode [`Mode::SignedAttributes`] and certified.
        slot: Slot,
        /// Seconds from receipt in which the person may answer.
        ttl_s: u16,
        /// The signing time for the signed attributes, seconds since 1970. A critical TLV.
        time: u32,
        /// Who asks: shown, not signed.
        title: Option<ScreenText>,
        /// The DataToBeDisplayed, shown above the text and not signed. A critical TLV.
        headline: Option<ScreenText>,
        /// What is shown and signed.
        text: ScreenText,
    },
    /// Show this label and sign this digest as it is. Answered by [`super::Answer::Result`].
    SignDigest {
        /// The key, of mode [`Mode::Digest`] and certified.
        slot: Slot,
        /// Seconds from receipt in which the person may answer.
        ttl_s: u16,
        /// SHA-256 of the signed attributes that the server built.
        digest: [u8; 32],
        /// Who asks: shown, not signed.
        title: Option<ScreenText>,
        /// What the person is told about the digest.
        label: ScreenText,
    },
    /// Make a key pair in this slot and let the person choose its PIN. Answered by [`super::Answer::Key`].
    GenerateKey {
        /// Where; it must be empty or hold a key that was never certified.
        slot: Slot,
        /// How the key will sign, for life.
        mode: Mode,
        /// Seconds from receipt in which the person may choose the PIN.
        ttl_s: u16,
        /// What PIN may be chosen.
        pin_policy: PinPolicy,
        /// Who asks.
        title: Option<ScreenText>,
        /// What the person is told.
        text: Option<ScreenText>,
    },
    /// The key in this slot was certified. Answered by [`super::Answer::Ack`]. The same again is acknowledged again.
    SetCert {
        /// The key.
        slot: Slot,
        /// SHA-256 of the certificate's DER.
        cert_hash: [u8; 32],
    },
    /// End the open dialogue of this transaction.
    Cancel,
    /// The result is safe at the server: erase it.
    Confirm,
    /// Send the result of this transaction again.
    GetResult,
}

impl Body for Request {
    fn kind(&self) -> u8 {
        match self {
            Self::GetStatus => GET_STATUS,
            Self::SignText { .. } => SIGN_TEXT,
            Self::SignDigest { .. } => SIGN_DIGEST,
            Self::GenerateKey { .. } => GENERATE_KEY,
            Self::SetCert { .. } => SET_CERT,
            Self::Cancel => CANCEL,
            Self::Confirm => CONFIRM,
            Self::GetResult => GET_RESULT,
        }
    }

    // A TLV that must be there stands last, so that no message is the beginning of another.
    fn write(&self, octets: &mut Vec<u8>) -> Result<(), OsapError> {
        match self {
            Self::GetStatus | Self::Cancel | Self::Confirm | Self::GetResult => Ok(()),
            Self::SignText { slot, ttl_s, time, title, headline, text } => {
                Params::new(*slot, Mode::SignedAttributes.octet(), *ttl_s).write(octets)?;
                put_text(octets, tag::TITLE, title.as_ref())?;
                tlv::put(octets, tag::TIME, &time.to_be_bytes())?;
                put_text(octets, tag::HEADLINE, headline.as_ref())?;
                put_text(octets, tag::TEXT, Some(text))
            }
            Self::SignDigest { slot, ttl_s, digest, title, label } => {
                Params::new(*slot, Mode::Digest.octet(), *ttl_s).write(octets)?;
                put_text(octets, tag::TITLE, title.as_ref())?;
                tlv::put(octets, tag::DIGEST, digest)?;
                put_text(octets, tag::TEXT, Some(label))
            }
            Self::GenerateKey { slot, mode, ttl_s, pin_policy, title, text } => {
                Params::new(*slot, mode.octet(), *ttl_s).write(octets)?;
                put_text(octets, tag::TITLE, title.as_ref())?;
                put_text(octets, tag::TEXT, text.as_ref())?;
                tlv::put(octets, tag::PIN_POLICY, &[pin_policy.min(), pin_policy.max(), pin_policy.tries()])
            }
            Self::SetCert { slot, cert_hash } => {
                Params::new(*slot, 0, 0).write(octets)?;
                tlv::put(octets, tag::CERT_HASH, cert_hash)
            }
        }
    }

    fn read(kind: u8, tlvs: &[u8]) -> Result<Self, OsapError> {
        let without = |request| Fields::parse(tlvs, &[]).map(|_| request);
        match kind {
            GET_STATUS => without(Self::GetStatus),
            CANCEL => without(Self::Cancel),
            CONFIRM => without(Self::Confirm),
            GET_RESULT => without(Self::GetResult),
            SIGN_TEXT => sign_text(tlvs),
            SIGN_DIGEST => sign_digest(tlvs),
            GENERATE_KEY => generate_key(tlvs),
            SET_CERT => set_cert(tlvs),
            _ => Err(OsapError::Type),
        }
    }
}

fn put_text(octets: &mut Vec<u8>, tag: u8, text: Option<&ScreenText>) -> Result<(), OsapError> {
    text.map_or(Ok(()), |text| tlv::put(octets, tag, &text.octets()))
}

fn sign_text(tlvs: &[u8]) -> Result<Request, OsapError> {
    let fields = Fields::parse(tlvs, &[tag::PARAMS, tag::TITLE, tag::TIME, tag::HEADLINE, tag::TEXT])?;
    let params = Params::read(&fields)?.of_mode(Mode::SignedAttributes)?;
    Ok(Request::SignText {
        slot: params.slot,
        ttl_s: params.ttl_s,
        time: u32::from_be_bytes(fields.array(tag::TIME)?),
        title: text(&fields, tag::TITLE)?,
        headline: text(&fields, tag::HEADLINE)?,
        text: ScreenText::from_octets(fields.need(tag::TEXT)?)?,
    })
}

fn sign_digest(tlvs: &[u8]) -> Result<Request, OsapError> {
    let fields = Fields::parse(tlvs, &[tag::PARAMS, tag::TITLE, tag::DIGEST, tag::TEXT])?;
    let params = Params::read(&fields)?.of_mode(Mode::Digest)?;
    Ok(Request::SignDigest {
        slot: params.slot,
        ttl_s: params.ttl_s,
        digest: fields.array(tag::DIGEST)?,
        title: text(&fields, tag::TITLE)?,
        label: ScreenText::from_octets(fields.need(tag::TEXT)?)?,
    })
}

fn generate_key(tlvs: &[u8]) -> Result<Request, OsapError> {
    let fields = Fields::parse(tlvs, &[tag::PARAMS, tag::TITLE, tag::TEXT, tag::PIN_POLICY])?;
    let params = Params::read(&fields)?;
    let [min, max, tries] = fields.array(tag::PIN_POLICY)?;
    Ok(Request::GenerateKey {
        slot: params.slot,
        mode: Mode::from_octet(params.mode)?,
        ttl_s: params.ttl_s,
        pin_policy: PinPolicy::new(min, max, tries)?,
        title: text(&fields, tag::TITLE)?,
        text: text(&fields, tag::TEXT)?,
    })
}

fn set_cert(tlvs: &[u8]) -> Result<Request, OsapError> {
    let fields = Fields::parse(tlvs, &[tag::PARAMS, tag::CERT_HASH])?;
    let slot = Params::read(&fields)?.slot;
    Ok(Request::SetCert { slot, cert_hash: fields.array(tag::CERT_HASH)? })
}

fn text(fields: &Fields<'_>, tag: u8) -> Result<Option<ScreenText>, OsapError> {
    fields.get(tag).map(ScreenText::from_octets).transpose()
}
