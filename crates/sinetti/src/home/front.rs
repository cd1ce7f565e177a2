//! Towards AEs and ME: octets in, one message or one fault out.
use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::{Method, StatusCode};
use mss_core::{
    Fault, FaultCode, Network, NetworkRole, NodeName, RoleIdentity,
    engine::WaiterId,
    registration::{RegistrationReq, operation},
};
use mss_net::{
    AllowList, Allowed,
    http_server::{BodyError, Request, Response},
};
use mss_vault::card::CardVault;
use mss_wire::{Decoded, Envelope, Limits, Request as Message};
use role_home::{HomeAnswer, HomeInput, Iccid, ImportedCard};

use super::handle::Engine;
use crate::{
    command_error::CommandError,
    config::home::HomeConfig,
    registration_front as wire,
    soap_answer::{self, message},
    stranger,
};

/// Everything that answering needs.
pub(super) struct Front {
    aes: AllowList<NodeName>,
    mes: AllowList<NodeName>,
    node_uri: String,
    vault: Arc<CardVault>,
    engine: Engine,
}

impl Front {
    pub(super) fn new(
        config: &HomeConfig,
        vault: Arc<CardVault>,
        engine: Engine,
    ) -> Result<Self, CommandError> {
        Ok(Self {
            aes: AllowList::new(allowed_aes(config)?),
            mes: AllowList::new(allowed_mes(config)?),
            node_uri: config.mssp_id.clone(),
            vault,
            engine,
        })
    }

    /// Takes the lists of a configuration over that was read again: each holds from the next request on.
    pub(super) fn take_over(&self, config: &HomeConfig) -> Result<(), CommandError> {
        let (aes, mes) = (allowed_aes(config)?, allowed_mes(config)?);
        // First, so that an AE that is new finds its grants in the engine.
        self.engine.post(vec![HomeInput::GrantsReplaced { grants: super::grants(config) }]);
        self.aes.replace(aes);
        self.mes.replace(mes);
        Ok(())
    }

    /// A request on the mesh listener.
    pub(super) async fn answer_ae(&self, request: Request) -> Response {
        if request.method != Method::POST {
            return Response::empty(StatusCode::METHOD_NOT_ALLOWED);
        }
        let plain = Envelope::default();
        let Some(ae) = request.peer.as_deref().and_then(|peer| self.aes.check(peer)) else {
            stranger::refused("mesh", &request);
            return self.fault(
                Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "not on the list of this listener"),
                &plain,
            );
        };
        let decoded = match self.decode(request) {
            Ok(decoded) => decoded,
            Err(refusal) => return refusal,
        };
        let envelope = decoded.envelope;
        let input: Box<dyn FnOnce(WaiterId) -> HomeInput + Send> = match decoded.request {
            Message::Signature(request) => {
                Box::new(|waiter| HomeInput::SignatureRequested { waiter, ae, request: Box::new(request) })
            }
            Message::Status(query) => {
                Box::new(|waiter| HomeInput::StatusAsked { waiter, ae, query: Box::new(query) })
            }
            Message::Profile(query) => {
                Box::new(|waiter| HomeInput::ProfileAsked { waiter, ae, query: Box::new(query) })
            }
            Message::Registration(_) => {
                let fault =
                    Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "MSS_Registration belongs to the ME listener");
                return self.fault(fault, &envelope);
            }
            Message::Unsupported(operation) => {
                let fault =
                    Fault::new(FaultCode::INCOMPATIBLE_INTERFACE, format!("{operation} is not served"));
                return self.fault(fault, &envelope);
            }
        };
        self.ask(input, &envelope).await
    }

    /// Takes the request, so that its octets are not kept for as long as a person thinks.
    fn decode(&self, request: Request) -> Result<Decoded, Response> {
        let body = match request.body {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                let fault = Fault::new(FaultCode::WRONG_PARAM, "the message is too large");
                return Err(self.fault(fault, &Envelope::default()));
            }
            Err(BodyError::TimedOut) => return Err(Response::empty(StatusCode::REQUEST_TIMEOUT)),
        };
        mss_wire::decode(&body, Limits::default())
            .map_err(|failure| self.fault(failure.fault, &failure.envelope))
    }

    /// A request on the ME listener.
    pub(super) async fn answer_me(&self, request: Request) -> Response {
        let order = match wire::read("me", &request, &self.mes) {
            Ok(order) => order,
            Err(refusal) => return refusal,
        };
        let imported = match self.import(&order.request) {
            Ok(imported) => imported,
            Err(fault) => return self.fault(fault, &order.envelope),
        };
        let (me, request) = (order.peer, Box::new(order.request));
        let input = |waiter| HomeInput::RegistrationOrdered { waiter, me, request, imported };
        self.ask(input, &order.envelope).await
    }

    /// Takes the keys of a card batch over into the vault, before the engine sees the order.
    fn import(&self, request: &RegistrationReq) -> Result<Vec<ImportedCard>, Fault> {
        let mut imported = Vec::new();
        let orders = request.operations.iter().filter(|order| order.name == operation::IMPORT_CARDS);
        for order in orders {
            let batch = order.parameter("Batch").unwrap_or_default();
            let batch = STANDARD
                .decode(batch.trim())
                .map_err(|_| Fault::new(FaultCode::WRONG_PARAM, "Batch is not base64"))?;
            let cards = self.vault.import(&batch).map_err(|error| {
                tracing::warn!(%error, "a card batch was refused");
                Fault::new(FaultCode::REGISTRATION_NOK, error.to_string())
            })?;
            for card in cards {
                imported.push(ImportedCard {
                    iccid: Iccid::parse(&card.iccid)?,
                    msisdn: mss_core::Msisdn::parse(&card.msisdn)?,
                    tar: card.tar,
                    sealed_keys: card.sealed_keys.into(),
                });
            }
        }
        Ok(imported)
    }

    async fn ask(&self, input: impl FnOnce(WaiterId) -> HomeInput, envelope: &Envelope) -> Response {
        match self.engine.ask(input, |waiter| HomeInput::WaiterGone { waiter }).await {
            Ok(Ok(HomeAnswer::Signature(answer))) => match answer.into_resp() {
                Ok(answer) => message(mss_wire::encode_response(&answer, envelope), envelope),
                Err(fault) => self.fault(fault, envelope),
            },
            Ok(Ok(HomeAnswer::Status(answer))) => {
                message(mss_wire::encode_response(&answer.into_resp(), envelope), envelope)
            }
            Ok(Ok(HomeAnswer::Profile(answer))) => {
                message(mss_wire::encode_response(&*answer, envelope), envelope)
            }
            Ok(Ok(HomeAnswer::Registration(answer))) => {
                message(mss_wire::encode_response(&*answer, envelope), envelope)
            }
            Ok(Err(fault)) => self.fault(fault, envelope),
            // No answer of ours: the asker shall ask again when the process is back.
            Err(_stopped) => Response::empty(StatusCode::SERVICE_UNAVAILABLE),
        }
    }

    fn fault(&self, mut fault: Fault, envelope: &Envelope) -> Response {
        fault.node.get_or_insert_with(|| self.node_uri.clone());
        soap_answer::fault(mss_wire::encode_home_fault(&fault, envelope), envelope)
    }
}

fn allowed_aes(config: &HomeConfig) -> Result<Allowed<NodeName>, CommandError> {
    allowed(Network::Mesh, NetworkRole::Ae, config.ae.keys())
}

fn allowed_mes(config: &HomeConfig) -> Result<Allowed<NodeName>, CommandError> {
    allowed(Network::Me, NetworkRole::Me, config.me.iter())
}

fn allowed<'a>(
    network: Network,
    role: NetworkRole,
    names: impl Iterator<Item = &'a String>,
) -> Result<Allowed<NodeName>, CommandError> {
    let mut allowed = Allowed::default();
    for name in names {
        let name = NodeName::parse(name).ok_or_else(|| format!("`{name}` is no node name"))?;
        allowed = allowed.with_identity(RoleIdentity { network, role, name: name.clone() }, name);
    }
    Ok(allowed)
}
