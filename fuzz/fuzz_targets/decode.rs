#![no_main]

#[path = "../scan.rs"]
#[allow(dead_code, reason = "tests use the rest")]
mod scan;

libfuzzer_sys::fuzz_target!(|data: &[u8]| scan::decode(data));
