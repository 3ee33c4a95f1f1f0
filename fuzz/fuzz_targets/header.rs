//! Any header is read or refused; what is read is written as it is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ums_auth::{open_access_token, open_body_sig};

fuzz_target!(|header: &str| {
    if let Ok(read) = open_body_sig::Authorization::parse(header) {
        assert_eq!(open_body_sig::Authorization::parse(&read.header()), Ok(read));
    }
    if let Ok(read) = open_access_token::Authorization::parse(header) {
        assert_eq!(open_access_token::Authorization::parse(&read.header()), Ok(read));
    }
});
