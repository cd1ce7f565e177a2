#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| sinetti_fuzz_targets::put_key::run(octets));
