//! Every target on its seeds, on what is kept of earlier runs, and on a fixed walk of mutations of both.
use std::panic::{AssertUnwindSafe, catch_unwind};

use sinetti_fuzz_targets::{TARGETS, Target, corpus, mutator::Mutator};

/// Most inputs and octets that one target keeps: the repository is no archive.
const KEPT_FILES: usize = 250;
const KEPT_OCTETS: usize = 256 * 1024;

/// Mutations of each target; those with public-key work, whole engines or long texts have fewer.
fn rounds(name: &str) -> usize {
    match name {
        "role_home_events" => 1_000,
        "cms" | "x509" | "role_ae_events" | "soap" | "soap_response" | "config" => 5_000,
        _ => 20_000,
    }
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn holds(target: &Target, what: &str, input: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    assert!(outcome.is_ok(), "{} breaks on {what}: {}", target.name, hex(input));
}

fn replay(target: &Target) {
    let seeds = (target.seeds)();
    assert!(!seeds.is_empty(), "{} has no seed", target.name);
    for (number, seed) in seeds.iter().enumerate() {
        holds(target, &format!("seed {number}"), seed);
    }
    let kept = corpus::kept(target);
    let octets: usize = kept.iter().map(|(_, input)| input.len()).sum();
    assert!(kept.len() <= KEPT_FILES && octets <= KEPT_OCTETS, "{} keeps too much", target.name);
    for (name, input) in &kept {
        holds(target, name, input);
    }
    let inputs: Vec<&[u8]> =
        seeds.iter().chain(kept.iter().map(|(_, input)| input)).map(Vec::as_slice).collect();
    let mut mutator = Mutator::new(target.name.bytes().map(u64::from).sum());
    for _ in 0..rounds(target.name) {
        let (one, other) = (inputs[mutator.below(inputs.len())], inputs[mutator.below(inputs.len())]);
        let input = mutator.mutate(one, other);
        holds(target, "a mutation", &input);
    }
}

#[test]
fn every_binary_of_cargo_fuzz_is_a_target_and_back() {
    let manifest = std::fs::read_to_string(corpus::folder().join("Cargo.toml")).unwrap();
    for target in TARGETS {
        let source = corpus::folder().join(format!("fuzz_targets/{}.rs", target.name));
        assert!(source.exists(), "{}", source.display());
        assert!(manifest.contains(&format!("name = \"{}\"", target.name)), "{}", target.name);
    }
    assert_eq!(manifest.matches("[[bin]]").count(), TARGETS.len());
}

macro_rules! replays {
    ($($name:ident)*) => {
        const REPLAYED: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                replay(TARGETS.iter().find(|target| target.name == stringify!($name)).unwrap());
            }
        )*
    };
}

replays! {
    soap soap_response ca_json words sms_tpdu reassembly gsm7 ota_packet put_key osap smpp_pdu smpp_session cms x509
    signed_attributes config role_home_events role_ae_events
}

#[test]
fn no_target_is_left_out() {
    let named: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    assert_eq!(named, REPLAYED);
}
