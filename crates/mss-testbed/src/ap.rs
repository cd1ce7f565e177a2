//! Application providers: they ask, ask again, ask how it stands, and hang up.
use mss_core::{
    ApPassword, ApTransId, Msisdn, Operation, SignatureProfile, Timestamp,
    engine::WaiterId,
    message::{
        ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo, SignatureReq, StatusQuery,
    },
};
use role_ae::{AeInput, authenticate};

use crate::{
    ae_node::ap_id,
    op::NodeId,
    population::msisdn,
    world::{Event, World},
};

/// One request of an AP; its repeats are the same.
pub(crate) struct Ask {
    pub(crate) ae: usize,
    pub(crate) ap: u8,
    pub(crate) person: usize,
    pub(crate) trans_id: String,
    pub(crate) instant: Timestamp,
    pub(crate) asynch: bool,
    pub(crate) timeout_s: u32,
    /// The MSSP_TransID that the AP was told.
    pub(crate) told: Option<String>,
}

impl World {
    pub(crate) fn ask(&mut self, ae: usize, ap: u8, person: usize, asynch: bool, timeout_s: u32) {
        let number = self.asks.len();
        let (trans_id, instant) = (format!("A{number}"), self.now());
        self.asks.push(Ask { ae, ap, person, trans_id, instant, asynch, timeout_s, told: None });
        self.send_ask(number, false);
    }

    /// One of the latest requests, counted from the last.
    pub(crate) fn latest(&self, back: usize) -> Option<usize> {
        self.asks.len().checked_sub(back + 1)
    }

    pub(crate) fn send_ask(&mut self, ask: usize, status: bool) {
        let delay = self.chance.between(1, 20);
        self.after(delay, Event::FromAp { ask, status });
    }

    pub(crate) fn ap_message(&mut self, ask: usize, status: bool) {
        let asked = &self.asks[ask];
        let (ae, ap) = (asked.ae, asked.ap);
        let now = self.now();
        let node = &mut self.aes[ae];
        // Nobody is at home: the AP sees a broken connection.
        if node.engine.is_none() {
            return;
        }
        let waiter = WaiterId(node.next_waiter);
        let proven = authenticate(&node.directory, [ap + 1; 32], &ap_id(ae, ap)).expect("one of its APs");
        let input = if status {
            let Some(told) = &asked.told else { return };
            let query = StatusQuery {
                version: (1, 1),
                ap_info: info(asked, &format!("Q{}", node.next_waiter), now),
                mssp_info: MsspInfo::default(),
                mssp_trans_id: mss_core::MsspTransId::parse(told).expect("as it was told"),
            };
            AeInput::StatusAsked { waiter, ap: proven, query: Box::new(query) }
        } else {
            let request = Box::new(request(asked, ask, self.size.homes));
            AeInput::SignatureRequested { waiter, ap: proven, request }
        };
        let node = &mut self.aes[ae];
        node.next_waiter += 1;
        node.waiters.insert(waiter, (ask, status));
        node.inbox.push(input);
        self.turn_soon(NodeId::Ae(ae));
    }

    pub(crate) fn hang_up(&mut self, ask: usize) {
        let ae = self.asks[ask].ae;
        let node = &mut self.aes[ae];
        let waiter = node.waiters.iter().find(|(_, (of, _))| *of == ask).map(|(waiter, _)| *waiter);
        if let Some(waiter) = waiter {
            node.waiters.remove(&waiter);
            node.inbox.push(AeInput::WaiterGone { waiter });
            self.turn_soon(NodeId::Ae(ae));
        }
    }
}

fn info(ask: &Ask, trans_id: &str, instant: Timestamp) -> ApInfo {
    ApInfo {
        ap_id: ap_id(ask.ae, ask.ap),
        ap_trans_id: ApTransId::parse(trans_id).expect("a transaction number"),
        ap_pwd: ApPassword::default(),
        instant: Instant::from(instant),
        ap_url: None,
    }
}

fn request(ask: &Ask, number: usize, homes: usize) -> SignatureReq {
    let msisdn = Msisdn::parse(&format!("+{}", msisdn(ask.person, homes))).expect("a number");
    // Some texts need two parts, some one.
    let padding = if number.is_multiple_of(3) {
        " for the rent of a flat with a view of the sea and two months of notice"
    } else {
        ""
    };
    SignatureReq {
        version: (1, 1),
        ap_info: info(ask, &ask.trans_id, ask.instant),
        mssp_info: MsspInfo::default(),
        mobile_user: MobileUser::from_msisdn(msisdn),
        dtbs: DataToBeSigned {
            mime_type: Some("text/plain".into()),
            encoding: Some("utf-8".into()),
            text: format!("Pay bill {number}{padding}"),
        },
        dtbd: None,
        profile_uri: Some(SignatureProfile { operation: Operation::Sign }.uri().into()),
        services: vec![],
        format_uri: None,
        has_key_reference: false,
        profile_comparison: None,
        validity_date: None,
        timeout_s: Some(ask.timeout_s),
        mode: if ask.asynch { MessagingMode::AsynchClientServer } else { MessagingMode::Synch },
        roaming: vec![],
    }
}
