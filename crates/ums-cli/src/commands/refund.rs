//! `ums refund`.

use ums_client::model::{
    BizIdentifier, MerchantRemark, OperatorId, Refund, RefundDesc, RefundReply, RefundRequestId,
    RefusalCodes, StoreId,
};

use crate::call::{Call, carry_out_and_resolve};
use crate::context::Context;
use crate::entry::{self, Entry, Label, in_yuan, text, typed, words, yuan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::{self, AtVersion, Merchant, Order, SystemTrace, checked_if_given};
use crate::identifier::{identifier, identifier_if_given};
use crate::refusals::Refusals;
use crate::report;
use crate::resolving::Resolving;
use crate::settings::Settings;

/// Refund (退款) a payment, wholly or in part
///
/// Sends one request, once. When the outcome is unknown, the refund may have been
/// made: query it by its refund request id, which --resolve does. A repeat must
/// keep the refund request id; another id is another refund.
///
/// Live money (every gateway but --env test and this machine) is asked about on
/// the terminal first; without a terminal, --yes is needed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help("", EXAMPLES))]
pub(crate) struct Args {
    #[command(flatten)]
    merchant: Merchant,

    #[command(flatten)]
    order: Order,

    /// Refund request id (退款请求号), up to 50 characters: one of its own for each refund
    #[arg(long, value_name = "ID")]
    refund_request_id: String,

    /// How much to refund, in fen (分): 4160 is 41.60 yuan
    #[arg(long, value_name = "FEN", allow_hyphen_values = true)]
    amount: String,

    #[command(flatten)]
    trace: SystemTrace,

    /// Remark (商户备注), up to 50 characters
    #[arg(long, value_name = "TEXT")]
    merchant_remark: Option<String>,

    /// Why the refund is made (退款说明)
    #[arg(long, value_name = "TEXT")]
    refund_desc: Option<String>,

    /// Whether the refund must come from the terminal that took the payment
    #[arg(long, value_name = "BOOL")]
    limit_cross_device: Option<bool>,

    /// Operator (操作员编号)
    #[arg(long, value_name = "ID")]
    operator_id: Option<String>,

    /// Store (门店编号)
    #[arg(long, value_name = "ID")]
    store_id: Option<String>,

    /// Business identifier (业务标识), up to 3 characters; normally not sent
    #[arg(long, value_name = "TEXT")]
    biz_identifier: Option<String>,

    /// Day of the payment (原交易日期), as yyyyMMdd
    #[arg(long, value_name = "DAY")]
    ori_trans_date: Option<String>,

    #[command(flatten)]
    at: AtVersion,

    #[command(flatten)]
    refusals: Refusals,

    #[command(flatten)]
    resolving: Resolving,
}

const EXAMPLES: &str = "\
Examples:
  ums refund --profile shop --original-order-id 20200227163036011978864947 \\
      --refund-request-id R202311250001 --amount 4160 --resolve";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out_and_resolve(self, &self.resolving, context)
    }
}

impl Call for Args {
    type Operation = Refund;

    const NAME: &'static str = "refund";
    const TITLE: Label = ("Refund", "退款");

    fn operation(&self, settings: &Settings<'_>) -> Result<Refund, Failure> {
        let order = self.order.of_ids()?;
        let request = identifier(
            "--refund-request-id",
            &self.refund_request_id,
            RefundRequestId::new,
        )?;
        let amount = fields::amount("--amount", &self.amount)?;
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        let mut refund = Refund::new(merchant_code, terminal_code, order, request, amount)
            .at_version(self.at.version());
        if let Some(number) = self.trace.number()? {
            refund = refund.with_system_trace_num(number);
        }
        let remark = self.merchant_remark.as_ref();
        if let Some(remark) = checked_if_given("--merchant-remark", remark, MerchantRemark::new)? {
            refund = refund.with_merchant_remark(remark);
        }
        let reason = self.refund_desc.as_ref();
        if let Some(reason) = checked_if_given("--refund-desc", reason, RefundDesc::new)? {
            refund = refund.with_refund_desc(reason);
        }
        if let Some(limit) = self.limit_cross_device {
            refund = refund.with_limit_cross_device(limit);
        }
        let operator = self.operator_id.as_ref();
        if let Some(operator) = identifier_if_given("--operator-id", operator, OperatorId::new)? {
            refund = refund.with_operator_id(operator);
        }
        let store = self.store_id.as_ref();
        if let Some(store) = identifier_if_given("--store-id", store, StoreId::new)? {
            refund = refund.with_store_id(store);
        }
        let identifier = self.biz_identifier.as_ref();
        if let Some(identifier) =
            identifier_if_given("--biz-identifier", identifier, BizIdentifier::new)?
        {
            refund = refund.with_biz_identifier(identifier);
        }
        if let Some(day) = &self.ori_trans_date {
            refund = refund.with_ori_trans_date(fields::day("--ori-trans-date", day)?);
        }
        Ok(refund)
    }

    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        self.refusals.codes(settings)
    }

    fn of_request(&self, refund: &Refund) -> Vec<Entry> {
        let [merchant, terminal] = entry::merchant(refund.merchant_code(), refund.terminal_code());
        vec![
            (
                entry::REFUND_AMOUNT,
                Some(in_yuan(*refund.transaction_amount().value())),
            ),
            (entry::UMS_ORDER_ID, text(refund.original_order_id())),
            (entry::MERCHANT_ORDER_ID, text(refund.merchant_order_id())),
            (
                entry::REFUND_REQUEST_ID,
                text(Some(refund.refund_request_id())),
            ),
            merchant,
            terminal,
        ]
    }

    fn of_reply(&self, reply: &RefundReply) -> Vec<Entry> {
        vec![
            (entry::REFUNDED, yuan(&reply.refund_invoice_amount)),
            (entry::DATE, typed(&reply.transaction_date_with_year)),
            (entry::TIME, typed(&reply.transaction_time)),
            (entry::RETRIEVAL_REF, typed(&reply.retrieval_ref_num)),
            (entry::WALLET, words(&reply.third_party_name)),
        ]
    }
}
