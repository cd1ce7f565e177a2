use mss_core::{Fault, FaultCode, Network, NetworkRole, NodeName, RoleIdentity};

/// Proof that a certificate of the ME network names an operator. Only [`authenticate`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthenticatedOperator(NodeName);

impl AuthenticatedOperator {
    /// The operator's name.
    #[must_use]
    pub fn name(&self) -> &NodeName {
        &self.0
    }
}

/// Takes the identity in the client certificate of the connection. The certificate is the credential; AP_ID and AP_PWD
/// of a registration prove nothing.
///
/// # Errors
/// 104 when the certificate is no operator's of the ME network, or the operator is not on the list.
pub fn authenticate(operators: &[NodeName], identity: &RoleIdentity) -> Result<AuthenticatedOperator, Fault> {
    let is_operator = identity.network == Network::Me && identity.role == NetworkRole::Operator;
    if is_operator && operators.contains(&identity.name) {
        Ok(AuthenticatedOperator(identity.name.clone()))
    } else {
        Err(Fault::new(FaultCode::UNAUTHORIZED_ACCESS, "the certificate is no operator's"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_listed_operator_is_one() {
        let name = |text: &str| NodeName::parse(text).unwrap();
        let identity = |network, role, who| RoleIdentity { network, role, name: name(who) };
        let list = [name("ra")];
        assert!(authenticate(&list, &identity(Network::Me, NetworkRole::Operator, "ra")).is_ok());
        for other in [
            identity(Network::Me, NetworkRole::Operator, "rb"),
            identity(Network::Me, NetworkRole::Home, "ra"),
            identity(Network::Ap, NetworkRole::Operator, "ra"),
            identity(Network::Ap, NetworkRole::Ap, "ra"),
        ] {
            assert_eq!(authenticate(&list, &other).unwrap_err().code, FaultCode::UNAUTHORIZED_ACCESS);
        }
    }
}
