use std::borrow::Cow;

/// Segments that a card takes; the ninth and any later one of a set would not fit its memory.
const TOTAL_MAX: u8 = 8;
/// Information elements of the user data header (TS 23.040, 9.2.3.24).
const CONCATENATION_8: u8 = 0x00;
const CONCATENATION_16: u8 = 0x08;
const COMMAND_PACKET: u8 = 0x70;

/// The one reassembly buffer of a simple card: a new reference clears it, a part that is there already is ignored.
#[derive(Default)]
pub(super) struct Buffer(Option<Box<Set>>);

struct Set {
    concatenation: Concatenation,
    parts: Vec<Option<Vec<u8>>>,
    command: bool,
}

/// What the header says about the message's place in a set.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Concatenation {
    wide: bool,
    reference: u16,
    total: u8,
}

/// A user data header, as far as a card reads it.
struct Header<'a> {
    place: Option<(Concatenation, u8)>,
    command: bool,
    payload: &'a [u8],
}

impl Buffer {
    /// Takes the user data of one short message; gives a command packet, from CPL on, when it is whole.
    pub(super) fn accept<'a>(&mut self, user_data: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        let header = header(user_data)?;
        let Some((concatenation, number)) = header.place else {
            return header.command.then_some(Cow::Borrowed(header.payload));
        };
        if !(1..=TOTAL_MAX).contains(&concatenation.total) || !(1..=concatenation.total).contains(&number) {
            return None;
        }
        let set = match &mut self.0 {
            Some(set) if set.concatenation == concatenation => set,
            other => other.insert(Box::new(Set::new(concatenation))),
        };
        set.command |= number == 1 && header.command;
        let part = set.parts.get_mut(usize::from(number) - 1)?;
        part.get_or_insert_with(|| header.payload.to_vec());
        if set.parts.iter().any(Option::is_none) {
            return None;
        }
        let set = self.0.take()?;
        set.command.then(|| Cow::Owned(set.parts.into_iter().flatten().flatten().collect()))
    }
}

impl Set {
    fn new(concatenation: Concatenation) -> Self {
        Self { concatenation, parts: vec![None; usize::from(concatenation.total)], command: false }
    }
}

fn header(user_data: &[u8]) -> Option<Header<'_>> {
    let (length, rest) = user_data.split_first()?;
    let (mut elements, payload) = rest.split_at_checked(usize::from(*length))?;
    let mut header = Header { place: None, command: false, payload };
    while let Some(([identifier, length], rest)) = elements.split_first_chunk() {
        let (data, rest) = rest.split_at_checked(usize::from(*length))?;
        match (*identifier, data) {
            (CONCATENATION_8, [reference, total, number]) => {
                let reference = u16::from(*reference);
                header.place = Some((Concatenation { wide: false, reference, total: *total }, *number));
            }
            (CONCATENATION_16, [high, low, total, number]) => {
                let reference = u16::from_be_bytes([*high, *low]);
                header.place = Some((Concatenation { wide: true, reference, total: *total }, *number));
            }
            (COMMAND_PACKET, _) => header.command = true,
            _ => {}
        }
        elements = rest;
    }
    Some(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(reference: u8, total: u8, number: u8, payload: &[u8]) -> Vec<u8> {
        let first: &[u8] = if number == 1 { &[0x70, 0] } else { &[] };
        let length = 5 + first.len() as u8;
        [&[length, 0, 3, reference, total, number], first, payload].concat()
    }

    #[test]
    fn a_single_message_is_a_packet_only_when_it_says_so() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.accept(&[2, 0x70, 0, 1, 2]).as_deref(), Some(&[1, 2][..]));
        for none in [&[][..], &[2, 0x71, 0, 1, 2], &[0, 1, 2], &[9, 0x70, 0, 1], &[2, 0x70, 4, 1]] {
            assert!(buffer.accept(none).is_none(), "{none:?}");
        }
    }

    #[test]
    fn parts_in_any_order_duplicates_ignored() {
        let mut buffer = Buffer::default();
        assert!(buffer.accept(&part(7, 3, 3, b"c")).is_none());
        assert!(buffer.accept(&part(7, 3, 1, b"a")).is_none());
        assert!(buffer.accept(&part(7, 3, 1, b"X")).is_none());
        assert_eq!(buffer.accept(&part(7, 3, 2, b"b")).as_deref(), Some(&b"abc"[..]));
        assert!(buffer.accept(&part(7, 3, 2, b"b")).is_none(), "the set is gone");
    }

    #[test]
    fn a_new_reference_clears_the_buffer() {
        let mut buffer = Buffer::default();
        assert!(buffer.accept(&part(1, 2, 1, b"a")).is_none());
        assert!(buffer.accept(&part(2, 2, 2, b"d")).is_none());
        assert!(buffer.accept(&part(1, 2, 2, b"b")).is_none());
        assert!(buffer.accept(&part(2, 2, 1, b"c")).is_none());
        assert_eq!(buffer.accept(&part(2, 2, 2, b"d")).as_deref(), Some(&b"cd"[..]));
        for bad in [part(3, 0, 1, b""), part(3, 9, 1, b""), part(3, 2, 0, b""), part(3, 2, 3, b"")] {
            assert!(buffer.accept(&bad).is_none());
        }
    }
}
