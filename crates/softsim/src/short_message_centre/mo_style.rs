use card_ota::udh::{Element, Udh, build};
use smpp::{
    Message,
    message::{Carriage, ESM_UDHI, ShortMessage},
    tlv::{Tag, TooManyTlvs},
};

/// How a centre lays out what handsets send to an ESME. Centres differ; an ESME must understand each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MoStyle {
    /// deliver_sm with the user data as the handset sent it, concatenation in the user data header.
    #[default]
    UserDataHeader,
    /// deliver_sm with the concatenation taken out of the header and told by `sar_` parameters.
    SarParameters,
    /// deliver_sm with the user data in message_payload and sm_length 0.
    MessagePayload,
    /// data_sm instead of deliver_sm.
    DataSm,
}

impl MoStyle {
    /// Brings a deliver_sm with plain user data into this style.
    pub(super) fn dress(self, message: &mut Message) -> Result<(), TooManyTlvs> {
        match self {
            Self::UserDataHeader => Ok(()),
            Self::SarParameters => take_concatenation_out(message),
            Self::MessagePayload => message.use_payload(),
            Self::DataSm => {
                message.carriage = Carriage::Data;
                Ok(())
            }
        }
    }
}

/// Moves the concatenation element into parameters. What has none, or no sound header, stays as it is.
fn take_concatenation_out(message: &mut Message) -> Result<(), TooManyTlvs> {
    let Ok((header, payload)) = Udh::split(message.short_message.as_octets()) else { return Ok(()) };
    let Ok(Some(part)) = header.concatenation() else { return Ok(()) };
    let kept: Vec<Element<'_>> =
        header.elements().filter(|element| !matches!(element.id, 0x00 | 0x08)).collect();
    // Shorter than it was, so it fits.
    let mut user_data = if kept.is_empty() { Vec::new() } else { build(&kept).unwrap_or_default() };
    user_data.extend_from_slice(payload);
    if kept.is_empty() {
        message.esm_class &= !ESM_UDHI;
    }
    message.short_message = ShortMessage::try_from(user_data).unwrap_or_default();
    message.tlvs.push(Tag::SAR_MSG_REF_NUM, &part.reference.to_be_bytes())?;
    message.tlvs.push(Tag::SAR_TOTAL_SEGMENTS, &[part.total])?;
    message.tlvs.push(Tag::SAR_SEGMENT_SEQNUM, &[part.sequence])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dressed(style: MoStyle, user_data: &[u8]) -> Message {
        let short_message = ShortMessage::try_from(user_data.to_vec()).unwrap();
        let mut message = Message { esm_class: ESM_UDHI, short_message, ..Message::default() };
        style.dress(&mut message).unwrap();
        message
    }

    #[test]
    fn sar_parameters_take_the_place_of_the_element() {
        let first = dressed(MoStyle::SarParameters, &[7, 0, 3, 9, 2, 1, 0x70, 0, b'a']);
        assert_eq!((first.user_data(), first.has_user_data_header()), (&[2, 0x70, 0, b'a'][..], true));
        let second = dressed(MoStyle::SarParameters, &[6, 8, 4, 1, 2, 2, 2, b'b']);
        assert_eq!((second.user_data(), second.has_user_data_header()), (&b"b"[..], false));
        let segment = second.segment().unwrap();
        assert_eq!((segment.reference, segment.total, segment.number), (0x0102, 2, 2));
        let single = dressed(MoStyle::SarParameters, &[2, 0x70, 0, b'c']);
        assert_eq!((single.user_data(), single.segment()), (&[2, 0x70, 0, b'c'][..], None));
    }

    #[test]
    fn other_styles_keep_the_user_data() {
        for style in [MoStyle::UserDataHeader, MoStyle::MessagePayload, MoStyle::DataSm] {
            let message = dressed(style, &[5, 0, 3, 9, 2, 2, b'a']);
            assert_eq!(message.user_data(), &[5, 0, 3, 9, 2, 2, b'a']);
            assert_eq!(message.carriage == Carriage::Data, style == MoStyle::DataSm);
        }
    }
}
