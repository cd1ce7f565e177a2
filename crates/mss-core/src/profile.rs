use std::fmt;

/// What a signature is for. A key serves one operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operation {
    /// A text is signed as the person's will.
    Sign,
    /// A text is signed to show who the person is.
    Authn,
    /// A digest made by the AP is signed; the phone shows a label.
    Digest,
}

impl Operation {
    /// All operations.
    pub const ALL: [Self; 3] = [Self::Sign, Self::Authn, Self::Digest];

    /// The word in an `mss:` URI.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Authn => "authn",
            Self::Digest => "digest",
        }
    }

    /// The operation with this word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.word() == word)
    }
}

/// A signature profile that the platform serves. Three so far, all at level 4 on a SIM card.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SignatureProfile {
    /// What the signature is for.
    pub operation: Operation,
}

impl SignatureProfile {
    /// The profile when the request names none (FiCom 2.1: authentication).
    pub const DEFAULT: Self = Self { operation: Operation::Authn };

    /// All profiles.
    pub const ALL: [Self; 3] = [
        Self { operation: Operation::Sign },
        Self { operation: Operation::Authn },
        Self { operation: Operation::Digest },
    ];

    /// Our own URI of the profile.
    #[must_use]
    pub const fn uri(self) -> &'static str {
        match self.operation {
            Operation::Sign => "mss::sign:loa4:sim",
            Operation::Authn => "mss::authn:loa4:sim",
            Operation::Digest => "mss::digest:loa4:sim",
        }
    }

    /// The profile that a URI asks for: ours, or one of the field's that maps onto it. `None` is fault 109.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let uri = uri.trim();
        let own = Self::ALL.into_iter().find(|profile| profile.uri().eq_ignore_ascii_case(uri));
        own.or_else(|| {
            FIELD_URIS
                .iter()
                .find(|(field, _)| *field == uri)
                .map(|(_, operation)| Self { operation: *operation })
        })
    }
}

impl fmt::Display for SignatureProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.uri())
    }
}

/// Profile URIs of the field and the operation they mean (mss-soap 6). FiCom's anonymous profile is left out on purpose:
/// our certificates name the person.
const FIELD_URIS: &[(&str, Operation)] = &[
    ("http://mss.ficom.fi/TS102206/v1.0.0/authentication-profile.xml", Operation::Authn),
    ("http://mss.ficom.fi/TS102206/v1.0.0/operauth-profile.xml", Operation::Authn),
    ("http://mss.ficom.fi/TS102206/v1.0.0/signature-profile.xml", Operation::Sign),
    ("http://mss.ficom.fi/TS102206/v1.0.0/consent-profile.xml", Operation::Sign),
    ("http://mss.ficom.fi/TS102206/v1.0.0/digestive-signature-profile.xml", Operation::Digest),
    ("http://alauda.mobi/digitalSignature", Operation::Authn),
    ("http://alauda.mobi/nonRepudiation", Operation::Sign),
    ("http://mid.swisscom.ch/Any-LoA4", Operation::Authn),
    ("http://mid.swisscom.ch/STK-LoA4", Operation::Authn),
    ("http://mid.swisscom.ch/Device-LoA4", Operation::Authn),
    ("http://mid.swisscom.ch/Any-Geofencing-LoA4", Operation::Authn),
    ("http://mid.swisscom.ch/MID/v1/AuthProfile1", Operation::Authn),
    ("http://uri.gsma.com/mobileconnect/LoA2", Operation::Authn),
    ("http://uri.gsma.com/mobileconnect/LoA3", Operation::Authn),
];

/// MSS_Format: the container of the signature (TS 102 204; mss-soap 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureFormat {
    /// CMS SignedData; `#PKCS7` and `#CMS-Signature` both mean it.
    Cms,
}

impl SignatureFormat {
    /// The URI that answers name.
    pub const PKCS7_URI: &'static str = "http://uri.etsi.org/TS102204/v1.1.2#PKCS7";

    /// The format a URI asks for; `None` is fault 101 with sub-code 1017.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let cms = [Self::PKCS7_URI, "http://uri.etsi.org/TS102204/v1.1.2#CMS-Signature"];
        cms.contains(&uri.trim()).then_some(Self::Cms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_uri_of_the_table_maps_and_others_do_not() {
        for profile in SignatureProfile::ALL {
            assert_eq!(SignatureProfile::from_uri(profile.uri()), Some(profile));
        }
        for (uri, operation) in FIELD_URIS {
            assert_eq!(SignatureProfile::from_uri(uri).map(|p| p.operation), Some(*operation), "{uri}");
        }
        for uri in ["", "http://mss.ficom.fi/TS102206/v1.0.0/anonymous-profile.xml", "mss::sign:loa4:app"] {
            assert_eq!(SignatureProfile::from_uri(uri), None, "{uri}");
        }
    }
}
