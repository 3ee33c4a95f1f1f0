//! `ums reverse`.

use ums_client::model::{MerchantOrderId, RefusalCodes, ReversePayment, ReversePaymentReply};

use crate::call::{Call, carry_out_and_resolve};
use crate::context::Context;
use crate::entry::{self, Entry, Label, in_yuan, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::fields::{self, Merchant};
use crate::identifier::identifier;
use crate::refusals::Refusals;
use crate::report;
use crate::resolving::Resolving;
use crate::settings::Settings;

/// Reverse (冲正) a payment of the same trading day whose outcome is unknown
///
/// Only for merchants whose branch of UMS has agreed to it: the official documents
/// dropped it. Everybody else queries, and then voids. A payment that is known to be
/// approved is voided, never reversed.
///
/// Sends one request, once. Live money (every gateway but --env test and this
/// machine) is asked about on the terminal first; without a terminal, --yes is
/// needed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help("", EXAMPLES))]
pub(crate) struct Args {
    #[command(flatten)]
    merchant: Merchant,

    /// Merchant order id (商户订单号) of the payment
    #[arg(long, value_name = "ID")]
    merchant_order_id: String,

    /// How much the payment was to take, in fen (分): 4160 is 41.60 yuan
    #[arg(long, value_name = "FEN")]
    amount: String,

    #[command(flatten)]
    refusals: Refusals,

    #[command(flatten)]
    resolving: Resolving,
}

const EXAMPLES: &str = "\
Examples:
  ums reverse --profile shop --merchant-order-id 202311250001 --amount 4160 --resolve";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out_and_resolve(self, &self.resolving, context)
    }
}

impl Call for Args {
    type Operation = ReversePayment;

    const NAME: &'static str = "reverse_payment";
    const TITLE: Label = ("Reverse", "冲正");

    fn operation(&self, settings: &Settings<'_>) -> Result<ReversePayment, Failure> {
        let order = &self.merchant_order_id;
        let order = identifier("--merchant-order-id", order, MerchantOrderId::new)?;
        let amount = fields::amount("--amount", &self.amount)?;
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        Ok(ReversePayment::new(
            merchant_code,
            terminal_code,
            order,
            amount,
        ))
    }

    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        self.refusals.codes(settings)
    }

    fn of_request(&self, reverse: &ReversePayment) -> Vec<Entry> {
        let [merchant, terminal] =
            entry::merchant(reverse.merchant_code(), reverse.terminal_code());
        vec![
            (
                entry::AMOUNT,
                Some(in_yuan(*reverse.transaction_amount().value())),
            ),
            (
                entry::MERCHANT_ORDER_ID,
                text(Some(reverse.merchant_order_id())),
            ),
            merchant,
            terminal,
        ]
    }

    fn of_reply(&self, _: &ReversePaymentReply) -> Vec<Entry> {
        Vec::new()
    }
}
