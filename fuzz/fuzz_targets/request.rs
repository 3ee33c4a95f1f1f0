//! The strict reader of requests: any bytes are read or refused for each operation, and what is read is written and read
//! again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ums_model::{AnyRequest, OPERATIONS, Operation as _};

fuzz_target!(|body: &[u8]| {
    for operation in OPERATIONS {
        for known in operation.paths {
            match AnyRequest::from_wire(operation.name, known.path, body) {
                Ok(read) => {
                    let written = read.encode().expect("what was read has a form");
                    let again = AnyRequest::from_wire(operation.name, known.path, &written);
                    assert_eq!(again.as_ref(), Ok(&read));
                }
                Err(error) => assert_eq!(error.operation(), operation.name),
            }
        }
    }
});
