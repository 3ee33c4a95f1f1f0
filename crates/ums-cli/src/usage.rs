//! A command line that is none: what clap says of it, and the same as an object for a script that
//! asked for one.

use std::error::Error as _;
use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgAction, CommandFactory, ValueEnum};
use ums_client::Language;

use crate::cli::Cli;
use crate::described::words::CommandWords;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::fields::missing;
use crate::language::{self, Lang, Message, explained, of_this_run, with_headings, wrong};
use crate::print::output;
use crate::print::table::masked;
use crate::print::visible::visible_lines;
use crate::report::Report;

/// Prints what is wrong, or the help or version that was asked for.
pub(crate) fn refuse(error: clap::Error, arguments: &[OsString]) -> Exit {
    let error = &without_stray_word(error);
    match of_this_run() {
        Language::Chinese => print_in_chinese(error),
        _ => print(error),
    }
    if !error.use_stderr() {
        return Exit::Success;
    }
    let given = Given::of(arguments);
    if given.json {
        let report = Report::of_failure(&given.operation, &failure(error), of_this_run());
        if let Err(error) = report
            .json()
            .map_err(std::io::Error::from)
            .and_then(output::result)
        {
            output::cannot_be_written(&error);
        }
    }
    Exit::Usage
}

/// The same error without the word that stands where none belongs: it may be a pay code.
fn without_stray_word(mut error: clap::Error) -> clap::Error {
    if error.kind() == ErrorKind::UnknownArgument
        && let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg)
        && !word.starts_with('-')
    {
        let hidden = ContextValue::String("******".to_owned());
        error.insert(ContextKind::InvalidArg, hidden);
    }
    error
}

/// As clap prints it, with its colours, unless a value in it could do more.
fn print(error: &clap::Error) {
    let said = error.render().to_string();
    if visible_lines(&said) == said {
        // A closed pipe is not worth a word.
        let _ = error.print();
    } else {
        said.lines().for_each(output::talk);
    }
}

fn print_in_chinese(error: &clap::Error) {
    let help = || with_headings(&error.render().to_string());
    match error.kind() {
        ErrorKind::DisplayVersion => print(error),
        // A closed pipe is not worth a word.
        ErrorKind::DisplayHelp => drop(output::result(help())),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            help().lines().for_each(output::talk)
        }
        _ => explained(error).lines().for_each(output::talk),
    }
}

/// The language of a command line that may be none: by `--lang` if that can be read, else by the
/// locale.
pub(crate) fn language_of(arguments: &[OsString]) -> Language {
    let given = Given::of(arguments).lang;
    let lang = given.and_then(|name| Lang::from_str(&name, false).ok());
    lang.map_or_else(
        || {
            language::of_locale(|name| {
                std::env::var_os(name).and_then(|value| value.into_string().ok())
            })
        },
        Into::into,
    )
}

/// The name that a report gives the operation of a command.
pub(crate) fn operation_of(command: &str) -> &str {
    match command {
        "api" => "call",
        other => CommandWords::of_command(other).map_or(other, |words| words.operation),
    }
}

/// What is said above clap's list of what can be given.
fn failure(error: &clap::Error) -> Failure {
    let english = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            "no command: ums --help lists them".to_owned()
        }
        _ => in_english(error),
    };
    missing(Message::new(english, wrong(error)).map(masked))
}

fn in_english(error: &clap::Error) -> String {
    let said = error.render().to_string();
    let cause = error
        .source()
        .and_then(|cause| cause.downcast_ref::<Message>());
    // clap has printed it in the language of this run.
    let said = cause.map_or_else(
        || said.clone(),
        |cause| said.replace(&cause.to_string(), cause.said(Language::English)),
    );
    let about = said.split("\n\n").next().unwrap_or_default();
    let words: Vec<_> = about.split_whitespace().collect();
    words.join(" ").trim_start_matches("error: ").to_owned()
}

/// What can be told from a command line without understanding all of it.
struct Given {
    json: bool,
    lang: Option<String>,
    operation: String,
}

impl Given {
    fn of(arguments: &[OsString]) -> Self {
        let cli = Cli::command();
        let takes_value = |flag: &str| {
            let name = flag.trim_start_matches('-');
            cli.get_arguments()
                .find(|argument| argument.get_long() == Some(name))
                .is_some_and(|argument| matches!(argument.get_action(), ArgAction::Set))
        };
        let is_command = |word: &str| cli.get_subcommands().any(|known| known.get_name() == word);
        let mut given = Self {
            json: false,
            lang: None,
            operation: "ums".to_owned(),
        };
        let mut command = None;
        let mut words = arguments
            .iter()
            .skip(1)
            .map(|word| word.to_string_lossy())
            .take_while(|word| word != "--");
        while let Some(word) = words.next() {
            match word.as_ref() {
                "--json" => given.json = true,
                "--lang" => given.lang = words.next().map(Into::into),
                flag if flag.starts_with("--lang=") => {
                    given.lang = flag.split_once('=').map(|(_, value)| value.to_owned());
                }
                flag if flag.starts_with("--") && command.is_none() && takes_value(flag) => {
                    words.next();
                }
                word if command.is_none() && is_command(word) => command = Some(word.to_owned()),
                _ => {}
            }
        }
        if let Some(command) = command {
            given.operation = operation_of(&command).to_owned();
        }
        given
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(line: &str) -> Given {
        let words: Vec<_> = line.split(' ').map(OsString::from).collect();
        Given::of(&words)
    }

    #[test]
    fn what_was_asked_for_is_found_on_a_line_that_is_none() {
        for (line, json, lang, operation) in [
            ("ums", false, None, "ums"),
            ("ums --json", true, None, "ums"),
            ("ums viod --json", true, None, "ums"),
            ("ums void --json --nonsense", true, None, "void_payment"),
            ("ums --profile pay --json void", true, None, "void_payment"),
            ("ums --profile=pay void", false, None, "void_payment"),
            ("ums -v --yes refund query", false, None, "refund"),
            (
                "ums query-refund --lang zh",
                false,
                Some("zh"),
                "query_refund",
            ),
            ("ums --lang=zh api", false, Some("zh"), "call"),
            ("ums pay -- --json", false, None, "pay"),
        ] {
            let given = given(line);
            assert_eq!(
                (given.json, given.lang.as_deref(), given.operation.as_str()),
                (json, lang, operation),
                "{line}"
            );
        }
    }
}
