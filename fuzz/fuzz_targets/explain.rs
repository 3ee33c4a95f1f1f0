//! Anything is gone through; no signature is explained that was not made, and no
//! key is shown.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ums_auth::{AppId, AppKey};
use ums_explain::{CapturedRequest, Claim, explain};

const KEY: &str = "MadeUpKeyForFuzzing0123456789";

fuzz_target!(|data: &[u8]| {
    let (header, body) = match CapturedRequest::parse(data) {
        Ok(captured) => (captured.authorization(), captured.body()),
        Err(_) => {
            let split = data.iter().position(|byte| *byte == 0).unwrap_or(data.len());
            let (header, body) = data.split_at(split);
            let Ok(header) = core::str::from_utf8(header) else {
                return;
            };
            (header, body)
        }
    };
    let app_id = AppId::new("fuzz").expect("a valid AppId");
    let app_key = AppKey::new(KEY).expect("a valid key");
    let claim = Claim::of_request(header, body, app_id, &app_key)
        .with_request_line("POST", "/x")
        .with_other_call(header);
    let told = explain(&claim);
    assert!(!told.is_match() && !told.is_explained(), "{told:?}");
    assert!(!format!("{told:?}").to_lowercase().contains(&KEY.to_lowercase()));
    let _ = explain(&Claim::of_headers(header, header));
});
