//! The load: so many APs' connections, each asking one person after the other and waiting for the signature.
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use mss_core::{Fault, Msisdn, Operation, SignatureProfile, message::MessagingMode};

use crate::{
    ap_client::{self, ApClient, OrderContent, is_signed},
    command_error::CommandError,
    demo::Platform,
    system::now_ms,
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
    /// With a bad radio: what became of each order.
    pub orders: Vec<Order>,
}

/// How much.
pub(crate) struct Plan {
    pub transactions: u64,
    pub concurrency: usize,
    pub subscribers: usize,
    /// The radio is bad: every order is remembered and every signature verified, and every fourth text is long.
    pub lossy: bool,
}

/// What became of one order.
pub(crate) struct Order {
    /// The phone's number.
    pub number: u64,
    /// The text, which no other order has.
    pub text: String,
    pub begin_ms: u64,
    pub end_ms: u64,
    pub answer: Answer,
}

/// The AP's final answer.
pub(crate) enum Answer {
    /// A signature that verifies.
    Signed,
    /// A fault.
    Fault(u16),
    /// None, or one that is no answer.
    None,
}

/// Runs it.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]
pub(crate) async fn run(platform: &Platform, plan: &Plan) -> Result<Load, CommandError> {
    let &Plan { transactions, concurrency, subscribers, lossy } = plan;
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
                let (begin, begin_ms) = (Instant::now(), now_ms());
                let text = text(number, lossy);
                let verify = lossy || number.is_multiple_of(SAMPLE);
                let answer = match one(&client, person, &text, verify, &roots).await {
                    Ok(Ok(())) => {
                        seen.latencies.push(begin.elapsed());
                        Answer::Signed
                    }
                    Ok(Err(fault)) => {
                        seen.fail(format!("fault {}: {}", fault.code.0, fault.detail));
                        Answer::Fault(fault.code.0)
                    }
                    Err(error) => {
                        seen.fail(error.to_string());
                        Answer::None
                    }
                };
                if lossy {
                    let number = person.digits().parse().unwrap_or_default();
                    seen.orders.push(Order { number, text, begin_ms, end_ms: now_ms(), answer });
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
        all.orders.extend(seen.orders);
    }
    let took = start.elapsed();
    all.latencies.sort_unstable();
    let Seen { latencies, failed, first_failure, orders } = all;
    Ok(Load { took, latencies, failed, handshakes: client.handshakes(), first_failure, orders })
}

#[derive(Default)]
struct Seen {
    latencies: Vec<Duration>,
    failed: u64,
    first_failure: Option<String>,
    orders: Vec<Order>,
}

impl Seen {
    fn fail(&mut self, why: String) {
        self.failed += 1;
        self.first_failure.get_or_insert(why);
    }
}

/// A text that no other order has. With a bad radio every fourth needs two short messages.
fn text(number: u64, lossy: bool) -> String {
    let mut text = format!("Bench order {number}: pay 12 EUR?");
    if lossy && number.is_multiple_of(4) {
        text.push_str(
            " Delivered to the usual address on the next working day, returns within fourteen days.",
        );
    }
    text
}

async fn one(
    client: &ApClient,
    person: &Msisdn,
    text: &str,
    verify: bool,
    roots: &std::path::Path,
) -> Result<Result<(), Fault>, CommandError> {
    let order = ap_client::Order {
        msisdn: person,
        content: OrderContent::Text(text),
        displayed: None,
        profile: SignatureProfile { operation: Operation::Sign },
        mode: MessagingMode::Synch,
        timeout_s: 120,
    };
    let request = client.request(&order)?;
    let answer = client.sign(&request, Duration::from_secs(150)).await?.answer;
    let answer = match answer {
        Ok(answer) => answer,
        Err(fault) => return Ok(Err(fault)),
    };
    let signature =
        answer.signature.filter(|_| is_signed(answer.status)).ok_or("no signature in the answer")?;
    if verify {
        let report = ap_client::verify(&signature, roots, None)?;
        if report.content.as_deref() != Some(text.as_bytes()) {
            return Err("the signature is over another text".into());
        }
    }
    Ok(Ok(()))
}
