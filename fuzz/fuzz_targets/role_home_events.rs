#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| sinetti_fuzz_targets::role_home_events::run(octets));
