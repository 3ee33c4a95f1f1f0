//! The list of the operations, which `cargo xtask fixtures` makes from their declarations.

/// Hands the list to the macro `$make`: where each operation is declared, its reply, and which
/// column of the reply codes judges it. That column also says whether it moves money: `Query` and
/// `Activation` do not.
///
/// `PosOperation`, `OPERATIONS`, `AnyRequest` and `AnyReply` are made from it.
macro_rules! every_operation {
    ($make:ident) => {
        $make! {
            poslink::activate_terminal::{ActivateTerminal, ActivateTerminalReply} judged as Activation;
            poslink::pay::{Pay, PayReply} judged as Pay;
            poslink::query::{Query, QueryReply} judged as Query;
            poslink::query_refund::{QueryRefund, QueryRefundReply} judged as Query;
            poslink::refund::{Refund, RefundReply} judged as Refund;
            poslink::reverse_payment::{ReversePayment, ReversePaymentReply} judged as VoidOrReversal;
            poslink::void_payment::{VoidPayment, VoidPaymentReply} judged as VoidOrReversal;
            preauthorization::complete_authorization::{CompleteAuthorization, CompleteAuthorizationReply} judged as VoidAndRefund;
            preauthorization::preauthorize::{Preauthorize, PreauthorizeReply} judged as Pay;
            preauthorization::query_authorization::{QueryAuthorization, QueryAuthorizationReply} judged as Query;
            preauthorization::query_authorization_by_trace::{QueryAuthorizationByTrace, QueryAuthorizationByTraceReply} judged as Query;
            preauthorization::quick_complete_authorization::{QuickCompleteAuthorization, QuickCompleteAuthorizationReply} judged as VoidAndRefund;
            preauthorization::quick_void_authorization::{QuickVoidAuthorization, QuickVoidAuthorizationReply} judged as VoidOrReversal;
            preauthorization::void_authorization::{VoidAuthorization, VoidAuthorizationReply} judged as VoidOrReversal;
        }
    };
}
