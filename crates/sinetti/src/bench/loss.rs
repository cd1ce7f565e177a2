//! A bench with a bad radio: what is asked of it, and the configuration that makes it so.
use std::path::{Path, PathBuf};

/// How bad the radio is.
#[derive(clap::Args, Debug, Clone, Copy)]
pub(crate) struct LossArgs {
    /// Per cent of short messages that are lost, each way
    #[arg(long, default_value_t = 0.0)]
    loss: f64,
    /// Per cent of short messages that arrive twice, each way
    #[arg(long, default_value_t = 0.0)]
    duplicate: f64,
    /// Per cent of short messages that later ones overtake, each way
    #[arg(long, default_value_t = 0.0)]
    reorder: f64,
    /// Where the radio's chance starts
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Break a card's silence after so many seconds instead of 30 for a request, 40 and 10 for a result
    #[arg(long)]
    retry_after_s: Option<u64>,
    /// The cards prove receipt on errors only (SPI 163A instead of 1639)
    #[arg(long)]
    proof_on_error: bool,
    /// Milliseconds that each person thinks before the PIN
    #[arg(long, default_value_t = 0)]
    think_ms: u64,
}

impl LossArgs {
    /// Whether anything goes wrong at all.
    pub(crate) fn is_lossy(&self) -> bool {
        self.loss + self.duplicate + self.reorder > 0.0
    }

    /// The rules of a platform with such a radio.
    pub(crate) fn rules(&self, root: &Path) -> crate::demo::Rules {
        let &Self { loss, duplicate, reorder, seed, .. } = self;
        let smsc = format!(
            "\n[radio]\nallow_faults = true\nseed = {seed}\nloss = {loss:?}\nduplicate = {duplicate:?}\nreorder = {reorder:?}\n\
             journal = \"{}\"\n",
            journal_file(root).display()
        );
        let timers = |s: u64| {
            format!("\n[timers]\nsign_of_life_s = {s}\nfirst_question_s = {s}\nquestion_again_s = {s}\n")
        };
        crate::demo::Rules {
            proof_on_error: self.proof_on_error,
            think_ms: self.think_ms,
            home: self.retry_after_s.map(timers).unwrap_or_default(),
            smsc: if self.is_lossy() { smsc } else { String::new() },
        }
    }

    /// One line about it.
    pub(crate) fn describe(&self) -> String {
        let spi = if self.proof_on_error { "163A" } else { "1639" };
        format!(
            "{} % lost, {} % duplicated, {} % reordered, each way; seed {}; SPI {spi}",
            self.loss, self.duplicate, self.reorder, self.seed
        )
    }
}

/// Where the short-message centre writes what it sees.
pub(crate) fn journal_file(root: &Path) -> PathBuf {
    root.join("radio.jsonl")
}
