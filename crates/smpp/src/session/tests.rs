use super::*;
use crate::{Address, Body, Password, Pdu, framer::Framer, malformed::Malformed, message::ShortMessage};

fn config() -> SessionConfig {
    SessionConfig { window: 3, queue: 10, inbound_window: 2, ..SessionConfig::default() }
}

fn bind(mode: BindMode) -> Bind {
    Bind::new(mode, COctetString::try_from("mssp").unwrap(), Password::new(b"s3cret").unwrap())
}

fn message(text: &str) -> Message {
    Message {
        destination: Address::international("358401234567").unwrap(),
        short_message: ShortMessage::try_from(text.as_bytes().to_vec()).unwrap(),
        ..Message::default()
    }
}

/// Takes the output as PDUs.
fn output(session: &mut Session) -> Vec<Pdu> {
    let mut framer = Framer::new();
    framer.feed(session.output());
    session.written(session.output().len());
    std::iter::from_fn(|| framer.next_pdu()).map(Result::unwrap).collect()
}

fn events(session: &mut Session) -> Vec<Event> {
    session.drain_events().collect()
}

fn give(session: &mut Session, pdu: &Pdu, now: u64) {
    let mut octets = Vec::new();
    pdu.encode(&mut octets);
    session.receive(&octets, now);
}

fn respond(session: &mut Session, sequence: u32, status: CommandStatus, body: Body, now: u64) {
    give(session, &Pdu { status, sequence, body }, now);
}

fn accepted(id: &str) -> Body {
    Body::SubmitSmResp(Some(MessageResp { message_id: id.try_into().unwrap(), tlvs: Tlvs::new() }))
}

fn bound_esme(config: SessionConfig) -> Session {
    let mut session = Session::esme(config, &bind(BindMode::Transceiver), 0);
    let asked = output(&mut session);
    assert!(matches!(asked[0].body, Body::Bind(_)));
    let resp = BindResp { system_id: "smsc".try_into().unwrap(), tlvs: Tlvs::new() };
    let body = Body::BindResp(BindMode::Transceiver, Some(resp));
    respond(&mut session, asked[0].sequence, CommandStatus::ROK, body, 0);
    assert_eq!(events(&mut session), [Event::Bound { system_id: "smsc".try_into().unwrap() }]);
    session
}

fn bound_smsc(mode: BindMode) -> Session {
    let mut session = Session::smsc(config(), 0);
    give(&mut session, &Pdu::request(1, Body::Bind(bind(mode))), 0);
    let asked = events(&mut session);
    let [Event::BindAsked(asked)] = asked.as_slice() else { panic!("a bind is asked for") };
    assert!(asked.is_from(&"mssp".try_into().unwrap(), &Password::new(b"s3cret").unwrap()));
    session.accept_bind("smsc".try_into().unwrap(), 0);
    let answer = output(&mut session);
    assert_eq!((answer[0].status, answer[0].sequence), (CommandStatus::ROK, 1));
    session
}

fn sequences(pdus: &[Pdu]) -> Vec<u32> {
    pdus.iter().map(|pdu| pdu.sequence).collect()
}

#[test]
fn both_ends_understand_each_other() {
    let mut esme = Session::esme(config(), &bind(BindMode::Transceiver), 0);
    let mut smsc = Session::smsc(config(), 0);
    let pass = |from: &mut Session, to: &mut Session| {
        let octets = from.output().to_vec();
        from.written(octets.len());
        to.receive(&octets, 1);
    };
    esme.send(message("early"), 1, 0);
    pass(&mut esme, &mut smsc);
    smsc.accept_bind("smsc".try_into().unwrap(), 1);
    smsc.send(message("mo"), 9, 1);
    pass(&mut smsc, &mut esme);
    pass(&mut esme, &mut smsc);
    let at_esme = events(&mut esme);
    let [Event::Bound { .. }, Event::Received { sequence: mo, message: text }] = at_esme.as_slice() else {
        panic!("{at_esme:?}")
    };
    assert_eq!(text.user_data(), b"mo");
    esme.answer(*mo, CommandStatus::ROK, MessageId::empty());
    pass(&mut esme, &mut smsc);
    let at_smsc = events(&mut smsc);
    let [
        Event::BindAsked(_),
        Event::Received { sequence, message: text },
        Event::Answered { token: 9, result: Ok(_) },
    ] = at_smsc.as_slice()
    else {
        panic!("{at_smsc:?}")
    };
    assert_eq!(text.user_data(), b"early");
    smsc.answer(*sequence, CommandStatus::ROK, "A1".try_into().unwrap());
    pass(&mut smsc, &mut esme);
    assert_eq!(events(&mut esme), [Event::Answered { token: 1, result: Ok("A1".try_into().unwrap()) }]);
    esme.unbind(2);
    pass(&mut esme, &mut smsc);
    assert_eq!(events(&mut smsc), [Event::Closed(CloseReason::PeerUnbound)]);
    pass(&mut smsc, &mut esme);
    assert_eq!(events(&mut esme), [Event::Closed(CloseReason::Unbound)]);
}

#[test]
fn a_refused_bind_ends_the_session() {
    let mut session = Session::esme(config(), &bind(BindMode::Transceiver), 0);
    session.send(message("x"), 1, 0);
    output(&mut session);
    let refusal = Body::BindResp(BindMode::Transceiver, None);
    respond(&mut session, 1, CommandStatus::RINVPASWD, refusal, 5);
    assert_eq!(
        events(&mut session),
        [Event::BindRefused(CommandStatus::RINVPASWD), Event::Closed(CloseReason::BindRefused)]
    );
    assert_eq!(session.take_unsent().map(|(_, token)| token).collect::<Vec<_>>(), [1]);

    let mut smsc = Session::smsc(config(), 0);
    give(&mut smsc, &Pdu::request(4, Body::Bind(bind(BindMode::Receiver))), 0);
    smsc.refuse_bind(CommandStatus::RINVPASWD);
    let answer = output(&mut smsc);
    assert_eq!(answer[0].body, Body::BindResp(BindMode::Receiver, None));
    assert!(smsc.is_closed());
}

#[test]
fn without_a_bind_time_runs_out() {
    for mut session in [Session::smsc(config(), 0), Session::esme(config(), &bind(BindMode::Receiver), 0)] {
        assert_eq!(session.deadline(0), Some(10_000));
        session.tick(9_999);
        assert!(!session.is_closed());
        session.tick(10_000);
        assert_eq!(events(&mut session), [Event::Closed(CloseReason::BindTimeout)]);
        assert_eq!(session.deadline(10_000), None);
    }
}

#[test]
fn the_window_bounds_what_is_unanswered() {
    let mut session = bound_esme(config());
    for token in 0..5 {
        session.send(message("x"), token, 0);
    }
    assert_eq!(sequences(&output(&mut session)), [2, 3, 4]);
    // Out of order, and by sequence number alone.
    respond(&mut session, 4, CommandStatus::ROK, accepted("c"), 1);
    assert_eq!(sequences(&output(&mut session)), [5]);
    respond(&mut session, 2, CommandStatus::RINVDSTADR, Body::SubmitSmResp(None), 1);
    respond(&mut session, 2, CommandStatus::ROK, accepted("again"), 1);
    respond(&mut session, 77, CommandStatus::ROK, accepted("invented"), 1);
    assert_eq!(
        events(&mut session),
        [
            Event::Answered { token: 2, result: Ok("c".try_into().unwrap()) },
            Event::Answered { token: 0, result: Err(SendFailure::Refused(CommandStatus::RINVDSTADR)) },
        ]
    );
}

#[test]
fn the_queue_is_bounded_too() {
    let mut session = bound_esme(config());
    for token in 0..14 {
        session.send(message("x"), token, 0);
    }
    assert_eq!(events(&mut session), [Event::Answered { token: 13, result: Err(SendFailure::QueueFull) }]);
}

#[test]
fn an_answer_that_does_not_come_is_unknown() {
    let mut session = bound_esme(config());
    session.send(message("x"), 1, 100);
    session.send(message("y"), 2, 200);
    assert_eq!(session.deadline(200), Some(10_100));
    session.tick(10_100);
    assert_eq!(events(&mut session), [Event::Answered { token: 1, result: Err(SendFailure::Unknown) }]);
    respond(&mut session, 2, CommandStatus::ROK, accepted("late"), 10_150);
    assert_eq!(events(&mut session), []);
}

#[test]
fn a_lost_link_makes_everything_under_way_unknown() {
    let mut session = bound_esme(config());
    for token in 1..=5 {
        session.send(message("x"), token, 0);
    }
    session.lost();
    let unknown = |token| Event::Answered { token, result: Err(SendFailure::Unknown) };
    assert_eq!(events(&mut session), [unknown(1), unknown(2), unknown(3), Event::Closed(CloseReason::Lost)]);
    assert_eq!(session.take_unsent().map(|(_, token)| token).collect::<Vec<_>>(), [4, 5]);
    session.send(message("x"), 6, 0);
    assert_eq!(events(&mut session), [Event::Answered { token: 6, result: Err(SendFailure::NotSent) }]);
}

#[test]
fn a_silent_peer_is_asked_then_given_up() {
    let mut session = bound_esme(config());
    assert_eq!(session.deadline(0), Some(30_000));
    session.tick(30_000);
    assert_eq!(output(&mut session)[0].body, Body::EnquireLink);
    session.tick(40_000);
    let again = output(&mut session);
    assert_eq!(again[0].body, Body::EnquireLink);
    // Any PDU proves life.
    respond(&mut session, again[0].sequence, CommandStatus::ROK, Body::EnquireLinkResp, 41_000);
    assert_eq!(session.deadline(41_000), Some(71_000));
    for at in [71_000, 81_000] {
        session.tick(at);
        assert_eq!(output(&mut session).len(), 1);
    }
    session.tick(91_000);
    assert_eq!(events(&mut session), [Event::Closed(CloseReason::Silent)]);
}

#[test]
fn an_enquiry_is_answered_at_once_even_while_throttled() {
    let mut session = bound_esme(config());
    session.send(message("x"), 1, 0);
    respond(&mut session, 2, CommandStatus::RTHROTTLED, Body::SubmitSmResp(None), 10);
    output(&mut session);
    give(&mut session, &Pdu::request(500, Body::EnquireLink), 20);
    let answer = output(&mut session);
    assert_eq!((answer.len(), answer[0].sequence, &answer[0].body), (1, 500, &Body::EnquireLinkResp));
}

#[test]
fn throttled_messages_are_sent_again_in_order_after_a_second() {
    let mut session = bound_esme(config());
    for token in 1..=4 {
        session.send(message(&token.to_string()), token, 0);
    }
    output(&mut session);
    for sequence in [2, 3, 4] {
        respond(&mut session, sequence, CommandStatus::RTHROTTLED, Body::SubmitSmResp(None), 10);
    }
    assert_eq!(output(&mut session).len(), 0);
    assert_eq!(events(&mut session), []);
    let mut texts = Vec::new();
    let mut now = 10;
    while texts.len() < 4 {
        now = session.deadline(now).unwrap();
        session.tick(now);
        for pdu in output(&mut session) {
            let Body::SubmitSm(message) = pdu.body else { continue };
            texts.push((now, String::from_utf8(message.user_data().to_vec()).unwrap()));
            respond(&mut session, pdu.sequence, CommandStatus::ROK, accepted("ok"), now);
        }
    }
    let order: Vec<&str> = texts.iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(order, ["1", "2", "3", "4"]);
    assert!(texts[0].0 >= 1_010, "{texts:?}");
    assert!(texts[3].0 < 10_000, "{texts:?}");
    assert_eq!(events(&mut session).len(), 4);
}

#[test]
fn what_waits_for_too_long_comes_back_and_never_leaves() {
    // An SMSC that throttles everything for ever; and, behind its window, two that never had a chance.
    let mut session = bound_esme(SessionConfig { queue_ms: 5_000, response_ms: 60_000, ..config() });
    for token in 1..=5 {
        session.send(message(&token.to_string()), token, token);
    }
    let mut now = 10;
    let mut ends = Vec::new();
    while ends.len() < 5 {
        for pdu in output(&mut session) {
            respond(&mut session, pdu.sequence, CommandStatus::RTHROTTLED, Body::SubmitSmResp(None), now);
        }
        now = session.deadline(now).unwrap().max(now + 1);
        assert!(now <= 5_010, "{ends:?}");
        session.tick(now);
        ends.extend(events(&mut session));
    }
    let never_sent = |token| Event::Answered { token, result: Err(SendFailure::NotSent) };
    assert_eq!(ends, (1..=5).map(never_sent).collect::<Vec<_>>());
    for later in [now + 1_000, now + 10_000] {
        session.tick(later);
        assert!(!output(&mut session).iter().any(|pdu| matches!(pdu.body, Body::SubmitSm(_))));
    }
    // A window that is full of requests without an answer.
    let mut session = bound_esme(SessionConfig { queue_ms: 5_000, response_ms: 8_000, ..config() });
    for token in 1..=4 {
        session.send(message("x"), token, 0);
    }
    session.tick(5_000);
    assert_eq!(events(&mut session), [never_sent(4)]);
    session.tick(8_000);
    assert_eq!(events(&mut session).len(), 3);
}

#[test]
fn garbage_is_refused_and_the_stream_goes_on() {
    let mut session = bound_smsc(BindMode::Transceiver);
    // An unknown command, a submit_sm cut short, a replacement; then a good PDU in the same octets.
    let mut octets = vec![0, 0, 0, 18, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 7, 1, 2];
    octets.extend([0, 0, 0, 20, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 0, 1, 1, 0]);
    Pdu::request(9, Body::ReplaceSm(crate::ReplaceSm::default())).encode(&mut octets);
    Pdu::request(10, Body::SubmitSm(message("good"))).encode(&mut octets);
    session.receive(&octets, 1);
    let answers = output(&mut session);
    let shown: Vec<_> = answers.iter().map(|pdu| (pdu.body.command(), pdu.status, pdu.sequence)).collect();
    assert_eq!(
        shown,
        [
            (CommandId::GENERIC_NACK, CommandStatus::RINVCMDID, 7),
            (CommandId::SUBMIT_SM_RESP, CommandStatus::RINVCMDLEN, 8),
            (CommandId::REPLACE_SM_RESP, CommandStatus::RREPLACEFAIL, 9),
        ]
    );
    let told = events(&mut session);
    let [
        Event::Unserved { command: CommandId(0x1234), sequence: 7 },
        Event::Malformed(header, Malformed::Short("destination_addr")),
        Event::Received { sequence: 10, .. },
    ] = told.as_slice()
    else {
        panic!("{told:?}")
    };
    assert_eq!((header.command, header.sequence), (CommandId::SUBMIT_SM, 8));
}

#[test]
fn a_wrong_length_or_endless_garbage_closes() {
    let mut session = bound_smsc(BindMode::Transceiver);
    session.receive(&[0, 1, 0, 1], 1);
    let answer = output(&mut session);
    assert_eq!(
        (answer[0].body.command(), answer[0].status),
        (CommandId::GENERIC_NACK, CommandStatus::RINVCMDLEN)
    );
    assert_eq!(events(&mut session), [Event::Closed(CloseReason::Garbage)]);

    let bad = [0, 0, 0, 17, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 8, 0];
    let unknown = [0, 0, 0, 16, 0, 0, 0x12, 0x34, 0, 0, 0, 0, 0, 0, 0, 8];
    for (mut session, octets) in
        [(bound_smsc(BindMode::Transceiver), &bad[..]), (Session::smsc(config(), 0), &unknown)]
    {
        for _ in 0..OFFENCE_LIMIT {
            assert!(!session.is_closed());
            session.receive(octets, 1);
        }
        assert_eq!(events(&mut session).pop(), Some(Event::Closed(CloseReason::Garbage)));
    }

    // A peer that has bound may have more commands than we serve.
    let mut session = bound_esme(config());
    for _ in 0..=OFFENCE_LIMIT {
        session.receive(&unknown, 1);
    }
    assert!(!session.is_closed());
}

#[test]
fn a_malformed_answer_still_ends_its_request() {
    let mut session = bound_esme(config());
    session.send(message("x"), 1, 0);
    session.send(message("y"), 2, 0);
    session.send(message("z"), 3, 0);
    // submit_sm_resp without the NUL of its message_id: once accepted, once refused.
    session.receive(&[0, 0, 0, 17, 0x80, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 2, 0x41], 1);
    session.receive(&[0, 0, 0, 17, 0x80, 0, 0, 4, 0, 0, 0, 0x0A, 0, 0, 0, 3, 0x41], 1);
    respond(&mut session, 4, CommandStatus::RINVCMDID, Body::GenericNack, 1);
    let failed = |token, failure| Event::Answered { token, result: Err(failure) };
    let told: Vec<_> =
        session.drain_events().filter(|event| !matches!(event, Event::Malformed(..))).collect();
    assert_eq!(
        told,
        [
            failed(1, SendFailure::Unknown),
            failed(2, SendFailure::Refused(CommandStatus::RINVSRCADR)),
            failed(3, SendFailure::Refused(CommandStatus::RINVCMDID)),
        ]
    );
}

#[test]
fn messages_in_the_wrong_state_or_direction_are_refused() {
    let mut fresh = Session::smsc(config(), 0);
    give(&mut fresh, &Pdu::request(3, Body::SubmitSm(message("x"))), 0);
    assert_eq!(output(&mut fresh)[0].status, CommandStatus::RINVBNDSTS);

    let mut receiver = bound_smsc(BindMode::Receiver);
    give(&mut receiver, &Pdu::request(2, Body::SubmitSm(message("x"))), 0);
    give(&mut receiver, &Pdu::request(3, Body::DeliverSm(message("x"))), 0);
    give(&mut receiver, &Pdu::request(4, Body::Bind(bind(BindMode::Receiver))), 0);
    let statuses: Vec<_> = output(&mut receiver).iter().map(|pdu| pdu.status).collect();
    assert_eq!(statuses, [CommandStatus::RINVBNDSTS, CommandStatus::RINVCMDID, CommandStatus::RALYBND]);

    let mut transmitter = bound_smsc(BindMode::Transmitter);
    transmitter.send(message("mo"), 5, 0);
    assert_eq!(events(&mut transmitter), [Event::Answered { token: 5, result: Err(SendFailure::NotSent) }]);
    let refused = Event::Unserved { command: CommandId::DELIVER_SM, sequence: 3 };
    assert_eq!(events(&mut receiver), [refused]);
    for session in [&mut fresh, &mut transmitter] {
        assert_eq!(events(session), []);
    }
}

#[test]
fn the_owner_is_not_flooded() {
    let mut session = bound_smsc(BindMode::Transceiver);
    for sequence in 2..=4 {
        give(&mut session, &Pdu::request(sequence, Body::SubmitSm(message("x"))), 0);
    }
    assert_eq!(events(&mut session).len(), 2);
    let answer = output(&mut session);
    assert_eq!((answer.len(), answer[0].sequence, answer[0].status), (1, 4, CommandStatus::RTHROTTLED));
    session.answer(2, CommandStatus::ROK, "id".try_into().unwrap());
    give(&mut session, &Pdu::request(5, Body::SubmitSm(message("x"))), 0);
    assert_eq!(events(&mut session).len(), 1);
}

#[test]
fn answers_have_the_body_their_command_wants() {
    let mut smsc = bound_smsc(BindMode::Transceiver);
    smsc.answer(2, CommandStatus::RSUBMITFAIL, "id".try_into().unwrap());
    smsc.answer(3, CommandStatus::ROK, "id".try_into().unwrap());
    let bodies: Vec<_> = output(&mut smsc).into_iter().map(|pdu| pdu.body).collect();
    assert_eq!(bodies, [Body::SubmitSmResp(None), accepted("id")]);
    let mut esme = bound_esme(config());
    esme.answer(2, CommandStatus::RX_T_APPN, MessageId::empty());
    assert_eq!(output(&mut esme)[0].body, Body::DeliverSmResp(Some(MessageResp::default())));
}

#[test]
fn unbinding_waits_for_what_is_under_way() {
    let mut session = bound_esme(config());
    session.send(message("x"), 1, 0);
    output(&mut session);
    session.unbind(1);
    session.send(message("y"), 2, 1);
    assert_eq!(output(&mut session), []);
    respond(&mut session, 2, CommandStatus::ROK, accepted("a"), 2);
    let unbind = output(&mut session);
    assert_eq!(unbind[0].body, Body::Unbind);
    respond(&mut session, unbind[0].sequence, CommandStatus::ROK, Body::UnbindResp, 3);
    assert_eq!(
        events(&mut session),
        [
            Event::Answered { token: 2, result: Err(SendFailure::NotSent) },
            Event::Answered { token: 1, result: Ok("a".try_into().unwrap()) },
            Event::Closed(CloseReason::Unbound),
        ]
    );
}

#[test]
fn unbinding_does_not_wait_for_ever() {
    let mut session = bound_esme(config());
    session.send(message("x"), 1, 0);
    session.unbind(5_000);
    output(&mut session);
    assert_eq!(session.deadline(5_000), Some(10_000));
    session.tick(10_000);
    assert_eq!(output(&mut session)[0].body, Body::Unbind);
    assert_eq!(session.deadline(10_000), Some(20_000));
    session.tick(20_000);
    assert!(session.is_closed());
}

#[test]
fn sequence_numbers_wrap_to_one() {
    let mut session = bound_esme(config());
    session.link.skip_to_sequence(0x7FFF_FFFE);
    session.send(message("x"), 1, 0);
    session.send(message("y"), 2, 0);
    assert_eq!(sequences(&output(&mut session)), [0x7FFF_FFFF, 1]);
    respond(&mut session, 1, CommandStatus::ROK, accepted("b"), 0);
    assert_eq!(events(&mut session), [Event::Answered { token: 2, result: Ok("b".try_into().unwrap()) }]);
}

#[test]
fn commands_without_a_response_get_none() {
    let mut session = bound_esme(config());
    session.receive(&[0, 0, 0, 16, 0, 0, 0, 0x0B, 0, 0, 0, 0, 0, 0, 0, 1], 0);
    session.receive(&[0, 0, 0, 16, 0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 1], 0);
    session.receive(&[0, 0, 0, 16, 0x80, 0, 0x12, 0, 0, 0, 0, 0, 0, 0, 0, 1], 0);
    assert_eq!(output(&mut session), []);
}

#[test]
fn data_sm_goes_both_ways_and_is_answered_as_such() {
    let mut esme = bound_esme(config());
    let mut smsc = bound_smsc(BindMode::Transceiver);
    for (from, to) in [(true, false), (false, true)] {
        let (from, to) = match (from, to) {
            (true, _) => (&mut esme, &mut smsc),
            _ => (&mut smsc, &mut esme),
        };
        from.send(Message { carriage: Carriage::Data, ..message("by data_sm") }, 5, 0);
        let sent = output(from);
        assert!(matches!(sent[0].body, Body::DataSm(_)), "{sent:?}");
        give(to, &sent[0], 0);
        let told = events(to);
        let [Event::Received { sequence, message }] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((message.user_data(), message.carriage), (&b"by data_sm"[..], Carriage::Data));
        to.answer(*sequence, CommandStatus::ROK, "id".try_into().unwrap());
        // A message in the usual PDU with the same number afterwards gets the usual answer.
        to.answer(*sequence, CommandStatus::ROK, MessageId::empty());
        let answers = output(to);
        assert!(matches!(answers[0].body, Body::DataSmResp(Some(_))), "{answers:?}");
        assert!(matches!(answers[1].body, Body::SubmitSmResp(_) | Body::DeliverSmResp(_)), "{answers:?}");
        give(from, &answers[0], 1);
        assert_eq!(events(from), [Event::Answered { token: 5, result: Ok("id".try_into().unwrap()) }]);
    }
}

#[test]
fn data_sm_is_refused_as_the_usual_pdus_are() {
    let mut session = bound_smsc(BindMode::Receiver);
    give(&mut session, &Pdu::request(7, Body::DataSm(DataSm::default())), 0);
    let mut far = DataSm::default();
    far.source.number = COctetString::new(&[b'1'; 40]).unwrap();
    give(&mut session, &Pdu::request(8, Body::DataSm(far)), 0);
    let statuses: Vec<_> = output(&mut session).iter().map(|pdu| (pdu.sequence, pdu.status)).collect();
    assert_eq!(statuses, [(7, CommandStatus::RINVBNDSTS), (8, CommandStatus::RINVSRCADR)]);
    assert_eq!(events(&mut session), []);
    let mut message = Message { carriage: Carriage::Data, ..message("no room") };
    message.tlvs.push(crate::tlv::Tag(0x1400), &vec![0; Tlvs::LIMIT - 8]).unwrap();
    let mut session = bound_esme(config());
    session.send(message, 1, 0);
    let refused = Err(SendFailure::Refused(CommandStatus::RINVMSGLEN));
    assert_eq!(events(&mut session), [Event::Answered { token: 1, result: refused }]);
}

#[test]
fn questions_about_messages_are_the_owners() {
    let mut session = bound_smsc(BindMode::Transceiver);
    let query = crate::query::QuerySm { message_id: "17".try_into().unwrap(), ..Default::default() };
    let cancel = crate::query::CancelSm { message_id: "18".try_into().unwrap(), ..Default::default() };
    give(&mut session, &Pdu::request(5, Body::QuerySm(query.clone())), 0);
    give(&mut session, &Pdu::request(6, Body::CancelSm(cancel.clone())), 0);
    // The window of the test is two.
    give(&mut session, &Pdu::request(7, Body::QuerySm(query.clone())), 0);
    assert_eq!(
        events(&mut session),
        [Event::QueryAsked { sequence: 5, query: query.clone() }, Event::CancelAsked { sequence: 6, cancel },]
    );
    assert_eq!(output(&mut session)[0].status, CommandStatus::RTHROTTLED);
    session.answer_query(5, Err(CommandStatus::RQUERYFAIL));
    session.answer_cancel(6, CommandStatus::RCANCELFAIL);
    give(&mut session, &Pdu::request(8, Body::QuerySm(query.clone())), 0);
    let found = QuerySmResp { message_id: query.message_id, message_state: 2, ..Default::default() };
    session.answer_query(8, Ok(found.clone()));
    let answers: Vec<_> = output(&mut session).into_iter().map(|pdu| (pdu.status, pdu.body)).collect();
    assert_eq!(
        answers,
        [
            (CommandStatus::RQUERYFAIL, Body::QuerySmResp(None)),
            (CommandStatus::RCANCELFAIL, Body::CancelSmResp),
            (CommandStatus::ROK, Body::QuerySmResp(Some(found))),
        ]
    );
    // Whoever has not bound, or only to receive, asks nothing; an ESME is never asked.
    let mut stranger = Session::smsc(config(), 0);
    give(&mut stranger, &Pdu::request(1, Body::QuerySm(query.clone())), 0);
    assert_eq!(output(&mut stranger)[0].status, CommandStatus::RINVBNDSTS);
    let mut esme = bound_esme(config());
    give(&mut esme, &Pdu::request(1, Body::QuerySm(query)), 0);
    assert_eq!(output(&mut esme)[0].body, Body::GenericNack);
}

/// The start of a deliver_sm of 64 octets.
const BEGUN: [u8; 17] = [0, 0, 0, 64, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 9, 0];

#[test]
fn a_pdu_that_stops_halfway_ends_the_session() {
    let mut session = bound_esme(config());
    session.receive(&BEGUN, 1_000);
    assert_eq!(session.deadline(1_000), Some(11_000));
    // An octet now and then does not help.
    for now in [4_000, 8_000, 10_999] {
        session.receive(&[0], now);
        session.tick(now);
        assert!(!session.is_closed());
    }
    session.tick(11_000);
    assert_eq!(events(&mut session), [Event::Closed(CloseReason::Stalled)]);
    // Before the bind, too.
    let mut session = Session::smsc(SessionConfig { bind_ms: 60_000, ..config() }, 0);
    session.receive(&BEGUN[..3], 0);
    assert_eq!(session.deadline(0), Some(10_000));
    session.tick(10_000);
    assert_eq!(events(&mut session), [Event::Closed(CloseReason::Stalled)]);
}

#[test]
fn a_pdu_that_ends_in_time_starts_the_clock_anew() {
    let mut session = bound_esme(config());
    let mut octets = Vec::new();
    Pdu::request(3, Body::EnquireLink).encode(&mut octets);
    // Always within a PDU, never for long.
    session.receive(&octets[..5], 0);
    for turn in 1..10 {
        let now = turn * 9_000;
        session.receive(&octets[5..], now);
        session.receive(&octets[..5], now);
        assert_eq!(session.deadline(now), Some(now + 10_000));
        session.tick(now);
        assert!(!session.is_closed());
    }
    // Octets of two PDUs at once: the one that ended does not count for the one that began.
    session.receive(&[&octets[5..], &octets[..5]].concat(), 90_000);
    assert_eq!(session.deadline(90_000), Some(100_000));
    session.receive(&octets[5..], 90_001);
    assert_eq!(session.deadline(90_001), Some(120_001), "only the next enquire_link is due");
}

#[test]
fn who_does_not_read_does_not_blame_the_peer() {
    let mut session = bound_esme(config());
    session.receive(&BEGUN, 0);
    session.reading(false, 1);
    session.tick(29_000);
    assert!(!session.is_closed());
    session.reading(true, 29_000);
    session.tick(29_001);
    assert!(!session.is_closed());
    session.tick(39_000);
    assert_eq!(events(&mut session), [Event::Closed(CloseReason::Stalled)]);
}
