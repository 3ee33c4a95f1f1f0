//! What a person is told of each operation that has a command made from its description. A new
//! operation needs its row here, and the Chinese of its texts in `language/help`.

use ums_client::model::{FieldSpec, OPERATIONS, OperationSpec};

use super::answer::{self, ReadAnswer};
use super::rows::{self, Shown};
use crate::print::entry::{self, Entry, Label};

/// The words of one command.
#[derive(Debug)]
pub(crate) struct CommandWords {
    /// The operation, by its name in the model.
    pub(crate) operation: &'static str,
    /// The command.
    pub(crate) command: &'static str,
    /// Whether the command has a file of its own, of which there are no more texts here.
    pub(crate) is_own: bool,
    /// What it does, for a question.
    pub(crate) title: Label,
    /// What it is, above the order that it is about.
    pub(crate) noun: Label,
    /// Whether a query finds only what was done on its own day.
    pub(crate) is_of_the_day: bool,
    /// What it does, in one line.
    pub(crate) about: &'static str,
    /// What else is to be known of it: whole paragraphs.
    pub(crate) more: &'static str,
    /// What its help says below the flags.
    pub(crate) notes: &'static str,
    /// Lines of commands.
    pub(crate) examples: &'static str,
    /// What the help says of a flag where that is not what it says everywhere.
    pub(crate) flags: &'static [(&'static str, &'static str)],
    /// What of the request is shown, by its names on the wire. Who calls is always shown.
    pub(crate) request: &'static [(Label, Shown)],
    /// What of the reply is.
    pub(crate) reply: &'static [(Label, Shown)],
    /// What the reply to a query says of what it asks about.
    pub(crate) answer: Option<ReadAnswer>,
}

impl CommandWords {
    /// Those of the command with this name.
    pub(crate) fn of_command(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|words| words.command == name)
    }

    /// Those of the operation with this name.
    pub(crate) fn of_operation(name: &str) -> Option<&'static Self> {
        COMMANDS.iter().find(|words| words.operation == name)
    }

    /// Those of the operation at this path.
    pub(crate) fn of_path(path: &str) -> Option<(&'static Self, &'static OperationSpec)> {
        let at_path = |spec: &&OperationSpec| spec.version_of(path).is_some();
        let spec = OPERATIONS.iter().find(at_path)?;
        Some((Self::of_operation(spec.name)?, spec))
    }

    /// What reads the answers of the query at this path; `None` where there is no query.
    pub(crate) fn answer_at(path: &str) -> Option<ReadAnswer> {
        Self::of_path(path)?.0.answer
    }

    /// What is shown of a request.
    pub(crate) fn of_request(&self, fields: &[FieldSpec], body: &[u8]) -> Vec<Entry> {
        let body = String::from_utf8_lossy(body);
        let shown = self.request.iter().chain(MERCHANT);
        rows::entries(&body, fields, shown)
    }

    /// What is shown of a reply.
    pub(crate) fn of_reply(&self, fields: &[FieldSpec], body: &str) -> Vec<Entry> {
        rows::entries(body, fields, self.reply)
    }

    /// What the model knows of the operation.
    pub(crate) fn spec(&self) -> Option<&'static OperationSpec> {
        OPERATIONS.iter().find(|spec| spec.name == self.operation)
    }
}

const BLANK: CommandWords = CommandWords {
    operation: "",
    command: "",
    is_own: false,
    title: ("", ""),
    noun: ("", ""),
    is_of_the_day: false,
    about: "",
    more: "",
    notes: "",
    examples: "",
    flags: &[],
    request: &[],
    reply: &[],
    answer: None,
};

pub(crate) const COMMANDS: &[CommandWords] = &[
    CommandWords {
        operation: "pay",
        command: "pay",
        is_own: true,
        title: ("Pay", "支付"),
        noun: ("payment", "支付"),
        request: &[
            (entry::AMOUNT, Shown::Field("transactionAmount")),
            (entry::MERCHANT_ORDER_ID, Shown::Field("merchantOrderId")),
        ],
        reply: &[
            (entry::UMS_ORDER_ID, Shown::Field("orderId")),
            (entry::PAID, Shown::Field("amount")),
            (entry::DATE, Shown::Field("transactionDateWithYear")),
            (entry::TIME, Shown::Field("transactionTime")),
            (entry::RETRIEVAL_REF, Shown::Field("retrievalRefNum")),
            (entry::WALLET, Shown::Words("thirdPartyName")),
        ],
        ..BLANK
    },
    CommandWords {
        operation: "query",
        command: "query",
        title: ("Query", "查询"),
        noun: ("query", "交易查询"),
        is_of_the_day: true,
        about: "Query (交易状态查询) what became of a payment",
        more: "Reads and moves nothing, so it may be asked again at any time.",
        notes: "\
Give exactly one of the two order ids.

The exit code goes by the answer, which is in state and final:
  paid        final  0  the payment succeeded and stands
  voided      final  3  it was voided (撤销)
  refunded    final  3  it was refunded (退款), wholly or in part; how much is not to
                        be had from refundedAmount, which live replies leave at 0; 0
                        where the amounts show that a part of the money is left
  reversed    final  3  it was reversed (冲正): no money moved
  failed      final  3  it failed: no money moved
  timed_out          5  it may still turn out either way: query again
  unknown            5  the reply does not say: query again
A query that is not answered, with \"no such transaction\" (25) too, exits with 5: the
payment may be on its way. One that was not sent exits with 4.",
        examples: "\
Examples:
  ums query --profile shop --original-order-id 20200227163036011978864947
  ums query --profile shop --merchant-order-id 202311250001 --json | jq -r .state",
        request: ORDER,
        reply: &[
            (entry::ANSWER, Shown::Words("queryResDesc")),
            (entry::AMOUNT, Shown::Field("originalTransactionAmount")),
            (entry::PAID, Shown::Field("amount")),
            (("refunded", "已退金额"), Shown::By(answer::refunded)),
            (entry::TIME, Shown::Field("originalTransactionTime")),
            (entry::WALLET, Shown::Words("thirdPartyName")),
        ],
        answer: Some(answer::of_payment),
        ..BLANK
    },
    CommandWords {
        operation: "void_payment",
        command: "void",
        title: ("Void", "撤销"),
        noun: ("void", "撤销"),
        about: "Void (撤销) a whole payment of the same trading day",
        more: "Sends one request, once. The answer is one of four: approved, declined, not sent, \
               unknown. Unknown means that the payment may have been voided or not: query the \
               order then, and do not void it again; --resolve does the querying.",
        examples: "\
Examples:
  ums void --env test --app-id APPID --app-key-file test.key \\
      --merchant-code 103290070111417 --terminal-code 12340511 \\
      --original-order-id 20200227163036011978864947
  ums void --profile shop --merchant-order-id 202311250001 --yes --json
  ums void --profile shop --merchant-order-id 202311250001 --resolve",
        flags: &[(
            "limitCrossDevice",
            "Whether the void must come from the terminal that took the payment",
        )],
        request: ORDER,
        reply: &[
            (entry::AMOUNT, Shown::Field("transactionAmount")),
            (
                ("moved", "实际交易金额"),
                Shown::Field("actualTransactionAmount"),
            ),
            (entry::DATE, Shown::Field("transactionDateWithYear")),
            (entry::TIME, Shown::Field("transactionTime")),
            (entry::RETRIEVAL_REF, Shown::Field("retrievalRefNum")),
            (entry::WALLET, Shown::Words("thirdPartyName")),
        ],
        ..BLANK
    },
    CommandWords {
        operation: "refund",
        command: "refund",
        title: ("Refund", "退款"),
        noun: ("refund", "退款"),
        about: "Refund (退款) a payment, wholly or in part",
        more: "Sends one request, once. When the outcome is unknown, the refund may have been made: \
               query it by its refund request id, which --resolve does. A repeat must keep the \
               refund request id; another id is another refund.",
        examples: "\
Examples:
  ums refund --profile shop --original-order-id 20200227163036011978864947 \\
      --refund-request-id R202311250001 --amount 4160 --resolve",
        flags: &[
            (
                "refundRequestId",
                "Refund request id (退款请求号), up to 50 characters: one of its own for each refund",
            ),
            (
                "transactionAmount",
                "How much to refund, in fen (分): 4160 is 41.60 yuan",
            ),
            (
                "limitCrossDevice",
                "Whether the refund must come from the terminal that took the payment",
            ),
        ],
        request: &[
            (entry::REFUND_AMOUNT, Shown::Field("transactionAmount")),
            (entry::UMS_ORDER_ID, Shown::Field("originalOrderId")),
            (entry::MERCHANT_ORDER_ID, Shown::Field("merchantOrderId")),
            (entry::REFUND_REQUEST_ID, Shown::Field("refundRequestId")),
        ],
        reply: &[
            (entry::REFUNDED, Shown::Field("refundInvoiceAmount")),
            (entry::DATE, Shown::Field("transactionDateWithYear")),
            (entry::TIME, Shown::Field("transactionTime")),
            (entry::RETRIEVAL_REF, Shown::Field("retrievalRefNum")),
            (entry::WALLET, Shown::Words("thirdPartyName")),
        ],
        ..BLANK
    },
    CommandWords {
        operation: "query_refund",
        command: "query-refund",
        title: ("Query refund", "查询退款"),
        noun: ("query of a refund", "退款查询"),
        about: "Query (退款查询) what became of one refund",
        more: "Reads and moves nothing, so it may be asked again at any time.",
        notes: "\
The exit code goes by the answer, which is in state and final:
  refunded         final  0  the refund was made
  reported_failed         5  not made so far; a refund under way has no code of its
                             own, so query again before refunding under another id
  unknown                 5  the reply does not say: query again
A query that is not answered exits with 5, one that was not sent with 4.",
        examples: "\
Examples:
  ums query-refund --profile shop --refund-request-id R202311250001 \\
      --original-order-id 20200227163036011978864947",
        flags: &[(
            "refundRequestId",
            "The refund request id (退款请求号) that the refund was sent with",
        )],
        request: &[
            (entry::REFUND_REQUEST_ID, Shown::Field("refundRequestId")),
            (entry::UMS_ORDER_ID, Shown::Field("originalOrderId")),
            (entry::MERCHANT_ORDER_ID, Shown::Field("merchantOrderId")),
        ],
        reply: &[
            (entry::ANSWER, Shown::Words("queryResInfo")),
            (entry::REFUND_AMOUNT, Shown::Field("originalAmount")),
            (entry::REFUNDED, Shown::Field("refundInvoiceAmount")),
            (entry::RETRIEVAL_REF, Shown::Field("dealRetrievalRefNum")),
            (entry::WALLET, Shown::Words("thirdPartyName")),
        ],
        answer: Some(answer::of_refund),
        ..BLANK
    },
    CommandWords {
        operation: "reverse_payment",
        command: "reverse",
        title: ("Reverse", "冲正"),
        noun: ("reversal", "冲正"),
        about: "Reverse (冲正) a payment of the same trading day whose outcome is unknown",
        more: "Only for merchants whose branch of UMS has agreed to it: the official documents dropped \
               it. Everybody else queries, and then voids. A payment that is known to be approved is \
               voided, never reversed.\n\nSends one request, once.",
        examples: "\
Examples:
  ums reverse --profile shop --merchant-order-id 202311250001 --amount 4160 --resolve",
        flags: &[
            (
                "merchantOrderId",
                "Merchant order id (商户订单号) of the payment",
            ),
            (
                "transactionAmount",
                "How much the payment was to take, in fen (分): 4160 is 41.60 yuan",
            ),
        ],
        request: &[
            (entry::AMOUNT, Shown::Field("transactionAmount")),
            (entry::MERCHANT_ORDER_ID, Shown::Field("merchantOrderId")),
        ],
        ..BLANK
    },
    CommandWords {
        operation: "activate_terminal",
        command: "activate",
        title: ("Activate", "激活终端"),
        noun: ("activation", "终端激活"),
        about: "Activate a terminal (激活终端)",
        more: "Moves no money, and doing it again does no harm. POS通 needs it for guaranteed payments \
               (担保) and where UMS asks for it; for nothing else.",
        notes: "\
For holds it is done at v1, which takes a system trace number. It exits with 0 when it
is answered with 00, with 3 when it was refused.",
        examples: "\
Examples:
  ums activate --profile shop
  ums activate --profile shop --terminal-code 12340511 --json
  ums activate --profile shop --api-version v1 --system-trace-num 000100",
        flags: &[(
            "systemTraceNum",
            "System trace number (系统跟踪号), 6 digits: needed at v1, and not taken at v2",
        )],
        ..BLANK
    },
    CommandWords {
        operation: "preauthorize",
        command: "preauthorize",
        title: ("Hold", "担保"),
        noun: ("hold", "担保"),
        about: "Hold (担保) an amount of the customer's money with the code that they show",
        more: "Sends one request, once. When no reply comes, the system trace number is all that finds \
               the hold, and on the same day only: keep it. --resolve queries by it. The terminal must \
               have been activated at v1 before: ums activate --api-version v1.",
        notes: "\
The customer's code is never printed. What is held is completed or voided as a whole;
its reply names what a completion or a void needs.",
        examples: "\
Examples:
  ums preauthorize --profile shop --system-trace-num 000101 --amount 4160 \\
      --pay-code-file - --resolve",
        flags: &[
            ("systemTraceNum", OWN_TRACE),
            (
                "transactionAmount",
                "How much to hold, in fen (分): 4160 is 41.60 yuan",
            ),
            (
                "merchantOrderId",
                "Merchant order id (商户订单号), up to 50 characters; no later call names it",
            ),
            ("merchantRemark", "Remark (商户备注), up to 30 characters"),
        ],
        request: &[
            (entry::AMOUNT, Shown::Field("transactionAmount")),
            (entry::MERCHANT_ORDER_ID, Shown::Field("merchantOrderId")),
            (SYSTEM_TRACE, Shown::Field("systemTraceNum")),
        ],
        reply: &[
            (entry::UMS_ORDER_ID, Shown::Field("orderId")),
            (AUTHORIZATION_CODE, Shown::Field("authorizationCode")),
            (entry::PAID, Shown::Field("amount")),
            (entry::DATE, Shown::Field("transactionDate")),
            (entry::TIME, Shown::Field("transactionTime")),
            (entry::RETRIEVAL_REF, Shown::Field("retrievalRefNum")),
            (entry::WALLET, Shown::Words("thirdPartyName")),
        ],
        ..BLANK
    },
    CommandWords {
        operation: "complete_authorization",
        command: "complete-authorization",
        title: ("Complete hold", "担保完成"),
        noun: ("completion", "担保完成"),
        about: "Complete a hold (担保完成): take the money, by the hold's authorisation code",
        more: COMPLETES,
        examples: "\
Examples:
  ums complete-authorization --profile shop --system-trace-num 000102 --amount 4160 \\
      --authorization-code 123456 --original-transaction-date 0718 \\
      --original-system-trace-num 000101 --resolve",
        flags: COMPLETION_FLAGS,
        request: BY_CODE,
        reply: FOLLOW_UP,
        ..BLANK
    },
    CommandWords {
        operation: "void_authorization",
        command: "void-authorization",
        title: ("Void hold", "担保撤销"),
        noun: ("void of a hold", "担保撤销"),
        about: "Void a hold (担保撤销): give the money back, by the hold's authorisation code",
        more: GIVES_BACK,
        examples: "\
Examples:
  ums void-authorization --profile shop --system-trace-num 000103 --amount 4160 \\
      --authorization-code 123456 --original-transaction-date 0718 \\
      --original-system-trace-num 000101 --resolve",
        flags: VOID_FLAGS,
        request: BY_CODE,
        reply: FOLLOW_UP,
        ..BLANK
    },
    CommandWords {
        operation: "quick_complete_authorization",
        command: "quick-complete-authorization",
        title: ("Complete hold", "快速担保完成"),
        noun: ("completion", "快速担保完成"),
        about: "Complete a hold (快速担保完成): take the money, by the hold's UMS order id",
        more: COMPLETES,
        examples: "\
Examples:
  ums quick-complete-authorization --profile shop --system-trace-num 000102 \\
      --amount 4160 --order-id 20230718110248029165883554 --resolve",
        flags: COMPLETION_FLAGS,
        request: BY_ORDER,
        reply: &[
            (
                ("moved", "实际交易金额"),
                Shown::Field("actualTransactionAmount"),
            ),
            (entry::DATE, Shown::Field("transactionDate")),
            (entry::TIME, Shown::Field("transactionTime")),
            (entry::RETRIEVAL_REF, Shown::Field("retrievalRefNum")),
        ],
        ..BLANK
    },
    CommandWords {
        operation: "quick_void_authorization",
        command: "quick-void-authorization",
        title: ("Void hold", "快速担保撤销"),
        noun: ("void of a hold", "快速担保撤销"),
        about: "Void a hold (快速担保撤销): give the money back, by the hold's UMS order id",
        more: GIVES_BACK,
        examples: "\
Examples:
  ums quick-void-authorization --profile shop --system-trace-num 000103 \\
      --amount 4160 --order-id 20230718110248029165883554 --resolve",
        flags: VOID_FLAGS,
        request: BY_ORDER,
        reply: FOLLOW_UP,
        ..BLANK
    },
    CommandWords {
        operation: "query_authorization",
        command: "query-authorization",
        title: ("Query hold", "担保查询"),
        noun: ("query of a hold", "担保查询"),
        is_of_the_day: true,
        about: "Query (担保交易状态查询) what became of a hold",
        more: "Reads and moves nothing, so it may be asked again at any time. By the system trace number \
               a hold is found on its own day only; by its UMS order id afterwards, too.",
        notes: "\
The exit code goes by the answer, which is in state and final:
  held        final  0  the amount is held
  completed   final  0  the hold was completed: the money was taken
  voided      final  3  the hold was voided: the money is the customer's again
  failed      final  3  the hold failed: nothing was held
  completing         5  it is being completed: query again
  pending            5  it may still be held: query again
  unknown            5  the reply does not say: query again
A query that is not answered exits with 5, one that was not sent with 4.",
        examples: "\
Examples:
  ums query-authorization --profile shop --system-trace-num 000104 \\
      --original-order-id 20230718110248029165883554",
        flags: &[
            ("systemTraceNum", OWN_TRACE),
            (
                "originalOrderId",
                "UMS order id (银商订单号) of the hold, as its reply named it; it goes before the trace \
                 number",
            ),
        ],
        request: &[
            (entry::UMS_ORDER_ID, Shown::Field("originalOrderId")),
            (ORIGINAL_TRACE, Shown::Field("originalSystemTraceNum")),
            (SYSTEM_TRACE, Shown::Field("systemTraceNum")),
        ],
        reply: DEAL,
        answer: Some(answer::of_hold),
        ..BLANK
    },
    CommandWords {
        operation: "query_authorization_by_trace",
        command: "query-authorization-by-trace",
        title: ("Query hold's transaction", "担保流水查询"),
        noun: ("query of a transaction", "担保流水查询"),
        is_of_the_day: true,
        about: "Query (担保交易状态查询) one transaction of a hold by its system trace number",
        more: "Reads and moves nothing, so it may be asked again at any time. It finds what was done on \
               the same day only, and does not tell the state of the hold: that is ums \
               query-authorization.",
        notes: "\
The exit code goes by the answer, which is in state and final:
  succeeded   final  0  the transaction was made
  unknown            5  the reply does not say so, which proves no failure
A query that is not answered exits with 5, one that was not sent with 4.",
        examples: "\
Examples:
  ums query-authorization-by-trace --profile shop --system-trace-num 000105 \\
      --original-system-trace-num 000102",
        flags: &[("systemTraceNum", OWN_TRACE)],
        request: &[
            (ORIGINAL_TRACE, Shown::Field("originalSystemTraceNum")),
            (SYSTEM_TRACE, Shown::Field("systemTraceNum")),
        ],
        reply: DEAL,
        answer: Some(answer::of_transaction),
        ..BLANK
    },
];

const SYSTEM_TRACE: Label = ("system trace no.", "系统跟踪号");
const ORIGINAL_TRACE: Label = ("original trace no.", "原系统跟踪号");
const AUTHORIZATION_CODE: Label = ("authorisation code", "授权码");

const OWN_TRACE: &str =
    "System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day";

const COMPLETES: &str = "Sends one request, once. The documents state no second completion and no undoing \
                         of one. When the outcome is unknown, the money may have been taken: --resolve \
                         queries the hold, and then the completion by its own trace number.";

const GIVES_BACK: &str = "Sends one request, once. When the outcome is unknown, the hold may have been voided \
                          or not: --resolve queries it.";

const COMPLETION_FLAGS: &[(&str, &str)] = &[
    ("systemTraceNum", OWN_TRACE),
    (
        "transactionAmount",
        "How much of what is held to take, in fen (分): 4160 is 41.60 yuan",
    ),
];

const VOID_FLAGS: &[(&str, &str)] = &[
    ("systemTraceNum", OWN_TRACE),
    (
        "transactionAmount",
        "How much is held, all of it, in fen (分): 4160 is 41.60 yuan",
    ),
];

const BY_CODE: &[(Label, Shown)] = &[
    (entry::AMOUNT, Shown::Field("transactionAmount")),
    (AUTHORIZATION_CODE, Shown::Field("authorizationCode")),
    (ORIGINAL_TRACE, Shown::Field("originalSystemTraceNum")),
    (SYSTEM_TRACE, Shown::Field("systemTraceNum")),
];

const BY_ORDER: &[(Label, Shown)] = &[
    (entry::AMOUNT, Shown::Field("transactionAmount")),
    (entry::UMS_ORDER_ID, Shown::Field("orderId")),
    (SYSTEM_TRACE, Shown::Field("systemTraceNum")),
];

const FOLLOW_UP: &[(Label, Shown)] = &[
    (entry::DATE, Shown::Field("transactionDate")),
    (entry::TIME, Shown::Field("transactionTime")),
    (entry::RETRIEVAL_REF, Shown::Field("retrievalRefNum")),
    (entry::WALLET, Shown::Words("thirdPartyName")),
];

const DEAL: &[(Label, Shown)] = &[
    (entry::AMOUNT, Shown::Field("originalAmount")),
    (entry::PAID, Shown::Field("amount")),
    (AUTHORIZATION_CODE, Shown::Field("authorizationCode")),
    (entry::RETRIEVAL_REF, Shown::Field("dealRetrievalRefNum")),
    (entry::WALLET, Shown::Words("thirdPartyName")),
];

/// Who calls.
const MERCHANT: &[(Label, Shown)] = &[
    (entry::MERCHANT_CODE, Shown::Field("merchantCode")),
    (entry::TERMINAL_CODE, Shown::Field("terminalCode")),
];

const ORDER: &[(Label, Shown)] = &[
    (entry::UMS_ORDER_ID, Shown::Field("originalOrderId")),
    (entry::MERCHANT_ORDER_ID, Shown::Field("merchantOrderId")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_has_its_words() {
        for spec in OPERATIONS {
            assert!(
                CommandWords::of_operation(spec.name).is_some(),
                "no command for {}: give it a row in src/described/words.rs",
                spec.name
            );
        }
        for words in COMMANDS {
            assert!(words.spec().is_some(), "no operation {}", words.operation);
        }
    }

    #[test]
    fn what_is_told_of_a_field_is_told_of_one_that_is_there_and_not_hidden() {
        for words in COMMANDS {
            let spec = words.spec().unwrap();
            let named = |fields: &'static [FieldSpec], name: &str| {
                let field = fields.iter().find(|field| field.name == name);
                field.unwrap_or_else(|| panic!("{}: no field {name}", words.command))
            };
            for (name, _) in words.flags {
                named(spec.request, name);
            }
            let shown = words.request.iter().map(|shown| (spec.request, shown));
            let shown = shown.chain(words.reply.iter().map(|shown| (spec.reply, shown)));
            for (fields, (_, shown)) in shown {
                if let Some(name) = shown.field() {
                    assert!(!named(fields, name).sensitivity.is_hidden(), "{name}");
                }
            }
        }
    }
}
