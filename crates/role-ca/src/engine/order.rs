use mss_core::NodeName;

use super::{CaEngine, Work};
use crate::{
    AuditEvent, BadOrder, CaAnswer, CertificateRow, Issued, Notice, OrderId, Purpose, Refusal, UserOrder,
};

/// What an order asked, as a hash, and the certificate that it became.
type Done = ([u8; 32], Vec<u8>);

impl CaEngine {
    /// An order becomes a person's certificate, once; a repeat gets the same.
    pub(super) fn order(
        &mut self,
        me: NodeName,
        order: Result<Box<UserOrder>, BadOrder>,
        work: &mut Work<'_>,
    ) -> Result<CaAnswer, Refusal> {
        let order = match order {
            Ok(order) => order,
            Err(BadOrder { order_id, refusal }) => return refuse(me, order_id, refusal, work),
        };
        let order_id = order.order_id();
        let known = match self.known(&me, order_id, work) {
            Ok(known) => known,
            Err(refusal) => return refuse(me, Some(order_id.clone()), refusal, work),
        };
        if let Some((content, der)) = known {
            if content != *order.content() {
                return refuse(me, Some(order_id.clone()), Refusal::OrderExists, work);
            }
            work.notice(Notice::OrderRepeated { order_id: order_id.clone() });
            return Ok(self.path(der));
        }
        match self.has_certificate(&order.key_hash(), work) {
            Ok(false) => {}
            Ok(true) => return refuse(me, Some(order_id.clone()), Refusal::KeyCertified, work),
            Err(refusal) => return refuse(me, Some(order_id.clone()), refusal, work),
        }
        let issuing = &self.parts.authorities.users;
        match issuing.certify_user(&order, &self.parts.config, work.now, work.entropy) {
            Ok(issued) => Ok(self.ordered(me, &order, issued, work)),
            Err(refusal) => refuse(me, Some(order_id.clone()), refusal, work),
        }
    }

    /// Content and certificate of this order, if it has been carried out: in this turn, or before.
    fn known(&self, me: &NodeName, order_id: &OrderId, work: &mut Work<'_>) -> Result<Option<Done>, Refusal> {
        let now = work.ordered.get(&(me.clone(), order_id.clone()));
        if let Some(row) = now.and_then(|at| work.commit.certificates.get(*at)) {
            return Ok(content_and_der(row.clone()));
        }
        match self.parts.reader.order(me, order_id) {
            Ok(row) => Ok(row.and_then(content_and_der)),
            Err(error) => {
                work.notice(Notice::Trouble(error.to_string()));
                Err(Refusal::Unavailable)
            }
        }
    }

    /// Whether this key has a certificate, from this turn or from before: two people, or a person and a node, with one key
    /// would make each other's signatures.
    fn has_certificate(&self, key: &[u8; 32], work: &mut Work<'_>) -> Result<bool, Refusal> {
        if work.commit.certificates.iter().any(|row| row.key.as_ref() == Some(key)) {
            return Ok(true);
        }
        self.parts.reader.has_certificate(key).map_err(|error| {
            work.notice(Notice::Trouble(error.to_string()));
            Refusal::Unavailable
        })
    }

    /// The one place where an order is done.
    fn ordered(&mut self, me: NodeName, order: &UserOrder, issued: Issued, work: &mut Work<'_>) -> CaAnswer {
        let serial = issued.serial;
        let (order_id, operation) = (order.order_id().clone(), order.operation());
        let purpose = Purpose::User {
            me: me.clone(),
            order_id: order_id.clone(),
            content: *order.content(),
            operation,
        };
        let row = self.row(issued, purpose, work.now);
        let answer = self.path(row.der.clone());
        work.ordered.insert((me.clone(), order_id.clone()), work.commit.certificates.len());
        work.commit.certificates.push(row);
        work.audit(AuditEvent::UserCertified { me, order_id: order_id.clone(), operation, serial });
        work.notice(Notice::UserCertified { order_id, operation, serial });
        answer
    }

    fn path(&self, leaf: Vec<u8>) -> CaAnswer {
        CaAnswer::Certificate { path: vec![leaf, self.parts.authorities.users.der().to_vec()] }
    }
}

fn content_and_der(row: CertificateRow) -> Option<Done> {
    match row.purpose {
        Purpose::User { content, .. } => Some((content, row.der)),
        Purpose::Node(_) => None,
    }
}

/// The one place where an order is refused.
fn refuse(
    me: NodeName,
    order_id: Option<OrderId>,
    refusal: Refusal,
    work: &mut Work<'_>,
) -> Result<CaAnswer, Refusal> {
    work.audit(AuditEvent::OrderRefused {
        me: me.clone(),
        order_id: order_id.clone(),
        refusal: refusal.word(),
    });
    work.notice(Notice::OrderRefused { me, order_id, refusal });
    Err(refusal)
}
