//! Every state with every event, as a table; then the walks that one step does not show.
use std::sync::Arc;

use card_ota::{
    osap::{Answer, CardStatus, Mode, Slot},
    packet::Rsc,
};
use mss_core::{FaultCode, NodeName, Operation, Timestamp};
use mss_pki::{Content, VerifyError};

use super::{Effect, Event, KeyRefusal, Moment, Purpose, Stage, Transaction};
use crate::{Asker, CardId, KeyId, Limits, Opening, Outcome, RowId, SignTask, Submission, Task};

/// Opened at 1000 s, the card gives up at 1060 s, the end is at 1090 s.
fn opening(task: Task) -> Arc<Opening> {
    let at = Timestamp::from_secs;
    Arc::new(Opening {
        row: RowId(1),
        asker: Asker::ae(NodeName::parse("ae.example").unwrap()),
        trace: "S1-00".into(),
        content_hash: [0; 32],
        ap_id: "http://ap".into(),
        card: Some(CardId(1)),
        key: Some(KeyId(1)),
        task,
        txn: 7,
        opened_at: at(1000),
        card_deadline: at(1060),
        deadline: at(1090),
    })
}

fn sign() -> Task {
    Task::Sign(SignTask {
        operation: Operation::Sign,
        content: Content::Text("Pay?".into()),
        label: None,
        title: "Shop".into(),
        signing_time: Timestamp::from_secs(1000),
    })
}

const LIMITS: &Limits = &Limits {
    least_time: std::time::Duration::from_secs(15),
    most_time: std::time::Duration::from_secs(600),
    generate_key_time: std::time::Duration::from_secs(300),
    set_certificate_time: std::time::Duration::from_secs(150),
    sign_of_life: std::time::Duration::from_secs(30),
    attempts: 3,
    no_retry_before_card_deadline: std::time::Duration::from_secs(20),
    submit_retry: std::time::Duration::from_secs(1),
    ask_result_first: std::time::Duration::from_secs(40),
    ask_again: std::time::Duration::from_secs(10),
    ask_result_after: std::time::Duration::from_secs(5),
    roaming_entries: 8,
    cached_cards: 100,
    remembered_outcomes: 100,
};

fn at(secs: i64) -> Moment<'static> {
    Moment { now: Timestamp::from_secs(secs), limits: LIMITS, linked: true }
}

fn unlinked(secs: i64) -> Moment<'static> {
    Moment { linked: false, ..at(secs) }
}

fn error(status: CardStatus, detail: u8) -> Answer {
    Answer::Error { status, detail, tries: None }
}

fn result() -> Answer {
    Answer::Result { signature: [5; 64], dtbs_id: [0; 4], mo_time_s: None }
}

fn said(answer: Answer) -> Event {
    Event::Answered { answer, latest: true }
}

fn key() -> Answer {
    Answer::Key { slot: Slot::SIGN, mode: Mode::SignedAttributes, public_key: [2; 33], pop: [5; 64] }
}

type Walk = fn(Transaction) -> Transaction;

/// The states that a signature can be in, each by a way that leads there.
const STATES: [(&str, Walk); 6] = [
    ("waiting", |t| t),
    ("sent", |t| t.step(Event::Start, at(1000)).next),
    ("retry", |t| {
        let sent = t.step(Event::Start, at(1000)).next;
        sent.step(Event::Submitted(Submission::Temporary), at(1000)).next
    }),
    ("reached", |t| {
        let sent = t.step(Event::Start, at(1000)).next;
        sent.step(Event::Reported(Rsc::OK), at(1001)).next
    }),
    ("checking", |t| {
        let sent = t.step(Event::Start, at(1000)).next;
        sent.step(said(result()), at(1002)).next
    }),
    ("ended", |t| {
        let sent = t.step(Event::Start, at(1000)).next;
        sent.step(Event::Undeliverable, at(1002)).next
    }),
];

fn name(stage: &Stage) -> String {
    match stage {
        Stage::Waiting { retry_at: None } => "waiting".into(),
        Stage::Waiting { retry_at: Some(at) } => format!("retry@{}", at.secs() - 1000),
        Stage::Sent { resend_at: None } => "sent@never".into(),
        Stage::Sent { resend_at: Some(at) } => format!("sent@{}", at.secs() - 1000),
        Stage::Reached => "reached".into(),
        Stage::Checking => "checking".into(),
        Stage::Ended(Outcome::Refused(fault)) => fault.code.0.to_string(),
        Stage::Ended(Outcome::Signed(_)) => "signed".into(),
        Stage::Ended(Outcome::KeyMade(_)) => "key-made".into(),
        Stage::Ended(Outcome::CertificateSet) => "certificate-set".into(),
        Stage::Ended(Outcome::Recorded) => "recorded".into(),
    }
}

fn show(step: super::Step) -> String {
    let mut shown = name(&step.next.stage);
    for effect in &step.effects {
        shown += match effect {
            Effect::Send(Purpose::Request) => " +request",
            Effect::Send(Purpose::GetResult) => " +get-result",
            Effect::Send(Purpose::Cancel) => " +cancel",
            Effect::Send(Purpose::Confirm) => " +confirm",
            Effect::Resync { jump: true } => " +jump",
            Effect::Resync { jump: false } => " +new-run",
            Effect::CheckSignature(_) => " +check",
            Effect::CheckKey { .. } => " +check-key",
            Effect::Notice(_) => " !",
        };
    }
    shown
}

/// An event, when it happens, and what it makes of each of [`STATES`].
type Line = (&'static str, fn() -> Event, i64, [&'static str; 6]);

/// Notices are shown as `!`.
#[rustfmt::skip]
const TABLE: &[Line] = &[
    // waiting, sent, retry, reached, checking, ended
    ("start", || Event::Start, 1005, ["sent@35 +request", "sent@30", "sent@35 +request", "reached", "checking", "209"]),
    ("link up", || Event::LinkUp, 1005, ["sent@35 +request", "sent@30", "sent@35 +request", "reached", "checking", "209"]),
    ("taken", || Event::Submitted(Submission::Accepted), 1005, ["waiting", "sent@35", "retry@1", "reached", "checking", "209"]),
    ("not now", || Event::Submitted(Submission::Temporary), 1005, ["waiting", "retry@6", "retry@1", "reached", "checking", "209"]),
    ("never", || Event::Submitted(Submission::Permanent), 1005, ["waiting", "209 !", "retry@1", "reached", "checking", "209"]),
    ("unknown", || Event::Submitted(Submission::Unknown), 1010, ["waiting", "sent@40 +request !", "retry@1", "reached", "checking", "209"]),
    ("delivered", || Event::Delivered, 1005, ["reached", "reached", "reached", "reached", "checking", "209"]),
    ("undeliverable", || Event::Undeliverable, 1005, ["209 !", "209 !", "209 !", "reached !", "checking !", "209"]),
    ("report ok", || Event::Reported(Rsc::OK), 1005, ["reached", "reached", "reached", "reached", "checking", "209"]),
    ("report by submit", || Event::Reported(Rsc::BY_SUBMIT), 1005, ["reached", "reached", "reached", "reached", "checking", "209"]),
    ("report checksum", || Event::Reported(Rsc::CC_FAILED), 1005, ["209 !", "209 !", "209 !", "reached !", "checking !", "209"]),
    ("report cipher", || Event::Reported(Rsc::CIPHERING_ERROR), 1005, ["209 !", "209 !", "209 !", "reached !", "checking !", "209"]),
    ("report TAR", || Event::Reported(Rsc::TAR_UNKNOWN), 1005, ["209 !", "209 !", "209 !", "reached !", "checking !", "209"]),
    ("report level", || Event::Reported(Rsc::INSUFFICIENT_SECURITY), 1005, ["209 !", "209 !", "209 !", "reached !", "checking !", "209"]),
    ("report blocked", || Event::Reported(Rsc::CNTR_BLOCKED), 1005, ["209 !", "209 !", "209 !", "reached !", "checking !", "209"]),
    ("report low", || Event::Reported(Rsc::CNTR_LOW), 1005, ["waiting", "sent@30 ! +get-result", "retry@1", "reached", "checking", "209"]),
    ("report high", || Event::Reported(Rsc::CNTR_HIGH), 1005, ["waiting", "sent@35 ! +new-run +request", "retry@1", "reached", "checking", "209"]),
    ("report memory", || Event::Reported(Rsc::NO_MEMORY), 1005, ["waiting !", "sent@30 !", "retry@1 !", "reached !", "checking !", "209"]),
    ("report own", || Event::Reported(Rsc(0xC5)), 1005, ["waiting !", "sent@30 !", "retry@1 !", "reached !", "checking !", "209"]),
    ("ack", || said(Answer::Ack), 1005, ["reached", "reached", "reached", "reached", "checking !", "209"]),
    ("result", || said(result()), 1005, ["checking +check", "checking +check", "checking +check", "checking +check", "checking !", "209"]),
    ("key", || said(key()), 1005, ["reached !", "reached !", "reached !", "reached !", "checking !", "209"]),
    ("cancelled", || said(error(CardStatus::USER_CANCELLED, 0)), 1005, ["401", "401", "401", "401", "checking !", "209"]),
    ("no answer", || said(error(CardStatus::NO_ANSWER, 0)), 1005, ["208", "208", "208", "208", "checking !", "209"]),
    ("wrong PIN", || said(error(CardStatus::PIN_WRONG, 0)), 1005, ["reached !", "reached !", "reached !", "reached !", "checking !", "209"]),
    ("PIN blocked", || said(error(CardStatus::PIN_BLOCKED, 0)), 1005, ["402", "402", "402", "402", "checking !", "209"]),
    ("unsupported", || said(error(CardStatus::UNSUPPORTED, 0)), 1005, ["900", "900", "900", "900", "checking !", "209"]),
    ("busy", || said(error(CardStatus::BUSY, 5)), 1005, ["retry@25", "retry@25", "retry@25", "retry@25", "checking !", "209"]),
    ("busy long", || said(error(CardStatus::BUSY, 9)), 1005, ["406", "406", "406", "406", "checking !", "209"]),
    ("slot", || said(error(CardStatus::SLOT_STATE, 0)), 1005, ["404", "404", "404", "404", "checking !", "209"]),
    ("not shown", || said(error(CardStatus::NOT_DISPLAYABLE, 0)), 1005, ["107", "107", "107", "107", "checking !", "209"]),
    ("expired", || said(error(CardStatus::EXPIRED, 0)), 1005, ["208", "208", "208", "208", "checking !", "209"]),
    ("reused", || said(error(CardStatus::TXN_REUSED, 0)), 1005, ["406", "406", "406", "406", "checking !", "209"]),
    ("card error", || said(error(CardStatus::CARD_ERROR, 0)), 1005, ["209", "209", "209", "209", "checking !", "209"]),
    ("handset", || said(error(CardStatus::HANDSET_REFUSED, 0)), 1005, ["209", "209", "209", "209", "checking !", "209"]),
    ("erased", || said(error(CardStatus::DONE_ERASED, 0)), 1005, ["406", "406", "406", "406", "checking !", "209"]),
    ("unknown txn", || said(error(CardStatus::TXN_UNKNOWN, 0)), 1005, ["waiting !", "sent@35 +request !", "sent@35 +request !", "sent@35 +request !", "checking !", "209"]),
    ("wrong", || Event::SignatureChecked(Err(VerifyError::Signature)), 1005, ["waiting", "sent@30", "retry@1", "reached", "406 ! +confirm", "209"]),
    ("outdated", || Event::SignatureChecked(Err(VerifyError::Validity)), 1005, ["waiting", "sent@30", "retry@1", "reached", "422 ! +confirm", "209"]),
    ("time", || Event::Time, 1000, ["waiting", "sent@30", "retry@1", "reached", "checking", "209"]),
    ("retry time", || Event::Time, 1001, ["waiting", "sent@30", "sent@31 +request", "reached", "checking", "209"]),
    ("T2", || Event::Time, 1030, ["waiting", "sent@60 +request !", "sent@60 +request", "reached", "checking", "209"]),
    ("T2 too late", || Event::Time, 1040, ["waiting", "sent@never", "sent@70 +request", "reached", "checking", "209"]),
    ("T3", || Event::Time, 1041, ["waiting", "sent@never", "sent@71 +request", "reached +get-result", "checking", "209"]),
    ("card's end", || Event::Time, 1060, ["waiting", "sent@never", "waiting", "reached +get-result", "checking", "209"]),
    ("ask", || Event::Time, 1065, ["waiting", "sent@never +get-result", "waiting", "reached +get-result", "checking", "209"]),
    ("end", || Event::Time, 1090, ["208", "208 +cancel", "208", "208 +cancel", "208", "209"]),
];

#[test]
fn every_state_and_every_event() {
    let mut wrong = Vec::new();
    for (event, make, secs, expected) in TABLE {
        for ((state, walk), expected) in STATES.iter().zip(expected) {
            let found = show(walk(Transaction::new(opening(sign()))).step(make(), at(*secs)));
            if found != *expected {
                wrong.push(format!("{state} x {event}: {found}, not {expected}"));
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn the_other_tasks_differ_in_their_answers_alone() {
    let made = |task, answer| {
        let sent = Transaction::new(opening(task)).step(Event::Start, at(1000)).next;
        sent.step(said(answer), at(1005))
    };
    let generate = || Task::GenerateKey { operation: Operation::Sign };
    let set = || Task::SetCertificate { operation: Operation::Sign, certificate_hash: [1; 32] };
    assert_eq!(show(made(generate(), key())), "checking +check-key");
    assert_eq!(show(made(generate(), result())), "reached !");
    assert_eq!(show(made(generate(), Answer::Ack)), "reached");
    assert_eq!(show(made(set(), Answer::Ack)), "certificate-set");
    assert_eq!(show(made(set(), result())), "reached !");
    assert_eq!(show(made(set(), error(CardStatus::SLOT_STATE, 0))), "404");
    let checked = |result| show(made(generate(), key()).next.step(Event::KeyChecked(result), at(1006)));
    assert_eq!(checked(Ok(KeyId(4))), "key-made +confirm");
    assert_eq!(checked(Err(KeyRefusal::NotProven)), "407 ! +confirm");
    assert_eq!(checked(Err(KeyRefusal::OfAnother)), "407 ! +confirm");
    assert_eq!(checked(Err(KeyRefusal::Unreadable)), "900 +confirm");
    // The card does not remember SET_CERT, so it is said again.
    let sent = Transaction::new(opening(set())).step(Event::Start, at(1000)).next;
    assert_eq!(show(sent.step(Event::Time, at(1065))), "sent@never +request");
}

#[test]
fn a_request_is_sent_three_times_at_most() {
    // A card that gives up later, so that time is not what stops it.
    let opening = Arc::new(Opening {
        card_deadline: Timestamp::from_secs(1270),
        deadline: Timestamp::from_secs(1300),
        ..(*opening(sign())).clone()
    });
    let mut transaction = Transaction::new(opening).step(Event::Start, at(1000)).next;
    let mut sends = vec![(1000, transaction.attempt_octet(1))];
    while let Some(wake) = transaction.wake_at(at(0)) {
        let step = transaction.step(Event::Time, at(wake.secs()));
        transaction = step.next;
        if step.effects.iter().any(|effect| matches!(effect, Effect::Send(Purpose::Request))) {
            sends.push((wake.secs(), transaction.attempt_octet(1)));
        }
    }
    assert_eq!(sends, vec![(1000, 1), (1030, 2), (1060, 3)]);
    assert!(
        matches!(transaction.outcome(), Some(Outcome::Refused(fault)) if fault.code == FaultCode::EXPIRED_TRANSACTION)
    );
}

#[test]
fn the_counter_is_put_right_once() {
    let sent = Transaction::new(opening(sign())).step(Event::Start, at(1000)).next;
    let asked = sent.step(Event::Reported(Rsc::CNTR_LOW), at(1001)).next;
    let right = asked.step(Event::QuestionRefused(Rsc::CNTR_LOW), at(1002));
    assert_eq!(
        show(super::Step { next: right.next.clone(), effects: right.effects }),
        "sent@32 ! +jump +request"
    );
    let asked = right.next.step(Event::Reported(Rsc::CNTR_LOW), at(1003));
    assert_eq!(
        show(super::Step { next: asked.next.clone(), effects: asked.effects }),
        "sent@32 ! +get-result"
    );
    // Had it been a copy, the card would have answered the question.
    assert_eq!(show(asked.next.clone().step(said(Answer::Ack), at(1004))), "reached");
    assert_eq!(show(asked.next.step(Event::QuestionRefused(Rsc::CNTR_LOW), at(1004))), "209 !");
}

#[test]
fn nothing_is_sent_and_nothing_asked_while_the_link_is_down() {
    let waiting = Transaction::new(opening(sign())).step(Event::Start, unlinked(1000));
    assert_eq!(show(super::Step { next: waiting.next.clone(), effects: waiting.effects }), "waiting");
    assert_eq!(waiting.next.wake_at(unlinked(1000)).map(Timestamp::secs), Some(1090));
    let sent = waiting.next.step(Event::LinkUp, at(1010)).next;
    let lost = sent.step(Event::Time, unlinked(1040)).next;
    assert_eq!(name(lost.stage()), "waiting");
    assert_eq!(lost.wake_at(unlinked(1040)).map(Timestamp::secs), Some(1090));
    // Back too late for the person, in time to ask for a result.
    assert_eq!(show(lost.step(Event::LinkUp, at(1066))), "waiting +get-result");
}

#[test]
fn a_transaction_that_is_taken_up_is_sent_again_and_asked_for_its_result() {
    let taken_up = Transaction::taken_up(opening(sign()));
    assert_eq!(
        show(taken_up.clone().step(Event::Start, at(1050))),
        "sent@80 +request",
        "the first of this run"
    );
    assert_eq!(taken_up.clone().step(Event::Start, at(1050)).next.attempt_octet(2), 2);
    assert_eq!(show(taken_up.clone().step(Event::Start, at(1061))), "waiting");
    assert_eq!(show(taken_up.clone().step(Event::Time, at(1066))), "waiting +get-result");
    assert_eq!(show(taken_up.step(Event::Time, at(1090))), "208 +cancel");
}

#[test]
fn pauses_double_and_no_submission_counts() {
    let mut transaction = Transaction::new(opening(sign())).step(Event::Start, at(1000)).next;
    let mut now = 1000;
    let mut pauses = Vec::new();
    for _ in 0..5 {
        transaction = transaction.step(Event::Submitted(Submission::Temporary), at(now)).next;
        let wake = transaction.wake_at(at(now)).unwrap().secs();
        pauses.push(wake - now);
        now = wake;
        transaction = transaction.step(Event::Time, at(now)).next;
    }
    assert_eq!(pauses, vec![1, 2, 4, 8, 8]);
    assert_eq!(transaction.sends(), 1);
}

/// Everything that leaves when time alone passes, by the second.
fn alone(mut transaction: Transaction, answer: fn(&Effect) -> Option<Event>) -> Vec<(i64, &'static str)> {
    let mut left = Vec::new();
    let mut now = 1000;
    while let Some(wake) = transaction.wake_at(at(now)) {
        now = wake.secs();
        let step = transaction.step(Event::Time, at(now));
        transaction = step.next;
        for effect in &step.effects {
            left.extend(match effect {
                Effect::Send(Purpose::Request) => Some((now - 1000, "request")),
                Effect::Send(Purpose::GetResult) => Some((now - 1000, "get-result")),
                Effect::Send(Purpose::Cancel) => Some((now - 1000, "cancel")),
                _ => None,
            });
            if let Some(event) = answer(effect) {
                transaction = transaction.step(event, at(now)).next;
            }
        }
    }
    left
}

fn long_opening(task: Task) -> Arc<Opening> {
    Arc::new(Opening {
        card_deadline: Timestamp::from_secs(1270),
        deadline: Timestamp::from_secs(1300),
        ..(*opening(task)).clone()
    })
}

#[test]
fn questions_come_at_growing_intervals_while_the_person_is_being_asked() {
    let reached = Transaction::new(long_opening(sign())).step(Event::Start, at(1000)).next;
    let reached = reached.step(Event::Reported(Rsc::OK), at(1000)).next;
    let open =
        |effect: &Effect| matches!(effect, Effect::Send(Purpose::GetResult)).then(|| said(Answer::Ack));
    assert_eq!(
        alone(reached.clone(), open),
        [
            (40, "get-result"),
            (120, "get-result"),
            (275, "get-result"),
            (280, "get-result"),
            (290, "get-result"),
            (300, "cancel")
        ],
        "answered: 40 s, then 80 s, then the card's end"
    );
    assert_eq!(
        alone(reached, |_| None),
        [
            (40, "get-result"),
            (50, "get-result"),
            (70, "get-result"),
            (110, "get-result"),
            (190, "get-result"),
            (275, "get-result"),
            (280, "get-result"),
            (290, "get-result"),
            (300, "cancel")
        ],
        "unanswered: 10 s, doubling"
    );
}

#[test]
fn a_phone_that_never_shows_itself_is_asked_rarely() {
    let sent = Transaction::new(long_opening(sign())).step(Event::Start, at(1000)).next;
    assert_eq!(
        alone(sent, |_| None),
        [
            (30, "request"),
            (60, "request"),
            (130, "get-result"),
            (170, "get-result"),
            (250, "get-result"),
            (275, "get-result"),
            (280, "get-result"),
            (290, "get-result"),
            (300, "cancel")
        ]
    );
}

#[test]
fn what_needs_no_person_is_repeated_soon() {
    let set = Task::SetCertificate { operation: Operation::Sign, certificate_hash: [1; 32] };
    let reached = Transaction::new(opening(set)).step(Event::Start, at(1000)).next;
    let reached = reached.step(Event::Reported(Rsc::OK), at(1000)).next;
    let left = alone(reached, |_| None);
    assert_eq!(left[..2], [(10, "request"), (20, "request")]);
}

#[test]
fn an_answer_to_an_earlier_message_neither_ends_nor_delays_anything() {
    let sent = Transaction::new(opening(sign())).step(Event::Start, at(1000)).next;
    for status in [CardStatus::TXN_UNKNOWN, CardStatus::BUSY] {
        let old = Event::Answered { answer: error(status, 9), latest: false };
        let step = sent.clone().step(old, at(1055));
        assert!(step.next.outcome().is_none() && step.effects.iter().all(|e| matches!(e, Effect::Notice(_))));
    }
}

#[test]
fn each_message_that_the_card_answers_has_an_attempt_of_its_own() {
    let mut transaction = Transaction::new(opening(sign())).step(Event::Start, at(1000)).next;
    let mut attempts = vec![transaction.attempt_octet(1)];
    for secs in [1030, 1065, 1070, 1080] {
        transaction = transaction.step(Event::Time, at(secs)).next;
        attempts.push(transaction.attempt_octet(1));
    }
    assert_eq!(attempts, [1, 2, 3, 4, 5]);
}

#[test]
fn a_request_that_the_card_does_not_know_goes_out_until_the_cards_time_is_over() {
    let unknown = |secs| {
        let sent = Transaction::new(opening(sign())).step(Event::Start, at(1000)).next;
        show(sent.step(said(error(CardStatus::TXN_UNKNOWN, 0)), at(secs)))
    };
    assert_eq!(unknown(1059), "sent@89 +request !");
    assert_eq!(unknown(1060), "208 +cancel");
}
