use std::sync::Arc;

use mss_core::{FaultCode, Timestamp};

use crate::{CardId, RowId};

/// One line of the append-only record. It names rows, never a number, a name or a text of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// When.
    pub at: Timestamp,
    /// The trace id: the asker's transaction number (`RE_TransactionID`, or a management order's `AP_TransID`).
    pub trace: Arc<str>,
    /// What.
    pub event: AuditEvent,
    /// AP_ID in whose name the asker spoke.
    pub ap_id: Arc<str>,
    /// The transaction, when one was opened.
    pub row: Option<RowId>,
    /// The card, when one was chosen.
    pub card: Option<CardId>,
}

/// What is recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditEvent {
    /// A transaction was opened: the person will be asked.
    Opened,
    /// It ended with a proven signature.
    Signed,
    /// It ended with a key whose possession is proven.
    KeyMade,
    /// It ended with the card holding its certificate.
    CertificateSet,
    /// An order that needs no card was carried out.
    Recorded,
    /// It ended, or was not opened, with this fault.
    Refused(FaultCode),
    /// A result came after the end; whether it was a right one.
    Late {
        /// Whether the signature was right.
        proven: bool,
    },
    /// An open transaction was taken up again after a start.
    Resumed,
    /// A profile was read.
    ProfileRead,
}

impl AuditEvent {
    /// The word in the record.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Signed => "signed",
            Self::KeyMade => "key-made",
            Self::CertificateSet => "certificate-set",
            Self::Recorded => "recorded",
            Self::Refused(_) => "refused",
            Self::Late { proven: true } => "late-proven",
            Self::Late { proven: false } => "late-unproven",
            Self::Resumed => "resumed",
            Self::ProfileRead => "profile-read",
        }
    }

    /// The fault code of a refusal.
    #[must_use]
    pub const fn fault_code(self) -> Option<u16> {
        match self {
            Self::Refused(code) => Some(code.0),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_event_has_a_word_of_its_own_and_only_a_refusal_a_code() {
        let events = [
            AuditEvent::Opened,
            AuditEvent::Signed,
            AuditEvent::KeyMade,
            AuditEvent::CertificateSet,
            AuditEvent::Recorded,
            AuditEvent::Refused(FaultCode(401)),
            AuditEvent::Late { proven: true },
            AuditEvent::Late { proven: false },
            AuditEvent::Resumed,
            AuditEvent::ProfileRead,
        ];
        let words: BTreeSet<_> = events.iter().map(|event| event.word()).collect();
        assert_eq!(words.len(), events.len());
        assert!(words.iter().all(|word| word.len() >= 6));
        let codes: Vec<_> = events.iter().filter_map(|event| event.fault_code()).collect();
        assert_eq!(codes, [401]);
    }
}
