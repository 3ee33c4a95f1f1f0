//! One connection: its handshake, its requests one after the other, and what faults make of them.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use crate::code::{Code, NOT_ALLOWED, SUCCESS};
use crate::fault::named::Fault;
use crate::fault::rule::Call;
use crate::fault::spec::{AcceptFault, Effect, Phase, Point, RequestFault, TlsFault};
use crate::fault::transform;
use crate::gateway::Gateway;
use crate::ledger::record::{ConnectionEnd, ExchangeEnd};
use crate::ledger::{ConnectionId, Ledger, RequestId};
use crate::wire::http1::{self, BadRequest, Framing, Head};
use crate::wire::limits::{LINGER, Limits};
use crate::wire::reply::Reply;
use crate::wire::script::{Close, Script, Step};
use crate::wire::socket::{CutAfter, Socket};
use crate::wire::tls::Tls;

/// Serves a connection to its end; `fault` is what strikes the connection itself.
pub(crate) async fn serve<S: Socket>(
    gateway: &Arc<Gateway>,
    socket: S,
    peer: Option<SocketAddr>,
    fault: Option<Fault>,
    limits: Option<Limits>,
) {
    let entry = Entry::new(gateway, peer, fault, limits);
    match fault.map(|fault| fault.spec().effect) {
        Some(Effect::Refuse) => end_raw(entry, socket, Close::Fin).await,
        Some(Effect::Accept(AcceptFault::Close(how))) => end_raw(entry, socket, how).await,
        Some(Effect::Accept(AcceptFault::Silence)) => {
            Link::new(gateway, entry, socket).hold_unread().await;
        }
        Some(Effect::Tls(tls_fault)) => {
            let parameter = fault.map_or(0, |fault| fault.parameter());
            serve_bad_tls(gateway, entry, socket, tls_fault, parameter).await;
        }
        _ => match &gateway.tls {
            None => Link::new(gateway, entry, socket).serve().await,
            Some(tls) => serve_tls(gateway, entry, socket, tls.acceptor()).await,
        },
    }
}

async fn serve_tls<S: Socket>(
    gateway: &Arc<Gateway>,
    mut entry: Entry<'_>,
    socket: S,
    acceptor: TlsAcceptor,
) {
    let patience = entry.limits.map(|limits| limits.request);
    match in_time(patience, acceptor.accept(socket)).await {
        Some(Ok(socket)) => Link::new(gateway, entry, socket).serve().await,
        Some(Err(error)) => entry.handshake_failed(&error.to_string()),
        None => entry.handshake_failed("it took too long"),
    }
}

async fn serve_bad_tls<S: Socket>(
    gateway: &Arc<Gateway>,
    mut entry: Entry<'_>,
    mut socket: S,
    fault: TlsFault,
    parameter: u64,
) {
    // A rule with a TLS fault is not armed without TLS.
    let Some(tls) = &gateway.tls else { return };
    match fault {
        TlsFault::Certificate(certificate) => match tls.wrong_acceptor(certificate) {
            Ok(acceptor) => serve_tls(gateway, entry, socket, acceptor).await,
            Err(error) => entry.handshake_failed(&error.to_string()),
        },
        TlsFault::Cut => {
            let error = cut_handshake(tls, socket, parameter).await;
            entry.handshake_failed(&error);
        }
        TlsFault::Stall => {
            let mut link = Link::new(gateway, entry, socket);
            link.discard_until_end().await;
            link.entry.end = ConnectionEnd::PeerClosed;
        }
        TlsFault::Reset | TlsFault::Alert | TlsFault::Garbage => {
            if let Err(error) = read_client_hello(&mut socket).await {
                entry.handshake_failed(&error.to_string());
                return;
            }
            let bytes: &[u8] = match fault {
                TlsFault::Alert => HANDSHAKE_FAILURE,
                TlsFault::Garbage => PLAIN_HTTP,
                _ => &[],
            };
            // If the peer is gone already, the end is noted all the same.
            let _ = socket.write_all(bytes).await;
            let how = if fault == TlsFault::Reset {
                Close::Reset
            } else {
                Close::Fin
            };
            end_raw(entry, socket, how).await;
        }
    }
}

/// A fatal alert (21), TLS 1.2 record, two bytes: fatal (2), handshake_failure (40).
const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, 2, 40];

const PLAIN_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

/// Reads the first TLS record: five bytes of header, of which two say its length.
async fn read_client_hello<S: Socket>(socket: &mut S) -> io::Result<()> {
    let mut header = [0_u8; 5];
    socket.read_exact(&mut header).await?;
    let [_, _, _, high, low] = header;
    let mut rest = vec![0_u8; usize::from(u16::from_be_bytes([high, low]))];
    socket.read_exact(&mut rest).await.map(|_| ())
}

async fn cut_handshake<S: Socket>(tls: &Tls, mut socket: S, bytes: u64) -> String {
    let cut = CutAfter {
        stream: &mut socket,
        left: bytes,
    };
    let result = tls.acceptor().accept(cut).await;
    let error = match result {
        Ok(_) => "the handshake ended before the cut".to_owned(),
        Err(error) => error.to_string(),
    };
    let _ = socket.shutdown().await;
    discard(&mut socket, &mut 0).await;
    error
}

async fn end_raw<S: Socket>(mut entry: Entry<'_>, mut socket: S, how: Close) {
    entry.end = end(&mut socket, how, &mut entry).await;
}

/// What comes within the time, if there is one.
async fn in_time<T>(time: Option<Duration>, future: impl Future<Output = T>) -> Option<T> {
    match time {
        None => Some(future.await),
        Some(time) => timeout(time, future).await.ok(),
    }
}

/// Ends the connection. After a FIN, what still comes is read away, as unread
/// bytes would turn the FIN into a reset.
async fn end<S: Socket>(socket: &mut S, how: Close, entry: &mut Entry<'_>) -> ConnectionEnd {
    let ended = match how {
        Close::Reset => {
            socket.arm_reset();
            return ConnectionEnd::Reset;
        }
        Close::Fin => socket.shutdown().await,
        Close::Truncate => socket.truncate().await,
    };
    if ended.is_ok() {
        let patience = entry.limits.map(|_| LINGER);
        in_time(patience, discard(socket, &mut entry.received)).await;
    }
    ConnectionEnd::Closed
}

/// Reads and counts until the peer is gone.
async fn discard<S: Socket>(socket: &mut S, received: &mut u64) {
    let mut sink = [0_u8; 4096];
    while let Ok(count @ 1..) = socket.read(&mut sink).await {
        *received += count as u64;
    }
}

/// The connection's line in the ledger. Dropped, at the latest, with the
/// connection's task, it closes the line, whatever became of the task.
///
/// Wherever both are at hand the entry is declared before the socket, so that
/// the socket is dropped first: a closed line means a closed socket.
struct Entry<'g> {
    ledger: &'g Ledger,
    id: ConnectionId,
    received: u64,
    sent: u64,
    end: ConnectionEnd,
    exchange: Option<Exchange>,
    limits: Option<Limits>,
}

#[derive(Clone, Copy)]
struct Exchange {
    id: RequestId,
    sent_before: u64,
}

impl<'g> Entry<'g> {
    fn new(
        gateway: &'g Gateway,
        peer: Option<SocketAddr>,
        fault: Option<Fault>,
        limits: Option<Limits>,
    ) -> Self {
        let fault = fault.map(|fault| fault.to_string());
        let ledger = &gateway.ledger;
        Self {
            ledger,
            id: ledger.connected(peer, gateway.tls.is_some(), fault),
            received: 0,
            sent: 0,
            end: ConnectionEnd::ShutDown,
            exchange: None,
            limits,
        }
    }

    fn handshake_failed(&mut self, error: &str) {
        self.end = ConnectionEnd::HandshakeFailed;
        let error = error.to_owned();
        self.ledger
            .update_connection(self.id, |record| record.handshake_error = Some(error));
    }

    fn begin_exchange(&mut self, index: u64) -> RequestId {
        let id = self.ledger.request_started(self.id, index);
        self.exchange = Some(Exchange {
            id,
            sent_before: self.sent,
        });
        id
    }

    fn finish_exchange(&mut self, end: ExchangeEnd) {
        if let Some(Exchange { id, sent_before }) = self.exchange.take() {
            let (received, sent) = (self.received, self.sent);
            self.ledger.update_connection(self.id, |record| {
                record.bytes_received = received;
                record.bytes_sent = sent;
            });
            self.ledger.request_finished(id, sent - sent_before, end);
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.finish_exchange(ExchangeEnd::ShutDown);
        let (received, sent) = (self.received, self.sent);
        self.ledger.update_connection(self.id, |record| {
            record.bytes_received = received;
            record.bytes_sent = sent;
        });
        self.ledger.disconnected(self.id, self.end);
    }
}

/// What the connection does after an exchange.
enum Next {
    End(ConnectionEnd),
    Request,
}

/// An end that cuts an exchange short.
struct Ended(ConnectionEnd);

/// A request read to its end.
struct Request {
    head: Head,
    body: Bytes,
    bytes_received: u64,
}

/// How a request is to be read.
#[derive(Clone, Copy)]
struct Pace {
    /// Most bytes to take at once.
    limit: usize,
    pause: Duration,
}

impl Pace {
    const FULL: Self = Self {
        limit: usize::MAX,
        pause: Duration::ZERO,
    };
    const BYTE_BY_BYTE: Self = Self {
        limit: 1,
        pause: Duration::ZERO,
    };
}

/// A connection past its handshake. Fields are dropped in their order: the socket before the entry.
struct Link<'g, S> {
    gateway: &'g Arc<Gateway>,
    socket: S,
    buffer: BytesMut,
    out: Vec<u8>,
    /// By when the request that is being read must be complete.
    deadline: Option<Instant>,
    entry: Entry<'g>,
}

impl<'g, S: Socket> Link<'g, S> {
    fn new(gateway: &'g Arc<Gateway>, entry: Entry<'g>, socket: S) -> Self {
        Self {
            gateway,
            socket,
            buffer: BytesMut::new(),
            out: Vec::new(),
            deadline: None,
            entry,
        }
    }

    async fn serve(mut self) {
        for index in 0.. {
            let next = self.exchange(index).await;
            match next {
                Ok(Next::Request) => {}
                Ok(Next::End(end)) | Err(Ended(end)) => {
                    self.entry.end = end;
                    return;
                }
            }
        }
    }

    /// One request and its answer.
    async fn exchange(&mut self, index: u64) -> Result<Next, Ended> {
        self.first_byte().await?;
        let id = self.entry.begin_exchange(index);
        self.deadline = self
            .entry
            .limits
            .map(|limits| Instant::now() + limits.request);
        let reused = index > 0;
        let call = Call {
            reused,
            ..Call::default()
        };
        let fault = self.gateway.rules.strike(Phase::Request, call, |_| true);
        if let Some(fault) = fault {
            let name = fault.to_string();
            self.gateway
                .ledger
                .update_request(id, |record| record.fault = Some(name));
        }
        match fault.map(|fault| fault.spec().effect) {
            Some(Effect::Request(RequestFault::Cut(point, how))) => {
                let at = fault.map_or(0, |fault| fault.parameter());
                self.read_to(id, point, at).await?;
                Ok(Next::End(self.close(how).await))
            }
            Some(Effect::Request(RequestFault::Stall(point))) => {
                self.read_to(id, point, 0).await?;
                self.hold_unread().await;
                self.entry.finish_exchange(ExchangeEnd::PeerGone);
                Ok(Next::End(ConnectionEnd::PeerClosed))
            }
            Some(Effect::Request(RequestFault::EarlyReply)) => {
                self.read_to(id, Point::WholeHead, 0).await?;
                let mut reply = Reply::plain(500, "text/plain", "");
                reply.date = self.gateway.ledger.now();
                self.gateway
                    .ledger
                    .update_request(id, |record| record.reply_status = Some(500));
                self.send(&reply.encode()).await?;
                Ok(Next::End(self.close(Close::Fin).await))
            }
            Some(Effect::Request(RequestFault::EarlyAnswer)) => {
                let at = fault.map_or(0, |fault| fault.parameter());
                self.read_to(id, Point::Body, at).await?;
                let head = self.read_head(id, Pace::BYTE_BY_BYTE).await?;
                let reply = Reply {
                    date: self.gateway.ledger.now(),
                    keep_alive: head.keep_alive,
                    ..Reply::plain(200, "", "")
                };
                let code = early_code(fault);
                self.send(&transform::early_answer(&reply, code)).await?;
                let request = self.read_body(id, head, Pace::FULL).await?;
                self.answer(id, &request, reused, fault).await
            }
            Some(Effect::Request(RequestFault::EarlyHead)) => {
                let head = self.read_head(id, Pace::BYTE_BY_BYTE).await?;
                let reply = Reply {
                    date: self.gateway.ledger.now(),
                    keep_alive: head.keep_alive,
                    ..Reply::plain(200, "", "")
                };
                self.send(&transform::early_head(&reply)).await?;
                let request = self.read_body(id, head, Pace::FULL).await?;
                self.answer(id, &request, reused, fault).await
            }
            Some(Effect::Request(RequestFault::SlowRead)) => {
                // The simulator itself takes the time.
                self.deadline = None;
                let pace = Pace {
                    limit: 1,
                    pause: Duration::from_millis(fault.map_or(0, |fault| fault.parameter())),
                };
                let head = self.read_head(id, pace).await?;
                let request = self.read_body(id, head, pace).await?;
                self.answer(id, &request, reused, fault).await
            }
            _ => {
                let head = self.read_head(id, Pace::FULL).await?;
                let request = self.read_body(id, head, Pace::FULL).await?;
                self.answer(id, &request, reused, None).await
            }
        }
    }

    /// Decides, notes the decision, then says it.
    async fn answer(
        &mut self,
        id: RequestId,
        request: &Request,
        reused: bool,
        earlier: Option<Fault>,
    ) -> Result<Next, Ended> {
        self.deadline = None;
        let Request { head, body, .. } = request;
        let answer = self.gateway.answer(head, body, reused, earlier);
        let script = match answer.fault.map(|fault| fault.spec().effect) {
            Some(Effect::Request(RequestFault::EarlyHead)) => {
                Some(transform::body_after_early_head(&answer.reply))
            }
            Some(Effect::Request(RequestFault::EarlyAnswer)) => Some(Script {
                status: Some(200),
                err_code: Some(early_code(answer.fault).code),
                ..Script::silent()
            }),
            _ => answer.bent(&head.path),
        };
        let kept_body = self
            .gateway
            .keep_bodies
            .then(|| String::from_utf8_lossy(body).into_owned());
        let (status, err_code) = script.as_ref().map_or(
            (Some(answer.reply.status), answer.reply.err_code),
            |script| (script.status, script.err_code),
        );
        let settles = answer.waits.as_ref().map(|waits| waits.order_id.clone());
        let waits = settles.is_some();
        self.gateway.ledger.request_complete(id, settles, |record| {
            record.bytes_received = request.bytes_received;
            record.head_bytes = head.length as u64;
            record.body_bytes = body.len() as u64;
            record.method = kept(&head.method);
            record.path = kept(&head.path);
            record.authorization = head.authorization.as_deref().map(kept);
            record.signature = answer.signature;
            record.body = kept_body;
            record.operation = answer.operation;
            record.order = answer.order;
            record.applied = answer.change;
            record.decided_code = answer.decided_code.map(str::to_owned);
            record.waiting = waits || answer.later.is_some();
            record.fault = answer.fault.map(|fault| fault.to_string());
            record.reply_status = status;
            record.reply_code = err_code.map(str::to_owned);
        });
        if let Some(waits) = answer.waits {
            self.gateway.settle_later(waits);
        }
        if let Some(later) = answer.later {
            self.gateway.execute_later(id, later, body.clone());
        }
        if let Some(script) = script {
            return self.play(script).await;
        }
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        answer.reply.encode_into(&mut out);
        let sent = self.send(&out).await;
        self.out = out;
        sent?;
        if head.keep_alive {
            self.entry.finish_exchange(ExchangeEnd::Replied);
            Ok(Next::Request)
        } else {
            Ok(Next::End(self.close(Close::Fin).await))
        }
    }

    async fn play(&mut self, script: Script) -> Result<Next, Ended> {
        for step in script.steps {
            match step {
                Step::Close(how) => return Ok(Next::End(self.close(how).await)),
                Step::Drip(bytes, apart) => {
                    for (index, byte) in bytes.into_iter().enumerate() {
                        if index > 0 {
                            self.wait(apart).await?;
                        }
                        self.send(&[byte]).await?;
                    }
                }
                Step::Flood(block) => loop {
                    self.send(&block).await?;
                    // With a pause, a paused clock can still move on.
                    sleep(Duration::from_millis(1)).await;
                },
                Step::Hold => {
                    self.discard_until_end().await;
                    return Err(self.peer_gone(ConnectionEnd::PeerClosed));
                }
                Step::Repeat(block, times) => {
                    for _ in 0..times {
                        self.send(&block).await?;
                    }
                }
                Step::Send(bytes) => self.send(&bytes).await?,
                Step::SendIfIdle(bytes, after) => {
                    if self.rests(after).await? {
                        self.send(&bytes).await?;
                    }
                }
                Step::Wait(time) => self.wait(time).await?,
            }
        }
        self.entry.finish_exchange(ExchangeEnd::Replied);
        Ok(Next::Request)
    }

    // Reading.

    /// Waits for the first byte of a request. While a fault may strike before
    /// the request is read, no more than that byte is taken.
    async fn first_byte(&mut self) -> Result<(), Ended> {
        if !self.buffer.is_empty() {
            return Ok(());
        }
        self.deadline = self.entry.limits.map(|limits| Instant::now() + limits.idle);
        let patience = self.entry.limits.map(|limits| limits.idle);
        let Some(readable) = in_time(patience, self.socket.readable()).await else {
            return Err(self.out_of_time().await);
        };
        let can_tell = readable.map_err(|_| Ended(ConnectionEnd::PeerFailed))?;
        let limit = if can_tell && !self.gateway.rules.any(Phase::Request) {
            usize::MAX
        } else {
            1
        };
        self.fill(limit).await
    }

    /// Ends a connection whose peer takes too long, with 408 if it has begun a request.
    async fn out_of_time(&mut self) -> Ended {
        // What is said and read from here on is not bound by the time that is up.
        self.deadline = None;
        if let Some(Exchange { id, .. }) = self.entry.exchange {
            let mut reply = Reply::plain(408, "", "");
            reply.date = self.gateway.ledger.now();
            reply.keep_alive = false;
            self.note_received(id);
            self.gateway.ledger.update_request(id, |record| {
                record.reply_status = Some(reply.status);
            });
            if let Err(ended) = self.send(&reply.encode()).await {
                return ended;
            }
        }
        Ended(self.close(Close::Fin).await)
    }

    async fn read_head(&mut self, id: RequestId, pace: Pace) -> Result<Head, Ended> {
        loop {
            match http1::parse_head(&self.buffer) {
                Ok(Some(head)) => return Ok(head),
                Ok(None) => self.fill_and_note(id, pace).await?,
                Err(bad) => return Err(self.refuse(id, bad).await),
            }
        }
    }

    async fn read_body(&mut self, id: RequestId, head: Head, pace: Pace) -> Result<Request, Ended> {
        let body_start = head.length;
        let (wire_length, content) = match head.framing {
            Framing::Length(length) => {
                while self.buffer.len() < body_start + length {
                    self.note_head(id, &head);
                    self.fill_and_note(id, pace).await?;
                }
                (length, None)
            }
            Framing::Chunked => loop {
                let wire = self.buffer.get(body_start..).unwrap_or_default();
                match http1::dechunk(wire) {
                    Ok(Some(body)) => break (body.wire_length, Some(body.content)),
                    Ok(None) => {
                        self.note_head(id, &head);
                        self.fill_and_note(id, pace).await?;
                    }
                    Err(bad) => return Err(self.refuse(id, bad).await),
                }
            },
        };
        let mut taken = self.buffer.split_to(body_start + wire_length).freeze();
        Ok(Request {
            body: content.map_or_else(|| taken.split_off(body_start), Bytes::from),
            head,
            bytes_received: (body_start + wire_length) as u64,
        })
    }

    /// Reads exactly up to a point of the request.
    async fn read_to(&mut self, id: RequestId, point: Point, at: u64) -> Result<(), Ended> {
        let at = usize::try_from(at).unwrap_or(usize::MAX);
        match point {
            Point::FirstByte => {}
            Point::Head => {
                while self.buffer.len() < at && matches!(http1::parse_head(&self.buffer), Ok(None))
                {
                    self.fill_and_note(id, Pace::BYTE_BY_BYTE).await?;
                }
            }
            Point::WholeHead => {
                let head = self.read_head(id, Pace::BYTE_BY_BYTE).await?;
                self.note_head(id, &head);
            }
            Point::Body => {
                let head = self.read_head(id, Pace::BYTE_BY_BYTE).await?;
                self.note_head(id, &head);
                let wanted = match head.framing {
                    Framing::Length(length) => at.min(length.saturating_sub(1)),
                    Framing::Chunked => at,
                };
                while self.buffer.len() < head.length.saturating_add(wanted) {
                    self.fill_and_note(id, Pace::BYTE_BY_BYTE).await?;
                }
            }
        }
        self.note_received(id);
        Ok(())
    }

    fn note_head(&self, id: RequestId, head: &Head) {
        self.gateway.ledger.update_request(id, |record| {
            if !record.head_complete {
                record.head_complete = true;
                record.head_bytes = head.length as u64;
                record.method = kept(&head.method);
                record.path = kept(&head.path);
                record.authorization = head.authorization.as_deref().map(kept);
            }
        });
    }

    fn note_received(&self, id: RequestId) {
        let received = self.buffer.len() as u64;
        self.gateway
            .ledger
            .update_request(id, |record| record.bytes_received = received);
    }

    async fn fill_and_note(&mut self, id: RequestId, pace: Pace) -> Result<(), Ended> {
        self.note_received(id);
        if !pace.pause.is_zero() {
            sleep(pace.pause).await;
            if self.socket.peer_gone().await {
                return Err(self.peer_gone(ConnectionEnd::PeerClosed));
            }
        }
        self.fill(pace.limit).await
    }

    /// Takes more bytes, at least one.
    async fn fill(&mut self, limit: usize) -> Result<(), Ended> {
        self.buffer.reserve(READ_SIZE);
        let mut room = (&mut self.buffer).limit(limit.min(READ_SIZE));
        let reading = self.socket.read_buf(&mut room);
        let read = match self.deadline {
            None => reading.await,
            Some(deadline) => match timeout_at(deadline, reading).await {
                Ok(read) => read,
                Err(_) => return Err(Box::pin(self.out_of_time()).await),
            },
        };
        match read {
            Ok(0) => Err(self.peer_gone(ConnectionEnd::PeerClosed)),
            Ok(count) => {
                self.entry.received += count as u64;
                Ok(())
            }
            Err(_) => Err(self.peer_gone(ConnectionEnd::PeerFailed)),
        }
    }

    /// Waits, but not longer than the peer is there.
    async fn wait(&mut self, time: Duration) -> Result<(), Ended> {
        let watch = async {
            while self.buffer.len() < http1::MAX_BODY {
                self.fill(usize::MAX).await?;
            }
            std::future::pending().await
        };
        timeout(time, watch).await.unwrap_or(Ok(()))
    }

    /// Whether for so long no byte of a next request comes.
    async fn rests(&mut self, time: Duration) -> Result<bool, Ended> {
        if !self.buffer.is_empty() {
            return Ok(false);
        }
        match timeout(time, self.fill(1)).await {
            Ok(filled) => filled.map(|()| false),
            Err(_) => Ok(true),
        }
    }

    async fn discard_until_end(&mut self) {
        discard(&mut self.socket, &mut self.entry.received).await;
    }

    /// Reads nothing until the peer is gone.
    async fn hold_unread(&mut self) {
        while !self.socket.peer_gone().await {
            sleep(Duration::from_millis(20)).await;
        }
        self.entry.end = ConnectionEnd::PeerClosed;
    }

    // Writing and ending.

    async fn send(&mut self, bytes: &[u8]) -> Result<(), Ended> {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.socket.write(rest).await {
                Ok(count @ 1..) => {
                    self.entry.sent += count as u64;
                    rest = rest.get(count..).unwrap_or_default();
                }
                Ok(0) | Err(_) => return Err(self.peer_gone(ConnectionEnd::PeerFailed)),
            }
        }
        match self.socket.flush().await {
            Ok(()) => Ok(()),
            Err(_) => Err(self.peer_gone(ConnectionEnd::PeerFailed)),
        }
    }

    async fn close(&mut self, how: Close) -> ConnectionEnd {
        self.entry.finish_exchange(match how {
            Close::Reset => ExchangeEnd::Reset,
            Close::Fin | Close::Truncate => ExchangeEnd::Closed,
        });
        end(&mut self.socket, how, &mut self.entry).await
    }

    async fn refuse(&mut self, id: RequestId, bad: BadRequest) -> Ended {
        self.note_received(id);
        let mut reply = Reply::plain(bad.status(), "text/plain", &bad.to_string());
        reply.date = self.gateway.ledger.now();
        reply.keep_alive = false;
        self.gateway.ledger.update_request(id, |record| {
            record.reply_status = Some(reply.status);
        });
        if let Err(ended) = self.send(&reply.encode()).await {
            return ended;
        }
        Ended(self.close(Close::Fin).await)
    }

    fn peer_gone(&mut self, end: ConnectionEnd) -> Ended {
        self.entry.finish_exchange(ExchangeEnd::PeerGone);
        Ended(end)
    }
}

/// What is answered before the request is known.
fn early_code(fault: Option<Fault>) -> Code {
    match fault {
        Some(fault) if fault.spec().applied => SUCCESS,
        _ => NOT_ALLOWED,
    }
}

/// What the ledger keeps of a text that the peer may make as long as it likes.
fn kept(text: &str) -> String {
    const LONGEST: usize = 1024;
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Room made for one read.
const READ_SIZE: usize = 8 * 1024;
