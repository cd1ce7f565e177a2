use http::uri::Authority;
use mss_core::RoleIdentity;
use rustls_pki_types::ServerName;

/// Where to connect to and whom to expect there.
#[derive(Debug, Clone)]
pub struct Target {
    pub(super) address: String,
    pub(super) server_name: ServerName<'static>,
    pub(super) authority: Authority,
    pub(super) expected: Option<RoleIdentity>,
}

impl Target {
    /// `address` is `host:port`; `server_name` the DNS name or IP address that the server's certificate must carry.
    ///
    /// # Errors
    /// When the name is neither.
    pub fn new(address: impl Into<String>, server_name: &str) -> Result<Self, InvalidTarget> {
        let invalid = || InvalidTarget(server_name.to_owned());
        let name = ServerName::try_from(server_name.to_owned()).map_err(|_| invalid())?;
        let bracketed =
            if server_name.contains(':') { format!("[{server_name}]") } else { server_name.to_owned() };
        let authority = Authority::try_from(bracketed).map_err(|_| invalid())?;
        Ok(Self { address: address.into(), server_name: name, authority, expected: None })
    }

    /// A node of the platform: its certificate must carry the identity's name as DNS name, and the identity itself.
    ///
    /// # Errors
    /// When the identity's name cannot be a server name.
    pub fn node(address: impl Into<String>, expected: RoleIdentity) -> Result<Self, InvalidTarget> {
        let mut target = Self::new(address, expected.name.as_str())?;
        target.expected = Some(expected);
        Ok(target)
    }

    /// Wants this role identity in the certificate too, beside the server name given to [`Self::new`].
    #[must_use]
    pub fn with_identity(mut self, expected: RoleIdentity) -> Self {
        self.expected = Some(expected);
        self
    }
}

/// The text is no DNS name and no IP address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a server name")]
pub struct InvalidTarget(String);
