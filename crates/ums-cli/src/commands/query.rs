//! `ums query`.

use ums_client::Language;
use ums_client::model::{Fen, Query, QueryReply, QueryState};

use crate::call::{Call, carry_out};
use crate::context::Context;
use crate::entry::{self, Entry, Label, text, typed, words, yuan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::{self, AtVersion, Merchant, Order, SystemTrace};
use crate::language::{Message, say};
use crate::report::{self, Answer};
use crate::settings::Settings;

/// Query (交易状态查询) what became of a payment
///
/// Reads and moves nothing, so it may be asked again at any time.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
pub(crate) struct Args {
    #[command(flatten)]
    merchant: Merchant,

    #[command(flatten)]
    order: Order,

    #[command(flatten)]
    trace: SystemTrace,

    /// Day of the payment (原交易日期), as yyyyMMdd
    #[arg(long, value_name = "DAY")]
    ori_trans_date: Option<String>,

    #[command(flatten)]
    at: AtVersion,
}

const NOTES: &str = "\
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
payment may be on its way. One that was not sent exits with 4.";

const EXAMPLES: &str = "\
Examples:
  ums query --profile shop --original-order-id 20200227163036011978864947
  ums query --profile shop --merchant-order-id 202311250001 --json | jq -r .state";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out(self, context)
    }
}

impl Call for Args {
    type Operation = Query;

    const NAME: &'static str = "query";
    const TITLE: Label = ("Query", "查询");

    fn operation(&self, settings: &Settings<'_>) -> Result<Query, Failure> {
        let order = self.order.of_one_id()?;
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        let mut query =
            Query::new(merchant_code, terminal_code, order).at_version(self.at.version());
        if let Some(number) = self.trace.number()? {
            query = query.with_system_trace_num(number);
        }
        if let Some(day) = &self.ori_trans_date {
            query = query.with_ori_trans_date(fields::day("--ori-trans-date", day)?);
        }
        Ok(query)
    }

    fn of_request(&self, query: &Query) -> Vec<Entry> {
        let [merchant, terminal] = entry::merchant(query.merchant_code(), query.terminal_code());
        vec![
            (entry::UMS_ORDER_ID, text(query.original_order_id())),
            (entry::MERCHANT_ORDER_ID, text(query.merchant_order_id())),
            merchant,
            terminal,
        ]
    }

    fn of_reply(&self, reply: &QueryReply) -> Vec<Entry> {
        vec![
            (entry::ANSWER, words(&reply.query_res_desc)),
            (entry::AMOUNT, yuan(&reply.original_transaction_amount)),
            (entry::PAID, yuan(&reply.amount)),
            (("refunded", "已退金额"), refunded(reply)),
            (entry::TIME, typed(&reply.original_transaction_time)),
            (entry::WALLET, words(&reply.third_party_name)),
        ]
    }

    fn asks(&self) -> bool {
        true
    }

    fn answer(&self, reply: &QueryReply, context: &Context<'_>) -> Option<Answer> {
        Some(answer(reply, context.language))
    }
}

/// What a reply says of the payment.
pub(crate) fn answer(reply: &QueryReply, language: Language) -> Answer {
    let state = reply.state();
    let (exit, english, chinese) = match state {
        QueryState::Paid if reply.refunded().is_some() => (
            Exit::Unknown,
            "The answer contradicts itself: paid, and yet something was refunded.",
            "应答自相矛盾：状态为支付成功，但已退金额大于 0。",
        ),
        QueryState::Paid => (
            Exit::Success,
            "Paid: the payment stands.",
            "支付成功，未撤销、未退款。",
        ),
        QueryState::Voided => (Exit::Declined, "Voided.", "已撤销。"),
        QueryState::Refunded if reply.is_refunded_in_part() => (
            Exit::Success,
            "Refunded in part: some of the money is left.",
            "已部分退款，余款有效。",
        ),
        QueryState::Refunded
            if reply.refunded().is_some() && !reply.original_transaction_amount.is_absent() =>
        {
            (Exit::Declined, "Refunded wholly.", "已全额退款。")
        }
        QueryState::Refunded => (
            Exit::Unknown,
            "Refunded, wholly or in part: how much is not known.",
            "已退款（全部或部分，金额未知）。",
        ),
        QueryState::Reversed => (
            Exit::Declined,
            "Reversed: no money moved.",
            "已冲正，未扣款。",
        ),
        QueryState::Failed => (
            Exit::Declined,
            "Failed: no money moved.",
            "支付失败，未扣款。",
        ),
        QueryState::TimedOut => (
            Exit::Unknown,
            "Not final: the payment timed out and may still turn out either way.",
            "支付超时，结果未定（顾客可能仍在确认付款），请继续查询。",
        ),
        _ => (
            Exit::Unknown,
            "Not known: the reply does not say what became of the payment.",
            "状态未知：应答没有说明该笔支付的结果。",
        ),
    };
    Answer {
        state: state.as_str(),
        is_final: state.is_final() && exit != Exit::Unknown,
        exit,
        sentence: say(language, english, chinese),
    }
}

/// Live replies leave the amount at 0 though a part was refunded.
fn refunded(reply: &QueryReply) -> Option<Message> {
    let amount = &reply.refunded_amount;
    if reply.state() == QueryState::Refunded && amount.typed().is_none_or(|it| *it == Fen::ZERO) {
        return Some(Message::new(
            "not known: replies leave it at 0 though money was refunded; ums query-refund tells of \
             each refund",
            "未知：即使已退款，应答中也可能为 0；请用 ums query-refund 逐笔查询",
        ));
    }
    yuan(amount)
}
