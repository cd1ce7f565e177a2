/// Version of the SOAP envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SoapVersion {
    /// `http://schemas.xmlsoap.org/soap/envelope/`, which one client of the field sends.
    V1_1,
    /// `http://www.w3.org/2003/05/soap-envelope`, what TS 102 204 asks for.
    #[default]
    V1_2,
}

/// Namespace of the rpc wrapper element, such as `MSS_Signature`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum WrapperNamespace {
    /// No namespace: shapes A and B.
    #[default]
    None,
    /// The WSDL's target namespace: shape D.
    Tns,
    /// The namespace of the messages: shape G.
    Mss,
}

/// How a message was wrapped, and therefore how its answer must be: clients of the field read one shape only.
///
/// The answer's wrapper has the namespace of the request's wrapper, and its accessor is qualified exactly when the
/// request's was (mss-soap 2.2). The default is shape A in SOAP 1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Envelope {
    /// Version of SOAP.
    pub soap: SoapVersion,
    /// Namespace of the wrapper.
    pub wrapper: WrapperNamespace,
    /// Whether the accessor, such as `MSS_SignatureReq`, is in the namespace of the messages.
    pub qualified_accessor: bool,
    /// `@MajorVersion` and `@MinorVersion`, repeated in answers.
    pub version: (u8, u8),
}

impl Envelope {
    /// No-namespace wrapper, qualified accessor: most scripts and the Java client of the vendor.
    pub const SHAPE_A: Self = Self {
        soap: SoapVersion::V1_2,
        wrapper: WrapperNamespace::None,
        qualified_accessor: true,
        version: (1, 1),
    };
    /// No-namespace wrapper, unqualified accessor: generic stacks on an rpc/literal WSDL.
    pub const SHAPE_B: Self = Self { qualified_accessor: false, ..Self::SHAPE_A };
    /// Wrapper in the WSDL's namespace, unqualified accessor: JAX-WS.
    pub const SHAPE_D: Self = Self { wrapper: WrapperNamespace::Tns, ..Self::SHAPE_B };
    /// Both in the namespace of the messages: the roaming example.
    pub const SHAPE_G: Self = Self { wrapper: WrapperNamespace::Mss, ..Self::SHAPE_A };
}

impl Default for Envelope {
    fn default() -> Self {
        Self::SHAPE_A
    }
}
