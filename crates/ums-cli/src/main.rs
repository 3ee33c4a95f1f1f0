//! The command line `ums`: talks to a person or a script. The rules of UMS are
//! in the crates below.

mod call;
mod cli;
mod commands;
mod config;
mod confirm;
mod context;
mod credentials;
mod destination;
mod entry;
mod exit;
mod failure;
mod fields;
mod goods;
mod input;
mod interrupt;
mod language;
mod location;
mod masked;
mod output;
mod pace;
mod progress;
mod proxy;
mod report;
mod scheme;
mod sent;
mod settings;
mod table;
mod tracing;

use std::process::ExitCode;

use clap::{ArgMatches, CommandFactory, FromArgMatches};

use crate::cli::{Cli, Command};
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::Failure;

fn main() -> ExitCode {
    let parsed = Cli::command()
        .try_get_matches()
        .and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            // Help and version too; a closed pipe is not worth a word.
            let _ = error.print();
            return u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from);
        }
    };
    tracing::start(cli.global.verbose);
    let exit = run(&cli, &matches).unwrap_or_else(|failure| {
        output::talk(format_args!("error: {failure}"));
        failure.kind().exit()
    });
    exit.into()
}

fn run(cli: &Cli, matches: &ArgMatches) -> Result<Exit, Failure> {
    let by_locale = || {
        language::of_locale(|name| {
            std::env::var_os(name).and_then(|value| value.into_string().ok())
        })
    };
    let context = Context {
        json: cli.global.json,
        yes: cli.global.yes,
        language: cli.global.lang.map_or_else(by_locale, Into::into),
        matches: matches
            .subcommand()
            .map_or(matches, |(_, of_command)| of_command),
    };
    match &cli.command {
        Command::Pay(args) => args.run(&context),
        Command::Query(args) => args.run(&context),
        Command::Void(args) => args.run(&context),
        Command::Refund(args) => args.run(&context),
        Command::QueryRefund(args) => args.run(&context),
        Command::Settle(args) => args.run(&context),
        Command::Api(args) => args.run(&context),
        Command::Sign(args) => args.run(&context),
        Command::Explain(args) => args.run(&context),
        Command::VerifyNotify(args) => args.run(&context),
        Command::Demo(args) => args.run(&context),
        Command::Simulator(args) => args.run(&context),
        Command::Completions(args) => args.run(),
        Command::Man(args) => args.run(),
    }
}
