use std::sync::Arc;

use mss_core::{
    Fault, FaultCode, MsspTransId, StatusCode,
    message::{ApInfo, MobileUser, MsspInfo, ProfileResp, SignatureResp, StatusResp},
    registration::RegistrationResp,
};
use mss_pki::{SignedAttributes, UserCertificate, cms};

use crate::{Opening, Task};

/// An answer. What costs time is left to the worker that encodes it: see [`SignatureAnswer::into_resp`].
pub enum HomeAnswer {
    /// To `MSS_SignatureReq`.
    Signature(Box<SignatureAnswer>),
    /// To `MSS_StatusReq`.
    Status(Box<StatusAnswer>),
    /// To `MSS_ProfileReq`.
    Profile(Box<ProfileResp>),
    /// To `MSS_RegistrationReq`.
    Registration(Box<RegistrationResp>),
}

/// A proven signature's parts, enough to assemble its CMS any number of times. They prove nothing by themselves.
pub struct SignedParts {
    /// The transaction's first part: what was signed, and when.
    pub opening: Arc<Opening>,
    /// The signer's certificate and path.
    pub certificate: Arc<UserCertificate>,
    /// r and s.
    pub raw: [u8; 64],
}

impl SignedParts {
    /// The CMS SignedData in DER: a text encapsulated, a digest detached. `None` when the transaction made no signature.
    #[must_use]
    pub fn cms(&self) -> Option<Vec<u8>> {
        let Task::Sign(task) = &self.opening.task else { return None };
        let digest = task.content.message_digest();
        let attributes = SignedAttributes::build(&digest, task.signing_time, self.certificate.sha256());
        Some(cms::assemble(cms::Parts {
            content: cms::Encapsulated::from(&task.content),
            signed_attributes: attributes.der(),
            certificate: &self.certificate,
            raw_signature: &self.raw,
        }))
    }
}

/// The answer to a signature request, not yet assembled.
pub struct SignatureAnswer {
    /// Copy of the request's.
    pub ap_info: ApInfo,
    /// This node.
    pub mssp_info: MsspInfo,
    /// Copy of the request's.
    pub mobile_user: MobileUser,
    /// The profile that was used.
    pub profile_uri: &'static str,
    /// The asker's own number: the acquiring entity's `RE_TransactionID` is passed through.
    pub trace: Arc<str>,
    /// The signature.
    pub signed: Arc<SignedParts>,
}

impl SignatureAnswer {
    /// Assembles the message; for a worker.
    ///
    /// # Errors
    /// 900 when the asker's number cannot be written back, which acceptance rules out.
    pub fn into_resp(self) -> Result<SignatureResp, Fault> {
        Ok(SignatureResp {
            ap_info: self.ap_info,
            mssp_info: self.mssp_info,
            mobile_user: self.mobile_user,
            signature: self.signed.cms(),
            profile_uri: Some(self.profile_uri.to_owned()),
            status: StatusCode::SIGNATURE,
            mssp_trans_id: MsspTransId::parse(&self.trace).ok_or_else(|| {
                Fault::new(FaultCode::INTERNAL_ERROR, "a stored transaction number is unreadable")
            })?,
        })
    }
}

/// The answer to a status query, not yet assembled.
pub struct StatusAnswer {
    /// Copy of the query's.
    pub ap_info: ApInfo,
    /// This node.
    pub mssp_info: MsspInfo,
    /// The transaction's user.
    pub mobile_user: MobileUser,
    /// The signature; `None` while the transaction is open.
    pub signed: Option<Arc<SignedParts>>,
}

impl StatusAnswer {
    /// Assembles the message; for a worker.
    #[must_use]
    pub fn into_resp(self) -> StatusResp {
        let status =
            if self.signed.is_some() { StatusCode::SIGNATURE } else { StatusCode::OUTSTANDING_TRANSACTION };
        StatusResp {
            ap_info: self.ap_info,
            mssp_info: self.mssp_info,
            mobile_user: self.mobile_user,
            signature: self.signed.and_then(|signed| signed.cms()),
            status,
        }
    }
}
