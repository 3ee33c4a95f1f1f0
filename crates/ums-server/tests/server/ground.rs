//! A gateway, a journal, and a server between them and its clients.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ums_durable::client::auth::{AppId, AppKey};
use ums_durable::client::{Client, Clock};
use ums_durable::journal::{JournalId, JournalKey, MemoryStore, Stamp, Store, StoreClock};
use ums_server::{
    ListenAt, NewGrant, Role, ServedProfile, Server, ServerBuilder, ServerLimits, Serving,
    TokenFile,
};
use ums_simulator::{Order, Running, Simulator};

pub(crate) const ORDER: &str = "20230718110248029165883554";
pub(crate) const OTHER_ORDER: &str = "20230718110248029165883555";
pub(crate) const SHOP: &str = "shop";
pub(crate) const BRANCH: &str = "branch";
/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// How long a call takes at most, of which it is not seen how it ends.
pub(crate) const LONG: Duration = Duration::from_secs(45);

/// The afternoon of a day, and on from there: no test runs over midnight.
#[derive(Clone, Copy)]
struct Afternoon {
    began: Instant,
}

impl Afternoon {
    fn time(self) -> DateTime<Utc> {
        let start: DateTime<Utc> = "2023-07-18T07:00:00Z".parse().unwrap();
        start + self.began.elapsed()
    }
}

impl Clock for Afternoon {
    fn now(&self) -> DateTime<Utc> {
        self.time()
    }
}

impl StoreClock for Afternoon {
    fn now(&self) -> Stamp {
        let ticks = Duration::from_secs(1000) + self.began.elapsed();
        Stamp::new("machine-1", "boot-1", ticks, self.time())
    }
}

pub(crate) struct Ground {
    pub(crate) gateway: Running,
    pub(crate) serving: Serving,
    pub(crate) tokens: TokenFile,
    /// A token that may do all.
    pub(crate) all: String,
    pub(crate) directory: TempDir,
    clock: Afternoon,
}

impl Ground {
    pub(crate) async fn new() -> Self {
        Self::with(|server| server).await
    }

    pub(crate) async fn with(change: impl FnOnce(ServerBuilder) -> ServerBuilder) -> Self {
        Self::at(|_| ListenAt::tcp(any_port()), LONG, change).await
    }

    /// Calls that are never answered end soon.
    pub(crate) async fn impatient() -> Self {
        let at = |_: &_| ListenAt::tcp(any_port());
        Self::at(at, Duration::from_secs(2), |server| server).await
    }

    pub(crate) async fn at(
        place: impl FnOnce(&TempDir) -> ListenAt,
        timeout: Duration,
        change: impl FnOnce(ServerBuilder) -> ServerBuilder,
    ) -> Self {
        let began = Instant::now();
        let clock = Afternoon { began };
        let order = |id| Order::paid(id).amount(100);
        let gateway = Simulator::builder()
            .clock(move || clock.time())
            .any_merchant()
            .order(order(ORDER))
            .order(order(OTHER_ORDER))
            .start()
            .await
            .unwrap();
        let directory = own_directory();
        let tokens = TokenFile::new(directory.path().join("tokens.json"));
        let all = NewGrant::new("everybody", Role::ALL.iter().copied());
        let all = tokens.add(all, clock.time()).unwrap().reveal().to_owned();
        let server = change(builder(&gateway, clock, timeout, &tokens))
            .build()
            .await
            .unwrap();
        let serving = server.start(place(&directory)).await.unwrap();
        Self {
            gateway,
            serving,
            tokens,
            all,
            directory,
            clock,
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        let url = self.serving.url();
        url.strip_prefix("http://").unwrap().parse().unwrap()
    }

    pub(crate) fn token(&self, grant: NewGrant) -> String {
        let token = self.tokens.add(grant, self.clock.time()).unwrap();
        token.reveal().to_owned()
    }

    pub(crate) fn now(&self) -> DateTime<Utc> {
        self.clock.time()
    }

    /// How many requests with this end of a path reached the gateway.
    pub(crate) fn sent(&self, path: &str) -> usize {
        let requests = self.gateway.ledger().requests();
        let mut paths = requests.iter().map(|request| request.path.as_str());
        paths.by_ref().filter(|it| it.ends_with(path)).count()
    }

    pub(crate) fn voids_sent(&self) -> usize {
        self.sent("/voidpayment")
    }

    pub(crate) fn get(&self, path: &str) -> Ask {
        Ask::new(self, Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Ask {
        Ask::new(self, Method::POST, path)
    }

    /// A void of an order with this key.
    pub(crate) fn void(&self, key: &str, order: &str) -> Ask {
        let body = json!({"request": {"originalOrderId": order}});
        let ask = self.post("/v1/operations/void_payment").json(&body);
        ask.header("Idempotency-Key", key)
    }

    /// Sends these bytes, and reads until the server closes or has said nothing for a while.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> String {
        raw(self.address(), bytes).await
    }
}

/// A server that nobody has asked anything.
pub(crate) async fn server(gateway: &Running, directory: &TempDir) -> Server {
    let began = Instant::now();
    let tokens = TokenFile::new(directory.path().join("tokens.json"));
    let server = builder(gateway, Afternoon { began }, LONG, &tokens);
    server.build().await.unwrap()
}

fn builder(
    gateway: &Running,
    clock: Afternoon,
    timeout: Duration,
    tokens: &TokenFile,
) -> ServerBuilder {
    let key = JournalKey::new([7; 32]);
    let store = MemoryStore::new(JournalId::new("journal-1").unwrap(), key, Arc::new(clock));
    let store: Arc<dyn Store> = Arc::new(store);
    let profile = |name: &str| {
        ServedProfile::new(name, client(gateway, clock, timeout))
            .merchant(Simulator::DEMO_MERCHANT_CODE)
            .terminal(Simulator::DEMO_TERMINAL_CODE)
    };
    Server::builder(store, TokenFile::new(tokens.path()))
        .profile(profile(SHOP))
        .profile(profile(BRANCH))
        .default_profile(SHOP)
        .limits(ServerLimits::new().read(Duration::from_secs(30)))
}

fn client(gateway: &Running, clock: Afternoon, timeout: Duration) -> Client {
    let app_id = AppId::new(Simulator::DEMO_APP_ID).unwrap();
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).unwrap();
    let url: ums_durable::client::transport::BaseUrl = gateway.url().parse().unwrap();
    Client::builder(url, app_id, &app_key)
        .clock(clock)
        .timeout(timeout)
        .build()
        .unwrap()
}

/// A directory that is closed to others.
pub(crate) fn own_directory() -> TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let closed = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(directory.path(), closed).unwrap();
    directory
}

pub(crate) fn any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// All that the server answers before it closes the connection, which it must.
pub(crate) async fn raw(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // A server that has seen enough may close before all is written.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let read = tokio::time::timeout(PATIENCE, read).await;
    let _ = read.expect("the connection is closed");
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request to the server.
#[derive(Clone)]
pub(crate) struct Ask {
    address: SocketAddr,
    method: Method,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Ask {
    fn new(ground: &Ground, method: Method, path: &str) -> Self {
        let ask = Self {
            address: ground.address(),
            method,
            path: path.to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
        };
        let host = ground.address().to_string();
        ask.header("Host", &host).token(&ground.all)
    }

    pub(crate) fn token(mut self, token: &str) -> Self {
        let bearer = format!("Bearer {token}").parse().unwrap();
        self.headers.insert("Authorization", bearer);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.remove(name);
        self
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        let ask = self.without("Content-Type");
        let ask = ask.header("Content-Type", "application/json");
        ask.body(body.to_string())
    }

    pub(crate) fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    pub(crate) async fn send(self) -> Told {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let io = TokioIo::new(stream);
        let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await.unwrap();
        let connection = tokio::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(self.path);
        *request.headers_mut().unwrap() = self.headers;
        let request = request.body(Full::new(self.body)).unwrap();
        let answered = tokio::time::timeout(PATIENCE, sender.send_request(request)).await;
        let (parts, body) = answered.unwrap().unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        connection.abort();
        Told {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// What the server answers.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Told {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The problem that it must be.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, may_repeat: &str) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(
            self.header("content-type"),
            Some("application/problem+json")
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{text}");
        assert_eq!(problem["may_repeat"], may_repeat, "{text}");
        for member in ["type", "title", "detail"] {
            assert!(
                problem[member].as_str().is_some_and(|it| !it.is_empty()),
                "{text}"
            );
        }
        problem
    }

    /// The record that it must be.
    #[track_caller]
    pub(crate) fn record(&self, status: u16, outcome: &str) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(self.header("content-type"), Some("application/json"));
        let record = self.json();
        assert_eq!(record["outcome"], outcome, "{text}");
        record
    }
}
