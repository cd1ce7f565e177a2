//! Towards Application Providers: octets in, one message or one fault out, in the shape of the request.
use std::{
    net::SocketAddr,
    sync::{Arc, PoisonError, RwLock},
};

use http::{Method, StatusCode};
use mss_core::{
    ApId, Fault, FaultCode, NodeName,
    message::{MobileUser, ProfileQuery, SignatureReq, StatusQuery},
};
use mss_net::http_server::{BodyError, Request, Response};
use mss_wire::{Decoded, Envelope, Limits, Request as Message};
use role_ae::{AeAnswer, AeConfig, AeInput, ApDirectory, AuthenticatedAp, authenticate, disclose};

use super::{carrier::Engine, homes::Homes};
use crate::{
    soap_answer::{self, message},
    stranger,
    system::now,
};

/// Everything that answering an AP needs.
pub(crate) struct Front<R> {
    /// Asked for every request: an AP that is taken out is refused from its next one on.
    pub(crate) directory: RwLock<Arc<ApDirectory>>,
    pub(crate) router: R,
    pub(crate) rules: AeConfig,
    pub(crate) homes: Homes,
    pub(crate) engine: Engine,
    pub(crate) public_url: String,
}

impl<R: Fn(&MobileUser) -> Result<NodeName, Fault> + Send + Sync> Front<R> {
    /// Answers one request of a connection whose client certificate the AP network vouches for.
    pub(crate) async fn answer(&self, request: Request) -> Response {
        match request.method {
            Method::POST => self.post(request).await,
            Method::GET if request.query().is_some_and(|query| query.eq_ignore_ascii_case("wsdl")) => {
                let url = format!("{}{}", self.public_url.trim_end_matches('/'), request.path());
                Response::new(StatusCode::OK, mss_wire::http::wsdl_content_type(), mss_wire::wsdl(&url))
            }
            Method::GET => Response::new(
                StatusCode::OK,
                "text/plain",
                "This is a SOAP service. Its description: ?wsdl\n",
            ),
            _ => Response::empty(StatusCode::METHOD_NOT_ALLOWED),
        }
    }

    /// Serves these APs from the next request on, and no others.
    pub(crate) fn replace_directory(&self, directory: ApDirectory) {
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(directory);
    }

    async fn post(&self, request: Request) -> Response {
        let caller = Caller::of(&request);
        let fingerprint = request.peer.as_ref().map(|peer| peer.fingerprint().0);
        let decoded = match self.decode(&caller, request) {
            Ok(decoded) => decoded,
            Err(refusal) => return refusal,
        };
        let envelope = decoded.envelope;
        // Without a certificate there is no connection; were there one, it would be nobody's.
        let directory = Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner));
        let proven = |ap_id: &ApId| authenticate(&directory, fingerprint.unwrap_or_default(), ap_id);
        match decoded.request {
            Message::Signature(request) => match proven(&request.ap_info.ap_id) {
                Ok(ap) => self.sign(&caller, ap, request, &envelope).await,
                Err(fault) => self.fault(&caller, &fault, None, &envelope),
            },
            Message::Status(query) => match proven(&query.ap_info.ap_id) {
                Ok(ap) => self.status(&caller, ap, query, &envelope).await,
                Err(fault) => self.fault(&caller, &fault, None, &envelope),
            },
            Message::Profile(query) => match proven(&query.ap_info.ap_id) {
                Ok(ap) => self.profile(&caller, &ap, query, &envelope).await,
                Err(fault) => self.fault(&caller, &fault, None, &envelope),
            },
            Message::Registration(_) => {
                let fault = Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "MSS_Registration belongs to ME");
                self.fault(&caller, &fault, None, &envelope)
            }
            Message::Unsupported(operation) => {
                let fault =
                    Fault::new(FaultCode::INCOMPATIBLE_INTERFACE, format!("{operation} is not served"));
                self.fault(&caller, &fault, None, &envelope)
            }
        }
    }

    /// Takes the request, so that its octets are not kept for as long as a person thinks.
    fn decode(&self, caller: &Caller, request: Request) -> Result<Decoded, Response> {
        let body = match request.body {
            Ok(body) => body,
            Err(BodyError::TooLarge) => {
                let fault = Fault::new(FaultCode::WRONG_PARAM, "the message is larger than 256 KiB");
                return Err(self.fault(caller, &fault, None, &Envelope::default()));
            }
            Err(BodyError::TimedOut) => return Err(Response::empty(StatusCode::REQUEST_TIMEOUT)),
        };
        mss_wire::decode(&body, Limits::default())
            .map_err(|failure| self.fault(caller, &failure.fault, None, &failure.envelope))
    }

    async fn sign(
        &self,
        caller: &Caller,
        ap: AuthenticatedAp,
        request: SignatureReq,
        envelope: &Envelope,
    ) -> Response {
        let request = Box::new(request);
        let asked = ap.clone();
        let input = |waiter| AeInput::SignatureRequested { waiter, ap: asked, request };
        self.ask(caller, &ap, input, envelope).await
    }

    async fn status(
        &self,
        caller: &Caller,
        ap: AuthenticatedAp,
        query: StatusQuery,
        envelope: &Envelope,
    ) -> Response {
        let query = Box::new(query);
        let asked = ap.clone();
        let input = |waiter| AeInput::StatusAsked { waiter, ap: asked, query };
        self.ask(caller, &ap, input, envelope).await
    }

    async fn ask(
        &self,
        caller: &Caller,
        ap: &AuthenticatedAp,
        input: impl FnOnce(mss_core::engine::WaiterId) -> AeInput,
        envelope: &Envelope,
    ) -> Response {
        match self.engine.ask(input, |waiter| AeInput::WaiterGone { waiter }).await {
            Ok(Ok(AeAnswer::Signature(answer))) => {
                message(mss_wire::encode_response(&*answer, envelope), envelope)
            }
            Ok(Ok(AeAnswer::Status(answer))) => {
                message(mss_wire::encode_response(&*answer, envelope), envelope)
            }
            Ok(Err(fault)) => self.fault(caller, &fault, Some(ap), envelope),
            Err(stopped) => {
                let fault = Fault::new(FaultCode::INTERNAL_ERROR, stopped.to_string());
                self.fault(caller, &fault, Some(ap), envelope)
            }
        }
    }

    async fn profile(
        &self,
        caller: &Caller,
        ap: &AuthenticatedAp,
        query: ProfileQuery,
        envelope: &Envelope,
    ) -> Response {
        let forward = role_ae::accept_profile_query(&self.rules, &self.router, ap, &query, now());
        let answered = match forward {
            Ok(forward) => self.homes.profile(&forward.home, &forward.request).await,
            Err(fault) => Err(fault),
        };
        match answered {
            Ok(home) => {
                let answer = role_ae::answer_profile_query(&self.rules, ap, query, home, now());
                message(mss_wire::encode_response(&answer, envelope), envelope)
            }
            Err(fault) => self.fault(caller, &fault, Some(ap), envelope),
        }
    }

    fn fault(
        &self,
        caller: &Caller,
        fault: &Fault,
        ap: Option<&AuthenticatedAp>,
        envelope: &Envelope,
    ) -> Response {
        let Caller { remote, peer } = caller;
        tracing::info!(%remote, peer, authenticated = ap.is_some(), %fault, "answered with a fault");
        let node = self.rules.mssp_id.uri.as_deref().unwrap_or_default();
        let public = disclose(fault, ap, node);
        soap_answer::fault(mss_wire::encode_fault(&public, envelope), envelope)
    }
}

/// Who asked, for the log.
struct Caller {
    remote: SocketAddr,
    peer: String,
}

impl Caller {
    fn of(request: &Request) -> Self {
        Self { remote: request.remote, peer: stranger::name(request) }
    }
}
