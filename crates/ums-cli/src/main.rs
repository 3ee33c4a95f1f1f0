//! The command line `ums`: talks to a person or a script. The rules of UMS are in the crates below.

mod call;
mod cli;
mod commands;
mod config;
mod context;
mod described;
mod exit;
mod failure;
mod files;
mod input;
mod journal;
mod language;
mod past;
mod print;
mod process;
mod report;
mod tracing;
mod usage;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};
use ums_client::Language;

use crate::call::carry_out;
use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::described::words::CommandWords;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::language::spoken;
use crate::report::Report;

fn main() -> ExitCode {
    process::keep_memory_private();
    let arguments: Vec<_> = std::env::args_os().collect();
    let language = usage::language_of(&arguments);
    language::speak(language);
    let command = match language {
        Language::Chinese => {
            language::in_chinese(Cli::command(), &arguments, CommandWords::of_help())
        }
        _ => Cli::command(),
    };
    let parsed = command
        .try_get_matches_from(&arguments)
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => return usage::refuse(error, &arguments).into(),
    };
    tracing::start(cli.global.verbose);
    let (name, of_command) = matches.subcommand().unwrap_or(("ums", &matches));
    let context = Context {
        json: cli.global.json,
        yes: cli.global.yes,
        verbose: cli.global.verbose > 0,
        language,
        matches: innermost(of_command),
    };
    let exit = run(&cli.command, &context).unwrap_or_else(|failure| {
        if context.json {
            let operation = usage::operation_of(name);
            let report = Report::of_failure(operation, &failure, language);
            carry_out::print(&report, Vec::new(), &context);
        }
        print::output::talk(format_args!("{}{failure}", spoken("error: ", "错误：")));
        if context.verbose && language == Language::Chinese {
            print::output::talk(format_args!("英文原文：{}", failure.detail()));
        }
        failure.kind().exit()
    });
    exit.into()
}

/// What was given to the command below a command, if there is one.
fn innermost(matches: &clap::ArgMatches) -> &clap::ArgMatches {
    matches
        .subcommand()
        .map_or(matches, |(_, below)| innermost(below))
}

fn run(command: &Command, context: &Context<'_>) -> Result<Exit, Failure> {
    match command {
        Command::Pay(args) => args.run(context),
        Command::Described(command) => command.run(context),
        Command::Resolve(args) => args.run(context),
        Command::Journal(args) => args.run(context),
        #[cfg(feature = "serve")]
        Command::Serve(args) => args.run(context),
        Command::Api(args) => args.run(context),
        Command::Sign(args) => args.run(context),
        Command::Explain(args) => args.run(context),
        Command::VerifyNotify(args) => args.run(context),
        Command::Demo(args) => args.run(context),
        Command::Simulator(args) => args.run(context),
        Command::Completions(args) => args.run(&mut Cli::command()),
        Command::Man(args) => args.run(Cli::command()),
    }
}
