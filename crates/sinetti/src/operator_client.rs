//! What an operator does: orders at ME by `MSS_RegistrationReq`.
use std::{net::SocketAddr, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    ApId, ApPassword, ApTransId, Entropy, Fault, MeshMember, Msisdn, Network, NetworkRole, NodeName,
    RoleIdentity,
    message::{ApInfo, MobileUser, MsspInfo},
    registration::{
        MregKind, MregOperation, MregOutput, MregParameter, NAMESPACE, RegistrationReq, operation,
    },
};
use mss_net::{
    http_client::{Node, NodeTuning},
    tls::{Identity, Roots, client_config},
};
use mss_wire::{Envelope, Limits, Response};

use crate::{
    command_error::CommandError,
    system::{SystemEntropy, now},
};

/// The path of every message at ME.
const PATH: &str = "/mss";
/// Messages with card batches are larger than those of APs.
pub(crate) const MESSAGE_MAX: usize = 4 * 1024 * 1024;

/// Where ME is and who orders.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct MeAccess {
    /// ME's listener
    #[arg(long)]
    pub me: SocketAddr,
    /// ME's node name
    #[arg(long)]
    pub me_name: String,
    /// Folder with the operator's me.pem, me.key and me-roots.pem, as `sinetti enrol operator` wrote it
    #[arg(long)]
    pub identity: PathBuf,
}

/// A person to register.
pub(crate) struct Registration<'a> {
    pub msisdn: &'a Msisdn,
    pub iccid: &'a str,
    pub given_name: &'a str,
    pub surname: &'a str,
    pub serial_number: &'a str,
}

/// Connections to one ME.
#[derive(Clone)]
pub(crate) struct OperatorClient {
    node: Node,
    name: String,
}

/// Larger messages than an AP may send.
pub(crate) fn limits() -> Limits {
    Limits { max_octets: MESSAGE_MAX, ..Limits::default() }
}

impl OperatorClient {
    pub(crate) fn new(access: &MeAccess) -> Result<Self, CommandError> {
        let file = |name: &str| access.identity.join(name);
        let identity = Identity::load(&file("me.pem"), &file("me.key"))?;
        let tls = client_config(Some(&identity), &Roots::load(&file("me-roots.pem"))?)?;
        let name = NodeName::parse(&access.me_name).ok_or("ME's name must be a DNS name in lower case")?;
        let expected = RoleIdentity { network: Network::Me, role: NetworkRole::Me, name };
        let node = Node::new(&tls, access.me.to_string(), expected, NodeTuning::default())?;
        Ok(Self { node, name: "urn:sinetti:operator".into() })
    }

    /// Imports a card batch; how many cards were taken.
    pub(crate) async fn import_cards(&self, batch: &[u8]) -> Result<String, CommandError> {
        let operation =
            order_of(MregKind::Provisioning, operation::IMPORT_CARDS, &[("Batch", &STANDARD.encode(batch))]);
        let outputs = self.order(MobileUser::default(), operation, Duration::from_secs(120)).await?;
        Ok(value(&outputs, "Imported").unwrap_or_default())
    }

    /// Registers a person; returns when the card has three certified keys.
    pub(crate) async fn register(&self, person: &Registration<'_>) -> Result<(), CommandError> {
        let parameters = [
            ("MSISDN", person.msisdn.international()),
            ("ICCID", person.iccid.to_owned()),
            ("GivenName", person.given_name.to_owned()),
            ("SurName", person.surname.to_owned()),
            ("SerialNumber", person.serial_number.to_owned()),
        ];
        let parameters: Vec<_> = parameters.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let operation = order_of(MregKind::Provisioning, operation::REGISTER_USER, &parameters);
        let user = MobileUser::from_msisdn(person.msisdn.clone());
        self.order(user, operation, Duration::from_secs(960)).await.map(drop)
    }

    /// How far a person's registration is.
    pub(crate) async fn query(&self, msisdn: &Msisdn) -> Result<String, CommandError> {
        let number = msisdn.international();
        let operation = order_of(MregKind::Provisioning, operation::QUERY_USER, &[("MSISDN", &number)]);
        let outputs =
            self.order(MobileUser::from_msisdn(msisdn.clone()), operation, Duration::from_secs(30)).await?;
        Ok(value(&outputs, "State").unwrap_or_default())
    }

    async fn order(
        &self,
        target: MobileUser,
        operation: MregOperation,
        within: Duration,
    ) -> Result<Vec<MregOutput>, CommandError> {
        let request = RegistrationReq {
            ap_info: ApInfo {
                ap_id: ApId::parse(&self.name)?,
                ap_trans_id: ApTransId::parse(&format!("O{:016x}", SystemEntropy.next_u64()))?,
                ap_pwd: ApPassword::default(),
                instant: now().into(),
                ap_url: None,
            },
            mssp_info: MsspInfo { mssp_id: MeshMember::default(), instant: None },
            target,
            operations: vec![operation],
        };
        let octets = mss_wire::encode_request(&request, &Envelope::SHAPE_A);
        let content_type = mss_wire::http::content_type(Envelope::SHAPE_A.soap);
        let answer = self.node.post(PATH, content_type, octets, within).await?;
        match mss_wire::decode_response(&answer.body, limits())? {
            Response::Registration(answer) => Ok(answer.outputs),
            Response::Fault(fault) => Err(refused(&fault)),
            _ => Err("ME answered with another message than was asked for".into()),
        }
    }
}

fn refused(fault: &Fault) -> CommandError {
    format!("ME answered {} {}: {}", fault.code.0, fault.entry().name, fault.detail).into()
}

fn order_of(kind: MregKind, name: &str, parameters: &[(&str, &str)]) -> MregOperation {
    let parameter =
        |(name, value): &(&str, &str)| MregParameter { name: (*name).into(), value: (*value).into() };
    MregOperation {
        kind,
        name: name.into(),
        namespace: Some(NAMESPACE.into()),
        parameters: parameters.iter().map(parameter).collect(),
    }
}

fn value(outputs: &[MregOutput], name: &str) -> Option<String> {
    let mut parameters = outputs.iter().flat_map(|output| &output.parameters);
    parameters.find(|parameter| parameter.name == name).map(|parameter| parameter.value.clone())
}
