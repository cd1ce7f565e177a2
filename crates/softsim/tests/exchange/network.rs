use card_ota::osap::{Answer, Request};
use smpp::{
    Address, COctetString, CommandStatus, MessageId,
    message::ShortMessage,
    query::{CancelSm, QuerySm},
    receipt::MessageState,
};
use softsim::{
    Person, PersonAction,
    fault_switch::{Fate, Leg},
    screen::ScreenState,
    short_message_centre::{Config, ConfigError, DeliverAnswer, Esme, Input, Output, Smsc},
};

use crate::world::{AGREE, HOME, MSISDN, SHORT, World, sign_text, submission};

#[test]
fn out_of_coverage_messages_wait_until_their_validity_ends() {
    let mut world = World::enrolled(AGREE);
    world.act(PersonAction::SetCoverage(false));
    assert!(!world.screen().in_coverage);
    world.ask(1, Request::GetStatus);
    world.pass(59_999);
    assert!(world.receipts.is_empty() && world.answers.is_empty());
    world.act(PersonAction::SetCoverage(true));
    assert_eq!(world.receipts[0].state, MessageState::Delivered);
    assert!(matches!(world.answer(), Answer::Status { .. }));

    world.forget();
    world.act(PersonAction::SetCoverage(false));
    world.ask(2, Request::GetStatus);
    world.pass(60_000);
    assert_eq!(world.receipts[0].state, MessageState::Expired);
    assert!(world.receipts[0].message_id.as_str().unwrap().starts_with('T'));
    world.act(PersonAction::SetCoverage(true));
    assert!(world.answers.is_empty());
    assert_eq!(world.smsc.counts().expired, 1);
}

#[test]
fn what_is_signed_without_coverage_is_sent_when_it_is_back() {
    let mut world = World::enrolled(Person::Manual);
    world.ask(1, sign_text("tunnel"));
    world.act(PersonAction::SetCoverage(false));
    world.agree();
    assert!(world.answers.is_empty());
    assert_eq!(world.chip.signatures, 1);
    world.act(PersonAction::SetCoverage(true));
    assert!(matches!(world.answer(), Answer::Result { .. }));
}

#[test]
fn receipts_come_only_as_asked() {
    let mut world = World::enrolled(AGREE);
    for (registered, on_success, on_failure) in [(0, 0, 0), (1, 1, 1), (2, 0, 1), (3, 1, 0), (0x11, 1, 1)] {
        world.forget();
        world.step(vec![submission(vec![0], registered)]);
        assert_eq!(world.receipts.len(), on_success, "{registered}");
        world.forget();
        world.act(PersonAction::SetCoverage(false));
        world.step(vec![submission(vec![0], registered)]);
        world.pass(60_000);
        world.act(PersonAction::SetCoverage(true));
        assert_eq!(world.receipts.len(), on_failure, "{registered}");
    }
}

#[test]
fn a_message_can_be_asked_about_and_taken_back() {
    let mut world = World::enrolled(AGREE);
    let source = Address::short_number(SHORT).unwrap();
    let query = |message_id| Input::Query { esme: HOME, token: 1, query: QuerySm { message_id, source } };
    let cancel = |message_id| {
        let destination = Address::international("358401234567").unwrap();
        let cancel = CancelSm { service_type: COctetString::empty(), message_id, source, destination };
        Input::Cancel { esme: HOME, token: 2, cancel }
    };
    world.act(PersonAction::SetCoverage(false));
    world.step(vec![submission(vec![0], 1), submission(vec![1], 1), submission(vec![2], 1)]);
    let [.., first, second, third] = world.accepted[..] else { panic!() };
    world.step(vec![query(first), cancel(first), cancel(first), query(first), query(second)]);
    let states: Vec<_> = world.queried.iter().map(|answer| answer.as_ref().unwrap().message_state).collect();
    assert_eq!(states, [1, 4, 1], "enroute, deleted, enroute");
    assert_eq!(world.cancelled, [CommandStatus::ROK, CommandStatus::RCANCELFAIL]);
    assert_eq!(world.receipts.len(), 1);
    assert_eq!((world.receipts[0].message_id, world.receipts[0].state), (first, MessageState::Deleted));

    // Without a name: all that wait.
    world.step(vec![cancel(MessageId::empty()), cancel(MessageId::empty())]);
    assert_eq!(world.cancelled[2..], [CommandStatus::ROK, CommandStatus::RCANCELFAIL]);
    assert_eq!(world.receipts.len(), 3);
    world.act(PersonAction::SetCoverage(true));
    assert_eq!(world.receipts.len(), 3, "nothing was left to deliver");

    world.step(vec![submission(vec![0], 0)]);
    let delivered = *world.accepted.last().unwrap();
    world.queried.clear();
    let stranger = MessageId::try_from("X00000001").unwrap();
    world.step(vec![query(delivered), query(stranger), query(third)]);
    let answer = world.queried[0].as_ref().unwrap();
    assert_eq!((answer.message_state, answer.final_date.as_octets().len()), (2, 16));
    assert_eq!(world.queried[1], Err(CommandStatus::RQUERYFAIL));
    assert_eq!(world.queried[2].as_ref().unwrap().message_state, 4);
    let other = QuerySm { message_id: delivered, source: Address::short_number("17001").unwrap() };
    world.step(vec![Input::Query { esme: HOME, token: 1, query: other }, cancel(delivered)]);
    assert_eq!(world.queried[3], Err(CommandStatus::RQUERYFAIL));
    assert_eq!(world.cancelled.last(), Some(&CommandStatus::RCANCELFAIL));
}

#[test]
fn bad_submissions_are_refused_by_their_reason() {
    let mut world = World::enrolled(AGREE);
    type Change = fn(&mut smpp::Message);
    let cases: [(Change, CommandStatus); 7] = [
        (|m| m.destination = Address::international("358409999999").unwrap(), CommandStatus::RINVDSTADR),
        (|m| m.destination.number = "35840x".try_into().unwrap(), CommandStatus::RINVDSTADR),
        (|m| m.source.number = "18000".try_into().unwrap(), CommandStatus::RINVSRCADR),
        (|m| m.short_message = ShortMessage::try_from(vec![0; 141]).unwrap(), CommandStatus::RINVMSGLEN),
        (|m| m.validity_period = "tomorrow".try_into().unwrap(), CommandStatus::RINVEXPIRY),
        (|m| m.validity_period = "200101000000000+".try_into().unwrap(), CommandStatus::RINVEXPIRY),
        (|m| m.esm_class = 0x44, CommandStatus::RINVESMCLASS),
    ];
    for (change, status) in cases {
        let Input::Submit { esme, token, mut message } = submission(vec![0], 0) else { panic!() };
        change(&mut message);
        world.forget();
        world.step(vec![Input::Submit { esme, token, message }]);
        assert_eq!(world.refused, [status]);
    }
    let Input::Submit { esme, token, mut message } = submission(vec![0], 0) else { panic!() };
    message.destination.number = "+358401234567".try_into().unwrap();
    world.forget();
    world.step(vec![Input::Submit { esme, token, message }]);
    assert!(world.refused.is_empty());
}

#[test]
fn queues_are_bounded() {
    let mut world = World::enrolled(AGREE);
    world.act(PersonAction::SetCoverage(false));
    for _ in 0..40 {
        world.step(vec![submission(vec![0], 0)]);
    }
    assert_eq!(world.refused, [CommandStatus::RMSGQFUL; 8]);
}

const CHANGES: [fn(&mut smpp::Message); 3] =
    [|m| m.protocol_id = 0, |m| m.data_coding = 4, |m| m.esm_class = 0];

#[test]
fn messages_that_are_not_for_the_card_do_not_reach_it() {
    let mut world = World::enrolled(AGREE);
    for change in CHANGES {
        let data =
            card_ota::osap::Message { txn: card_ota::osap::TxnId(1), attempt: 1, body: Request::GetStatus };
        let mut user_data = vec![2, 0x70, 0];
        user_data.extend(world.seal(&data.encode().unwrap()));
        let Input::Submit { esme, token, mut message } = submission(user_data, 0) else { panic!() };
        change(&mut message);
        world.step(vec![Input::Submit { esme, token, message }]);
    }
    assert!(world.answers.is_empty() && world.responses.is_empty());
}

#[test]
fn lost_repeated_and_late_segments() {
    let long = "x".repeat(200);
    // A lost segment: silence; the whole message again under a new reference arrives.
    let mut world = World::enrolled(AGREE);
    let mut left = 1;
    world.smsc.set_faults(Some(Box::new(move |leg, _, _| {
        if leg == Leg::Down && left > 0 {
            left -= 1;
            Fate::Lose
        } else {
            Fate::Pass
        }
    })));
    world.ask(1, sign_text(&long));
    assert!(world.responses.is_empty() && world.answers.is_empty());
    assert_eq!(world.receipts.len(), 1, "of the second segment");
    world.ask_again(1, 2, sign_text(&long));
    assert!(matches!(world.answer(), Answer::Result { .. }));

    // Everything twice in both directions: the card and the server each take it once.
    let mut world = World::enrolled(AGREE);
    world.smsc.set_faults(Some(Box::new(|_, _, _| Fate::Duplicate)));
    world.ask(1, sign_text(&long));
    assert!(matches!(world.answer(), Answer::Result { .. }));
    assert_eq!(world.chip.signatures, 1);

    // The first segment later than the second; the answer later than that.
    let mut world = World::enrolled(AGREE);
    let mut first = true;
    world.smsc.set_faults(Some(Box::new(move |leg, _, _| match leg {
        Leg::Down if std::mem::take(&mut first) => Fate::Delay(500),
        Leg::Down => Fate::Pass,
        Leg::Up => Fate::Delay(250),
    })));
    world.ask(1, sign_text(&long));
    world.pass(499);
    assert!(world.responses.is_empty());
    world.pass(250);
    assert!(world.answers.is_empty());
    world.pass(1);
    assert!(matches!(world.answer(), Answer::Result { .. }));
    assert_eq!(world.responses.len(), 1);
}

/// Steps without answering what is delivered, unlike [`World::step`].
fn deliveries(world: &mut World, inputs: Vec<Input>) -> Vec<softsim::short_message_centre::DeliveryId> {
    let step = world.smsc.step(inputs, world.now_ms, &mut world.chip, &mut |octets| octets.fill(7));
    let delivery = |output| match output {
        Output::Deliver { delivery, .. } => Some(delivery),
        Output::SubmitAnswer { .. } | Output::QueryAnswer { .. } | Output::CancelAnswer { .. } => None,
    };
    step.outputs.into_iter().filter_map(delivery).collect()
}

#[test]
fn an_esme_gets_what_it_did_not_answer_again() {
    let mut world = World::enrolled(AGREE);
    deliveries(&mut world, vec![Input::EsmeUnbound(HOME)]);
    let submissions = || vec![submission(vec![0], 1), submission(vec![0], 1), submission(vec![0], 1)];
    assert!(deliveries(&mut world, submissions()).is_empty(), "nobody is bound");
    let sent = deliveries(&mut world, vec![Input::EsmeBound(HOME)]);
    assert_eq!(sent.len(), 3);
    let answer = |place: usize, answer| Input::DeliverAnswer { delivery: sent[place], answer };
    // One is taken, one lost with its connection, one refused for now; the refusal holds the queue for a second.
    let again = deliveries(
        &mut world,
        vec![
            answer(0, DeliverAnswer::Status(CommandStatus::ROK)),
            answer(2, DeliverAnswer::Status(CommandStatus::RX_T_APPN)),
            answer(1, DeliverAnswer::Lost),
        ],
    );
    assert!(again.is_empty());
    assert_eq!(world.smsc.next_wake_ms(world.now_ms), Some(world.now_ms + 1_000));
    world.now_ms += 1_000;
    assert_eq!(deliveries(&mut world, Vec::new()), sent[1..]);
    // Unbound and bound: in order again. A permanent refusal ends it.
    assert_eq!(deliveries(&mut world, vec![Input::EsmeUnbound(HOME), Input::EsmeBound(HOME)]), sent[1..]);
    let refused = DeliverAnswer::Status(CommandStatus::RX_P_APPN);
    deliveries(&mut world, vec![answer(1, refused), answer(2, refused), answer(2, refused)]);
    assert_eq!(world.smsc.counts().lost, 2);
    world.now_ms += 3_600_000;
    assert!(deliveries(&mut world, Vec::new()).is_empty());
}

#[test]
fn the_window_bounds_what_is_unanswered() {
    let mut world = World::enrolled(AGREE);
    let mut sent = Vec::new();
    for _ in 0..130 {
        sent.extend(deliveries(&mut world, vec![submission(vec![0], 1)]));
    }
    assert_eq!(sent.len(), 100);
    let done = DeliverAnswer::Status(CommandStatus::ROK);
    let answers =
        sent.iter().take(5).map(|delivery| Input::DeliverAnswer { delivery: *delivery, answer: done });
    let more = deliveries(&mut world, answers.collect());
    assert_eq!(more.len(), 5);
}

#[test]
fn a_delivery_takes_its_time() {
    let home = Esme { system_id: "home".to_owned(), numbers: vec![SHORT.try_into().unwrap()] };
    let config = Config { delivery_delay_ms: 300, ..Config::new(vec![home.clone()], "D".to_owned()) };
    let mut world = World::enrolled(AGREE);
    world.smsc = Smsc::new(config).unwrap();
    let image = softsim::CardImage::from_octets(world.stored[&MSISDN].clone());
    world.smsc.insert(MSISDN, &image, Person::Manual).unwrap();
    world.step(vec![Input::EsmeBound(HOME)]);
    world.ask(1, sign_text("in a moment"));
    world.pass(299);
    assert_eq!(world.screen().state, ScreenState::Idle);
    world.pass(1);
    assert_eq!(world.screen().state, ScreenState::AskPin);
    let twice = Smsc::new(Config::new(vec![home.clone(), home], String::new())).err();
    assert_eq!(twice, Some(ConfigError::NumberTwice));
}

#[test]
fn an_onlooker_sees_prompts_signatures_faults_and_what_was_handed_over() {
    use softsim::sight::{About, Seen};

    let mut world = World::enrolled(AGREE);
    world.step(vec![]);
    world.smsc.observe();
    let mut up = 0;
    world.smsc.set_faults(Some(Box::new(move |leg, _, _| {
        up += u32::from(leg == Leg::Up);
        // The report arrives, the answer does not.
        if leg == Leg::Up && up == 2 { Fate::Lose } else { Fate::Pass }
    })));
    world.ask(1, sign_text("seen"));
    world.ask_again(1, 2, Request::GetResult);
    let about = |kind| About { txn: 1, kind };
    let seen: Vec<Seen> = world.sights.drain(..).map(|sight| sight.what).collect();
    assert_eq!(
        seen,
        [
            Seen::Radio { leg: Leg::Up, fate: Fate::Lose },
            Seen::Asked(about(0x03)),
            Seen::Prompted { txn: 1, text: "seen".into() },
            Seen::Made { txn: 1 },
            Seen::Answered(about(0x82)),
            Seen::Asked(about(0x0A)),
            Seen::Answered(about(0x82)),
            Seen::HandedOver(about(0x82)),
        ]
    );
}
