//! How a role's process lives: it says when it is ready, reads its configuration again on SIGHUP, ends on another signal,
//! and under `--supervised` also ends when its standard input closes, so that no child outlives the demonstration that
//! started it.
use std::{
    io::{BufRead, Write},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    command_error::CommandError,
    config::Config,
    metrics::{self, Metrics},
    reload::Reload,
};

/// What every role's `run` is told.
#[derive(clap::Args)]
pub(crate) struct RunArgs {
    /// The configuration file
    #[arg(long)]
    pub config: PathBuf,
    /// End when standard input closes, and say when ready on standard output
    #[arg(long)]
    pub supervised: bool,
}

/// What a supervised process says on standard output, one JSON object a line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// It serves.
    Ready,
    /// The answer to a line `metrics` on standard input.
    Metrics(Metrics),
}

/// Says one word.
#[expect(clippy::print_stdout, reason = "standard output is the supervisor's channel")]
pub(crate) fn say(word: &Word) {
    if let Ok(line) = serde_json::to_string(word) {
        println!("{line}");
        drop(std::io::stdout().flush());
    }
}

/// Says that the role serves, and waits for its end: a signal, or the end of standard input when supervised. Until then
/// every SIGHUP reads the configuration again.
pub(crate) async fn serve_until_told<C: Config>(
    role: &'static str,
    supervised: bool,
    mut reload: Reload<C>,
) -> Result<(), CommandError> {
    // Before anybody is told that we serve: until then each of these signals ends the process.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut terminate = signal(SignalKind::terminate())?;
    tracing::info!(role, "ready");
    let (told, mut end) = tokio::sync::oneshot::channel();
    if supervised {
        say(&Word::Ready);
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if line.trim() == "metrics" {
                    say(&Word::Metrics(metrics::read()));
                }
            }
            // Nobody listens any more when a signal was first.
            let _ = told.send(());
        });
    } else {
        // Kept so that `end` stays pending.
        std::mem::forget(told);
    }
    loop {
        tokio::select! {
            _ = &mut end => break,
            () = stop(&mut terminate) => break,
            Some(()) = hangup.recv() => reload.now(),
        }
    }
    tracing::info!(role, "stopping");
    Ok(())
}

async fn stop(terminate: &mut Signal) {
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
