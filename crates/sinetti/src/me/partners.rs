//! Towards the HMSSP and the CA process.
use std::time::Duration;

use mss_core::{Network, NetworkRole, NodeName, RoleIdentity};
use mss_net::{
    http_client::{Node, NodeError, NodeTuning},
    tls::{ClientTls, Identity, Roots, client_config},
};
use mss_wire::{
    Envelope, Response,
    ca::{ApiError, CertificateAnswer, CertificateOrder as WireOrder, MAX_OCTETS, Subject},
};
use role_me::{CaTrouble, CertificateOrder, HomeTrouble, MeInput, OrderAtHome};

use crate::{
    command_error::CommandError,
    config::{Peer, me::MeConfig},
    metrics, operator_client,
};

/// The path of every message at the HMSSP.
const HOME_PATH: &str = "/mss";
/// The path of certificate orders at the CA process.
const CA_PATH: &str = "/v1/certificates";
/// An order at the HMSSP may wait for a person; the HMSSP ends it well before this.
const HOME_WAIT: Duration = Duration::from_secs(400);
const CA_WAIT: Duration = Duration::from_secs(30);

/// The two nodes that ME orders from. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Partners {
    home: Node,
    ca: Node,
}

impl Partners {
    pub(crate) fn new(config: &MeConfig) -> Result<Self, CommandError> {
        let files = &config.listener.tls;
        let identity = Identity::load(&files.certificate, &files.key)?;
        let tls = client_config(Some(&identity), &Roots::load(&files.roots)?)?;
        Ok(Self {
            home: node(&tls, &config.home, NetworkRole::Home)?,
            ca: node(&tls, &config.ca, NetworkRole::Ca)?,
        })
    }

    /// Orders at the HMSSP and says what came of it.
    pub(crate) async fn order_at_home(&self, order: OrderAtHome) -> MeInput {
        let (row, attempt) = (order.row, order.attempt);
        let trouble = |kind| MeInput::HomeTrouble { row, attempt, kind };
        let body = mss_wire::encode_request(&order.request, &Envelope::SHAPE_A);
        let content_type = mss_wire::http::content_type(Envelope::SHAPE_A.soap);
        let answer = match self.home.post(HOME_PATH, content_type, body, HOME_WAIT).await {
            Ok(answer) => answer,
            Err(NodeError::Unreachable(reason)) => {
                tracing::debug!(%reason, "the HMSSP cannot be reached");
                return trouble(HomeTrouble::Unreachable);
            }
            Err(NodeError::TimedOut) => return trouble(HomeTrouble::TimedOut),
            Err(NodeError::Broken(_) | NodeError::TooLarge) => return trouble(HomeTrouble::Broken),
        };
        match mss_wire::decode_response(&answer.body, operator_client::limits()) {
            Ok(Response::Registration(answer)) => {
                MeInput::HomeAnswered { row, attempt, outcome: Ok(answer.outputs) }
            }
            Ok(Response::Fault(fault)) => MeInput::HomeAnswered { row, attempt, outcome: Err(fault) },
            Ok(_) | Err(_) => trouble(HomeTrouble::Broken),
        }
    }

    /// Orders a certificate and says what came of it.
    pub(crate) async fn order_certificate(&self, order: CertificateOrder) -> MeInput {
        let (row, attempt) = (order.row, order.attempt);
        let trouble = |kind| MeInput::CaTrouble { row, attempt, kind };
        let wire = WireOrder {
            order_id: order.order_id,
            public_key_spki: order.public_key,
            operation: order.operation,
            subject: Subject {
                given_name: order.given_name,
                surname: order.surname,
                serial_number: order.serial_number,
                common_name: order.common_name,
            },
        };
        let Ok(answer) = self.ca.post(CA_PATH, "application/json", wire.encode(), CA_WAIT).await else {
            return trouble(CaTrouble::Unreachable);
        };
        if answer.status.is_success() {
            return match CertificateAnswer::decode(&answer.body, MAX_OCTETS) {
                Ok(certificate) => MeInput::CertificateIssued { row, attempt, path: certificate.path },
                Err(error) => trouble(CaTrouble::Refused(error.to_string())),
            };
        }
        match ApiError::decode(&answer.body, MAX_OCTETS) {
            Ok(error) if answer.status.is_client_error() => trouble(CaTrouble::Refused(error.message)),
            _ => trouble(CaTrouble::Unreachable),
        }
    }
}

fn node(tls: &ClientTls, peer: &Peer, role: NetworkRole) -> Result<Node, CommandError> {
    let name = NodeName::parse(&peer.name).ok_or("a peer's name is no node name")?;
    let expected = RoleIdentity { network: Network::Me, role, name };
    let node = Node::new(tls, peer.address.to_string(), expected, NodeTuning::default())?;
    let counted = node.clone();
    metrics::watch_handshakes(move || counted.connections_opened());
    Ok(node)
}
