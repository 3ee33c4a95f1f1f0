//! `ums simulator`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ums_simulator::{
    Accounts, BuildError, FaultRule, LateQuery, Order, PendingVoid, RepeatedVoid, Running,
    SimulatedOperation, Simulator, StartError, Tls, list_faults,
};

use crate::call::carry_out::runtime;
use crate::call::interrupt::Signals;
use crate::config::credentials;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::files::file;
use crate::language::{Message, Told};
use crate::print::output::{self, talk};
use crate::print::visible::for_shell;

/// Run a gateway on this machine that checks signatures, keeps orders and can fail
///
/// Prints its URL alone on the first line of stdout and runs until Ctrl-C. What it answers is the
/// simulator's choice wherever the platform's own answer is not published.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Address to listen on; the addresses 0.0.0.0 and :: with a port are all of this machine
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

    /// File of AppIds with their AppKeys, merchants and terminals, instead of --app-id
    #[arg(long, value_name = "FILE", long_help = ACCOUNTS_HELP)]
    accounts: Option<PathBuf>,

    /// Take every merchant code and terminal code as known
    #[arg(long)]
    any_merchant: bool,

    /// JSON file of orders: {"orders": [{"orderId": "…", "amount": 1}, …]}
    #[arg(long, value_name = "FILE")]
    orders: Option<PathBuf>,

    /// Keep the order book in this file, which is made if need be and survives a restart
    #[arg(long, value_name = "FILE")]
    state_file: Option<PathBuf>,

    /// Serve https, with a certificate authority made at start and shown on stderr
    #[arg(long)]
    tls: bool,

    /// Write that authority's certificate (PEM) to this file instead; implies --tls
    #[arg(long, value_name = "FILE")]
    tls_ca_out: Option<PathBuf>,

    /// Make the certificate for this host name or address too; implies --tls
    #[arg(long, value_name = "NAME")]
    tls_name: Vec<String>,

    /// How far a request's timestamp may be from this clock
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timestamp_window: u64,

    /// What a void of an order that is voided already is answered with
    #[arg(long, value_name = "CODE", value_parser = ["22", "00", "25", "57", "94"])]
    #[arg(default_value = "22")]
    repeated_void: String,

    /// What a void of a payment that still waits for the customer is answered with
    #[arg(long, value_name = "CODE", value_parser = ["57", "25", "00"], default_value = "57")]
    pending_void: String,

    /// What a query about another day's payment is answered with; "truth" as if it were today's
    #[arg(long, value_name = "CODE", value_parser = ["25", "22", "FF", "truth"])]
    #[arg(default_value = "25")]
    late_query: String,

    /// How many connections there may be at once
    #[arg(long, value_name = "N", default_value_t = 512)]
    max_connections: usize,

    /// Fail by a fault's name, for the next call; may be given more than once
    #[arg(long, value_name = "RULE", value_parser = rule, long_help = FAULT_HELP)]
    fault: Vec<FaultRule>,

    /// Take control calls over HTTP on this loopback address
    #[arg(long, value_name = "ADDRESS")]
    control: Option<SocketAddr>,

    /// Print the faults and what a client should conclude from each
    #[arg(long)]
    list_faults: bool,
}

const HELP: &str = "\
Without --orders the book holds one paid order, 20230718110248029165883554, of
1 fen. Without --app-id and --app-key-file (or their variables or profile) it
takes a made-up AppId and AppKey and says so on stderr.

What becomes of a payment goes by the customer's code; any other than these is
paid. SSSS are four digits: so many seconds.
  9957…  declined with 57          9961…  declined with 61
  9951…  declined with 51, no money
  99ER…  declined with ER and words, no money
  9900…  paid, and no answer       9901…  not paid, and no answer
  9910…  paid, no answer, and two queries say \"timed out\" first
  9911…  not paid, otherwise as 9910
  99FF…  no answer, and queries say that it is not known
  9920…  no answer, waits SSSS for the customer, then paid
  9921…  the same, then not paid   9922…  the same, then cancelled
  9930…  as 9920, and the answer is 00 with autoQueryFlag Y
  9931…  as 9921 with that answer  9932…  as 9922 with that answer
  9940…  no answer, queries and voids find nothing for SSSS, then paid
  9950…  no answer, queries say \"failed\" for SSSS, then paid
For example 992000300000000001 waits 30 seconds.

With -v there is a line on stderr for each request: time, method, path, order,
HTTP status, errCode, what the check of the signature found, fault, money moved.

Never give it keys of the live platform, and let it listen for other machines
only in a network that you trust: whoever reaches it can make it answer.

Examples:
  ums simulator --listen 127.0.0.1:8080
  ums simulator --listen 0.0.0.0:8443 --tls-ca-out ca.pem --tls-name ums.team.example -v
  ums simulator --tls-ca-out ca.pem --fault silence-applied,always";

const ACCOUNTS_HELP: &str = "\
File of AppIds with their AppKeys, merchants and terminals, instead of --app-id.
TOML, or JSON with the same keys:

  [[app]]
  app_id = \"team-a\"
  app_key = \"made-up-key-of-team-a\"   # or app_key_file = \"team-a.key\", beside it

  [[app.merchant]]                    # none: any merchant that is known
  merchant_code = \"103290070111417\"
  terminal_codes = [\"12340511\"]

An AppId with merchants may act for those alone.";

const FAULT_HELP: &str = "\
Fail by a fault's name, for the next call; may be given more than once:
NAME[@NUMBER][,operation=pay|query|query_refund|refund|reverse|void][,order=ID][,times=N][,every=N][,always]";

/// The paid order of a simulator that was given none.
const ORDER_ID: &str = "20230718110248029165883554";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        if self.list_faults {
            output::bytes(list_faults().as_bytes()).or_fail(FailureKind::System)?;
            return Ok(Exit::Success);
        }
        let mut builder = Simulator::builder()
            .listen(self.listen)
            .timestamp_window(Duration::from_secs(self.timestamp_window))
            .connection_limit(self.max_connections)
            .repeated_void(repeated_void(&self.repeated_void))
            .pending_void(pending_void(&self.pending_void))
            .late_query(late_query(&self.late_query));
        if self.any_merchant {
            builder = builder.any_merchant();
        }
        if is_verbose(context) {
            builder = builder.on_request(|request| {
                talk(ums_client::mask_card_numbers(&request.line()));
            });
        }
        if let Some(control) = self.control {
            builder = builder.control(control);
        }
        builder = match (&self.orders, &self.accounts) {
            (Some(file), _) => builder.orders_file(file),
            // The sample order is the demo merchant's, whom an accounts file need not have.
            (None, Some(_)) => builder,
            (None, None) => builder.order(Order::paid(ORDER_ID)),
        };
        if let Some(file) = &self.state_file {
            builder = builder.state_file(file);
        }
        for rule in &self.fault {
            builder = builder.fault(rule.clone());
        }
        let keys = match &self.accounts {
            Some(file) => {
                let accounts = Accounts::read(file).or_fail(FailureKind::Configuration)?;
                let app_ids = accounts.app_ids().map(str::to_owned).collect();
                builder = builder.accounts(accounts);
                Keys::OfFile(app_ids)
            }
            None => match credential(context)? {
                Some((app_id, app_key)) => {
                    builder = builder.credential(app_id, app_key);
                    Keys::OfSettings
                }
                None => Keys::MadeUp,
            },
        };
        if self.tls || self.tls_ca_out.is_some() || !self.tls_name.is_empty() {
            let blame = if self.tls_name.is_empty() {
                FailureKind::System
            } else {
                FailureKind::InvalidInput
            };
            let tls = Tls::generate_for(&self.tls_name).or_fail(blame)?;
            if let Some(file) = &self.tls_ca_out {
                file::write(file, tls.ca_pem().as_bytes(), 0o600)
                    .or_fail(FailureKind::System)
                    .map_err(|failure| failure.named("--tls-ca-out"))?;
            }
            builder = builder.tls(tls);
        }
        runtime()?.block_on(async {
            let mut signals = Signals::listen().or_fail(FailureKind::System)?;
            let running = builder.start().await.map_err(refused)?;
            output::result(running.url()).or_fail(FailureKind::System)?;
            warn(&running, &keys, context)?;
            self.introduce(&running, &keys, context);
            signals.next().await;
            running.shutdown().await;
            Ok(Exit::Success)
        })
    }

    fn introduce(&self, running: &Running, keys: &Keys, context: &Context<'_>) {
        if let Some(url) = running.control_url() {
            talk(format_args!(
                "{} {url}",
                context.say("control calls:", "控制接口：")
            ));
        }
        let ca = match (&self.tls_ca_out, running.ca_pem()) {
            (Some(file), _) => format!(" --ca {}", for_shell(file).as_deref().unwrap_or("FILE")),
            (None, Some(pem)) => {
                talk(context.say("certificate authority:", "证书颁发机构："));
                pem.lines().for_each(talk);
                " --ca FILE".to_owned()
            }
            (None, None) => String::new(),
        };
        let key = match keys {
            Keys::MadeUp => {
                talk(context.say(
                    "credentials: made up, and no secret. Try from another terminal:",
                    "以下为演示用密钥，不能用于生产。可另开一个命令行窗口试用：",
                ));
                format!(
                    "UMS_APP_ID={} UMS_APP_KEY={} ",
                    Simulator::DEMO_APP_ID,
                    Simulator::DEMO_APP_KEY
                )
            }
            Keys::OfSettings => {
                talk(context.say(
                    "credentials: the ones you have set. Try from another terminal:",
                    "使用您所设置的密钥。可另开一个命令行窗口试用：",
                ));
                String::new()
            }
            Keys::OfFile(app_ids) => {
                talk(format_args!(
                    "{} {}",
                    context.say("AppIds:", "AppId："),
                    app_ids.join(", ")
                ));
                talk(context.say("Ctrl-C ends it.", "按 Ctrl-C 结束。"));
                return;
            }
        };
        let orders = running.orders().list();
        let Some(order) = orders.first() else {
            return;
        };
        talk(format_args!(
            "  {key}ums void --base-url {}{ca} --merchant-code {} --terminal-code {} \
             --original-order-id {}",
            running.url(),
            order.merchant_code,
            order.terminal_code,
            order.order_id
        ));
        talk(context.say("Ctrl-C ends it.", "按 Ctrl-C 结束。"));
    }
}

/// Where the keys come from that signatures are checked with.
enum Keys {
    MadeUp,
    /// A file of accounts, with these AppIds.
    OfFile(Vec<String>),
    /// The AppId and AppKey that a call would use.
    OfSettings,
}

/// Says what may be a mistake, before anything is asked of the simulator.
fn warn(running: &Running, keys: &Keys, context: &Context<'_>) -> Result<(), Failure> {
    if running.is_beyond_loopback() {
        talk(context.say(
            "warning: it listens for other machines too: whoever reaches it can use it",
            "警告：模拟器同时对其他机器开放，能连上它的人都可以使用它",
        ));
    }
    if running.is_beyond_loopback() && running.ca_pem().is_none() {
        talk(context.say(
            "warning: it speaks plain http, which ums takes to this machine only: give --tls-ca-out \
             and --tls-name",
            "警告：当前为明文 http，ums 只接受本机的明文地址：请加 --tls-ca-out 和 --tls-name",
        ));
    }
    if matches!(keys, Keys::OfSettings) && is_live(context)? {
        talk(context.say(
            "warning: the AppId and AppKey are those of production: give a simulator made-up ones, \
             and never point it at live keys",
            "警告：当前使用的是生产环境的 AppId 和 AppKey：请改用虚构的密钥，切勿把生产密钥交给模拟器",
        ));
    }
    Ok(())
}

fn is_verbose(context: &Context<'_>) -> bool {
    let count = context.matches.try_get_one::<u8>("verbose");
    count.ok().flatten().is_some_and(|count| *count > 0)
}

/// Whether the settings, whose credential is used, are those of production.
fn is_live(context: &Context<'_>) -> Result<bool, Failure> {
    let env = context.settings()?.text("env");
    Ok(env.is_some_and(|env| env.value == "production"))
}

fn repeated_void(code: &str) -> RepeatedVoid {
    match code {
        "00" => RepeatedVoid::Approve,
        "25" => RepeatedVoid::NotFound,
        "57" => RepeatedVoid::NotAllowed,
        "94" => RepeatedVoid::Duplicate,
        _ => RepeatedVoid::NoOriginal,
    }
}

fn pending_void(code: &str) -> PendingVoid {
    match code {
        "00" => PendingVoid::Approve,
        "25" => PendingVoid::NotFound,
        _ => PendingVoid::NotAllowed,
    }
}

fn late_query(code: &str) -> LateQuery {
    match code {
        "22" => LateQuery::NoOriginal,
        "FF" => LateQuery::Unknown,
        "truth" => LateQuery::Answer,
        _ => LateQuery::NotFound,
    }
}

/// The credential that is set, or `None` for the made-up one.
fn credential(context: &Context<'_>) -> Result<Option<(String, String)>, Failure> {
    let settings = context.settings()?;
    let app_id = credentials::app_id(&settings)?;
    let key = credentials::key(&settings)?;
    match (app_id, key) {
        (Some(app_id), Some(key)) => Ok(Some((app_id.to_string(), key.into_text()?))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Failure::text(
            FailureKind::Credentials,
            (
                "an AppId is set and no AppKey: set both, or neither for the made-up ones",
                "只设置了 AppId，没有 AppKey：请两者都设置，或都不设置而使用演示密钥",
            ),
        )),
        (None, Some(_)) => Err(Failure::text(
            FailureKind::Credentials,
            (
                "an AppKey is set and no AppId: set both, or neither for the made-up ones",
                "只设置了 AppKey，没有 AppId：请两者都设置，或都不设置而使用演示密钥",
            ),
        )),
    }
}

/// Reads `NAME[@NUMBER]` and what follows after commas.
fn rule(text: &str) -> Result<FaultRule, Message> {
    let mut parts = text.split(',');
    let name = parts.next().unwrap_or_default();
    let mut rule = FaultRule::named(name).map_err(|error| {
        error.told().and((
            "; ums simulator --list-faults prints the known ones",
            "；ums simulator --list-faults 列出所有故障",
        ))
    })?;
    for part in parts {
        let count = |number: &str| {
            number.parse::<u64>().map_err(|_| {
                Message::new(
                    format!("{part:?} must end in a whole number"),
                    format!("{part:?} 应以整数结尾"),
                )
            })
        };
        rule = match part.split_once('=') {
            None if part == "always" => rule.always(),
            Some(("operation", name)) => rule.for_operation(operation(name)?),
            Some(("order", id)) => rule.for_order(id),
            Some(("times", number)) => rule.times(count(number)?),
            Some(("every", number)) => rule.every(count(number)?),
            _ => {
                return Err(Message::new(
                    format!(
                        "{part:?} is not known; known are operation=NAME, order=ID, times=N, \
                         every=N and always"
                    ),
                    format!(
                        "{part:?} 无法识别；可用的有 operation=NAME、order=ID、times=N、every=N 和 \
                         always"
                    ),
                ));
            }
        };
    }
    Ok(rule)
}

fn operation(name: &str) -> Result<SimulatedOperation, Message> {
    serde_json::from_value(name.into()).map_err(|_| {
        Message::new(
            format!("{name:?} is no operation of the simulator"),
            format!("模拟器没有 {name:?} 这种交易"),
        )
    })
}

/// A simulator that does not start: what was asked of it, or the machine.
fn refused(error: StartError) -> Failure {
    let kind = match &error {
        StartError::Build(
            BuildError::OrdersFile(_) | BuildError::Orders(_) | BuildError::StateFile(_),
        ) => FailureKind::Configuration,
        StartError::Build(_) | StartError::ControlNotLoopback { .. } => FailureKind::InvalidInput,
        _ => FailureKind::System,
    };
    Failure::new(kind, &error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_help_tells_of_each_pay_code() {
        for rule in ums_simulator::PAY_CODES {
            assert!(
                HELP.contains(&format!("{}…", rule.prefix)),
                "{}",
                rule.prefix
            );
        }
        let told = HELP
            .lines()
            .flat_map(|line| line.match_indices("…  "))
            .count();
        assert_eq!(told, ums_simulator::PAY_CODES.len());
    }

    #[test]
    fn a_rule_is_read_to_its_end() {
        for (text, read) in [
            ("silence-applied", true),
            (
                "fin-in-reply@17,operation=query_refund,order=1,times=2,every=3,always",
                true,
            ),
            ("silence-applied,operation=viod", false),
            ("silence-applied,operation", false),
            ("silence-applied,times=", false),
            ("nonsense", false),
        ] {
            assert_eq!(rule(text).is_ok(), read, "{text}");
        }
    }
}
