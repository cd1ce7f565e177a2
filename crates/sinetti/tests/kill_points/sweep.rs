//! One ordinal after the other.
use std::fmt;

use crate::{
    checks,
    control::{Cut, Kill},
    stage::Stage,
    workload::Workload,
};

/// What to sweep.
pub(crate) struct Plan {
    pub(crate) workload: Workload,
    pub(crate) role: &'static str,
    pub(crate) kill: Kill,
    /// From one ordinal to the next.
    pub(crate) stride: u64,
    /// The first ordinal.
    pub(crate) start: u64,
    /// For torn power cuts.
    pub(crate) seed: u64,
}

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:<11} {:<5} {:<15}", self.workload.name(), self.role, self.kill.name())
    }
}

/// What came of it.
pub(crate) struct Report {
    pub(crate) row: String,
    /// The highest ordinal that was reached, and the fsyncs among the operations of a run without a kill.
    ordinals: u64,
    syncs: u64,
    pub(crate) kills: u64,
    pub(crate) undone: u64,
    pub(crate) violations: Vec<String>,
}

impl Report {
    pub(crate) const HEAD: &'static str =
        "workload    role  mode            ordinals  fsyncs  kills  undone  violations";
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} {:>8} {:>7} {:>6} {:>7} {:>11}",
            self.row,
            self.ordinals,
            self.syncs,
            self.kills,
            self.undone,
            self.violations.len()
        )
    }
}

/// Starts in a row that the restart sweep ends.
const STARTS: u64 = 3;
/// Rounds in a row that must run through before a sweep ends: timing moves an operation or two from round to round.
const THROUGH: u32 = 2;
/// A sweep that finds this many faults has found one.
const ENOUGH: usize = 20;

/// Runs a plan.
pub(crate) fn sweep(plan: &Plan) -> Report {
    let name = plan.to_string().split_whitespace().collect::<Vec<_>>().join("-");
    let mut report =
        Report { row: plan.to_string(), ordinals: 0, syncs: 0, kills: 0, undone: 0, violations: Vec::new() };
    let (mut ordinal, mut through) = (plan.start, 0);
    'stages: loop {
        let stage = Stage::start(&name);
        let mut finished = false;
        while through < THROUGH && report.violations.len() < ENOUGH {
            if plan.workload == Workload::Enrol && !stage.cards_left() {
                report.take(&stage, plan);
                continue 'stages;
            }
            let fired = round(plan, &stage, ordinal, &mut report);
            if fired {
                through = 0;
                report.ordinals = report.ordinals.max(ordinal);
                ordinal += plan.stride;
            } else {
                through += 1;
            }
            finished = true;
        }
        if finished {
            report.take(&stage, plan);
        }
        return report;
    }
}

/// One round; whether the process was ended in it.
fn round(plan: &Plan, stage: &Stage, ordinal: u64, report: &mut Report) -> bool {
    let control = stage.control(plan.role);
    let before = control.kills() + control.errors();
    let fired = || control.kills() + control.errors() > before;
    let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(ordinal);
    let arm = || match plan.workload {
        Workload::Restart => control.arm_starts(ordinal, STARTS, plan.kill, seed),
        workload => control.arm(ordinal, plan.kill, seed, workload == Workload::Checkpoint),
    };
    let later = || {
        if plan.kill.cut == Cut::Later && fired() {
            stage.wait_up(plan.role);
            control.cut_now();
            stage.wait_up(plan.role);
        }
    };
    let done = plan.workload.round(stage, plan.role, &arm, &fired, &later);
    let disarmed = [Workload::Restart, Workload::Stop, Workload::Reserve];
    if !disarmed.contains(&plan.workload) {
        // What follows the answer belongs to the work, too.
        if let Ok(done) = &done {
            report.add(plan, ordinal, &control.what(), done.settle(stage));
        }
        later();
        control.wait_quiet();
    }
    let syncs = control.syncs();
    control.disarm();
    stage.wait_up(plan.role);
    let mut findings = match done {
        Ok(done) => done.check(stage),
        Err(error) => vec![error],
    };
    findings.extend(checks::integrity(stage, plan.role));
    report.add(plan, ordinal, &control.what(), findings);
    if !fired() {
        report.syncs = report.syncs.max(syncs);
    }
    fired()
}

impl Report {
    fn add(&mut self, plan: &Plan, ordinal: u64, what: &str, findings: Vec<String>) {
        let what = what.rsplit('/').next().unwrap_or_default();
        let verb = plan.kill.name();
        self.violations.extend(findings.into_iter().map(|finding| {
            format!(
                "{} {} {verb} seed {} ordinal {ordinal} ({what}): {finding}",
                plan.workload.name(),
                plan.role,
                plan.seed
            )
        }));
    }

    /// What a stage has to say at its end.
    fn take(&mut self, stage: &Stage, plan: &Plan) {
        let control = stage.control(plan.role);
        self.kills += control.kills() + control.errors();
        self.undone += control.undone();
        let findings = checks::logs(stage, plan.kill.cut == Cut::Refused);
        self.add(plan, 0, "end", findings);
    }
}
