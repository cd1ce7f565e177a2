//! A process as the system sees it: memory and file descriptors.
use std::{
    fmt, fs,
    path::Path,
    time::{Duration, Instant},
};

/// Connections between roles that may have been opened meanwhile.
const SLACK: usize = 8;

/// By its id.
#[derive(Clone, Copy)]
pub(crate) struct Process(pub(crate) u64);

/// What a process uses.
#[derive(Clone, Copy)]
pub(crate) struct Use {
    /// Resident memory, KiB.
    pub(crate) memory: u64,
    /// The most that it was since [`Process::forget_peak`], KiB.
    pub(crate) peak: u64,
    /// Open file descriptors.
    pub(crate) descriptors: usize,
}

impl fmt::Display for Use {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} KiB (peak {}), {} descriptors", self.memory, self.peak, self.descriptors)
    }
}

impl Process {
    pub(crate) fn now(self) -> Use {
        let folder = format!("/proc/{}", self.0);
        let status = fs::read_to_string(format!("{folder}/status")).unwrap();
        let field = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
            line.trim_matches([':', ' ', '\t', 'k', 'B']).parse().unwrap()
        };
        let descriptors = fs::read_dir(format!("{folder}/fd")).unwrap().count();
        Use { memory: field("VmRSS"), peak: field("VmHWM"), descriptors }
    }

    /// Lets the peak count from now on; where that is not allowed it goes on counting from the start, which is harmless.
    pub(crate) fn forget_peak(self) {
        drop(fs::write(format!("/proc/{}/clear_refs", self.0), "5"));
    }

    /// Waits until no more descriptors are open than there were, but for a few: links between the roles come and go.
    pub(crate) fn wait_descriptors(self, before: usize) {
        let start = Instant::now();
        while self.now().descriptors > before + SLACK {
            assert!(start.elapsed() < Duration::from_secs(60), "{before} before; {} remain", self.now());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The greatest number of descriptors that it may open.
    pub(crate) fn descriptor_limit(self) -> usize {
        descriptor_limit(Path::new(&format!("/proc/{}/limits", self.0)))
    }
}

/// The same of this process.
pub(crate) fn own_descriptor_limit() -> usize {
    descriptor_limit(Path::new("/proc/self/limits"))
}

fn descriptor_limit(file: &Path) -> usize {
    let limits = fs::read_to_string(file).unwrap();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files")).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap_or(usize::MAX)
}
