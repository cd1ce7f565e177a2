//! What AEs and ME ask, built from a fuzzer's choices.
use base64::{Engine as _, engine::general_purpose::STANDARD};
use mss_core::{
    ApId, ApPassword, ApTransId, MeshMember, MsspTransId, Operation, SignatureProfile, Timestamp,
    message::{
        ApInfo, DataToBeSigned, Instant, MessagingMode, MobileUser, MsspInfo, ProfileQuery, RoamingEntry,
        SignatureReq, StatusQuery,
    },
    registration::{self, MregKind, MregOperation, MregParameter, RegistrationReq},
};
use mss_pki::sha256;

use super::people::number;

pub(super) fn ap_info(trans_id: &str, now: Timestamp) -> ApInfo {
    ApInfo {
        ap_id: ApId::parse("http://ae.example/bank").expect("an AP"),
        ap_trans_id: ApTransId::parse(trans_id).expect("a number"),
        ap_pwd: ApPassword::default(),
        instant: Instant::from(now),
        ap_url: None,
    }
}

/// One signature request; the same fields make the same request.
#[derive(Clone)]
pub(super) struct Wish {
    pub(super) trace: String,
    pub(super) ae: &'static str,
    pub(super) person: u64,
    pub(super) operation: Operation,
    pub(super) at: Timestamp,
    pub(super) timeout_s: u32,
    pub(super) headline: bool,
}

impl Wish {
    /// The text that is shown, which no other wish has.
    pub(super) fn text(&self) -> String {
        format!("Pay {} by {}?", self.trace, self.ae)
    }

    pub(super) fn request(&self) -> SignatureReq {
        let plain = |text: String| DataToBeSigned {
            mime_type: Some("text/plain".into()),
            encoding: Some("utf-8".into()),
            text,
        };
        let digest = self.operation == Operation::Digest;
        let dtbs = if digest {
            DataToBeSigned {
                mime_type: Some("application/x-sha256".into()),
                encoding: Some("base64".into()),
                text: STANDARD.encode(sha256(self.text().as_bytes())),
            }
        } else {
            plain(self.text())
        };
        let label = if digest { Some(plain(self.text())) } else { None };
        SignatureReq {
            version: (1, 1),
            ap_info: ap_info("T1", self.at),
            mssp_info: MsspInfo::default(),
            mobile_user: MobileUser::from_msisdn(number(self.person)),
            dtbs,
            dtbd: label.or_else(|| self.headline.then(|| plain("who asks".into()))),
            profile_uri: Some(SignatureProfile { operation: self.operation }.uri().into()),
            services: vec![],
            format_uri: None,
            has_key_reference: false,
            profile_comparison: None,
            validity_date: None,
            timeout_s: Some(self.timeout_s),
            mode: MessagingMode::Synch,
            roaming: vec![RoamingEntry {
                transaction_id: self.trace.clone(),
                instant: self.at,
                timeout_s: self.timeout_s,
                sender: MeshMember::from_uri("http://ae.example"),
            }],
        }
    }

    pub(super) fn status(&self, now: Timestamp) -> StatusQuery {
        StatusQuery {
            version: (1, 1),
            ap_info: ap_info("again", now),
            mssp_info: MsspInfo::default(),
            mssp_trans_id: MsspTransId::parse(&self.trace).expect("a number"),
        }
    }
}

pub(super) fn profile(person: u64, now: Timestamp) -> ProfileQuery {
    ProfileQuery {
        version: (2, 0),
        ap_info: ap_info("profile", now),
        mssp_info: MsspInfo::default(),
        mobile_user: MobileUser::from_msisdn(number(person)),
        with_certificates: true,
    }
}

pub(super) fn order(
    trans_id: &str,
    name: &str,
    parameters: Vec<(&str, String)>,
    now: Timestamp,
) -> RegistrationReq {
    let parameter = |(name, value): (&str, String)| MregParameter { name: name.into(), value };
    RegistrationReq {
        ap_info: ap_info(trans_id, now),
        mssp_info: MsspInfo::default(),
        target: MobileUser::default(),
        operations: vec![MregOperation {
            kind: MregKind::Provisioning,
            name: name.into(),
            namespace: Some(registration::NAMESPACE.into()),
            parameters: parameters.into_iter().map(parameter).collect(),
        }],
    }
}
