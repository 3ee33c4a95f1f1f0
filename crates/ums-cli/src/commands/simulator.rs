//! `ums simulator`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ums_simulator::{
    BuildError, FaultRule, Operation, Order, Running, Simulator, StartError, Tls, list_faults,
};

use crate::call::runtime;
use crate::context::Context;
use crate::credentials;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::file;
use crate::interrupt::Signals;
use crate::output::{self, talk};
use crate::visible::for_shell;

/// Run a gateway on this machine that checks signatures, keeps orders and can fail
///
/// Prints its URL alone on the first line of stdout and runs until Ctrl-C. What
/// it answers is the simulator's choice wherever the platform's own answer is
/// not published.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,

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

    /// How far a request's timestamp may be from this clock
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    timestamp_window: u64,

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

Examples:
  ums simulator --listen 127.0.0.1:8080
  ums simulator --tls-ca-out ca.pem --fault silence-applied,always";

const FAULT_HELP: &str = "\
Fail by a fault's name, for the next call; may be given more than once:
NAME[@NUMBER][,operation=pay|query|query_refund|refund|void][,order=ID][,times=N][,every=N][,always]";

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
            .timestamp_window(Duration::from_secs(self.timestamp_window));
        if let Some(control) = self.control {
            builder = builder.control(control);
        }
        builder = match &self.orders {
            Some(file) => builder.orders_file(file),
            None => builder.order(Order::paid(ORDER_ID)),
        };
        if let Some(file) = &self.state_file {
            builder = builder.state_file(file);
        }
        for rule in &self.fault {
            builder = builder.fault(rule.clone());
        }
        let credential = credential(context)?;
        let made_up = credential.is_none();
        if let Some((app_id, app_key)) = credential {
            builder = builder.credential(app_id, app_key);
        }
        if self.tls || self.tls_ca_out.is_some() {
            let tls = Tls::generate().or_fail(FailureKind::System)?;
            if let Some(file) = &self.tls_ca_out {
                file::write(file, tls.ca_pem().as_bytes(), 0o600)
                    .or_fail(FailureKind::System)
                    .map_err(|failure| failure.about("--tls-ca-out"))?;
            }
            builder = builder.tls(tls);
        }
        runtime()?.block_on(async {
            let mut signals = Signals::listen().or_fail(FailureKind::System)?;
            let running = builder.start().await.map_err(refused)?;
            output::result(running.url()).or_fail(FailureKind::System)?;
            self.introduce(&running, made_up, context);
            signals.next().await;
            running.shutdown().await;
            Ok(Exit::Success)
        })
    }

    fn introduce(&self, running: &Running, made_up: bool, context: &Context<'_>) {
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
        let key = if made_up {
            talk(context.say(
                "credentials: made up, and no secret. Try from another terminal:",
                "凭据为虚构，并非机密。可在另一终端尝试：",
            ));
            format!(
                "UMS_APP_ID={} UMS_APP_KEY={} ",
                Simulator::DEMO_APP_ID,
                Simulator::DEMO_APP_KEY
            )
        } else {
            talk(context.say(
                "credentials: the ones you have set. Try from another terminal:",
                "凭据：您所设置的。可在另一终端尝试：",
            ));
            String::new()
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
            "an AppId is set and no AppKey: set both, or neither for the made-up ones",
        )),
        (None, Some(_)) => Err(Failure::text(
            FailureKind::Credentials,
            "an AppKey is set and no AppId: set both, or neither for the made-up ones",
        )),
    }
}

/// Reads `NAME[@NUMBER]` and what follows after commas.
fn rule(text: &str) -> Result<FaultRule, String> {
    let mut parts = text.split(',');
    let name = parts.next().unwrap_or_default();
    let mut rule = FaultRule::named(name)
        .map_err(|error| format!("{error}; ums simulator --list-faults prints the known ones"))?;
    for part in parts {
        let count = |number: &str| {
            number
                .parse::<u64>()
                .map_err(|_| format!("{part:?} must end in a whole number"))
        };
        rule = match part.split_once('=') {
            None if part == "always" => rule.always(),
            Some(("operation", name)) => rule.for_operation(operation(name)?),
            Some(("order", id)) => rule.for_order(id),
            Some(("times", number)) => rule.times(count(number)?),
            Some(("every", number)) => rule.every(count(number)?),
            _ => {
                return Err(format!(
                    "{part:?} is not known; known are operation=NAME, order=ID, times=N, every=N and \
                     always"
                ));
            }
        };
    }
    Ok(rule)
}

fn operation(name: &str) -> Result<Operation, String> {
    serde_json::from_value(name.into())
        .map_err(|_| format!("{name:?} is no operation of the simulator"))
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
    Failure::new(kind, error)
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
