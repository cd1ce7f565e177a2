/// How much a decoder reads before it refuses with fault 101.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest body in octets.
    pub max_octets: usize,
    /// Deepest nesting of elements; the SOAP envelope is depth 1.
    pub max_depth: usize,
    /// Most elements in one document.
    pub max_elements: usize,
    /// Most attributes, namespace declarations included, on one element.
    pub max_attributes: usize,
    /// Most namespace declarations in scope at once.
    pub max_namespaces: usize,
}

impl Limits {
    /// For messages of APs and of the mesh.
    pub const MESSAGE: Self = Self {
        max_octets: 262_144,
        max_depth: 32,
        max_elements: 4_096,
        max_attributes: 64,
        max_namespaces: 128,
    };

    /// The same, with longer bodies: a card batch fills one registration request.
    #[must_use]
    pub const fn with_max_octets(self, max_octets: usize) -> Self {
        Self { max_octets, ..self }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::MESSAGE
    }
}
