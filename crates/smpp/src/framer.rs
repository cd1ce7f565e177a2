//! Cuts a stream of octets into PDUs.

use zeroize::Zeroize as _;

use crate::{
    Body, Pdu,
    command::CommandId,
    malformed::DecodeError,
    pdu::{HEADER_LENGTH, LENGTH_LIMIT},
};

/// Collects octets and gives whole PDUs. Takes exactly command_length octets for each, so that a PDU with a wrong body
/// does not shift the next one. Holds less than one PDU between calls of [`Self::feed`] once [`Self::next_pdu`] has
/// given `None`.
#[derive(Default)]
pub struct Framer {
    buffer: Vec<u8>,
    /// Where the next PDU starts in `buffer`.
    start: usize,
    /// A length outside the limits: nothing can follow.
    broken: bool,
}

impl Framer {
    /// Nothing received yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds octets as they came from the peer. After a [`DecodeError::Length`] they are ignored.
    pub fn feed(&mut self, octets: &[u8]) {
        if self.broken {
            return;
        }
        if self.start > 0 {
            self.buffer.drain(..self.start.min(self.buffer.len()));
            self.start = 0;
        }
        self.buffer.extend_from_slice(octets);
    }

    /// Whether a PDU has begun and not ended, once [`Self::next_pdu`] has given `None`.
    pub fn is_within_pdu(&self) -> bool {
        !self.broken && self.start < self.buffer.len()
    }

    /// The next whole PDU or what was wrong with it; `None` until more octets come.
    pub fn next_pdu(&mut self) -> Option<Result<Pdu, DecodeError>> {
        if self.broken {
            return None;
        }
        let waiting = self.buffer.get(self.start..)?;
        let length = u32::from_be_bytes(*waiting.first_chunk::<4>()?);
        let octets = usize::try_from(length).unwrap_or(usize::MAX);
        if !(HEADER_LENGTH..=LENGTH_LIMIT).contains(&octets) {
            self.broken = true;
            self.buffer = Vec::new();
            return Some(Err(DecodeError::Length(length)));
        }
        let end = self.start + octets;
        let decoded = Pdu::decode(self.buffer.get(self.start..end)?);
        if holds_password(&decoded)
            && let Some(frame) = self.buffer.get_mut(self.start..end)
        {
            frame.zeroize();
        }
        self.start = end;
        Some(decoded)
    }
}

/// A bind in the buffer is wiped once read, because later octets may lie there for hours.
fn holds_password(decoded: &Result<Pdu, DecodeError>) -> bool {
    match decoded {
        Ok(pdu) => matches!(pdu.body, Body::Bind(_) | Body::Outbind(_)),
        Err(DecodeError::Malformed { header, .. }) => matches!(
            header.command,
            CommandId::BIND_RECEIVER
                | CommandId::BIND_TRANSMITTER
                | CommandId::BIND_TRANSCEIVER
                | CommandId::OUTBIND
        ),
        Err(DecodeError::Length(_)) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CommandStatus;

    fn enquire(sequence: u32) -> Vec<u8> {
        let mut out = Vec::new();
        Pdu::request(sequence, Body::EnquireLink).encode(&mut out);
        out
    }

    #[test]
    fn a_wrong_body_does_not_shift_the_next_pdu() {
        let mut framer = Framer::new();
        let mut long = enquire(1);
        long.push(0xFF);
        long[3] = 17;
        framer.feed(&long);
        framer.feed(&enquire(2));
        let Some(Err(DecodeError::Malformed { header, cause })) = framer.next_pdu() else {
            panic!("the first is malformed");
        };
        assert_eq!((header.command, header.sequence), (CommandId::ENQUIRE_LINK, 1));
        assert_eq!(cause.status(), CommandStatus::RINVCMDLEN);
        assert_eq!(framer.next_pdu().unwrap().unwrap().sequence, 2);
        assert!(framer.next_pdu().is_none());
    }

    #[test]
    fn a_password_does_not_stay_in_the_buffer() {
        let password = crate::Password::new(b"s3cret").unwrap();
        let bind = crate::Bind::new(crate::BindMode::Receiver, crate::COctetString::empty(), password);
        let mut octets = Vec::new();
        Pdu::request(1, Body::Bind(bind)).encode(&mut octets);
        octets.extend(enquire(2));
        let mut framer = Framer::new();
        framer.feed(&octets);
        assert!(matches!(framer.next_pdu(), Some(Ok(Pdu { body: Body::Bind(_), .. }))));
        assert!(!framer.buffer.windows(6).any(|part| part == b"s3cret"));
        assert_eq!(framer.next_pdu().unwrap().unwrap().sequence, 2);
    }

    #[test]
    fn lengths_outside_the_limits_end_the_stream() {
        for length in [0_u32, 15, 65_537, u32::MAX] {
            let mut framer = Framer::new();
            framer.feed(&length.to_be_bytes());
            assert_eq!(framer.next_pdu(), Some(Err(DecodeError::Length(length))));
            framer.feed(&enquire(1));
            assert_eq!(framer.next_pdu(), None);
        }
    }
}
