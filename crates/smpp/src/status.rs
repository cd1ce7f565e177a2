//! Command status values (SMPP 3.4, 5.1.3) and what a sender does about them.

use std::fmt;

/// A command_status. Every value can be held; SMSCs define their own from 0x400 on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CommandStatus(pub u32);

/// What a status asks of the sender of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusClass {
    /// Done.
    Success,
    /// The same request may succeed later or at another SMSC. Unknown and vendor values count as this.
    Temporary,
    /// Send slower, then again.
    Throttled,
    /// The same request will never succeed.
    Permanent,
    /// One of the two ends is wrong about the protocol or the clock: no retry, tell the operator.
    Bug,
}

macro_rules! statuses {
    ($($name:ident = $value:literal $class:ident $meaning:literal),* $(,)?) => {
        impl CommandStatus {
            $(
                #[doc = concat!("`ESME_", stringify!($name), "`: ", $meaning)]
                pub const $name: Self = Self($value);
            )*

            /// The name in the standard without its `ESME_`, `None` for other values.
            pub const fn name(self) -> Option<&'static str> {
                match self.0 {
                    $($value => Some(stringify!($name)),)*
                    _ => None,
                }
            }

            /// What the sender of the request should do.
            pub const fn class(self) -> StatusClass {
                match self.0 {
                    $($value => StatusClass::$class,)*
                    _ => StatusClass::Temporary,
                }
            }
        }
    };
}

statuses! {
    ROK = 0x00 Success "no error",
    RINVMSGLEN = 0x01 Bug "message length is invalid",
    RINVCMDLEN = 0x02 Bug "command length is invalid",
    RINVCMDID = 0x03 Bug "invalid command id",
    RINVBNDSTS = 0x04 Temporary "incorrect bind status for the command",
    RALYBND = 0x05 Temporary "already bound",
    RINVPRTFLG = 0x06 Bug "invalid priority flag",
    RINVREGDLVFLG = 0x07 Bug "invalid registered delivery flag",
    RSYSERR = 0x08 Temporary "system error",
    RINVSRCADR = 0x0A Permanent "invalid source address",
    RINVDSTADR = 0x0B Permanent "invalid destination address",
    RINVMSGID = 0x0C Permanent "message id is invalid",
    RBINDFAIL = 0x0D Temporary "bind failed",
    RINVPASWD = 0x0E Permanent "invalid password",
    RINVSYSID = 0x0F Permanent "invalid system id",
    RCANCELFAIL = 0x11 Permanent "cancel_sm failed",
    RREPLACEFAIL = 0x13 Permanent "replace_sm failed",
    RMSGQFUL = 0x14 Temporary "message queue full",
    RINVSERTYP = 0x15 Permanent "invalid service type",
    RINVNUMDESTS = 0x33 Bug "invalid number of destinations",
    RINVDLNAME = 0x34 Permanent "invalid distribution list name",
    RINVDESTFLAG = 0x40 Bug "invalid destination flag",
    RINVSUBREP = 0x42 Bug "invalid submit with replace request",
    RINVESMCLASS = 0x43 Permanent "invalid esm_class",
    RCNTSUBDL = 0x44 Permanent "cannot submit to the distribution list",
    RSUBMITFAIL = 0x45 Temporary "submit_sm failed",
    RINVSRCTON = 0x48 Permanent "invalid source address type",
    RINVSRCNPI = 0x49 Permanent "invalid source numbering plan",
    RINVDSTTON = 0x50 Permanent "invalid destination address type",
    RINVDSTNPI = 0x51 Permanent "invalid destination numbering plan",
    RINVSYSTYP = 0x53 Permanent "invalid system type",
    RINVREPFLAG = 0x54 Bug "invalid replace_if_present flag",
    RINVNUMMSGS = 0x55 Bug "invalid number of messages",
    RTHROTTLED = 0x58 Throttled "the ESME has exceeded the allowed message rate",
    RINVSCHED = 0x61 Bug "invalid scheduled delivery time",
    RINVEXPIRY = 0x62 Bug "invalid validity period",
    RINVDFTMSGID = 0x63 Permanent "predefined message invalid or not found",
    RX_T_APPN = 0x64 Temporary "temporary error of the receiving application",
    RX_P_APPN = 0x65 Permanent "permanent error of the receiving application",
    RX_R_APPN = 0x66 Permanent "the receiving application rejects the message",
    RQUERYFAIL = 0x67 Temporary "query_sm failed",
    RINVOPTPARSTREAM = 0xC0 Bug "error in the optional part of the PDU",
    ROPTPARNOTALLWD = 0xC1 Bug "optional parameter not allowed",
    RINVPARLEN = 0xC2 Bug "invalid parameter length",
    RMISSINGOPTPARAM = 0xC3 Bug "expected optional parameter missing",
    RINVOPTPARAMVAL = 0xC4 Bug "invalid optional parameter value",
    RDELIVERYFAILURE = 0xFE Temporary "delivery failure",
    RUNKNOWNERR = 0xFF Temporary "unknown error",
}

impl CommandStatus {
    /// Whether the request was accepted.
    pub const fn is_ok(self) -> bool {
        self.0 == 0
    }
}

impl fmt::Display for CommandStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "ESME_{name}"),
            None => write!(f, "command_status {:08x}", self.0),
        }
    }
}

impl fmt::Debug for CommandStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_follow_what_a_sender_can_do() {
        assert_eq!(CommandStatus::ROK.class(), StatusClass::Success);
        assert_eq!(CommandStatus::RTHROTTLED.class(), StatusClass::Throttled);
        assert_eq!(CommandStatus::RINVDSTADR.class(), StatusClass::Permanent);
        assert_eq!(CommandStatus::RINVCMDLEN.class(), StatusClass::Bug);
        assert_eq!(CommandStatus::RMSGQFUL.class(), StatusClass::Temporary);
        assert_eq!(CommandStatus(0x04B1).class(), StatusClass::Temporary);
        assert_eq!(CommandStatus(0x58).to_string(), "ESME_RTHROTTLED");
        assert_eq!(CommandStatus(0x4B1).to_string(), "command_status 000004b1");
    }
}
