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
