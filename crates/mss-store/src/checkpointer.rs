use std::{
    path::{Path, PathBuf},
    sync::mpsc::{self, RecvTimeoutError},
    thread::{self, JoinHandle},
    time::Duration,
};

use rusqlite::Connection;

use crate::{StoreError, WriteCounts};

/// Copies the write-ahead log back into the file from a thread and a connection of its own, because an automatic
/// checkpoint on the writer makes every waiting caller wait for it.
pub(crate) struct Checkpointer {
    stop: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How often the log is looked at.
const PERIOD: Duration = Duration::from_millis(250);
/// Below this the log is left alone: rewriting hot pages once is cheaper than often. 4 MiB.
const PASSIVE_PAGES: u64 = 1_000;
/// Above this the log is made to restart, which lets writers wait for a moment. 256 MiB.
const RESTART_PAGES: u64 = 64_000;

impl Checkpointer {
    pub(crate) fn start(path: &Path, counts: WriteCounts) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(1))?;
        let path: PathBuf = path.into();
        let (stop, stopped) = mpsc::channel();
        let work = move || {
            while stopped.recv_timeout(PERIOD) == Err(RecvTimeoutError::Timeout) {
                let pages = counts.pages_in_wal();
                if pages < PASSIVE_PAGES {
                    continue;
                }
                let checkpoint = if pages > RESTART_PAGES {
                    "PRAGMA wal_checkpoint(RESTART)"
                } else {
                    "PRAGMA wal_checkpoint(PASSIVE)"
                };
                // A checkpoint that finds the file busy is no loss: the next one does its work.
                if let Err(error) = connection.query_row(checkpoint, [], |_| Ok(())) {
                    tracing::debug!(path = %path.display(), %error, "checkpoint put off");
                }
            }
        };
        let thread = thread::Builder::new().name("checkpointer".into()).spawn(work);
        let thread =
            thread.map_err(|source| StoreError::File { path: PathBuf::from("checkpointer"), source })?;
        Ok(Self { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic there was printed when it happened; nothing is lost by an unfinished checkpoint.
            drop(thread.join());
        }
    }
}
