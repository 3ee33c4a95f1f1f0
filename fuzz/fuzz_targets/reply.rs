//! The readers of replies: any bytes are read or refused, and what is read
//! again is the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ums_model::{
    CompleteAuthorizationReply, JsonReply, PayReply, PreauthorizeReply, QueryAuthorizationReply, QueryRefundReply,
    QueryReply, RefundReply, VoidPaymentReply,
};

fuzz_target!(|body: &[u8]| {
    let body = bytes::Bytes::copy_from_slice(body);
    let any = JsonReply::decode(body.clone());
    if let Ok(reply) = &any {
        assert_eq!(reply.received().as_bytes(), &body[..]);
        let plain: serde_json::Result<serde_json::Value> = serde_json::from_slice(&body);
        // A number too large for a float is kept as text here and refused there.
        assert!(plain.is_ok() || plain.is_err_and(|error| error.to_string().contains("number")));
    }
    macro_rules! agrees {
        ($($reply:ty),*) => {$(
            assert_eq!(<$reply>::decode(body.clone()).is_ok(), any.is_ok());
        )*};
    }
    agrees!(VoidPaymentReply, PayReply, RefundReply, QueryReply, QueryRefundReply);
    agrees!(PreauthorizeReply, CompleteAuthorizationReply, QueryAuthorizationReply);
});
