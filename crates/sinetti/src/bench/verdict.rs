//! What must hold whatever the radio loses: one prompt, one signature, one final answer, and no signature that was handed
//! over is kept from the AP.
use std::{collections::BTreeMap, fmt::Write as _, time::Duration};

use serde_json::json;

use super::{
    Reading,
    ledger::{CardTransaction, Faults, Ledger},
    load::{Answer, Order},
    report::percentile,
};
use crate::metrics::Metrics;

/// What is handed over in the last moment may cross the end on its way: the HMSSP's clock decides, and it is late.
const CROSSING_MS: u64 = 1_000;

/// What was counted.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Rules that were broken, each a sentence with how often.
    broken: Vec<String>,
    signed: u64,
    /// Faults that the AP was answered with, by code.
    faults: BTreeMap<u16, u64>,
    /// Signatures made, at the cards.
    made: u64,
    /// Made, and the radio lost every copy.
    every_copy_lost: u64,
    /// Made, and the first copy came when the transaction was over.
    late: u64,
    retried: u64,
    requests_again: u64,
    results_asked: u64,
    down: Faults,
    up: Faults,
    clean: Vec<Duration>,
    touched: Vec<Duration>,
}

impl Verdict {
    /// Compares what the cards did with what the AP was told.
    pub(crate) fn new(ledger: &Ledger, orders: &[Order], before: &Reading, after: &Reading) -> Self {
        let mut verdict = Self { down: ledger.down, up: ledger.up, ..Self::default() };
        let mut by_order: BTreeMap<&str, Vec<&CardTransaction>> = BTreeMap::new();
        for transaction in ledger.transactions.values() {
            by_order.entry(&transaction.text).or_default().push(transaction);
        }
        let all = ledger.transactions.values();
        verdict.must_be_none(
            "card transactions made more than one signature or key",
            all.clone().filter(|t| t.made > 1).count(),
        );
        verdict
            .must_be_none("card transactions prompted more than once", all.filter(|t| t.prompts > 1).count());
        let mut counts = OrderCounts::default();
        for order in orders {
            let cards = by_order.get(order.text.as_str()).map_or(&[][..], Vec::as_slice);
            verdict.order(order, cards, ledger, &mut counts);
        }
        verdict.must_be_none("orders were signed more than once", counts.signed_twice);
        verdict.must_be_none("orders prompted more than once", counts.prompted_twice);
        verdict.must_be_none("orders got no final answer", counts.unanswered);
        verdict.must_be_none("answers hold a signature that no card made", counts.unmade);
        verdict.must_be_none(
            "signatures were made and handed over in time, and the AP did not get them",
            counts.withheld,
        );
        for role in ["ae", "home"] {
            let open = after.of(role).map_or(1, |metrics| metrics.open);
            verdict.must_be_none(&format!("transactions are still open at {role}"), open as usize);
        }
        let home = |of: fn(&Metrics) -> u64| {
            let at = |reading: &Reading| reading.of("home").map_or(0, of);
            at(after).saturating_sub(at(before))
        };
        verdict.retried = home(|m| m.retried);
        verdict.requests_again = home(|m| m.requests_again);
        verdict.results_asked = home(|m| m.results_asked);
        verdict.clean.sort_unstable();
        verdict.touched.sort_unstable();
        verdict
    }

    fn must_be_none(&mut self, what: &str, count: usize) {
        if count > 0 {
            self.broken.push(format!("{count} {what}"));
        }
    }

    fn order(
        &mut self,
        order: &Order,
        cards: &[&CardTransaction],
        ledger: &Ledger,
        counts: &mut OrderCounts,
    ) {
        let made: u32 = cards.iter().map(|card| card.made).sum();
        self.made += u64::from(made);
        counts.signed_twice += usize::from(made > 1);
        counts.prompted_twice += usize::from(cards.iter().map(|card| card.prompts).sum::<u32>() > 1);
        match &order.answer {
            Answer::Signed => {
                self.signed += 1;
                counts.unmade += usize::from(made == 0);
                let took = Duration::from_millis(order.end_ms.saturating_sub(order.begin_ms));
                let touched = ledger.touched(order.number, order.begin_ms, order.end_ms);
                if touched {
                    self.touched.push(took)
                } else {
                    self.clean.push(took)
                }
                return;
            }
            Answer::Fault(code) => *self.faults.entry(*code).or_default() += 1,
            Answer::None => counts.unanswered += 1,
        }
        if made == 0 {
            return;
        }
        let first = cards.iter().flat_map(|card| &card.results_taken_ms).min();
        match first {
            None => self.every_copy_lost += 1,
            Some(at) if at + CROSSING_MS < order.end_ms => counts.withheld += 1,
            Some(_) => self.late += 1,
        }
    }

    /// The rules that were broken.
    pub(crate) fn broken(&self) -> &[String] {
        &self.broken
    }

    /// The lines of the report.
    pub(crate) fn table(&self, description: &str) -> String {
        let mut text = String::new();
        let faults: Vec<String> =
            self.faults.iter().map(|(code, count)| format!("{count} x {code}")).collect();
        let faults = if faults.is_empty() { "none".to_owned() } else { faults.join(", ") };
        let row = |name: &str, faults: Faults| {
            format!(
                "{name}: {} lost, {} duplicated, {} reordered",
                faults.lost, faults.duplicated, faults.delayed
            )
        };
        let times = |name: &str, times: &[Duration]| {
            let at = |permille| percentile(times, permille);
            format!(
                "{name}: {} signed; p50 {:.1} ms, p90 {:.1} ms, p99 {:.1} ms, p99.9 {:.1} ms, slowest {:.1} ms",
                times.len(),
                at(500),
                at(900),
                at(990),
                at(999),
                at(1000)
            )
        };
        let lines = [
            format!("\nbad radio: {description}"),
            row("to the phones", self.down),
            row("from the phones", self.up),
            format!("signatures made at the cards {}, received by the AP {}", self.made, self.signed),
            format!("faults answered: {faults}; expired (208) {}", self.faults.get(&208).unwrap_or(&0)),
            format!(
                "made but not received: every copy lost {}, first copy after the end {}",
                self.every_copy_lost, self.late
            ),
            format!(
                "transactions that took a retry {}: requests again {}, results asked {}",
                self.retried, self.requests_again, self.results_asked
            ),
            times("radio did nothing", &self.clean),
            times("radio did something", &self.touched),
            if self.broken.is_empty() {
                "every rule was kept: one prompt, one signature and one final answer for each order, none open".into()
            } else {
                format!("BROKEN: {}", self.broken.join("; "))
            },
        ];
        for line in lines {
            let _ = writeln!(text, "{line}");
        }
        text
    }

    /// The same for machines.
    pub(crate) fn json(&self) -> serde_json::Value {
        let faults = |faults: Faults| json!({"lost": faults.lost, "duplicated": faults.duplicated, "reordered": faults.delayed});
        let times = |times: &[Duration]| json!({"signed": times.len(), "p50_ms": percentile(times, 500), "p99_ms": percentile(times, 990), "slowest_ms": percentile(times, 1000)});
        json!({
            "broken": self.broken,
            "made": self.made,
            "signed": self.signed,
            "faults": self.faults,
            "every_copy_lost": self.every_copy_lost,
            "late": self.late,
            "retried": self.retried,
            "requests_again": self.requests_again,
            "results_asked": self.results_asked,
            "down": faults(self.down),
            "up": faults(self.up),
            "clean": times(&self.clean),
            "touched": times(&self.touched),
        })
    }
}

#[derive(Default)]
struct OrderCounts {
    signed_twice: usize,
    prompted_twice: usize,
    unanswered: usize,
    unmade: usize,
    withheld: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(answer: Answer) -> Order {
        Order { number: 1, text: "Pay?".into(), begin_ms: 1_000, end_ms: 121_000, answer }
    }

    fn card(prompts: u32, made: u32, taken_ms: &[u64]) -> CardTransaction {
        CardTransaction {
            prompts,
            text: "Pay?".into(),
            made,
            results_sent: made,
            results_taken_ms: taken_ms.to_vec(),
        }
    }

    fn verdict(answer: Answer, cards: Vec<CardTransaction>) -> Verdict {
        let mut ledger = Ledger::default();
        for (txn, card) in (0..).zip(cards) {
            ledger.transactions.insert((1, txn), card);
        }
        let done = || Metrics::default();
        let reading = || Reading {
            roles: vec![("ae", Duration::ZERO, done()), ("home", Duration::ZERO, done())],
            own_cpu: Duration::ZERO,
        };
        Verdict::new(&ledger, &[order(answer)], &reading(), &reading())
    }

    #[test]
    fn each_broken_rule_is_found() {
        let cases: [(Answer, Vec<CardTransaction>, &str); 6] = [
            (Answer::Signed, vec![card(1, 2, &[2_000])], "more than one signature"),
            (Answer::Signed, vec![card(2, 1, &[2_000])], "prompted more than once"),
            (Answer::Signed, vec![card(1, 1, &[2_000]), card(1, 1, &[])], "signed more than once"),
            (Answer::Signed, vec![], "no card made"),
            (Answer::None, vec![card(1, 0, &[])], "no final answer"),
            (Answer::Fault(208), vec![card(1, 1, &[2_000])], "did not get them"),
        ];
        for (answer, cards, expected) in cases {
            let verdict = verdict(answer, cards);
            assert!(verdict.broken().iter().any(|rule| rule.contains(expected)), "{:?}", verdict.broken());
        }
    }

    #[test]
    fn what_the_radio_lost_breaks_nothing() {
        let lost = verdict(Answer::Fault(208), vec![card(1, 1, &[])]);
        assert_eq!((lost.broken().len(), lost.every_copy_lost, lost.late), (0, 1, 0));
        let late = verdict(Answer::Fault(208), vec![card(1, 1, &[120_500])]);
        assert_eq!((late.broken().len(), late.every_copy_lost, late.late), (0, 0, 1));
        let good = verdict(Answer::Signed, vec![card(1, 1, &[2_000, 3_000])]);
        assert!(good.broken().is_empty() && good.table("").contains("every rule was kept"));
    }
}
