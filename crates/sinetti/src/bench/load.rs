//! The load: so many APs' connections, each asking one person after the other and waiting for the signature.
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mss_core::{Msisdn, Operation, SignatureProfile, message::MessagingMode};

use crate::{
    ap_client::{self, ApClient, Order, OrderContent, is_signed},
    command_error::CommandError,
    demo::Platform,
};

/// One signature in so many is verified in full by the load generator; the HMSSP verifies every one.
const SAMPLE: u64 = 100;

/// What the load saw.
pub(crate) struct Load {
    pub took: Duration,
    /// How long each completed signature took, sorted.
    pub latencies: Vec<Duration>,
    pub failed: u64,
    pub handshakes: u64,
    /// The first failure, for the person who reads.
    pub first_failure: Option<String>,
}

/// Runs it.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]
pub(crate) async fn run(
    platform: &Platform,
    transactions: u64,
    concurrency: usize,
    subscribers: usize,
) -> Result<Load, CommandError> {
    let client = ApClient::new(&platform.ap_access(), concurrency)?;
    let roots = Arc::new(platform.users_root());
    let next = Arc::new(AtomicU64::new(0));
    let start = Instant::now();
    let mut workers = Vec::new();
    for worker in 0..concurrency {
        // Each worker has people of its own, so that nobody is asked twice at a time.
        let people = (worker..subscribers).step_by(concurrency).map(|n| platform.msisdn(n));
        let people: Vec<Msisdn> = people.collect::<Result<_, _>>()?;
        let (client, next, roots) = (client.clone(), next.clone(), roots.clone());
        workers.push(tokio::spawn(async move {
            let mut seen = Seen::default();
            for turn in 0.. {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let Some(person) = people.get(turn % people.len()).filter(|_| number < transactions) else {
                    break;
                };
                let begin = Instant::now();
                match one(&client, person, number, &roots).await {
                    Ok(()) => seen.latencies.push(begin.elapsed()),
                    Err(error) => {
                        seen.failed += 1;
                        seen.first_failure.get_or_insert_with(|| error.to_string());
                    }
                }
            }
            seen
        }));
    }
    let mut all = Seen::default();
    for worker in workers {
        let seen = worker.await?;
        all.latencies.extend(seen.latencies);
        all.failed += seen.failed;
        all.first_failure = all.first_failure.or(seen.first_failure);
    }
    let took = start.elapsed();
    all.latencies.sort_unstable();
    let Seen { latencies, failed, first_failure } = all;
    Ok(Load { took, latencies, failed, handshakes: client.handshakes(), first_failure })
}

#[derive(Default)]
struct Seen {
    latencies: Vec<Duration>,
    failed: u64,
    first_failure: Option<String>,
}

async fn one(
    client: &ApClient,
    person: &Msisdn,
    number: u64,
    roots: &std::path::Path,
) -> Result<(), CommandError> {
    let text = format!("Bench order {number}: pay 12 EUR?");
    let order = Order {
        msisdn: person,
        content: OrderContent::Text(&text),
        displayed: None,
        profile: SignatureProfile { operation: Operation::Sign },
        mode: MessagingMode::Synch,
        timeout_s: 120,
    };
    let request = client.request(&order)?;
    let answer = client.sign(&request, Duration::from_secs(150)).await?.answer;
    let answer = answer.map_err(|fault| format!("fault {}: {}", fault.code.0, fault.detail))?;
    let signature =
        answer.signature.filter(|_| is_signed(answer.status)).ok_or("no signature in the answer")?;
    if number.is_multiple_of(SAMPLE) {
        let report = ap_client::verify(&signature, roots, None)?;
        if report.content.as_deref() != Some(text.as_bytes()) {
            return Err("the signature is over another text".into());
        }
    }
    Ok(())
}
