use std::collections::HashMap;

use mss_core::{Fault, FaultCode, NodeName, message::MobileUser};
use thiserror::Error;

/// Home MSSPs by the first digits of the numbers they serve; the longest prefix decides.
#[derive(Debug, Clone, Default)]
pub struct RoutingTable {
    homes: HashMap<String, NodeName>,
    longest: usize,
}

/// Why a routing table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RoutingError {
    /// No digits, or more than a number has.
    #[error("{0:?} is no prefix of an international number")]
    Prefix(String),
    /// The same prefix leads to two homes.
    #[error("prefix {0} is routed twice")]
    Duplicate(String),
}

impl RoutingTable {
    /// Longest prefix in digits: a whole E.164 number, so one ported number can have its own line.
    pub const MAX_PREFIX: usize = 15;

    /// A table of (prefix, home). A prefix is written with or without `+`.
    ///
    /// # Errors
    /// The first line that cannot be used.
    pub fn new(lines: impl IntoIterator<Item = (String, NodeName)>) -> Result<Self, RoutingError> {
        let mut table = Self::default();
        for (text, home) in lines {
            let prefix = text.trim().trim_start_matches('+').to_owned();
            let digits = prefix.bytes().all(|b| b.is_ascii_digit()) && !prefix.starts_with('0');
            if prefix.is_empty() || prefix.len() > Self::MAX_PREFIX || !digits {
                return Err(RoutingError::Prefix(text));
            }
            table.longest = table.longest.max(prefix.len());
            if table.homes.insert(prefix.clone(), home).is_some() {
                return Err(RoutingError::Duplicate(prefix));
            }
        }
        Ok(table)
    }

    /// Every home of the table, each once per prefix.
    pub fn homes(&self) -> impl Iterator<Item = &NodeName> {
        self.homes.values()
    }
}

/// The home MSSP of a user.
///
/// # Errors
/// 105 when the user has no number (sub-code 1051) or no home serves it.
pub fn route<'t>(user: &MobileUser, table: &'t RoutingTable) -> Result<&'t NodeName, Fault> {
    let number = user.msisdn.as_ref().ok_or_else(|| {
        Fault::new(FaultCode::UNKNOWN_CLIENT, "the user is not named by number").with_sub(1051)
    })?;
    let digits = number.digits();
    (1..=table.longest.min(digits.len()))
        .rev()
        .find_map(|length| table.homes.get(digits.get(..length)?))
        .ok_or_else(|| Fault::new(FaultCode::UNKNOWN_CLIENT, "no home MSSP serves the number"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mss_core::Msisdn;

    fn table(lines: &[(&str, &str)]) -> Result<RoutingTable, RoutingError> {
        RoutingTable::new(lines.iter().map(|(p, n)| ((*p).to_owned(), NodeName::parse(n).unwrap())))
    }

    fn user(number: &str) -> MobileUser {
        MobileUser::from_msisdn(Msisdn::parse(number).unwrap())
    }

    #[test]
    fn the_longest_prefix_decides() {
        let table = table(&[("+358", "a"), ("35840", "b"), ("358401234567", "c"), ("41", "d")]).unwrap();
        for (number, home) in
            [("+358501234567", "a"), ("+358401234568", "b"), ("+358401234567", "c"), ("+41790000000", "d")]
        {
            assert_eq!(route(&user(number), &table).map(NodeName::as_str), Ok(home), "{number}");
        }
    }

    #[test]
    fn unknown_users_are_105() {
        let table = table(&[("358", "a")]).unwrap();
        let fault = route(&user("+46701234567"), &table).unwrap_err();
        assert_eq!((fault.code, fault.sub), (FaultCode::UNKNOWN_CLIENT, None));
        let fault = route(&MobileUser::default(), &table).unwrap_err();
        assert_eq!((fault.code, fault.sub), (FaultCode::UNKNOWN_CLIENT, Some(1051)));
        assert!(route(&user("+358401234567"), &RoutingTable::default()).is_err());
    }

    #[test]
    fn bad_lines_are_refused() {
        for prefix in ["", "+", "abc", "0358", "1234567890123456"] {
            assert_eq!(table(&[(prefix, "a")]).err(), Some(RoutingError::Prefix(prefix.into())));
        }
        assert_eq!(table(&[("358", "a"), ("+358", "b")]).err(), Some(RoutingError::Duplicate("358".into())));
    }
}
