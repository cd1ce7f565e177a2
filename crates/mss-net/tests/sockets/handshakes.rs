//! Who comes in and who does not. Refusals are looked at where they happen, at the server: in TLS 1.3 a client whose
//! certificate is refused has seen its handshake succeed.
use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, sync::Arc};

use http::StatusCode;
use mss_core::{Network, NetworkRole};
use mss_net::{
    AllowList, Allowed, Peer,
    http_client::{ConnectError, NodeError, NodeTuning, Simple, Target},
    http_server::{Limits, Request, Response},
    tls::{Alpn, ClientAuth, Identity, TlsError, Versions, client_config, server_config},
};
use rcgen::{ExtendedKeyUsagePurpose as Eku, KeyUsagePurpose};
use rustls::{
    ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore, crypto::aws_lc_rs, version::TLS12,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio::{
    io::AsyncReadExt as _,
    net::{TcpListener, TcpStream},
};

use crate::{
    pki::{Ca, Leaf, Pems, role},
    scene::{Mesh, SOAP, SOON, ae, connect_raw, echo, home, listen, read_all, read_until, until, write},
};

const GET: &str = "GET / HTTP/1.1\r\nHost: home.test\r\n\r\n";

#[tokio::test]
async fn the_right_client_is_served_and_known() {
    let mesh = Mesh::new();
    let expected = Peer::from_certificate(&mesh.ae.der).unwrap();
    assert_eq!(expected.identity(), Some(&ae()));
    for alpn in [Alpn::Http1, Alpn::Http2, Alpn::Both] {
        let expected = expected.clone();
        let listener = listen(mesh.server_tls(alpn), Limits::default(), move |request: Request| {
            assert_eq!(request.peer.as_deref(), Some(&expected));
            assert_eq!((request.path(), request.query()), ("/soap/port", Some("x=1")));
            assert_eq!(request.content_type(), Some(SOAP));
            assert!(request.remote.ip().is_loopback());
            echo(request)
        })
        .await;
        let answer = if alpn == Alpn::Http1 {
            mesh.simple(listener.address).post("/soap/port?x=1", SOAP, "hello", SOON).await.unwrap()
        } else {
            let node = mesh.node(listener.address, NodeTuning::default());
            node.post("/soap/port?x=1", SOAP, "hello", SOON).await.unwrap()
        };
        assert_eq!((answer.status, &*answer.body), (StatusCode::OK, &b"hello"[..]));
        assert_eq!(listener.tls.handshakes().completed, 1);
        listener.stop().await;
    }
}

#[tokio::test]
async fn clients_without_the_right_certificate_are_refused_at_the_server() {
    let mesh = Mesh::new();
    let good = Leaf::node(&ae());
    let cases: Vec<(&str, Option<Pems>)> = vec![
        ("none", None),
        ("another CA's", Some(Ca::new().issue(&good))),
        (
            "for servers only",
            Some(mesh.ca.issue(&Leaf { ext_key_usage: vec![Eku::ServerAuth], ..good.clone() })),
        ),
        ("for nothing named", Some(mesh.ca.issue(&Leaf { ext_key_usage: vec![], ..good.clone() }))),
        ("for any purpose", Some(mesh.ca.issue(&Leaf { ext_key_usage: vec![Eku::Any], ..good.clone() }))),
        (
            "a person's",
            Some(mesh.ca.issue(&Leaf {
                key_usage: vec![KeyUsagePurpose::ContentCommitment],
                ext_key_usage: vec![],
                ..good.clone()
            })),
        ),
        (
            "not for digital signatures",
            Some(mesh.ca.issue(&Leaf { key_usage: vec![KeyUsagePurpose::KeyAgreement], ..good.clone() })),
        ),
        ("expired", Some(mesh.ca.issue(&Leaf { expired: true, ..good.clone() }))),
    ];
    for versions in [Versions::Tls13, Versions::Tls12And13] {
        let tls = mesh.server_tls_of(&mesh.home.identity(), versions, Alpn::Both);
        let listener = listen(tls, Limits::default(), |_| async { panic!("nobody comes this far") }).await;
        for (number, (what, client)) in cases.iter().enumerate() {
            let config = Arc::new(mesh.raw_config(client.as_ref(), &[b"http/1.1"]));
            if let Ok(mut stream) = connect_raw(config, listener.address).await {
                let _ = tokio::io::AsyncWriteExt::write_all(&mut stream, GET.as_bytes()).await;
                assert_eq!(read_all(&mut stream).await, "", "{what}");
            }
            until(what, || listener.tls.handshakes().failed == number as u64 + 1).await;
        }
        assert_eq!(listener.tls.handshakes().completed, 0);
        listener.stop().await;
    }
}

#[tokio::test]
async fn key_usage_may_be_absent() {
    let mesh = Mesh::new();
    let client = mesh.ca.issue(&Leaf { key_usage: vec![], ..Leaf::node(&ae()) });
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), echo).await;
    let config = Arc::new(mesh.raw_config(Some(&client), &[]));
    let mut stream = connect_raw(config, listener.address).await.unwrap();
    write(&mut stream, GET).await;
    assert!(read_until(&mut stream, "\r\n\r\n", 1).await.starts_with("HTTP/1.1 200"));
}

#[tokio::test]
async fn our_clients_see_a_refusal_before_any_request_leaves() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Both), Limits::default(), echo).await;
    let stranger = client_config(Some(&Ca::new().identity(&Leaf::node(&ae()))), &mesh.ca.roots()).unwrap();
    let node = mss_net::http_client::Node::new(
        &stranger,
        listener.address.to_string(),
        home(),
        NodeTuning::default(),
    )
    .unwrap();
    let refused = node.post("/", SOAP, "x", SOON).await;
    assert!(matches!(refused, Err(NodeError::Unreachable(_))), "{refused:?}");
    assert_eq!(listener.tls.handshakes().completed, 0);
}

#[tokio::test]
async fn without_client_authentication_anyone_comes_in_and_nobody_is_known() {
    let mesh = Mesh::new();
    let tls = server_config(&mesh.home.identity(), ClientAuth::None, Versions::Tls13, Alpn::Http1).unwrap();
    let listener = listen(tls, Limits::default(), |request: Request| {
        assert_eq!(request.peer, None);
        echo(request)
    })
    .await;
    let tls = client_config(None, &mesh.ca.roots()).unwrap();
    let simple = Simple::new(tls, Target::node(listener.address.to_string(), home()).unwrap(), 100);
    assert_eq!(simple.post("/enrol", "text/plain", "code", SOON).await.unwrap().body, "code");
}

#[tokio::test]
async fn who_is_taken_off_the_list_is_refused_on_the_open_connection() {
    let mesh = Mesh::new();
    let by_name = || Allowed::default().with_identity(ae(), "by name");
    let allow = AllowList::new(by_name());
    let asked = allow.clone();
    let listener = listen(mesh.server_tls(Alpn::Both), Limits::default(), move |request: Request| {
        let found = request.peer.and_then(|peer| asked.check(&peer));
        async move {
            match found {
                Some(value) => Response::new(StatusCode::OK, "text/plain", value),
                None => Response::empty(StatusCode::FORBIDDEN),
            }
        }
    })
    .await;
    let certificate = Peer::from_certificate(&mesh.ae.der).unwrap().fingerprint();
    let node = mesh.node(listener.address, NodeTuning { connections: 1, ..NodeTuning::default() });
    let pool = mesh.pool(listener.address, 1);
    let other_role = role(Network::Ap, NetworkRole::Ae, "ae.test");
    for (allowed, expected) in [
        (by_name(), Some("by name")),
        (Allowed::default(), None),
        (by_name().with_certificate(certificate, "by certificate"), Some("by certificate")),
        (Allowed::default().with_identity(other_role, "another network's"), None),
        (by_name(), Some("by name")),
    ] {
        allow.replace(allowed);
        for answer in [node.post("/", SOAP, "", SOON).await, pool.post("/", SOAP, "", SOON).await] {
            let answer = answer.unwrap();
            assert_eq!(
                (answer.status == StatusCode::OK).then_some(&*answer.body),
                expected.map(str::as_bytes)
            );
        }
    }
    assert_eq!(listener.tls.handshakes().completed, 2);
}

#[tokio::test]
async fn no_session_is_resumed_by_the_server() {
    let mesh = Mesh::new();
    let tls = mesh.server_tls_of(&mesh.home.identity(), Versions::Tls12And13, Alpn::Http1);
    let listener = listen(tls, Limits::default(), echo).await;
    let modern = mesh.raw_config(Some(&mesh.ae), &[]);
    for (config, version) in
        [(modern, ProtocolVersion::TLSv1_3), (tls_12_only(&mesh), ProtocolVersion::TLSv1_2)]
    {
        let config = Arc::new(config);
        for _ in 0..3 {
            let mut stream = connect_raw(Arc::clone(&config), listener.address).await.unwrap();
            write(&mut stream, GET).await;
            read_until(&mut stream, "\r\n\r\n", 1).await;
            let session = stream.get_ref().1;
            assert_eq!(session.protocol_version(), Some(version));
            assert_eq!(session.handshake_kind(), Some(HandshakeKind::Full));
            assert_eq!(session.tls13_tickets_received(), 0);
        }
    }
}

#[tokio::test]
async fn tls_1_2_is_for_the_listener_that_allows_it() {
    let mesh = Mesh::new();
    let listener = listen(mesh.server_tls(Alpn::Http1), Limits::default(), echo).await;
    assert!(connect_raw(Arc::new(tls_12_only(&mesh)), listener.address).await.is_err());
    until("the refusal", || listener.tls.handshakes().failed == 1).await;
}

fn tls_12_only(mesh: &Mesh) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(mesh.ca.pem().as_bytes()).unwrap()).unwrap();
    let chain = vec![CertificateDer::from_pem_slice(mesh.ae.certificate.as_bytes()).unwrap()];
    let key = PrivateKeyDer::from_pem_slice(mesh.ae.key.as_bytes()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS12])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, key)
        .unwrap()
}

/// A server that offers tickets: our client must not use them.
#[tokio::test]
async fn no_session_is_resumed_by_the_client() {
    let mesh = Mesh::new();
    let mut config = mesh.raw_server_config(b"http/1.1");
    config.ticketer = aws_lc_rs::Ticketer::new().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
        for _ in 0..3 {
            let (tcp, _): (TcpStream, _) = socket.accept().await.unwrap();
            let mut stream = acceptor.accept(tcp).await.unwrap();
            assert_eq!(stream.get_ref().1.handshake_kind(), Some(HandshakeKind::Full));
            let mut buffer = [0; 1024];
            assert!(stream.read(&mut buffer).await.unwrap() > 0);
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
            tokio::io::AsyncWriteExt::write_all(&mut stream, answer).await.unwrap();
            tokio::io::AsyncWriteExt::shutdown(&mut stream).await.unwrap();
        }
    });
    let simple = mesh.simple(address);
    for _ in 0..3 {
        assert_eq!(simple.post("/", SOAP, "x", SOON).await.unwrap().body, "ok");
    }
    server.await.unwrap();
}

#[tokio::test]
async fn the_dialler_pins_name_and_role() {
    let mesh = Mesh::new();
    let name = "home.test";
    let cases = [
        ("another role", Leaf::node(&role(Network::Mesh, NetworkRole::Ae, name))),
        ("another network", Leaf::node(&role(Network::Me, NetworkRole::Home, name))),
        ("no role", Leaf { uri: None, ..Leaf::node(&home()) }),
        (
            "another name in the role",
            Leaf {
                uri: Some(role(Network::Mesh, NetworkRole::Home, "other.test").uri()),
                ..Leaf::node(&home())
            },
        ),
        ("another DNS name", Leaf { dns_name: "other.test".to_owned(), ..Leaf::node(&home()) }),
    ];
    for (what, leaf) in cases {
        let tls = mesh.server_tls_of(&mesh.ca.identity(&leaf), Versions::Tls13, Alpn::Both);
        let listener =
            listen(tls, Limits::default(), |_| async { panic!("no octet of a request leaves") }).await;
        let node = mesh.node(listener.address, NodeTuning::default());
        for refused in [
            node.post("/", SOAP, "secret", SOON).await,
            mesh.simple(listener.address).post("/", SOAP, "secret", SOON).await,
        ] {
            let Err(NodeError::Unreachable(reason)) = refused else { panic!("{what}: {refused:?}") };
            let is_right = match what {
                "another DNS name" => matches!(reason, ConnectError::Tls(_)),
                _ => matches!(reason, ConnectError::WrongPeer { .. }),
            };
            assert!(is_right, "{what}: {reason}");
        }
        listener.stop().await;
    }
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let mesh = Mesh::new();
    let folder = std::env::temp_dir().join(format!("mss-net-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let chain = folder.join("chain.pem");
    fs::write(&chain, &mesh.home.certificate).unwrap();
    for (mode, is_good) in [(0o600, true), (0o400, true), (0o640, false), (0o602, false), (0o604, false)] {
        let key = folder.join(format!("key-{mode:o}.pem"));
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&key).unwrap();
        file.write_all(mesh.home.key.as_bytes()).unwrap();
        fs::set_permissions(&key, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
        match Identity::load(&chain, &key) {
            Ok(identity) => assert!(is_good && identity.certificate() == mesh.home.der, "{mode:o}"),
            Err(error) => {
                assert!(!is_good && matches!(error, TlsError::KeyFileTooOpen { .. }), "{mode:o}: {error}")
            }
        }
    }
    assert!(matches!(
        Identity::load(&folder.join("none.pem"), &folder.join("key-600.pem")),
        Err(TlsError::Unreadable { .. })
    ));
    fs::remove_dir_all(&folder).unwrap();
    let strangers = Identity::from_pem(mesh.home.certificate.as_bytes(), mesh.ae.key.as_bytes());
    assert!(matches!(strangers, Err(TlsError::Refused(_))));
}
