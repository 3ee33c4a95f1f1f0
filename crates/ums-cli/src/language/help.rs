//! The help in Chinese: the command tree of clap with every text of it translated.
//!
//! The table goes by the English text, so that a text that was changed, or that has no Chinese, is
//! missed by a test and by nobody at run time. Manual pages and completions stay English.

mod arguments;
mod commands;
mod notes;
mod row;
#[cfg(feature = "serve")]
mod serve;

use std::ffi::OsString;

use clap::{Arg, Command};

use self::row::Row;
use super::fold::folded;

/// The command with its texts in Chinese, and those of the commands that the arguments name: of all
/// others only what the list of commands says of them can be printed, and to translate the rest
/// would take longer than the parsing.
///
/// `more` has texts in both languages that are in no table here.
pub(crate) fn in_chinese(
    mut command: Command,
    arguments: &[OsString],
    more: impl IntoIterator<Item = Row>,
) -> Command {
    let rows: Vec<Row> = rows().copied().chain(more).collect();
    let chinese = |english: &str| {
        let row = rows.iter().find(|(known, _)| *known == english);
        row.map_or("", |(_, chinese)| chinese)
    };
    // Until it is built the arguments that clap adds are not there.
    command.build();
    translated(
        command,
        &|name| arguments.iter().any(|argument| argument == name),
        &|english| chinese(english).to_owned(),
    )
}

/// What clap writes around the texts, in what it rendered: headings and the usage.
pub(crate) fn with_headings(rendered: &str) -> String {
    let mut lines = Vec::new();
    let mut in_usage = false;
    for line in rendered.lines() {
        let bare = without_styles(line);
        in_usage = bare.starts_with(USAGE.0) || in_usage && bare.starts_with(' ');
        lines.push(if in_usage {
            IN_USAGE
                .iter()
                .fold(line.to_owned(), |line, (from, to)| line.replace(from, to))
        } else {
            match HEADINGS.iter().find(|(heading, _)| *heading == bare) {
                Some((heading, chinese)) => line.replace(heading, chinese),
                None => line.to_owned(),
            }
        });
    }
    lines.join("\n")
}

const USAGE: Row = ("Usage:", "用法：");

const IN_USAGE: [Row; 4] = [
    ("Usage: ", "用法："),
    USAGE,
    ("[OPTIONS]", "[选项]"),
    ("COMMAND", "命令"),
];

const HEADINGS: [Row; 5] = [
    ("Commands:", "命令："),
    ("Arguments:", "参数："),
    ("Options:", "选项："),
    ("Global options:", "全局选项："),
    ("Where the terminal stands:", "终端位置："),
];

fn without_styles(line: &str) -> String {
    let mut bare = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        bare.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    bare.push_str(rest);
    bare
}

/// A text of several paragraphs has a row for each.
fn rows() -> impl Iterator<Item = &'static Row> {
    let tables = [
        commands::ROWS,
        arguments::ROWS,
        notes::ROWS,
        #[cfg(feature = "serve")]
        serve::ROWS,
    ];
    tables.into_iter().flatten()
}

/// Every text of the command through `say`, and those of the commands below it that are named.
fn translated(
    mut command: Command,
    is_named: &dyn Fn(&str) -> bool,
    say: &dyn Fn(&str) -> String,
) -> Command {
    if let Some(about) = command.get_about().map(ToString::to_string) {
        command = command.about(say(&about));
    }
    if let Some(about) = command.get_long_about().map(ToString::to_string) {
        let about = by_paragraph(&about, &|text| folded(&say(text), TEXT));
        command = command.long_about(about);
    }
    if let Some(notes) = command.get_after_long_help().map(ToString::to_string) {
        command = command.after_long_help(by_paragraph(&notes, &|text| of_notes(text, say)));
    }
    command
        .mut_args(|argument| of_argument(argument, say))
        .mut_subcommands(|command| match command.get_about() {
            _ if is_named(command.get_name()) => translated(command, is_named, say),
            Some(about) => {
                let about = say(&about.to_string());
                command.about(about)
            }
            None => command,
        })
}

/// So wide that a line fits on any terminal.
const TEXT: usize = 80;
const INDENTED: usize = TEXT - 10;

fn by_paragraph(text: &str, say: &dyn Fn(&str) -> String) -> String {
    let paragraphs: Vec<_> = text.split("\n\n").map(say).collect();
    paragraphs.join("\n\n")
}

/// Under a heading, lines of commands stand as they are.
fn of_notes(paragraph: &str, say: &dyn Fn(&str) -> String) -> String {
    match paragraph.split_once('\n') {
        Some((heading, lines)) if is_shell(lines) => format!("{}\n{lines}", say(heading)),
        _ if is_shell(paragraph) => paragraph.to_owned(),
        _ => say(paragraph),
    }
}

/// Whether each line is a command, or goes on with one.
fn is_shell(lines: &str) -> bool {
    let mut goes_on = false;
    lines.lines().all(|line| {
        let is_shell = goes_on || ["  ums ", "  printf "].iter().any(|c| line.starts_with(c));
        goes_on = line.ends_with('\\');
        is_shell
    })
}

fn of_argument(argument: Arg, say: &dyn Fn(&str) -> String) -> Arg {
    let text = |text: Option<&clap::builder::StyledStr>| text.map(|text| text.to_string());
    let long = text(argument.get_long_help());
    let short = text(argument.get_help());
    let (names, values) = facts(&argument, say);
    let short = short.map(|text| {
        let facts = names.iter().chain(&values).map(|fact| format!(" [{fact}]"));
        format!("{}{}", say(&text), facts.collect::<String>())
    });
    let long = long.map_or_else(
        || text(argument.get_help()).map(|text| folded(&say(&text), INDENTED)),
        |long| Some(by_paragraph(&long, &|text| of_notes(text, say))),
    );
    let long = long.map(|long| {
        let described = described(&argument, say);
        let facts = names
            .iter()
            .chain(values.iter().filter(|_| described.is_empty()));
        let facts: Vec<_> = facts.map(|fact| format!("[{fact}]")).collect();
        let parts = [long, described, facts.join("\n")];
        let parts: Vec<_> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("\n\n")
    });
    let argument = argument
        .hide_env(true)
        .hide_default_value(true)
        .hide_possible_values(true);
    let argument = match short {
        Some(short) => argument.help(short),
        None => argument,
    };
    match long {
        Some(long) => argument.long_help(long),
        None => argument,
    }
}

/// What clap adds in square brackets: the variable and the default, then the values there are.
fn facts(argument: &Arg, say: &dyn Fn(&str) -> String) -> (Vec<String>, Option<String>) {
    let mut names = Vec::new();
    if let Some(variable) = argument.get_env() {
        names.push(format!("{}{}", say("env: "), variable.to_string_lossy()));
    }
    if !argument.get_action().takes_values() {
        return (names, None);
    }
    let defaults: Vec<_> = argument
        .get_default_values()
        .iter()
        .map(|value| value.to_string_lossy())
        .collect();
    if !defaults.is_empty() {
        names.push(format!("{}{}", say("default: "), defaults.join(" ")));
    }
    let values: Vec<_> = argument
        .get_possible_values()
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    let values =
        (!values.is_empty()).then(|| format!("{}{}", say("possible values: "), values.join("、")));
    (names, values)
}

/// The values there are, when it is said what each means.
fn described(argument: &Arg, say: &dyn Fn(&str) -> String) -> String {
    let lines: Vec<_> = argument
        .get_possible_values()
        .iter()
        .filter_map(|value| {
            let help = value.get_help()?.to_string();
            Some(format!("- {}：{}", value.get_name(), say(&help)))
        })
        .collect();
    match lines.is_empty() {
        true => String::new(),
        false => format!("{}\n{}", say("possible values: "), lines.join("\n")),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::collections::{BTreeMap, BTreeSet};

    use clap::CommandFactory;

    use super::super::foreign::foreign_words;
    use super::*;
    use crate::cli::Cli;
    use crate::described::words::CommandWords;

    /// The rows of the tables, and those of the commands made from a description.
    fn all_rows() -> impl Iterator<Item = Row> {
        rows().copied().chain(CommandWords::of_help())
    }

    /// Each text of the command tree that is asked for in Chinese.
    fn asked() -> BTreeSet<String> {
        let mut command = Cli::command();
        command.build();
        let asked = RefCell::new(BTreeSet::new());
        let _ = translated(command, &|_| true, &|english| {
            asked.borrow_mut().insert(english.to_owned());
            String::new()
        });
        asked.into_inner()
    }

    #[test]
    fn every_text_of_the_help_has_its_chinese() {
        let all: BTreeMap<_, _> = all_rows().collect();
        let missing: Vec<_> = asked()
            .into_iter()
            .filter(|text| !all.contains_key(text.as_str()))
            .collect();
        assert!(
            missing.is_empty(),
            "no Chinese in src/language/help for:\n{}",
            missing.join("\n----\n")
        );
    }

    #[test]
    fn every_row_is_a_text_of_the_help() {
        let asked = asked();
        let mut seen = BTreeSet::new();
        let mut idle = Vec::new();
        for (english, _) in rows() {
            assert!(seen.insert(english), "twice: {english}");
        }
        for (english, chinese) in all_rows() {
            let is_other = |row: &&Row| row.0 == english && row.1 != chinese;
            assert!(!rows().any(|row| is_other(&row)), "in two ways: {english}");
            if !asked.contains(english) {
                idle.push(english);
            }
        }
        assert!(idle.is_empty(), "in no help:\n{}", idle.join("\n----\n"));
    }

    #[test]
    fn no_english_stands_in_the_chinese_help() {
        let mut names: Vec<_> = Cli::command()
            .get_subcommands()
            .map(|command| command.get_name().into())
            .collect();
        names.push("help".into());
        let mut command = in_chinese(Cli::command(), &names, CommandWords::of_help());
        let mut all = vec![("ums".to_owned(), command.clone())];
        all.extend(
            command
                .get_subcommands_mut()
                .map(|command| (command.get_name().to_owned(), command.clone())),
        );
        let mut wrong = BTreeSet::new();
        for (name, mut command) in all {
            for help in [command.render_long_help(), command.render_help()] {
                let help = with_headings(&help.to_string());
                for line in help.lines() {
                    let foreign = foreign_words(line, CODES);
                    if !foreign.is_empty() {
                        wrong.insert(format!("{name}: {foreign:?} in {line}"));
                    }
                }
            }
        }
        let wrong: Vec<_> = wrong.into_iter().collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    /// Commands, keys and values that the help tells of.
    const CODES: &[&str] = &[
        "accept",
        "call",
        "check",
        "close",
        "export",
        "import",
        "list",
        "summary",
        "closed",
        "contradicted",
        "ended",
        "explained",
        "history",
        "id",
        "intended",
        "journal",
        "labels",
        "merchant",
        "none",
        "order",
        "profile",
        "recorded",
        "replayed",
        "resolved",
        "show",
        "terminal",
        "wait",
        "wallet",
        "notify",
        "form",
        "path",
        "message",
        "status",
        "verified",
        "absent",
        "activate",
        "advice",
        "always",
        "api",
        "app",
        "approved",
        "attempts",
        "bash",
        "basis",
        "ca",
        "calls",
        "complete",
        "completions",
        "conclusion",
        "confirm",
        "connecting",
        "deadline",
        "decide",
        "declined",
        "demo",
        "detail",
        "discrepancies",
        "documented",
        "done",
        "elvish",
        "en",
        "encoding",
        "env",
        "environment",
        "evidence",
        "explain",
        "failed",
        "false",
        "final",
        "fish",
        "forwarder",
        "gateway",
        "handshaking",
        "preauthorize",
        "completed",
        "completing",
        "held",
        "pending",
        "succeeded",
        "header",
        "help",
        "interrupted",
        "key",
        "live",
        "mac",
        "man",
        "match",
        "mistake",
        "mistakes",
        "netpay",
        "next",
        "no",
        "nonce",
        "null",
        "operation",
        "orders",
        "outcome",
        "paid",
        "pay",
        "phase",
        "poslink",
        "powershell",
        "production",
        "provenance",
        "proxy",
        "queries",
        "query",
        "reason",
        "refund",
        "refunded",
        "repeated",
        "reply",
        "request",
        "resolution",
        "resolve",
        "resolving",
        "reversal",
        "reverse",
        "reversed",
        "root",
        "scheme",
        "sending",
        "add",
        "revoke",
        "serve",
        "token",
        "sign",
        "signature",
        "simulator",
        "stands",
        "state",
        "step",
        "steps",
        "test",
        "till",
        "timeout",
        "timestamp",
        "true",
        "truth",
        "unionpay",
        "unknown",
        "url",
        "version",
        "void",
        "voided",
        "zh",
        "zsh",
    ];

    /// A flag, a code, a number or a key that stands in one of the two stands in the other.
    #[test]
    fn both_texts_name_the_same_things() {
        let mut wrong = Vec::new();
        for (english, chinese) in all_rows() {
            let (in_english, in_chinese) = (names(english), names(chinese));
            let differ: Vec<_> = in_english.symmetric_difference(&in_chinese).collect();
            if !differ.is_empty() {
                wrong.push(format!("{differ:?}: {english}\n{chinese}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n----\n"));
    }

    fn names(text: &str) -> BTreeSet<&str> {
        text.split(|c: char| !c.is_ascii_graphic() || "()[]{},;\"'".contains(c))
            .map(|word| word.trim_matches(['.', ':', '?', '|']))
            .filter(|word| {
                word.starts_with("--")
                    || word.contains('_')
                    || word.bytes().all(|byte| byte.is_ascii_digit()) && word.len() > 1
            })
            .collect()
    }

    /// A heading of clap's own or of ours that is not known stays English.
    #[test]
    fn every_heading_has_its_chinese() {
        let mut command = Cli::command();
        command.build();
        let mut commands: Vec<_> = command.get_subcommands().cloned().collect();
        commands.push(command);
        for command in commands {
            for heading in command.get_arguments().filter_map(Arg::get_help_heading) {
                let heading = format!("{heading}:");
                assert!(
                    HEADINGS.iter().any(|(known, _)| *known == heading),
                    "{heading}"
                );
            }
        }
    }
}
