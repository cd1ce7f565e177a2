//! The AE's engine under any sequence of events: what APs ask, what the home answers or does not, time, crashes before and
//! after the commit. One end for each row, one answer for each waiter, no AP sees another's transaction, nothing leaves
//! before it is durable, and the home alone ends what was accepted.
mod store;
mod walk;

use crate::choices::Choices;
use walk::Walk;

/// Most events of one input.
const STEPS: usize = 200;

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

/// Walks in our own coding of events: answers and faults of each kind, repeats, polls, trouble, crashes.
#[must_use]
pub fn seeds() -> Vec<Vec<u8>> {
    let ask = |ap: u8, mode: u8| vec![0, ap, 60, mode, 0];
    let mut seeds = Vec::new();
    for outcome in 0..10 {
        for mode in 0..2 {
            let answered = vec![4, 0, outcome];
            let poll = vec![3, 0, 0, 5, 0, outcome, 3, 0, 1];
            seeds.push([vec![0], ask(0, mode), poll, answered, vec![1, 0, 3, 0, 0]].concat());
        }
    }
    for kind in 0..3 {
        let trouble = [6, 0, kind, 7, 9];
        seeds.push([vec![0], ask(1, 0), trouble.repeat(6), vec![7, 255, 5, 0, 0, 7, 255, 5, 0, 3]].concat());
        let crash = vec![8, kind];
        seeds.push(
            [vec![1], ask(0, 1), crash.clone(), ask(0, 0), vec![1, 0, 2, 0], crash, vec![4, 1, 0, 9, 1]]
                .concat(),
        );
    }
    seeds
}
