//! The applet: OSAP requests in, screens and answers out, and at most one signature per transaction, ever.
//!
//! States: idle, then a [`Dialogue`] that is pending, shown, or asks the PIN again; signing happens within one call; then
//! the answer is cached until CONFIRM or the next request. What must survive a restart is in [`Memory`].
mod dialogue;
mod key_work;
mod pin_entry;
mod request;
mod view;

use card_ota::osap::{Answer, CardStatus, Message, Tries, TxnId};
use dialogue::{Dialogue, Stage};

use crate::{
    memory::{BodyHash, Ended, Memory},
    screen::Notice,
    sight::Seen,
    witness::Witness,
};

/// Octets of an OSAP message that the applet wants to send.
pub(crate) type Reply = Vec<u8>;

pub(crate) struct Applet {
    pub(crate) memory: Memory,
    /// Set whenever `memory` changed; the card's owner stores the image and clears it.
    pub(crate) changed: bool,
    dialogue: Option<Box<Dialogue>>,
    /// Whether the handset would show something now: false during a call.
    screen_free: bool,
    notice: Option<Notice>,
    /// Counts what the person gets to see, so that a scripted one answers each screen once.
    screen_serial: u32,
    pub(crate) witness: Witness,
    /// Whether somebody wants to know what is seen here, and what was seen since it was asked last.
    pub(crate) observed: bool,
    pub(crate) sights: Vec<Seen>,
}

impl Applet {
    pub(crate) fn new(memory: Memory) -> Self {
        Self {
            memory,
            changed: false,
            dialogue: None,
            screen_free: true,
            notice: None,
            screen_serial: 0,
            witness: Witness::default(),
            observed: false,
            sights: Vec::new(),
        }
    }

    /// When [`Self::on_time`] has something to do.
    pub(crate) fn wake_ms(&self) -> Option<u64> {
        self.dialogue.as_ref().map(|dialogue| dialogue.deadline_ms)
    }

    /// Ends a dialogue whose time to live has passed.
    pub(crate) fn on_time(&mut self, now_ms: u64) -> Option<Reply> {
        let dialogue = self.dialogue.take_if(|dialogue| now_ms >= dialogue.deadline_ms)?;
        let status = match dialogue.stage {
            Stage::Pending => CardStatus::EXPIRED,
            Stage::Shown | Stage::PinAgain => CardStatus::NO_ANSWER,
        };
        self.fail(&dialogue, status, Notice::Expired)
    }

    /// The handset's screen became free, or was taken by a call.
    pub(crate) fn set_screen_free(&mut self, free: bool, now_ms: u64) -> Option<Reply> {
        self.screen_free = free;
        self.show(now_ms)
    }

    /// Brings a waiting request onto a free screen, unless its time is over.
    fn show(&mut self, now_ms: u64) -> Option<Reply> {
        if !self.screen_free {
            return None;
        }
        let dialogue = self.dialogue.as_mut().filter(|dialogue| dialogue.stage == Stage::Pending)?;
        if now_ms >= dialogue.deadline_ms {
            return self.on_time(now_ms);
        }
        dialogue.stage = Stage::Shown;
        self.witness.prompted();
        if self.observed {
            let (txn, text) = (dialogue.txn.0, dialogue.text.clone());
            self.sights.push(Seen::Prompted { txn, text });
        }
        self.see(None);
        None
    }

    /// Something new is on the screen.
    fn see(&mut self, notice: Option<Notice>) {
        self.notice = notice;
        self.screen_serial = self.screen_serial.wrapping_add(1);
    }

    /// Ends a dialogue without a signature or key: remembered and cached like a success, so that nobody is asked twice.
    fn fail(&mut self, dialogue: &Dialogue, status: CardStatus, notice: Notice) -> Option<Reply> {
        self.see(Some(notice));
        let answer = Answer::Error { status, detail: 0, tries: self.tries() };
        self.end(dialogue.txn, dialogue.body, dialogue.attempt, answer)
    }

    /// Remembers that a transaction is over and caches its answer, in the same change of memory.
    fn end(&mut self, txn: TxnId, body: BodyHash, attempt: u8, answer: Answer) -> Option<Reply> {
        let reply = Message { txn, attempt, body: answer }.encode().ok()?;
        self.memory.end(Ended { txn, body }, reply.clone());
        self.changed = true;
        Some(reply)
    }

    fn tries(&self) -> Option<Tries> {
        self.memory.pin.pin.as_ref().map(|_| Tries { pin: self.memory.pin.tries_left, puk: 0 })
    }
}
