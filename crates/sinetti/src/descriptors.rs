//! File descriptors: how many this process may open, so that no listener takes those that the store needs.
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What stays for the store, links, log and runtime.
const RESERVED: u64 = 128;

/// Raises this process's limit as far as the system lets it, and says how many descriptors each of `listeners` may use.
pub(crate) fn for_each_of(listeners: u64) -> usize {
    let limit = getrlimit(Resource::Nofile);
    // Where the system refuses, the present limit is what there is.
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let current = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    usize::try_from(share(current, listeners)).unwrap_or(usize::MAX)
}

fn share(current: u64, listeners: u64) -> u64 {
    // With very few, half is for listeners.
    let free = current.saturating_sub(RESERVED).max(current / 2);
    free / listeners.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_never_get_all() {
        for (current, listeners, each) in
            [(1024, 1, 896), (1024, 2, 448), (100, 1, 50), (20_000, 2, 9936), (u64::MAX, 0, u64::MAX - 128)]
        {
            assert_eq!(share(current, listeners), each, "{current} {listeners}");
        }
    }
}
