//! Towards the HMSSPs: one pool of connections each, pinned to its name and role.
use std::{collections::HashMap, sync::Arc, time::Duration};

use mss_core::{
    Fault, Network, NetworkRole, NodeName, RoleIdentity,
    message::{ProfileQuery, ProfileResp},
};
use mss_net::{
    http_client::{Node, NodeError, NodeTuning},
    tls::{Identity, Roots, client_config},
};
use mss_wire::{Envelope, Limits, RequestRef, Response};
use role_ae::{AeInput, AskStatus, Forward, HomeReply, TroubleKind};

use crate::{command_error::CommandError, config::ae::AeConfig, metrics, system::now};

/// The path of every message between nodes; the body says which one it is.
pub(crate) const PATH: &str = "/mss";
/// How long a question without a person behind it may take.
const QUESTION: Duration = Duration::from_secs(20);

/// The HMSSPs that this AE knows. Clones share the connections.
#[derive(Clone)]
pub(crate) struct Homes(Arc<HashMap<NodeName, Node>>);

impl Homes {
    pub(crate) fn new(config: &AeConfig) -> Result<Self, CommandError> {
        let identity = Identity::load(&config.mesh.certificate, &config.mesh.key)?;
        let tls = client_config(Some(&identity), &Roots::load(&config.mesh.roots)?)?;
        let mut nodes = HashMap::new();
        for home in &config.home {
            let name = home.peer.node_name().ok_or("home.peer.name is no node name")?;
            let expected =
                RoleIdentity { network: Network::Mesh, role: NetworkRole::Home, name: name.clone() };
            let tuning = NodeTuning { connections: home.connections, ..NodeTuning::default() };
            let node = Node::new(&tls, home.peer.address.to_string(), expected, tuning)?;
            let counted = node.clone();
            metrics::watch_handshakes(move || counted.connections_opened());
            nodes.insert(name, node);
        }
        Ok(Self(Arc::new(nodes)))
    }

    /// Sends a signature request and says what came of it.
    pub(crate) async fn forward(&self, forward: Forward) -> AeInput {
        let within = now().until(forward.give_up_at);
        let reply = self.ask(&forward.home, (&forward.request).into(), within).await;
        forward.answered(reply.map(reply_of))
    }

    /// Asks how a transaction stands and says what came of it.
    pub(crate) async fn ask_status(&self, ask: AskStatus) -> AeInput {
        let reply = self.ask(&ask.home, (&ask.query).into(), QUESTION).await;
        ask.answered(reply.map(reply_of))
    }

    /// Passes a profile query on.
    pub(crate) async fn profile(&self, home: &NodeName, query: &ProfileQuery) -> Result<ProfileResp, Fault> {
        let unavailable = |detail: &str| Fault::new(mss_core::FaultCode::UNABLE_TO_PROVIDE_SERVICES, detail);
        match self.ask(home, query.into(), QUESTION).await {
            Ok(Response::Profile(answer)) => Ok(answer),
            Ok(Response::Fault(fault)) => Err(fault),
            Ok(_) => Err(unavailable("the home answered with another message")),
            Err(_) => Err(unavailable("the home cannot be reached")),
        }
    }

    async fn ask(
        &self,
        home: &NodeName,
        request: RequestRef<'_>,
        within: Duration,
    ) -> Result<Response, TroubleKind> {
        let Some(node) = self.0.get(home) else { return Err(TroubleKind::Unreachable) };
        let body = mss_wire::encode_request(request, &Envelope::SHAPE_A);
        let content_type = mss_wire::http::content_type(Envelope::SHAPE_A.soap);
        let answer = node.post(PATH, content_type, body, within).await.map_err(|error| {
            tracing::debug!(home = home.as_str(), %error, "the home did not answer");
            match error {
                NodeError::Unreachable(_) => TroubleKind::Unreachable,
                NodeError::Broken(_) | NodeError::TooLarge => TroubleKind::Broken,
                NodeError::TimedOut => TroubleKind::TimedOut,
            }
        })?;
        mss_wire::decode_response(&answer.body, Limits::default()).map_err(|error| {
            tracing::warn!(home = home.as_str(), status = answer.status.as_u16(), %error, "the home's answer cannot be read");
            TroubleKind::Broken
        })
    }
}

fn reply_of(response: Response) -> HomeReply {
    match response {
        Response::Signature(answer) => HomeReply::Signature(answer),
        Response::Status(answer) => HomeReply::Status(answer),
        Response::Fault(fault) => HomeReply::Fault(fault),
        _ => HomeReply::Other,
    }
}
