//! `ums pay`.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use ums_client::model::{
    AnyReply, AnyRequest, BizIdentifier, GoodsTag, InstallmentFlag, MerchantOrderId,
    MerchantRemark, Operation, OperatorId, OrderDesc, Pay, PayCode, PayMode, PayReply, PayVersion,
    RefusalCodes, SrcReserved, StoreId,
};

use crate::call::carry_out::{Call, Ended, prepare, run};
use crate::call::kept::{carry_out_kept, pay_at_till_kept};
use crate::config::journal::{JournalPlace, times};
use crate::config::settings::Settings;
use crate::context::Context;
use crate::described::words::CommandWords;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::files::named;
use crate::input::at_till::AtTill;
use crate::input::fields::{self, Merchant, SystemTrace, checked, checked_if_given, missing};
use crate::input::goods;
use crate::input::identifier::{identifier, identifier_if_given, secret_code};
use crate::input::journalling::Journalling;
use crate::input::location::Location;
use crate::input::refusals::Refusals;
use crate::input::resolving::Resolving;
use crate::print::entry::{Entry, Label};
use crate::report::{self, Found};

/// Take a payment (支付) with the code that the customer shows
///
/// Sends one request, once. When the outcome is unknown, the money may have been taken: query the
/// order, which --resolve does, and do not pay again under another order id before its state is
/// certain.
///
/// Live money (every gateway but --env test and this machine) is asked about on the terminal first;
/// without a terminal, --yes is needed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = report::help(NOTES, EXAMPLES))]
#[command(group = clap::ArgGroup::new("code").required(true))]
pub(crate) struct Args {
    #[command(flatten)]
    merchant: Merchant,

    /// Merchant order id (商户订单号), up to 50 characters: another one for each payment, ever
    #[arg(long, value_name = "ID")]
    merchant_order_id: String,

    /// How much to take, in fen (分): 4160 is 41.60 yuan
    #[arg(long, value_name = "FEN", allow_hyphen_values = true)]
    amount: String,

    /// Remark (商户备注), up to 50 characters
    #[arg(long, value_name = "TEXT")]
    merchant_remark: String,

    /// The customer's one-time code (支付码): all on this machine can see it meanwhile, and your
    /// shell keeps it; better --pay-code-file
    #[arg(long, value_name = "CODE", group = "code")]
    pay_code: Option<String>,

    /// File that holds the customer's code; - for the next line of stdin, as a scanner types it
    #[arg(long, value_name = "FILE", group = "code")]
    pay_code_file: Option<PathBuf>,

    /// How the code was read
    #[arg(
        long,
        value_name = "MODE",
        default_value = "CODE_SCAN",
        ignore_case = true
    )]
    #[arg(value_parser = PossibleValuesParser::new(MODES.map(|(name, _)| name)))]
    pay_mode: String,

    #[command(flatten)]
    trace: SystemTrace,

    /// What is bought, in words (订单描述)
    #[arg(long, value_name = "TEXT")]
    order_desc: Option<String>,

    /// Words of your own that come back (商户冗余信息), up to 100 characters
    #[arg(long, value_name = "TEXT")]
    src_reserved: Option<String>,

    /// Whether credit cards are refused
    #[arg(long, value_name = "BOOL")]
    limit_credit_card: Option<bool>,

    /// A mark that discounts go by (商品标记)
    #[arg(long, value_name = "TEXT")]
    goods_tag: Option<String>,

    /// What is bought (商品信息): a JSON array; - for stdin
    #[arg(long, value_name = "FILE")]
    goods_file: Option<PathBuf>,

    /// That it is paid by instalments (分期标识), for example HBF for Huabei
    #[arg(long, value_name = "FLAG")]
    installment_flag: Option<String>,

    /// Number of instalments (分期期数)
    #[arg(long, value_name = "NUMBER")]
    installment_number: Option<u64>,

    /// Operator (操作员编号)
    #[arg(long, value_name = "ID")]
    operator_id: Option<String>,

    /// Store (门店编号)
    #[arg(long, value_name = "ID")]
    store_id: Option<String>,

    /// Business identifier (业务标识), up to 3 characters; normally not sent
    #[arg(long, value_name = "TEXT")]
    biz_identifier: Option<String>,

    /// Version of the interface
    #[arg(long, value_name = "VERSION", value_parser = ["v2", "v4", "v6"], default_value = "v6")]
    api_version: String,

    #[command(flatten)]
    location: Location,

    #[command(flatten)]
    refusals: Refusals,

    #[command(flatten)]
    resolving: Resolving,

    #[command(flatten)]
    at_till: AtTill,

    #[command(flatten)]
    journalling: Journalling,
}

const NOTES: &str = "\
The customer's code is never printed. Fields that have no flag here can be sent
with ums api.

--goods-file holds an array of goods, with the prices in fen; the last three fields
may be left out:
  [{\"goodsId\": \"001\", \"goodsName\": \"鸡蛋\", \"quantity\": 10, \"price\": 416,
    \"goodsCategory\": \"…\", \"body\": \"…\", \"discount\": 5}]

--on-unknown is for a customer who waits at the till: --within 60 gives the payment
25 seconds, then queries at once and every 3 seconds, takes the payment back after
45, and ends at 60. It prints one of four results:
  paid        已收款              exit code 0
  not_paid    未收款              3
  taken_back  已撤回（未收款）    3
  to_verify   待核实              5: hand nothing over, and take no second payment
Nothing is taken back unless the platform answers that this payment is open or
unknown to it. reverse needs reversal = true in the profile: the branch must have
agreed; without it a void takes back.

--device-type says where the terminal stands together with --longitude and --latitude;
or with --base-station, of a terminal that is physical; or with --ip, of one that is
not.";

const EXAMPLES: &str = "\
Examples:
  ums pay --profile shop --merchant-order-id 202311250001 --amount 4160 \\
      --merchant-remark 午餐 --pay-code-file - --resolve
  ums pay --profile shop --merchant-order-id 202311250002 --amount 4160 \\
      --merchant-remark 午餐 --pay-code-file - --on-unknown void --within 60";

/// The modes by their names on the wire.
const MODES: [(&str, PayMode); 6] = [
    ("CODE_SCAN", PayMode::CodeScan),
    ("NFC", PayMode::Nfc),
    ("SOUNDWAVE", PayMode::SoundWave),
    ("MANUAL", PayMode::Manual),
    ("FACE_SCAN", PayMode::FaceScan),
    ("E_CASH", PayMode::ElectronicCash),
];

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        if !self.at_till.is_asked_for() {
            let kept = Kept(self);
            return carry_out_kept(&kept, Some(&self.resolving), &self.journalling, context);
        }
        let settings = context.settings()?;
        let _ = times(&settings)?;
        let policy = self.at_till.policy(&settings)?;
        if let Some(place) = JournalPlace::of(&settings)? {
            let (kept, journalling) = (Kept(self), &self.journalling);
            return pay_at_till_kept(&kept, &place, policy, journalling, &settings, context);
        }
        let prepared = prepare(self, &settings, context)?;
        run(self, &prepared, &settings, context, async |prepared| {
            prepared.at_till.set(true);
            prepared.witness.resolving();
            let report = prepared
                .client
                .pay_at_till(&prepared.operation, &policy)
                .await;
            let found = Found::new(report.conclusion, report.queries, report.elapsed);
            Ended {
                outcome: report.outcome,
                found: Some(found),
                till: Some(report.result),
            }
        })
    }

    fn code(&self) -> Result<PayCode, Failure> {
        let (flag, code) = match (&self.pay_code, &self.pay_code_file) {
            (Some(code), _) => ("--pay-code", code.clone()),
            (None, Some(file)) => ("--pay-code-file", named::code("--pay-code-file", file)?),
            (None, None) => {
                return Err(missing((
                    "no customer's code: give --pay-code-file",
                    "缺少支付码：请给出 --pay-code-file",
                )));
            }
        };
        secret_code(flag, &code, PayCode::new)
    }

    fn words(&self) -> Option<&'static CommandWords> {
        CommandWords::of_operation(self.name())
    }

    fn mode(&self) -> PayMode {
        MODES
            .into_iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(&self.pay_mode))
            .map_or(PayMode::CodeScan, |(_, mode)| mode)
    }
}

/// A payment that the journal keeps.
struct Kept<'a>(&'a Args);

impl Call for Kept<'_> {
    type Operation = AnyRequest;

    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn title(&self) -> Label {
        self.0.title()
    }

    fn operation(&self, settings: &Settings<'_>) -> Result<AnyRequest, Failure> {
        self.0.operation(settings).map(AnyRequest::from)
    }

    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        self.0.refusal_codes(settings)
    }

    fn of_request(&self, pay: &AnyRequest) -> Vec<Entry> {
        let body = pay.encode().unwrap_or_default();
        let words = self.0.words();
        words.map_or(Vec::new(), |words| {
            words.of_request(Pay::SPEC.request, &body)
        })
    }

    fn of_reply(&self, reply: &AnyReply) -> Vec<Entry> {
        let words = self.0.words();
        words.map_or(Vec::new(), |words| {
            words.of_reply(Pay::SPEC.reply, reply.received())
        })
    }
}

impl Call for Args {
    type Operation = Pay;

    fn name(&self) -> &'static str {
        "pay"
    }

    fn title(&self) -> Label {
        ("Pay", "支付")
    }

    fn operation(&self, settings: &Settings<'_>) -> Result<Pay, Failure> {
        let order = &self.merchant_order_id;
        let order = identifier("--merchant-order-id", order, MerchantOrderId::new)?;
        let amount = fields::amount("--amount", &self.amount)?;
        let remark = &self.merchant_remark;
        let remark = checked("--merchant-remark", remark, MerchantRemark::new)?;
        let (merchant_code, terminal_code) = Merchant::of(settings)?;
        let from_stdin = [&self.pay_code_file, &self.goods_file]
            .into_iter()
            .flatten();
        if from_stdin.filter(|file| named::is_stdin(file)).count() > 1 {
            return Err(missing((
                "stdin is one of --pay-code-file and --goods-file, not both",
                "标准输入只能用于 --pay-code-file 与 --goods-file 其中之一",
            )));
        }
        let code = self.code()?;
        let mut pay = Pay::new(
            merchant_code,
            terminal_code,
            order,
            amount,
            remark,
            self.mode(),
            code,
        )
        .at_version(match self.api_version.as_str() {
            "v2" => PayVersion::V2,
            "v4" => PayVersion::V4,
            _ => PayVersion::V6,
        });
        if let Some(number) = self.trace.number()? {
            pay = pay.with_system_trace_num(number);
        }
        let what = self.order_desc.as_ref();
        if let Some(what) = checked_if_given("--order-desc", what, OrderDesc::new)? {
            pay = pay.with_order_desc(what);
        }
        let words = self.src_reserved.as_ref();
        if let Some(words) = checked_if_given("--src-reserved", words, SrcReserved::new)? {
            pay = pay.with_src_reserved(words);
        }
        if let Some(limit) = self.limit_credit_card {
            pay = pay.with_limit_credit_card(limit);
        }
        let tag = self.goods_tag.as_ref();
        if let Some(tag) = checked_if_given("--goods-tag", tag, GoodsTag::new)? {
            pay = pay.with_goods_tag(tag);
        }
        if let Some(file) = &self.goods_file {
            pay = pay.with_goods(goods::of_file("--goods-file", file)?);
        }
        let flag = self.installment_flag.as_ref();
        if let Some(flag) = checked_if_given("--installment-flag", flag, InstallmentFlag::new)? {
            pay = pay.with_installment_flag(flag);
        }
        if let Some(number) = self.installment_number {
            pay = pay.with_installment_number(number);
        }
        if let Some(location) = self.location.given()? {
            pay = pay.with_location(location);
        }
        let operator = self.operator_id.as_ref();
        if let Some(operator) = identifier_if_given("--operator-id", operator, OperatorId::new)? {
            pay = pay.with_operator_id(operator);
        }
        let store = self.store_id.as_ref();
        if let Some(store) = identifier_if_given("--store-id", store, StoreId::new)? {
            pay = pay.with_store_id(store);
        }
        let identifier = self.biz_identifier.as_ref();
        if let Some(identifier) =
            identifier_if_given("--biz-identifier", identifier, BizIdentifier::new)?
        {
            pay = pay.with_biz_identifier(identifier);
        }
        Ok(pay)
    }

    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        self.refusals.codes(settings)
    }

    fn of_request(&self, pay: &Pay) -> Vec<Entry> {
        let body = pay.encode().unwrap_or_default();
        self.words().map_or(Vec::new(), |words| {
            words.of_request(Pay::SPEC.request, &body)
        })
    }

    fn of_reply(&self, reply: &PayReply) -> Vec<Entry> {
        let words = self.words();
        words.map_or(Vec::new(), |words| {
            words.of_reply(Pay::SPEC.reply, reply.received())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_has_its_name() {
        assert_eq!(MODES.len(), PayMode::ALL.len());
        for (name, mode) in MODES {
            assert!(PayMode::ALL.contains(&mode), "{name}");
            let on_the_wire = serde_json::to_value(mode).unwrap();
            assert_eq!(on_the_wire, name);
        }
    }
}
