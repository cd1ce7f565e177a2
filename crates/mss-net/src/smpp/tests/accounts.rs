//! Accounts that are exchanged while their binds are open.
use super::*;

fn account(name: &str, password: &[u8]) -> Account {
    Account { system_id: COctetString::try_from(name).unwrap(), password: Password::new(password).unwrap() }
}

#[tokio::test]
async fn a_bind_whose_account_is_taken_off_is_not_heard_again() {
    for accounts in [vec![], vec![account("other", b"s3cret")], vec![account("mssp", b"changed")]] {
        let mut smsc = Listener::start(server_config()).await;
        let mut raw = Raw::connect(&smsc).await;
        assert_eq!(raw.bind().await, CommandStatus::ROK);
        let connection = smsc.bound().await;
        raw.send(CommandStatus::ROK, 2, Body::SubmitSm(message("before"))).await;
        let (_, sequence, _) = smsc.submitted().await;
        smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("A1")).unwrap();
        assert_eq!(raw.next().await.unwrap().status, CommandStatus::ROK);

        smsc.server.accounts().replace(accounts);
        // A peer that does not care for the unbind and goes on.
        raw.send(CommandStatus::ROK, 3, Body::SubmitSm(message("after"))).await;
        let (mut unbound, mut refused) = (false, false);
        while !(unbound && refused) {
            let pdu = raw.next().await.expect("unbind and a refusal");
            match pdu.body {
                Body::Unbind => unbound = true,
                _ => {
                    assert_eq!((pdu.sequence, pdu.status), (3, CommandStatus::RINVBNDSTS));
                    refused = true;
                }
            }
        }
        drop(raw);
        // Nothing of what came after reached the owner.
        loop {
            match smsc.next().await {
                ServerEvent::Closed { .. } => break,
                ServerEvent::Delivered { result, .. } => assert!(result.is_err()),
                other => panic!("{other:?}"),
            }
        }
        let mut again = Raw::connect(&smsc).await;
        assert_eq!(again.bind().await, CommandStatus::RINVPASWD);
    }
}

#[tokio::test]
async fn a_bind_whose_account_stays_does_not_notice() {
    let mut smsc = Listener::start(server_config()).await;
    let mut link = Link::start(transceiver_config(smsc.server.local_addr(), b"s3cret"));
    smsc.bound().await;
    link.bound().await;
    for token in 0..3 {
        smsc.server.accounts().replace(vec![account("new", b"new"), account("mssp", b"s3cret")]);
        link.submit("still here", token);
        let (connection, sequence, _) = smsc.submitted().await;
        smsc.server.submit_resp(connection, sequence, CommandStatus::ROK, id("A1")).unwrap();
        assert_eq!(link.next().await, submitted(token, Ok("A1")));
    }
}
