//! `ums query`.

use ums_client::model::{Fen, Query, QueryReply, QueryState};

use crate::call::{Call, carry_out};
use crate::context::Context;
use crate::entry::{self, Entry, Label, text, typed, words, yuan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::{self, AtVersion, Merchant, Order, SystemTrace};
use crate::language::spoken;
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

Exit code 0 says that the query was answered, whatever the answer; the answer is
in state and final:
  paid        final  the payment succeeded and stands
  voided      final  it was voided (撤销)
  refunded    final  it was refunded (退款), wholly or in part; how much is not to be
                     had from refundedAmount, which live replies leave at 0
  reversed    final  it was reversed (冲正): no money moved
  failed      final  it failed: no money moved
  timed_out          it may still turn out either way: query again
  unknown            the reply does not say: query again";

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

    fn answer(&self, reply: &QueryReply, context: &Context<'_>) -> Option<Answer> {
        let state = reply.state();
        Some(Answer {
            state: state.as_str(),
            is_final: state.is_final(),
            sentence: match state {
                QueryState::Paid => context.say("Paid: the payment stands.", "已支付，款项有效。"),
                QueryState::Voided => context.say("Voided.", "已撤销。"),
                QueryState::Refunded => {
                    context.say("Refunded, wholly or in part.", "已退款（全部或部分）。")
                }
                QueryState::Reversed => {
                    context.say("Reversed: no money moved.", "已冲正，未扣款。")
                }
                QueryState::Failed => context.say("Failed: no money moved.", "支付失败，未扣款。"),
                QueryState::TimedOut => context.say(
                    "Not final: the payment timed out and may still turn out either way.",
                    "尚未确定：支付超时，仍可能成功或失败。",
                ),
                _ => context.say(
                    "Not known: the reply does not say what became of the payment.",
                    "状态未知：应答没有说明该笔支付的结果。",
                ),
            },
        })
    }
}

/// Live replies leave the amount at 0 though a part was refunded.
fn refunded(reply: &QueryReply) -> Option<String> {
    let amount = &reply.refunded_amount;
    if reply.state() == QueryState::Refunded && amount.typed().is_none_or(|it| *it == Fen::ZERO) {
        let unreliable = spoken(
            "not known: replies leave it at 0 though money was refunded; ums query-refund tells of \
             each refund",
            "未知：即使已退款，应答中也可能为 0；请用 ums query-refund 逐笔查询",
        );
        return Some(unreliable.to_owned());
    }
    yuan(amount)
}
