use std::sync::Arc;

use mss_core::{
    Fault, FaultCode, NodeName, Timestamp,
    engine::WaiterId,
    message::{RoamingEntry, SignatureReq},
};

use super::{
    HomeEngine,
    ended::{Asked, Waiting},
    joining::Joined,
    opening::{CardTask, Request},
    work::Work,
};
use crate::{
    Asker, KeyId, KeyState, SignTask, Task,
    acceptance::{self, Accepted},
    content_hash,
};

impl HomeEngine {
    /// A request opens a transaction, joins the one it repeats, or is refused.
    pub(super) fn signature_requested(
        &mut self,
        waiter: WaiterId,
        ae: NodeName,
        request: Box<SignatureReq>,
        work: &mut Work<'_>,
    ) {
        let ap_id: Arc<str> = request.ap_info.ap_id.as_str().into();
        // Until the roaming header is read, the AP's own number stands for the transaction.
        let mut trace: Arc<str> = request.ap_info.ap_trans_id.as_str().into();
        match self.admit_signature(ae, &request, &ap_id, &mut trace, work) {
            Ok(joined) => {
                let SignatureReq { ap_info, mobile_user, .. } = *request;
                let asked = Asked::Signature { mobile_user: Box::new(mobile_user) };
                self.wait(joined, Waiting { waiter, ap_info, asked }, work);
            }
            Err(fault) => work.refuse(waiter, &trace, &ap_id, fault),
        }
    }

    /// The checks in the order of mss-soap 10. A repeat joins before anything is checked that may have changed since.
    fn admit_signature(
        &mut self,
        ae: NodeName,
        request: &SignatureReq,
        ap_id: &Arc<str>,
        trace: &mut Arc<str>,
        work: &mut Work<'_>,
    ) -> Result<Joined, Fault> {
        acceptance::check_version(request.version)?;
        let entry = acceptance::sender(&self.config, request)?;
        *trace = acceptance::trace_of(entry)?;
        acceptance::check_grant(&self.config, &ae, ap_id)?;
        let asker = Asker::ae(ae);
        let content_hash = content_hash::of_signature(request);
        if let Some(joined) = self.join(&asker, trace, &content_hash, work)? {
            return Ok(joined);
        }
        if let Some(fault) = self.refused.find(&asker, trace, &content_hash) {
            return Err(fault);
        }
        let opened = self.open_signature(
            request,
            entry,
            Request { asker: asker.clone(), trace: trace.clone(), ap_id: ap_id.clone(), content_hash },
            work,
        );
        opened.inspect_err(|fault| self.refused.remember(asker, trace.clone(), content_hash, fault))
    }

    /// A request that was not heard before opens a transaction, if person, card and key allow it.
    fn open_signature(
        &mut self,
        request: &SignatureReq,
        entry: &RoamingEntry,
        opening: Request,
        work: &mut Work<'_>,
    ) -> Result<Joined, Fault> {
        let accepted = acceptance::check_request(&self.config, request, entry, work.now)?;
        let card = self.cards.by_number(acceptance::number_of(&request.mobile_user)?, &*self.reader);
        let card =
            work.read(card)?.filter(|card| card.user.is_some()).ok_or_else(acceptance::unknown_user)?;
        if request.has_key_reference {
            return Err(
                Fault::new(FaultCode::NO_KEY_FOUND, "KeyReference cannot be satisfied").with_sub(4041)
            );
        }
        let key = usable_key(card, &accepted, work.now)?;
        let asked = CardTask {
            card: card.address.id,
            key: Some(key),
            task: Task::Sign(SignTask {
                operation: accepted.operation,
                content: accepted.content,
                label: accepted.label,
                title: accepted.title,
                // The card's attributes hold whole seconds.
                signing_time: Timestamp::from_secs(work.now.secs()),
            }),
            deadlines: accepted.deadlines,
        };
        self.open(opening, asked, work).map(Joined::Open)
    }
}

/// The active key for the operation, with a certificate that is valid now: nobody is asked for a signature that could
/// not be used.
fn usable_key(card: &mut super::cards::Card, accepted: &Accepted, now: Timestamp) -> Result<KeyId, Fault> {
    let key = card.key_for(accepted.operation).filter(|key| key.state == KeyState::Active);
    let Some(key) = key else {
        return Err(
            Fault::new(FaultCode::NO_KEY_FOUND, "the user has no active key for the profile").with_sub(4041)
        );
    };
    let id = key.id;
    match key.certificate() {
        Some(certificate) if certificate.is_valid_at(now) => Ok(id),
        _ => Err(Fault::new(FaultCode::NO_CERT_FOUND, "the user's certificate is outside its validity")),
    }
}
