use std::collections::VecDeque;

use card_ota::packet::{Counter, Tar};
use smpp::COctetString;

use crate::{
    CardImage, Iccid, Keyset,
    memory::{Memory, PinGroup},
};

/// What a factory writes into a new card. Keys come from the caller's generator; there are no default ones.
pub struct Personalisation {
    /// The card's number.
    pub iccid: Iccid,
    /// The applet's toolkit application reference.
    pub tar: Tar,
    /// Keys of the packets that come to the card, and of the responses to them. The card's counter starts at zero.
    pub ota: Keyset,
    /// Keys of what the applet sends. Its counter starts at one.
    pub applet: Keyset,
    /// The short number that the applet sends to.
    pub server_number: COctetString<21>,
    /// Whether errors met before a packet is authenticated are answered in plain where they cannot be sealed, as some
    /// fielded cards do. No by default: a card that answers strangers is an oracle.
    pub plain_errors: bool,
}

impl Personalisation {
    /// The durable memory of the new card.
    #[must_use]
    pub fn into_image(self) -> CardImage {
        Memory {
            iccid: self.iccid,
            tar: self.tar,
            plain_errors: self.plain_errors,
            ota: self.ota,
            ota_counter: Counter::ZERO,
            applet: self.applet,
            mo_reserved: 1,
            server_number: self.server_number,
            pin: PinGroup { pin: None, tries_left: 0, tries_max: 0 },
            keys: Vec::new(),
            ended: VecDeque::new(),
            cached: None,
        }
        .image()
    }
}
