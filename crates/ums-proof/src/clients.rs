//! Clients in other languages against a real `ums serve`, with faults on both of its sides: at the
//! gateway, and on the way from client to server.

mod between;
mod case;
mod server;
mod suite;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Map, Value, json};
use tokio::net::TcpSocket;
use ums_simulator::{FaultRule, Order, Running, SimulatedOperation, Simulator};

use self::between::Between;
use self::case::{Case, differences, read};
use self::server::ClientServer;
use self::suite::Suite;

/// A client, and how its programs are run. Commands are words.
#[derive(Clone, Debug)]
pub struct ClientUnderTest {
    name: String,
    directory: PathBuf,
    suite: Vec<String>,
    example: Vec<String>,
    flow: Option<Vec<String>>,
}

impl ClientUnderTest {
    /// The client of this language, whose programs are in this directory. `suite` does what each
    /// line of its input says; `example` takes a payment, and tells by the same command what became
    /// of it; `flow` does what the platform's own sample code does, where there is any.
    pub fn new(
        name: &str,
        directory: PathBuf,
        suite: Vec<String>,
        example: Vec<String>,
        flow: Option<Vec<String>>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            directory,
            suite,
            example,
            flow,
        }
    }
}

/// Runs every case, the example and the flow; what was wrong.
///
/// # Errors
///
/// Returns an error if nothing could be run.
pub async fn run(
    client: &ClientUnderTest,
    ums: &Path,
    cases: &Path,
    work: &Path,
) -> Result<Vec<String>, String> {
    let cases = read(cases)?;
    let mut ground = Ground::new(ums, &work.join("server"), &client.name).await?;
    let mut suite = Suite::start(&client.directory, &client.suite)?;
    let mut wrong = Vec::new();
    for (number, case) in cases.iter().enumerate() {
        let found = ground.run(case, number, &mut suite).await;
        if let Err(why) = found {
            wrong.push(format!("{}: case {}: {why}", client.name, case.name));
        }
    }
    suite.end()?;
    if let Err(why) = ground.example(client, work).await {
        wrong.push(format!("{}: the example: {why}", client.name));
    }
    if let Some(flow) = &client.flow
        && let Err(why) = ground.flow(client, flow).await
    {
        wrong.push(format!("{}: the platform's flow: {why}", client.name));
    }
    Ok(wrong)
}

/// A gateway, a server, and what stands between it and its client.
struct Ground {
    name: String,
    gateway: Running,
    between: Between,
    server: ClientServer,
    token: String,
    /// Keeps its port, on which nobody listens.
    _nowhere: TcpSocket,
}

impl Ground {
    async fn new(ums: &Path, directory: &Path, name: &str) -> Result<Self, String> {
        let gateway = Simulator::builder().keep_bodies().whole_ledger();
        let gateway = gateway.start().await.map_err(|error| error.to_string())?;
        let between = Between::start().await.map_err(|error| error.to_string())?;
        let bound = || -> std::io::Result<_> {
            let socket = TcpSocket::new_v4()?;
            socket.bind((std::net::Ipv4Addr::LOCALHOST, 0).into())?;
            let address = socket.local_addr()?;
            Ok((socket, address))
        };
        let (_nowhere, nowhere) = bound().map_err(|error| error.to_string())?;
        let url = gateway.url();
        let mut server = ClientServer::new(ums, directory, &url, nowhere)?;
        let token = server.token()?;
        between.lead_to(Some(server.start()?));
        Ok(Self {
            name: name.to_owned(),
            gateway,
            between,
            server,
            token,
            _nowhere,
        })
    }

    async fn run(&mut self, case: &Case, number: usize, suite: &mut Suite) -> Result<(), String> {
        let names = Names::new(&self.name, number);
        for order in [&names.order, &names.order2] {
            let order = Order::paid(order.as_str()).amount(100);
            let inserted = self.gateway.orders().insert(order);
            inserted.map_err(|error| error.to_string())?;
        }
        for fault in &case.gateway {
            let rule = FaultRule::named(fault).map_err(|error| error.to_string())?;
            let rule = rule.for_operation(SimulatedOperation::Void);
            let armed = self.gateway.fault(rule);
            armed.map_err(|error| error.to_string())?;
        }
        self.between.strike(&case.between, case.always.as_deref())?;
        let done = self.steps(case, &names, suite).await;
        self.gateway.clear_faults();
        self.between.strike(&[], None)?;
        if !self.server.is_running() {
            self.between.lead_to(Some(self.server.start()?));
        }
        done?;
        self.check_sent(&names.all(), case.sent, case.carried_out)
    }

    async fn steps(&mut self, case: &Case, names: &Names, suite: &mut Suite) -> Result<(), String> {
        for (number, step) in case.steps.iter().enumerate() {
            let at = |why: String| format!("step {}: {why}", number + 1);
            let done = match step.get("do").and_then(Value::as_str).unwrap_or_default() {
                "kill_server" => {
                    let killed = self.server.kill();
                    self.between.lead_to(None);
                    killed
                }
                "start_server" => self.server.start().map(|at| self.between.lead_to(Some(at))),
                "calm" => self.between.strike(&[], None),
                "await_sent" => {
                    let ledger = self.gateway.ledger();
                    loop {
                        let seen = ledger.totals().complete_requests;
                        if self.sent(&names.all()).0 > 0 {
                            break;
                        }
                        ledger.until(|totals| totals.complete_requests > seen).await;
                    }
                    Ok(())
                }
                "answer" => held(suite, step, names).await,
                _ => {
                    let said = self.filled(step, names);
                    match suite.say(&said) {
                        Ok(()) if step.contains_key("later") => Ok(()),
                        Ok(()) => held(suite, step, names).await,
                        Err(why) => Err(why),
                    }
                }
            };
            done.map_err(at)?;
        }
        Ok(())
    }

    /// A step as the suite gets it.
    fn filled(&self, step: &Map<String, Value>, names: &Names) -> Value {
        let mut said = Map::new();
        said.insert(
            "url".to_owned(),
            json!(format!("http://{}", self.between.address)),
        );
        said.insert("token".to_owned(), json!(self.token));
        said.insert("profile".to_owned(), json!("shop"));
        said.insert("within".to_owned(), json!(100));
        said.insert("try_s".to_owned(), json!(30));
        for (name, value) in step {
            if !["expect", "later"].contains(&name.as_str()) {
                said.insert(name.clone(), names.fill(value));
            }
        }
        if said.get("url") == Some(&json!("{direct}")) {
            let direct = self.server.address.unwrap_or(self.between.address);
            said.insert("url".to_owned(), json!(format!("http://{direct}")));
        }
        Value::Object(said)
    }

    /// How many complete requests that move money the gateway got about these, and carried out.
    fn sent(&self, orders: &[&str]) -> (u64, u64) {
        let requests = self.gateway.ledger().requests();
        let about = requests.iter().filter(|request| {
            let body = request.body.as_deref().unwrap_or_default();
            request.body_complete
                && !request.path.contains("query")
                && orders.iter().any(|order| body.contains(order))
        });
        about.fold((0, 0), |(sent, done), request| {
            (sent + 1, done + u64::from(request.applied.is_some()))
        })
    }

    fn check_sent(&self, orders: &[&str], sent: u64, carried_out: u64) -> Result<(), String> {
        let found = self.sent(orders);
        if found == (sent, carried_out) {
            return Ok(());
        }
        Err(format!(
            "the gateway got {} requests and carried out {}, instead of {sent} and {carried_out}",
            found.0, found.1
        ))
    }

    /// A payment whose every answer is lost, and the same command again.
    async fn example(&mut self, client: &ClientUnderTest, work: &Path) -> Result<(), String> {
        const UNKNOWN: i32 = 5;
        let order = format!("EXAMPLE{}", client.name);
        let arguments = [order.as_str(), "4160", "134524350966727175"];
        for (strike, within, wanted) in [
            (Some("reset_after_request"), "5", UNKNOWN),
            (None, "100", 0),
        ] {
            self.between.strike(&[], strike)?;
            let mut command = self.program(client, &client.example, work)?;
            command.args(arguments).env("UMS_WITHIN", within);
            let (code, told) = finished(command).await?;
            if code != Some(wanted) {
                return Err(format!(
                    "it ended with {code:?} instead of {wanted}: {told}"
                ));
            }
        }
        self.check_sent(&[&order], 1, 1)
    }

    /// What the platform's own sample code does: the void of an order.
    async fn flow(&mut self, client: &ClientUnderTest, words: &[String]) -> Result<(), String> {
        let order = Names::new(&client.name, 999).order;
        let inserted = self
            .gateway
            .orders()
            .insert(Order::paid(order.as_str()).amount(100));
        inserted.map_err(|error| error.to_string())?;
        self.between
            .strike(&["reset_after_request".to_owned()], None)?;
        let mut command = self.program(client, words, &client.directory)?;
        command.arg(&order);
        let (code, told) = finished(command).await?;
        if code != Some(0) || !told.contains("00") {
            return Err(format!("it ended with {code:?}: {told}"));
        }
        self.check_sent(&[&order], 1, 1)
    }

    fn program(
        &self,
        client: &ClientUnderTest,
        words: &[String],
        within: &Path,
    ) -> Result<Command, String> {
        let (program, arguments) = words.split_first().ok_or("there is no command")?;
        let place = |word: &String| {
            let file = client.directory.join(word);
            if file.is_file() {
                file.into_os_string()
            } else {
                word.into()
            }
        };
        let mut command = Command::new(program);
        command
            .args(arguments.iter().map(place))
            .current_dir(within)
            .env("UMS_URL", format!("http://{}", self.between.address))
            .env("UMS_TOKEN", &self.token)
            .env("UMS_PROFILE", "shop");
        Ok(command)
    }
}

/// Waits for an answer and holds it to what the step wants of it.
async fn held(suite: &mut Suite, step: &Map<String, Value>, names: &Names) -> Result<(), String> {
    let answer = suite.answer().await?;
    let wanted = step.get("expect").map(|wanted| names.fill(wanted));
    let wanted = wanted
        .as_ref()
        .and_then(Value::as_object)
        .ok_or("nothing is expected")?;
    let wrong = differences(&answer, wanted);
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{} in {answer}", wrong.join(", ")))
}

/// Runs a program to its end, on a thread of its own.
async fn finished(mut command: Command) -> Result<(Option<i32>, String), String> {
    let output = tokio::task::spawn_blocking(move || command.output()).await;
    let output = output.map_err(|error| error.to_string())?;
    let output = output.map_err(|error| error.to_string())?;
    let told = [output.stdout, output.stderr].concat();
    Ok((
        output.status.code(),
        String::from_utf8_lossy(&told).into_owned(),
    ))
}

/// The orders and keys of one case.
struct Names {
    order: String,
    order2: String,
    absent: String,
    key: String,
    key2: String,
}

impl Names {
    fn new(language: &str, number: usize) -> Self {
        let name = |what: &str| format!("20260102{language}{number:03}{what}");
        Self {
            order: name("A"),
            order2: name("B"),
            absent: name("C"),
            key: name("k1"),
            key2: name("k2"),
        }
    }

    fn all(&self) -> [&str; 3] {
        [&self.order, &self.order2, &self.absent]
    }

    fn fill(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => {
                let text = text.replace("{order}", &self.order);
                let text = text.replace("{order2}", &self.order2);
                let text = text.replace("{absent}", &self.absent);
                let text = text.replace("{key}", &self.key);
                Value::String(text.replace("{key2}", &self.key2))
            }
            Value::Array(items) => items.iter().map(|item| self.fill(item)).collect(),
            Value::Object(members) => {
                let members = members.iter();
                let filled = members.map(|(name, value)| (name.clone(), self.fill(value)));
                Value::Object(filled.collect())
            }
            other => other.clone(),
        }
    }
}
