//! The control file that the shim in a role's process maps: words of eight octets, as `shim.c` lists them.
use std::{
    fs::{File, OpenOptions},
    os::unix::fs::FileExt,
    path::Path,
    time::Duration,
};

use crate::demo::wait;

/// What vanishes when the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Nothing: `kill -9`.
    None,
    /// Everything that was not synced.
    All,
    /// A part of it, chosen by the seed, down to sectors.
    Part,
    /// Nothing at first; but when the next process has answered, the power fails and everything vanishes that the first
    /// one had not synced and the second one did not sync either.
    Later,
    /// Nothing, and the process goes on: the disk refuses the one operation.
    Refused,
}

/// On which side of the operation the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    Before,
    After,
}

/// How the process ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kill {
    pub(crate) cut: Cut,
    pub(crate) when: When,
    /// Whether what is sent on sockets counts, too.
    pub(crate) sends: bool,
}

impl Kill {
    pub(crate) fn name(self) -> &'static str {
        match (self.cut, self.when) {
            (Cut::None, _) if self.sends => "kill-any-send",
            (Cut::None, When::Before) => "kill-before",
            (Cut::None, When::After) => "kill-after",
            (Cut::All, _) => "power-cut",
            (Cut::Part, _) => "power-cut-torn",
            (Cut::Later, _) => "kill-then-cut",
            (Cut::Refused, _) => "disk-error",
        }
    }
}

/// One role's control file.
pub(crate) struct Control(File);

/// Words, by place.
const COUNT: u64 = 0;
const KILL_AT: u64 = 1;
const AFTER: u64 = 2;
const MODE: u64 = 3;
const SEED: u64 = 4;
const KILLS: u64 = 5;
const LIVES: u64 = 6;
const ONLY_MAIN: u64 = 7;
const UNDONE: u64 = 8;
const SYNCS: u64 = 9;
const SOCKETS: u64 = 10;
const QUEUED: u64 = 11;
const TAKEN: u64 = 12;
const ERRORS: u64 = 14;
const CUT_NOW: u64 = 15;
const QUEUE: u64 = 16;
/// Where the words on the last kill begin, in octets; the file's size.
const WHAT: u64 = 512;
const SIZE: u64 = 1024;

impl Control {
    pub(crate) fn create(path: &Path) -> Self {
        let file = OpenOptions::new().create(true).truncate(true).read(true).write(true).open(path).unwrap();
        file.set_len(SIZE).unwrap();
        Self(file)
    }

    fn get(&self, word: u64) -> u64 {
        let mut octets = [0; 8];
        self.0.read_exact_at(&mut octets, word * 8).unwrap();
        u64::from_ne_bytes(octets)
    }

    fn set(&self, word: u64, value: u64) {
        self.0.write_all_at(&value.to_ne_bytes(), word * 8).unwrap();
    }

    fn set_kill(&self, kill: Kill, seed: u64, only_main: bool) {
        self.set(KILL_AT, 0);
        self.set(AFTER, u64::from(kill.when == When::After));
        self.set(
            MODE,
            match kill.cut {
                Cut::None => 0,
                Cut::All => 1,
                Cut::Part => 2,
                Cut::Refused => 3,
                Cut::Later => 4,
            },
        );
        self.set(SOCKETS, u64::from(kill.sends));
        self.set(SEED, seed);
        self.set(ONLY_MAIN, u64::from(only_main));
        self.set(COUNT, 0);
        self.set(SYNCS, 0);
    }

    /// The running process ends at this ordinal from now on, once.
    pub(crate) fn arm(&self, ordinal: u64, kill: Kill, seed: u64, only_main: bool) {
        self.set_kill(kill, seed, only_main);
        self.set(KILL_AT, ordinal);
    }

    /// The next so many starts of the process end at this ordinal of theirs.
    pub(crate) fn arm_starts(&self, ordinal: u64, starts: u64, kill: Kill, seed: u64) {
        self.set_kill(kill, seed, false);
        self.set(TAKEN, 0);
        (0..starts).for_each(|n| self.set(QUEUE + n, ordinal));
        self.set(QUEUED, starts);
    }

    pub(crate) fn disarm(&self) {
        self.set(KILL_AT, 0);
        self.set(QUEUED, 0);
    }

    /// The power fails now; returns when the process is gone.
    pub(crate) fn cut_now(&self) {
        let kills = self.kills();
        self.set(CUT_NOW, 1);
        wait("the power cut", Duration::from_secs(30), || (self.kills() > kills).then_some(()));
    }

    /// Operations since the last arming, or since the last start that took an ordinal.
    pub(crate) fn count(&self) -> u64 {
        self.get(COUNT)
    }

    /// fsyncs since the last arming.
    pub(crate) fn syncs(&self) -> u64 {
        self.get(SYNCS)
    }

    /// Kills since the file was made.
    pub(crate) fn kills(&self) -> u64 {
        self.get(KILLS)
    }

    /// Operations that the disk refused.
    pub(crate) fn errors(&self) -> u64 {
        self.get(ERRORS)
    }

    /// Starts of the process.
    pub(crate) fn lives(&self) -> u64 {
        self.get(LIVES)
    }

    /// Changes that power cuts have undone.
    pub(crate) fn undone(&self) -> u64 {
        self.get(UNDONE)
    }

    /// The operation at which the last kill came.
    pub(crate) fn what(&self) -> String {
        let mut octets = [0; (SIZE - WHAT) as usize];
        self.0.read_exact_at(&mut octets, WHAT).unwrap();
        String::from_utf8_lossy(&octets).trim_end_matches('\0').to_owned()
    }

    /// Waits until the role has done nothing on its disk for a while: what follows an answer has been written. A pace, not
    /// a promise: whatever comes later is killed later, and the checks wait for it.
    pub(crate) fn wait_quiet(&self) {
        let mut last = (self.count(), self.kills());
        loop {
            std::thread::sleep(Duration::from_millis(40));
            let now = (self.count(), self.kills());
            if now == last {
                return;
            }
            last = now;
        }
    }
}
