use tokio::time::Instant;

use super::*;

const MESSAGES: u64 = 3_000;

/// What a second of full load asks of a link: 3000 messages out, and for each a receipt and an answer back. Both ends
/// and both owners run on one thread here, and unoptimised; the bound is there to notice a delayed acknowledgement or
/// a loop, not to measure.
#[tokio::test]
async fn a_second_of_full_load_passes() {
    let mut config = server_config();
    config.session.window = 256;
    let (events, mut at_smsc) = mpsc::channel(64);
    let server = Server::start("127.0.0.1:0", config, events).await.unwrap();
    let (events, mut at_esme) = mpsc::channel(64);
    let mut config = transceiver_config(server.local_addr(), b"s3cret");
    config.session.window = 256;
    let link = Transceiver::start(config, events);

    let started = Instant::now();
    let smsc = async {
        let (mut taken, mut delivered) = (0, 0);
        while delivered < 2 * MESSAGES {
            for event in at_smsc.recv().await.expect("a server") {
                match event {
                    ServerEvent::Submitted { connection, sequence, message } => {
                        server.submit_resp(connection, sequence, CommandStatus::ROK, id("id")).unwrap();
                        server.deliver(connection, message.clone(), 2 * taken).unwrap();
                        server.deliver(connection, message, 2 * taken + 1).unwrap();
                        taken += 1;
                    }
                    ServerEvent::Delivered { result, .. } => {
                        result.unwrap();
                        delivered += 1;
                    }
                    other => assert!(matches!(other, ServerEvent::Bound { .. }), "{other:?}"),
                }
            }
        }
        assert_eq!(taken, MESSAGES);
    };
    let esme = async {
        for token in 0..MESSAGES {
            link.submit(
                message("a packet of the usual length, some hundred and forty octets, or nearly so"),
                token,
            )
            .unwrap();
        }
        let (mut answered, mut batches) = (vec![false; 3_000], 0);
        let mut received = 0;
        while received < 2 * MESSAGES || answered.contains(&false) {
            batches += 1;
            for event in at_esme.recv().await.expect("a link").events {
                match event {
                    Event::Submitted { token, result } => {
                        assert_eq!(result, Ok(id("id")));
                        let answered = &mut answered[usize::try_from(token).unwrap()];
                        assert!(!std::mem::replace(answered, true), "answered twice");
                    }
                    Event::Delivered { reply, .. } => {
                        received += 1;
                        link.reply(reply, CommandStatus::ROK);
                    }
                    other => assert!(matches!(other, Event::Bound { .. }), "{other:?}"),
                }
            }
        }
        batches
    };
    let ((), batches) = timeout(PATIENCE, async { tokio::join!(smsc, esme) }).await.expect("in time");
    println!(
        "{MESSAGES} submits and {} delivers in {:?}, {batches} batches",
        2 * MESSAGES,
        started.elapsed()
    );
    // Many PDUs per wake, or the cost per PDU is that of a wake.
    assert!(batches < MESSAGES, "{batches}");
}
