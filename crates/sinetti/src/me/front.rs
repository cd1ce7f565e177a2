//! Towards operators.
use mss_core::{Fault, FaultCode, MeshMember, Network, NetworkRole, NodeName, RoleIdentity};
use mss_net::{
    AllowList, Allowed,
    http_server::{Request, Response},
};
use role_me::MeInput;

use super::carrier::Engine;
use crate::{
    command_error::CommandError, config::me::MeConfig, registration_front as wire, soap_answer::message,
};

/// Everything that answering an operator needs.
pub(crate) struct Front {
    operators: AllowList<NodeName>,
    mssp_id: MeshMember,
    engine: Engine,
}

impl Front {
    pub(crate) fn new(config: &MeConfig, mssp_id: MeshMember, engine: Engine) -> Result<Self, CommandError> {
        Ok(Self { operators: AllowList::new(allowed(config)?), mssp_id, engine })
    }

    /// Takes the list of a configuration over that was read again: it holds from the next request on.
    pub(crate) fn take_over(&self, config: &MeConfig) -> Result<(), CommandError> {
        self.operators.replace(allowed(config)?);
        Ok(())
    }

    pub(crate) async fn answer(&self, request: Request) -> Response {
        let order = match wire::read("operators", &request, &self.operators) {
            Ok(order) => order,
            Err(refusal) => return refusal,
        };
        let unnamed = || Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "the certificate names no role");
        let operator = order.identity.as_ref().ok_or_else(unnamed);
        let listed = std::slice::from_ref(&order.peer);
        let operator = match operator.and_then(|identity| role_me::authenticate(listed, identity)) {
            Ok(operator) => operator,
            Err(fault) => return wire::fault(&self.signed(fault), &order.envelope),
        };
        let request = Box::new(order.request);
        let input = |waiter| MeInput::RegistrationAsked { waiter, operator, request };
        match self.engine.ask(input, |waiter| MeInput::WaiterGone { waiter }).await {
            Ok(Ok(answer)) => message(mss_wire::encode_response(&*answer, &order.envelope), &order.envelope),
            Ok(Err(fault)) => wire::fault(&self.signed(fault), &order.envelope),
            Err(stopped) => {
                let fault = Fault::new(FaultCode::INTERNAL_ERROR, stopped.to_string());
                wire::fault(&self.signed(fault), &order.envelope)
            }
        }
    }

    /// Names ourselves as the finder, unless another node was.
    fn signed(&self, mut fault: Fault) -> Fault {
        fault.node = fault.node.or_else(|| self.mssp_id.uri.clone());
        fault
    }
}

fn allowed(config: &MeConfig) -> Result<Allowed<NodeName>, CommandError> {
    let mut allowed = Allowed::default();
    for name in &config.operators {
        let name = NodeName::parse(name).ok_or("operators holds what is no node name")?;
        let identity = RoleIdentity { network: Network::Me, role: NetworkRole::Operator, name: name.clone() };
        allowed = allowed.with_identity(identity, name);
    }
    Ok(allowed)
}
