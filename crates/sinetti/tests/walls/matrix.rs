//! Every certificate at every listener. What must come of it stands in one table, and is asserted where it happens: in the
//! log of the server, with the peer's certificate and the reason. A client of TLS 1.3 has seen its handshake succeed.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};

use mss_net::http_client::{Answer, NodeError};
use mss_wire::{Limits, Response, decode_response};

use crate::{
    demo::{Demo, wait},
    doors::{Door, config, listening},
    identities::{self, Holder},
};

/// What comes of one certificate at one listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cell {
    /// Its request is answered.
    Admitted,
    /// The handshake succeeds, each request is refused: fault 104, or HTTP status 403.
    NotListed,
    /// In the handshake: another authority's.
    Issuer,
    /// In the handshake: the authority's name is right, its signature is not.
    Signature,
    /// In the handshake: not meant for TLS clients, whoever made it.
    Purpose,
    /// In the handshake: an authority's own certificate.
    Authority,
    /// In the handshake: its time is over.
    Expired,
    /// In the handshake: no certificate.
    Missing,
    /// The listener asks nobody for a certificate, and answers nothing without a code.
    CodeOnly,
    /// The listener speaks no TLS.
    NoTls,
}

use Cell::{
    Admitted as A, Authority as C, CodeOnly as O, Expired as X, Issuer as I, Missing as N, NoTls as T,
    NotListed as R, Purpose as P, Signature as B,
};

/// One row for each certificate, one cell for each of [`Door::ALL`].
#[rustfmt::skip]
const TABLE: &[(&str, [Cell; 8])] = &[
    //                                       Ap Mesh HomeMe Me CaMe Enrol Smpp Page
    ("ap:ap:shop.demo",                     [A, I, I, I, I, O, T, T]),
    ("ap:ae:ae.demo",                       [P, P, P, P, P, O, T, T]),
    ("mesh:ae:ae.demo",                     [I, A, I, I, I, O, T, T]),
    ("mesh:home:home.demo",                 [P, P, P, P, P, O, T, T]),
    ("me:home:home.demo",                   [P, P, P, P, P, O, T, T]),
    ("me:me:me.demo",                       [I, I, A, R, A, O, T, T]),
    ("me:ca:ca.demo",                       [P, P, P, P, P, O, T, T]),
    ("me:operator:operator.demo",           [I, I, R, A, R, O, T, T]),
    // Authorities, which are nobody's identity.
    ("authority:ap-root",                   [C, C, C, C, C, O, T, T]),
    ("authority:mesh-root",                 [C, C, C, C, C, O, T, T]),
    ("authority:me-root",                   [C, C, C, C, C, O, T, T]),
    ("authority:users-root",                [C, C, C, C, C, O, T, T]),
    ("authority:users-issuing",             [C, C, C, C, C, O, T, T]),
    // A person's certificates.
    ("person:sign",                         [I, I, I, I, I, O, T, T]),
    ("person:authn",                        [I, I, I, I, I, O, T, T]),
    ("person:digest",                       [I, I, I, I, I, O, T, T]),
    // The right authority, the right role, a name that nobody has listed.
    ("ap:ap:other.demo",                    [R, I, I, I, I, O, T, T]),
    ("ap:ae:other.demo",                    [P, P, P, P, P, O, T, T]),
    ("mesh:ae:other.demo",                  [I, R, I, I, I, O, T, T]),
    ("mesh:home:other.demo",                [P, P, P, P, P, O, T, T]),
    ("me:home:other.demo",                  [P, P, P, P, P, O, T, T]),
    ("me:me:other.demo",                    [I, I, R, R, R, O, T, T]),
    ("me:ca:other.demo",                    [P, P, P, P, P, O, T, T]),
    ("me:operator:other.demo",              [I, I, R, R, R, O, T, T]),
    // Every name that is listed, from another authority of the same name.
    ("foreign:ap:ap:shop.demo",             [B, I, I, I, I, O, T, T]),
    ("foreign:ap:ae:ae.demo",               [P, P, P, P, P, O, T, T]),
    ("foreign:mesh:ae:ae.demo",             [I, B, I, I, I, O, T, T]),
    ("foreign:mesh:home:home.demo",         [P, P, P, P, P, O, T, T]),
    ("foreign:me:home:home.demo",           [P, P, P, P, P, O, T, T]),
    ("foreign:me:me:me.demo",               [I, I, B, B, B, O, T, T]),
    ("foreign:me:ca:ca.demo",               [P, P, P, P, P, O, T, T]),
    ("foreign:me:operator:operator.demo",   [I, I, B, B, B, O, T, T]),
    ("expired:ap:ap:shop.demo",             [X, X, X, X, X, O, T, T]),
    ("expired:mesh:ae:ae.demo",             [X, X, X, X, X, O, T, T]),
    ("expired:me:me:me.demo",               [X, X, X, X, X, O, T, T]),
    ("expired:me:operator:operator.demo",   [X, X, X, X, X, O, T, T]),
    ("self-signed:ap:ap:shop.demo",         [I, I, I, I, I, O, T, T]),
    ("self-signed:mesh:ae:ae.demo",         [I, I, I, I, I, O, T, T]),
    ("self-signed:me:me:me.demo",           [I, I, I, I, I, O, T, T]),
    ("self-signed:me:operator:operator.demo", [I, I, I, I, I, O, T, T]),
    ("nobody",                              [N, N, N, N, N, O, T, T]),
];

#[test]
fn every_certificate_at_every_door() {
    let demo = Demo::start("walls-matrix", true);
    say_who_comes_in(&demo);
    let holders = identities::all(&demo);
    nothing_is_left_out(&demo, &holders);
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut wrong = Vec::new();
    for holder in &holders {
        let row = TABLE.iter().find(|(name, _)| *name == holder.name).unwrap();
        for (door, expected) in Door::ALL.into_iter().zip(row.1) {
            let found = runtime.block_on(cell(&demo, door, holder));
            if found != Ok(expected) {
                wrong.push(format!("{} at {door:?}: {found:?}, expected {expected:?}", holder.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {} cells:\n{}", wrong.len(), holders.len() * 8, wrong.join("\n"));
    println!("{} certificates at {} listeners: {} cells", holders.len(), Door::ALL.len(), holders.len() * 8);
    // After all that everybody is still served.
    let (done, said) = crate::demo::outcome(demo.sign(&[&demo.subscriber(0).0, "After all that"]));
    assert!(done, "{said}");
}

/// A listener, a certificate or a role that has no row or no column makes the test fail.
fn nothing_is_left_out(demo: &Demo, holders: &[Holder]) {
    let ports: BTreeSet<u16> =
        Door::ALL.map(|door| door.address(demo).rsplit(':').next().unwrap().parse().unwrap()).into();
    assert_eq!(
        listening(demo),
        ports,
        "the roles listen where the table knows nothing of, or not everywhere"
    );
    let rows: BTreeSet<&str> = TABLE.iter().map(|(name, _)| *name).collect();
    let known: BTreeSet<&str> = holders.iter().map(|holder| holder.name.as_str()).collect();
    assert_eq!((rows.len(), &rows), (TABLE.len(), &known), "rows and certificates differ");
    let mut fingerprints = BTreeMap::new();
    for file in identities::certificate_files(demo.folder()) {
        let text = fs::read_to_string(&file).unwrap();
        for der in mss_pki::pem::decode_all(mss_pki::pem::CERTIFICATE, &text).unwrap() {
            fingerprints.insert(hex::encode(mss_pki::sha256(&der)), file.clone());
        }
    }
    for holder in holders {
        fingerprints.remove(&holder.fingerprint);
    }
    assert!(fingerprints.is_empty(), "certificates of the installation without a row: {fingerprints:?}");
}

/// Has the roles write a line for each handshake that succeeds.
fn say_who_comes_in(demo: &Demo) {
    for role in ["ca", "home", "me", "ae"] {
        let path = config(demo, role);
        let mut table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
        table.insert("log".into(), toml::toml! { level = "info,mss_net=debug" }.into());
        fs::write(&path, toml::to_string(&table).unwrap()).unwrap();
        let old = demo.kill(role);
        demo.wait_restarted(role, old);
    }
}

/// What comes of it: what the server says, if the client saw nothing that contradicts it.
async fn cell(demo: &Demo, door: Door, holder: &Holder) -> Result<Cell, String> {
    let mark = demo.log(door.role()).len();
    let outcome = door.knock(demo, holder).await;
    let found = match door {
        Door::Smpp => {
            let lines = at_server(demo, door, mark, |line| line.contains("smpp link down"));
            let garbage = lines.iter().filter(|line| line.contains("the peer sends garbage")).count();
            if (lines.len(), garbage) == (1, 1) { Cell::NoTls } else { return Err(format!("{lines:?}")) }
        }
        // The page writes no lines; a phone that can be seen is the sign that it lives.
        Door::Page => {
            demo.phone(&demo.subscriber(0).0);
            Cell::NoTls
        }
        Door::CaEnrol => with_tls(demo, door, mark, "no certificate")?,
        _ => with_tls(demo, door, mark, &holder.fingerprint)?,
    };
    match (found, client_saw(&outcome)) {
        (Cell::Admitted, Seen::Answer)
        | (Cell::NotListed | Cell::CodeOnly, Seen::Refusal)
        | (_, Seen::Nothing) => Ok(found),
        (_, seen) => Err(format!("{found:?}, but the client saw {seen:?}: {outcome:?}")),
    }
}

/// The server's lines about this connection say what it did.
fn with_tls(demo: &Demo, door: Door, mark: usize, who: &str) -> Result<Cell, String> {
    let address = format!("door=\"{}\"", door.address(demo));
    let handshakes = at_server(demo, door, mark, |line| {
        line.contains("TLS handshake") && line.contains(&address) && line.contains(who)
    });
    let [line] = handshakes.as_slice() else { return Err(format!("{handshakes:#?}")) };
    if line.contains("TLS handshake refused") {
        let reasons = [
            ("UnknownIssuer", Cell::Issuer),
            ("BadSignature", Cell::Signature),
            ("does not allow extended key usage for client authentication", Cell::Purpose),
            ("CaUsedAsEndEntity", Cell::Authority),
            ("certificate expired", Cell::Expired),
            ("peer sent no certificates", Cell::Missing),
        ];
        let found = reasons.iter().find(|(reason, _)| line.contains(reason));
        return found.map(|(_, cell)| *cell).ok_or_else(|| line.clone());
    }
    let log = demo.log(door.role());
    if door == Door::CaEnrol {
        let refused = log[mark..].lines().filter(|line| line.contains("enrolment refused")).count();
        return if refused == 1 { Ok(Cell::CodeOnly) } else { Err(log[mark..].to_owned()) };
    }
    let refused = log[mark..].lines().any(|line| {
        let at_list = line.contains("a peer that is not on the list was refused");
        let at_ae = line.contains("answered with a fault") && line.contains("fault=104");
        (at_list || at_ae) && line.contains(who)
    });
    Ok(if refused { Cell::NotListed } else { Cell::Admitted })
}

/// The lines of the server's log since, once there is one.
fn at_server(demo: &Demo, door: Door, mark: usize, mut is_one: impl FnMut(&str) -> bool) -> Vec<String> {
    wait("the server's line", Duration::from_secs(30), || {
        let log = demo.log(door.role());
        // A line that is being written counts when it is whole.
        let whole = log.rfind('\n').map_or("", |end| &log[mark.min(end)..end]);
        let lines: Vec<String> = whole.lines().filter(|line| is_one(line)).map(str::to_owned).collect();
        (!lines.is_empty()).then_some(lines)
    })
}

#[derive(Debug, PartialEq, Eq)]
enum Seen {
    Nothing,
    Refusal,
    Answer,
}

fn client_saw(outcome: &Result<Answer, NodeError>) -> Seen {
    let Ok(answer) = outcome else { return Seen::Nothing };
    match decode_response(&answer.body, Limits::default()) {
        Ok(Response::Fault(fault)) if fault.code.0 == 104 => Seen::Refusal,
        // The CA speaks JSON.
        Err(_) if answer.status.as_u16() == 403 => Seen::Refusal,
        _ => Seen::Answer,
    }
}
