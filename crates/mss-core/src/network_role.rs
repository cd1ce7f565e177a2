use std::fmt;

/// A network of the platform. Each has its own certificate authority, and a listener trusts one network only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Network {
    /// Application Providers and the AE's face towards them.
    Ap,
    /// Between members of the mesh: AE and HMSSP.
    Mesh,
    /// Administration: ME, operators, the HMSSP's ME listener, the CA process.
    Me,
}

/// What a certificate's holder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NetworkRole {
    /// An Application Provider.
    Ap,
    /// An Acquiring Entity.
    Ae,
    /// A Home MSSP.
    Home,
    /// The management entity.
    Me,
    /// The process that holds the CA keys.
    Ca,
    /// A person or program that administers through ME.
    Operator,
}

macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),* }) => {
        impl $type {
            /// Every value.
            pub const ALL: &[Self] = &[$(Self::$variant),*];
            /// The word in certificates, configuration and on the command line.
            #[must_use]
            pub const fn word(self) -> &'static str { match self { $(Self::$variant => $word),* } }
            /// The value with this word.
            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> { Self::ALL.iter().copied().find(|value| value.word() == word) }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
    };
}

words!(Network { Ap = "ap", Mesh = "mesh", Me = "me" });
words!(NetworkRole { Ap = "ap", Ae = "ae", Home = "home", Me = "me", Ca = "ca", Operator = "operator" });

/// The name of a node or an AP inside its network: a DNS name, lower case, 1 to 253 octets.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeName(String);

impl NodeName {
    /// Reads a name; `None` when it is no DNS name in lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let label = |label: &str| {
            (1..=63).contains(&label.len())
                && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        ((1..=253).contains(&text.len()) && text.split('.').all(label)).then(|| Self(text.to_owned()))
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Who a certificate of ours says its holder is. Carried as a URI in the subject alternative name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoleIdentity {
    /// The network whose CA vouches.
    pub network: Network,
    /// What the holder is.
    pub role: NetworkRole,
    /// Which one.
    pub name: NodeName,
}

impl RoleIdentity {
    /// `urn:sinetti:NETWORK:ROLE:NAME`.
    #[must_use]
    pub fn uri(&self) -> String {
        format!("urn:sinetti:{}:{}:{}", self.network, self.role, self.name.as_str())
    }

    /// Reads that URI.
    #[must_use]
    pub fn from_uri(uri: &str) -> Option<Self> {
        let mut parts = uri.strip_prefix("urn:sinetti:")?.splitn(3, ':');
        Some(Self {
            network: Network::from_word(parts.next()?)?,
            role: NetworkRole::from_word(parts.next()?)?,
            name: NodeName::parse(parts.next()?)?,
        })
    }
}
