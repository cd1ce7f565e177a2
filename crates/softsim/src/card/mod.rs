//! The SIM card: short messages in, packets checked, the applet called; proofs of receipt and the applet's own messages out.
mod buffer;
mod receiver;
mod sender;
mod sms;

use buffer::Buffer;
use smpp::COctetString;
pub(crate) use sms::{Outgoing, Sms};

use crate::{
    CardImage, Pin, Screen, applet::Applet, card_image::ImageError, memory::Memory,
    surroundings::Surroundings,
};

pub(crate) struct Card {
    pub(crate) applet: Applet,
    buffer: Buffer,
    /// The next MO counter; everything from `mo_reserved` on is not reserved in durable memory yet.
    mo_next: u64,
}

impl Card {
    /// A card after power-on: what it does not remember durably is gone, dialogues among it.
    pub(crate) fn from_image(image: &CardImage) -> Result<Self, ImageError> {
        let memory = Memory::from_image(image)?;
        // Counters below were reserved before the restart and may have been used.
        let mo_next = memory.mo_reserved;
        Ok(Self { applet: Applet::new(memory), buffer: Buffer::default(), mo_next })
    }

    /// The durable memory, when it changed since the last call.
    pub(crate) fn take_changed_image(&mut self) -> Option<CardImage> {
        std::mem::take(&mut self.applet.changed).then(|| self.applet.memory.image())
    }

    /// A short message reached the handset. Only what is addressed to the SIM reaches the card.
    pub(crate) fn receive(&mut self, sms: &Sms<'_>, around: &mut Surroundings<'_>, out: &mut Vec<Outgoing>) {
        self.on_time(around.now_ms, out);
        if !sms.is_sim_data_download() {
            return;
        }
        if let Some(packet) = self.buffer.accept(sms.user_data) {
            self.packet(&packet, sms.originator, around, out);
        }
    }

    /// The person typed a PIN.
    pub(crate) fn enter_pin(&mut self, pin: &Pin, around: &mut Surroundings<'_>, out: &mut Vec<Outgoing>) {
        self.on_time(around.now_ms, out);
        let reply = self.applet.enter_pin(pin, around);
        self.send(reply, out);
    }

    /// The person chose a PIN.
    pub(crate) fn choose_pin(
        &mut self,
        first: &Pin,
        again: &Pin,
        around: &mut Surroundings<'_>,
        out: &mut Vec<Outgoing>,
    ) {
        self.on_time(around.now_ms, out);
        let reply = self.applet.choose_pin(first, again, around);
        self.send(reply, out);
    }

    /// The person pressed cancel.
    pub(crate) fn cancel(&mut self, now_ms: u64, out: &mut Vec<Outgoing>) {
        self.on_time(now_ms, out);
        let reply = self.applet.cancel();
        self.send(reply, out);
    }

    /// The screen became free or was taken.
    pub(crate) fn set_screen_free(&mut self, free: bool, now_ms: u64, out: &mut Vec<Outgoing>) {
        let reply = self.applet.set_screen_free(free, now_ms);
        self.send(reply, out);
    }

    /// Ends what has expired.
    pub(crate) fn on_time(&mut self, now_ms: u64, out: &mut Vec<Outgoing>) {
        let reply = self.applet.on_time(now_ms);
        self.send(reply, out);
    }

    /// What the handset shows.
    pub(crate) fn screen(&self, in_coverage: bool) -> Screen {
        self.applet.screen(in_coverage)
    }

    /// Where the applet sends to.
    pub(crate) fn server_number(&self) -> COctetString<21> {
        self.applet.memory.server_number
    }
}
