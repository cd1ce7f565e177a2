//! What ME orders at a home, as `MSS_RegistrationReq`.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    ApPassword, ApTransId, Fault, Msisdn, Operation, Timestamp,
    message::{ApInfo, Instant, MobileUser, MsspInfo},
    registration::{self, MregKind, MregOperation, MregOutput, MregParameter, RegistrationReq},
};
use mss_pki::PublicKey;

use crate::{MeConfig, RegistrationRow, Step};

/// The order of a step; `None` for a step that is not the home's.
///
/// Its AP_TransID is the registration's and the step's, so that every attempt of it is one order to the home.
pub(crate) fn of_step(
    config: &MeConfig,
    row: &RegistrationRow,
    step: Step,
    now: Timestamp,
) -> Option<Result<RegistrationReq, Fault>> {
    let person = &row.person;
    let number = || parameter("MSISDN", person.msisdn.international());
    let operation = match step {
        Step::Bind => order(
            MregKind::Provisioning,
            registration::operation::BIND_USER,
            vec![
                number(),
                parameter("ICCID", person.iccid.clone()),
                parameter("UserSerial", person.serial_number.clone()),
            ],
        ),
        Step::GenerateKey(operation) => order(
            MregKind::Wireless,
            registration::operation::GENERATE_KEY,
            vec![number(), parameter("Operation", operation.word())],
        ),
        Step::Install(operation) => {
            let mut parameters = vec![number(), parameter("Operation", operation.word())];
            parameters.extend(certificates(row, operation));
            order(MregKind::Certification, registration::operation::SET_CERTIFICATE, parameters)
        }
        Step::Certify(_) => return None,
    };
    let trans_id = ApTransId::parse(&format!("{}-{}", row.id, step.word()));
    Some(trans_id.map(|trans_id| request(config, trans_id, Some(&person.msisdn), operation, now)))
}

/// An order to a home under this number.
pub(crate) fn request(
    config: &MeConfig,
    trans_id: ApTransId,
    target: Option<&Msisdn>,
    operation: MregOperation,
    now: Timestamp,
) -> RegistrationReq {
    RegistrationReq {
        ap_info: ApInfo {
            ap_id: config.ap_id.clone(),
            ap_trans_id: trans_id,
            ap_pwd: ApPassword::default(),
            instant: Instant::from(now),
            ap_url: None,
        },
        mssp_info: MsspInfo { mssp_id: config.mssp_id.clone(), instant: None },
        target: target.cloned().map(MobileUser::from_msisdn).unwrap_or_default(),
        operations: vec![operation],
    }
}

/// The public key in a home's answer to `GenerateKey`, in DER, if it is one.
pub(crate) fn public_key(outputs: &[MregOutput]) -> Option<Vec<u8>> {
    let output = outputs.iter().find(|output| output.name == registration::operation::GENERATE_KEY)?;
    let text = output.parameters.iter().find(|parameter| parameter.name == "PublicKey")?;
    let der = STANDARD.decode(text.value.trim()).ok()?;
    PublicKey::from_spki(&der).ok()?;
    Some(der)
}

fn certificates(row: &RegistrationRow, operation: Operation) -> impl Iterator<Item = MregParameter> {
    let path = row.key(operation).map(|key| key.path.as_slice()).unwrap_or_default();
    path.iter().map(|der| parameter("Certificate", STANDARD.encode(der)))
}

fn order(kind: MregKind, name: &str, parameters: Vec<MregParameter>) -> MregOperation {
    MregOperation {
        kind,
        name: name.to_owned(),
        namespace: Some(registration::NAMESPACE.to_owned()),
        parameters,
    }
}

pub(crate) fn parameter(name: &str, value: impl Into<String>) -> MregParameter {
    MregParameter { name: name.to_owned(), value: value.into() }
}
