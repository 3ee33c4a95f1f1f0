//! The one list of the operations of this crate.

/// Hands the list of the operations to the macro `$make`: where each is declared, its reply, and which column of the reply
/// codes judges it. That column also says whether an operation moves money: `Query` and `Activation` do not.
///
/// `PosOperation`, `OPERATIONS`, `AnyRequest` and `AnyReply` are made from it: an operation that is not here is in none of
/// them.
macro_rules! every_operation {
    ($make:ident) => {
        $make! {
            poslink::pay::{Pay, PayReply} judged as Pay;
            poslink::void_payment::{VoidPayment, VoidPaymentReply} judged as VoidOrReversal;
            poslink::query::{Query, QueryReply} judged as Query;
            poslink::query_refund::{QueryRefund, QueryRefundReply} judged as Query;
            poslink::refund::{Refund, RefundReply} judged as Refund;
            poslink::activate_terminal::{ActivateTerminal, ActivateTerminalReply} judged as Activation;
            poslink::reverse_payment::{ReversePayment, ReversePaymentReply} judged as VoidOrReversal;
            preauthorization::preauthorize::{Preauthorize, PreauthorizeReply} judged as Pay;
            preauthorization::complete_authorization::{CompleteAuthorization, CompleteAuthorizationReply} judged as VoidAndRefund;
            preauthorization::void_authorization::{VoidAuthorization, VoidAuthorizationReply} judged as VoidOrReversal;
            preauthorization::quick_complete_authorization::{QuickCompleteAuthorization, QuickCompleteAuthorizationReply} judged as VoidAndRefund;
            preauthorization::quick_void_authorization::{QuickVoidAuthorization, QuickVoidAuthorizationReply} judged as VoidOrReversal;
            preauthorization::query_authorization_by_trace::{QueryAuthorizationByTrace, QueryAuthorizationByTraceReply} judged as Query;
            preauthorization::query_authorization::{QueryAuthorization, QueryAuthorizationReply} judged as Query;
        }
    };
}

pub(crate) use every_operation;
