//! What stands before the simulator where access tokens are in use: it gives tokens out, refuses
//! some, and signs what it lets through, since the simulator knows signatures only.

use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};
use tokio::time::{Instant, sleep};
use ums_client::Clock as _;
use ums_client::auth::{AppId, AppKey, Timestamp, open_access_token, open_body_sig};
use ums_simulator::Simulator;

use super::clock::SetClock;
use super::nonces::nonce_of;
use super::plan::TokenPlan;
use super::witness::{Witness, current};

/// The gate. Clones share the tokens that were given out.
#[derive(Clone)]
pub(crate) struct TokenGate(Arc<Shared>);

struct Shared {
    plan: TokenPlan,
    clock: SetClock,
    signer: open_body_sig::Signer,
    witness: Witness,
    desk: Mutex<Desk>,
}

struct Desk {
    rng: Rng,
    given_out: u64,
    /// Tokens that are good, with the time until when.
    good: Vec<(String, Option<Instant>)>,
    asked: u64,
}

/// Whose requests are under way on one connection, oldest first.
type Owners = Arc<Mutex<VecDeque<usize>>>;

impl TokenGate {
    pub(crate) fn new(
        plan: TokenPlan,
        clock: SetClock,
        witness: Witness,
        seed: u64,
    ) -> Result<Self, String> {
        let app_id = AppId::new(Simulator::DEMO_APP_ID).map_err(|error| error.to_string())?;
        let app_key = AppKey::new(Simulator::DEMO_APP_KEY).map_err(|error| error.to_string())?;
        Ok(Self(Arc::new(Shared {
            plan,
            clock,
            signer: open_body_sig::Signer::new(app_id, &app_key),
            witness,
            desk: Mutex::new(Desk {
                rng: Rng::with_seed(seed),
                given_out: 0,
                good: Vec::new(),
                asked: 0,
            }),
        })))
    }

    /// A connection through the gate.
    pub(crate) fn connect(&self, simulator: &Simulator) -> io::Result<(DuplexStream, Requests)> {
        let behind = simulator.connect()?;
        let (near, far) = tokio::io::duplex(64 * 1024);
        let owners = Owners::default();
        let shared = Arc::clone(&self.0);
        let of_far = Arc::clone(&owners);
        tokio::spawn(async move {
            // Either side may end at any time; then there is no more to pass on.
            let _ = shared.serve(far, behind, &of_far).await;
        });
        Ok((
            near,
            Requests {
                owners,
                at: At::Start,
            },
        ))
    }
}

impl Shared {
    async fn serve(
        &self,
        mut client: DuplexStream,
        mut gateway: DuplexStream,
        owners: &Owners,
    ) -> io::Result<()> {
        let mut request = Vec::new();
        let mut from_client = vec![0; 4096];
        let mut from_gateway = vec![0; 4096];
        loop {
            tokio::select! {
                biased;
                count = gateway.read(&mut from_gateway) => {
                    let count = count?;
                    if count == 0 {
                        return client.shutdown().await;
                    }
                    client.write_all(from_gateway.get(..count).unwrap_or_default()).await?;
                }
                count = client.read(&mut from_client) => {
                    let count = count?;
                    if count == 0 {
                        return Ok(());
                    }
                    request.extend_from_slice(from_client.get(..count).unwrap_or_default());
                    while let Some(length) = whole(&request) {
                        let rest = request.split_off(length);
                        let whole = std::mem::replace(&mut request, rest);
                        match self.answer(&whole, owners).await {
                            Answer::Say(reply) => client.write_all(reply.as_bytes()).await?,
                            Answer::PassOn(signed) => gateway.write_all(&signed).await?,
                        }
                    }
                }
            }
        }
    }

    async fn answer(&self, request: &[u8], owners: &Owners) -> Answer {
        let (head, body) = split(request);
        if head.starts_with(TOKEN_REQUEST) {
            return Answer::Say(self.give_out().await);
        }
        let owner = lock(owners).pop_front();
        let shown = field(head, "authorization").unwrap_or_default();
        let is_good = match open_access_token::Authorization::parse(shown) {
            Ok(shown) => self.is_good(shown.access_token().expose_secret()),
            Err(_) => false,
        };
        let signed = match (is_good, owner) {
            (true, Some(call)) => self.signed(head, body, call),
            _ => None,
        };
        match signed {
            Some(signed) => Answer::PassOn(signed),
            None => Answer::Say(reply(412, r#"{"errCode":"1000","errInfo":"认证失败"}"#)),
        }
    }

    /// A token, in most cases.
    async fn give_out(&self) -> String {
        let (delay, text) = {
            let mut desk = lock(&self.desk);
            desk.asked += 1;
            // They begin at least a second apart.
            if desk.asked > 2 + self.witness.elapsed().as_secs() {
                let text = format!("a token was asked for {} times", desk.asked);
                self.witness.wrong(text);
            }
            let delay = desk.rng.u64(0..=self.plan.delay);
            (delay, self.token(&mut desk))
        };
        if delay > 0 {
            sleep(Duration::from_millis(delay)).await;
        }
        text
    }

    fn token(&self, desk: &mut Desk) -> String {
        let fails = desk.rng.u8(0..100) < self.plan.fails;
        if fails {
            return match desk.rng.u8(0..5) {
                0 => reply(500, ""),
                1 => reply(200, r#"{"errCode":"9999","errInfo":"系统错误"}"#),
                2 => reply(
                    200,
                    r#"{"errCode":"0000","accessToken":null,"expiresIn":3600}"#,
                ),
                3 => reply(
                    200,
                    r#"{"errCode":"0000","accessToken":17,"expiresIn":3600}"#,
                ),
                _ => reply(200, r#"{"errCode":"0000"}"#),
            };
        }
        desk.given_out += 1;
        let token = format!("token-{}", desk.given_out);
        // One that lives for no time is good for a while all the same.
        let until = self.plan.lifetime.filter(|seconds| *seconds > 0);
        let until = until.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        desk.good.push((token.clone(), until));
        let expires = match self.plan.lifetime {
            Some(seconds) => format!(r#","expiresIn":{seconds}"#),
            None => String::new(),
        };
        reply(
            200,
            &format!(r#"{{"errCode":"0000","errInfo":"正常","accessToken":"{token}"{expires}}}"#),
        )
    }

    fn is_good(&self, token: &str) -> bool {
        let mut desk = lock(&self.desk);
        let number = token
            .strip_prefix("token-")
            .and_then(|number| number.parse().ok());
        if !number.is_some_and(|number: u64| (1..=desk.given_out).contains(&number)) {
            self.witness
                .wrong(format!("a token was shown that nobody gave out: {token:?}"));
        }
        if desk.rng.u8(0..100) < self.plan.refuses {
            desk.good.retain(|(good, _)| good != token);
        }
        let now = Instant::now();
        let mut good = desk.good.iter();
        good.any(|(good, until)| good == token && until.is_none_or(|until| now < until))
    }

    /// The request with a signature in place of the token. What cannot be signed is not let
    /// through.
    fn signed(&self, head: &str, body: &[u8], call: usize) -> Option<Vec<u8>> {
        let random = lock(&self.desk).rng.u64(..);
        let timestamp = Timestamp::at(&self.clock.now()).ok()?;
        let nonce = nonce_of(Some(call), random)?;
        let authorization = self.signer.sign(body, timestamp, &nonce).header();
        let mut signed = Vec::with_capacity(head.len() + body.len() + 200);
        for line in head.split_inclusive("\r\n") {
            match line.split_once(':') {
                Some((name, _)) if name.eq_ignore_ascii_case("authorization") => {
                    signed.extend_from_slice(format!("{name}: {authorization}\r\n").as_bytes());
                }
                _ => signed.extend_from_slice(line.as_bytes()),
            }
        }
        signed.extend_from_slice(body);
        Some(signed)
    }
}

enum Answer {
    Say(String),
    PassOn(Vec<u8>),
}

/// Follows what a client writes on one connection, so that the bytes of requests for tokens are not
/// taken for a call's.
pub(crate) struct Requests {
    owners: Owners,
    at: At,
}

enum At {
    Start,
    Head { is_token: bool, read: Vec<u8> },
    Body { is_token: bool, left: usize },
}

impl Requests {
    /// How many bytes a write must take at least, so that it can be told which request they begin.
    pub(crate) fn least(&self) -> usize {
        match self.at {
            At::Start => TOKEN_REQUEST.len(),
            _ => 0,
        }
    }

    pub(crate) fn wrote(&mut self, link: u64, mut bytes: &[u8], witness: &Witness) {
        while !bytes.is_empty() {
            let (is_token, count, next) = match std::mem::replace(&mut self.at, At::Start) {
                At::Start => {
                    let is_token = bytes.starts_with(TOKEN_REQUEST.as_bytes());
                    if !is_token && let Some(call) = current() {
                        lock(&self.owners).push_back(call);
                        // What was read before was about the token.
                        witness.update_current(|sight| sight.first_read = None);
                    }
                    self.at = At::Head {
                        is_token,
                        read: Vec::new(),
                    };
                    continue;
                }
                At::Head { is_token, mut read } => {
                    let before = read.len();
                    read.extend_from_slice(bytes);
                    match head_end(&read) {
                        None => (is_token, bytes.len(), At::Head { is_token, read }),
                        Some(end) => {
                            let head = read.get(..end).unwrap_or_default();
                            let left = content_length(head);
                            (is_token, end - before, At::Body { is_token, left })
                        }
                    }
                }
                At::Body { is_token, left } => {
                    let count = left.min(bytes.len());
                    let left = left - count;
                    (is_token, count, At::Body { is_token, left })
                }
            };
            let (now, later) = bytes.split_at(count);
            if is_token {
                witness.wrote_for_token(now);
            } else {
                witness.wrote(link, now);
            }
            bytes = later;
            self.at = match next {
                At::Body { left: 0, .. } => At::Start,
                next => next,
            };
        }
    }
}

const TOKEN_REQUEST: &str = "POST /v1/token/access";

fn reply(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

/// How long the first request is, if it is whole.
fn whole(bytes: &[u8]) -> Option<usize> {
    let end = head_end(bytes)?;
    let length = end + content_length(bytes.get(..end)?);
    (bytes.len() >= length).then_some(length)
}

fn head_end(bytes: &[u8]) -> Option<usize> {
    let mut places = bytes.windows(4);
    places.position(|four| four == b"\r\n\r\n").map(|at| at + 4)
}

fn split(request: &[u8]) -> (&str, &[u8]) {
    let end = head_end(request).unwrap_or(request.len());
    let (head, body) = request.split_at(end);
    (std::str::from_utf8(head).unwrap_or_default(), body)
}

fn content_length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap_or_default();
    field(head, "content-length")
        .and_then(|length| length.parse().ok())
        .unwrap_or(0)
}

fn field<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    head.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
