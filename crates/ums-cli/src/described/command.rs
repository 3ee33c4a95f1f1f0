//! A command that is made from the description of an operation.

use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::error::ErrorKind;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand, value_parser};
use ums_client::model::{
    AnyReply, AnyRequest, Effect, FieldSpec, Need, Operation, OperationSpec, RefusalCodes,
};

use super::field_words::{FieldWords, ValueName};
use super::request::{self, API_VERSION};
use super::words::{COMMANDS, CommandWords, LIVE};
use crate::call::carry_out::{Call, carry_out, carry_out_and_resolve};
use crate::call::kept::carry_out_kept;
use crate::config::settings::Settings;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::fields::Merchant;
use crate::input::journalling::Journalling;
use crate::input::refusals::Refusals;
use crate::input::resolving::Resolving;
use crate::print::entry::{Entry, Label};
use crate::report;
use crate::report::answer::Answer;

/// Any of the commands in [`COMMANDS`], with what was given to it.
#[derive(Debug)]
pub(crate) struct Described {
    words: &'static CommandWords,
    spec: &'static OperationSpec,
    matches: ArgMatches,
    refusals: Option<Refusals>,
    resolving: Option<Resolving>,
    journalling: Option<Journalling>,
}

impl Described {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        match (&self.journalling, &self.resolving) {
            (Some(kept), resolving) => carry_out_kept(self, resolving.as_ref(), kept, context),
            (None, Some(resolving)) => carry_out_and_resolve(self, resolving, context),
            (None, None) => carry_out(self, context),
        }
    }
}

impl Call for Described {
    type Operation = AnyRequest;

    fn name(&self) -> &'static str {
        self.spec.name
    }

    fn title(&self) -> Label {
        self.words.title
    }

    fn operation(&self, settings: &Settings<'_>) -> Result<AnyRequest, Failure> {
        request::of_flags(self.spec, &self.matches, settings)
    }

    fn refusal_codes(&self, settings: &Settings<'_>) -> Result<RefusalCodes, Failure> {
        let refusals = self.refusals.as_ref();
        refusals.map_or(Ok(RefusalCodes::none()), |refusals| {
            refusals.codes(settings)
        })
    }

    fn of_request(&self, request: &AnyRequest) -> Vec<Entry> {
        let body = request.encode().unwrap_or_default();
        self.words.of_request(self.spec.request, &body)
    }

    fn of_reply(&self, reply: &AnyReply) -> Vec<Entry> {
        self.words.of_reply(self.spec.reply, reply.received())
    }

    fn asks(&self) -> bool {
        self.words.answer.is_some()
    }

    fn answer(&self, reply: &AnyReply, context: &Context<'_>) -> Option<Answer> {
        let read = self.words.answer?;
        read(reply.received(), context.language)
    }
}

impl FromArgMatches for Described {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = matches.subcommand().and_then(|(name, matches)| {
            let words = CommandWords::of_command(name).filter(|words| !words.is_own)?;
            Some((words, words.spec()?, matches))
        });
        let Some((words, spec, matches)) = given else {
            return Err(clap::Error::new(ErrorKind::InvalidSubcommand));
        };
        let refusals = takes_refusals(spec).then(|| Refusals::from_arg_matches(matches));
        let resolving = spec.asked.map(|_| Resolving::from_arg_matches(matches));
        let journalling = is_kept(spec).then(|| Journalling::from_arg_matches(matches));
        Ok(Self {
            words,
            spec,
            matches: matches.clone(),
            refusals: refusals.transpose()?,
            resolving: resolving.transpose()?,
            journalling: journalling.transpose()?,
        })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Described {
    fn augment_subcommands(command: Command) -> Command {
        let commands = COMMANDS
            .iter()
            .filter(|words| !words.is_own)
            .filter_map(|words| Some((words, words.spec()?)));
        command.subcommands(commands.map(|(words, spec)| of(words, spec)))
    }

    fn augment_subcommands_for_update(command: Command) -> Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        CommandWords::of_command(name).is_some_and(|words| !words.is_own)
    }
}

fn of(words: &'static CommandWords, spec: &'static OperationSpec) -> Command {
    let CommandWords { about, more, .. } = words;
    let mut long_about = format!("{}\n\n{}", about.0, more.0);
    if spec.effect == Effect::MovesMoney {
        long_about.push_str("\n\n");
        long_about.push_str(LIVE.0);
    }
    let mut command = Merchant::augment_args(Command::new(words.command));
    let mut fields: Vec<_> = spec.request.iter().collect();
    fields.sort_by_key(|field| rank(spec, field));
    let flags = fields.into_iter().filter_map(|field| flag(words, field));
    command = command.args(flags);
    if let [default, _, ..] = spec.paths {
        command = command.arg(version(spec, default.version));
    }
    if takes_refusals(spec) {
        command = Refusals::augment_args(command);
    }
    if spec.asked.is_some() {
        command = Resolving::augment_args(command);
    }
    if is_kept(spec) {
        command = Journalling::augment_args(command);
    }
    // Last, since a group of flags brings a text of its own.
    command
        .about(about.0)
        .long_about(long_about)
        .after_long_help(report::help(words.notes.0, words.examples))
}

fn is_kept(spec: &OperationSpec) -> bool {
    spec.effect == Effect::MovesMoney
}

fn takes_refusals(spec: &OperationSpec) -> bool {
    spec.effect == Effect::MovesMoney
}

/// What it is about comes first, then what must be there.
fn rank(spec: &OperationSpec, field: &FieldSpec) -> u8 {
    match field.name {
        name if spec.order.ums == Some(name) => 0,
        name if spec.order.merchant == Some(name) => 1,
        _ if field.need == Need::Required => 2,
        _ => 3,
    }
}

fn flag(words: &CommandWords, field: &FieldSpec) -> Option<Arg> {
    let told = FieldWords::of(field.name)?;
    let own = words.flags.iter().find(|(name, _)| *name == field.name);
    let argument = Arg::new(field.name)
        .long(told.long())
        .value_name(told.value.as_str())
        .help(own.map_or(told.help, |(_, help)| *help).0);
    let is_required = field.need == Need::Required;
    Some(
        match told.value {
            ValueName::Bool => argument.value_parser(value_parser!(bool)),
            ValueName::File => argument.value_parser(value_parser!(PathBuf)),
            ValueName::Fen => argument.allow_hyphen_values(true),
            ValueName::OneOf(values) => {
                return Some(
                    argument
                        .value_parser(PossibleValuesParser::new(values))
                        .ignore_case(true)
                        .default_value(values.first().copied().unwrap_or_default()),
                );
            }
            _ => argument,
        }
        .required(is_required),
    )
}

fn version(spec: &OperationSpec, default: &'static str) -> Arg {
    let mut versions: Vec<_> = spec.paths.iter().map(|path| path.version).collect();
    versions.sort_unstable();
    Arg::new(API_VERSION)
        .long("api-version")
        .value_name("VERSION")
        .help("Version of the interface")
        .value_parser(PossibleValuesParser::new(versions))
        .default_value(default)
}
