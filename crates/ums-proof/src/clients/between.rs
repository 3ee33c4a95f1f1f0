//! What stands between a client and its server: it lets connections through, or strikes them.

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Strike {
    /// Nothing.
    Pass,
    /// It is reset before anything is read.
    ResetOnAccept,
    /// It is closed when the request is read, of which the server gets nothing.
    CloseBefore,
    /// The server gets half of the request, then both sides are reset.
    ResetInRequest,
    /// It is closed, or reset, when the server has answered, of which the client gets nothing.
    CloseAfterRequest,
    ResetAfterRequest,
    /// It is closed inside the status line, or just before the end of the answer.
    CutHead,
    CutBody,
    /// The server answers, and the client gets nothing for as long as it waits.
    SilentAfter,
    /// The client gets something else than the server's answer, and the server nothing.
    ErrorPage,
    Redirect,
    OtherAnswer,
    Busy,
}

impl Strike {
    fn named(name: &str) -> Result<Self, String> {
        Ok(match name {
            "pass" => Self::Pass,
            "reset_on_accept" => Self::ResetOnAccept,
            "close_before" => Self::CloseBefore,
            "reset_in_request" => Self::ResetInRequest,
            "close_after_request" => Self::CloseAfterRequest,
            "reset_after_request" => Self::ResetAfterRequest,
            "cut_head" => Self::CutHead,
            "cut_body" => Self::CutBody,
            "silent_after" => Self::SilentAfter,
            "error_page" => Self::ErrorPage,
            "redirect" => Self::Redirect,
            "other_answer" => Self::OtherAnswer,
            "busy" => Self::Busy,
            _ => return Err(format!("there is no strike {name:?}")),
        })
    }

    /// What the client gets instead of the server's answer.
    fn instead(self) -> Option<String> {
        let (status, kind, extra, body) = match self {
            Self::ErrorPage => (
                "502 Bad Gateway",
                "text/html",
                "",
                "<h1>502 Bad Gateway</h1>",
            ),
            Self::Redirect => (
                "307 Temporary Redirect",
                "text/html",
                "Location: http://127.0.0.1:9/\r\n",
                "<h1>elsewhere</h1>",
            ),
            Self::OtherAnswer => (
                "200 OK",
                "application/json",
                "",
                r#"{"outcome":"declined","id":"other","key":"another-key","may_repeat":"new_key","next":""}"#,
            ),
            Self::Busy => (
                "503 Service Unavailable",
                "application/problem+json",
                "Retry-After: 1\r\n",
                r#"{"type":"urn:ums:problem:closing","title":"","detail":"closing","may_repeat":"same_key"}"#,
            ),
            _ => return None,
        };
        let length = body.len();
        Some(format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ))
    }
}

#[derive(Debug, Default)]
struct Plan {
    server: Option<SocketAddr>,
    next: VecDeque<Strike>,
    always: Option<Strike>,
}

/// Stands between a client and its server.
#[derive(Clone, Debug)]
pub(super) struct Between {
    pub(super) address: SocketAddr,
    plan: Arc<Mutex<Plan>>,
}

impl Between {
    /// Begins to take connections, on the runtime that it is called in.
    pub(super) async fn start() -> io::Result<Self> {
        let listener = TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).await?;
        let between = Self {
            address: listener.local_addr()?,
            plan: Arc::default(),
        };
        let plan = Arc::clone(&between.plan);
        tokio::spawn(async move {
            loop {
                let Ok((client, _)) = listener.accept().await else {
                    tokio::task::yield_now().await;
                    continue;
                };
                let (strike, server) = next(&plan);
                // A connection that breaks by itself is what clients have to live with.
                tokio::spawn(async move { drop(carry(client, server, strike).await) });
            }
        });
        Ok(between)
    }

    pub(super) fn lead_to(&self, server: Option<SocketAddr>) {
        self.plan().server = server;
    }

    /// Strikes the next connections one by one, and all that follow by `always`.
    pub(super) fn strike(&self, next: &[String], always: Option<&str>) -> Result<(), String> {
        let next = next.iter().map(|name| Strike::named(name));
        let next = next.collect::<Result<_, _>>()?;
        let always = always.map(Strike::named).transpose()?;
        let mut plan = self.plan();
        plan.next = next;
        plan.always = always;
        Ok(())
    }

    fn plan(&self) -> MutexGuard<'_, Plan> {
        self.plan.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn next(plan: &Mutex<Plan>) -> (Strike, Option<SocketAddr>) {
    let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
    let next = plan.next.pop_front().or(plan.always);
    (next.unwrap_or(Strike::Pass), plan.server)
}

async fn carry(
    mut client: TcpStream,
    server: Option<SocketAddr>,
    strike: Strike,
) -> io::Result<()> {
    if strike == Strike::ResetOnAccept {
        return reset(client);
    }
    let mut request = read_request(&mut client).await?;
    if let Some(instead) = strike.instead() {
        client.write_all(instead.as_bytes()).await?;
        return client.shutdown().await;
    }
    let Some(server) = server.filter(|_| strike != Strike::CloseBefore) else {
        return client.shutdown().await;
    };
    let here = client.local_addr()?.to_string();
    name_server(&mut request, &here, &server.to_string());
    let mut server = TcpStream::connect(server).await?;
    if strike == Strike::ResetInRequest {
        let half = request.get(..request.len() / 2).unwrap_or_default();
        server.write_all(half).await?;
        reset(server)?;
        return reset(client);
    }
    server.write_all(&request).await?;
    // Every request asks for its connection to be closed, so that an answer ends with it.
    let mut answer = Vec::new();
    let whole = server.read_to_end(&mut answer).await;
    let (kept, resets) = match strike {
        Strike::CloseAfterRequest => (0, false),
        Strike::ResetAfterRequest => (0, true),
        Strike::CutHead => (9, false),
        Strike::CutBody => (answer.len().saturating_sub(10), false),
        Strike::SilentAfter => {
            // Until the client leaves.
            let left = client.read_to_end(&mut Vec::new()).await;
            return left.map(drop);
        }
        _ => (answer.len(), whole.is_err()),
    };
    client
        .write_all(answer.get(..kept).unwrap_or_default())
        .await?;
    match resets {
        true => reset(client),
        false => client.shutdown().await,
    }
}

/// Writes the server's own name instead of this place's into the head: it takes no other.
fn name_server(request: &mut Vec<u8>, here: &str, server: &str) {
    let mut windows = request.windows(here.len());
    if let Some(at) = windows.position(|part| part == here.as_bytes()) {
        request.splice(at..at + here.len(), server.bytes());
    }
}

/// Reads a request to its end, which its length tells.
async fn read_request(client: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = Vec::new();
    loop {
        if client.read_buf(&mut request).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some(head) = request.windows(4).position(|four| four == b"\r\n\r\n") else {
            continue;
        };
        let text = String::from_utf8_lossy(request.get(..head).unwrap_or_default());
        let length = text.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_it = name.eq_ignore_ascii_case("content-length");
            is_it.then(|| value.trim().parse::<usize>().ok())?
        });
        if request.len() >= head + 4 + length.unwrap_or(0) {
            return Ok(request);
        }
    }
}

fn reset(stream: TcpStream) -> io::Result<()> {
    stream.set_zero_linger()
}
