//! The command line as clap sees it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    api, completions, demo, explain, journal, man, pay, resolve, sign, simulator, verify_notify,
};
use crate::described::command::Described;
use crate::language::Lang;

/// Calls UMS (银联商务): takes, queries, voids and refunds payments, and says whether the money
/// moved, did not, or may have.
#[derive(Debug, Parser)]
#[command(
    name = "ums",
    version,
    about = "Pay, query, void and refund through UMS (银联商务), and know whether the money moved",
    after_long_help = HELP,
    subcommand_required = true,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const HELP: &str = "\
Exit codes:
  0  approved and in force, or done; a query: paid, or the refund was made
  1  anything that has no code of its own
  2  the command line or a value on it cannot be used; nothing was sent
  3  certainly not: declined, not carried out, or voided or refunded since; ums explain,
     ums verify-notify: the signature is wrong
  4  not sent: nothing left this machine; what is printed says whether it may be sent
     again
  5  unknown: it may have been carried out; query the order, do not send again
  6  the configuration, the credentials or the journal cannot be used; nothing was sent

Settings:
  A flag beats the environment, which beats the profile. Profiles are in
  $XDG_CONFIG_HOME/ums/config.toml, or else ~/.config/ums/config.toml:

    default_profile = \"test\"

    [profiles.test]
    env = \"test\"                 # or base_url = \"https://…\"
    timeout = 30                 # seconds
    app_id = \"…\"
    app_key_file = \"test.key\"    # beside this file; readable by you only
    merchant_code = \"…\"
    terminal_code = \"…\"

  ca = \"ca.pem\" names a private certificate authority. The AppKey comes from a
  file (- is standard input) or from the variable UMS_APP_KEY, never from the
  command line. A file is better: all that you run can read a variable.

  Live is every gateway but the official test gateway and this machine. A profile
  of a live one signs for it alone: where UMS_BASE_URL or a flag leads elsewhere,
  nothing is signed. forwarder = true says that base_url, or any that is given, is a
  forwarder of your own; it counts as live. With live money the AppKey must be
  readable by you alone, and it, this file and ca must lie where nobody but you (or
  root) can change them; elsewhere that is a warning. Without ca, SSL_CERT_FILE and
  SSL_CERT_DIR decide on Linux whom TLS trusts, which is said with live money.
  Files are regular files: for a pipe give - where a flag takes it, rather than
  /dev/stdin or the shell's <(…).

  proxy = \"http://proxy.example:3128\" reaches an https gateway through that proxy;
  proxy = \"environment\" goes by HTTPS_PROXY and NO_PROXY, which change nothing
  otherwise. Only HTTPS_PROXY may hold a user name and password.

Examples:
  ums demo
  ums void --env test --merchant-code 103290070111417 --terminal-code 12340511 \\
      --original-order-id 20200227163036011978864947
  ums void --profile shop --merchant-order-id 202311250001 --json > void.json
  ums resolve --profile shop void.json";

/// What each command takes.
#[derive(Debug, Args)]
pub(crate) struct Global {
    #[command(flatten)]
    layered: Layered,

    /// Print the result as one JSON object on one line
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) json: bool,

    /// Do not ask before live money is moved
    #[arg(long, global = true, help_heading = GLOBAL)]
    pub(crate) yes: bool,

    /// Language of explanations [default: by LC_ALL, LC_MESSAGES, LANG]
    #[arg(long, global = true, help_heading = GLOBAL, value_name = "LANG", value_enum)]
    pub(crate) lang: Option<Lang>,

    /// Say on stderr what happens; twice for more, three times for all
    #[arg(short, long, global = true, help_heading = GLOBAL, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

const GLOBAL: &str = "Global options";

/// What the environment or a profile can give as well. Read through `Settings`, which knows where
/// each value was given.
#[derive(Debug, Args)]
struct Layered {
    /// The gateway of this environment [no default]
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_ENV", hide_env_values = true)]
    #[arg(value_name = "NAME", value_parser = ["production", "test"])]
    env: Option<String>,

    /// The gateway at this address, instead of --env
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_BASE_URL", hide_env_values = true)]
    #[arg(value_name = "URL")]
    base_url: Option<String>,

    /// Trust only the certificate authorities in this PEM file
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_CA", hide_env_values = true)]
    #[arg(value_name = "FILE")]
    ca: Option<PathBuf>,

    /// HTTP proxy to an https gateway: its URL, or environment, or none [default: none]
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_PROXY", hide_env_values = true)]
    #[arg(value_name = "URL")]
    proxy: Option<String>,

    /// Longest time for the whole call; fractions are allowed [default: 30]
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_TIMEOUT", hide_env_values = true)]
    #[arg(value_name = "SECONDS", allow_negative_numbers = true)]
    timeout: Option<String>,

    /// AppId (开发者ID)
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_APP_ID", hide_env_values = true)]
    #[arg(value_name = "ID")]
    app_id: Option<String>,

    /// File that holds the AppKey (开发者秘钥), - for stdin; better than to set UMS_APP_KEY
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_APP_KEY_FILE")]
    #[arg(value_name = "FILE", hide_env_values = true)]
    app_key_file: Option<PathBuf>,

    /// Profile of the configuration file to use
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_PROFILE", hide_env_values = true)]
    #[arg(value_name = "NAME")]
    profile: Option<String>,

    /// Configuration file to use instead of the one in your home
    #[arg(long, global = true, help_heading = GLOBAL, env = "UMS_CONFIG", hide_env_values = true)]
    #[arg(value_name = "FILE")]
    config: Option<PathBuf>,
}

/// What there is to do. Each has a file of its own under `commands`, but for those that are made
/// from the description of an operation.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Pay(Box<pay::Args>),
    #[command(flatten)]
    Described(Described),
    Resolve(Box<resolve::Args>),
    Journal(journal::Args),
    Api(api::Args),
    Sign(sign::Args),
    Explain(explain::Args),
    VerifyNotify(verify_notify::Args),
    Demo(demo::Args),
    Simulator(simulator::Args),
    Completions(completions::Args),
    Man(man::Args),
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use ums_client::model::{Effect, OPERATIONS, OperationSpec};

    use super::*;

    #[test]
    fn the_definition_holds() {
        Cli::command().debug_assert();
    }

    /// `Settings` tells origins by these spellings.
    #[test]
    fn a_setting_has_one_name_in_three_spellings() {
        let mut command = Cli::command();
        command.build();
        let mut found = 0;
        for command in std::iter::once(&command).chain(command.get_subcommands()) {
            for argument in command.get_arguments() {
                let Some(variable) = argument.get_env() else {
                    continue;
                };
                let id = argument.get_id().as_str();
                assert_eq!(variable, format!("UMS_{}", id.to_uppercase()).as_str());
                assert_eq!(argument.get_long(), Some(id.replace('_', "-").as_str()));
                assert!(argument.is_hide_env_values_set(), "{id}");
                found += 1;
            }
        }
        // `help` has none of its own, and counts for `ums`.
        let commands = command.get_subcommands().count();
        let naming_a_merchant = 1 + OPERATIONS.len();
        let moves_money = |operation: &&OperationSpec| operation.effect == Effect::MovesMoney;
        let moving_money = OPERATIONS.iter().filter(moves_money).count();
        assert_eq!(
            found,
            9 * commands + 2 * naming_a_merchant + moving_money,
            "nine in ums and each command, two in resolve and the command of each operation, the \
             journal in each that moves money"
        );
    }

    #[test]
    fn each_command_shows_an_example() {
        let command = Cli::command();
        for command in command.get_subcommands() {
            let help = command.get_after_long_help().map(ToString::to_string);
            let help = help.unwrap_or_default();
            let example = format!("ums {}", command.get_name());
            assert!(help.contains(&example), "{}: {help}", command.get_name());
        }
    }
}
