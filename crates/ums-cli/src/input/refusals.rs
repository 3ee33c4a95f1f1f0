//! Reply codes that are taken for refusals beyond the documented ones.

use ums_client::model::{Effect, PosOperation, RefusalCodes};

use crate::config::settings::Settings;
use crate::described::words::COMMANDS;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::language::Message;
use crate::print::table::masked;

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
        let mut codes = profile_codes(settings)?;
        for text in &self.refusal_code {
            let (operation, code, source) = read(text)
                .ok_or_else(|| {
                    let given = masked(text);
                    missing(shape().and(Message::new(
                        format!(", but {given:?} was given"),
                        format!("，但给出的是 {given:?}"),
                    )))
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

/// What the value must look like: the operations are those that move money.
fn shape() -> Message {
    let names: Vec<_> = moving_money().map(|(name, _)| name).collect();
    let (last, others) = names.split_last().unwrap_or((&"", &[]));
    Message::new(
        format!(
            "must be OPERATION:CODE=SOURCE, where OPERATION is {} or {last}",
            others.join(", ")
        ),
        format!(
            "应写成 OPERATION:CODE=SOURCE，其中 OPERATION 为 {} 或 {last}",
            others.join("、")
        ),
    )
}

fn moving_money() -> impl Iterator<Item = (&'static str, PosOperation)> {
    COMMANDS.iter().filter_map(|words| {
        let spec = words.spec()?;
        (spec.effect == Effect::MovesMoney).then_some((words.command, spec.kind))
    })
}

fn read(text: &str) -> Option<(PosOperation, &str, &str)> {
    let (operation, rest) = text.split_once(':')?;
    let (code, source) = rest.split_once('=')?;
    let (_, kind) = moving_money().find(|(name, _)| *name == operation)?;
    (!source.trim().is_empty()).then_some((kind, code, source))
}

/// The table of codes that is set.
///
/// # Errors
///
/// There is no such table.
pub(crate) fn profile_codes(settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
    let Some(given) = settings.text("reply_codes") else {
        return Ok(RefusalCodes::none());
    };
    match given.value.as_str() {
        DOCUMENTED => Ok(RefusalCodes::none()),
        UNIONPAY => Ok(RefusalCodes::unionpay()),
        _ => {
            let message = (
                format!("must be {DOCUMENTED} or {UNIONPAY}"),
                format!("应为 {DOCUMENTED} 或 {UNIONPAY}"),
            );
            let kind = given.origin.blame();
            Err(Failure::text(kind, message).about(given.origin))
        }
    }
}
