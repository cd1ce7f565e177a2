use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// What a store has written since it was opened. Cheap to clone; all clones count together.
#[derive(Debug, Clone, Default)]
pub struct WriteCounts(Arc<Counters>);

#[derive(Debug, Default)]
struct Counters {
    commits: AtomicU64,
    wal_pages: AtomicU64,
    pages_in_wal: AtomicU64,
}

impl WriteCounts {
    /// Durable commits: each is one `fsync` of the write-ahead log.
    #[must_use]
    pub fn commits(&self) -> u64 {
        self.0.commits.load(Ordering::Relaxed)
    }

    /// Octets appended to the write-ahead log, frame headers included.
    #[must_use]
    pub fn wal_octets(&self) -> u64 {
        // A frame is a page of 4096 octets and a header of 24.
        self.0.wal_pages.load(Ordering::Relaxed) * (4096 + 24)
    }

    /// Called after each commit with the number of pages now in the log; the log restarts from zero when it was emptied.
    pub(crate) fn committed(&self, pages_in_wal: u64) {
        let before = self.0.pages_in_wal.swap(pages_in_wal, Ordering::Relaxed);
        let appended = if pages_in_wal >= before { pages_in_wal - before } else { pages_in_wal };
        self.0.wal_pages.fetch_add(appended, Ordering::Relaxed);
        self.0.commits.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn pages_in_wal(&self) -> u64 {
        self.0.pages_in_wal.load(Ordering::Relaxed)
    }
}
