//! `ums query-refund`.

use ums_client::Language;
use ums_client::model::{QueryRefund, QueryRefundReply, RefundRequestId, RefundState};

use crate::call::{Call, carry_out};
use crate::context::Context;
use crate::entry::{self, Entry, Label, text, typed, words, yuan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::{self, AtVersion, Merchant, Order};
use crate::identifier::identifier;
use crate::language::say;
use crate::report::{self, Answer};
use crate::settings::Settings;

/// Query (退款查询) what became of one refund
///
/// Reads and moves nothing, so it may be asked again at any time.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
pub(crate) struct Args {
    #[command(flatten)]
    merchant: Merchant,

    #[command(flatten)]
    order: Order,

    /// The refund request id (退款请求号) that the refund was sent with
    #[arg(long, value_name = "ID")]
    refund_request_id: String,

    /// Day of the payment (原交易日期), as yyyyMMdd
    #[arg(long, value_name = "DAY")]
    ori_trans_date: Option<String>,

    #[command(flatten)]
    at: AtVersion,
}

const NOTES: &str = "\
The exit code goes by the answer, which is in state and final:
  refunded         final  0  the refund was made
  reported_failed         5  not made so far; a refund under way has no code of its
                             own, so query again before refunding under another id
  unknown                 5  the reply does not say: query again
A query that is not answered exits with 5, one that was not sent with 4.";

const EXAMPLES: &str = "\
Examples:
  ums query-refund --profile shop --refund-request-id R202311250001 \\
      --original-order-id 20200227163036011978864947";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out(self, context)
    }
}

impl Call for Args {
    type Operation = QueryRefund;

    const NAME: &'static str = "query_refund";
    const TITLE: Label = ("Query refund", "查询退款");

    fn operation(&self, settings: &Settings<'_>) -> Result<QueryRefund, Failure> {
        let order = self.order.of_ids()?;
        let request = identifier(
            "--refund-request-id",
            &self.refund_request_id,
            RefundRequestId::new,
        )?;
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        let mut query = QueryRefund::new(merchant_code, terminal_code, order, request)
            .at_version(self.at.version());
        if let Some(day) = &self.ori_trans_date {
            query = query.with_ori_trans_date(fields::day("--ori-trans-date", day)?);
        }
        Ok(query)
    }

    fn of_request(&self, query: &QueryRefund) -> Vec<Entry> {
        let [merchant, terminal] = entry::merchant(query.merchant_code(), query.terminal_code());
        vec![
            (
                entry::REFUND_REQUEST_ID,
                text(Some(query.refund_request_id())),
            ),
            (entry::UMS_ORDER_ID, text(query.original_order_id())),
            (entry::MERCHANT_ORDER_ID, text(query.merchant_order_id())),
            merchant,
            terminal,
        ]
    }

    fn of_reply(&self, reply: &QueryRefundReply) -> Vec<Entry> {
        vec![
            (entry::ANSWER, words(&reply.query_res_info)),
            (entry::REFUND_AMOUNT, yuan(&reply.original_amount)),
            (entry::REFUNDED, yuan(&reply.refund_invoice_amount)),
            (entry::RETRIEVAL_REF, typed(&reply.deal_retrieval_ref_num)),
            (entry::WALLET, words(&reply.third_party_name)),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn answer(&self, reply: &QueryRefundReply, context: &Context<'_>) -> Option<Answer> {
        Some(answer(reply, context.language))
    }
}

/// What a reply says of the refund.
pub(crate) fn answer(reply: &QueryRefundReply, language: Language) -> Answer {
    let state = reply.state();
    let (exit, english, chinese) = match state {
        RefundState::Refunded => (Exit::Success, "The refund was made.", "退款已完成。"),
        RefundState::ReportedFailed => (
            Exit::Unknown,
            "Not made so far, by the answer; it may still be under way.",
            "应答称退款未成功；退款也可能仍在处理中。",
        ),
        _ => (
            Exit::Unknown,
            "Not known: the reply does not say what became of the refund.",
            "状态未知：应答没有说明该笔退款的结果。",
        ),
    };
    Answer {
        state: state.as_str(),
        is_final: state.is_final(),
        exit,
        sentence: say(language, english, chinese),
    }
}
