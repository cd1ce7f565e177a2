use std::sync::Arc;

use mss_core::{
    Fault, FaultCode, NodeName, SignatureProfile,
    engine::WaiterId,
    message::{MobileUser, ProfileQuery, ProfileResp, StatusQuery, UserCertificate},
};

use super::{HomeEngine, ended::EndResult, joining::Joined, work::Work};
use crate::{Asker, AuditEvent, HomeAnswer, KeyState, Opening, SignedParts, StatusAnswer, acceptance};

impl HomeEngine {
    /// How does this transaction stand? Its number is the acquiring entity's own.
    pub(super) fn status_asked(
        &mut self,
        waiter: WaiterId,
        ae: NodeName,
        query: StatusQuery,
        work: &mut Work<'_>,
    ) {
        let ap_id: Arc<str> = query.ap_info.ap_id.as_str().into();
        match self.status(ae, &query, &ap_id, work) {
            // The transaction's opening is on record already.
            Ok((_, Some(Err(fault)))) => work.answer(waiter, Err(fault)),
            Ok((opening, signed)) => {
                let answer = StatusAnswer {
                    ap_info: query.ap_info,
                    mssp_info: self.mssp_info(work.now),
                    mobile_user: self.user_of(&opening),
                    signed: signed.and_then(Result::ok),
                };
                work.answer(waiter, Ok(HomeAnswer::Status(Box::new(answer))));
            }
            Err(fault) => {
                let trace: Arc<str> = query.mssp_trans_id.as_str().into();
                work.refuse(waiter, &trace, &ap_id, fault);
            }
        }
    }

    /// The transaction, and how it ended if it has.
    #[expect(clippy::type_complexity, reason = "used once, above")]
    fn status(
        &mut self,
        ae: NodeName,
        query: &StatusQuery,
        ap_id: &Arc<str>,
        work: &mut Work<'_>,
    ) -> Result<(Arc<Opening>, Option<Result<Arc<SignedParts>, Fault>>), Fault> {
        acceptance::check_version(query.version)?;
        acceptance::check_grant(&self.config, &ae, ap_id)?;
        let found = self.find(&Asker::ae(ae), query.mssp_trans_id.as_str(), work)?;
        let (opening, end) = match found {
            Some(Joined::Open(row)) => {
                (self.open.get(&row).map(|open| open.transaction.opening().clone()), None)
            }
            Some(Joined::Ended(ended)) => {
                let end = match &ended.result {
                    EndResult::Signed(signed) => Ok(signed.clone()),
                    EndResult::Refused(fault) => Err(fault.clone()),
                    _ => Err(unknown()),
                };
                (Some(ended.opening.clone()), Some(end))
            }
            None => (None, None),
        };
        // No AP learns that another's transaction exists.
        let opening = opening.filter(|opening| opening.ap_id == *ap_id).ok_or_else(unknown)?;
        Ok((opening, end))
    }

    fn user_of(&mut self, opening: &Opening) -> MobileUser {
        let card = opening.card.and_then(|card| self.cards.by_id(card, &*self.reader).ok().flatten());
        card.map(|card| MobileUser::from_msisdn(card.address.msisdn.clone())).unwrap_or_default()
    }

    /// What can this user sign with?
    pub(super) fn profile_asked(
        &mut self,
        waiter: WaiterId,
        ae: NodeName,
        query: ProfileQuery,
        work: &mut Work<'_>,
    ) {
        let ap_id: Arc<str> = query.ap_info.ap_id.as_str().into();
        let trace: Arc<str> = query.ap_info.ap_trans_id.as_str().into();
        match self.certificates(&ae, &query, &ap_id, work) {
            Ok(certificates) => {
                work.audit_request(&trace, &ap_id, AuditEvent::ProfileRead);
                let profile_uris = certificates.iter().flat_map(|one| one.profile_uris.clone()).collect();
                let answer = ProfileResp {
                    ap_info: query.ap_info,
                    mssp_info: self.mssp_info(work.now),
                    profile_uris,
                    certificates: if query.with_certificates { certificates } else { Vec::new() },
                };
                work.answer(waiter, Ok(HomeAnswer::Profile(Box::new(answer))));
            }
            Err(fault) => work.refuse(waiter, &trace, &ap_id, fault),
        }
    }

    fn certificates(
        &mut self,
        ae: &NodeName,
        query: &ProfileQuery,
        ap_id: &str,
        work: &mut Work<'_>,
    ) -> Result<Vec<UserCertificate>, Fault> {
        acceptance::check_version(query.version)?;
        acceptance::check_grant(&self.config, ae, ap_id)?;
        let card = self.cards.by_number(acceptance::number_of(&query.mobile_user)?, &*self.reader);
        let card =
            work.read(card)?.filter(|card| card.user.is_some()).ok_or_else(acceptance::unknown_user)?;
        let active = card.keys.iter_mut().filter(|key| key.state == KeyState::Active);
        let mut certificates: Vec<(_, UserCertificate)> = active
            .filter_map(|key| {
                let operation = key.operation;
                let path = key.certificate()?.path().map(|one| one.der().to_vec()).collect();
                let profile_uris = vec![SignatureProfile { operation }.uri().to_owned()];
                let state = KeyState::Active.word().to_owned();
                Some((operation, UserCertificate { state, algorithm: "EC".to_owned(), profile_uris, path }))
            })
            .collect();
        if certificates.is_empty() {
            return Err(Fault::new(FaultCode::NO_KEY_FOUND, "the user has no active key").with_sub(4041));
        }
        certificates.sort_by_key(|(operation, _)| *operation);
        Ok(certificates.into_iter().map(|(_, certificate)| certificate).collect())
    }
}

fn unknown() -> Fault {
    Fault::new(FaultCode::WRONG_PARAM, "MSSP_TransID is not known")
}
