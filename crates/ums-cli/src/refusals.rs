//! Reply codes that are taken for refusals beyond the documented ones.

use ums_client::model::{PosOperation, RefusalCodes};

use crate::entry::Label;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::fields::missing;
use crate::settings::Settings;
use crate::table::masked;

/// The flags of an operation that moves money.
#[derive(Debug, clap::Args)]
pub(crate) struct Refusals {
    /// Which codes decline: the documented ones, or the published refusals of card issuers too
    #[arg(long, value_name = "TABLE", value_parser = [DOCUMENTED, UNIONPAY])]
    reply_codes: Option<String>,

    /// A code that declines too, and where you have that from, as in pay:Z1=letter
    #[arg(long, value_name = "OPERATION:CODE=SOURCE")]
    refusal_code: Vec<String>,
}

const DOCUMENTED: &str = "documented";
const UNIONPAY: &str = "unionpay";

impl Refusals {
    /// The codes, by the flags or by the profile.
    ///
    /// # Errors
    ///
    /// There is no such table, or a code cannot be taken for a refusal.
    pub(crate) fn codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        let mut codes = match settings.text("reply_codes") {
            None => RefusalCodes::none(),
            Some(given) => match given.value.as_str() {
                DOCUMENTED => RefusalCodes::none(),
                UNIONPAY => RefusalCodes::unionpay(),
                _ => {
                    let message = (
                        format!("must be {DOCUMENTED} or {UNIONPAY}"),
                        format!("应为 {DOCUMENTED} 或 {UNIONPAY}"),
                    );
                    let kind = given.origin.blame();
                    return Err(Failure::text(kind, message).about(given.origin));
                }
            },
        };
        for text in &self.refusal_code {
            let (operation, code, source) = read(text)
                .ok_or_else(|| {
                    let given = masked(text);
                    missing((
                        format!("{}, but {given:?} was given", SHAPE.0),
                        format!("{}，但给出的是 {given:?}", SHAPE.1),
                    ))
                })
                .map_err(|failure| failure.named("--refusal-code"))?;
            codes = codes
                .with(operation, code, source)
                .or_fail(FailureKind::InvalidInput)
                .map_err(|failure| failure.named("--refusal-code"))?;
        }
        Ok(codes)
    }
}

const SHAPE: Label = (
    "must be OPERATION:CODE=SOURCE, where OPERATION is pay, void, refund or reverse",
    "应写成 OPERATION:CODE=SOURCE，其中 OPERATION 为 pay、void、refund 或 reverse",
);

fn read(text: &str) -> Option<(PosOperation, &str, &str)> {
    let (operation, rest) = text.split_once(':')?;
    let (code, source) = rest.split_once('=')?;
    let operation = match operation {
        "pay" => PosOperation::Pay,
        "void" => PosOperation::VoidPayment,
        "refund" => PosOperation::Refund,
        "reverse" => PosOperation::ReversePayment,
        _ => return None,
    };
    (!source.trim().is_empty()).then_some((operation, code, source))
}
