//! Control calls over HTTP, for a simulator in a process of its own.

mod guard;

use std::time::Duration;

use serde::Deserialize;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::clock::{read_day, write_day};
use crate::fault::named::FaultError;
use crate::fault::rule::{ConnectionUse, FaultRule, RuleId};
use crate::fault::table::FAULTS;
use crate::operation::table::SimulatedOperation;
use crate::orders::order_file::parse_orders;
use crate::simulator::Simulator;
use crate::wire::http1::{self, BadRequest, Framing, Head};
use crate::wire::reply::{JSON, Reply};

/// Takes control calls, one per connection.
pub(crate) async fn listen(simulator: Simulator, listener: TcpListener) {
    const PATIENCE: Duration = Duration::from_secs(10);
    const MOST_CALLS: usize = 32;
    let mut calls = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = calls.join_next(), if !calls.is_empty() => {}
            accepted = listener.accept() => {
                let Ok((stream, peer)) = accepted else { continue };
                // The address is checked when binding; this is for a listener whose loopback
                // address is reached by other ways.
                if !peer.ip().is_loopback() {
                    continue;
                }
                let simulator = simulator.clone();
                // Whoever holds so many has no more to say.
                while calls.try_join_next().is_some() {}
                if calls.len() < MOST_CALLS {
                    calls.spawn(async move { timeout(PATIENCE, serve(&simulator, stream)).await });
                }
            }
        }
    }
}

async fn serve(simulator: &Simulator, mut stream: TcpStream) -> std::io::Result<()> {
    let own = stream.local_addr()?;
    let mut reply = match read(&mut stream).await? {
        Ok(call) => {
            let has_body = call.head.method == "POST" || !call.body.is_empty();
            match guard::admit(&call.head_bytes, has_body, own) {
                Ok(()) => answer(simulator, &call.head, &call.body),
                Err(refused) => problem(refused.status(), refused.why()),
            }
        }
        Err(bad) => problem(bad.status(), &bad.to_string()),
    };
    reply
        .headers
        .push(("X-Content-Type-Options", "nosniff".to_owned()));
    reply.headers.push(("Cache-Control", "no-store".to_owned()));
    reply.date = simulator.gateway.ledger.now();
    reply.keep_alive = false;
    stream.write_all(&reply.encode()).await?;
    stream.shutdown().await
}

/// A call read to its end.
struct Call {
    head: Head,
    head_bytes: Vec<u8>,
    body: Vec<u8>,
}

async fn read(stream: &mut TcpStream) -> std::io::Result<Result<Call, BadRequest>> {
    let mut buffer = Vec::new();
    loop {
        match whole(&buffer) {
            Ok(Some(call)) => return Ok(Ok(call)),
            Err(bad) => return Ok(Err(bad)),
            Ok(None) => {}
        }
        if stream.read_buf(&mut buffer).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
}

fn whole(buffer: &[u8]) -> Result<Option<Call>, BadRequest> {
    let Some(head) = http1::parse_head(buffer)? else {
        return Ok(None);
    };
    let (head_bytes, rest) = buffer.split_at(head.length.min(buffer.len()));
    let body = match head.framing {
        Framing::Length(length) => rest.get(..length).map(<[u8]>::to_vec),
        Framing::Chunked => http1::dechunk(rest)?.map(|body| body.content),
    };
    Ok(body.map(|body| Call {
        head,
        head_bytes: head_bytes.to_vec(),
        body,
    }))
}

fn answer(simulator: &Simulator, head: &Head, body: &[u8]) -> Reply {
    match (head.method.as_str(), head.path.as_str()) {
        ("GET", "/simulator/ledger") => ok(&simulator.ledger().snapshot()),
        ("GET", "/simulator/orders") => ok(&json!({ "orders": simulator.orders().list() })),
        ("POST", "/simulator/orders") => {
            let added = parse_orders(body)
                .map_err(|error| described(&error))
                .and_then(|orders| {
                    let count = orders.len();
                    let added = simulator.orders().insert_all(orders);
                    added.map(|()| count).map_err(|error| described(&error))
                });
            match added {
                Ok(count) => ok(&json!({ "added": count })),
                Err(why) => problem(400, &why),
            }
        }
        ("GET", "/simulator/faults") => {
            ok(&json!({ "armed": simulator.armed_faults(), "faults": FAULTS }))
        }
        ("POST", "/simulator/faults") => match arm(simulator, body) {
            Ok(id) => ok(&json!({ "armed": id })),
            Err(why) => problem(400, &why),
        },
        ("DELETE", "/simulator/faults") => {
            simulator.clear_faults();
            ok(&json!({ "armed": [] }))
        }
        ("GET", "/simulator/trading-day") => trading_day(simulator),
        ("POST", "/simulator/trading-day") => match move_day(simulator, body) {
            Ok(()) => trading_day(simulator),
            Err(why) => problem(400, &why),
        },
        _ => problem(
            404,
            "control calls are GET /simulator/ledger, GET and POST /simulator/orders, \
             GET, POST and DELETE /simulator/faults, GET and POST /simulator/trading-day",
        ),
    }
}

/// A rule as a control call states it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    fault: String,
    operation: Option<SimulatedOperation>,
    order: Option<String>,
    #[serde(default)]
    connection: ConnectionUse,
    every: Option<u64>,
    probability: Option<f64>,
    #[serde(default)]
    seed: u64,
    times: Option<u64>,
    #[serde(default)]
    always: bool,
}

impl RuleText {
    fn rule(self) -> Result<FaultRule, FaultError> {
        let mut rule = FaultRule::named(&self.fault)?.on(self.connection);
        if let Some(operation) = self.operation {
            rule = rule.for_operation(operation);
        }
        if let Some(order) = self.order {
            rule = rule.for_order(order);
        }
        if self.always {
            rule = rule.always();
        }
        if let Some(n) = self.every {
            rule = rule.every(n);
        }
        if let Some(probability) = self.probability {
            rule = rule.with_probability(probability, self.seed);
        }
        if let Some(times) = self.times {
            rule = rule.times(times);
        }
        Ok(rule)
    }
}

fn arm(simulator: &Simulator, body: &[u8]) -> Result<RuleId, String> {
    let text: RuleText =
        serde_json::from_slice(body).map_err(|error| format!("this is no rule: {error}"))?;
    let rule = text.rule().map_err(|error| described(&error))?;
    simulator.fault(rule).map_err(|error| described(&error))
}

/// Where the trading day is to go: `"next"` or `yyyyMMdd`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DayText {
    trading_day: String,
}

fn move_day(simulator: &Simulator, body: &[u8]) -> Result<(), String> {
    let text: DayText =
        serde_json::from_slice(body).map_err(|error| format!("this is no trading day: {error}"))?;
    let orders = simulator.orders();
    let moved = match text.trading_day.as_str() {
        "next" => orders.next_trading_day().map(|_| ()),
        date => {
            let day = read_day(date)
                .ok_or_else(|| "tradingDay must be \"next\" or a date as yyyyMMdd".to_owned())?;
            orders.set_trading_day(day)
        }
    };
    moved.map_err(|error| described(&error))
}

fn trading_day(simulator: &Simulator) -> Reply {
    ok(&json!({ "tradingDay": write_day(simulator.orders().trading_day()) }))
}

fn ok(value: &impl serde::Serialize) -> Reply {
    // Its own values always serialize; if not, the caller sees an empty body.
    let body = serde_json::to_string(value).unwrap_or_default();
    Reply::plain(200, JSON, &body)
}

fn problem(status: u16, why: &str) -> Reply {
    Reply::plain(status, JSON, &json!({ "error": why }).to_string())
}

/// An error with its sources, for a reader who has no other way to see them.
fn described(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
