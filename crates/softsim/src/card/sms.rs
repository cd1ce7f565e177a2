use smpp::COctetString;

use crate::sight::About;

/// A short message as it reaches a handset: what of the SMS-DELIVER matters.
pub(crate) struct Sms<'a> {
    /// TP-OA, digits.
    pub(crate) originator: COctetString<21>,
    /// TP-PID.
    pub(crate) protocol_id: u8,
    /// TP-DCS.
    pub(crate) data_coding: u8,
    /// TP-UDHI.
    pub(crate) has_header: bool,
    /// TP-UD.
    pub(crate) user_data: &'a [u8],
}

impl Sms<'_> {
    /// Whether the handset hands it to the card in an ENVELOPE instead of storing it: PID 7F **and** class 2 (TS 31.111,
    /// 7.1.1), and here a user data header, without which no packet starts.
    pub(crate) fn is_sim_data_download(&self) -> bool {
        let dcs = self.data_coding;
        let has_class = dcs & 0xF0 == 0xF0 || (dcs & 0xC0 == 0 && dcs & 0x10 != 0);
        self.protocol_id == 0x7F && has_class && dcs & 0x03 == 2 && self.has_header
    }
}

/// A short message that the card gives to the handset to send.
pub(crate) struct Outgoing {
    /// TP-DA, digits.
    pub(crate) destination: COctetString<21>,
    /// TP-UD, header first.
    pub(crate) user_data: Vec<u8>,
    /// Which message of the applet it is a part of; none for reports.
    pub(crate) about: Option<About>,
}
