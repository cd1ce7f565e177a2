use mss_core::Operation;

/// Where a registration stands: what has to be done next. The order of life of a key is its making with proof of
/// possession, its certificate, and the card that learns of the certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// The home binds the number to the card.
    Bind,
    /// The card makes a key, the person chooses or confirms the PIN.
    GenerateKey(Operation),
    /// The CA certifies the key.
    Certify(Operation),
    /// The card learns of the certificate, and the home of the path.
    Install(Operation),
}

impl Step {
    /// The first step.
    pub const FIRST: Self = Self::Bind;

    /// The step after this one; `None` when the person is active.
    #[must_use]
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Bind => Operation::ALL.first().copied().map(Self::GenerateKey),
            Self::GenerateKey(operation) => Some(Self::Certify(operation)),
            Self::Certify(operation) => Some(Self::Install(operation)),
            Self::Install(operation) => {
                let mut following = Operation::ALL.into_iter().skip_while(|other| *other != operation);
                following.nth(1).map(Self::GenerateKey)
            }
        }
    }

    /// The step's name: `bind`, `key-sign`, `certify-sign`, `install-sign` and so on. Stored, shown, and part of the
    /// numbers under which orders travel.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Self::Bind => "bind".to_owned(),
            Self::GenerateKey(operation) => format!("key-{}", operation.word()),
            Self::Certify(operation) => format!("certify-{}", operation.word()),
            Self::Install(operation) => format!("install-{}", operation.word()),
        }
    }

    /// The step with this name.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        if word == "bind" {
            return Some(Self::Bind);
        }
        let (kind, operation) = word.split_once('-')?;
        let operation = Operation::from_word(operation)?;
        match kind {
            "key" => Some(Self::GenerateKey(operation)),
            "certify" => Some(Self::Certify(operation)),
            "install" => Some(Self::Install(operation)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_steps_lead_to_the_end_and_every_word_is_read_back() {
        let steps: Vec<Step> = std::iter::successors(Some(Step::FIRST), |step| step.next()).collect();
        let words: Vec<String> = steps.iter().map(|step| step.word()).collect();
        assert_eq!(
            words.join(" "),
            "bind key-sign certify-sign install-sign key-authn certify-authn install-authn \
             key-digest certify-digest install-digest"
        );
        for (step, word) in steps.iter().zip(&words) {
            assert_eq!(Step::from_word(word), Some(*step));
        }
        assert_eq!(Step::from_word("key-x"), None);
        assert_eq!(Step::from_word("sign"), None);
    }
}
