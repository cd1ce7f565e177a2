//! Every listener of an installation, and how to knock at it.
use std::{collections::BTreeSet, fs, path::PathBuf, time::Duration};

use mss_core::{
    ApId, ApPassword, ApTransId, MeshMember, Msisdn,
    message::{ApInfo, MobileUser, MsspInfo, ProfileQuery},
    registration::{MregKind, MregOperation, MregParameter, NAMESPACE, RegistrationReq, operation},
};
use mss_net::{
    http_client::{Answer, NodeError, Simple, Target},
    tls::{Roots, client_config},
};
use mss_pki::{NodeKey, csr};
use mss_wire::{
    Envelope,
    ca::{EnrolRequest, EnrolmentCode},
};
use role_ca::{Enrolment, mint};

use crate::{
    demo::Demo,
    identities::{Chance, Holder, now},
};

/// Every listener, in the order of the table's columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Door {
    /// The AE's, for Application Providers.
    Ap,
    /// The HMSSP's, for AEs.
    Mesh,
    /// The HMSSP's, for ME.
    HomeMe,
    /// ME's, for operators.
    Me,
    /// The CA's, for ME.
    CaMe,
    /// The CA's, for whoever has a code.
    CaEnrol,
    /// The short-message centre's, for ESMEs.
    Smpp,
    /// The phones' page.
    Page,
}

impl Door {
    pub(crate) const ALL: [Self; 8] =
        [Self::Ap, Self::Mesh, Self::HomeMe, Self::Me, Self::CaMe, Self::CaEnrol, Self::Smpp, Self::Page];

    /// Whose log it writes.
    pub(crate) fn role(self) -> &'static str {
        match self {
            Self::Ap => "ae",
            Self::Mesh | Self::HomeMe => "home",
            Self::Me => "me",
            Self::CaMe | Self::CaEnrol => "ca",
            Self::Smpp | Self::Page => "smsc",
        }
    }

    /// Where its address stands in the role's configuration.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Self::Ap => "ap_listener.address",
            Self::Mesh => "mesh_listener.address",
            Self::HomeMe | Self::CaMe => "me_listener.address",
            Self::Me => "listener.address",
            Self::CaEnrol => "enrol_listener.address",
            Self::Smpp => "listen",
            Self::Page => "page.listen",
        }
    }

    pub(crate) fn address(self, demo: &Demo) -> String {
        let config: toml::Table = fs::read_to_string(config(demo, self.role())).unwrap().parse().unwrap();
        let mut parts = self.key().split('.');
        let first = config[parts.next().unwrap()].clone();
        let value = parts.fold(first, |value, part| value[part].clone());
        value.as_str().unwrap().to_owned()
    }

    /// The name in its own certificate.
    pub(crate) fn server_name(self) -> &'static str {
        match self {
            Self::Ap => "localhost",
            Self::Mesh | Self::HomeMe => "home.demo",
            Self::Me => "me.demo",
            Self::CaMe | Self::CaEnrol => "ca.demo",
            Self::Smpp | Self::Page => "localhost",
        }
    }

    /// The network whose root its own certificate leads to.
    pub(crate) fn network(self) -> &'static str {
        match self {
            Self::Ap => "ap",
            Self::Mesh => "mesh",
            _ => "me",
        }
    }

    /// A request that its right caller would make: path, content type, body.
    pub(crate) fn request(self, demo: &Demo) -> (&'static str, &'static str, Vec<u8>) {
        let soap = mss_wire::http::content_type(Envelope::SHAPE_A.soap);
        match self {
            Self::Ap | Self::Mesh => ("/mss", soap, profile_query(demo)),
            Self::HomeMe | Self::Me => ("/mss", soap, user_query(demo)),
            Self::CaMe => ("/v1/certificates", "application/json", b"{}".to_vec()),
            Self::CaEnrol => ("/v1/enrol", "application/json", enrolment()),
            Self::Smpp | Self::Page => ("/", "text/plain", Vec::new()),
        }
    }

    /// What a client that is sure of the server would use.
    pub(crate) fn tls(self, demo: &Demo, holder: &Holder) -> mss_net::tls::ClientTls {
        let roots = demo.folder().join("ca").join("public").join(format!("{}-root.pem", self.network()));
        let identity = (!holder.chain.is_empty()).then(|| holder.identity());
        client_config(identity.as_ref(), &Roots::load(&roots).unwrap()).unwrap()
    }

    /// One connection, one request.
    pub(crate) async fn knock(self, demo: &Demo, holder: &Holder) -> Result<Answer, NodeError> {
        let target = Target::new(self.address(demo), self.server_name()).unwrap();
        let (path, content_type, body) = self.request(demo);
        let client = Simple::new(self.tls(demo, holder), target, 1 << 20);
        client.post(path, content_type, body, Duration::from_secs(30)).await
    }
}

pub(crate) fn config(demo: &Demo, role: &str) -> PathBuf {
    PathBuf::from(demo.file()["configs"][role].as_str().unwrap())
}

/// A profile query of the demonstration's AP.
pub(crate) fn profile_query(demo: &Demo) -> Vec<u8> {
    let query = ProfileQuery {
        version: (1, 1),
        ap_info: ap_info(demo.file()["ap"]["ap_id"].as_str().unwrap()),
        mssp_info: MsspInfo { mssp_id: MeshMember::default(), instant: None },
        mobile_user: MobileUser::from_msisdn(Msisdn::parse(&demo.subscriber(0).0).unwrap()),
        with_certificates: false,
    };
    mss_wire::encode_request(&query, &Envelope::SHAPE_A)
}

/// An operator's question how far a registration is.
fn user_query(demo: &Demo) -> Vec<u8> {
    let number = demo.subscriber(0).0;
    let request = RegistrationReq {
        ap_info: ap_info("urn:sinetti:operator"),
        mssp_info: MsspInfo { mssp_id: MeshMember::default(), instant: None },
        target: MobileUser::from_msisdn(Msisdn::parse(&number).unwrap()),
        operations: vec![MregOperation {
            kind: MregKind::Provisioning,
            name: operation::QUERY_USER.into(),
            namespace: Some(NAMESPACE.into()),
            parameters: vec![MregParameter { name: "MSISDN".into(), value: number }],
        }],
    };
    mss_wire::encode_request(&request, &Envelope::SHAPE_A)
}

/// An enrolment that is right in every way, but nobody has made its code.
fn enrolment() -> Vec<u8> {
    let code = mint(Enrolment::parse("ap:ap:shop.demo").unwrap(), now(), &mut Chance);
    let key = NodeKey::generate(&mut Chance).unwrap();
    let csr_der = csr::build(&key, code.row.enrolment.identity()).unwrap();
    let code = EnrolmentCode::new(code.text.expose().to_owned());
    EnrolRequest { code, csr_der }.encode().to_vec()
}

fn ap_info(ap_id: &str) -> ApInfo {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    ApInfo {
        ap_id: ApId::parse(ap_id).unwrap(),
        ap_trans_id: ApTransId::parse(&format!("W{number}")).unwrap(),
        ap_pwd: ApPassword::default(),
        instant: now().into(),
        ap_url: None,
    }
}

/// The ports on which the demonstration's roles really listen, as the kernel says.
pub(crate) fn listening(demo: &Demo) -> BTreeSet<u16> {
    let mut ports = BTreeSet::new();
    for id in demo.file()["processes"].as_object().unwrap().values() {
        let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{id}/fd"))
            .unwrap()
            .flatten()
            .filter_map(|entry| fs::read_link(entry.path()).ok()?.to_str().map(str::to_owned))
            .collect();
        for table in ["tcp", "tcp6"] {
            let Ok(text) = fs::read_to_string(format!("/proc/{id}/net/{table}")) else { continue };
            for line in text.lines().skip(1) {
                let fields: Vec<&str> = line.split_whitespace().collect();
                // 0A is LISTEN; the tenth field is the socket's inode.
                if fields[3] == "0A" && sockets.contains(&format!("socket:[{}]", fields[9])) {
                    ports.insert(u16::from_str_radix(fields[1].rsplit(':').next().unwrap(), 16).unwrap());
                }
            }
        }
    }
    ports
}
