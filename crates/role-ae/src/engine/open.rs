use std::{sync::Arc, time::Duration};

use mss_core::{
    Fault, FaultCode, StatusCode, Timestamp,
    engine::WaiterId,
    message::{ApInfo, MobileUser, MsspInfo, SignatureResp},
};

use crate::{AeAnswer, AeConfig, HomeSignature, Outcome, TransactionRow};

/// A transaction that has no outcome yet. What is here beside the row is lost at a restart and not missed.
pub(super) struct Open {
    pub(super) row: Arc<TransactionRow>,
    /// Synch requests that wait; each echoes its own `AP_Info`.
    pub(super) waiters: Vec<Waiter>,
    /// What was sent last.
    pub(super) leg: Leg,
    /// Whether the home still owes a reply to it.
    pub(super) in_flight: bool,
    /// Counts what was sent; a trouble report about an older attempt changes nothing.
    pub(super) attempt: u32,
    /// Replies in a row on this leg that led nowhere.
    pub(super) failures: u32,
    /// How often the home answered the request with 900.
    pub(super) internal_errors: u32,
    /// When to send again.
    pub(super) retry_at: Option<Timestamp>,
    /// Past deadline and margin.
    pub(super) overdue: bool,
}

/// The two things that an AE sends to a home about a transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leg {
    /// The request: while enough time is left for the home to take it.
    Forward,
    /// The question how it stands: from then on.
    Ask,
}

/// An AP's request that waits for the outcome.
pub(super) struct Waiter {
    pub(super) id: WaiterId,
    pub(super) ap_info: ApInfo,
    pub(super) mobile_user: MobileUser,
}

impl Open {
    pub(super) fn new(row: Arc<TransactionRow>) -> Self {
        Self {
            row,
            waiters: Vec::new(),
            leg: Leg::Forward,
            in_flight: false,
            attempt: 0,
            failures: 0,
            internal_errors: 0,
            retry_at: None,
            overdue: false,
        }
    }

    /// When waiting APs are given up.
    pub(super) fn overdue_at(&self, config: &AeConfig) -> Timestamp {
        self.row.deadline.plus(config.overdue_margin)
    }

    /// What the home may still use of the AP's time.
    pub(super) fn time_left(&self, config: &AeConfig, now: Timestamp) -> Duration {
        now.until(self.row.deadline).saturating_sub(config.hop_margin)
    }
}

/// What an AP is told that waited longer than the home stayed silent.
pub(super) fn overdue_fault(row: &TransactionRow) -> Fault {
    let detail = format!("Transaction {} is still open.", row.trans_id);
    Fault::new(FaultCode::UNABLE_TO_PROVIDE_SERVICES, detail)
}

/// `MSSP_Info` of an answer.
pub(super) fn mssp_info(config: &AeConfig, now: Timestamp) -> MsspInfo {
    MsspInfo { mssp_id: config.mssp_id.clone(), instant: Some(now) }
}

impl Waiter {
    /// The answer of an asynch request: the transaction has been accepted.
    pub(super) fn accepted(self, config: &AeConfig, row: &TransactionRow, now: Timestamp) -> AeAnswer {
        self.response(config, row, now, StatusCode::REQUEST_OK, None)
    }

    /// The answer of a synch request: how the transaction ended.
    pub(super) fn finished(
        self,
        config: &AeConfig,
        row: &TransactionRow,
        outcome: &Outcome,
        now: Timestamp,
    ) -> Result<AeAnswer, Fault> {
        match outcome {
            Outcome::Signed(made) => Ok(self.response(config, row, now, made.status, Some(made))),
            Outcome::Failed(fault) => Err(fault.clone()),
        }
    }

    fn response(
        self,
        config: &AeConfig,
        row: &TransactionRow,
        now: Timestamp,
        status: StatusCode,
        made: Option<&HomeSignature>,
    ) -> AeAnswer {
        AeAnswer::Signature(Box::new(SignatureResp {
            ap_info: self.ap_info,
            mssp_info: mssp_info(config, now),
            mobile_user: self.mobile_user,
            signature: made.map(|made| made.cms.clone()),
            profile_uri: made.map(|made| made.profile_uri.clone()),
            status,
            mssp_trans_id: row.trans_id.clone(),
        }))
    }
}
