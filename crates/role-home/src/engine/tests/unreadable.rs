//! Stores that cannot be read, or hold what cannot be: nothing is kept for ever, nothing is dropped that could be had.
use std::time::Duration;

use mss_core::engine::WaiterId;

use super::{
    fake_card::Mood,
    oddities::say,
    world::{World, request},
};
use crate::{AuditEvent, CardId, HomeLoad, Odd};

/// Cards and outcomes are forgotten at once, and the person of card 1 says nothing yet.
fn forgetful() -> (World, WaiterId, CardId) {
    let mut world = World::with_people_and(1, |config| {
        config.limits.cached_cards = 0;
        config.limits.remembered_outcomes = 0;
    });
    world.card(1).mood = Mood::Silent;
    let waiter = world.ask(request("S1-aa", 1, "Pay?", world.now, 120));
    world.run();
    let card = world.card_of(1);
    (world, waiter, card)
}

/// The transaction ends before the card's answer comes, and the engine forgets it and its card.
fn ends(world: &mut World, waiter: WaiterId) {
    world.now = world.now.plus(Duration::from_secs(130));
    world.turn(vec![]);
    world.pending.clear();
    assert_eq!(world.fault(waiter).code.0, 208);
    world.turn(vec![]);
    world.turn(vec![]);
}

fn spoil_certificates(world: &World) {
    for key in world.store.tables().keys.values_mut() {
        key.path = vec![vec![0x30, 0]];
    }
}

#[test]
fn what_cannot_be_looked_at_comes_again() {
    for (card, row) in [(true, false), (false, true)] {
        comes_again(card, row);
    }
}

fn comes_again(no_card: bool, no_row: bool) {
    let (mut world, waiter, card) = forgetful();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    ends(&mut world, waiter);
    let break_store = |world: &World, card, row| {
        let mut tables = world.store.tables();
        (tables.broken, tables.broken_rows) = (card, row);
    };
    break_store(&world, no_card, no_row);
    say(&mut world, card, counter, message.clone());
    assert_eq!((world.unacknowledged.len(), world.declined.len()), (0, 1), "neither kept nor acknowledged");
    break_store(&world, false, false);
    say(&mut world, card, counter, message);
    world.run();
    assert!(!world.saw(&Odd::ReplayedCounter { counter }), "the first was not seen");
    assert!(world.saw(&Odd::LateResult { proven: true }));
    assert!(world.store.tables().audit.iter().any(|line| line.event == AuditEvent::Late { proven: true }));
    assert_eq!((world.unacknowledged.len(), world.engine.load()), (0, HomeLoad::default()));
}

#[test]
fn a_late_result_that_nobody_can_check_is_not_kept() {
    let (mut world, waiter, card) = forgetful();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    ends(&mut world, waiter);
    spoil_certificates(&world);
    say(&mut world, card, counter, message);
    assert!(world.saw(&Odd::Orphan));
    assert_eq!((world.unacknowledged.len(), world.engine.load()), (0, HomeLoad::default()));
}

#[test]
fn a_result_that_nobody_can_check_ends_with_the_time() {
    let (mut world, _, card) = forgetful();
    spoil_certificates(&world);
    world.crash();
    world.run();
    let (counter, message) = world.card(1).decide(Mood::Agrees).unwrap();
    say(&mut world, card, counter, message);
    assert!(world.saw(&Odd::Orphan));
    assert_eq!(world.unacknowledged.len(), 0, "no longer needed: the card keeps it until CONFIRM");
    world.pass(Duration::from_secs(130));
    assert_eq!(world.engine.load(), HomeLoad::default());
    assert!(world.store.tables().rows.values().all(|row| row.outcome.is_some()));
}
