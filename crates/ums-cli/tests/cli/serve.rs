//! `ums serve`: a process that takes operations over HTTP, killed and started again.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::ums::{APP_ID, Home, ORDER, Ran, run};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A process that prints where it listens, and is ended with the test.
struct Listening {
    child: Child,
    url: String,
    said: mpsc::Receiver<String>,
}

impl Listening {
    fn start(command: &mut Command) -> Self {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (say, said) = mpsc::channel();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        std::thread::spawn(move || {
            for line in stderr.lines().map_while(Result::ok) {
                let _ = say.send(line);
            }
        });
        let mut url = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut url).unwrap();
        if url.is_empty() {
            let said: Vec<_> = said.iter().collect();
            panic!("it does not listen: {said:?}");
        }
        Self {
            child,
            url: url.trim_end().to_owned(),
            said,
        }
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How it ends, and what else it said.
    fn end(mut self, signal: Signal) -> (Option<i32>, Vec<String>) {
        self.signal(signal);
        let code = self.child.wait().unwrap().code();
        (code, self.said.iter().collect())
    }

    fn ask(&self, method: &str, path: &str, token: &str, more: &str, body: &Value) -> Told {
        let address = self.url.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let body = match body.is_null() {
            true => String::new(),
            false => body.to_string(),
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n{more}Connection: close\r\n\r\n\
             {body}",
            body.len()
        );
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Told {
            status: head[9..12].parse().unwrap(),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    fn void(&self, token: &str, timeout_s: f64) -> Told {
        let body = json!({"request": {"originalOrderId": ORDER}, "timeout_s": timeout_s});
        let key = "Idempotency-Key: order-1/void\r\n";
        self.ask("POST", "/v1/operations/void_payment", token, key, &body)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Told {
    status: u16,
    body: Value,
}

fn add_token(home: &Home, more: &[&str]) -> String {
    let ran = run(home.command(["serve", "token", "add"]).args(more));
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    ran.stdout.trim_end().to_owned()
}

#[test]
fn the_demo_needs_nothing_and_ends_when_it_is_asked_to() {
    let home = Home::new();
    let serving = Listening::start(&mut home.command(["serve", "--demo"]));
    let mut lines = serving.said.iter();
    let line = lines.find(|line| line.contains("Bearer")).unwrap();
    let token = line.split("Bearer ").nth(1).unwrap();
    let token = token.split('\'').next().unwrap().to_owned();
    let told = serving.void(&token, 30.0);
    assert_eq!(
        (told.status, &told.body["outcome"]),
        (200, &json!("approved"))
    );
    assert_eq!(told.body["live"], false);
    let told = serving.ask("GET", "/v1/calls", "ums_wrong", "", &Value::Null);
    assert_eq!(told.status, 401);
    let (code, _) = serving.end(Signal::TERM);
    assert_eq!(code, Some(0));
    // Nothing is left of it in the home.
    assert!(!home.path(".local").exists());
}

#[test]
fn a_server_that_is_killed_tells_the_truth_when_it_is_started_again() {
    let home = Home::on_disk();
    let simulator = home
        .command(["simulator", "-v", "--fault", "silence-applied"])
        .env("UMS_APP_ID", APP_ID)
        .env("UMS_APP_KEY_FILE", home.path("app.key"))
        .stdin(Stdio::null())
        .spawn_listening();
    home.write_config(&format!(
        "[profiles.shop]\nbase_url = \"{}\"\napp_id = \"{APP_ID}\"\napp_key_file = \"{}\"\n\
         merchant_code = \"103290070111417\"\nterminal_code = \"12340511\"\n",
        simulator.url,
        home.path("app.key").display(),
    ));
    let token = add_token(
        &home,
        &["till", "--role=submit", "--role=resolve", "--role=read"],
    );
    let journal = format!(
        "--journal=sqlite:{}",
        home.path("journal.sqlite3").display()
    );
    let start = || {
        let arguments = ["serve", "--lease=1", &journal];
        Listening::start(&mut home.command(arguments))
    };

    let serving = start();
    let told = serving.void(&token, 0.3);
    assert_eq!(
        (told.status, &told.body["outcome"]),
        (202, &json!("unknown"))
    );
    // Until it has reached the gateway: the simulator says so when it has let go of it.
    let id = told.body["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/calls/{id}");
    loop {
        let told = serving.ask("GET", &path, &token, "", &Value::Null);
        if told.body["state"] != "intended" {
            break;
        }
    }
    let (code, _) = serving.end(Signal::KILL);
    assert_eq!(code, None);

    let serving = start();
    // The key finds it, whoever has died over it, and nothing is sent.
    let told = serving.void(&token, 60.0);
    assert_eq!(told.body["id"], json!(id), "{}", told.body);
    let resolve = format!("{path}/resolve");
    let mut outcome = Value::Null;
    while outcome != "approved" {
        let told = serving.ask("POST", &resolve, &token, "", &Value::Null);
        assert_eq!(told.status, 200, "{}", told.body);
        outcome = told.body["outcome"].clone();
        assert!(
            ["approved", "unknown"].contains(&outcome.as_str().unwrap()),
            "{}",
            told.body
        );
    }
    let told = serving.void(&token, 60.0);
    assert_eq!(
        (told.status, &told.body["outcome"]),
        (200, &json!("approved"))
    );
    assert_eq!(told.body["replayed"], true);
    let (code, said) = serving.end(Signal::INT);
    assert_eq!(code, Some(0), "{said:?}");
    let (_, said) = simulator.end(Signal::TERM);
    let voids = said.iter().filter(|line| line.contains("voidpayment"));
    assert_eq!(voids.count(), 1, "{said:?}");
}

trait SpawnListening {
    fn spawn_listening(&mut self) -> Listening;
}

impl SpawnListening for Command {
    fn spawn_listening(&mut self) -> Listening {
        Listening::start(self)
    }
}

#[test]
fn tokens_are_made_listed_and_revoked() {
    let home = Home::new();
    let arguments = [
        "till 3",
        "--role=submit",
        "--role=read",
        "--profile=shop",
        "--profile=branch",
        "--operation=void_payment",
        "--max-fen=5000",
        "--expires=2099-12-31",
    ];
    let token = add_token(&home, &arguments);
    assert!(token.starts_with("ums_"));
    let file = home.path(".local/state/ums/tokens.json");
    let kept = std::fs::read_to_string(&file).unwrap();
    assert!(!kept.contains(&token) && kept.contains("till 3"));

    let list = |more: &[&str]| run(home.command(["serve", "token", "list"]).args(more));
    let listed = list(&["--json"]);
    let grant: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(grant["name"], "till 3");
    assert_eq!(grant["roles"], json!(["submit", "read"]));
    assert_eq!(grant["profiles"], json!(["branch", "shop"]));
    assert_eq!(grant["operations"], json!(["void_payment"]));
    assert_eq!(grant["most_fen"], 5000);
    assert_eq!(grant["expires"], "2099-12-31T16:00:00+00:00");
    assert!(grant.get("sha256").is_none());
    assert!(list(&[]).stdout.contains("till 3  submit,read"));

    let again = run(&mut home.command(["serve", "token", "add", "till 3", "--role=read"]));
    assert_eq!(again.code, 2, "{again:?}");
    let ran = run(&mut home.command(["serve", "token", "revoke", "till 3"]));
    assert_eq!((ran.code, ran.stdout.as_str()), (0, ""));
    assert_eq!(list(&[]).stdout, "");
    let ran = run(&mut home.command(["serve", "token", "revoke", "till 3"]));
    assert_eq!(ran.code, 2, "{ran:?}");
    for wrong in [
        &["add", "x"][..],
        &["add", "x", "--role=admin"],
        &["add", "x", "--role=read", "--expires=tomorrow"],
        &["add", "x", "--role=submit", "--operation=nothing"],
        &["add", "", "--role=read"],
    ] {
        let ran = run(home.command(["serve", "token"]).args(wrong));
        assert_eq!(ran.code, 2, "{wrong:?}: {ran:?}");
    }
}

#[test]
fn what_a_server_cannot_be_is_refused() {
    let home = Home::on_disk();
    let journal = format!(
        "--journal=sqlite:{}",
        home.path("journal.sqlite3").display()
    );
    let refused = |command: &mut Command, code: i32, told: &str| {
        let ran: Ran = run(command);
        assert_eq!(ran.code, code, "{ran:?}");
        assert!(
            ran.stderr.contains(told) && ran.stdout.is_empty(),
            "{ran:?}"
        );
    };
    let serve = |more: &[&str]| {
        let mut command = home.operation(["serve"]);
        command.arg(&journal).args(more);
        command
    };
    let local = "--base-url=http://127.0.0.1:9";
    refused(&mut serve(&[]), 2, "no gateway");
    refused(
        serve(&[local]).env("UMS_APP_KEY", "made-up"),
        6,
        "UMS_APP_KEY",
    );
    refused(&mut serve(&[local, "--listen=0.0.0.0:0"]), 2, "--tls-cert");
    refused(&mut serve(&[local, "--tls-cert=a.pem"]), 2, "--tls-key");
    let none = ["serve", local, "--journal=none"];
    refused(&mut home.operation(none), 2, "journal");
    // A profile with a journal of its own.
    home.write_config(&format!(
        "[profiles.shop]\nbase_url = \"http://127.0.0.1:9\"\napp_id = \"{APP_ID}\"\n\
         app_key_file = \"{}\"\njournal = \"sqlite:other.sqlite3\"\n",
        home.path("app.key").display(),
    ));
    refused(&mut serve(&[]), 6, "another journal");
}

#[test]
fn a_journal_that_was_lost_is_not_made_anew() {
    let home = Home::on_disk();
    let path = home.path("journal.sqlite3");
    let journal = format!("--journal=sqlite:{}", path.display());
    let local = "--base-url=http://127.0.0.1:9";
    let serve = || home.operation(["serve", local, &journal]);
    let (code, said) = Listening::start(&mut serve()).end(Signal::TERM);
    assert_eq!((code, said.len()), (Some(0), 0), "{said:?}");
    for end in ["", "-wal", "-shm"] {
        let mut file = path.clone().into_os_string();
        file.push(end);
        let _ = std::fs::remove_file(file);
    }
    let ran = run(&mut serve());
    assert_eq!((ran.code, ran.stdout.as_str()), (6, ""), "{ran:?}");
    assert!(!path.exists());
}
