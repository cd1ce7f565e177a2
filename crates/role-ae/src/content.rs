//! What makes two requests the same: the triple that names a request, and what the request means.
use mss_core::{
    MeshMember,
    message::{DataToBeSigned, MessagingMode, SignatureReq},
};

use crate::Hasher;

/// The two hashes by which a repeat is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    /// First 16 octets of the hash of (AP_ID, AP_TransID, Instant).
    pub(crate) join_key: [u8; 16],
    /// Hash of everything that decides what the person is asked and what the AP gets.
    pub(crate) content: [u8; 32],
}

impl Fingerprints {
    /// Of one request. AP_PWD, AP_URL and MSSP_ID do not count: they change nothing.
    pub(crate) fn of(request: &SignatureReq, hasher: Hasher) -> Self {
        let mut triple = Canonical::with_capacity(160);
        triple.text(request.ap_info.ap_id.as_str());
        triple.text(request.ap_info.ap_trans_id.as_str());
        // The moment, not its spelling: a client that repeats may write the zone differently.
        triple.number(request.ap_info.instant.at.millis().cast_unsigned());
        let mut join_key = [0; 16];
        join_key.iter_mut().zip(hasher(&triple.0)).for_each(|(to, from)| *to = from);
        Self { join_key, content: hasher(&meaning(request).0) }
    }
}

fn meaning(request: &SignatureReq) -> Canonical {
    let mut out = Canonical::with_capacity(512);
    let user = &request.mobile_user;
    out.optional(user.msisdn.as_ref().map(|number| number.digits()));
    out.optional(user.user_identifier.as_deref());
    out.member(user.identity_issuer.as_ref());
    out.member(user.home_mssp.as_ref());
    out.data(Some(&request.dtbs));
    out.data(request.dtbd.as_ref());
    out.optional(request.profile_uri.as_deref().map(str::trim));
    out.optional(request.format_uri.as_deref().map(str::trim));
    out.optional(request.profile_comparison.as_deref());
    out.number(u64::from(request.has_key_reference));
    out.number(request.validity_date.map_or(u64::MAX, |at| at.millis().cast_unsigned()));
    out.number(request.timeout_s.map_or(u64::MAX, u64::from));
    out.number(match request.mode {
        MessagingMode::Synch => 0,
        MessagingMode::AsynchClientServer => 1,
        MessagingMode::AsynchServerServer => 2,
    });
    out.number(request.services.len() as u64);
    for service in &request.services {
        out.text(service.uri.trim());
        out.optional(service.parameter.as_deref());
    }
    out
}

/// Octets in which every field has a length or a presence mark before it, so that no two requests share an encoding.
struct Canonical(Vec<u8>);

impl Canonical {
    fn with_capacity(octets: usize) -> Self {
        Self(Vec::with_capacity(octets))
    }

    fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.0.push(u8::from(text.is_some()));
        if let Some(text) = text {
            self.text(text);
        }
    }

    fn member(&mut self, member: Option<&MeshMember>) {
        self.0.push(u8::from(member.is_some()));
        if let Some(member) = member {
            for part in [&member.dns_name, &member.ip_address, &member.uri, &member.identifier_string] {
                self.optional(part.as_deref());
            }
        }
    }

    fn data(&mut self, data: Option<&DataToBeSigned>) {
        self.0.push(u8::from(data.is_some()));
        if let Some(data) = data {
            self.optional(data.mime_type.as_deref());
            self.optional(data.encoding.as_deref());
            self.text(&data.text);
        }
    }
}
