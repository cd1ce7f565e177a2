//! Whom a role dials. A server that has a good certificate of the right authority and is somebody else is told nothing.
use std::{
    fs,
    io::{Read as _, Write as _},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::{
    decoy::Decoy,
    demo::{Demo, sinetti, wait},
    doors::{Door, config},
    identities::Authorities,
};

/// Puts another address into a role's configuration and starts the role again.
fn redirect(demo: &Demo, role: &str, old: &str, new: &str) {
    let path = config(demo, role);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{role} does not dial {old}");
    fs::write(&path, text.replace(old, new)).unwrap();
    let id = demo.kill(role);
    demo.wait_restarted(role, id);
}

/// A command under way, ended with the value.
struct Running(Child);

impl Running {
    fn start(command: &mut Command, input: &str) -> Self {
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
        Self(child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

/// `wrong` are dialled and told nothing; `right` is told something, which shows that the decoy can hear.
fn dialled(
    what: &str,
    authorities: &Authorities,
    decoy: &Decoy,
    wrong: &[&str],
    right: &str,
    mut dial: impl FnMut() -> Running,
) {
    for (spec, is_right) in wrong.iter().map(|spec| (*spec, false)).chain([(right, true)]) {
        decoy.become_(&authorities.node(spec));
        let mut running = dial();
        let told = wait(&format!("{what} dials {spec}"), Duration::from_secs(90), || {
            // A command ends when it was refused; the next one dials again.
            if running.0.try_wait().unwrap().is_some() {
                running = dial();
            }
            Some(decoy.told()).filter(|told| told.connections > 0 && (!is_right || told.octets > 0))
        });
        drop(running);
        assert_eq!(told.octets > 0, is_right, "{what} at {spec}: {told:?}");
        assert_eq!(decoy.told().octets > 0, is_right, "{what} at {spec}");
    }
}

#[test]
fn a_server_of_another_name_is_told_nothing() {
    let demo = Demo::start("walls-diallers", true);
    let authorities = Authorities::of(&demo);
    let decoy = Decoy::start();
    commands(&demo, &authorities, &decoy);

    let there = decoy.address.to_string();
    redirect(&demo, "ae", &Door::Mesh.address(&demo), &there);
    dialled(
        "AE to HMSSP",
        &authorities,
        &decoy,
        // Another HMSSP; one that also has the right DNS name; an AE. The identity decides, not the DNS name alone.
        &["mesh:home:other.demo", "mesh:home:other.demo:home.demo", "mesh:ae:other.demo:home.demo"],
        "mesh:home:home.demo",
        || {
            let mut command = sinetti();
            command
                .arg("sign")
                .arg("--demo")
                .arg(demo.folder())
                .arg(demo.subscriber(0).0)
                .arg("Nobody hears this");
            Running::start(&mut command, "")
        },
    );

    me_to_ca(&demo, &authorities, &decoy);
    redirect(&demo, "me", &Door::HomeMe.address(&demo), &there);
    let me = Door::Me.address(&demo);
    let batch = fs::read_dir(demo.folder().join("smsc/batches")).unwrap().next().unwrap().unwrap().path();
    dialled(
        "ME to HMSSP",
        &authorities,
        &decoy,
        &[
            "me:home:other.demo",
            "me:home:other.demo:home.demo",
            "me:ca:ca.demo:home.demo",
            "me:me:me.demo:home.demo",
            "me:operator:operator.demo:home.demo",
        ],
        "me:home:home.demo",
        || {
            let mut command = operator(&demo, "import-cards", &me);
            Running::start(command.arg("--batch").arg(&batch), "")
        },
    );
    home_to_smsc(&demo);
}

/// Certificates are ordered for a new person only: with a card of its own, held by a script.
fn me_to_ca(demo: &Demo, authorities: &Authorities, decoy: &Decoy) {
    let file = |path: &str| demo.folder().join(path);
    let mut init = sinetti();
    init.args(["smsc", "init", "--cards", "1", "--first-number", "+358401000099", "--reply-to", "17171"]);
    init.arg("--transport-key").arg(file("home/vault/transport.pub")).arg("--data").arg(file("more"));
    assert!(init.stdout(Stdio::null()).status().unwrap().success());
    let path = config(demo, "smsc");
    let mut table: toml::Table = fs::read_to_string(&path).unwrap().parse().unwrap();
    table.insert("data".into(), file("more").display().to_string().into());
    table.insert("person".into(), toml::toml! { scripted = true }.into());
    fs::write(&path, toml::to_string(&table).unwrap()).unwrap();
    let id = demo.kill("smsc");
    demo.wait_restarted("smsc", id);
    let me = Door::Me.address(demo);
    let mut import = operator(demo, "import-cards", &me);
    let batch = file("more/batches/cards-0001.json");
    assert!(import.arg("--batch").arg(batch).stdout(Stdio::null()).status().unwrap().success());

    let (here, there) = (Door::CaMe.address(demo), decoy.address.to_string());
    redirect(demo, "me", &here, &there);
    dialled(
        "ME to CA",
        authorities,
        decoy,
        &[
            "me:ca:other.demo",
            "me:ca:other.demo:ca.demo",
            "me:home:home.demo:ca.demo",
            "me:me:me.demo:ca.demo",
        ],
        "me:ca:ca.demo",
        || {
            let mut command = operator(demo, "register", &me);
            command.args([
                "--msisdn",
                "+358401000099",
                "--iccid",
                "8900000358401000099",
                "--given-name",
                "Eino",
            ]);
            Running::start(command.args(["--surname", "Leino", "--serial", "FI-DEMO-PERSON-0099"]), "")
        },
    );
    redirect(demo, "me", &there, &here);
}

/// What a person starts at a terminal.
fn commands(demo: &Demo, authorities: &Authorities, decoy: &Decoy) {
    let there = decoy.address.to_string();
    let file = |path: &str| demo.folder().join(path);
    dialled(
        "AP to AE",
        authorities,
        decoy,
        &["ap:ae:other.demo", "ap:ae:ae.demo", "ap:ap:shop.demo:localhost"],
        "ap:ae:ae.demo:localhost",
        || {
            let mut command = sinetti();
            command.args(["sign", "+358401000001", "Nobody hears this", "--ap-id", "http://shop.demo"]);
            command.args(["--endpoint", &format!("https://localhost:{}/mss", decoy.address.port())]);
            command.arg("--certificate").arg(file("ap/tls/ap.pem")).arg("--key").arg(file("ap/tls/ap.key"));
            command.arg("--ca").arg(file("ca/public/ap-root.pem"));
            command.arg("--users-ca").arg(file("ca/public/users-root.pem"));
            Running::start(&mut command, "")
        },
    );
    dialled(
        "operator to ME",
        authorities,
        decoy,
        &[
            "me:me:other.demo",
            "me:me:other.demo:me.demo",
            "me:home:home.demo:me.demo",
            "me:ca:ca.demo:me.demo",
        ],
        "me:me:me.demo",
        || {
            let mut command = operator(demo, "query", &there);
            Running::start(command.args(["--msisdn", "+358401000001"]), "")
        },
    );
    let out = demo.folder().join("ap").join("decoy");
    dialled(
        "enrolment to CA",
        authorities,
        decoy,
        // Whoever hears an enrolment hears its code.
        &[
            "me:ca:other.demo",
            "me:ca:other.demo:ca.demo",
            "me:home:home.demo:ca.demo",
            "me:me:me.demo:ca.demo",
        ],
        "me:ca:ca.demo",
        || {
            let mut command = sinetti();
            command.args(["enrol", "ap", "--network", "ap", "--name", "shop.demo", "--ca", &there]);
            command.args(["--ca-name", "ca.demo", "--ca-root"]).arg(file("ca/public/me-root.pem"));
            Running::start(command.arg("--out").arg(&out), "not-a-code")
        },
    );
    assert!(!Path::new(&out).exists(), "nothing was written");
}

fn operator(demo: &Demo, what: &str, me: &str) -> Command {
    let mut command = sinetti();
    command.args(["operator", what, "--me", me, "--me-name", "me.demo", "--identity"]);
    command.arg(demo.folder().join("operator/tls"));
    command
}

/// SMPP has no certificates: whoever listens at the address hears the bind. Before it is accepted nothing else leaves.
fn home_to_smsc(demo: &Demo) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    redirect(demo, "home", &Door::Smpp.address(demo), &listener.local_addr().unwrap().to_string());
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    let mut octets = Vec::new();
    // Until the HMSSP gives up, or falls silent for long.
    drop(stream.read_to_end(&mut octets));
    let length = u32::from_be_bytes(octets[..4].try_into().unwrap());
    assert_eq!(octets[4..8], 9_u32.to_be_bytes(), "a bind_transceiver");
    assert_eq!(octets.len(), usize::try_from(length).unwrap(), "one bind and no more");
}
