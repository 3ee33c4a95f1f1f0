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
        }
    };
}

pub(crate) use every_operation;
