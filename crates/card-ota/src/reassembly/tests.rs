use super::*;
use crate::segment::{segment, segment_wide};
use proptest::prelude::*;

fn packet(length: usize) -> Vec<u8> {
    (0..length).map(|n| (n % 251) as u8).collect()
}

fn complete(packet: &[u8]) -> Outcome {
    Outcome::Complete { indicator: Indicator::Command, packet: packet.to_vec() }
}

#[test]
fn one_message_needs_no_set() {
    let mut reassembly = Reassembly::<u32>::new();
    let uds = segment(&packet(100), Indicator::Command, 7).unwrap();
    assert_eq!(reassembly.accept(&1, &uds[0], 0), complete(&packet(100)));
    assert_eq!(reassembly.accept(&1, &[0x02, 0x05, 0x00, 1, 2], 0), Outcome::Refused(Refusal::NotSecured));
    assert_eq!(reassembly.accept(&1, &[0x05, 0x70], 0), Outcome::Refused(Refusal::Header));
    assert_eq!(reassembly.accept(&1, &[0; 141], 0), Outcome::Refused(Refusal::TooLong));
    assert_eq!(reassembly.open_sets(), 0);
}

#[test]
fn parts_of_two_cards_do_not_mix() {
    let mut reassembly = Reassembly::<u32>::new();
    let (mine, yours) = (packet(200), vec![9; 200]);
    let a = segment(&mine, Indicator::Command, 7).unwrap();
    let b = segment(&yours, Indicator::Command, 7).unwrap();
    assert_eq!(reassembly.accept(&1, &a[1], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&2, &b[0], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&2, &b[1], 0), complete(&yours));
    assert_eq!(reassembly.accept(&1, &a[0], 0), complete(&mine));
    assert_eq!(reassembly.open_sets(), 0);
}

#[test]
fn another_content_drops_the_set() {
    let mut reassembly = Reassembly::<u32>::new();
    let a = segment(&packet(200), Indicator::Command, 7).unwrap();
    let b = segment(&[9; 200], Indicator::Command, 7).unwrap();
    assert_eq!(reassembly.accept(&1, &a[0], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &a[0], 0), Outcome::Duplicate);
    assert_eq!(reassembly.accept(&1, &b[0], 0), Outcome::Refused(Refusal::Conflict));
    assert_eq!(reassembly.open_sets(), 0);
    let response = segment(&packet(200), Indicator::Response, 7).unwrap();
    assert_eq!(reassembly.accept(&1, &a[0], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &response[0], 0), Outcome::Refused(Refusal::Conflict));
}

#[test]
fn a_first_part_must_announce_a_packet() {
    let mut reassembly = Reassembly::<u32>::new();
    let uds = segment(&packet(200), Indicator::Command, 7).unwrap();
    assert_eq!(reassembly.accept(&1, &uds[1], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &[5, 0, 3, 7, 2, 1, 0xAA], 0), Outcome::Refused(Refusal::NotSecured));
    assert_eq!(reassembly.open_sets(), 0);
}

#[test]
fn numbers_and_bounds() {
    let mut reassembly = Reassembly::<u32>::new();
    for (total, sequence) in [(0, 0), (0, 1), (2, 0), (2, 3), (9, 1), (255, 255)] {
        let ud = [7, 0, 3, 1, total, sequence, 0x70, 0, 1];
        assert_eq!(reassembly.accept(&1, &ud, 0), Outcome::Refused(Refusal::Numbers), "{total} {sequence}");
    }
    let open = |reference| segment(&packet(200), Indicator::Command, reference).unwrap().swap_remove(1);
    for reference in 0..8 {
        assert_eq!(reassembly.accept(&1, &open(reference), 10), Outcome::Partial);
    }
    assert_eq!(reassembly.accept(&1, &open(8), 10), Outcome::Refused(Refusal::SourceFull));
    assert_eq!(reassembly.accept(&2, &open(8), 10), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &open(8), 300_009), Outcome::Refused(Refusal::SourceFull));
    assert_eq!(reassembly.accept(&1, &open(8), 300_010), Outcome::Partial);
    assert_eq!(reassembly.open_sets(), 2);
    assert_eq!(reassembly.expire(300_010), 1);
    assert_eq!(reassembly.open_sets(), 1);
}

#[test]
fn all_sources_together_are_bounded() {
    let mut reassembly = Reassembly::<u32>::with_limits(Limits { sets: 3, ..Limits::default() });
    let uds = segment(&packet(200), Indicator::Command, 1).unwrap();
    for source in 0..3 {
        assert_eq!(reassembly.accept(&source, &uds[0], 0), Outcome::Partial);
    }
    assert_eq!(reassembly.accept(&3, &uds[0], 0), Outcome::Refused(Refusal::Full));
    assert_eq!(reassembly.accept(&2, &uds[1], 0), complete(&packet(200)));
    assert_eq!(reassembly.accept(&3, &uds[0], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&4, &uds[0], 300_000), Outcome::Partial);
    assert_eq!(reassembly.open_sets(), 1);
}

#[test]
fn concatenation_beside_the_message() {
    let mut reassembly = Reassembly::<u32>::new();
    let part = |sequence| Concatenation { reference: 3, wide: true, total: 2, sequence };
    assert_eq!(reassembly.accept_part(&1, part(2), None, &[2], 0), Outcome::Partial);
    assert_eq!(reassembly.accept_part(&1, part(1), Some(Indicator::Command), &[1], 0), complete(&[1, 2]));
}

#[test]
fn a_vendors_header_is_named_and_not_read() {
    let mut reassembly = Reassembly::<u32>::new();
    assert_eq!(reassembly.accept(&1, &[0x02, 0x7F, 0x00, 1, 2], 0), Outcome::Refused(Refusal::Vendor(0x7F)));
    let uds = segment(&packet(200), Indicator::Response, 7).unwrap();
    for id in [0x72, 0x7F] {
        assert_eq!(reassembly.accept(&1, &uds[1], 0), Outcome::Partial);
        let first = [7, 0, 3, 7, 2, 1, id, 0, 9];
        assert_eq!(reassembly.accept(&1, &first, 0), Outcome::Refused(Refusal::Vendor(id)));
        assert_eq!((reassembly.open_sets(), reassembly.held_octets()), (0, 0));
    }
    // In a later part it takes nothing along; beside a known header it does not matter.
    assert_eq!(reassembly.accept(&1, &uds[0], 0), Outcome::Partial);
    let later = [7, 0, 3, 7, 2, 2, 0x7F, 0, 9];
    assert_eq!(reassembly.accept(&1, &later, 0), Outcome::Refused(Refusal::Vendor(0x7F)));
    assert_eq!(reassembly.open_sets(), 1);
    let both = [4, 0x7F, 0, 0x71, 0, 5];
    let complete = Outcome::Complete { indicator: Indicator::Response, packet: vec![5] };
    assert_eq!(reassembly.accept(&1, &both, 0), complete);
}

#[test]
fn port_addresses_are_tolerated() {
    let mut reassembly = Reassembly::<u32>::new();
    for ud in [
        &[0x06, 0x04, 2, 1, 2, 0x70, 0, 5][..],
        &[0x08, 0x70, 0, 0x05, 4, 0x23, 0xF4, 0x23, 0xF4, 5],
        &[0x0B, 0x05, 4, 1, 2, 3, 4, 0x00, 3, 7, 1, 1, 5],
    ] {
        let expected = match ud[0] {
            0x0B => Outcome::Refused(Refusal::NotSecured),
            _ => complete(&[5]),
        };
        assert_eq!(reassembly.accept(&1, ud, 0), expected, "{ud:x?}");
    }
    let first = [0x0D, 0x05, 4, 1, 2, 3, 4, 0x70, 0, 0x00, 3, 7, 2, 1, 5];
    let second = [0x0B, 0x00, 3, 7, 2, 2, 0x05, 4, 1, 2, 3, 4, 6];
    assert_eq!(reassembly.accept(&1, &first, 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &second, 0), complete(&[5, 6]));
}

#[test]
fn references_of_another_width_or_total_are_other_sets() {
    let mut reassembly = Reassembly::<u32>::new();
    let packet = packet(200);
    let narrow = segment(&packet, Indicator::Command, 7).unwrap();
    let wide = segment_wide(&packet, Indicator::Command, 7).unwrap();
    assert_eq!(reassembly.accept(&1, &narrow[0], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &wide[1], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &[5, 0, 3, 7, 3, 2, 1], 0), Outcome::Partial);
    assert_eq!(reassembly.open_sets(), 3);
    assert_eq!(reassembly.accept(&1, &narrow[1], 0), complete(&packet));
    assert_eq!(reassembly.accept(&1, &wide[0], 0), complete(&packet));
}

#[test]
fn a_part_of_a_complete_set_opens_none() {
    let mut reassembly = Reassembly::<u32>::new();
    let uds = |reference, fill| segment(&[fill; 200], Indicator::Command, reference).unwrap();
    for reference in 0..20 {
        let uds = uds(reference, 1);
        assert_eq!(reassembly.accept(&1, &uds[0], 10), Outcome::Partial);
        assert_eq!(reassembly.accept(&1, &uds[1], 10), complete(&[1; 200]));
        for late in &uds {
            assert_eq!(reassembly.accept(&1, late, 20), Outcome::Duplicate);
        }
        assert_eq!((reassembly.open_sets(), reassembly.held_octets()), (0, 0));
    }
    // The reference comes round with something else: that is a new set, and its parts replace the memory.
    let others = uds(19, 2);
    assert_eq!(reassembly.accept(&1, &others[1], 20), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &others[0], 20), complete(&[2; 200]));
    assert_eq!(reassembly.accept(&1, &others[0], 20), Outcome::Duplicate);
    // The oldest of more than eight are forgotten, and all of them after the timeout.
    assert_eq!(reassembly.accept(&1, &uds(0, 1)[0], 20), Outcome::Partial);
    assert_eq!(reassembly.accept(&1, &uds(18, 1)[0], 300_009), Outcome::Duplicate);
    assert_eq!(reassembly.accept(&1, &uds(18, 1)[0], 300_010), Outcome::Partial);
    reassembly.expire(u64::MAX);
    assert_eq!((reassembly.open_sets(), reassembly.held_octets()), (0, 0));
}

#[test]
fn octets_are_bounded() {
    let limits = Limits { octets: 300, ..Limits::default() };
    let mut reassembly = Reassembly::<u32>::with_limits(limits);
    let uds = segment(&packet(400), Indicator::Command, 7).unwrap();
    assert_eq!(uds.len(), 3);
    assert_eq!(reassembly.accept(&1, &uds[0], 0), Outcome::Partial);
    assert_eq!(reassembly.accept(&2, &uds[1], 1), Outcome::Partial);
    assert_eq!(reassembly.held_octets(), 132 + 134);
    assert_eq!(reassembly.accept(&1, &uds[1], 1), Outcome::Refused(Refusal::Full));
    assert_eq!(reassembly.accept(&3, &uds[0], 1), Outcome::Refused(Refusal::Full));
    // What is too old makes room.
    assert_eq!(reassembly.accept(&3, &uds[0], 300_000), Outcome::Partial);
    assert_eq!(reassembly.held_octets(), 132 + 134);
    assert_eq!(reassembly.open_sets(), 2);
}

#[test]
fn parts_with_numbers_beside_them() {
    let mut reassembly = Reassembly::<u32>::new();
    let part = |sequence| Concatenation { reference: 3, wide: true, total: 2, sequence };
    // The centre took the concatenation out: what is left is the indicator, and an empty header.
    assert_eq!(reassembly.accept_beside(&1, part(2), &[0, 6], 0), Outcome::Partial);
    assert_eq!(reassembly.accept_beside(&1, part(1), &[2, 0x70, 0, 5], 0), complete(&[5, 6]));
    assert_eq!(
        reassembly.accept_beside(&1, part(1), &[2, 0x7F, 0, 5], 0),
        Outcome::Refused(Refusal::Vendor(0x7F))
    );
    assert_eq!(reassembly.accept_beside(&1, part(1), &[0, 5], 0), Outcome::Refused(Refusal::NotSecured));
    assert_eq!(reassembly.accept_beside(&1, part(1), &[3, 5], 0), Outcome::Refused(Refusal::Header));
    assert_eq!(reassembly.accept_beside(&1, part(1), &[0; 141], 0), Outcome::Refused(Refusal::TooLong));
    assert_eq!(reassembly.accept_part(&1, part(1), None, &[0; 141], 0), Outcome::Refused(Refusal::TooLong));
    assert_eq!(reassembly.accept(&1, &[4, 0, 2, 7, 1, 9], 0), Outcome::Refused(Refusal::Header));
}

#[test]
fn nothing_is_left_of_a_source_that_is_silent() {
    let mut reassembly = Reassembly::<u32>::new();
    let uds = segment(&packet(200), Indicator::Command, 7).unwrap();
    for source in 0..5 {
        assert_eq!(reassembly.accept(&source, &uds[0], u64::from(source)), Outcome::Partial);
        assert_eq!(reassembly.accept(&source, &uds[1], u64::from(source)), complete(&packet(200)));
    }
    assert_eq!((reassembly.sources.len(), reassembly.finished), (5, 5));
    assert_eq!(reassembly.expire(300_001), 0, "none was open");
    assert_eq!((reassembly.sources.len(), reassembly.finished), (3, 3));
    // A set that is dropped takes its source along if nothing else is known of it.
    assert_eq!(reassembly.accept(&9, &uds[1], 300_001), Outcome::Partial);
    let other = [7, 0, 3, 7, 2, 1, 0x05, 0, 9];
    assert_eq!(reassembly.accept(&9, &other, 300_001), Outcome::Refused(Refusal::NotSecured));
    assert_eq!(reassembly.sources.len(), 3);
    assert_eq!(reassembly.accept(&4, &uds[0], 300_003), Outcome::Duplicate);
    assert_eq!(reassembly.accept(&4, &uds[0], 300_004), Outcome::Partial);
    assert_eq!((reassembly.sources.len(), reassembly.finished), (3, 2));
    reassembly.expire(u64::MAX);
    assert_eq!((reassembly.sources.len(), reassembly.finished), (0, 0));
}

#[test]
fn the_longest_parts() {
    let mut reassembly = Reassembly::<u32>::new();
    let part = |sequence| Concatenation { reference: 3, wide: true, total: 2, sequence };
    assert_eq!(reassembly.accept_part(&1, part(2), None, &[6; 140], 0), Outcome::Partial);
    // A vendor's header beside a known one does not matter here either.
    let mut first = vec![4, 0x7F, 0, 0x70, 0];
    first.resize(140, 5);
    let whole = [vec![5; 135], vec![6; 140]].concat();
    assert_eq!(reassembly.accept_beside(&1, part(1), &first, 0), complete(&whole));
}

proptest! {
    #[test]
    fn any_order_with_repeats(
        length in 0usize..1062, reference: u16, wide: bool,
        order in proptest::collection::vec(any::<prop::sample::Index>(), 0..16), seed: u64,
    ) {
        let packet = packet(length);
        let uds = if wide {
            segment_wide(&packet, Indicator::Command, reference)
        } else {
            segment(&packet, Indicator::Command, reference as u8)
        }.unwrap();
        // Some parts at random, then the missing ones from a random start: each part at least once.
        let start = (seed % uds.len() as u64) as usize;
        let picks = order.iter().map(|index| index.index(uds.len())).chain((0..uds.len()).map(|n| (n + start) % uds.len()));
        let (mut reassembly, mut sent, mut done) = (Reassembly::<u32>::new(), vec![false; uds.len()], false);
        for pick in picks {
            if done {
                break;
            }
            let outcome = reassembly.accept(&1, &uds[pick], 0);
            let again = std::mem::replace(&mut sent[pick], true);
            done = sent.iter().all(|part| *part);
            let expected = if done { complete(&packet) } else if again { Outcome::Duplicate } else { Outcome::Partial };
            prop_assert_eq!(outcome, expected);
        }
        prop_assert!(done);
        prop_assert_eq!(reassembly.open_sets(), 0);
    }

    #[test]
    fn any_octets(uds in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..160), 0..40)) {
        let mut reassembly = Reassembly::<u32>::new();
        for (now, ud) in (0..).zip(&uds) {
            let _ = reassembly.accept(&1, ud, now * 50_000);
        }
        prop_assert!(reassembly.open_sets() <= 8);
    }
}
