/// Makes a row number type: an integer in the order of arrival, minted by the engine and never used again.
macro_rules! row_number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub u64);

        impl $name {
            /// The number after this one.
            #[must_use]
            pub(crate) const fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }
    };
}

row_number!(
    /// A transaction's row.
    RowId
);
row_number!(
    /// A card's row.
    CardId
);
row_number!(
    /// A user's row.
    UserId
);
row_number!(
    /// A key's row.
    KeyId
);

/// The highest number given so far in each table; zero where a table is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastRows {
    /// Transactions.
    pub transaction: RowId,
    /// Cards.
    pub card: CardId,
    /// Users.
    pub user: UserId,
    /// Keys.
    pub key: KeyId,
}

impl Default for LastRows {
    fn default() -> Self {
        Self { transaction: RowId(0), card: CardId(0), user: UserId(0), key: KeyId(0) }
    }
}
