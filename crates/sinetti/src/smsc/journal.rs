//! What an onlooker sees of radio, phones and cards, one JSON object a line: a bench reads it, nobody else needs it.
use std::{
    fs::File,
    io::{BufWriter, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use softsim::{
    fault_switch::{Fate, Leg},
    sight::{Seen, Sight},
};

use crate::command_error::CommandError;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Milliseconds since 1970.
    pub at_ms: u64,
    /// Whose phone, digits.
    pub number: u64,
    /// What.
    pub event: Event,
}

/// What was seen.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Event {
    /// A short message was lost; `up` when it came from the handset.
    Lost { up: bool },
    /// A short message arrives twice.
    Duplicated { up: bool },
    /// A short message was held up by so many milliseconds.
    Delayed { up: bool, ms: u64 },
    /// A message of the server reached the card: transaction and OSAP type.
    Asked { txn: u32, kind: u8 },
    /// The person was prompted with a text.
    Prompted { txn: u32, text: String },
    /// The card signed or made a key.
    Made { txn: u32 },
    /// The card gave an answer to the radio.
    Answered { txn: u32, kind: u8 },
    /// The HMSSP took a part of an answer: its deliver_sm_resp has come.
    HandedOver { txn: u32, kind: u8 },
}

/// The file.
pub(crate) struct Journal(BufWriter<File>);

impl Journal {
    /// Makes it afresh.
    pub(crate) fn create(path: &Path) -> Result<Self, CommandError> {
        let file = File::create(path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(BufWriter::new(file)))
    }

    /// Writes one step's sights; the reader finds whole lines only.
    pub(crate) fn write(&mut self, at_ms: u64, sights: Vec<Sight>) -> std::io::Result<()> {
        for Sight { msisdn, what } in sights {
            let Some(event) = event(what) else { continue };
            serde_json::to_writer(&mut self.0, &Entry { at_ms, number: msisdn, event })?;
            self.0.write_all(b"\n")?;
        }
        self.0.flush()
    }
}

fn event(seen: Seen) -> Option<Event> {
    Some(match seen {
        Seen::Radio { leg, fate } => {
            let up = leg == Leg::Up;
            match fate {
                Fate::Pass => return None,
                Fate::Lose => Event::Lost { up },
                Fate::Duplicate => Event::Duplicated { up },
                Fate::Delay(ms) => Event::Delayed { up, ms },
            }
        }
        Seen::Asked(about) => Event::Asked { txn: about.txn, kind: about.kind },
        Seen::Prompted { txn, text } => Event::Prompted { txn, text },
        Seen::Made { txn } => Event::Made { txn },
        Seen::Answered(about) => Event::Answered { txn: about.txn, kind: about.kind },
        Seen::HandedOver(about) => Event::HandedOver { txn: about.txn, kind: about.kind },
    })
}
