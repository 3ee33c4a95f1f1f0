//! `ums serve token`.

use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use clap::Subcommand;
use clap::builder::PossibleValuesParser;
use ums_client::model::OPERATIONS;
use ums_client::{Clock, SystemClock};
use ums_server::{Grant, NewGrant, Role};

use super::token_file::token_file;
use super::told::token_failure;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;
use crate::print::output;

/// Make, list and revoke the tokens that clients show
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true)]
#[command(after_long_help = HELP)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
The file has hashes only: a token is printed once, when it is made. A server reads the
file again when it has changed, so that a revoked token ends at once. With --json, list
prints one object a line.

Examples:
  ums serve token add \"till 3\" --role submit --role read --profile shop
  ums serve token list
  ums serve token revoke \"till 3\"";

#[derive(Debug, Subcommand)]
enum Command {
    Add(AddArgs),
    List(ListArgs),
    Revoke(RevokeArgs),
}

/// Make a token, and print it alone on stdout, this once
#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Whose it is: the journal says it of whoever asks by it
    #[arg(value_name = "NAME")]
    name: String,

    /// What may be done by it; may be given more than once
    #[arg(long, value_name = "ROLE", required = true)]
    #[arg(value_parser = PossibleValuesParser::new(Role::ALL.iter().map(|role| role.as_str())))]
    role: Vec<String>,

    /// Profile that it is for; may be given more than once [default: all]
    #[arg(id = "profile", long = "profile", value_name = "NAME")]
    profiles: Vec<String>,

    /// Operation that it may submit; may be given more than once [default: all]
    #[arg(long, value_name = "OPERATION")]
    #[arg(value_parser = PossibleValuesParser::new(OPERATIONS.iter().map(|spec| spec.name)))]
    operation: Vec<String>,

    /// The most that one call may ask for, in fen (分)
    #[arg(long, value_name = "FEN")]
    max_fen: Option<u64>,

    /// When it ends: a day (UTC+8), which it is still good for, or a time by RFC 3339
    #[arg(long, value_name = "WHEN")]
    expires: Option<String>,

    #[command(flatten)]
    file: FileFlag,
}

/// List the tokens and what they grant
#[derive(Debug, clap::Args)]
struct ListArgs {
    #[command(flatten)]
    file: FileFlag,
}

/// Take a token back, at once
#[derive(Debug, clap::Args)]
struct RevokeArgs {
    /// Its name, or its id as list says it
    #[arg(value_name = "NAME")]
    name: String,

    #[command(flatten)]
    file: FileFlag,
}

#[derive(Debug, clap::Args)]
struct FileFlag {
    /// File of tokens [default: $XDG_STATE_HOME/ums/tokens.json]
    #[arg(long, value_name = "FILE")]
    tokens: Option<PathBuf>,
}

impl Args {
    pub(super) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        match &self.command {
            Command::Add(args) => args.run(),
            Command::List(args) => args.run(context),
            Command::Revoke(args) => args.run(),
        }
    }
}

impl AddArgs {
    fn run(&self) -> Result<Exit, Failure> {
        let roles = self.role.iter().filter_map(|role| Role::named(role));
        let mut grant = NewGrant::new(&self.name, roles)
            .profiles(self.profiles.iter().cloned())
            .operations(self.operation.iter().cloned());
        if let Some(fen) = self.max_fen {
            grant = grant.most_fen(fen);
        }
        if let Some(text) = &self.expires {
            grant = grant.expires(end(text)?);
        }
        let file = token_file(self.file.tokens.as_ref())?;
        let token = file.add(grant, SystemClock::default().now());
        let token = token.map_err(|error| token_failure(&error))?;
        output::result(token.reveal()).or_fail(FailureKind::System)?;
        Ok(Exit::Success)
    }
}

impl ListArgs {
    fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        let file = token_file(self.file.tokens.as_ref())?;
        let grants = file.grants().map_err(|error| token_failure(&error))?;
        let now = SystemClock::default().now();
        for grant in grants.iter() {
            let line = match context.json {
                true => as_json(grant, now),
                false => as_line(grant, now, context),
            };
            output::result(line).or_fail(FailureKind::System)?;
        }
        Ok(Exit::Success)
    }
}

impl RevokeArgs {
    fn run(&self) -> Result<Exit, Failure> {
        let file = token_file(self.file.tokens.as_ref())?;
        let revoked = file.revoke(&self.name);
        revoked.map_err(|error| token_failure(&error))?;
        Ok(Exit::Success)
    }
}

/// What it grants, without the hash.
fn as_json(grant: &Grant, now: DateTime<Utc>) -> String {
    let roles = grant.roles.iter().map(|role| role.as_str());
    serde_json::json!({
        "id": grant.id,
        "name": grant.name,
        "roles": roles.collect::<Vec<_>>(),
        "operations": grant.operations,
        "profiles": grant.profiles,
        "most_fen": grant.most_fen,
        "made": grant.made.to_rfc3339(),
        "expires": grant.expires.map(|at| at.to_rfc3339()),
        "is_over": grant.is_over(now),
    })
    .to_string()
}

fn as_line(grant: &Grant, now: DateTime<Utc>, context: &Context<'_>) -> String {
    let roles: Vec<_> = grant.roles.iter().map(|role| role.as_str()).collect();
    let mut line = format!("{}  {}  {}", grant.id, grant.name, roles.join(","));
    let limits = [
        ("profiles", &grant.profiles),
        ("operations", &grant.operations),
    ];
    for (name, names) in limits {
        if let Some(names) = names {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            line.push_str(&format!("  {name}={}", names.join(",")));
        }
    }
    if let Some(fen) = grant.most_fen {
        line.push_str(&format!("  max_fen={fen}"));
    }
    if let Some(at) = grant.expires {
        line.push_str(&format!("  expires={}", at.to_rfc3339()));
    }
    if grant.is_over(now) {
        line.push_str(context.say("  (over)", "  （已过期）"));
    }
    crate::print::visible::visible(&line)
}

/// The end of a day in China, or a time.
fn end(text: &str) -> Result<DateTime<Utc>, Failure> {
    const EAST: i64 = 8;
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(time.to_utc());
    }
    let day = text.parse::<NaiveDate>().ok();
    let next = day.and_then(|day| day.succ_opt());
    let end = next.and_then(|day| day.and_hms_opt(0, 0, 0));
    let end = end.map(|end| end.and_utc() - TimeDelta::hours(EAST));
    end.ok_or_else(|| {
        let failure = missing((
            "must be a day such as 2026-12-31, or a time such as 2026-12-31T18:00:00+08:00",
            "应为日期（如 2026-12-31）或时间（如 2026-12-31T18:00:00+08:00）",
        ));
        failure.named("--expires")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_good_to_its_end_in_china() {
        let read = |text| end(text).unwrap().to_rfc3339();
        assert_eq!(read("2026-12-31"), "2026-12-31T16:00:00+00:00");
        assert_eq!(
            read("2026-12-31T18:00:00+08:00"),
            "2026-12-31T10:00:00+00:00"
        );
        for wrong in ["", "tomorrow", "2026-02-30", "2026-12-31T18:00:00"] {
            assert!(end(wrong).is_err(), "{wrong}");
        }
    }
}
