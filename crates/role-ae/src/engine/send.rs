//! Towards the home: the request while there is time for it, then the question how it stands; again and again, with pauses.
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    ApPassword, DtbsContent, Entropy, Timers, Timestamp,
    message::{
        ApInfo, DataToBeSigned, MessagingMode, MobileUser, MsspInfo, RoamingEntry, SignatureReq, StatusQuery,
    },
};

use super::{
    AeEngine, Work,
    open::{Leg, Open, overdue_fault},
};
use crate::{
    AeConfig, AeOutput, AskStatus, AuditEvent, Forward, NoticeEvent, TransactionRow, service::display_name,
};

/// After this long without a reply or a trouble report a status query counts as lost.
const ASK_LOST: Duration = Duration::from_secs(30);

impl AeEngine {
    /// The first sending of an open row.
    pub(super) fn start(&mut self, row: u64, work: &mut Work<'_>) {
        let config = &self.parts.config;
        if let Some(open) = self.open.get_mut(&row) {
            if !open.overdue {
                self.timers.set(open.overdue_at(config), row);
            }
            open.send(config, &mut self.timers, work);
        }
    }

    /// A timer of this row has come; it may be stale.
    pub(super) fn row_due(&mut self, row: u64, work: &mut Work<'_>) {
        let config = &self.parts.config;
        let Some(open) = self.open.get_mut(&row) else { return };
        if !open.overdue && work.now >= open.overdue_at(config) {
            open.overdue = true;
            for waiter in std::mem::take(&mut open.waiters) {
                self.waiters.remove(&waiter.id);
                let answer = Err(overdue_fault(&open.row));
                work.outputs.push(AeOutput::Answer { waiter: waiter.id, answer });
            }
            work.audit(&open.row, AuditEvent::Overdue);
            work.notice(&open.row, NoticeEvent::Overdue);
            if open.leg == Leg::Forward {
                // A request that is still on its way would be refused as expired by now.
                open.send(config, &mut self.timers, work);
            }
        }
        if open.retry_at.is_some_and(|at| at <= work.now) {
            open.send(config, &mut self.timers, work);
        }
    }
}

impl Open {
    /// Sends what fits the time that is left.
    pub(super) fn send(&mut self, config: &AeConfig, timers: &mut Timers<u64>, work: &mut Work<'_>) {
        let left = self.time_left(config, work.now);
        let leg = if left >= config.home_minimum { Leg::Forward } else { Leg::Ask };
        if leg != self.leg {
            self.failures = 0;
        }
        self.leg = leg;
        self.attempt += 1;
        self.in_flight = true;
        self.retry_at = None;
        let (row, attempt, home) = (self.row.row, self.attempt, self.row.home.clone());
        work.outputs.push(match leg {
            Leg::Forward => {
                let give_up_at = self.overdue_at(config);
                let request = forwarded(&self.row, config, left, work.now);
                AeOutput::Forward(Box::new(Forward { row, attempt, home, give_up_at, request }))
            }
            Leg::Ask => {
                self.retry_after(ASK_LOST, timers, work.now);
                let query = question(&self.row, config);
                AeOutput::AskStatus(Box::new(AskStatus { row, attempt, home, query }))
            }
        });
    }

    /// What was sent led nowhere: sends again after a pause that doubles each time.
    pub(super) fn send_later(&mut self, config: &AeConfig, timers: &mut Timers<u64>, work: &mut Work<'_>) {
        self.in_flight = false;
        let longest = if self.leg == Leg::Forward { config.max_retry } else { config.max_reconcile };
        let doubled = config.first_retry.saturating_mul(1 << self.failures.min(16));
        self.failures = self.failures.saturating_add(1);
        let pause = spread(doubled.min(longest), work.entropy);
        self.retry_after(pause, timers, work.now);
    }

    fn retry_after(&mut self, pause: Duration, timers: &mut Timers<u64>, now: Timestamp) {
        let at = now.plus(pause);
        self.retry_at = Some(at);
        timers.set(at, self.row.row);
    }
}

/// Shortens a pause by up to a quarter, so that what failed together does not come back together.
fn spread(pause: Duration, entropy: &mut dyn Entropy) -> Duration {
    let quarter = u64::try_from(pause.as_millis() / 4).unwrap_or(0);
    pause.saturating_sub(Duration::from_millis(u64::from(entropy.next_u32()) % (quarter + 1)))
}

/// The request as the home reads it: checked, mapped to our own profile, in plain synch mode, named by our MSSP_TransID.
fn forwarded(row: &TransactionRow, config: &AeConfig, left: Duration, now: Timestamp) -> SignatureReq {
    let timeout_s = u32::try_from(left.as_secs()).unwrap_or(u32::MAX);
    let mobile_user = match row.mobile_user.msisdn.clone() {
        Some(msisdn) => MobileUser::from_msisdn(msisdn),
        None => MobileUser::default(),
    };
    SignatureReq {
        version: (1, 1),
        ap_info: ap_info(row),
        mssp_info: MsspInfo { mssp_id: config.mssp_id.clone(), instant: None },
        mobile_user,
        dtbs: match &row.dtbs {
            DtbsContent::Text(text) => plain(text.clone()),
            DtbsContent::Sha256(digest) => DataToBeSigned {
                mime_type: Some("application/x-sha256".to_owned()),
                encoding: Some("base64".to_owned()),
                text: STANDARD.encode(digest),
            },
        },
        dtbd: row.dtbd.clone().map(plain),
        profile_uri: Some(row.profile.uri().to_owned()),
        services: vec![display_name(&row.display_name)],
        format_uri: None,
        has_key_reference: false,
        profile_comparison: None,
        validity_date: None,
        timeout_s: Some(timeout_s),
        mode: MessagingMode::Synch,
        roaming: vec![RoamingEntry {
            transaction_id: row.trans_id.as_str().to_owned(),
            instant: now,
            timeout_s,
            sender: config.mssp_id.clone(),
        }],
    }
}

fn question(row: &TransactionRow, config: &AeConfig) -> StatusQuery {
    StatusQuery {
        version: (1, 1),
        ap_info: ap_info(row),
        mssp_info: MsspInfo { mssp_id: config.mssp_id.clone(), instant: None },
        mssp_trans_id: row.trans_id.clone(),
    }
}

/// `AP_Info` towards the home: the AP's own, without its password and address.
fn ap_info(row: &TransactionRow) -> ApInfo {
    ApInfo {
        ap_id: row.ap_id.clone(),
        ap_trans_id: row.ap_trans_id.clone(),
        ap_pwd: ApPassword::default(),
        instant: row.instant.clone(),
        ap_url: None,
    }
}

fn plain(text: String) -> DataToBeSigned {
    DataToBeSigned { mime_type: Some("text/plain".to_owned()), encoding: Some("utf-8".to_owned()), text }
}
