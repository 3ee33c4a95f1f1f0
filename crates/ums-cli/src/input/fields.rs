//! Flags that several operations share, and how a flag becomes a field.

use chrono::NaiveDate;
use ums_client::model::{
    Day, InvalidField, MerchantCode, MonthDay, SystemTraceNumber, TerminalCode,
};

use crate::config::settings::Settings;
use crate::failure::{Failure, FailureKind};
pub(crate) use crate::input::amount::read as amount;
use crate::input::identifier::{self, identifier_if_given};
use crate::language::{Message, Told};
use crate::print::table::masked;
use crate::print::visible::visible;

/// Who calls. Read through `Settings`: the environment or a profile may say it.
#[derive(Debug, clap::Args)]
pub(crate) struct Merchant {
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
}

impl Merchant {
    /// The names of the settings.
    pub(crate) const SETTINGS: [&'static str; 2] = ["merchant_code", "terminal_code"];

    /// The names of the fields on the wire.
    pub(crate) const FIELDS: [&'static str; 2] = ["merchantCode", "terminalCode"];

    /// Merchant and terminal, by the names of their fields.
    ///
    /// # Errors
    ///
    /// As [`of`](Self::of).
    pub(crate) fn fields(settings: &Settings<'_>) -> Result<[(&'static str, String); 2], Failure> {
        let (merchant, terminal) = Self::of(settings)?;
        let [merchant_code, terminal_code] = Self::FIELDS;
        Ok([
            (merchant_code, merchant.to_string()),
            (terminal_code, terminal.to_string()),
        ])
    }

    /// Merchant and terminal.
    ///
    /// # Errors
    ///
    /// One of them is missing or cannot be used.
    pub(crate) fn of(settings: &Settings<'_>) -> Result<(MerchantCode, TerminalCode), Failure> {
        let merchant_code = settings.text("merchant_code").ok_or_else(|| {
            missing((
                "no merchant code (商户号): give --merchant-code, or set UMS_MERCHANT_CODE, or \
                 merchant_code in a profile",
                "缺少商户号：请用 --merchant-code 给出，或设置 UMS_MERCHANT_CODE，或在配置档案中\
                 写明 merchant_code",
            ))
        })?;
        let terminal_code = settings.text("terminal_code").ok_or_else(|| {
            missing((
                "no terminal code (终端号): give --terminal-code, or set UMS_TERMINAL_CODE, or \
                 terminal_code in a profile",
                "缺少终端号：请用 --terminal-code 给出，或设置 UMS_TERMINAL_CODE，或在配置档案中\
                 写明 terminal_code",
            ))
        })?;
        Ok((
            identifier::given(merchant_code, MerchantCode::new)?,
            identifier::given(terminal_code, TerminalCode::new)?,
        ))
    }
}

/// The terminal's own number of the transaction.
#[derive(Debug, clap::Args)]
pub(crate) struct SystemTrace {
    /// System trace number (系统跟踪号), 6 digits
    #[arg(long, value_name = "DIGITS")]
    system_trace_num: Option<String>,
}

impl SystemTrace {
    /// The number, if one was given.
    ///
    /// # Errors
    ///
    /// It cannot be used.
    pub(crate) fn number(&self) -> Result<Option<SystemTraceNumber>, Failure> {
        let number = self.system_trace_num.as_ref();
        identifier_if_given("--system-trace-num", number, SystemTraceNumber::new)
    }
}

/// The field that a flag's value makes.
///
/// # Errors
///
/// It cannot; told with the flag.
pub(crate) fn checked<T>(
    flag: &'static str,
    value: &str,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<T, Failure> {
    // What is wrong with a value shows the beginning of it.
    check(value.to_owned()).map_err(|invalid| missing(invalid.told().map(masked)).named(flag))
}

/// As [`checked`], for a flag that may be left out.
///
/// # Errors
///
/// As [`checked`].
pub(crate) fn checked_if_given<T>(
    flag: &'static str,
    value: Option<&String>,
    check: impl FnOnce(String) -> Result<T, InvalidField>,
) -> Result<Option<T>, Failure> {
    value.map(|value| checked(flag, value, check)).transpose()
}

/// A day as `yyyyMMdd`.
///
/// # Errors
///
/// It is none.
pub(crate) fn day(flag: &'static str, value: &str) -> Result<Day, Failure> {
    let day = digits(8, value).and_then(|value| NaiveDate::parse_from_str(value, "%Y%m%d").ok());
    day.and_then(Day::new)
        .ok_or_else(|| no_day(flag, value, "yyyyMMdd"))
}

/// A day without its year, as `MMdd`.
///
/// # Errors
///
/// It is none.
pub(crate) fn month_day(flag: &'static str, value: &str) -> Result<MonthDay, Failure> {
    let day = digits(4, value).and_then(|value| value.split_at_checked(2));
    let day = day.and_then(|(month, day)| MonthDay::new(month.parse().ok()?, day.parse().ok()?));
    day.ok_or_else(|| no_day(flag, value, "MMdd"))
}

/// The value, if it is so many digits.
fn digits(count: usize, value: &str) -> Option<&str> {
    let are_digits = value.len() == count && value.bytes().all(|byte| byte.is_ascii_digit());
    are_digits.then_some(value)
}

fn no_day(flag: &'static str, value: &str, form: &str) -> Failure {
    let given: String = value.chars().take(16).collect();
    missing((
        format!("must be a day as {form}, but {given:?} was given"),
        format!("应为 {form} 格式的日期，但给出的是 {given:?}"),
    ))
    .named(flag)
}

/// The beginning of a value, in quotation marks, fit to be shown.
pub(crate) fn shown(value: &str) -> String {
    const MOST: usize = 16;
    let masked = masked(value);
    let start: String = masked.chars().take(MOST).collect();
    let cut = if start.len() < masked.len() {
        "…"
    } else {
        ""
    };
    format!("\"{}{cut}\"", visible(&start))
}

/// What is said of a value that is missing or does not go with another.
pub(crate) fn missing(message: impl Into<Message>) -> Failure {
    Failure::text(FailureKind::InvalidInput, message)
}
