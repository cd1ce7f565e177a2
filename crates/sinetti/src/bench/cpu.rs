//! Processor time of a process, and what one core can do.
use std::time::{Duration, Instant};

use mss_pki::{NodeKey, Signer};

use crate::{command_error::CommandError, system::SystemEntropy};

/// User and system time of a process, from the kernel's table; its unit is a hundredth of a second.
pub(crate) fn of_process(id: u32) -> Result<Duration, CommandError> {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The second field is the program's name in parentheses and may hold spaces.
    let fields = stat.rsplit_once(')').map(|(_, rest)| rest).ok_or("unreadable process table")?;
    let ticks: u64 = fields.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// Logical cores that this process may use.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, Into::into)
}

/// P-256 verifications per second on this thread.
#[expect(clippy::disallowed_methods, reason = "a measurement needs the clock")]
pub(crate) fn p256_verify_per_s() -> Result<f64, CommandError> {
    let key = NodeKey::generate(&mut SystemEntropy)?;
    let message = [7; 200];
    let signature = key.sign(&message)?;
    let public = key.public_key();
    let start = Instant::now();
    let mut done = 0_u32;
    while start.elapsed() < Duration::from_secs(1) {
        for _ in 0..100 {
            if !public.verify_der(&message, &signature) {
                return Err("a good signature did not verify".into());
            }
        }
        done += 100;
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}
