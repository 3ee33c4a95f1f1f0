//! The command to run now, ready to be pasted into a shell.

use serde_json::{Map, Value};
use ums_client::journal::RequestRecord;
use ums_client::model::{FieldSpec, Need};
use ums_client::{Language, NextStep};

use crate::config::settings::{Given, Origin, Settings};
use crate::described::field_words::FieldWords;
use crate::described::words::CommandWords;
use crate::input::fields::Merchant;
use crate::language::say;
use crate::past::request::{asked_about, telling};
use crate::print::entry::Label;

/// What is known of a call beside its request.
#[derive(Clone, Debug, Default)]
pub(crate) struct Past {
    /// The timestamp that was signed: `yyyyMMddHHmmss`.
    pub(crate) signed_at: Option<String>,
    /// When its time was up, as RFC 3339.
    pub(crate) deadline: Option<String>,
    pub(crate) err_code: Option<String>,
    /// How many seconds the clock that told these times was ahead, if its reply showed that.
    pub(crate) clock_ahead_s: Option<i64>,
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
    let body: Map<String, Value> = serde_json::from_str(request.body.as_ref()?.get()).ok()?;
    let mut words = Words::new();
    let (spec, lead) = match step {
        NextStep::Query | NextStep::Confirm => {
            let (told, spec) = asked_about(&request.path)?;
            words.plain("resolve");
            words.settings(&body, settings)?;
            words.flag("operation", told.command);
            words.fields(&body, telling(spec));
            words.given("signed-at", past.signed_at.as_deref());
            words.given("deadline", past.deadline.as_deref());
            words.given("err-code", past.err_code.as_deref());
            let take_back = past.take_back_signed_at.as_deref();
            words.given("take-back-signed-at", take_back);
            (spec, RUN)
        }
        NextStep::AskAgain => {
            let (told, spec) = CommandWords::of_path(&request.path)?;
            told.answer?;
            // What each call must have of its own cannot be named here.
            let is_told = |field: &&FieldSpec| telling(spec).contains(field);
            let mut needed = spec
                .request
                .iter()
                .filter(|field| field.need == Need::Required);
            if needed.any(|field| FieldWords::of(field.name).is_some() && !is_told(&field)) {
                return None;
            }
            words.plain(told.command);
            words.settings(&body, settings)?;
            words.fields(&body, telling(spec));
            match told.is_of_the_day {
                true => (spec, RUN_AGAIN_TODAY),
                false => (spec, RUN_AGAIN),
            }
        }
        _ => return None,
    };
    let default = spec.paths.first().map(|path| path.version);
    let version = spec.version_of(&request.path);
    words.given(
        "api-version",
        version.filter(|version| Some(*version) != default),
    );
    Some(NextCommand {
        words: words.0,
        lead,
    })
}

/// The command that finds out what became of a call in the journal, if that is what to do.
pub(crate) fn of_kept(step: NextStep, id: &str, settings: &Settings<'_>) -> Option<NextCommand> {
    let lead = match step {
        NextStep::Query => RUN,
        NextStep::Wait => RUN_AGAIN,
        _ => return None,
    };
    let mut words = Words::new();
    words.plain("journal resolve");
    words.of_flags(settings);
    if let Some(place) = by_flag(settings, "journal") {
        words.flag("journal", &place);
    }
    words.plain(&quoted(id));
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

    /// The flags of these fields of a request.
    fn fields(&mut self, body: &Map<String, Value>, fields: Vec<&FieldSpec>) {
        for field in fields {
            if let (Some(words), Some(value)) = (FieldWords::of(field.name), body.get(field.name)) {
                self.given(words.long(), as_text(value).as_deref());
            }
        }
    }

    /// What this run was told by flags.
    fn of_flags(&mut self, settings: &Settings<'_>) {
        for id in SETTINGS {
            // A key that came from stdin is gone.
            if let Some(value) = by_flag(settings, id).filter(|value| value != "-") {
                self.flag(&id.replace('_', "-"), &value);
            }
        }
    }

    /// What this run was told by flags, and who called where that is not set for every run. `None`
    /// for a request that does not say who called.
    fn settings(&mut self, body: &Map<String, Value>, settings: &Settings<'_>) -> Option<()> {
        self.of_flags(settings);
        for (field, id) in Merchant::FIELDS.into_iter().zip(Merchant::SETTINGS) {
            let value = as_text(body.get(field)?)?;
            let set = settings.text(id);
            let is_set = set.is_some_and(|set| !is_flag(&set) && set.value == value);
            if !is_set {
                self.flag(&id.replace('_', "-"), &value);
            }
        }
        Some(())
    }
}

/// A text, or a number as its digits, which are the same amount.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
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
