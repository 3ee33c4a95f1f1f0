//! `ums void`.

use ums_client::model::{
    BizIdentifier, Field, InvalidField, MerchantCode, MerchantOrderId, MerchantRemark, OrderRef,
    SystemTraceNumber, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply,
};

use crate::call::{Call, carry_out};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::settings::Settings;
use crate::table::Row;

/// Void (撤销) a whole payment of the same trading day
///
/// Sends one request, once. The answer is one of four: approved, declined, not
/// sent, unknown. Unknown means that the payment may have been voided or not:
/// query the order then, and do not void it again.
///
/// Live money (every gateway but --env test and this machine) is asked about on
/// the terminal first; without a terminal, --yes is needed.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    // This and the next are read through `Settings`: a profile may hold them.
    /// Merchant code (商户号), up to 15 letters and digits
    #[arg(
        long,
        env = "UMS_MERCHANT_CODE",
        hide_env_values = true,
        value_name = "CODE"
    )]
    merchant_code: Option<String>,

    /// Terminal code (终端号), up to 8 letters and digits
    #[arg(
        long,
        env = "UMS_TERMINAL_CODE",
        hide_env_values = true,
        value_name = "CODE"
    )]
    terminal_code: Option<String>,

    /// UMS order id (银商订单号), up to 50 characters: the orderId in the payment's reply
    #[arg(long, value_name = "ID")]
    original_order_id: Option<String>,

    /// Merchant order id (商户订单号), up to 50 characters; the UMS order id goes before it
    #[arg(long, value_name = "ID")]
    merchant_order_id: Option<String>,

    /// System trace number (系统跟踪号), 6 digits
    #[arg(long, value_name = "DIGITS")]
    system_trace_num: Option<String>,

    /// Remark (商户备注), up to 50 characters
    #[arg(long, value_name = "TEXT")]
    merchant_remark: Option<String>,

    /// Whether the void must come from the terminal that took the payment
    #[arg(long, value_name = "BOOL")]
    limit_cross_device: Option<bool>,

    /// Business identifier (业务标识), up to 3 characters; normally not sent
    #[arg(long, value_name = "TEXT")]
    biz_identifier: Option<String>,
}

const HELP: &str = "\
Exit codes:
  0 approved, 3 declined, 4 not sent, 5 unknown; nothing was sent either with
  2 invalid input and 6 configuration or credentials.

With --json, stdout holds one object on one line:
  outcome       \"approved\", \"declined\", \"not_sent\" or \"unknown\"
  err_code      errCode of the reply, or null
  err_info      errInfo of the reply, or null; text for people
  reply         the reply: the JSON object as received, or else its text, or null
  evidence      what the outcome rests on:
    operation               \"void_payment\"
    reason                  why it is not_sent or unknown, as a stable code, or null
    detail                  the same in words, or null
    attempt_id, timestamp   the nonce and the timestamp that were signed
    phase                   the last step reached: resolving, connecting, handshaking,
                            sending, awaiting_reply, reading_reply, complete; or null
    request_bytes_written   bytes of the request that left, of
    request_bytes_total     so many
    reply_bytes_read        bytes of the reply that came
    http_status, connection_reused
    timings_ms              {connected, sent, head, ended}, from the attempt's start
    requests_sent           0 or 1; null when a signal cut the call short
    attempts                earlier attempts, each unsent, with the fields above
    elapsed_ms              how long the whole call took
    url                     where it went, or null
    clock_ahead_s           seconds this clock is ahead of the gateway's, when far; or null
    discrepancies           [{field, expected, received}] of a reply that approves
                            but does not match the request
  next          what to do now, in the language of --lang
  next_step     the same as a stable code: done, confirm, fix_clock, new_token,
                fix_credentials, fix_request, check_order, fix_setup, send_again, query
Numbers that are not known are null. The object is printed for every outcome and
for every error that comes after the command line itself was understood.

Examples:
  ums void --env test --app-id APPID --app-key-file test.key \\
      --merchant-code 103290070111417 --terminal-code 12340511 \\
      --original-order-id 20200227163036011978864947
  ums void --profile shop --merchant-order-id 202311250001 --yes --json";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        carry_out(self, context)
    }
}

impl Call for Args {
    type Operation = VoidPayment;

    const NAME: &'static str = "void_payment";

    fn operation(&self, settings: &Settings<'_>) -> Result<VoidPayment, Failure> {
        let order = OrderRef::from_ids(
            self.merchant_order_id
                .as_deref()
                .map(|id| checked("--merchant-order-id", id, MerchantOrderId::new))
                .transpose()?,
            self.original_order_id
                .as_deref()
                .map(|id| checked("--original-order-id", id, UmsOrderId::new))
                .transpose()?,
        );
        let order = order.ok_or_else(|| {
            missing("no order: give --original-order-id, --merchant-order-id, or both")
        })?;
        let merchant_code = settings.text("merchant_code").ok_or_else(|| {
            missing(
                "no merchant code (商户号): give --merchant-code, or set UMS_MERCHANT_CODE, or \
                 merchant_code in a profile",
            )
        })?;
        let terminal_code = settings.text("terminal_code").ok_or_else(|| {
            missing(
                "no terminal code (终端号): give --terminal-code, or set UMS_TERMINAL_CODE, or \
                 terminal_code in a profile",
            )
        })?;
        let mut void = VoidPayment::new(
            merchant_code.read(MerchantCode::new)?,
            terminal_code.read(TerminalCode::new)?,
            order,
        );
        if let Some(number) = &self.system_trace_num {
            let number = checked("--system-trace-num", number, SystemTraceNumber::new)?;
            void = void.with_system_trace_num(number);
        }
        if let Some(remark) = &self.merchant_remark {
            let remark = checked("--merchant-remark", remark, MerchantRemark::new)?;
            void = void.with_merchant_remark(remark);
        }
        if let Some(limit) = self.limit_cross_device {
            void = void.with_limit_cross_device(limit);
        }
        if let Some(identifier) = &self.biz_identifier {
            let identifier = checked("--biz-identifier", identifier, BizIdentifier::new)?;
            void = void.with_biz_identifier(identifier);
        }
        Ok(void)
    }

    fn question(&self, void: &VoidPayment, context: &Context<'_>) -> String {
        let parts: Vec<_> = of_request(void, context)
            .into_iter()
            .map(|(label, value)| format!("{label} {value}"))
            .collect();
        format!("{} {}", context.say("Void", "撤销"), parts.join(", "))
    }

    fn rows(
        &self,
        void: &VoidPayment,
        reply: Option<&VoidPaymentReply>,
        context: &Context<'_>,
    ) -> Vec<Row> {
        let mut rows = of_request(void, context);
        if let Some(reply) = reply {
            rows.extend(of_reply(reply, context));
        }
        rows
    }
}

fn checked<T>(
    flag: &'static str,
    value: &str,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<T, Failure> {
    check(value.to_owned())
        .or_fail(FailureKind::InvalidInput)
        .map_err(|failure| failure.about(flag))
}

fn missing(message: &str) -> Failure {
    Failure::text(FailureKind::InvalidInput, message)
}

fn of_request(void: &VoidPayment, context: &Context<'_>) -> Vec<Row> {
    let rows = [
        (
            context.say("UMS order id", "银商订单号"),
            void.original_order_id().map(ToString::to_string),
        ),
        (
            context.say("merchant order id", "商户订单号"),
            void.merchant_order_id().map(ToString::to_string),
        ),
        (
            context.say("merchant code", "商户号"),
            Some(void.merchant_code().to_string()),
        ),
        (
            context.say("terminal code", "终端号"),
            Some(void.terminal_code().to_string()),
        ),
    ];
    given(rows)
}

fn of_reply(reply: &VoidPaymentReply, context: &Context<'_>) -> Vec<Row> {
    let yuan = |field: &Field<ums_client::model::Fen>| {
        field.typed().map(|fen| format!("{} CNY", fen.yuan()))
    };
    let rows = [
        (
            context.say("amount", "订单金额"),
            yuan(&reply.transaction_amount),
        ),
        (
            context.say("moved", "实际交易金额"),
            yuan(&reply.actual_transaction_amount),
        ),
        (
            context.say("date", "交易日期"),
            reply
                .transaction_date_with_year
                .typed()
                .map(ToString::to_string),
        ),
        (
            context.say("time", "交易时间"),
            reply.transaction_time.typed().map(ToString::to_string),
        ),
        (
            context.say("retrieval ref. no.", "检索参考号"),
            reply.retrieval_ref_num.typed().map(ToString::to_string),
        ),
        (
            context.say("wallet", "第三方名称"),
            reply.third_party_name.typed().map(ToString::to_string),
        ),
    ];
    given(rows)
}

fn given<const N: usize>(rows: [(&'static str, Option<String>); N]) -> Vec<Row> {
    rows.into_iter()
        .filter_map(|(label, value)| Some((label, value?)))
        .collect()
}
