//! Any query is read or refused; what is read is written as it is read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ums_auth::open_form_param::Query;

fuzz_target!(|query: &str| {
    if let Ok(read) = Query::parse(query) {
        assert_eq!(Query::parse(&read.encoded()), Ok(read));
    }
});
