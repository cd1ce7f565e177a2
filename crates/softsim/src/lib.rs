//! Software handset, SIM card, applet and person, and the short-message centre in front of them: many of them, pure, so
//! that a home MSSP behind SMPP cannot tell the difference.
//!
//! Start at [`Smsc`]: it takes what ESMEs submit and what persons do, and gives card memories to store and PDUs to send.
//! Behind it, from the outside in: `handset` (coverage, the person), `card` (reassembly, the receiver of TS 102 225
//! packets), `applet` (OSAP: transactions, keys, PIN, what is shown). [`Personalisation`] makes a new card.
//!
//! Deliberately absent: sockets, files, pages, time and chance (arguments), a crypto provider (the [`CardCrypto`] trait),
//! messages stored across a restart of the centre (cards do remember), RSA, PUK and S@T.
mod applet;
pub mod bad_radio;
mod card;
pub mod card_crypto;
pub mod card_image;
mod civil;
pub mod fault_switch;
mod handset;
mod iccid;
mod keyset;
mod memory;
pub mod person;
mod personalisation;
mod pin;
pub mod screen;
pub mod short_message_centre;
pub mod sight;
mod surroundings;
mod witness;

pub use card_crypto::{CardCrypto, KeyPair};
pub use iccid::Iccid;
pub use keyset::Keyset;
pub use memory::CardImage;
pub use person::{Person, PersonAction};
pub use personalisation::Personalisation;
pub use pin::Pin;
pub use screen::Screen;
pub use short_message_centre::Smsc;
pub use witness::Testimony;
