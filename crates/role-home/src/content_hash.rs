use mss_core::{
    message::{DataToBeSigned, MobileUser, SignatureReq},
    registration::RegistrationReq,
};
use mss_pki::sha256;

/// What is hashed so that a repeat can be told from another request under the same number. Times and routing are left
/// out: a repeat is sent later and has less time.
#[derive(Default)]
struct Canonical(Vec<u8>);

impl Canonical {
    /// Every part carries its length, so that no two requests run into the same octets.
    fn part(&mut self, octets: &[u8]) {
        self.0.extend_from_slice(&(octets.len() as u64).to_be_bytes());
        self.0.extend_from_slice(octets);
    }

    fn text(&mut self, text: &str) {
        self.part(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn data(&mut self, data: &DataToBeSigned) {
        self.optional(data.mime_type.as_deref());
        self.optional(data.encoding.as_deref());
        self.text(&data.text);
    }

    fn user(&mut self, user: &MobileUser) {
        self.optional(user.msisdn.as_ref().map(mss_core::Msisdn::digits));
        self.optional(user.user_identifier.as_deref());
    }
}

/// The hash of a signature request's content.
pub(crate) fn of_signature(req: &SignatureReq) -> [u8; 32] {
    let mut content = Canonical::default();
    content.text("signature");
    content.text(req.ap_info.ap_id.as_str());
    content.text(req.ap_info.ap_trans_id.as_str());
    content.user(&req.mobile_user);
    content.data(&req.dtbs);
    content.0.push(u8::from(req.dtbd.is_some()));
    if let Some(dtbd) = &req.dtbd {
        content.data(dtbd);
    }
    content.optional(req.profile_uri.as_deref());
    content.optional(req.format_uri.as_deref());
    content.optional(req.profile_comparison.as_deref());
    content.0.push(u8::from(req.has_key_reference));
    for service in &req.services {
        content.text(&service.uri);
        content.optional(service.parameter.as_deref());
    }
    sha256(&content.0)
}

/// The hash of a management order's content.
pub(crate) fn of_registration(req: &RegistrationReq) -> [u8; 32] {
    let mut content = Canonical::default();
    content.text("registration");
    content.text(req.ap_info.ap_id.as_str());
    content.user(&req.target);
    for operation in &req.operations {
        content.text(&operation.name);
        content.optional(operation.namespace.as_deref());
        content.part(&(operation.parameters.len() as u64).to_be_bytes());
        for parameter in &operation.parameters {
            content.text(&parameter.name);
            content.text(&parameter.value);
        }
    }
    sha256(&content.0)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::collections::BTreeMap;

    use mss_core::{
        ApId, ApPassword, ApTransId, Msisdn, Timestamp,
        message::{AdditionalService, ApInfo, Instant, MessagingMode, MsspInfo},
        registration::{MregKind, MregOperation, MregParameter},
    };

    use super::*;

    pub(crate) fn ap_info() -> ApInfo {
        ApInfo {
            ap_id: ApId::parse("http://ap.example").unwrap(),
            ap_trans_id: ApTransId::parse("T1").unwrap(),
            ap_pwd: ApPassword::new("pwd".into()),
            instant: Instant::from(Timestamp::from_secs(1)),
            ap_url: None,
        }
    }

    fn data(text: &str) -> DataToBeSigned {
        DataToBeSigned { mime_type: Some("text/plain".into()), encoding: None, text: text.into() }
    }

    fn signature() -> SignatureReq {
        SignatureReq {
            version: (1, 1),
            ap_info: ap_info(),
            mssp_info: MsspInfo::default(),
            mobile_user: MobileUser::from_msisdn(Msisdn::parse("+358401234567").unwrap()),
            dtbs: data("Pay?"),
            dtbd: None,
            profile_uri: None,
            services: vec![],
            format_uri: None,
            has_key_reference: false,
            profile_comparison: None,
            validity_date: None,
            timeout_s: Some(60),
            mode: MessagingMode::Synch,
            roaming: vec![],
        }
    }

    /// One part of a request, and how it becomes another.
    type Change<'a> = (&'a str, &'a dyn Fn(&mut SignatureReq));

    /// Every part that decides what the person is asked makes another hash, and another than every other part's.
    #[test]
    fn every_part_counts() {
        let service = |parameter: Option<&str>| AdditionalService {
            uri: "urn:one".into(),
            parameter: parameter.map(Into::into),
        };
        let changes: [Change<'_>; 17] = [
            ("nothing", &|_| {}),
            ("AP", &|r| r.ap_info.ap_id = ApId::parse("http://other.example").unwrap()),
            ("number", &|r| r.ap_info.ap_trans_id = ApTransId::parse("T2").unwrap()),
            ("person", &|r| r.mobile_user.msisdn = None),
            ("identifier", &|r| r.mobile_user.user_identifier = Some("one".into())),
            ("text", &|r| r.dtbs = data("Pay more?")),
            ("type", &|r| r.dtbs.mime_type = None),
            ("empty type", &|r| r.dtbs.mime_type = Some(String::new())),
            ("encoding", &|r| r.dtbs.encoding = Some("text/plain".into())),
            ("shown text", &|r| r.dtbd = Some(data("Pay?"))),
            ("profile", &|r| r.profile_uri = Some("urn:one".into())),
            ("format", &|r| r.format_uri = Some("urn:one".into())),
            ("comparison", &|r| r.profile_comparison = Some("urn:one".into())),
            ("key reference", &|r| r.has_key_reference = true),
            ("service", &|r| r.services = vec![service(None)]),
            ("service's value", &|r| r.services = vec![service(Some("one"))]),
            ("two services", &|r| r.services = vec![service(None), service(None)]),
        ];
        let mut seen = BTreeMap::new();
        for (name, change) in changes {
            let mut request = signature();
            change(&mut request);
            if let Some(other) = seen.insert(of_signature(&request), name) {
                panic!("{name} hashes like {other}");
            }
        }
        let mut again = signature();
        again.timeout_s = Some(10);
        again.ap_info.instant = Instant::from(Timestamp::from_secs(9));
        assert_eq!(of_signature(&again), of_signature(&signature()), "a repeat has less time");
    }

    #[test]
    fn every_part_of_an_order_counts() {
        let parameter = |name: &str, value: &str| MregParameter { name: name.into(), value: value.into() };
        let operation = |name: &str, namespace: Option<&str>, parameters| MregOperation {
            name: name.into(),
            namespace: namespace.map(Into::into),
            kind: MregKind::Wireless,
            parameters,
        };
        let order = |operations| RegistrationReq {
            ap_info: ap_info(),
            mssp_info: MsspInfo::default(),
            target: MobileUser::default(),
            operations,
        };
        let lists = [
            vec![],
            vec![operation("A", None, vec![])],
            vec![operation("B", None, vec![])],
            vec![operation("A", Some("urn:one"), vec![])],
            vec![operation("A", None, vec![parameter("p", "v")])],
            vec![operation("A", None, vec![parameter("p", "w")])],
            vec![operation("A", None, vec![parameter("q", "v")])],
            vec![operation("A", None, vec![parameter("pv", "")])],
            vec![operation("A", None, vec![parameter("p", "v"), parameter("p", "v")])],
            vec![operation("A", None, vec![parameter("p", "v")]), operation("A", None, vec![])],
        ];
        let mut hashes: Vec<_> =
            lists.into_iter().map(|operations| of_registration(&order(operations))).collect();
        let mut targeted = order(vec![]);
        targeted.target = MobileUser::from_msisdn(Msisdn::parse("+358401234567").unwrap());
        hashes.push(of_registration(&targeted));
        let all = hashes.len();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), all);
    }
}
