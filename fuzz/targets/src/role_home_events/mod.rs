//! The home MSSP's engine under any sequence of events: what AEs and ME ask, what cards, networks and liars answer, time,
//! crashes before and after the commit. The store's contract and the house's rules hold: one end for each row, no counter
//! with two payloads, nobody asked twice, nothing signed but by the card, one answer for each waiter, and an end of all.
mod asking;
mod card;
mod people;
mod store;
mod walk;

use crate::choices::Choices;
use walk::Walk;

/// Most events of one input.
const STEPS: usize = 120;

/// A sequence of events.
///
/// # Panics
/// When a rule is broken.
pub fn run(octets: &[u8]) {
    let mut choices = Choices::new(octets);
    let mut walk = Walk::new(choices.octet());
    let mut steps = 0;
    while !choices.is_empty() && steps < STEPS {
        steps += 1;
        walk.step(&mut choices);
    }
    walk.end();
}

/// Walks in our own coding of events: a signature, each mood, loss and repetition, crashes, enrolment, lies.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let ask = |person: u8, operation: u8| vec![0, person, operation, 0, 100, 0];
    let arrive = [3, 0].repeat(8);
    let mut seeds = Vec::new();
    for operation in 0..3 {
        seeds.push([vec![0], ask(0, operation), arrive.clone(), vec![1, 0]].concat());
    }
    for mood in 0..4 {
        let late = vec![10, 0, 0, 9, 40, 10, 0, 0, 9, 200];
        seeds.push([vec![0, 8, 0, mood], ask(0, 0), arrive.clone(), late, arrive.clone()].concat());
    }
    for how in 0..3 {
        let crash = vec![12, how];
        seeds.push(
            [vec![0], ask(1, 0), crash.clone(), arrive.clone(), crash.clone(), ask(0, 1), arrive.clone()]
                .concat(),
        );
        seeds.push([vec![1], ask(0, 0), vec![3, 0, 3, 0], crash, arrive.clone(), vec![1, 0]].concat());
    }
    seeds.push(
        [vec![0], ask(0, 0), vec![5, 0, 4, 0, 3, 0, 6, 0, 5, 0], arrive.clone(), vec![9, 35], arrive.clone()]
            .concat(),
    );
    // A key is ordered, made, certified; then it signs.
    let orders = vec![15, 2, 2, 0];
    let certify = vec![15, 3, 2, 0];
    seeds
        .push([vec![0], orders, arrive.clone(), certify, arrive.clone(), ask(2, 0), arrive.clone()].concat());
    // Reports and answers that no card sent.
    for kind in 0..6 {
        let lie = vec![13, 0, 7, kind, 1, 1, 1, 1];
        seeds
            .push([vec![0], ask(0, 0), vec![3, 0, 3, 0], lie, vec![14, 0, 1, 2, 1], arrive.clone()].concat());
    }
    seeds.push(
        [vec![0], ask(0, 0), vec![16, 0, 17, 0, 18, 0, 19, 0], arrive, vec![16, 0, 17, 0, 20, 9]].concat(),
    );
    seeds
}
