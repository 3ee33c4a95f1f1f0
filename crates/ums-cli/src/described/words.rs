//! What a person is told of each operation that has a command made from its description. A new
//! operation needs its row here, and the Chinese of its texts in `language/help`.

use ums_client::model::{FieldSpec, OPERATIONS, OperationSpec};

use super::answer::{self, ReadAnswer};
use super::field_words::FieldWords;
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
    pub(crate) about: Label,
    /// What else is to be known of it: whole paragraphs.
    pub(crate) more: Label,
    /// What its help says below the flags.
    pub(crate) notes: Label,
    /// Lines of commands.
    pub(crate) examples: &'static str,
    /// What the help says of a flag where that is not what it says everywhere.
    pub(crate) flags: &'static [(&'static str, Label)],
    /// Fields that no other operation has.
    pub(crate) fields: &'static [FieldWords],
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

    /// The texts of the help, in both languages, in which a paragraph is a text.
    pub(crate) fn of_help() -> impl Iterator<Item = Label> {
        let commands = COMMANDS.iter().flat_map(|words| {
            let flags = words.flags.iter().map(|(_, help)| *help);
            [words.about, words.more, words.notes]
                .into_iter()
                .chain(flags)
        });
        let fields = FieldWords::all().map(|words| words.help);
        let texts = commands.chain([LIVE]).chain(fields);
        let texts = texts.filter(|(english, _)| !english.is_empty());
        texts.flat_map(|(english, chinese)| english.split("\n\n").zip(chinese.split("\n\n")))
    }

    /// What the model knows of the operation.
    pub(crate) fn spec(&self) -> Option<&'static OperationSpec> {
        OPERATIONS.iter().find(|spec| spec.name == self.operation)
    }
}

/// What is said of every operation that moves money.
pub(super) const LIVE: Label = (
    "Live money (every gateway but --env test and this machine) is asked about on the terminal \
     first; without a terminal, --yes is needed.",
    "对生产环境（除 --env test 和本机以外的所有网关）操作前，会在命令行窗口询问确认；无法询问时须加 --yes。",
);

const BLANK: CommandWords = CommandWords {
    operation: "",
    command: "",
    is_own: false,
    title: ("", ""),
    noun: ("", ""),
    is_of_the_day: false,
    about: ("", ""),
    more: ("", ""),
    notes: ("", ""),
    examples: "",
    flags: &[],
    fields: &[],
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
        about: (
            "Query (交易状态查询) what became of a payment",
            "交易状态查询：查明一笔支付的结果",
        ),
        more: (
            "Reads and moves nothing, so it may be asked again at any time.",
            "只读取信息，不涉及资金，可随时再查。",
        ),
        notes: (
            "\
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
            r#"两个订单号须且只能给一个。

退出码依查询结果而定，结果见 state 和 final：
  paid        终态  0  支付成功，未撤销、未退款
  voided      终态  3  已撤销
  refunded    终态  3  已退款（全部或部分）；退款金额不能以 refundedAmount 为准，
                       实际应答中它可能一直为 0；金额表明仍有余款时为 0
  reversed    终态  3  已冲正，未扣款
  failed      终态  3  支付失败，未扣款
  timed_out         5  结果未定，请继续查询
  unknown           5  应答没有说明结果，请继续查询
查询未得到答复时退出码为 5，包括应答“找不到原始交易”（25）：该笔支付可能仍在途中。
查询未发送时退出码为 4。"#,
        ),
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
        about: (
            "Void (撤销) a whole payment of the same trading day",
            "撤销：撤销当日的一笔支付（整单）",
        ),
        more: (
            "Sends one request, once. The answer is one of four: approved, declined, not sent, \
               unknown. Unknown means that the payment may have been voided or not: query the \
               order then, and do not void it again; --resolve does the querying.",
            "只发送一次请求。结果有四种：成功、失败、未发送、状态未知。状态未知时，该笔支付可能已撤销，也可能没有：请查询订单，请勿再次撤销；--resolve 会自动查询。",
        ),
        examples: "\
Examples:
  ums void --env test --app-id APPID --app-key-file test.key \\
      --merchant-code 103290070111417 --terminal-code 12340511 \\
      --original-order-id 20200227163036011978864947
  ums void --profile shop --merchant-order-id 202311250001 --yes --json
  ums void --profile shop --merchant-order-id 202311250001 --resolve",
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
        about: (
            "Refund (退款) a payment, wholly or in part",
            "退款：对一笔支付全额或部分退款",
        ),
        more: (
            "Sends one request, once. When the outcome is unknown, the refund may have been made: \
               query it by its refund request id, which --resolve does. A repeat must keep the \
               refund request id; another id is another refund.",
            "只发送一次请求。状态未知时退款可能已经完成：请按退款请求标识查询（--resolve 会自动查询）。重新发起时须沿用原退款请求标识，换一个就是另一笔退款。",
        ),
        examples: "\
Examples:
  ums refund --profile shop --original-order-id 20200227163036011978864947 \\
      --refund-request-id R202311250001 --amount 4160 --resolve",
        flags: &[
            (
                "refundRequestId",
                (
                    "Refund request id (退款请求号), up to 50 characters: one of its own for each refund",
                    "退款请求标识，最多 50 个字符；每笔退款各用一个",
                ),
            ),
            (
                "transactionAmount",
                (
                    "How much to refund, in fen (分): 4160 is 41.60 yuan",
                    "退款金额，单位为分：4160 即 41.60 元",
                ),
            ),
            (
                "limitCrossDevice",
                (
                    "Whether the refund must come from the terminal that took the payment",
                    "是否限制只能由原支付终端退款",
                ),
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
        about: (
            "Query (退款查询) what became of one refund",
            "退款查询：查明一笔退款的结果",
        ),
        more: (
            "Reads and moves nothing, so it may be asked again at any time.",
            "只读取信息，不涉及资金，可随时再查。",
        ),
        notes: (
            "\
The exit code goes by the answer, which is in state and final:
  refunded         final  0  the refund was made
  reported_failed         5  not made so far; a refund under way has no code of its
                             own, so query again before refunding under another id
  unknown                 5  the reply does not say: query again
A query that is not answered exits with 5, one that was not sent with 4.",
            r#"退出码依查询结果而定，结果见 state 和 final：
  refunded         终态  0  退款已完成
  reported_failed        5  目前尚未退款；处理中的退款没有专门的应答码，请再次查询，
                            之后才能换退款请求标识重新退款
  unknown                5  应答没有说明结果，请继续查询
查询未得到答复时退出码为 5，查询未发送时为 4。"#,
        ),
        examples: "\
Examples:
  ums query-refund --profile shop --refund-request-id R202311250001 \\
      --original-order-id 20200227163036011978864947",
        flags: &[(
            "refundRequestId",
            (
                "The refund request id (退款请求号) that the refund was sent with",
                "该笔退款的退款请求标识",
            ),
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
        about: (
            "Reverse (冲正) a payment of the same trading day whose outcome is unknown",
            "冲正：冲正当日一笔状态未知的支付",
        ),
        more: (
            "Only for merchants whose branch of UMS has agreed to it: the official documents dropped \
               it. Everybody else queries, and then voids. A payment that is known to be approved is \
               voided, never reversed.\n\nSends one request, once.",
            r#"仅限已与银联商务分公司约定的商户使用：正式文档已不再收录此接口。其他商户请先查询，再撤销。已确知成功的支付只能撤销，不能冲正。

只发送一次请求。"#,
        ),
        examples: "\
Examples:
  ums reverse --profile shop --merchant-order-id 202311250001 --amount 4160 --resolve",
        flags: &[
            (
                "merchantOrderId",
                (
                    "Merchant order id (商户订单号) of the payment",
                    "原支付的商户订单号",
                ),
            ),
            (
                "transactionAmount",
                (
                    "How much the payment was to take, in fen (分): 4160 is 41.60 yuan",
                    "原支付金额，单位为分：4160 即 41.60 元",
                ),
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
        about: ("Activate a terminal (激活终端)", "激活终端"),
        more: (
            "Moves no money, and doing it again does no harm. POS通 needs it for guaranteed payments \
               (担保) and where UMS asks for it; for nothing else.",
            "不涉及资金，重复执行无妨。POS通 只有担保交易需要激活，或应银联商务要求时使用，其他情况不需要。",
        ),
        notes: (
            "\
For holds it is done at v1, which takes a system trace number. It exits with 0 when it
is answered with 00, with 3 when it was refused.",
            "担保交易须在 v1 激活，并给出系统跟踪号。应答 00 时退出码为 0，被拒绝时为 3。",
        ),
        examples: "\
Examples:
  ums activate --profile shop
  ums activate --profile shop --terminal-code 12340511 --json
  ums activate --profile shop --api-version v1 --system-trace-num 000100",
        flags: &[(
            "systemTraceNum",
            (
                "System trace number (系统跟踪号), 6 digits: needed at v1, and not taken at v2",
                "系统跟踪号，6 位数字：v1 必填，v2 没有此项",
            ),
        )],
        ..BLANK
    },
    CommandWords {
        operation: "preauthorize",
        command: "preauthorize",
        title: ("Hold", "担保"),
        noun: ("hold", "担保"),
        about: (
            "Hold (担保) an amount of the customer's money with the code that they show",
            "担保：凭顾客出示的支付码冻结一笔款项",
        ),
        more: (
            "Sends one request, once. When no reply comes, the system trace number is all that finds \
               the hold, and on the same day only: keep it. --resolve queries by it. The terminal must \
               have been activated at v1 before: ums activate --api-version v1.",
            "只发送一次请求。收不到应答时，只能凭系统跟踪号在当日查到该笔担保，请妥善保存；--resolve 会据此自动查询。终端须先在 v1 激活：ums activate --api-version v1。",
        ),
        notes: (
            "\
The customer's code is never printed. What is held is completed or voided as a whole;
its reply names what a completion or a void needs.",
            "支付码绝不会显示。担保只能整笔完成或撤销，所需信息见担保的应答。",
        ),
        examples: "\
Examples:
  ums preauthorize --profile shop --system-trace-num 000101 --amount 4160 \\
      --pay-code-file - --resolve",
        flags: &[
            ("systemTraceNum", OWN_TRACE),
            (
                "merchantOrderId",
                (
                    "Merchant order id (商户订单号), up to 50 characters; no later call names it",
                    "商户订单号，最长 50 个字符；后续交易均不使用",
                ),
            ),
            (
                "merchantRemark",
                (
                    "Remark (商户备注), up to 30 characters",
                    "商户备注，最长 30 个字符",
                ),
            ),
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
        about: (
            "Complete a hold (担保完成): take the money, by the hold's authorisation code",
            "担保完成：凭授权码扣款",
        ),
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
        about: (
            "Void a hold (担保撤销): give the money back, by the hold's authorisation code",
            "担保撤销：凭授权码解冻款项",
        ),
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
        about: (
            "Complete a hold (快速担保完成): take the money, by the hold's UMS order id",
            "快速担保完成：凭银商订单号扣款",
        ),
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
        about: (
            "Void a hold (快速担保撤销): give the money back, by the hold's UMS order id",
            "快速担保撤销：凭银商订单号解冻款项",
        ),
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
        about: (
            "Query (担保交易状态查询) what became of a hold",
            "担保查询：查明一笔担保的结果",
        ),
        more: (
            "Reads and moves nothing, so it may be asked again at any time. By the system trace number \
               a hold is found on its own day only; by its UMS order id afterwards, too.",
            "只读，不涉及资金，可随时再次查询。按系统跟踪号只能在当日查到；按银商订单号日后也能查到。",
        ),
        notes: (
            "\
The exit code goes by the answer, which is in state and final:
  held        final  0  the amount is held
  completed   final  0  the hold was completed: the money was taken
  voided      final  3  the hold was voided: the money is the customer's again
  failed      final  3  the hold failed: nothing was held
  completing         5  it is being completed: query again
  pending            5  it may still be held: query again
  unknown            5  the reply does not say: query again
A query that is not answered exits with 5, one that was not sent with 4.",
            r#"退出码由应答中的状态决定，见 state 和 final：
  held        final  0  担保中，款项已冻结
  completed   final  0  担保已完成，已扣款
  voided      final  3  担保已撤销，款项已解冻
  failed      final  3  担保失败，未冻结款项
  completing         5  正在完成，请再次查询
  pending            5  结果未定，请再次查询
  unknown            5  应答未说明，请再次查询
查询没有得到答复时退出码为 5，未发送时为 4。"#,
        ),
        examples: "\
Examples:
  ums query-authorization --profile shop --system-trace-num 000104 \\
      --original-order-id 20230718110248029165883554",
        flags: &[
            ("systemTraceNum", OWN_TRACE),
            (
                "originalOrderId",
                (
                    "UMS order id (银商订单号) of the hold, as its reply named it; it goes before the trace \
                 number",
                    "原担保应答中的银商订单号；优先于系统跟踪号",
                ),
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
        about: (
            "Query (担保交易状态查询) one transaction of a hold by its system trace number",
            "担保流水查询：按系统跟踪号查明一笔担保类交易",
        ),
        more: (
            "Reads and moves nothing, so it may be asked again at any time. It finds what was done on \
               the same day only, and does not tell the state of the hold: that is ums \
               query-authorization.",
            "只读，不涉及资金，可随时再次查询。只能查到当日的交易，也不说明担保的状态：后者请用 ums query-authorization。",
        ),
        notes: (
            "\
The exit code goes by the answer, which is in state and final:
  succeeded   final  0  the transaction was made
  unknown            5  the reply does not say so, which proves no failure
A query that is not answered exits with 5, one that was not sent with 4.",
            r#"退出码由应答中的状态决定，见 state 和 final：
  succeeded   final  0  该笔交易已成功
  unknown            5  应答未说明成功，但不能据此认定失败
查询没有得到答复时退出码为 5，未发送时为 4。"#,
        ),
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

const OWN_TRACE: Label = (
    "System trace number (系统跟踪号), 6 digits: another one for each call of the terminal's day",
    "系统跟踪号，6 位数字：同一终端当日每次调用不得重复",
);

const COMPLETES: Label = (
    "Sends one request, once. The documents state no second completion and no undoing \
                         of one. When the outcome is unknown, the money may have been taken: --resolve \
                         queries the hold, and then the completion by its own trace number.",
    "只发送一次请求。文档未规定可再次完成，也未规定可撤销完成。状态未知时可能已经扣款：--resolve 会先查询该笔担保，再按本次的系统跟踪号查询。",
);

const GIVES_BACK: Label = (
    "Sends one request, once. When the outcome is unknown, the hold may have been voided \
                          or not: --resolve queries it.",
    "只发送一次请求。状态未知时该笔担保可能已撤销，也可能没有：--resolve 会自动查询。",
);

const COMPLETION_FLAGS: &[(&str, Label)] = &[
    ("systemTraceNum", OWN_TRACE),
    (
        "transactionAmount",
        (
            "How much of what is held to take, in fen (分): 4160 is 41.60 yuan",
            "完成金额，单位为分：4160 即 41.60 元",
        ),
    ),
];

const VOID_FLAGS: &[(&str, Label)] = &[
    ("systemTraceNum", OWN_TRACE),
    (
        "transactionAmount",
        (
            "How much is held, all of it, in fen (分): 4160 is 41.60 yuan",
            "担保金额（全额），单位为分：4160 即 41.60 元",
        ),
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
            for (name, text) in [("about", words.about), ("more", words.more)] {
                let is_said = words.is_own || !text.0.is_empty() && !text.1.is_empty();
                assert!(is_said, "{} of {} is not said", name, words.command);
            }
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
