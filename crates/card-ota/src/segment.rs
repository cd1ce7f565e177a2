//! A packet cut into user data, TS 31.115 4 and TS 23.040 9.2.3.24.1.
//!
//! The first part carries the packet's indicator, and every part a concatenation element if there are several. A
//! retransmission needs a new reference, and a card takes one concatenated message at a time.
use crate::udh::Concatenation;
use thiserror::Error;

/// Octets of user data in one short message.
pub const USER_DATA: usize = 140;
/// Parts at most.
pub const MAX_SEGMENTS: usize = 8;

/// Which kind of packet a user data header announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Indicator {
    /// Information element 70: a command packet.
    Command,
    /// Information element 71: a response packet.
    Response,
}

/// A packet that needs more than eight short messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the packet needs more than eight short messages")]
pub struct TooLong;

/// Cuts a packet into the user data (header included) of one to eight short messages, with an 8-bit reference: up to 137
/// octets stand alone; else 132 in the first and 134 in each further one.
///
/// # Errors
/// [`TooLong`].
pub fn segment(packet: &[u8], indicator: Indicator, reference: u8) -> Result<Vec<Vec<u8>>, TooLong> {
    cut(packet, indicator, u16::from(reference), false)
}

/// As [`segment`] with a 16-bit reference, which costs an octet in each part. For peers that insist.
///
/// # Errors
/// [`TooLong`].
pub fn segment_wide(packet: &[u8], indicator: Indicator, reference: u16) -> Result<Vec<Vec<u8>>, TooLong> {
    cut(packet, indicator, reference, true)
}

fn cut(packet: &[u8], indicator: Indicator, reference: u16, wide: bool) -> Result<Vec<Vec<u8>>, TooLong> {
    let announce = [indicator.identifier(), 0];
    if packet.len() + 1 + announce.len() <= USER_DATA {
        return Ok(vec![part(&[2, announce[0], announce[1]], packet)]);
    }
    // UDHL and the element, then the indicator in the first part only.
    let header = if wide { 7 } else { 6 };
    let room = USER_DATA - header;
    let (first, rest) = packet.split_at_checked(room - announce.len()).ok_or(TooLong)?;
    let total = 1 + rest.len().div_ceil(room);
    if total > MAX_SEGMENTS {
        return Err(TooLong);
    }
    let mut parts = Vec::with_capacity(total);
    let mut head = Vec::with_capacity(header + announce.len());
    for (sequence, payload) in (1u8..).zip(std::iter::once(first).chain(rest.chunks(room))) {
        head.clear();
        // The casts cannot lose: at most eight parts, at most nine octets of header.
        head.push((header - 1 + if sequence == 1 { announce.len() } else { 0 }) as u8);
        Concatenation { reference, wide, total: total as u8, sequence }.write(&mut head);
        if sequence == 1 {
            head.extend_from_slice(&announce);
        }
        parts.push(part(&head, payload));
    }
    Ok(parts)
}

fn part(header: &[u8], payload: &[u8]) -> Vec<u8> {
    let mut ud = Vec::with_capacity(header.len() + payload.len());
    ud.extend_from_slice(header);
    ud.extend_from_slice(payload);
    ud
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boundaries() {
        for (length, parts, wide_parts) in [
            (0, 1, 1),
            (137, 1, 1),
            (138, 2, 2),
            (132 + 134, 2, 3),
            (132 + 134 + 1, 3, 3),
            (132 + 7 * 134, 8, 9),
            (132 + 7 * 134 + 1, 9, 9),
        ] {
            let packet = vec![0xAB; length];
            let count = |cut: Result<Vec<Vec<u8>>, TooLong>| cut.map(|parts| parts.len()).unwrap_or(9);
            let cut = segment(&packet, Indicator::Command, 1);
            assert!(cut.iter().flatten().all(|ud| ud.len() <= USER_DATA));
            assert_eq!(count(cut), parts, "{length}");
            assert_eq!(count(segment_wide(&packet, Indicator::Command, 1)), wide_parts, "{length}");
        }
    }
}
