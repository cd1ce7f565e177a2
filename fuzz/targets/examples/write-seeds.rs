//! Writes the seeds of every target, or of those named, into `fuzz/seeds/NAME`, from where a campaign starts.
#![allow(clippy::unwrap_used, reason = "a tool that may stop at the first problem")]
use std::fs;

use sinetti_fuzz_targets::{TARGETS, corpus};

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    for target in
        TARGETS.iter().filter(|target| wanted.is_empty() || wanted.iter().any(|name| name == target.name))
    {
        let folder = corpus::folder().join("seeds").join(target.name);
        fs::create_dir_all(&folder).unwrap();
        for (number, seed) in (target.seeds)().iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:03}")), seed).unwrap();
        }
    }
}
