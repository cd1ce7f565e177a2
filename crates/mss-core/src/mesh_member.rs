/// Names an entity of the mesh: an MSSP, an identity issuer (TS 102 204 `MeshMemberType`). May be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct MeshMember {
    /// `DNSName`.
    pub dns_name: Option<String>,
    /// `IPAddress`.
    pub ip_address: Option<String>,
    /// `URI`, the form that is used in the field.
    pub uri: Option<String>,
    /// `IdentifierString`.
    pub identifier_string: Option<String>,
}

impl MeshMember {
    /// The member with this URI.
    #[must_use]
    pub fn from_uri(uri: impl Into<String>) -> Self {
        Self { uri: Some(uri.into()), ..Self::default() }
    }
}
