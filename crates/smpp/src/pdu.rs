//! One PDU: header and typed body, octets to value and back.

use crate::{
    AlertNotification, Bind, BindMode, COctetString, CommandStatus, DataSm, Message, Outbind, ReplaceSm,
    command::CommandId,
    malformed::{DecodeError, Header, Malformed},
    message::MessageResp,
    query::{CancelSm, QuerySm, QuerySmResp},
    reader::Reader,
    tlv::Tlvs,
};

/// Octets of the header, command_length included.
pub const HEADER_LENGTH: usize = 16;
/// Greatest command_length taken or made.
pub const LENGTH_LIMIT: usize = 65_536;

/// A PDU. Its command is that of its body.
#[derive(Debug, PartialEq, Eq)]
pub struct Pdu {
    /// Zero in requests.
    pub status: CommandStatus,
    /// The response repeats that of its request.
    pub sequence: u32,
    /// Everything behind the header.
    pub body: Body,
}

/// The body by command. A response may come without a body (SMSCs leave it out of refusals): that is `None`.
#[derive(Debug, PartialEq, Eq)]
pub enum Body {
    /// bind_receiver, bind_transmitter or bind_transceiver.
    Bind(Bind),
    /// Their responses.
    BindResp(BindMode, Option<BindResp>),
    /// submit_sm.
    SubmitSm(Message),
    /// submit_sm_resp.
    SubmitSmResp(Option<MessageResp>),
    /// deliver_sm.
    DeliverSm(Message),
    /// deliver_sm_resp.
    DeliverSmResp(Option<MessageResp>),
    /// data_sm.
    DataSm(DataSm),
    /// data_sm_resp.
    DataSmResp(Option<MessageResp>),
    /// query_sm.
    QuerySm(QuerySm),
    /// query_sm_resp.
    QuerySmResp(Option<QuerySmResp>),
    /// cancel_sm.
    CancelSm(CancelSm),
    /// cancel_sm_resp.
    CancelSmResp,
    /// replace_sm.
    ReplaceSm(ReplaceSm),
    /// replace_sm_resp.
    ReplaceSmResp,
    /// outbind.
    Outbind(Outbind),
    /// alert_notification.
    AlertNotification(AlertNotification),
    /// unbind.
    Unbind,
    /// unbind_resp.
    UnbindResp,
    /// enquire_link.
    EnquireLink,
    /// enquire_link_resp.
    EnquireLinkResp,
    /// generic_nack.
    GenericNack,
    /// Any other command, unread.
    Opaque(Opaque),
}

/// The body of the bind responses.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BindResp {
    /// Name of the SMSC.
    pub system_id: COctetString<16>,
    /// sc_interface_version, if any.
    pub tlvs: Tlvs,
}

impl BindResp {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        self.system_id.encode(out);
        self.tlvs.encode(out);
    }
}

/// A PDU whose body is not read: known commands outside our use, and unknown ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opaque {
    command: CommandId,
    octets: Vec<u8>,
}

impl Opaque {
    /// The command.
    pub const fn command(&self) -> CommandId {
        self.command
    }

    /// The body.
    pub fn octets(&self) -> &[u8] {
        &self.octets
    }
}

impl Pdu {
    /// A request (status zero).
    pub const fn request(sequence: u32, body: Body) -> Self {
        Self { status: CommandStatus::ROK, sequence, body }
    }

    /// Reads exactly one PDU.
    ///
    /// # Errors
    /// [`DecodeError::Length`] when the octets are not exactly one frame of 16 to 65 536 octets,
    /// [`DecodeError::Malformed`] when the body is longer or shorter than its fields.
    pub fn decode(frame: &[u8]) -> Result<Self, DecodeError> {
        let Some((length, header, body)) = split(frame) else {
            return Err(DecodeError::Length(u32::try_from(frame.len()).unwrap_or(u32::MAX)));
        };
        if usize::try_from(length) != Ok(frame.len()) || frame.len() > LENGTH_LIMIT {
            return Err(DecodeError::Length(length));
        }
        match Body::decode(header.command, body) {
            Ok(body) => Ok(Self { status: header.status, sequence: header.sequence, body }),
            Err(cause) => Err(DecodeError::Malformed { header, cause }),
        }
    }

    /// Writes the PDU behind what `out` holds. Cannot fail: every part is bounded by its type.
    pub fn encode(&self, out: &mut Vec<u8>) {
        write(out, self.body.command(), self.status, self.sequence, |out| self.body.encode(out));
    }
}

/// Frames a PDU: header, body, then the length set right.
pub(crate) fn write(
    out: &mut Vec<u8>,
    command: CommandId,
    status: CommandStatus,
    sequence: u32,
    body: impl FnOnce(&mut Vec<u8>),
) {
    let start = out.len();
    for word in [0, command.0, status.0, sequence] {
        out.extend_from_slice(&word.to_be_bytes());
    }
    body(out);
    let length = u32::try_from(out.len().saturating_sub(start)).unwrap_or(u32::MAX);
    if let Some(place) = out.get_mut(start..start.saturating_add(4)) {
        place.copy_from_slice(&length.to_be_bytes());
    }
}

fn split(frame: &[u8]) -> Option<(u32, Header, &[u8])> {
    let (length, rest) = frame.split_first_chunk::<4>()?;
    let (command, rest) = rest.split_first_chunk::<4>()?;
    let (status, rest) = rest.split_first_chunk::<4>()?;
    let (sequence, body) = rest.split_first_chunk::<4>()?;
    let header = Header {
        command: CommandId(u32::from_be_bytes(*command)),
        status: CommandStatus(u32::from_be_bytes(*status)),
        sequence: u32::from_be_bytes(*sequence),
    };
    Some((u32::from_be_bytes(*length), header, body))
}

impl Body {
    /// The command_id that goes with this body.
    pub const fn command(&self) -> CommandId {
        match self {
            Self::Bind(bind) => bind.mode.command(),
            Self::BindResp(mode, _) => mode.command().response(),
            Self::SubmitSm(_) => CommandId::SUBMIT_SM,
            Self::SubmitSmResp(_) => CommandId::SUBMIT_SM_RESP,
            Self::DeliverSm(_) => CommandId::DELIVER_SM,
            Self::DeliverSmResp(_) => CommandId::DELIVER_SM_RESP,
            Self::DataSm(_) => CommandId::DATA_SM,
            Self::DataSmResp(_) => CommandId::DATA_SM_RESP,
            Self::QuerySm(_) => CommandId::QUERY_SM,
            Self::QuerySmResp(_) => CommandId::QUERY_SM_RESP,
            Self::CancelSm(_) => CommandId::CANCEL_SM,
            Self::CancelSmResp => CommandId::CANCEL_SM_RESP,
            Self::ReplaceSm(_) => CommandId::REPLACE_SM,
            Self::ReplaceSmResp => CommandId::REPLACE_SM_RESP,
            Self::Outbind(_) => CommandId::OUTBIND,
            Self::AlertNotification(_) => CommandId::ALERT_NOTIFICATION,
            Self::Unbind => CommandId::UNBIND,
            Self::UnbindResp => CommandId::UNBIND_RESP,
            Self::EnquireLink => CommandId::ENQUIRE_LINK,
            Self::EnquireLinkResp => CommandId::ENQUIRE_LINK_RESP,
            Self::GenericNack => CommandId::GENERIC_NACK,
            Self::Opaque(opaque) => opaque.command,
        }
    }

    fn decode(command: CommandId, octets: &[u8]) -> Result<Self, Malformed> {
        let reader = Reader::new(octets);
        let empty = octets.is_empty();
        Ok(match command {
            CommandId::BIND_RECEIVER => Self::Bind(Bind::decode(BindMode::Receiver, reader)?),
            CommandId::BIND_TRANSMITTER => Self::Bind(Bind::decode(BindMode::Transmitter, reader)?),
            CommandId::BIND_TRANSCEIVER => Self::Bind(Bind::decode(BindMode::Transceiver, reader)?),
            CommandId::BIND_RECEIVER_RESP => bind_resp(BindMode::Receiver, empty, reader)?,
            CommandId::BIND_TRANSMITTER_RESP => bind_resp(BindMode::Transmitter, empty, reader)?,
            CommandId::BIND_TRANSCEIVER_RESP => bind_resp(BindMode::Transceiver, empty, reader)?,
            CommandId::SUBMIT_SM => Self::SubmitSm(Message::decode(reader)?),
            CommandId::SUBMIT_SM_RESP => Self::SubmitSmResp(unless(empty, || MessageResp::decode(reader))?),
            CommandId::DELIVER_SM => Self::DeliverSm(Message::decode(reader)?),
            CommandId::DELIVER_SM_RESP => Self::DeliverSmResp(unless(empty, || MessageResp::decode(reader))?),
            CommandId::DATA_SM => Self::DataSm(DataSm::decode(reader)?),
            CommandId::DATA_SM_RESP => Self::DataSmResp(unless(empty, || MessageResp::decode(reader))?),
            CommandId::QUERY_SM => Self::QuerySm(QuerySm::decode(reader)?),
            CommandId::QUERY_SM_RESP => Self::QuerySmResp(unless(empty, || QuerySmResp::decode(reader))?),
            CommandId::CANCEL_SM => Self::CancelSm(CancelSm::decode(reader)?),
            CommandId::CANCEL_SM_RESP => bare(Self::CancelSmResp, reader)?,
            CommandId::REPLACE_SM => Self::ReplaceSm(ReplaceSm::decode(reader)?),
            CommandId::REPLACE_SM_RESP => bare(Self::ReplaceSmResp, reader)?,
            CommandId::OUTBIND => Self::Outbind(Outbind::decode(reader)?),
            CommandId::ALERT_NOTIFICATION => Self::AlertNotification(AlertNotification::decode(reader)?),
            CommandId::UNBIND => bare(Self::Unbind, reader)?,
            CommandId::UNBIND_RESP => bare(Self::UnbindResp, reader)?,
            CommandId::ENQUIRE_LINK => bare(Self::EnquireLink, reader)?,
            CommandId::ENQUIRE_LINK_RESP => bare(Self::EnquireLinkResp, reader)?,
            CommandId::GENERIC_NACK => bare(Self::GenericNack, reader)?,
            other => Self::Opaque(Opaque { command: other, octets: octets.to_vec() }),
        })
    }

    fn encode(&self, out: &mut Vec<u8>) {
        match self {
            Self::Bind(bind) => bind.encode(out),
            Self::BindResp(_, Some(resp)) => resp.encode(out),
            Self::SubmitSm(message) | Self::DeliverSm(message) => message.encode(out),
            Self::SubmitSmResp(Some(resp))
            | Self::DeliverSmResp(Some(resp))
            | Self::DataSmResp(Some(resp)) => resp.encode(out),
            Self::DataSm(data) => data.encode(out),
            Self::QuerySm(query) => query.encode(out),
            Self::QuerySmResp(Some(found)) => found.encode(out),
            Self::CancelSm(cancel) => cancel.encode(out),
            Self::ReplaceSm(replace) => replace.encode(out),
            Self::Outbind(outbind) => outbind.encode(out),
            Self::AlertNotification(alert) => alert.encode(out),
            Self::Opaque(opaque) => out.extend_from_slice(&opaque.octets),
            Self::BindResp(_, None)
            | Self::SubmitSmResp(None)
            | Self::DeliverSmResp(None)
            | Self::DataSmResp(None)
            | Self::QuerySmResp(None)
            | Self::CancelSmResp
            | Self::ReplaceSmResp
            | Self::Unbind
            | Self::UnbindResp
            | Self::EnquireLink
            | Self::EnquireLinkResp
            | Self::GenericNack => {}
        }
    }
}

fn bind_resp(mode: BindMode, empty: bool, mut reader: Reader<'_>) -> Result<Body, Malformed> {
    let read = || Ok(BindResp { system_id: reader.text("system_id")?, tlvs: reader.tlvs()? });
    Ok(Body::BindResp(mode, unless(empty, read)?))
}

fn unless<T>(empty: bool, read: impl FnOnce() -> Result<T, Malformed>) -> Result<Option<T>, Malformed> {
    if empty { Ok(None) } else { read().map(Some) }
}

fn bare(body: Body, reader: Reader<'_>) -> Result<Body, Malformed> {
    reader.end().map(|()| body)
}
