//! The command to run now, ready to be pasted into a shell.

use ums_client::journal::RequestRecord;
use ums_client::model::PosOperation;
use ums_client::{Language, NextStep};

use crate::entry::Label;
use crate::language::say;
use crate::sent::Ids;
use crate::settings::{Given, Origin, Settings};

/// What is known of a call beside its request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// The timestamp that was signed: `yyyyMMddHHmmss`.
    pub(crate) signed_at: Option<String>,
    /// When its time was up, as RFC 3339.
    pub(crate) deadline: Option<String>,
    pub(crate) err_code: Option<String>,
    /// The timestamp of a call that takes it back and is open itself.
    pub(crate) take_back_signed_at: Option<String>,
}

/// A command, and what leads to it.
#[derive(Clone, Debug)]
pub(crate) struct NextCommand {
    words: String,
    lead: Label,
}

impl NextCommand {
    /// A text that says what to do, and the command that does it.
    pub(crate) fn after(&self, text: &str, language: Language) -> String {
        let (english, chinese) = self.lead;
        let Self { words, .. } = self;
        format!("{text}{}{words}", say(language, english, chinese))
    }
}

const RUN: Label = (" Run: ", "请运行：");
const RUN_AGAIN: Label = (" Wait a little, then run again: ", "请稍候再运行：");
const RUN_AGAIN_TODAY: Label = (
    " Wait a little, then run it again; after the day of the payment only the statement can tell: ",
    "请稍候再运行以下命令；过了交易当日，只能以对账单为准：",
);

/// The command that does what `step` says about this request, if there is one.
pub(crate) fn of(
    step: NextStep,
    request: &RequestRecord,
    past: &Past,
    settings: &Settings<'_>,
) -> Option<NextCommand> {
    let ids = Ids::of(request).ok()?;
    let operation = PosOperation::of_path(&request.path);
    let mut words = Words::new();
    let lead = match step {
        NextStep::Query | NextStep::Confirm => {
            let name = match operation {
                PosOperation::Pay => "pay",
                PosOperation::VoidPayment => "void",
                PosOperation::ReversePayment => "reverse",
                PosOperation::Refund => "refund",
                _ => return None,
            };
            words.plain("resolve");
            words.settings(&ids, settings);
            words.flag("operation", name);
            words.ids(&ids);
            if operation != PosOperation::VoidPayment {
                let amount = ids.transaction_amount.as_ref();
                words.given("amount", amount.map(|amount| amount.to_text()).as_deref());
            }
            words.given("signed-at", past.signed_at.as_deref());
            words.given("deadline", past.deadline.as_deref());
            words.given("err-code", past.err_code.as_deref());
            let take_back = past.take_back_signed_at.as_deref();
            words.given("take-back-signed-at", take_back);
            RUN
        }
        NextStep::AskAgain => {
            let (name, lead) = match operation {
                PosOperation::Query => ("query", RUN_AGAIN_TODAY),
                PosOperation::QueryRefund => ("query-refund", RUN_AGAIN),
                _ => return None,
            };
            words.plain(name);
            words.settings(&ids, settings);
            words.ids(&ids);
            lead
        }
        _ => return None,
    };
    let version = request.path.split('/').nth(1);
    words.given("api-version", version.filter(|version| *version != "v6"));
    Some(NextCommand {
        words: words.0,
        lead,
    })
}

/// A command, word by word.
struct Words(String);

impl Words {
    fn new() -> Self {
        Self("ums".to_owned())
    }

    fn plain(&mut self, word: &str) {
        self.0.push(' ');
        self.0.push_str(word);
    }

    fn flag(&mut self, name: &str, value: &str) {
        // A value that begins so would be taken for a flag.
        let between = if value.starts_with('-') { '=' } else { ' ' };
        self.plain(&format!("--{name}{between}{}", quoted(value)));
    }

    fn given(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.flag(name, value);
        }
    }

    fn ids(&mut self, ids: &Ids) {
        self.given("original-order-id", ids.original_order_id.as_deref());
        self.given("merchant-order-id", ids.merchant_order_id.as_deref());
        self.given("refund-request-id", ids.refund_request_id.as_deref());
    }

    /// What this run was told by flags, and who called where that is not set
    /// for every run.
    fn settings(&mut self, ids: &Ids, settings: &Settings<'_>) {
        for id in SETTINGS {
            // A key that came from stdin is gone.
            if let Some(value) = by_flag(settings, id).filter(|value| value != "-") {
                self.flag(&id.replace('_', "-"), &value);
            }
        }
        for (id, value) in [
            ("merchant_code", &ids.merchant_code),
            ("terminal_code", &ids.terminal_code),
        ] {
            let set = settings.text(id);
            let is_set = set.is_some_and(|set| !is_flag(&set) && set.value == *value);
            if !is_set {
                self.flag(&id.replace('_', "-"), value);
            }
        }
    }
}

fn is_flag<T>(given: &Given<T>) -> bool {
    matches!(given.origin, Origin::Flag(_))
}

fn by_flag(settings: &Settings<'_>, id: &'static str) -> Option<String> {
    let text = settings.text(id).filter(is_flag);
    text.map(|given| given.value).or_else(|| {
        let path = settings.path(id).filter(is_flag)?;
        Some(path.value.display().to_string())
    })
}

const SETTINGS: [&str; 8] = [
    "config",
    "profile",
    "env",
    "base_url",
    "ca",
    "proxy",
    "app_id",
    "app_key_file",
];

/// The word as a POSIX shell reads it back.
fn quoted(word: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.,:/@%+=".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_shell_would_change_is_quoted() {
        for (word, text) in [
            ("M1", "M1"),
            ("2023-11-25T00:00:01+08:00", "2023-11-25T00:00:01+08:00"),
            ("", "''"),
            ("a b", "'a b'"),
            ("$(rm)", "'$(rm)'"),
            ("it's", r"'it'\''s'"),
            ("~", "'~'"),
            ("!", "'!'"),
        ] {
            assert_eq!(quoted(word), text);
        }
    }

    #[cfg(unix)]
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn a_shell_reads_every_word_back(word in "[ -~]{0,20}") {
            let mut words = Words::new();
            words.flag("id", &word);
            let script = format!("ums() {{ printf '%s\\n' \"$@\"; }}; {}", words.0);
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            let expected = match word.starts_with('-') {
                true => format!("--id={word}\n"),
                false => format!("--id\n{word}\n"),
            };
            prop_assert_eq!(said, expected);
        }
    }
}
