use card_ota::osap::{Answer, CardStatus, Mode, Request, ScreenText, Slot, dtbs_id, signed_attributes};
use softsim::{
    Person, PersonAction,
    screen::{Asked, Notice, ScreenState},
};

use crate::{
    chip::{sha256, verify, verify_digest},
    enrolment::status,
    world::{AGREE, World, generate, sign_digest, sign_text},
};

/// The public key of a slot, learnt as the server learns it.
fn with_key(slot: Slot, mode: Mode) -> (World, [u8; 33]) {
    let mut world = World::new(Person::Manual);
    world.ask(1, generate(slot, mode));
    world.agree();
    let Answer::Key { public_key, .. } = world.answer() else { panic!() };
    world.ask(2, Request::SetCert { slot, cert_hash: [9; 32] });
    world.forget();
    (world, public_key)
}

#[test]
fn what_is_shown_is_what_is_signed() {
    let (mut world, public_key) = with_key(Slot::SIGN, Mode::SignedAttributes);
    for (txn, text) in [(10, "Pay 10 € to Ömer"), (11, &*"ж".repeat(112)), (12, &*"a".repeat(239))] {
        world.ask(txn, sign_text(text));
        let screen = world.screen();
        assert_eq!((screen.state, screen.kind), (ScreenState::AskPin, Some(Asked::Sign)));
        assert_eq!((&*screen.title, &*screen.headline, &*screen.text), ("Bank", "Payment", text));
        assert_eq!(screen.deadline_ms, Some(world.now_ms + 60_000));
        world.pass(5_000);
        world.agree();
        let Answer::Result { signature, dtbs_id: id, mo_time_s } = world.answer() else { panic!() };
        let digest = sha256(text.as_bytes());
        assert!(verify(&public_key, &signed_attributes(digest, 1_800_000_000, [9; 32]), &signature));
        assert_eq!((id, mo_time_s), (dtbs_id(&digest), Some(5)));
        assert_eq!((world.screen().state, world.screen().notice), (ScreenState::Idle, Some(Notice::Signed)));
    }
}

#[test]
fn a_digest_is_signed_as_it_is() {
    let (mut world, public_key) = with_key(Slot::DIGEST, Mode::Digest);
    world.ask(10, sign_digest([0xAB; 32]));
    assert_eq!((world.screen().kind, &*world.screen().text), (Some(Asked::Digest), "Deed 17"));
    world.agree();
    let Answer::Result { signature, dtbs_id, .. } = world.answer() else { panic!() };
    assert!(verify_digest(&public_key, &[0xAB; 32], &signature));
    assert_eq!(dtbs_id, [0xAB; 4]);
}

#[test]
fn a_key_signs_in_one_mode_only() {
    let mut world = World::enrolled(AGREE);
    let Request::SignText { ttl_s, time, text, .. } = sign_text("text") else { panic!() };
    world.ask(1, Request::SignText { slot: Slot::DIGEST, ttl_s, time, title: None, headline: None, text });
    assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
    let label = ScreenText::new("label").unwrap();
    for slot in [Slot::SIGN, Slot::AUTHN, Slot(9)] {
        let label = label.clone();
        world.ask(2, Request::SignDigest { slot, ttl_s, digest: [1; 32], title: None, label });
        assert_eq!(status(world.answer()), CardStatus::SLOT_STATE);
    }
    assert_eq!(world.chip.signatures, 0);
}

#[test]
fn repeats_never_ask_or_sign_twice() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("once"));
    world.ask_again(1, 2, sign_text("once"));
    assert_eq!(world.answer(), Answer::Ack);
    world.ask_again(1, 3, Request::GetResult);
    assert_eq!(world.answer(), Answer::Ack);
    world.agree();
    assert_eq!(world.answers[0].attempt, 3);
    let result = world.answer();
    for attempt in 4..7 {
        world.ask_again(1, attempt, sign_text("once"));
        assert_eq!(world.screen().state, ScreenState::Idle);
        assert_eq!(world.answers[0].attempt, attempt);
        assert_eq!(world.answer(), result);
    }
    world.ask(1, sign_text("other"));
    assert_eq!(status(world.answer()), CardStatus::TXN_REUSED);
    world.ask(1, Request::Confirm);
    assert!(world.answers.is_empty());
    for request in [sign_text("once"), Request::GetResult] {
        world.ask(1, request);
        assert_eq!(status(world.answer()), CardStatus::DONE_ERASED);
    }
    assert_eq!(world.chip.signatures, 1);
}

/// A request whose texts are plain ASCII, which our encoder never writes, with titles of this length.
fn in_ascii(txn: u32, attempt: u8, title: usize) -> Vec<u8> {
    let mut octets = vec![0x10, 0x03];
    octets.extend(txn.to_be_bytes());
    octets.push(attempt);
    octets.extend([0x01, 5, Slot::SIGN.0, 1, 2, 0, 120, 0x98, 4, 0x6B, 0x49, 0xD2, 0]);
    for tag in [0x03, 0x99] {
        octets.extend([tag, 0x81, title as u8 + 1, 4]);
        octets.extend(vec![b'`'; title]);
    }
    octets.extend(*b"\x02\x05\x04once");
    octets
}

#[test]
fn a_repeat_is_the_same_octets() {
    let mut world = World::enrolled(Person::Manual);
    let send = |world: &mut World, octets: &[u8]| {
        let packet = world.seal(octets);
        world.submit(&packet, 0);
    };
    send(&mut world, &in_ascii(1, 1, 250));
    assert_eq!(world.screen().state, ScreenState::AskPin);
    send(&mut world, &in_ascii(1, 2, 250));
    assert_eq!(world.answer(), Answer::Ack);
    // The same to a reader, but not the same octets: an unknown parameter that need not be understood.
    let mut other = in_ascii(1, 3, 250);
    other.extend([0x40, 1, 7]);
    send(&mut world, &other);
    assert_eq!(status(world.answer()), CardStatus::TXN_REUSED);
}

#[test]
fn the_next_request_confirms_the_one_before() {
    let mut world = World::enrolled(AGREE);
    world.ask(1, sign_text("first"));
    world.ask(2, sign_text("second"));
    world.forget();
    world.ask(1, Request::GetResult);
    assert_eq!(status(world.answer()), CardStatus::DONE_ERASED);
    world.ask(2, Request::GetResult);
    assert!(matches!(world.answer(), Answer::Result { .. }));
}

#[test]
fn other_content_and_other_transactions_are_refused_while_open() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("open"));
    world.ask(1, sign_text("changed"));
    assert_eq!(status(world.answer()), CardStatus::TXN_REUSED);
    world.pass(20_000);
    world.ask(2, sign_text("another"));
    let busy = Answer::Error { status: CardStatus::BUSY, detail: 10, tries: None };
    assert_eq!(world.answer(), busy);
    assert_eq!(world.screen().text, "open");
    world.agree();
    assert!(matches!(world.answer(), Answer::Result { .. }));
}

#[test]
fn cancel_by_the_person_is_final() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("no"));
    world.act(PersonAction::Cancel);
    let first = world.answer();
    assert_eq!(status(first.clone()), CardStatus::USER_CANCELLED);
    world.restart(AGREE);
    world.ask(1, sign_text("no"));
    assert_eq!(world.answer(), first);
    assert_eq!(world.chip.signatures, 0);
}

#[test]
fn cancel_by_the_server_closes_the_screen() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("withdrawn"));
    world.ask(2, Request::Cancel);
    assert_eq!(world.screen().state, ScreenState::AskPin, "another transaction's cancel changes nothing");
    world.ask(1, Request::Cancel);
    assert_eq!((world.screen().state, world.screen().notice), (ScreenState::Idle, Some(Notice::Withdrawn)));
    assert!(world.answers.is_empty());
    world.agree();
    world.ask(1, sign_text("withdrawn"));
    assert_eq!(status(world.answer()), CardStatus::NO_ANSWER);
}

#[test]
fn three_wrong_pins_block_the_card_for_good() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("guess"));
    for left in [2, 1] {
        world.type_pin("000000");
        let screen = world.screen();
        assert_eq!((screen.state, screen.tries_left), (ScreenState::AskPinAgain, left));
        assert!(world.answers.is_empty());
        // The tries survive what a thief might do to the phone.
        world.restart(Person::Manual);
        world.ask(1, sign_text("guess"));
    }
    world.answers.clear();
    world.type_pin("2468");
    let Answer::Error { status: blocked, tries: Some(tries), .. } = world.answer() else { panic!() };
    assert_eq!((blocked, tries.pin), (CardStatus::PIN_BLOCKED, 0));
    world.restart(AGREE);
    world.ask(2, sign_text("again"));
    assert_eq!(status(world.answer()), CardStatus::PIN_BLOCKED);
    assert_eq!(world.chip.signatures, 0);
}

#[test]
fn a_right_pin_gives_the_tries_back() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("ok"));
    world.type_pin("000000");
    world.agree();
    assert!(matches!(world.answer(), Answer::Result { .. }));
    assert_eq!(world.screen().tries_left, 3);
}

#[test]
fn time_to_live_counts_from_receipt() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("slow"));
    world.pass(59_999);
    assert_eq!(world.screen().state, ScreenState::AskPin);
    world.pass(1);
    assert_eq!(status(world.answer()), CardStatus::NO_ANSWER);
    assert_eq!(world.screen().notice, Some(Notice::Expired));
    world.agree();
    world.ask(1, Request::GetResult);
    assert_eq!(status(world.answer()), CardStatus::NO_ANSWER);
    assert_eq!(world.chip.signatures, 0);
}

#[test]
fn a_pin_that_comes_too_late_does_not_sign_even_before_the_timer() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("late"));
    world.now_ms += 60_000;
    world.agree();
    assert_eq!(status(world.answer()), CardStatus::NO_ANSWER);
    assert_eq!(world.chip.signatures, 0);
}

#[test]
fn a_request_behind_a_call_waits_and_may_expire_unseen() {
    let mut world = World::enrolled(Person::Manual);
    world.act(PersonAction::SetBusy(true));
    world.ask(1, sign_text("unseen"));
    assert_eq!((world.screen().state, &*world.screen().text), (ScreenState::Pending, ""));
    world.agree();
    world.act(PersonAction::Cancel);
    assert!(world.answers.is_empty(), "what is unseen can be neither signed nor cancelled");
    world.pass(60_000);
    assert_eq!(status(world.answer()), CardStatus::EXPIRED);
    world.ask(2, sign_text("seen later"));
    world.act(PersonAction::SetBusy(false));
    assert_eq!(world.screen().text, "seen later");
    world.agree();
    assert!(matches!(world.answer(), Answer::Result { .. }));
}

#[test]
fn a_restart_in_every_state_leaves_at_most_one_signature() {
    // Pending, shown, PIN typed wrong: forgotten, and the repeat asks again.
    for stage in 0..3 {
        let mut world = World::enrolled(Person::Manual);
        world.act(PersonAction::SetBusy(stage == 0));
        world.ask(1, sign_text("restart"));
        if stage == 2 {
            world.type_pin("000000");
        }
        world.restart(Person::Manual);
        assert_eq!(world.screen().state, ScreenState::Idle);
        world.ask(1, Request::GetResult);
        assert_eq!(status(world.answer()), CardStatus::TXN_UNKNOWN);
        world.ask(1, sign_text("restart"));
        assert_eq!(world.screen().state, ScreenState::AskPin);
        world.agree();
        assert!(matches!(world.answer(), Answer::Result { .. }));
        assert_eq!(world.chip.signatures, 1);
    }
    // Cached, then confirmed: remembered.
    let mut world = World::enrolled(AGREE);
    world.ask(1, sign_text("restart"));
    let result = world.answer();
    world.restart(AGREE);
    world.ask(1, sign_text("restart"));
    assert_eq!(world.answer(), result);
    world.ask(1, Request::Confirm);
    world.restart(AGREE);
    world.ask(1, sign_text("restart"));
    assert_eq!(status(world.answer()), CardStatus::DONE_ERASED);
    world.ask(1, sign_text("other"));
    assert_eq!(status(world.answer()), CardStatus::TXN_REUSED);
    assert_eq!(world.chip.signatures, 1);
}

#[test]
fn eight_transactions_back_are_still_known() {
    let mut world = World::enrolled(AGREE);
    for txn in 1..=9 {
        world.ask(txn, sign_text("many"));
    }
    world.forget();
    for txn in 1..=8 {
        world.ask(txn, sign_text("many"));
        assert_eq!(status(world.answer()), CardStatus::DONE_ERASED);
    }
    assert_eq!(world.chip.signatures, 0);
}
