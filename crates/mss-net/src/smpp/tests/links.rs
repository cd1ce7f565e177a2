use smpp::{
    message::Carriage,
    query::{CancelSm, QuerySm, QuerySmResp},
};

use super::*;

#[tokio::test]
async fn messages_go_both_ways() {
    let mut smsc = Listener::start(server_config()).await;
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    let connection = smsc.bound().await;
    assert_eq!(link.next().await, Event::Bound { system_id: COctetString::try_from("smsc").unwrap() });

    link.submit("to the card", 17);
    let (from, sequence, text) = smsc.submitted().await;
    assert_eq!((from, text.as_str()), (connection, "to the card"));
    smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("A1")).unwrap();
    assert_eq!(link.next().await, submitted(17, Ok("A1")));

    smsc.server.deliver(connection, message("from the card"), 5).unwrap();
    let Event::Delivered { message: mo, reply } = link.next().await else { panic!("a message") };
    assert_eq!(mo.user_data(), b"from the card");
    smsc.quiet().await;
    link.link.reply(reply, CommandStatus::ROK);
    assert_eq!(smsc.next().await, ServerEvent::Delivered { connection, token: 5, result: Ok(()) });

    smsc.server.deliver(connection, message("refuse me"), 6).unwrap();
    let Event::Delivered { reply, .. } = link.next().await else { panic!("a message") };
    link.link.reply(reply, CommandStatus::RX_T_APPN);
    let result = Err(SendFailure::Refused(CommandStatus::RX_T_APPN));
    assert_eq!(smsc.next().await, ServerEvent::Delivered { connection, token: 6, result });

    link.link.stop();
    assert_eq!(link.next().await, Event::Lost(CloseReason::Unbound));
    timeout(PATIENCE, link.link.stopped()).await.unwrap();
    assert!(link.link.submit(message("late"), 18).is_err());
    assert_eq!(smsc.next().await, ServerEvent::Closed { connection, reason: CloseReason::PeerUnbound });
    assert!(smsc.server.deliver(connection, message("late"), 7).is_err());
}

#[tokio::test]
async fn data_sm_goes_both_ways() {
    let mut smsc = Listener::start(server_config()).await;
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    let connection = smsc.bound().await;
    link.bound().await;
    let by_data_sm = |text| Message { carriage: Carriage::Data, ..message(text) };
    link.link.submit(by_data_sm("to the card"), 17).unwrap();
    let ServerEvent::Submitted { sequence, message, .. } = smsc.next().await else { panic!("a message") };
    assert_eq!((message.user_data(), message.carriage), (&b"to the card"[..], Carriage::Data));
    smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("A1")).unwrap();
    assert_eq!(link.next().await, submitted(17, Ok("A1")));
    smsc.server.deliver(connection, by_data_sm("from the card"), 5).unwrap();
    let Event::Delivered { message, reply } = link.next().await else { panic!("a message") };
    assert_eq!((message.user_data(), message.carriage), (&b"from the card"[..], Carriage::Data));
    link.link.reply(reply, CommandStatus::ROK);
    assert_eq!(smsc.next().await, ServerEvent::Delivered { connection, token: 5, result: Ok(()) });
}

#[tokio::test]
async fn questions_about_messages_are_answered_by_the_owner() {
    let mut smsc = Listener::start(server_config()).await;
    let mut esme = Raw::connect(&smsc).await;
    assert_eq!(esme.bind().await, CommandStatus::ROK);
    let connection = smsc.bound().await;
    let query = QuerySm { message_id: id("A1"), ..QuerySm::default() };
    esme.send(CommandStatus::ROK, 5, Body::QuerySm(query.clone())).await;
    assert_eq!(smsc.next().await, ServerEvent::Queried { connection, sequence: 5, query });
    let found = QuerySmResp { message_id: id("A1"), message_state: 2, ..QuerySmResp::default() };
    smsc.server.query_resp(connection, 5, Ok(found.clone())).unwrap();
    assert_eq!(esme.next().await.unwrap().body, Body::QuerySmResp(Some(found)));
    let cancel = CancelSm { message_id: id("A1"), ..CancelSm::default() };
    esme.send(CommandStatus::ROK, 6, Body::CancelSm(cancel.clone())).await;
    assert_eq!(smsc.next().await, ServerEvent::Cancelled { connection, sequence: 6, cancel });
    smsc.server.cancel_resp(connection, 6, CommandStatus::RCANCELFAIL).unwrap();
    let answer = esme.next().await.unwrap();
    assert_eq!((answer.body, answer.status), (Body::CancelSmResp, CommandStatus::RCANCELFAIL));
}

#[tokio::test]
async fn a_wrong_password_is_refused_and_tried_again_slowly() {
    let mut smsc = Listener::start(server_config()).await;
    // A known name with another's password is as wrong as any.
    for password in [&b"wrong"[..], b"another", b""] {
        let mut link = Link::start(transceiver_config(smsc.server.local_addr(), password));
        for _ in 0..2 {
            assert_eq!(link.next().await, Event::BindRefused(CommandStatus::RINVPASWD));
        }
    }
    smsc.quiet().await;
}

#[tokio::test]
async fn the_window_holds_over_the_socket() {
    let mut smsc = Listener::start(server_config()).await;
    let mut config = transceiver_config(smsc.server.local_addr(), b"s3cret");
    config.session.window = 3;
    let mut link = Link::start(config);
    smsc.bound().await;
    link.bound().await;
    for token in 0..5 {
        link.submit(&token.to_string(), token);
    }
    let mut first = Vec::new();
    for _ in 0..3 {
        first.push(smsc.submitted().await);
    }
    smsc.quiet().await;
    let (connection, sequence, _) = first[1].clone();
    smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("b")).unwrap();
    assert_eq!(smsc.submitted().await.2, "3");
    smsc.quiet().await;
    assert_eq!(link.next().await, submitted(1, Ok("b")));
}

#[tokio::test]
async fn throttled_messages_arrive_in_the_end() {
    let mut smsc = Listener::start(server_config()).await;
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    smsc.bound().await;
    link.bound().await;
    for token in 0..3 {
        link.submit(&token.to_string(), token);
    }
    for _ in 0..3 {
        let (connection, sequence, _) = smsc.submitted().await;
        smsc.server.submit_resp(connection, sequence, CommandStatus::RTHROTTLED, MessageId::empty()).unwrap();
    }
    for token in 0..3 {
        let (connection, sequence, text) = smsc.submitted().await;
        assert_eq!(text, token.to_string());
        smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("ok")).unwrap();
        assert_eq!(link.next().await, submitted(token, Ok("ok")));
    }
}

#[tokio::test]
async fn a_vanished_smsc_leaves_unknowns_and_is_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = transceiver_config(listener.local_addr().unwrap(), b"s3cret");
    config.session.window = 2;
    let mut link = Link::start(config);
    let mut smsc = Raw::accept(&listener).await;
    link.bound().await;
    for token in 1..=3 {
        link.submit(&token.to_string(), token);
    }
    for _ in 0..2 {
        assert!(matches!(smsc.next().await.unwrap().body, Body::SubmitSm(_)));
    }
    smsc.send(CommandStatus::ROK, 900, Body::DeliverSm(message("mo"))).await;
    let Event::Delivered { reply: stale, .. } = link.next().await else { panic!("a message") };
    drop(smsc);
    assert_eq!(link.next().await, submitted(1, Err(SendFailure::Unknown)));
    assert_eq!(link.next().await, submitted(2, Err(SendFailure::Unknown)));
    assert_eq!(link.next().await, Event::Lost(CloseReason::Lost));

    // The third had never left: it goes over the next connection. The answer to the lost one does not.
    link.link.reply(stale, CommandStatus::ROK);
    let mut smsc = Raw::accept(&listener).await;
    link.bound().await;
    link.link.reply(stale, CommandStatus::ROK);
    let third = smsc.next().await.unwrap();
    let Body::SubmitSm(text) = &third.body else { panic!("{third:?}") };
    assert_eq!(text.user_data(), b"3");
    let resp = MessageResp { message_id: id("c"), ..MessageResp::default() };
    smsc.send(CommandStatus::ROK, third.sequence, Body::SubmitSmResp(Some(resp))).await;
    assert_eq!(link.next().await, submitted(3, Ok("c")));
    link.submit("fence", 4);
    assert!(matches!(smsc.next().await.unwrap().body, Body::SubmitSm(_)));
}

#[tokio::test]
async fn a_restarted_smsc_is_found_again() {
    let mut smsc = Listener::start(server_config()).await;
    let address = smsc.server.local_addr();
    let mut link = Link::start(transceiver_config(address, b"s3cret"));
    smsc.bound().await;
    link.bound().await;
    drop(smsc);
    assert_eq!(link.next().await, Event::Lost(CloseReason::PeerUnbound));
    link.submit("held", 1);
    let (sender, batches) = mpsc::channel(4);
    let server = loop {
        // The old listener goes away with its task, a moment later.
        match Server::start(address, server_config(), sender.clone()).await {
            Ok(server) => break server,
            Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    };
    let mut smsc = Listener { server, batches, events: VecDeque::new() };
    smsc.bound().await;
    link.bound().await;
    assert_eq!(smsc.submitted().await.2, "held");
}

#[tokio::test]
async fn without_an_smsc_messages_come_back() {
    // A port that was free a moment ago refuses connections.
    let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut config = transceiver_config(address, b"s3cret");
    config.hold_ms = 50;
    config.session.queue = 2;
    let mut link = Link::start(config);
    for token in 1..=3 {
        link.submit("x", token);
    }
    assert_eq!(link.next().await, submitted(3, Err(SendFailure::QueueFull)));
    assert_eq!(link.next().await, submitted(1, Err(SendFailure::NotSent)));
    assert_eq!(link.next().await, submitted(2, Err(SendFailure::NotSent)));
    link.submit("x", 4);
    link.link.stop();
    assert_eq!(link.next().await, submitted(4, Err(SendFailure::NotSent)));
    timeout(PATIENCE, link.link.stopped()).await.unwrap();
}

#[tokio::test]
async fn a_link_whose_handles_are_dropped_unbinds() {
    let mut smsc = Listener::start(server_config()).await;
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    let connection = smsc.bound().await;
    link.bound().await;
    drop(link.link);
    assert_eq!(smsc.next().await, ServerEvent::Closed { connection, reason: CloseReason::PeerUnbound });
    // Likewise when nobody takes the events any more.
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    let connection = smsc.bound().await;
    link.bound().await;
    drop(link.batches);
    assert_eq!(smsc.next().await, ServerEvent::Closed { connection, reason: CloseReason::PeerUnbound });
    timeout(PATIENCE, link.link.stopped()).await.unwrap();
}

#[tokio::test]
async fn a_lost_esme_ends_every_deliver() {
    let mut config = server_config();
    config.session.window = 1;
    let mut smsc = Listener::start(config).await;
    let mut esme = Raw::connect(&smsc).await;
    assert_eq!(esme.bind().await, CommandStatus::ROK);
    let connection = smsc.bound().await;
    for token in 1..=2 {
        smsc.server.deliver(connection, message("mo"), token).unwrap();
    }
    assert!(matches!(esme.next().await.unwrap().body, Body::DeliverSm(_)));
    drop(esme);
    let delivered = |token, failure| ServerEvent::Delivered { connection, token, result: Err(failure) };
    assert_eq!(smsc.next().await, delivered(1, SendFailure::Unknown));
    assert_eq!(smsc.next().await, ServerEvent::Closed { connection, reason: CloseReason::Lost });
    assert_eq!(smsc.next().await, delivered(2, SendFailure::NotSent));
}
