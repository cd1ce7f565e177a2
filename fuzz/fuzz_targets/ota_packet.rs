#![no_main]
libfuzzer_sys::fuzz_target!(|octets: &[u8]| sinetti_fuzz_targets::ota_packet::run(octets));
