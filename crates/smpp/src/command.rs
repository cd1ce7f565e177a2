//! Command identifiers (SMPP 3.4, 5.1.2.1).

use std::fmt;

/// A command_id. Every value can be held; the named ones are those of SMPP 3.4.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u32);

/// The bit that makes a response of a request.
const RESPONSE: u32 = 0x8000_0000;

macro_rules! commands {
    ($($name:ident = $value:literal $text:literal),* $(,)?) => {
        impl CommandId {
            $(
                #[doc = concat!("`", $text, "`")]
                pub const $name: Self = Self($value);
            )*

            /// The name in the standard, `None` for an unknown or reserved value.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some($text),)*
                    _ => None,
                }
            }
        }
    };
}

commands! {
    BIND_RECEIVER = 0x0000_0001 "bind_receiver",
    BIND_TRANSMITTER = 0x0000_0002 "bind_transmitter",
    QUERY_SM = 0x0000_0003 "query_sm",
    SUBMIT_SM = 0x0000_0004 "submit_sm",
    DELIVER_SM = 0x0000_0005 "deliver_sm",
    UNBIND = 0x0000_0006 "unbind",
    REPLACE_SM = 0x0000_0007 "replace_sm",
    CANCEL_SM = 0x0000_0008 "cancel_sm",
    BIND_TRANSCEIVER = 0x0000_0009 "bind_transceiver",
    OUTBIND = 0x0000_000B "outbind",
    ENQUIRE_LINK = 0x0000_0015 "enquire_link",
    SUBMIT_MULTI = 0x0000_0021 "submit_multi",
    ALERT_NOTIFICATION = 0x0000_0102 "alert_notification",
    DATA_SM = 0x0000_0103 "data_sm",
    GENERIC_NACK = 0x8000_0000 "generic_nack",
    BIND_RECEIVER_RESP = 0x8000_0001 "bind_receiver_resp",
    BIND_TRANSMITTER_RESP = 0x8000_0002 "bind_transmitter_resp",
    QUERY_SM_RESP = 0x8000_0003 "query_sm_resp",
    SUBMIT_SM_RESP = 0x8000_0004 "submit_sm_resp",
    DELIVER_SM_RESP = 0x8000_0005 "deliver_sm_resp",
    UNBIND_RESP = 0x8000_0006 "unbind_resp",
    REPLACE_SM_RESP = 0x8000_0007 "replace_sm_resp",
    CANCEL_SM_RESP = 0x8000_0008 "cancel_sm_resp",
    BIND_TRANSCEIVER_RESP = 0x8000_0009 "bind_transceiver_resp",
    ENQUIRE_LINK_RESP = 0x8000_0015 "enquire_link_resp",
    SUBMIT_MULTI_RESP = 0x8000_0021 "submit_multi_resp",
    DATA_SM_RESP = 0x8000_0103 "data_sm_resp",
}

impl CommandId {
    /// Whether this is a response (or a generic_nack), which is never answered.
    pub const fn is_response(self) -> bool {
        self.0 & RESPONSE != 0
    }

    /// The response to this request: the same number with the highest bit set.
    pub const fn response(self) -> Self {
        Self(self.0 | RESPONSE)
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "command {:08x}", self.0),
        }
    }
}

impl fmt::Debug for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_its_request_with_the_high_bit() {
        assert_eq!(CommandId::SUBMIT_SM.response(), CommandId::SUBMIT_SM_RESP);
        assert!(CommandId::GENERIC_NACK.is_response());
        assert!(!CommandId::ENQUIRE_LINK.is_response());
        assert_eq!(CommandId(0x77).to_string(), "command 00000077");
    }
}
