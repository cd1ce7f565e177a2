use smpp::command::CommandId;

use super::*;

/// A good link beside the bad ones, which must not notice.
async fn round_trip(smsc: &mut Listener, link: &mut Link, token: u64) {
    link.submit("still here", token);
    let (connection, sequence, text) = smsc.submitted().await;
    assert_eq!(text, "still here");
    smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("ok")).unwrap();
    assert_eq!(link.next().await, submitted(token, Ok("ok")));
}

#[tokio::test]
async fn garbage_hurts_only_its_own_connection() {
    let mut smsc = Listener::start(server_config()).await;
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    smsc.bound().await;
    link.bound().await;
    let noise: Vec<Vec<u8>> = vec![
        b"GET / HTTP/1.1\r\nHost: smsc\r\n\r\n".to_vec(),
        vec![0; 64],
        vec![0xFF; 64],
        // 65 537 octets announced.
        vec![0, 1, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 1],
    ];
    for (octets, token) in noise.iter().zip(0..) {
        let mut bad = Raw::connect(&smsc).await;
        bad.write(octets).await;
        let nack = bad.next().await.expect("a generic_nack");
        assert_eq!((nack.body, nack.status), (Body::GenericNack, CommandStatus::RINVCMDLEN));
        assert!(bad.next().await.is_none(), "the connection is closed");
        round_trip(&mut smsc, &mut link, token).await;
    }
}

#[tokio::test]
async fn a_malformed_pdu_is_answered_and_the_connection_goes_on() {
    let mut smsc = Listener::start(server_config()).await;
    let mut bad = Raw::connect(&smsc).await;
    // Before the bind: a submit_sm, and a bind cut short.
    bad.send(CommandStatus::ROK, 3, Body::SubmitSm(message("x"))).await;
    assert_eq!(bad.next().await.unwrap().status, CommandStatus::RINVBNDSTS);
    bad.write(&[0, 0, 0, 18, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 4, 0x41, 0]).await;
    let answer = bad.next().await.unwrap();
    assert_eq!(
        (answer.body.command(), answer.status),
        (CommandId::BIND_TRANSCEIVER_RESP, CommandStatus::RINVCMDLEN)
    );
    assert_eq!(bad.bind().await, CommandStatus::ROK);
    let connection = smsc.bound().await;
    // Truncated body, octets behind the body, unknown command; then a good one.
    bad.write(&[0, 0, 0, 18, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0]).await;
    bad.write(&[0, 0, 0, 17, 0, 0, 0, 0x15, 0, 0, 0, 0, 0, 0, 0, 6, 0]).await;
    bad.write(&[0, 0, 0, 16, 0, 0, 0x77, 0x77, 0, 0, 0, 0, 0, 0, 0, 7]).await;
    bad.send(CommandStatus::ROK, 8, Body::SubmitSm(message("good"))).await;
    let mut answers = Vec::new();
    for _ in 0..3 {
        let answer = bad.next().await.unwrap();
        answers.push((answer.body.command(), answer.status, answer.sequence));
    }
    assert_eq!(
        answers,
        [
            (CommandId::SUBMIT_SM_RESP, CommandStatus::RINVCMDLEN, 5),
            (CommandId::ENQUIRE_LINK_RESP, CommandStatus::RINVCMDLEN, 6),
            (CommandId::GENERIC_NACK, CommandStatus::RINVCMDID, 7),
        ]
    );
    assert_eq!(smsc.submitted().await, (connection, 8, "good".to_owned()));
}

#[tokio::test]
async fn a_pdu_cut_by_the_end_of_the_connection_is_nothing() {
    let mut smsc = Listener::start(server_config()).await;
    let mut bad = Raw::connect(&smsc).await;
    assert_eq!(bad.bind().await, CommandStatus::ROK);
    let connection = smsc.bound().await;
    bad.write(&[0, 0, 0, 60, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0]).await;
    drop(bad);
    assert_eq!(smsc.next().await, ServerEvent::Closed { connection, reason: CloseReason::Lost });
}

#[tokio::test]
async fn strangers_are_bounded_in_number_and_time() {
    let mut config = server_config();
    config.connections = 2;
    config.session.bind_ms = 200;
    let mut smsc = Listener::start(config).await;
    let mut silent = [Raw::connect(&smsc).await, Raw::connect(&smsc).await];
    let mut third = Raw::connect(&smsc).await;
    assert!(third.next().await.is_none());
    for raw in &mut silent {
        assert!(raw.next().await.is_none(), "closed without a bind");
    }
    // There is room again.
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    smsc.bound().await;
    link.bound().await;
    round_trip(&mut smsc, &mut link, 1).await;
}

#[tokio::test]
async fn an_smsc_that_sends_garbage_is_left_and_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut link = Link::start(transceiver_config(listener.local_addr().unwrap(), b"s3cret"));
    let mut smsc = Raw::accept(&listener).await;
    link.bound().await;
    link.submit("x", 1);
    assert!(matches!(smsc.next().await.unwrap().body, Body::SubmitSm(_)));
    smsc.write(&[0xFF; 16]).await;
    assert_eq!(link.next().await, submitted(1, Err(SendFailure::Unknown)));
    assert_eq!(link.next().await, Event::Lost(CloseReason::Garbage));
    assert_eq!(smsc.next().await.unwrap().body, Body::GenericNack);
    let _again = Raw::accept(&listener).await;
    link.bound().await;
}

#[tokio::test]
async fn a_silent_smsc_is_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = transceiver_config(listener.local_addr().unwrap(), b"s3cret");
    config.session.idle_ms = 50;
    config.session.response_ms = 50;
    let mut link = Link::start(config);
    let mut smsc = Raw::accept(&listener).await;
    link.bound().await;
    for _ in 0..2 {
        assert_eq!(smsc.next().await.unwrap().body, Body::EnquireLink);
    }
    assert_eq!(link.next().await, Event::Lost(CloseReason::Silent));
}

#[tokio::test]
async fn an_smsc_that_stops_within_a_pdu_is_left_and_found_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut config = transceiver_config(listener.local_addr().unwrap(), b"s3cret");
    config.session.pdu_ms = 50;
    let mut link = Link::start(config);
    let mut smsc = Raw::accept(&listener).await;
    link.bound().await;
    // 60 000 octets announced, 20 sent.
    smsc.write(&[0, 0, 0xEA, 0x60, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0]).await;
    assert_eq!(link.next().await, Event::Lost(CloseReason::Stalled));
    let mut again = Raw::accept(&listener).await;
    link.bound().await;
    link.submit("on the new connection", 1);
    assert!(matches!(again.next().await.unwrap().body, Body::SubmitSm(_)));
}

#[tokio::test]
async fn a_slow_owner_loses_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (sender, mut batches) = mpsc::channel(1);
    let mut config = transceiver_config(listener.local_addr().unwrap(), b"s3cret");
    config.link = 3;
    let link = Transceiver::start(config, sender);
    let mut smsc = Raw::accept(&listener).await;
    const MESSAGES: u32 = 10_000;
    let mut octets = Vec::new();
    for sequence in 1..=MESSAGES {
        Pdu::request(sequence, Body::DeliverSm(message(&sequence.to_string()))).encode(&mut octets);
    }
    // The owner sleeps; the peer's octets must wait in the sockets, and enquiries are answered before that.
    let writing = async {
        smsc.send(CommandStatus::ROK, 77, Body::EnquireLink).await;
        let answer = smsc.next().await.unwrap();
        assert_eq!(answer.body, Body::EnquireLinkResp);
        smsc.write(&octets).await;
        smsc
    };
    let reading = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let mut seen = 0;
        while seen < MESSAGES {
            let batch = timeout(PATIENCE, batches.recv()).await.unwrap().unwrap();
            assert_eq!(batch.link, 3);
            for event in batch.events {
                let Event::Delivered { message, reply } = event else { continue };
                seen += 1;
                assert_eq!(message.user_data(), seen.to_string().as_bytes());
                link.reply(reply, CommandStatus::ROK);
            }
        }
    };
    let (mut smsc, ()) = tokio::join!(writing, reading);
    for sequence in 1..=MESSAGES {
        let answer = smsc.next().await.unwrap();
        assert_eq!((answer.sequence, answer.status), (sequence, CommandStatus::ROK));
    }
}
