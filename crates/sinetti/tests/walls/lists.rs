//! A list that changes while connections are open holds from the next request on.
use std::{fs, process::Command, time::Duration};

use mss_core::{NodeName, RoleIdentity};
use mss_net::http_client::{Answer, Node, NodeTuning, Pool, Target};
use mss_wire::{Limits, Response, decode_response};
use serde_json::json;

use crate::{
    demo::{Demo, outcome, wait},
    doors::{Door, config},
    identities::{self, Holder},
};

/// One connection of each HTTP version, open for the whole test.
struct Open {
    door: Door,
    http_1: Pool,
    http_2: Node,
    runtime: tokio::runtime::Runtime,
}

impl Open {
    fn new(demo: &Demo, door: Door, holder: &Holder) -> Self {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _inside = runtime.enter();
        let tls = door.tls(demo, holder);
        let address = door.address(demo);
        let target = Target::new(address.clone(), door.server_name()).unwrap();
        let http_1 = Pool::new(tls.clone(), target, 1, 1 << 20);
        let server = match door {
            Door::Ap => "urn:sinetti:ap:ae:ae.demo",
            Door::Mesh => "urn:sinetti:mesh:home:home.demo",
            Door::HomeMe => "urn:sinetti:me:home:home.demo",
            Door::Me => "urn:sinetti:me:me:me.demo",
            _ => "urn:sinetti:me:ca:ca.demo",
        };
        let server = RoleIdentity::from_uri(server).unwrap();
        assert!(NodeName::parse(server.name.as_str()).is_some());
        let tuning = NodeTuning { connections: 1, ..NodeTuning::default() };
        let http_2 = Node::new(&tls, address, server, tuning).unwrap();
        drop(_inside);
        Self { door, http_1, http_2, runtime }
    }

    /// Asks over both; whether they were served. Both must say the same, each on its first connection.
    fn is_served(&self, demo: &Demo) -> bool {
        let within = Duration::from_secs(30);
        let served = [false, true].map(|new| {
            let (path, content_type, body) = self.door.request(demo);
            let answer = self.runtime.block_on(async {
                if new {
                    self.http_2.post(path, content_type, body, within).await
                } else {
                    self.http_1.post(path, content_type, body, within).await
                }
            });
            is_served(&answer.unwrap())
        });
        let opened = (self.http_1.connections_opened(), self.http_2.connections_opened());
        assert_eq!(opened, (1, 1), "{:?}: another connection was opened", self.door);
        assert_eq!(served[0], served[1], "{:?}: HTTP/1.1 and HTTP/2 differ", self.door);
        served[0]
    }
}

fn is_served(answer: &Answer) -> bool {
    match decode_response(&answer.body, Limits::default()) {
        Ok(Response::Fault(fault)) => fault.code.0 != 104,
        Ok(_) => true,
        Err(_) => answer.status.as_u16() != 403,
    }
}

/// Writes a role's configuration and has the role read it; what its log says of that.
fn reload(demo: &Demo, role: &str, text: &str, expected: &str) -> String {
    fs::write(config(demo, role), text).unwrap();
    let mark = demo.log(role).len();
    let id = demo.file()["processes"][role].as_u64().unwrap();
    assert!(Command::new("kill").args(["-HUP", &id.to_string()]).status().unwrap().success());
    wait(expected, Duration::from_secs(20), || {
        let log = demo.log(role)[mark..].to_owned();
        log.contains(expected).then_some(log)
    })
}

const READ: &str = "configuration read again";
const KEPT: &str = "the configuration cannot be used; the one before stays";

fn text(demo: &Demo, role: &str) -> String {
    fs::read_to_string(config(demo, role)).unwrap()
}

/// The configuration with one list changed.
fn edited(text: &str, edit: impl FnOnce(&mut toml::Table)) -> String {
    let mut table: toml::Table = text.parse().unwrap();
    edit(&mut table);
    toml::to_string(&table).unwrap()
}

#[test]
fn who_is_taken_off_a_list_is_refused_at_the_next_request() {
    let demo = Demo::start("walls-lists", false);
    let holders = identities::all(&demo);
    let holder = |name: &str| holders.iter().find(|holder| holder.name == name).unwrap();
    let ids = demo.file()["processes"].clone();
    let empty = || toml::Value::Array(Vec::new());
    let nobody = || toml::Value::Table(toml::Table::new());
    let cases: [(Door, &str, &str, toml::Value); 5] = [
        (Door::Ap, "ap:ap:shop.demo", "ap", nobody()),
        (Door::Mesh, "mesh:ae:ae.demo", "ae", nobody()),
        (Door::HomeMe, "me:me:me.demo", "me", empty()),
        (Door::Me, "me:operator:operator.demo", "operators", empty()),
        (Door::CaMe, "me:me:me.demo", "me", empty()),
    ];
    for (door, name, key, without) in cases {
        let open = Open::new(&demo, door, holder(name));
        let role = door.role();
        let right = text(&demo, role);
        assert!(open.is_served(&demo), "{door:?}");
        let taken_off = edited(&right, |table| drop(table.insert(key.into(), without)));
        reload(&demo, role, &taken_off, READ);
        assert!(!open.is_served(&demo), "{door:?}: taken off and served");
        reload(&demo, role, &right, READ);
        assert!(open.is_served(&demo), "{door:?}: listed again and refused");

        // What cannot be used changes nothing.
        for broken in
            ["this is no TOML", "", &edited(&right, |table| drop(table.insert("moon".into(), 1.into())))]
        {
            let said = reload(&demo, role, broken, KEPT);
            assert!(said.contains("ERROR") && said.contains(".toml"), "{said}");
            assert!(open.is_served(&demo), "{door:?}: a broken configuration was taken over");
        }
        // What needs a restart is named, and the lists are taken over all the same.
        let more = edited(&taken_off, |table| drop(table.insert("data".into(), "elsewhere".into())));
        let said = reload(&demo, role, &more, READ);
        assert!(said.contains("keys=\"data\"") && said.contains("wait for a restart"), "{said}");
        assert!(!open.is_served(&demo), "{door:?}");
        reload(&demo, role, &right, READ);
    }
    others_at_the_ae(&demo, holder("ap:ap:other.demo"));
    grants(&demo, holder("mesh:ae:ae.demo"));
    assert_eq!(demo.file()["processes"], ids, "a role has ended");
    binds(&demo);
}

/// An AP that is added gets in; one whose certificate is exchanged gets in with the new one only; an entry that the
/// directory refuses leaves the directory as it is.
fn others_at_the_ae(demo: &Demo, other: &Holder) {
    let right = text(demo, "ae");
    let ap_id = demo.file()["ap"]["ap_id"].as_str().unwrap().to_owned();
    let shop = identities::all(demo).into_iter().find(|holder| holder.name == "ap:ap:shop.demo").unwrap();
    let (old, new) = (Open::new(demo, Door::Ap, &shop), Open::new(demo, Door::Ap, other));
    assert!(old.is_served(demo) && !new.is_served(demo));
    let with = |certificates: Vec<toml::Value>| {
        edited(&right, |table| {
            drop(
                table["ap"][&ap_id]
                    .as_table_mut()
                    .unwrap()
                    .insert("certificates".into(), certificates.into()),
            );
        })
    };
    reload(demo, "ae", &with(vec![other.fingerprint.clone().into()]), READ);
    assert!(!old.is_served(demo) && new.is_served(demo));
    let said = reload(demo, "ae", &with(Vec::new()), KEPT);
    assert!(said.contains("has no certificate"), "{said}");
    assert!(!old.is_served(demo) && new.is_served(demo));
    reload(demo, "ae", &right, READ);
    assert!(old.is_served(demo) && !new.is_served(demo));
}

/// An AE that may no longer speak for an AP.
fn grants(demo: &Demo, ae: &Holder) {
    let right = text(demo, "home");
    let open = Open::new(demo, Door::Mesh, ae);
    assert!(open.is_served(demo));
    let other = edited(&right, |table| {
        let entry = table["ae"]["ae.demo"].as_table_mut().unwrap();
        drop(entry.insert("ap_ids".into(), vec![toml::Value::from("http://another.example")].into()));
    });
    reload(demo, "home", &other, READ);
    assert!(!open.is_served(demo), "an AP_ID that was taken away");
    reload(demo, "home", &right, READ);
    assert!(open.is_served(demo));
}

/// The HMSSP's bind at the software short-message centre, open for long.
fn binds(demo: &Demo) {
    let right = text(demo, "smsc");
    let (number, pin) = demo.subscriber(0);
    let sign = |words: &str| {
        let asking = demo.sign(&[&number, words, "--mode", "asynch", "--timeout", "120"]);
        demo.wait_asked(&number);
        demo.enter_pin(&number, &pin);
        let (done, said) = outcome(asking);
        assert!(done, "{said}");
        wait("the phone is free again", Duration::from_secs(20), || {
            (demo.phone(&number)["state"] == json!("idle")).then_some(())
        });
    };
    sign("With a bind");
    let without = edited(&right, |table| drop(table.insert("esme".into(), toml::Value::Array(Vec::new()))));
    let mark = demo.log("smsc").len();
    reload(demo, "smsc", &without, READ);
    wait("the bind ends and none is taken", Duration::from_secs(30), || {
        let log = demo.log("smsc")[mark..].to_owned();
        (log.contains("smpp bind ended") && log.contains("smpp bind refused")).then_some(())
    });
    // A refused password is tried again slowly; a restart asks at once.
    reload(demo, "smsc", &right, READ);
    let (id, mark) = (demo.kill("home"), demo.log("smsc").len());
    demo.wait_restarted("home", id);
    wait("a bind", Duration::from_secs(60), || {
        demo.log("smsc")[mark..].contains("smpp link up").then_some(())
    });
    sign("With a bind again");
}
