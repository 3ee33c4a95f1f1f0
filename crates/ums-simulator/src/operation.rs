//! What each operation does to the order book, and what it is answered with.
//!
//! `cargo xtask fixtures` makes this file from those of this directory.

/// Hands the list of the operations to the macro `$make`: the file of each, its type, and its name
/// in rules and control calls.
macro_rules! every_operation {
    ($make:ident) => {
        $make! {
            /// The activation of a terminal (激活终端).
            activate::Activate "activate";
            /// The completion of a hold (担保完成).
            complete_authorization::CompleteAuthorization "complete_authorization";
            /// The payment (支付).
            pay::Pay "pay";
            /// The pre-authorization (担保), which makes a hold.
            preauthorize::Preauthorize "preauthorize";
            /// The query (交易状态查询) about an order.
            query::Query "query";
            /// The query about a hold (担保) by order id or trace number.
            query_authorization::QueryAuthorization "query_authorization";
            /// The query about a hold (担保) by trace number.
            query_authorization::QueryAuthorizationByTrace "query_authorization_by_trace";
            /// The query (交易退款查询) about a refund.
            query_refund::QueryRefund "query_refund";
            /// The quick completion of a hold (快速担保完成).
            complete_authorization::QuickCompleteAuthorization "quick_complete_authorization";
            /// The quick void of a hold (快速担保撤销).
            void_authorization::QuickVoidAuthorization "quick_void_authorization";
            /// The refund (交易退款).
            refund::Refund "refund";
            /// The reversal of a payment (支付冲正).
            reverse::Reverse "reverse";
            /// The void (支付撤销).
            void::Void "void";
            /// The void of a hold (担保撤销).
            void_authorization::VoidAuthorization "void_authorization";
        }
    };
}

pub(crate) mod activate;
pub(crate) mod behaviour;
pub(crate) mod body;
pub(crate) mod choices;
pub(crate) mod complete_authorization;
pub(crate) mod decision;
pub(crate) mod follow_up;
pub(crate) mod needs;
pub(crate) mod original;
pub(crate) mod original_hold;
pub(crate) mod pay;
pub(crate) mod pay_code;
pub(crate) mod preauthorize;
pub(crate) mod query;
pub(crate) mod query_authorization;
pub(crate) mod query_refund;
pub(crate) mod refund;
pub(crate) mod request;
pub(crate) mod reverse;
pub(crate) mod table;
pub(crate) mod void;
pub(crate) mod void_authorization;
