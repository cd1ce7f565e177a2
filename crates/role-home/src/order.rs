//! The orders of a management entity, read from `MSS_RegistrationReq`.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    Fault, FaultCode, Msisdn, Operation,
    registration::{self, MregOperation, RegistrationReq, operation},
};

use crate::{Iccid, ImportedCard};

/// One order.
pub(crate) enum Order {
    /// Record cards.
    ImportCards(Vec<ImportedCard>),
    /// Bind a person to a card.
    BindUser { msisdn: Msisdn, iccid: Iccid, serial: String },
    /// Let the card make a key.
    GenerateKey { msisdn: Msisdn, operation: Operation },
    /// Tell the card its key's certificate: the path in DER, signer first.
    SetCertificate { msisdn: Msisdn, operation: Operation, path: Vec<Vec<u8>> },
}

/// Longest number that a registration authority may give a person.
const SERIAL_MAX: usize = 64;

impl Order {
    /// Reads the one operation of a request.
    ///
    /// # Errors
    /// 108 for an operation that is not ours, 102 and 101 for its parameters.
    pub(crate) fn read(request: &RegistrationReq, imported: Vec<ImportedCard>) -> Result<Self, Fault> {
        let [order] = request.operations.as_slice() else {
            return Err(Fault::new(FaultCode::WRONG_PARAM, "a request holds exactly one operation"));
        };
        if order.namespace.as_deref() != Some(registration::NAMESPACE) {
            return Err(Fault::new(
                FaultCode::INCOMPATIBLE_INTERFACE,
                "the operation's NameSpace is not served",
            ));
        }
        match order.name.as_str() {
            operation::IMPORT_CARDS if imported.is_empty() => {
                Err(Fault::new(FaultCode::MISSING_PARAM, "the batch holds no card"))
            }
            operation::IMPORT_CARDS => Ok(Self::ImportCards(imported)),
            operation::BIND_USER => Ok(Self::BindUser {
                msisdn: number(request, order)?,
                iccid: Iccid::parse(needed(order, "ICCID")?)?,
                serial: serial(needed(order, "UserSerial")?)?,
            }),
            operation::GENERATE_KEY => {
                Ok(Self::GenerateKey { msisdn: number(request, order)?, operation: key_operation(order)? })
            }
            operation::SET_CERTIFICATE => Ok(Self::SetCertificate {
                msisdn: number(request, order)?,
                operation: key_operation(order)?,
                path: path(order)?,
            }),
            _ => Err(Fault::new(FaultCode::INCOMPATIBLE_INTERFACE, "the operation is not served")),
        }
    }
}

fn needed<'a>(order: &'a MregOperation, name: &str) -> Result<&'a str, Fault> {
    let value = order.parameter(name).map(str::trim).filter(|value| !value.is_empty());
    value.ok_or_else(|| Fault::new(FaultCode::MISSING_PARAM, format!("parameter {name} is missing")))
}

/// The number must be the target's, where one is named.
fn number(request: &RegistrationReq, order: &MregOperation) -> Result<Msisdn, Fault> {
    let number = Msisdn::parse(needed(order, "MSISDN")?)?;
    match &request.target.msisdn {
        Some(target) if *target != number => {
            Err(Fault::new(FaultCode::WRONG_PARAM, "MSISDN is not the target's"))
        }
        _ => Ok(number),
    }
}

fn key_operation(order: &MregOperation) -> Result<Operation, Fault> {
    Operation::from_word(needed(order, "Operation")?)
        .ok_or_else(|| Fault::new(FaultCode::WRONG_PARAM, "Operation is not known"))
}

fn serial(text: &str) -> Result<String, Fault> {
    if text.len() > SERIAL_MAX || text.chars().any(char::is_control) {
        return Err(Fault::new(FaultCode::WRONG_PARAM, "UserSerial is too long or not printable"));
    }
    Ok(text.to_owned())
}

fn path(order: &MregOperation) -> Result<Vec<Vec<u8>>, Fault> {
    needed(order, "Certificate")?;
    let certificates = order.parameters.iter().filter(|parameter| parameter.name == "Certificate");
    let decode = |text: &str| STANDARD.decode(text.trim());
    certificates
        .map(|certificate| decode(&certificate.value))
        .collect::<Result<_, _>>()
        .map_err(|_| Fault::new(FaultCode::WRONG_PARAM, "Certificate is not base64"))
}

#[cfg(test)]
mod tests {
    use mss_core::{
        message::{MobileUser, MsspInfo},
        registration::{MregKind, MregParameter},
    };

    use super::*;
    use crate::content_hash::tests::ap_info;

    fn bind(serial: &str, target: Option<&str>) -> Result<Order, u16> {
        let parameters =
            [("MSISDN", "+358401234567"), ("ICCID", "8935811111111111113"), ("UserSerial", serial)];
        let parameter =
            |(name, value): (&str, &str)| MregParameter { name: name.into(), value: value.into() };
        let target = target.map(|number| MobileUser::from_msisdn(Msisdn::parse(number).unwrap()));
        let request = RegistrationReq {
            ap_info: ap_info(),
            mssp_info: MsspInfo::default(),
            target: target.unwrap_or_default(),
            operations: vec![MregOperation {
                kind: MregKind::Provisioning,
                name: operation::BIND_USER.into(),
                namespace: Some(registration::NAMESPACE.into()),
                parameters: parameters.map(parameter).into(),
            }],
        };
        Order::read(&request, vec![]).map_err(|fault| fault.code.0)
    }

    #[test]
    fn a_serial_is_short_and_printable() {
        for (serial, accepted) in
            [("1", true), (&*"1".repeat(64), true), (&*"1".repeat(65), false), ("a\u{7}b", false)]
        {
            match bind(serial, None) {
                Ok(Order::BindUser { serial: read, .. }) => assert!(accepted && read == serial, "{serial}"),
                Ok(_) => panic!("another order"),
                Err(code) => assert_eq!((accepted, code), (false, 101), "{serial}"),
            }
        }
    }

    #[test]
    fn the_number_is_the_targets() {
        assert!(bind("1", Some("+358401234567")).is_ok());
        assert_eq!(bind("1", Some("+358401234568")).err(), Some(101));
    }
}
