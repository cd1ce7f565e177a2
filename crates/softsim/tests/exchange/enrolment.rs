use card_ota::osap::{Answer, CardStatus, Mode, Request, Slot, SlotState, TxnId, pop_input};
use softsim::{
    Person, PersonAction, Pin,
    screen::{Asked, Notice, ScreenState},
};

use crate::{
    chip::verify,
    world::{AGREE, ICCID, KEYS, MSISDN, World, generate, sign_text},
};

#[test]
fn the_first_key_lets_the_person_choose_the_pin_and_later_ones_ask_it() {
    let mut world = World::new(Person::Manual);
    world.ask(1, generate(Slot::SIGN, Mode::SignedAttributes));
    assert_eq!(world.screen().state, ScreenState::ChoosePin { min: 4, max: 8 });
    assert_eq!(world.screen().kind, Some(Asked::NewKey));
    assert_eq!(world.screen().title, "Sinetti");
    let pin = |digits| Pin::parse(digits).unwrap();
    for (first, again) in [("1234", "1235"), ("123456789", "123456789")] {
        world.act(PersonAction::ChoosePin { first: pin(first), again: pin(again) });
        assert_eq!(world.screen().notice, Some(Notice::PinNotAccepted));
    }
    world.type_pin("1234");
    assert!(world.answers.is_empty(), "no PIN is asked yet");
    world.act(PersonAction::ChoosePin { first: pin("1234"), again: pin("1234") });
    let Answer::Key { slot, mode, public_key, pop } = world.answer() else { panic!() };
    assert_eq!((slot, mode), (Slot::SIGN, Mode::SignedAttributes));
    assert!(verify(&public_key, &pop_input(TxnId(1), slot, mode, &public_key, ICCID), &pop));
    assert_eq!(world.screen().notice, Some(Notice::KeyMade));

    world.ask(2, generate(Slot::DIGEST, Mode::Digest));
    assert_eq!(world.screen().state, ScreenState::AskPin);
    world.act(PersonAction::ChoosePin { first: pin("9999"), again: pin("9999") });
    assert!(world.answers.is_empty(), "the PIN is chosen once");
    world.type_pin("1234");
    assert!(matches!(world.answer(), Answer::Key { slot: Slot::DIGEST, mode: Mode::Digest, .. }));
}

#[test]
fn a_repeat_gives_the_same_key_also_after_a_restart() {
    let mut world = World::new(AGREE);
    world.ask(1, generate(Slot::SIGN, Mode::SignedAttributes));
    let first = world.answer();
    world.ask_again(1, 2, generate(Slot::SIGN, Mode::SignedAttributes));
    assert_eq!(world.answer(), first);
    world.restart(AGREE);
    world.ask_again(1, 3, Request::GetResult);
    assert_eq!(world.answers[0].attempt, 3);
    assert_eq!(world.answer(), first);
    assert_eq!(world.chip.signatures, 1);
    // Another transaction makes another key as long as this one is not certified, and none after.
    world.ask(2, generate(Slot::SIGN, Mode::SignedAttributes));
    assert_ne!(world.answer(), first);
    world.ask(3, Request::SetCert { slot: Slot::SIGN, cert_hash: [7; 32] });
    assert_eq!(world.answer(), Answer::Ack);
    world.ask(4, generate(Slot::SIGN, Mode::SignedAttributes));
    assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
}

#[test]
fn a_key_signs_only_after_its_certificate_and_takes_one_only() {
    let mut world = World::new(AGREE);
    let set = |hash| Request::SetCert { slot: Slot::SIGN, cert_hash: [hash; 32] };
    world.ask(1, set(1));
    assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
    world.ask(2, sign_text("too early"));
    assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
    world.ask(3, generate(Slot::SIGN, Mode::SignedAttributes));
    world.answers.clear();
    world.ask(4, sign_text("too early"));
    assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
    for _ in 0..2 {
        world.ask(5, set(1));
        assert_eq!(world.answer(), Answer::Ack);
    }
    world.ask(6, set(2));
    assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
    world.restart(AGREE);
    // The same transaction may be asked again: it never signed.
    world.ask_again(4, 2, sign_text("too early"));
    assert!(matches!(world.answer(), Answer::Result { .. }));
}

#[test]
fn status_lists_keys_and_tries() {
    let mut world = World::new(AGREE);
    world.ask(1, Request::GetStatus);
    let Answer::Status { info, tries: None } = world.answer() else { panic!() };
    assert!(info.slots.is_empty());
    let mut world = World::enrolled(Person::Manual);
    world.ask(2, Request::GetStatus);
    let Answer::Status { info, tries: Some(tries) } = world.answer() else { panic!() };
    let slots: Vec<_> = info.slots.iter().map(|slot| (slot.slot, slot.mode)).collect();
    assert_eq!(slots, KEYS);
    assert!(info.slots.iter().all(|slot| slot.state == SlotState::Ready && slot.tries == 3));
    assert_eq!((tries.pin, tries.puk), (3, 0));
    assert!(world.smsc.chosen_pin(MSISDN).is_some());
}

#[test]
fn a_failing_chip_is_a_card_error_and_no_key() {
    let mut world = World::new(AGREE);
    world.chip.fails = true;
    world.ask(1, generate(Slot::SIGN, Mode::SignedAttributes));
    assert_eq!(status(world.answer()), CardStatus::CARD_ERROR);
    assert_eq!(world.screen().notice, Some(Notice::CardError));
    world.chip.fails = false;
    world.ask(2, Request::GetStatus);
    assert!(matches!(world.answer(), Answer::Status { info, .. } if info.slots.is_empty()));
}

pub(crate) fn status(answer: Answer) -> CardStatus {
    match answer {
        Answer::Error { status, .. } => status,
        other => panic!("{other:?}"),
    }
}
