//! Connections by the thousand that do nothing, in each phase of their life, and more of them than descriptors.
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
mod hostility;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
};

use hostility::{
    Stage,
    process::own_descriptor_limit,
    watch::Watch,
    wire::{PATIENCE, connect, say, tcp},
};
use tokio::task::JoinSet;

#[test]
fn thousands_of_idle_connections_leave_room_for_others() {
    idle(10_000, 20);
}

/// As above, and the flood that never ends goes on for longer.
#[test]
#[ignore = "some minutes: run by the campaign"]
fn a_long_flood_of_connections_leaves_room_for_others() {
    idle(15_000, 2_000);
}

fn idle(connections: usize, meanwhile: usize) {
    let stage = Stage::start(&format!("idle-{connections}"));
    let ids = stage.demo.file()["processes"].clone();
    let ae = stage.process("ae");
    // Ours, and those of the tests beside this one.
    let room = own_descriptor_limit().saturating_sub(3_000);
    let connections = connections.min(room);
    println!(
        "{connections} connections: descriptors {} here, {} in the AE",
        own_descriptor_limit(),
        ae.descriptor_limit()
    );
    let good = stage.good_ap();
    let descriptors = ae.now().descriptors;
    let tls = stage.hostile_tls(&[]);

    let watch = Watch::begin("idle before TLS", &stage, "ae", &good);
    let held = stage.runtime.block_on(open(connections, |_| {
        let door = stage.door;
        async move { tcp(door).await }
    }));
    println!("{} are connected; ae {}", held.len(), ae.now());
    watch.end(&good, held.len());
    drop(held);
    ae.wait_descriptors(descriptors);

    for (what, begin) in [("idle after TLS", ""), ("idle after half a head", "POST / HTTP/1.1\r\nHost: loc")]
    {
        let watch = Watch::begin(what, &stage, "ae", &good);
        let held = stage.runtime.block_on(open(connections, |_| {
            let (tls, door) = (tls.clone(), stage.door);
            async move {
                let mut stream = connect(&tls, door).await?;
                say(&mut stream, begin.as_bytes()).await?;
                Ok(stream)
            }
        }));
        println!("{} are connected; ae {}", held.len(), ae.now());
        watch.end(&good, held.len());
        drop(held);
        ae.wait_descriptors(descriptors);
    }
    // New ones all the time, which take the place of those that were cut.
    let watch = Watch::begin("a flood that never ends", &stage, "ae", &good);
    let opened = Arc::new(AtomicUsize::new(0));
    let flood: Vec<_> = (0..16)
        .map(|_| {
            let (opened, door) = (opened.clone(), stage.door);
            stage.runtime.spawn(async move {
                let mut held = std::collections::VecDeque::new();
                loop {
                    held.extend(tcp(door).await.ok());
                    opened.fetch_add(1, Relaxed);
                    if held.len() > 200 {
                        drop(held.pop_front());
                    }
                }
            })
        })
        .collect();
    good.wait_more(meanwhile);
    demo::wait("the flood", PATIENCE, || (opened.load(Relaxed) > 4_000).then_some(()));
    watch.end(&good, opened.load(Relaxed));
    for task in flood {
        task.abort();
    }
    ae.wait_descriptors(descriptors);
    let served = good.stop();
    println!("afterwards: ae {}; {served} signatures in all", ae.now());
    stage.all_is_well(&ids);
}

/// Descriptors run out at the listener and not at the store or the links.
#[test]
fn with_few_descriptors_there_is_still_room_for_others() {
    let stage = Stage::start_with_descriptors(256, "descriptors");
    let ids = stage.demo.file()["processes"].clone();
    let ae = stage.process("ae");
    assert_eq!(ae.descriptor_limit(), 256);
    let good = stage.good_ap();
    let descriptors = ae.now().descriptors;
    let tls = stage.hostile_tls(&[]);
    let watch = Watch::begin("256 descriptors", &stage, "ae", &good);
    let mut before = stage.runtime.block_on(open(1_000, |_| {
        let door = stage.door;
        async move { tcp(door).await }
    }));
    let after = stage.runtime.block_on(open(300, |_| {
        let (tls, door) = (tls.clone(), stage.door);
        async move { connect(&tls, door).await }
    }));
    good.wait_more(20);
    before.truncate(500);
    println!("{} and {} connections; ae {}", before.len(), after.len(), ae.now());
    watch.end(&good, 1_300);
    drop((before, after));
    ae.wait_descriptors(descriptors);
    good.stop();
    assert!(!stage.demo.log("ae").contains("cannot accept"), "{}", stage.demo.log("ae"));
    stage.all_is_well(&ids);
}

/// Opens so many, some at a time; what could be opened.
async fn open<T: Send + 'static, F>(count: usize, one: impl Fn(usize) -> F) -> Vec<T>
where
    F: Future<Output = io::Result<T>> + Send + 'static,
{
    let (mut tasks, mut opened) = (JoinSet::new(), Vec::new());
    let mut next = 0;
    loop {
        while next < count && tasks.len() < 64 {
            tasks.spawn(one(next));
            next += 1;
        }
        match tasks.join_next().await {
            None => return opened,
            Some(done) => opened.extend(done.unwrap().ok()),
        }
    }
}
