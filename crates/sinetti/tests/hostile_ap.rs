//! An Application Provider that does not behave, with a good certificate, while another one asks for one signature after
//! the other and must get each. Memory, file descriptors and log of the AE stay bounded.
#![cfg(feature = "demo")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test says what is wrong by panicking"
)]
mod demo;
mod hostile_http;
mod hostility;

use std::net::SocketAddr;

use hostile_http::{http_1, http_2};
use hostility::{Stage, address, watch::Watch};

#[test]
fn an_ap_that_does_not_behave_disturbs_nobody() {
    let stage = Stage::start("hostile-ap");
    let ids = stage.demo.file()["processes"].clone();
    let (ae, good) = (stage.process("ae"), stage.good_ap());
    let descriptors = ae.now().descriptors;
    let tls = stage.hostile_tls(&[]);
    // These take their time.
    let slow = stage.runtime.spawn(http_1::slow_heads_and_bodies(tls.clone(), stage.door));
    for (what, attack) in http_1::ATTACKS {
        let watch = Watch::begin(what, &stage, "ae", &good);
        let (number, door) = (stage.demo.subscriber(1).0, stage.door);
        let connections = stage.runtime.block_on(attack(tls.clone(), door, number));
        watch.end(&good, connections);
    }
    let mesh: SocketAddr = address(&stage.demo, "home", "mesh_listener").parse().unwrap();
    let doors = [
        ("ae", stage.door, stage.hostile_tls(&["h2"]), "localhost"),
        ("home", mesh, stage.ae_tls(&["h2"]), "home.demo"),
    ];
    for (role, door, tls, name) in doors {
        for (what, attack) in http_2::ATTACKS {
            let watch = Watch::begin(what, &stage, role, &good);
            let connections = stage.runtime.block_on(attack(tls.clone(), door, name));
            watch.end(&good, connections);
        }
    }
    let (heads, bodies) = stage.runtime.block_on(slow).unwrap();
    println!("slow: {heads} heads and {bodies} bodies were cut or refused");
    let served = good.stop();
    ae.wait_descriptors(descriptors);
    println!("afterwards: ae {}; {served} signatures in all", ae.now());
    stage.all_is_well(&ids);
}
