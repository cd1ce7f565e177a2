use mss_pki::{Expected, PublicKey, VerifiedSignature, VerifyError, verify};

/// Public-key work that is done beside the engine: the shell gives it to a worker and feeds the result back.
pub enum Check {
    /// Is this the signature that was asked for?
    Signature(Box<Expected>, [u8; 64]),
    /// Does the card hold the private half of this key?
    Possession {
        /// The compressed point, as the card sent it.
        point: [u8; 33],
        /// The octets that the proof is over.
        message: Vec<u8>,
        /// r and s.
        proof: [u8; 64],
    },
}

/// What a [`Check`] found.
pub enum CheckResult {
    /// The proof of a signature, or what is wrong with it.
    Signature(Result<Box<VerifiedSignature>, VerifyError>),
    /// The key whose possession is proven, or `None`.
    Possession(Option<ProvenKey>),
}

impl Check {
    /// Does the work.
    #[must_use]
    pub fn run(self) -> CheckResult {
        match self {
            Self::Signature(expected, raw) => CheckResult::Signature(verify(*expected, raw).map(Box::new)),
            Self::Possession { point, message, proof } => {
                let key = PublicKey::from_point(&point).ok();
                CheckResult::Possession(key.filter(|key| key.verify_p1363(&message, &proof)).map(ProvenKey))
            }
        }
    }
}

/// A public key on the curve whose private half the card has shown to hold. Only [`Check::run`] makes one.
#[derive(Debug)]
pub struct ProvenKey(PublicKey);

impl ProvenKey {
    /// The key.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        &self.0
    }
}
