#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| sinetti_fuzz_targets::soap::run(octets));
