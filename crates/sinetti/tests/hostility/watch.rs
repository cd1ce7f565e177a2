//! What an attack costs a process.
use super::{
    Stage,
    good_ap::GoodAp,
    process::{Process, Use},
};

const MIB: u64 = 1024;
/// KiB. More than this in addition is no service but a leak: one AP may use a part of it, all together the rest.
const MEMORY: u64 = 512 * MIB;

/// Before, at the peak, after: prints and checks what an attack cost.
pub(crate) struct Watch<'a> {
    what: &'static str,
    stage: &'a Stage,
    role: &'static str,
    process: Process,
    before: Use,
    log: usize,
    served: usize,
}

impl<'a> Watch<'a> {
    pub(crate) fn begin(what: &'static str, stage: &'a Stage, role: &'static str, good: &GoodAp) -> Self {
        let process = stage.process(role);
        process.forget_peak();
        let (before, log) = (process.now(), stage.demo.log(role).lines().count());
        Self { what, stage, role, process, before, log, served: good.served() }
    }

    /// The attack is at its height now, or over, with so many connections: the good AP is served all the same.
    pub(crate) fn end(self, good: &GoodAp, connections: usize) {
        good.wait_more(2);
        let after = self.process.now();
        let lines = self.stage.demo.log(self.role).lines().count() - self.log;
        let served = good.served() - self.served;
        println!(
            "{}: {} before: {}; after: {}; {served} signatures meanwhile, {lines} log lines for {connections} connections",
            self.what, self.role, self.before, after
        );
        assert!(after.peak < self.before.memory + MEMORY, "{}: memory", self.what);
        // Each signature has lines of its own.
        assert!(lines <= 4 * connections + 16 * (served + 2) + 100, "{}: {lines} log lines", self.what);
    }
}
