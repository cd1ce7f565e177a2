use std::collections::HashMap;

use card_ota::osap::{Answer, Request, TxnId};
use proptest::prelude::*;
use softsim::{
    CardImage, Person, PersonAction, Smsc,
    fault_switch::{Fate, FaultSwitch},
    short_message_centre::Config,
};

use crate::world::{MSISDN, World, sign_text, submission};

#[derive(Debug, Clone)]
enum Op {
    Sign { txn: u32, text: u8 },
    Ask { txn: u32, what: u8 },
    Agree,
    WrongPin,
    Cancel,
    Coverage(bool),
    Busy(bool),
    Pass(u64),
    Restart,
    Octets(Vec<u8>),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..5u32, 0..2u8).prop_map(|(txn, text)| Op::Sign { txn, text }),
        4 => (0..5u32, 0..4u8).prop_map(|(txn, what)| Op::Ask { txn, what }),
        6 => Just(Op::Agree),
        1 => Just(Op::WrongPin),
        1 => Just(Op::Cancel),
        1 => any::<bool>().prop_map(Op::Coverage),
        1 => any::<bool>().prop_map(Op::Busy),
        1 => (0..90_000u64).prop_map(Op::Pass),
        1 => Just(Op::Restart),
        1 => proptest::collection::vec(any::<u8>(), 0..140).prop_map(Op::Octets),
    ]
}

fn faults(fates: Vec<u8>) -> FaultSwitch {
    let mut turn = 0;
    Box::new(move |_, _, _| {
        turn += 1;
        match fates[turn % fates.len()] {
            0 => Fate::Lose,
            1 => Fate::Duplicate,
            2 => Fate::Delay(700),
            _ => Fate::Pass,
        }
    })
}

fn apply(world: &mut World, op: Op) {
    match op {
        Op::Sign { txn, text } => world.ask(txn, sign_text(if text == 0 { "zero" } else { "one" })),
        Op::Ask { txn, what } => world.ask(
            txn,
            match what {
                0 => Request::Confirm,
                1 => Request::Cancel,
                2 => Request::GetResult,
                _ => Request::GetStatus,
            },
        ),
        Op::Agree => world.agree(),
        Op::WrongPin => world.type_pin("000000"),
        Op::Cancel => world.act(PersonAction::Cancel),
        Op::Coverage(covered) => world.act(PersonAction::SetCoverage(covered)),
        Op::Busy(busy) => world.act(PersonAction::SetBusy(busy)),
        Op::Pass(ms) => world.pass(ms),
        Op::Restart => world.restart(Person::Manual),
        Op::Octets(octets) => world.step(vec![submission(octets, 1)]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn at_most_one_signature_for_each_transaction(
        ops in proptest::collection::vec(op(), 0..60),
        fates in proptest::collection::vec(0..12u8, 1..20),
    ) {
        let mut world = World::enrolled(Person::Manual);
        world.smsc.set_faults(Some(faults(fates.clone())));
        for op in ops {
            let restart = matches!(op, Op::Restart);
            apply(&mut world, op);
            if restart {
                world.smsc.set_faults(Some(faults(fates.clone())));
            }
        }
        world.pass(120_000);
        let mut signed: HashMap<TxnId, [u8; 64]> = HashMap::new();
        for message in &world.answers {
            if let Answer::Result { signature, .. } = &message.body {
                let first = signed.entry(message.txn).or_insert(*signature);
                prop_assert_eq!(first, signature, "two signatures in {}", message.txn);
            }
        }
        prop_assert!(world.chip.signatures <= 5, "{} signatures in 5 transactions", world.chip.signatures);
        prop_assert_ne!(world.smsc.next_wake_ms(world.now_ms), Some(world.now_ms));
    }

    #[test]
    fn any_octets_in_any_packet_leave_the_card_whole(
        datas in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8),
    ) {
        let mut world = World::enrolled(Person::Manual);
        for data in datas {
            let packet = world.seal(&data);
            world.submit(&packet, 0);
        }
        prop_assert_eq!(world.chip.signatures, 0);
        world.ask(1, Request::GetStatus);
        let answered = matches!(world.answers.last().map(|m| &m.body), Some(Answer::Status { .. }));
        prop_assert!(answered);
    }

    #[test]
    fn any_octets_as_user_data_leave_the_card_whole(
        datas in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..140), 1..20),
        starts in proptest::collection::vec(0..4usize, 20),
    ) {
        let headers: [&[u8]; 4] = [&[], &[2, 0x70, 0], &[7, 0, 3, 1, 2, 1, 0x70, 0], &[5, 0, 3, 1, 2, 2]];
        let mut world = World::enrolled(Person::Manual);
        let stored = world.stored.clone();
        for (data, start) in datas.iter().zip(starts) {
            let mut user_data = [headers[start], data].concat();
            user_data.truncate(140);
            world.step(vec![submission(user_data, 0)]);
        }
        prop_assert!(world.answers.is_empty());
        prop_assert_eq!(&world.stored, &stored);
        world.ask(1, Request::GetStatus);
        prop_assert_eq!(world.answers.len(), 1);
    }

    #[test]
    fn any_octets_as_image_are_refused_or_a_card(
        octets in proptest::collection::vec(any::<u8>(), 0..200),
        at in 0..2000usize,
        value in any::<u8>(),
    ) {
        let mut smsc = Smsc::new(Config::new(Vec::new(), String::new())).unwrap();
        prop_assert!(smsc.insert(1, &CardImage::from_octets(octets), Person::Manual).is_err());
        let image = World::enrolled(Person::Manual).stored[&MSISDN].clone();
        let cut = &image[..at % image.len()];
        prop_assert!(smsc.insert(1, &CardImage::from_octets(cut.to_vec()), Person::Manual).is_err());
        let mut long = image.clone();
        long.push(value);
        prop_assert!(smsc.insert(1, &CardImage::from_octets(long), Person::Manual).is_err());
        // Any single changed octet: a card or an error, and never a panic.
        let mut changed = image.clone();
        let place = at % image.len();
        changed[place] = value;
        let _ = smsc.insert(1, &CardImage::from_octets(changed), Person::Manual);
    }
}
