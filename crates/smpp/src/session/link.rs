//! The two directions of octets, sequence numbers, and whether the peer is still there.

use zeroize::Zeroize as _;

use super::SessionConfig;
use crate::{Bind, CommandStatus, command::CommandId, framer::Framer, pdu};

/// Greatest sequence number; 1 follows it (SMPP 3.4, 3.2 sequence_number).
const LAST_SEQUENCE: u32 = 0x7FFF_FFFF;
/// Output that has been written is given back to the allocator above this capacity.
const KEEP_CAPACITY: usize = 4 * pdu::LENGTH_LIMIT;

pub(super) struct Link {
    pub(super) framer: Framer,
    out: Vec<u8>,
    /// How much of `out` is written already.
    gone: usize,
    /// A password is or was in `out`.
    secret: bool,
    last_sequence: u32,
    heard_at: u64,
    /// When an enquire_link was sent that nothing has followed yet.
    enquired_at: Option<u64>,
    misses: u8,
    /// When the PDU began that is not whole yet, or when reading went on after a pause in its middle.
    within_pdu_since: Option<u64>,
    /// The owner does not read: the peer cannot be blamed for what is missing.
    paused: bool,
}

impl Link {
    pub(super) fn new(now: u64) -> Self {
        Self {
            framer: Framer::new(),
            // Room for a bind, so that no copy of its password is left behind by growing.
            out: Vec::with_capacity(4_096),
            gone: 0,
            secret: false,
            last_sequence: 0,
            heard_at: now,
            enquired_at: None,
            misses: 0,
            within_pdu_since: None,
            paused: false,
        }
    }

    /// All whole PDUs have been taken from the framer.
    pub(super) fn settled(&mut self, took_one: bool, now: u64) {
        if !self.framer.is_within_pdu() {
            self.within_pdu_since = None;
        } else if took_one || self.within_pdu_since.is_none() {
            self.within_pdu_since = Some(now);
        }
    }

    pub(super) fn reading(&mut self, reading: bool, now: u64) {
        if self.paused && reading && self.within_pdu_since.is_some() {
            self.within_pdu_since = Some(now);
        }
        self.paused = !reading;
    }

    /// When the PDU that has begun is overdue.
    pub(super) fn stalled_at(&self, config: &SessionConfig) -> Option<u64> {
        let since = self.within_pdu_since.filter(|_| !self.paused)?;
        Some(since.saturating_add(config.pdu_ms))
    }

    pub(super) fn write(
        &mut self,
        command: CommandId,
        status: CommandStatus,
        sequence: u32,
        body: impl FnOnce(&mut Vec<u8>),
    ) {
        pdu::write(&mut self.out, command, status, sequence, body);
    }

    /// Writes the bind; its sequence number.
    pub(super) fn write_bind(&mut self, bind: &Bind) -> u32 {
        let sequence = self.next_sequence();
        self.secret = true;
        self.write(bind.mode.command(), CommandStatus::ROK, sequence, |out| bind.encode(out));
        sequence
    }

    pub(super) fn next_sequence(&mut self) -> u32 {
        self.last_sequence = if self.last_sequence >= LAST_SEQUENCE { 1 } else { self.last_sequence + 1 };
        self.last_sequence
    }

    pub(super) fn output(&self) -> &[u8] {
        self.out.get(self.gone..).unwrap_or_default()
    }

    pub(super) fn written(&mut self, count: usize) {
        self.gone = self.gone.saturating_add(count);
        if self.gone < self.out.len() {
            return;
        }
        self.gone = 0;
        if std::mem::take(&mut self.secret) {
            self.out.zeroize();
        }
        self.out.clear();
        if self.out.capacity() > KEEP_CAPACITY {
            self.out = Vec::new();
        }
    }

    /// A whole PDU came: the peer is there.
    pub(super) fn heard(&mut self, now: u64) {
        self.heard_at = now;
        self.enquired_at = None;
        self.misses = 0;
    }

    /// Asks a silent peer whether it is there; `false` when it has not answered often enough.
    pub(super) fn probe(&mut self, config: &SessionConfig, now: u64) -> bool {
        if now < self.probe_at(config) {
            return true;
        }
        if self.enquired_at.is_some() {
            self.misses = self.misses.saturating_add(1);
            if self.misses >= config.misses {
                return false;
            }
        }
        let sequence = self.next_sequence();
        self.write(CommandId::ENQUIRE_LINK, CommandStatus::ROK, sequence, |_| {});
        self.enquired_at = Some(now);
        true
    }

    /// When [`Self::probe`] has something to do.
    pub(super) fn probe_at(&self, config: &SessionConfig) -> u64 {
        match self.enquired_at {
            Some(at) => at.saturating_add(config.response_ms),
            None => self.heard_at.saturating_add(config.idle_ms),
        }
    }

    #[cfg(test)]
    pub(super) fn skip_to_sequence(&mut self, last: u32) {
        self.last_sequence = last;
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        if self.secret {
            self.out.zeroize();
        }
    }
}
