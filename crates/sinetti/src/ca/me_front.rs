//! Towards MEs that order people's certificates.
use http::StatusCode;
use mss_core::NodeName;
use mss_net::{
    AllowList,
    http_server::{Request, Response},
};
use mss_wire::ca::{CertificateAnswer, CertificateOrder, MAX_OCTETS};
use role_ca::{BadOrder, CaAnswer, CaInput, OrderId, OrderedSubject, Refusal, UserOrder};

use super::{
    carrier::Engine,
    refused::{body, error, ok, refused},
};
use crate::stranger;

/// The path of certificate orders.
const PATH: &str = "/v1/certificates";

/// Everything that answering an ME needs.
pub(super) struct MeFront {
    /// The MEs that may order.
    pub(super) allowed: AllowList<NodeName>,
    pub(super) engine: Engine,
}

impl MeFront {
    /// Answers one request of a connection whose client certificate the ME network vouches for. Who it is, is asked anew for
    /// each: a connection must not outlive a permission.
    pub(super) async fn answer(&self, request: Request) -> Response {
        let Some(me) = request.peer.as_ref().and_then(|peer| self.allowed.check(peer)) else {
            stranger::refused("me", &request);
            let message = "this certificate is not one of an ME that may order here";
            return error(StatusCode::FORBIDDEN, "not_allowed", message);
        };
        let order = match body(&request, PATH) {
            Ok(body) => read(body).map(Box::new),
            Err(response) => {
                tracing::debug!(me = me.as_str(), status = response.status.as_u16(), "not an order");
                return response;
            }
        };
        let input = |waiter| CaInput::Order { waiter, me, order };
        match self.engine.ask(input, |waiter| CaInput::WaiterGone { waiter }).await {
            Ok(Ok(CaAnswer::Certificate { path })) => ok(CertificateAnswer { path }.encode()),
            Ok(Err(refusal)) => refused(refusal),
            Ok(Ok(CaAnswer::Enrolled { .. })) | Err(_) => refused(Refusal::Unavailable),
        }
    }
}

fn read(body: &[u8]) -> Result<UserOrder, BadOrder> {
    let bad = |order_id, refusal| BadOrder { order_id, refusal };
    let wire = CertificateOrder::decode(body, MAX_OCTETS).map_err(|_| bad(None, Refusal::Malformed))?;
    let order_id = OrderId::parse(&wire.order_id).ok_or_else(|| bad(None, Refusal::OrderId))?;
    let subject = OrderedSubject {
        given_name: &wire.subject.given_name,
        surname: &wire.subject.surname,
        serial_number: &wire.subject.serial_number,
        common_name: &wire.subject.common_name,
    };
    UserOrder::parse(order_id.clone(), &wire.public_key_spki, wire.operation, subject)
        .map_err(|refusal| bad(Some(order_id), refusal))
}
