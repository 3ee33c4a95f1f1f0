//! `ums void`.

use ums_client::model::{
    BizIdentifier, MerchantRemark, RefusalCodes, VoidPayment, VoidPaymentReply,
};

use crate::call::{Call, carry_out_and_resolve};
use crate::context::Context;
use crate::entry::{self, Entry, Label, text, typed, words, yuan};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::{AtVersion, Merchant, Order, SystemTrace, checked_if_given};
use crate::identifier::identifier_if_given;
use crate::refusals::Refusals;
use crate::report;
use crate::resolving::Resolving;
use crate::settings::Settings;

/// Void (撤销) a whole payment of the same trading day
///
/// Sends one request, once. The answer is one of four: approved, declined, not
/// sent, unknown. Unknown means that the payment may have been voided or not:
/// query the order then, and do not void it again; --resolve does the querying.
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

    #[command(flatten)]
    trace: SystemTrace,

    /// Remark (商户备注), up to 50 characters
    #[arg(long, value_name = "TEXT")]
    merchant_remark: Option<String>,

    /// Whether the void must come from the terminal that took the payment
    #[arg(long, value_name = "BOOL")]
    limit_cross_device: Option<bool>,

    /// Business identifier (业务标识), up to 3 characters; normally not sent
    #[arg(long, value_name = "TEXT")]
    biz_identifier: Option<String>,

    #[command(flatten)]
    at: AtVersion,

    #[command(flatten)]
    refusals: Refusals,

    #[command(flatten)]
    resolving: Resolving,
}

const EXAMPLES: &str = "\
Examples:
  ums void --env test --app-id APPID --app-key-file test.key \\
      --merchant-code 103290070111417 --terminal-code 12340511 \\
      --original-order-id 20200227163036011978864947
  ums void --profile shop --merchant-order-id 202311250001 --yes --json
  ums void --profile shop --merchant-order-id 202311250001 --resolve";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out_and_resolve(self, &self.resolving, context)
    }
}

impl Call for Args {
    type Operation = VoidPayment;

    const NAME: &'static str = "void_payment";
    const TITLE: Label = ("Void", "撤销");

    fn operation(&self, settings: &Settings<'_>) -> Result<VoidPayment, Failure> {
        let order = self.order.of_ids()?;
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        let mut void =
            VoidPayment::new(merchant_code, terminal_code, order).at_version(self.at.version());
        if let Some(number) = self.trace.number()? {
            void = void.with_system_trace_num(number);
        }
        let remark = self.merchant_remark.as_ref();
        if let Some(remark) = checked_if_given("--merchant-remark", remark, MerchantRemark::new)? {
            void = void.with_merchant_remark(remark);
        }
        if let Some(limit) = self.limit_cross_device {
            void = void.with_limit_cross_device(limit);
        }
        let identifier = self.biz_identifier.as_ref();
        if let Some(identifier) =
            identifier_if_given("--biz-identifier", identifier, BizIdentifier::new)?
        {
            void = void.with_biz_identifier(identifier);
        }
        Ok(void)
    }

    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        self.refusals.codes(settings)
    }

    fn of_request(&self, void: &VoidPayment) -> Vec<Entry> {
        let [merchant, terminal] = entry::merchant(void.merchant_code(), void.terminal_code());
        vec![
            (entry::UMS_ORDER_ID, text(void.original_order_id())),
            (entry::MERCHANT_ORDER_ID, text(void.merchant_order_id())),
            merchant,
            terminal,
        ]
    }

    fn of_reply(&self, reply: &VoidPaymentReply) -> Vec<Entry> {
        vec![
            (entry::AMOUNT, yuan(&reply.transaction_amount)),
            (
                ("moved", "实际交易金额"),
                yuan(&reply.actual_transaction_amount),
            ),
            (entry::DATE, typed(&reply.transaction_date_with_year)),
            (entry::TIME, typed(&reply.transaction_time)),
            (entry::RETRIEVAL_REF, typed(&reply.retrieval_ref_num)),
            (entry::WALLET, words(&reply.third_party_name)),
        ]
    }
}
