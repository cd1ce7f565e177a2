use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    Fault, FaultCode, SignatureProfile, StatusCode, Timestamp,
    engine::WaiterId,
    message::{ApInfo, MobileUser},
    registration::{MregOutput, MregParameter, RegistrationResp},
};
use mss_pki::UserCertificate;

use super::{HomeEngine, work::Work};
use crate::{
    HomeAnswer, KeyId, Opening, Outcome, ReadError, SignatureAnswer, SignedParts, Task, TransactionRow,
};

/// A transaction that is over, with what its answer needs.
pub(super) struct Ended {
    pub(super) opening: Arc<Opening>,
    pub(super) result: EndResult,
}

/// How it ended.
pub(super) enum EndResult {
    Signed(Arc<SignedParts>),
    KeyMade { public_key: Vec<u8> },
    CertificateSet,
    Recorded,
    Refused(Fault),
}

/// Somebody who waits for the end, with what the answer copies from the request.
pub(super) struct Waiting {
    pub(super) waiter: WaiterId,
    pub(super) ap_info: ApInfo,
    pub(super) asked: Asked,
}

/// What was asked.
pub(super) enum Asked {
    Signature { mobile_user: Box<MobileUser> },
    Order { name: String },
}

impl HomeEngine {
    /// Ended transactions beyond the limit are forgotten, oldest first; the store has them.
    pub(super) fn forget_ended(&mut self) {
        while self.ended.len() > self.config.limits.remembered_outcomes {
            let Some((_, ended)) = self.ended.pop_first() else { return };
            let opening = &ended.opening;
            if let Some(joins) = self.joins.get_mut(&opening.asker) {
                joins.remove(&opening.trace);
            }
        }
    }

    /// What an outcome means for the answer. A certificate or key that cannot be read back is an alarm and 900.
    pub(super) fn end_result(
        &mut self,
        opening: &Arc<Opening>,
        outcome: &Outcome,
    ) -> Result<EndResult, ReadError> {
        let lost =
            || EndResult::Refused(Fault::new(FaultCode::INTERNAL_ERROR, "a stored result cannot be read"));
        Ok(match outcome {
            Outcome::Signed(raw) => match self.certificate_of(opening)? {
                Some(certificate) => EndResult::Signed(Arc::new(SignedParts {
                    opening: opening.clone(),
                    certificate,
                    raw: *raw,
                })),
                None => lost(),
            },
            Outcome::KeyMade(key) => match self.public_key_of(opening, *key)? {
                Some(public_key) => EndResult::KeyMade { public_key },
                None => lost(),
            },
            Outcome::CertificateSet => EndResult::CertificateSet,
            Outcome::Recorded => EndResult::Recorded,
            Outcome::Refused(fault) => EndResult::Refused(fault.clone()),
        })
    }

    /// A transaction that was read from the store.
    pub(super) fn ended_from(&mut self, row: TransactionRow) -> Result<Option<Arc<Ended>>, ReadError> {
        let Some(outcome) = &row.outcome else { return Ok(None) };
        let result = self.end_result(&row.opening, outcome)?;
        Ok(Some(Arc::new(Ended { opening: row.opening, result })))
    }

    /// The certificate of the key that a transaction signs with.
    pub(super) fn certificate_of(
        &mut self,
        opening: &Opening,
    ) -> Result<Option<Arc<UserCertificate>>, ReadError> {
        let (Some(card), Some(id)) = (opening.card, opening.key) else { return Ok(None) };
        let card = self.cards.by_id(card, &*self.reader)?;
        if let Some(key) = card.and_then(|card| card.key(id)) {
            return Ok(key.certificate().cloned());
        }
        let key = self.reader.key(id)?;
        Ok(key.and_then(|key| UserCertificate::parse(&key.path).ok()))
    }

    fn public_key_of(&mut self, opening: &Opening, id: KeyId) -> Result<Option<Vec<u8>>, ReadError> {
        let card = opening.card.and_then(|card| self.cards.get_mut(card));
        if let Some(key) = card.and_then(|card| card.key(id)) {
            return Ok(Some(key.public_key.clone()));
        }
        Ok(self.reader.key(id)?.map(|key| key.public_key))
    }

    /// Tells one who waited how it ended.
    pub(super) fn tell(&self, waiting: Waiting, ended: &Ended, work: &mut Work<'_>) {
        let Waiting { waiter, ap_info, asked } = waiting;
        let answer = match (&ended.result, asked) {
            (EndResult::Refused(fault), _) => Err(fault.clone()),
            (EndResult::Signed(signed), Asked::Signature { mobile_user }) => {
                Ok(HomeAnswer::Signature(Box::new(SignatureAnswer {
                    ap_info,
                    mssp_info: self.mssp_info(work.now),
                    mobile_user: *mobile_user,
                    profile_uri: profile_uri(&ended.opening),
                    trace: ended.opening.trace.clone(),
                    signed: signed.clone(),
                })))
            }
            (result, Asked::Order { name }) => {
                let parameters = order_parameters(&ended.opening, result);
                Ok(self.order_answer(ap_info, MregOutput { name, parameters }, work.now))
            }
            _ => Err(Fault::new(FaultCode::INTERNAL_ERROR, "the transaction is of another kind")),
        };
        work.answer(waiter, answer);
    }

    fn order_answer(&self, ap_info: ApInfo, output: MregOutput, now: Timestamp) -> HomeAnswer {
        HomeAnswer::Registration(Box::new(RegistrationResp {
            ap_info,
            mssp_info: self.mssp_info(now),
            status: StatusCode::REGISTRATION_OK,
            outputs: vec![output],
        }))
    }
}

fn profile_uri(opening: &Opening) -> &'static str {
    match &opening.task {
        Task::Sign(task) => SignatureProfile { operation: task.operation }.uri(),
        _ => SignatureProfile::DEFAULT.uri(),
    }
}

fn order_parameters(opening: &Opening, result: &EndResult) -> Vec<MregParameter> {
    let one = |name: &str, value: String| vec![MregParameter { name: name.to_owned(), value }];
    match (result, &opening.task) {
        (EndResult::KeyMade { public_key }, _) => one("PublicKey", STANDARD.encode(public_key)),
        (EndResult::Recorded, Task::Record { imported }) if *imported > 0 => {
            one("Imported", imported.to_string())
        }
        _ => Vec::new(),
    }
}
