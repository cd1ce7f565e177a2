use std::fmt;

use mss_core::{Network, NetworkRole, NodeName, RoleIdentity};
use mss_pki::issuance::{AlternativeName, role_usage};

/// Whom an enrolment code is for: everything that the certificate will say but its key.
///
/// Its text is `NETWORK:ROLE:NAME` or `NETWORK:ROLE:NAME:SAN,SAN`, each `SAN` a DNS name or an IP address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    identity: RoleIdentity,
    alternative_names: Vec<AlternativeName>,
}

/// Why a text names no enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnrolmentError {
    /// Not three or four parts.
    #[error("write NETWORK:ROLE:NAME or NETWORK:ROLE:NAME:SAN,SAN, such as ap:ae:ae.example:www.example")]
    Parts,
    /// The first part.
    #[error("the network is one of ap, mesh, me")]
    Network,
    /// The second part.
    #[error("the role is one of ap, ae, home, me, ca, operator")]
    Role,
    /// The network has no such role.
    #[error("this network has no such role")]
    Pair,
    /// The third part.
    #[error("the name is a DNS name in lower case")]
    Name,
    /// The fourth part.
    #[error(
        "each SAN is a DNS name in lower case or an IP address, at most {} of them",
        Enrolment::MAX_NAMES
    )]
    AlternativeName,
}

impl Enrolment {
    /// Most alternative names in one certificate.
    pub const MAX_NAMES: usize = 8;

    /// Checks an identity with its alternative names.
    ///
    /// # Errors
    /// When the network has no such role, or the names are too many.
    pub fn new(
        identity: RoleIdentity,
        alternative_names: Vec<AlternativeName>,
    ) -> Result<Self, EnrolmentError> {
        role_usage(identity.network, identity.role).ok_or(EnrolmentError::Pair)?;
        if alternative_names.len() > Self::MAX_NAMES {
            return Err(EnrolmentError::AlternativeName);
        }
        Ok(Self { identity, alternative_names })
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// Naming the part that is wrong.
    pub fn parse(text: &str) -> Result<Self, EnrolmentError> {
        let mut parts = text.splitn(4, ':');
        let mut part = || parts.next().ok_or(EnrolmentError::Parts);
        let (network, role, name) = (part()?, part()?, part()?);
        let identity = RoleIdentity {
            network: Network::from_word(network).ok_or(EnrolmentError::Network)?,
            role: NetworkRole::from_word(role).ok_or(EnrolmentError::Role)?,
            name: NodeName::parse(name).ok_or(EnrolmentError::Name)?,
        };
        Self::new(identity, Self::parse_names(parts.next().unwrap_or_default())?)
    }

    /// Reads alternative names between commas; an empty text has none.
    ///
    /// # Errors
    /// When one is neither a DNS name nor an IP address.
    pub fn parse_names(text: &str) -> Result<Vec<AlternativeName>, EnrolmentError> {
        if text.is_empty() {
            return Ok(Vec::new());
        }
        // One more than allowed, so that a long text costs nothing and is refused all the same.
        text.split(',').take(Self::MAX_NAMES + 1).map(alternative_name).collect()
    }

    /// The alternative names, as [`Self::parse_names`] reads them.
    #[must_use]
    pub fn names_text(&self) -> String {
        let texts: Vec<String> = self.alternative_names.iter().map(name_text).collect();
        texts.join(",")
    }

    /// Who the holder is.
    #[must_use]
    pub fn identity(&self) -> &RoleIdentity {
        &self.identity
    }

    /// Names beside the holder's own.
    #[must_use]
    pub fn alternative_names(&self) -> &[AlternativeName] {
        &self.alternative_names
    }
}

impl fmt::Display for Enrolment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RoleIdentity { network, role, name } = &self.identity;
        write!(f, "{network}:{role}:{}", name.as_str())?;
        if self.alternative_names.is_empty() { Ok(()) } else { write!(f, ":{}", self.names_text()) }
    }
}

fn alternative_name(text: &str) -> Result<AlternativeName, EnrolmentError> {
    // An IPv4 address is a DNS name to the letter, so addresses come first.
    text.parse()
        .map(AlternativeName::Ip)
        .or_else(|_| NodeName::parse(text).map(AlternativeName::Dns).ok_or(EnrolmentError::AlternativeName))
}

fn name_text(name: &AlternativeName) -> String {
    match name {
        AlternativeName::Dns(name) => name.as_str().to_owned(),
        AlternativeName::Ip(address) => address.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_again() {
        for text in [
            "ap:ap:shop.demo",
            "ap:ae:ae.demo:localhost,127.0.0.1",
            "mesh:home:home-1",
            "me:ca:ca.example:::1,2001:db8::7,ca",
            "me:operator:ra",
        ] {
            assert_eq!(Enrolment::parse(text).unwrap().to_string(), text);
        }
        let names = Enrolment::parse("ap:ae:ae.demo:localhost,127.0.0.1").unwrap();
        assert!(matches!(names.alternative_names(), [AlternativeName::Dns(_), AlternativeName::Ip(_)]));
    }

    #[test]
    fn the_wrong_part_is_named() {
        for (text, error) in [
            ("", EnrolmentError::Parts),
            ("ap:ae", EnrolmentError::Parts),
            ("moon:ae:x", EnrolmentError::Network),
            ("ap:king:x", EnrolmentError::Role),
            ("ap:ae:X", EnrolmentError::Name),
            ("ap:ae:", EnrolmentError::Name),
            ("ap:home:x", EnrolmentError::Pair),
            ("mesh:operator:x", EnrolmentError::Pair),
            ("ap:ae:x:a b", EnrolmentError::AlternativeName),
            ("ap:ae:x:a,", EnrolmentError::AlternativeName),
            ("ap:ae:x:a,b,c,d,e,f,g,h,i", EnrolmentError::AlternativeName),
        ] {
            assert_eq!(Enrolment::parse(text), Err(error), "{text}");
        }
    }
}
