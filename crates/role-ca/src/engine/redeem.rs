use mss_core::RoleIdentity;
use mss_pki::csr::CheckedRequest;

use super::{CaEngine, Work};
use crate::{AuditEvent, CaAnswer, CodeHash, CodeRow, CodeUse, Enrolment, Issued, Notice, Purpose, Refusal};

impl CaEngine {
    /// A code becomes a node's certificate. Refusals are not audited: whoever holds no good code is a stranger, and strangers
    /// must not make us write.
    pub(super) fn redeem(
        &mut self,
        code: CodeHash,
        request: &CheckedRequest,
        work: &mut Work<'_>,
    ) -> Result<CaAnswer, Refusal> {
        let found = self.usable_code(code, work);
        let (identity, issued) = match found {
            Ok(row) => {
                let identity = row.enrolment.identity().clone();
                (Some(identity), self.certify_node(&row.enrolment, request, work))
            }
            Err((identity, refusal)) => (identity, Err(refusal)),
        };
        match (identity, issued) {
            (Some(identity), Ok(issued)) => Ok(self.enrolled(code, identity, issued, work)),
            (identity, Err(refusal)) => {
                work.notice(Notice::CodeRefused { identity, refusal });
                Err(refusal)
            }
            (None, Ok(_)) => Err(Refusal::Unavailable),
        }
    }

    /// The code's row, if it can be used now; else why not, and whose code it was.
    fn usable_code(
        &self,
        code: CodeHash,
        work: &mut Work<'_>,
    ) -> Result<CodeRow, (Option<RoleIdentity>, Refusal)> {
        let row = match self.parts.reader.code(&code) {
            Ok(Some(row)) => row,
            Ok(None) => return Err((None, Refusal::CodeUnknown)),
            Err(error) => {
                work.notice(Notice::Trouble(error.to_string()));
                return Err((None, Refusal::Unavailable));
            }
        };
        let whose = || Some(row.enrolment.identity().clone());
        if row.used_at.is_some() || work.used.contains(&code) {
            return Err((whose(), Refusal::CodeUsed));
        }
        if work.now >= row.expires_at {
            return Err((whose(), Refusal::CodeExpired));
        }
        Ok(row)
    }

    fn certify_node(
        &self,
        enrolment: &Enrolment,
        request: &CheckedRequest,
        work: &mut Work<'_>,
    ) -> Result<Issued, Refusal> {
        let authority = self.parts.authorities.network(enrolment.identity().network);
        authority.certify_node(enrolment, request.public_key(), &self.parts.config, work.now, work.entropy)
    }

    /// The one place where a code is used up: together with the certificate it became.
    fn enrolled(
        &mut self,
        code: CodeHash,
        identity: RoleIdentity,
        issued: Issued,
        work: &mut Work<'_>,
    ) -> CaAnswer {
        let serial = issued.serial;
        let row = self.row(issued, Purpose::Node(identity.clone()), work.now);
        let root = self.parts.authorities.network(identity.network).der().to_vec();
        let answer =
            CaAnswer::Enrolled { path: vec![row.der.clone()], roots: vec![(identity.network, root)] };
        work.used.insert(code);
        work.commit.used.push(CodeUse { hash: code, at: work.now });
        work.commit.certificates.push(row);
        work.audit(AuditEvent::NodeCertified { identity: identity.clone(), serial });
        work.notice(Notice::NodeCertified { identity, serial });
        answer
    }
}
