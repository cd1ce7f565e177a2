//! Random lives: whatever happens in whatever order, a transaction ends once, an AP sees its own transactions only, and
//! every answer has an earlier audit record.
use std::{collections::BTreeMap, time::Duration};

use mss_core::{Fault, FaultCode, MsspTransId};
use proptest::prelude::*;
use role_ae::{AeAnswer, AeInput, Outcome, TroubleKind};

use crate::world::*;

#[derive(Debug, Clone)]
enum Op {
    Ask { bank: bool, number: u8, asynch: bool },
    Poll { bank: bool, row: u8 },
    Home { row: u8, code: u16 },
    Status { row: u8, code: u16 },
    Trouble { row: u8, attempt: u8 },
    Gone { waiter: u8 },
    Pass { millis: u32 },
    Restart,
    Crash { durable: bool },
}

fn op() -> impl Strategy<Value = Op> {
    let code = || prop::sample::select(vec![500_u16, 0, 101, 104, 208, 401, 780, 900]);
    prop_oneof![
        4 => (any::<bool>(), 0..4_u8, any::<bool>())
            .prop_map(|(bank, number, asynch)| Op::Ask { bank, number, asynch }),
        3 => (any::<bool>(), 0..8_u8).prop_map(|(bank, row)| Op::Poll { bank, row }),
        2 => (0..8_u8, code()).prop_map(|(row, code)| Op::Home { row, code }),
        2 => (0..8_u8, code()).prop_map(|(row, code)| Op::Status { row, code }),
        3 => (0..8_u8, 0..6_u8).prop_map(|(row, attempt)| Op::Trouble { row, attempt }),
        1 => (0..16_u8).prop_map(|waiter| Op::Gone { waiter }),
        3 => (0..80_000_u32).prop_map(|millis| Op::Pass { millis }),
        1 => Just(Op::Restart),
        2 => any::<bool>().prop_map(|durable| Op::Crash { durable }),
    ]
}

/// Which AP made which row, and what its polls have been told so far.
#[derive(Default)]
struct Watch {
    told: BTreeMap<u64, String>,
}

fn name(bank: bool) -> &'static str {
    if bank { "bank" } else { "shop" }
}

fn run(world: &mut World, watch: &mut Watch, op: &Op) {
    let outcome = |row: u8, code: u16| match code {
        500 => Ok(signature(row)),
        code => Err(Fault::new(FaultCode(code), "of the home")),
    };
    match op {
        Op::Ask { bank, number, asynch: mode } => {
            let make = if *mode { asynch } else { request };
            world.ask(name(*bank), make(name(*bank), &format!("T{number}"), START));
        }
        Op::Poll { bank, row } => poll(world, watch, *bank, u64::from(*row)),
        Op::Home { row, code } => {
            world.turn(vec![AeInput::HomeAnswered { row: u64::from(*row), outcome: outcome(*row, *code) }])
        }
        Op::Status { row, code } => world.turn(vec![AeInput::StatusAnswered {
            row: u64::from(*row),
            outcome: if *code == 0 { Ok(None) } else { outcome(*row, *code).map(Some) },
        }]),
        Op::Trouble { row, attempt } => world.turn(vec![AeInput::HomeTrouble {
            row: u64::from(*row),
            attempt: u32::from(*attempt),
            kind: TroubleKind::Broken,
        }]),
        Op::Gone { waiter } => {
            world.turn(vec![AeInput::WaiterGone { waiter: mss_core::engine::WaiterId(u64::from(*waiter)) }])
        }
        Op::Pass { millis } => world.pass(Duration::from_millis(u64::from(*millis))),
        Op::Restart => world.restart(),
        // The next turn, whatever it is, is the last of this run.
        Op::Crash { durable } => {
            world.crash = Some(if *durable { Crash::AfterCommit } else { Crash::BeforeCommit });
        }
    }
}

fn poll(world: &mut World, watch: &mut Watch, bank: bool, row: u64) {
    if world.crash.is_some() {
        world.turn(vec![]);
    }
    let found = world.store.lock().unwrap().rows.get(&row).cloned();
    let Some((stored, outcome)) = found else {
        let guess = MsspTransId::parse(&format!("S{row:x}-0123456789abcdef0123")).unwrap();
        assert_eq!(answer_code(world.poll(name(bank), &guess)), "101");
        return;
    };
    let told = answer_code(world.poll(name(bank), &stored.trans_id));
    if stored.ap_id != ap_id(name(bank)) {
        assert_eq!(told, "101", "another AP's transaction is none");
        return;
    }
    let expected = match outcome.as_deref() {
        None => "504".to_owned(),
        Some(Outcome::Signed(made)) => made.status.0.to_string(),
        Some(Outcome::Failed(fault)) => fault.code.0.to_string(),
    };
    assert_eq!(told, expected);
    let before = watch.told.insert(row, told.clone());
    assert!(before.is_none_or(|before| before == "504" || before == told), "a final answer changed");
}

fn check_answers(world: &World) {
    let store = world.store.lock().unwrap();
    for (_, answer) in &world.answers {
        if let Ok(AeAnswer::Signature(resp)) = answer {
            let row = resp.mssp_trans_id.row().unwrap();
            let (stored, outcome) = store.rows.get(&row).unwrap();
            assert_eq!(stored.ap_id, resp.ap_info.ap_id, "an answer went to another AP");
            if let Some(cms) = &resp.signature {
                let Some(Outcome::Signed(made)) = outcome.as_deref() else { panic!("not signed") };
                assert_eq!(&made.cms, cms, "all answers carry the one signature");
            }
        }
    }
    let answered = world.answers.len();
    assert!(answered == 0 || !store.audit.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]
    #[test]
    fn every_life_keeps_the_rules(ops in prop::collection::vec(op(), 1..60)) {
        let (mut world, mut watch) = (World::new(), Watch::default());
        for op in &ops {
            run(&mut world, &mut watch, op);
        }
        world.crash = None;
        check_answers(&world);
        // Whatever happened, the home's word still ends what is open, and every synch waiter is answered at the latest then.
        world.pass(Duration::from_secs(100));
        let rows: Vec<u64> = world.store.lock().unwrap().rows.keys().copied().collect();
        for row in rows {
            world.turn(vec![AeInput::StatusAnswered { row, outcome: Err(Fault::new(FaultCode(208), "")) }]);
        }
        prop_assert_eq!(world.engine.open_transactions(), 0);
    }
}
