//! Every operation that this crate describes, as its field tables: for whoever shows, masks or stores requests and
//! replies without knowing which operation they belong to.

use crate::activate_terminal::{ActivateTerminal, ActivateTerminalReply};
use crate::pay::{Pay, PayReply};
use crate::query::{Query, QueryReply};
use crate::query_refund::{QueryRefund, QueryRefundReply};
use crate::refund::{Refund, RefundReply};
use crate::reverse_payment::{ReversePayment, ReversePaymentReply};
use crate::spec::FieldSpec;
use crate::void_payment::{VoidPayment, VoidPaymentReply};

/// The field tables of one operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationSpec {
    /// The operation's name, as [`Operation::name`](crate::Operation::name) says it.
    pub name: &'static str,
    /// The fields of the request.
    pub request: &'static [FieldSpec],
    /// The fields of the reply.
    pub reply: &'static [FieldSpec],
}

/// Every operation of this crate.
pub const OPERATIONS: &[OperationSpec] = &[
    described("pay", Pay::FIELDS, PayReply::FIELDS),
    described(
        "void_payment",
        VoidPayment::FIELDS,
        VoidPaymentReply::FIELDS,
    ),
    described("query", Query::FIELDS, QueryReply::FIELDS),
    described(
        "query_refund",
        QueryRefund::FIELDS,
        QueryRefundReply::FIELDS,
    ),
    described("refund", Refund::FIELDS, RefundReply::FIELDS),
    described(
        "activate_terminal",
        ActivateTerminal::FIELDS,
        ActivateTerminalReply::FIELDS,
    ),
    described(
        "reverse_payment",
        ReversePayment::FIELDS,
        ReversePaymentReply::FIELDS,
    ),
];

const fn described(
    name: &'static str,
    request: &'static [FieldSpec],
    reply: &'static [FieldSpec],
) -> OperationSpec {
    OperationSpec {
        name,
        request,
        reply,
    }
}

/// Every field of every request and reply, those of the objects inside them included. A name that several messages have
/// comes once for each.
///
/// ```
/// use ums_model::{Sensitivity, every_field};
///
/// let secret = |name| every_field().any(|field| field.name == name && field.sensitivity == Sensitivity::Secret);
/// assert!(secret("payCode"));
/// assert!(!secret("merchantRemark"));
/// ```
pub fn every_field() -> impl Iterator<Item = &'static FieldSpec> {
    let tables = OPERATIONS
        .iter()
        .flat_map(|operation| [operation.request, operation.reply]);
    // A field is handed out before the fields inside it, so what is left is a stack.
    let mut left: Vec<&'static FieldSpec> = tables.flatten().collect();
    left.reverse();
    std::iter::from_fn(move || {
        let field = left.pop()?;
        left.extend(field.items.iter().rev());
        Some(field)
    })
}
