//! One role's process under the demonstration: its own program start, its log file, its words on standard output.
use std::{path::Path, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::{command_error::CommandError, metrics::Metrics, supervised::Word};

/// A role that runs.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    input: ChildStdin,
    words: Lines<BufReader<ChildStdout>>,
}

/// How long a role may take until it serves.
const START: Duration = Duration::from_secs(30);

impl Process {
    /// Starts `sinetti ROLE run` and waits until it serves.
    pub(crate) async fn start(name: &'static str, config: &Path, log: &Path) -> Result<Self, CommandError> {
        let log_file = std::fs::File::options().create(true).append(true).open(log)?;
        let mut child = Command::new(std::env::current_exe()?)
            .args([name, "run", "--supervised", "--config"])
            .arg(config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log_file)
            .kill_on_drop(true)
            .spawn()?;
        let input = child.stdin.take().ok_or("no standard input")?;
        let output = child.stdout.take().ok_or("no standard output")?;
        let words = BufReader::new(output).lines();
        let mut process = Self { name, child, input, words };
        match tokio::time::timeout(START, process.word()).await {
            Ok(Ok(Word::Ready)) => Ok(process),
            _ => {
                let log = std::fs::read_to_string(log).unwrap_or_default();
                let last: Vec<_> = log.lines().rev().take(3).collect();
                let last: Vec<_> = last.into_iter().rev().collect();
                Err(format!("{name} did not start: {}", last.join(" | ")).into())
            }
        }
    }

    /// What the process has counted so far.
    pub(crate) async fn metrics(&mut self) -> Result<Metrics, CommandError> {
        self.input.write_all(b"metrics\n").await?;
        self.input.flush().await?;
        match self.word().await? {
            Word::Metrics(metrics) => Ok(metrics),
            Word::Ready => Err("the role said it is ready twice".into()),
        }
    }

    /// Its role.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Its process id, while it runs.
    pub(crate) fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end.
    pub(crate) async fn ended(&mut self) -> String {
        let how = self.child.wait().await.map_or_else(|error| error.to_string(), |status| status.to_string());
        format!("{} has ended: {how}", self.name)
    }

    /// Ends it by closing its standard input, and waits.
    pub(crate) async fn stop(mut self) {
        drop(self.input);
        if tokio::time::timeout(Duration::from_secs(5), self.child.wait()).await.is_err() {
            // It will be killed when dropped.
            tracing::warn!(role = self.name, "did not end by itself");
        }
    }

    async fn word(&mut self) -> Result<Word, CommandError> {
        let line = self.words.next_line().await?.ok_or_else(|| format!("{} has ended", self.name))?;
        Ok(serde_json::from_str(&line)?)
    }
}
