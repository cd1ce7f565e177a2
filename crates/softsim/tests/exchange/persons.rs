use card_ota::osap::{Answer, CardStatus, Mode, Slot};
use softsim::{
    Person,
    person::{Conduct, Script},
    screen::ScreenState,
    short_message_centre::Input,
};

use crate::{
    enrolment::status,
    world::{AGREE, MSISDN, World, generate, sign_text},
};

fn scripted(delay_ms: u64, conduct: Conduct) -> Person {
    Person::Scripted(Script { delay_ms, conduct, pin_length: 6 })
}

#[test]
fn a_scripted_person_takes_time_and_agrees() {
    let mut world = World::enrolled(scripted(2_000, Conduct::Agree));
    world.ask(1, sign_text("wait"));
    world.pass(1_999);
    assert!(world.answers.is_empty());
    world.pass(1);
    assert!(matches!(world.answer(), Answer::Result { mo_time_s: Some(2), .. }));
}

#[test]
fn the_other_conducts() {
    for (conduct, expected) in [
        (Conduct::Cancel, Some(CardStatus::USER_CANCELLED)),
        (Conduct::Never, Some(CardStatus::NO_ANSWER)),
        (Conduct::WrongPin { times: 3 }, Some(CardStatus::PIN_BLOCKED)),
        (Conduct::WrongPin { times: 2 }, None),
    ] {
        let mut world = World::enrolled(scripted(10, conduct));
        world.ask(1, sign_text("conduct"));
        world.pass(120_000);
        match expected {
            Some(expected) => assert_eq!(status(world.answer()), expected, "{conduct:?}"),
            None => assert!(matches!(world.answer(), Answer::Result { .. })),
        }
    }
}

#[test]
fn a_scripted_person_chooses_a_pin_and_remembers_it_after_a_restart() {
    let mut world = World::new(AGREE);
    world.ask(1, generate(Slot::SIGN, Mode::SignedAttributes));
    assert!(matches!(world.answer(), Answer::Key { .. }));
    let pin = world.smsc.chosen_pin(MSISDN).unwrap().digits().to_owned();
    assert_eq!(pin.len(), 6);
    world.restart(AGREE);
    assert_eq!(world.smsc.chosen_pin(MSISDN).unwrap().digits(), pin);
    world.ask(2, generate(Slot::AUTHN, Mode::SignedAttributes));
    assert!(matches!(world.answer(), Answer::Key { .. }));
}

#[test]
fn a_person_who_takes_over_answers_what_is_on_the_screen() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("yours"));
    assert_eq!(world.screen().state, ScreenState::AskPin);
    world.step(vec![Input::SetPerson { msisdn: MSISDN, person: AGREE }]);
    assert!(matches!(world.answer(), Answer::Result { .. }));
}
