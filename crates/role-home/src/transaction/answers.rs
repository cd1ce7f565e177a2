use std::time::Duration;

use card_ota::osap::{Answer, CardStatus};
use mss_core::{Fault, FaultCode};
use mss_pki::{VerifiedSignature, VerifyError};

use super::{Effect, KeyRefusal, Moment, Purpose, Stage, Transaction, expired};
use crate::{KeyId, Odd, Outcome, Task};

impl Transaction {
    /// The card's word on this transaction. Whatever it says, it is alive.
    pub(super) fn answered(
        &mut self,
        answer: Answer,
        latest: bool,
        moment: Moment<'_>,
        effects: &mut Vec<Effect>,
    ) {
        if self.stage == Stage::Checking {
            return effects.push(Effect::Notice(Odd::RepeatedResult));
        }
        if let Answer::Error { status: CardStatus::TXN_UNKNOWN, .. } = answer {
            return self.unknown(latest, moment, effects);
        }
        self.alive(moment);
        match (answer, &self.opening.task) {
            (Answer::Ack, Task::SetCertificate { .. }) => self.stage = Stage::Ended(Outcome::CertificateSet),
            (Answer::Ack, _) => self.heard(moment),
            (Answer::Result { signature, .. }, Task::Sign(_)) => {
                self.stage = Stage::Checking;
                effects.push(Effect::CheckSignature(signature));
            }
            (Answer::Key { public_key, pop, .. }, Task::GenerateKey { .. }) => {
                self.stage = Stage::Checking;
                effects.push(Effect::CheckKey { point: public_key, proof: pop });
            }
            (Answer::Error { status, detail, .. }, _) => {
                self.failed((status, detail), latest, moment, effects)
            }
            _ => effects.push(Effect::Notice(Odd::UnexpectedAnswer)),
        }
    }

    /// The card does not know the transaction; only GET_RESULT is answered so. A copy of the request that is still on its
    /// way will be refused, because the question had the higher counter: so it goes out again while there is time.
    fn unknown(&mut self, latest: bool, moment: Moment<'_>, effects: &mut Vec<Effect>) {
        if !latest || self.messages == 0 || !moment.linked {
            // A later message has been or will be answered, too; and what an earlier run asked is asked again.
            return effects.push(Effect::Notice(Odd::OldAnswer));
        }
        // Nobody was prompted yet and the phone is at hand: as good as a first message.
        if moment.now < self.opening.card_deadline {
            self.send(moment, effects);
            return effects.push(Effect::Notice(Odd::SentAgain { sends: self.sends }));
        }
        effects.push(Effect::Send(Purpose::Cancel));
        self.refuse(expired("the request did not reach the card in time", 2081));
    }

    /// What each status of the card means for the asker (docs/osap.md, 4).
    fn failed(
        &mut self,
        (status, detail): (CardStatus, u8),
        latest: bool,
        moment: Moment<'_>,
        effects: &mut Vec<Effect>,
    ) {
        let fault = |code, sub: u16| {
            let fault = Fault::new(code, status.to_string());
            if sub == 0 { fault } else { fault.with_sub(sub) }
        };
        let refusal = match status {
            CardStatus::PIN_WRONG => return effects.push(Effect::Notice(Odd::WrongPin)),
            // A later copy may have found the card free.
            CardStatus::BUSY if !latest => return effects.push(Effect::Notice(Odd::OldAnswer)),
            CardStatus::BUSY if self.busy(Duration::from_secs(4) * u32::from(detail), moment) => return,
            CardStatus::USER_CANCELLED => fault(FaultCode::USER_CANCEL, 4011),
            CardStatus::NO_ANSWER => fault(FaultCode::EXPIRED_TRANSACTION, 2082),
            CardStatus::EXPIRED => fault(FaultCode::EXPIRED_TRANSACTION, 2081),
            CardStatus::PIN_BLOCKED => fault(FaultCode::PIN_NR_BLOCKED, 4021),
            CardStatus::BUSY | CardStatus::TXN_REUSED | CardStatus::DONE_ERASED => {
                fault(FaultCode::PB_SIGNATURE_PROCESS, 0)
            }
            CardStatus::SLOT_STATE => fault(FaultCode::NO_KEY_FOUND, 4041),
            CardStatus::NOT_DISPLAYABLE => fault(FaultCode::INAPPROPRIATE_DATA, 0),
            CardStatus::CARD_ERROR => fault(FaultCode::OTA_ERROR, 2091),
            CardStatus::HANDSET_REFUSED => fault(FaultCode::OTA_ERROR, 2093),
            _ => fault(FaultCode::INTERNAL_ERROR, 9003),
        };
        self.refuse(refusal);
    }

    /// The signature was checked beside the engine. The proof must be of this transaction and of what it asked for.
    pub(super) fn signature_checked(
        &mut self,
        result: Result<Box<VerifiedSignature>, VerifyError>,
        effects: &mut Vec<Effect>,
    ) {
        let Task::Sign(task) = &self.opening.task else { return };
        if self.stage != Stage::Checking {
            return;
        }
        let wrong = match result {
            Ok(proof) if proof.transaction().as_str() != &*self.opening.trace => {
                Some("proof of another transaction")
            }
            Ok(proof) if *proof.dtbs_sha256() != task.content.message_digest() => {
                Some("proof over other data")
            }
            Ok(proof) => {
                self.stage = Stage::Ended(Outcome::Signed(*proof.raw()));
                None
            }
            Err(VerifyError::Validity) => {
                let fault = Fault::new(FaultCode::NO_CERT_FOUND, "the certificate is outside its validity");
                self.refuse(fault);
                effects.push(Effect::Notice(Odd::WrongSignature {
                    reason: "the certificate is outside its validity",
                }));
                None
            }
            Err(VerifyError::Signature) => Some("not made by the certificate's key over what was asked"),
        };
        if let Some(reason) = wrong {
            // The card would only repeat it.
            self.refuse(Fault::new(FaultCode::PB_SIGNATURE_PROCESS, "the card's signature is wrong"));
            effects.push(Effect::Notice(Odd::WrongSignature { reason }));
        }
        effects.push(Effect::Send(Purpose::Confirm));
    }

    /// The new key was checked beside the engine.
    pub(super) fn key_checked(&mut self, result: Result<KeyId, KeyRefusal>, effects: &mut Vec<Effect>) {
        if self.stage != Stage::Checking {
            return;
        }
        let (code, detail, notice) = match result {
            Ok(key) => {
                self.stage = Stage::Ended(Outcome::KeyMade(key));
                return effects.push(Effect::Send(Purpose::Confirm));
            }
            Err(KeyRefusal::NotProven) => (
                FaultCode::REGISTRATION_NOK,
                "possession of the key is not proven",
                Some(Odd::WrongPossession),
            ),
            Err(KeyRefusal::OfAnother) => (
                FaultCode::REGISTRATION_NOK,
                "the public key belongs to another user",
                Some(Odd::KeyOfAnother),
            ),
            Err(KeyRefusal::Unreadable) => (FaultCode::INTERNAL_ERROR, "the store cannot be read", None),
        };
        self.refuse(Fault::new(code, detail));
        effects.extend(notice.map(Effect::Notice));
        effects.push(Effect::Send(Purpose::Confirm));
    }
}
