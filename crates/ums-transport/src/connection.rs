//! One HTTP/1.1 connection, driven by the call that holds it.
//!
//! hyper hands out a connection as a future to be spawned. Here the call polls that future itself:
//! when the call ends, by deadline or by being dropped, nothing is left running that could still
//! write.

pub(crate) mod framing;
pub(crate) mod meter;
pub(crate) mod pool;

use std::error::Error as _;
use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use http::header::{CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, Uri, Version};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::runtime::Id;
use tokio::task::coop::unconstrained;
use tokio::time::{Instant, Sleep, sleep_until};

use crate::boot_instant::BootInstant;
use crate::connect::carrier::Carrier;
use crate::connect::send_fence::{Missed, SendFence};
use crate::connection::framing::Ambiguity;
use crate::connection::meter::{Meter, Metered};
use crate::connection::pool::Pool;
use crate::deadline::{after, bounded};
use crate::error::{BoxError, TransportError, TransportErrorKind};
use crate::progress::{Phase, Progress, Timings};
use crate::runtime::{self, OtherRuntime};

/// Caps on what a reply may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReplyCaps {
    pub(crate) head: usize,
    pub(crate) body: usize,
}

/// An open connection, between calls or within one.
pub(crate) struct Wire {
    sender: http1::SendRequest<Full<Bytes>>,
    /// Dropped as soon as it ends: only then does hyper give back a request that was queued too
    /// late. Boxed because it is large and changes hands with each call.
    driver: Option<Box<http1::Connection<TokioIo<Metered>, Full<Bytes>>>>,
    meter: Arc<Meter>,
    /// The alarm of the last call, kept because setting a registered alarm to a later time costs
    /// nothing, while a new one is entered into the timer's wheel and taken out again, under its
    /// lock.
    alarm: Option<Pin<Box<Sleep>>>,
    /// The runtime that wakes the connection and its alarm.
    runtime: Id,
    served: bool,
    /// When it closed, bytes had been read that belong to no reply.
    surplus: bool,
}

impl Wire {
    pub(crate) async fn open(
        carrier: Carrier,
        caps: ReplyCaps,
        runtime: Id,
    ) -> hyper::Result<Self> {
        let (metered, meter) = Metered::new(carrier);
        let (sender, driver) = http1::Builder::new()
            .max_header_size(caps.head)
            .handshake(TokioIo::new(metered))
            .await?;
        Ok(Self {
            sender,
            driver: Some(Box::new(driver)),
            meter,
            alarm: None,
            runtime,
            served: false,
            surplus: false,
        })
    }

    pub(crate) fn runtime(&self) -> Id {
        self.runtime
    }

    /// Lets the connection notice what has happened to it since it was last used, and says whether
    /// it can take a request. A byte that arrived while nothing was asked makes it unusable.
    pub(crate) fn is_usable(&mut self, cx: &mut Context<'_>) -> bool {
        self.drive(cx);
        matches!(self.sender.poll_ready(cx), Poll::Ready(Ok(())))
    }

    /// An alarm that goes off at `deadline`. It must be given back for the next call to have it.
    fn alarm(&mut self, deadline: Instant) -> Pin<Box<Sleep>> {
        match self.alarm.take() {
            Some(mut alarm) => {
                alarm.as_mut().reset(deadline);
                alarm
            }
            None => Box::pin(sleep_until(deadline)),
        }
    }

    /// An error of the connection reaches the caller through the reply's future, so the result here
    /// only says that there is no more to drive.
    fn drive(&mut self, cx: &mut Context<'_>) {
        if let Some(driver) = &mut self.driver
            && Pin::new(driver).poll(cx).is_ready()
        {
            self.close();
        }
    }

    fn close(&mut self) {
        if let Some(driver) = self.driver.take() {
            self.surplus = !driver.into_parts().read_buf.is_empty();
        }
    }

    /// After a reply was read to its end: whether the connection can serve again. If not, it is
    /// closed.
    fn comes_to_rest(&mut self, cx: &mut Context<'_>) -> bool {
        let usable = self.is_usable(cx);
        if !usable {
            self.close();
        }
        usable
    }
}

/// A connection that belongs to one call until it is used or dropped.
///
/// Between obtaining it and calling [`exchange`](Self::exchange) nothing is written, so this is the
/// moment to sign the request and to record that it is about to be sent.
pub struct Connection {
    wire: Wire,
    pool: Arc<Pool>,
    caps: ReplyCaps,
    started: Instant,
    connected: Instant,
}

impl Connection {
    pub(crate) fn new(
        wire: Wire,
        pool: Arc<Pool>,
        caps: ReplyCaps,
        started: Instant,
        connected: Instant,
    ) -> Self {
        Self {
            wire,
            pool,
            caps,
            started,
            connected,
        }
    }

    /// Whether the connection has served an earlier call.
    pub fn is_reused(&self) -> bool {
        self.wire.served
    }

    /// Writes the request once and reads the reply, both before `deadline`. Until the future is
    /// polled nothing is written.
    ///
    /// This is [`exchange_by`](Self::exchange_by) without a send window.
    ///
    /// # Errors
    ///
    /// As there.
    pub fn exchange(
        self,
        request: Request<Bytes>,
        deadline: Instant,
    ) -> impl Future<Output = Result<Reply, TransportError>> + Send {
        self.exchange_by(request, deadline, None)
    }

    /// Writes the request once, before `write_by`, and reads the reply, both before `deadline`.
    /// Until the future is polled nothing is written.
    ///
    /// `write_by` is the end of the request's send window. The machine's clock that counts through
    /// sleep is read before each write to the socket until the request's last byte is written,
    /// those that send what TLS has encrypted before included. Once the window is over nothing more
    /// of the request is written, and the error is [`TransportErrorKind::SendWindow`]. Read the
    /// clock, with [`Transport::boot_now`](crate::Transport::boot_now), before the step that must
    /// not be long ago when a byte is written.
    ///
    /// Of the URI, path and query are sent. `Host` and `Content-Length` are set here; the body is
    /// sent as it is given. A reply of any status is a reply: redirects are not followed and
    /// nothing is sent again.
    ///
    /// The future must be awaited on the tokio runtime that the connection was opened on.
    ///
    /// # Errors
    ///
    /// No whole reply was read in time, or what was read cannot be told to be the one reply to this
    /// request. [`TransportError::progress`] says how much of the request had been handed over by
    /// then. The connection is closed.
    pub fn exchange_by(
        mut self,
        request: Request<Bytes>,
        deadline: Instant,
        write_by: Option<BootInstant>,
    ) -> impl Future<Output = Result<Reply, TransportError>> + Send {
        let (mut parts, body) = request.into_parts();
        parts.version = Version::HTTP_11;
        if parts.uri.authority().is_some() {
            let target = parts.uri.path_and_query().cloned();
            parts.uri = target.map_or_else(Uri::default, Uri::from);
        }
        parts.headers.remove(TRANSFER_ENCODING);
        parts.headers.insert(HOST, self.pool.host_header());
        parts
            .headers
            .insert(CONTENT_LENGTH, HeaderValue::from(body.len()));
        let mut call = Call {
            total: request_size(&parts, &body),
            sent: None,
            head: None,
            status: None,
            first: Bytes::new(),
            more: BytesMut::new(),
            complete: false,
            window: None,
        };
        let served = self.wire.served;
        self.wire.meter.begin(call.total, served);
        // This only queues the request: it is written when the connection is driven. Queued here,
        // it takes no room in the future.
        let request = Request::from_parts(parts, Full::new(body));
        let answer = self.wire.sender.try_send_request(request);
        async move {
            let now = Instant::now();
            let result = if runtime::current() != Some(self.wire.runtime) {
                Err((TransportErrorKind::Runtime, Some(OtherRuntime.into())))
            } else if now >= deadline {
                // A late call must not start at all.
                Err(LATE)
            } else {
                self.wire.meter.fence().begin(write_by, deadline - now);
                let mut alarm = self.wire.alarm(bounded(deadline, now));
                let result = {
                    let mut answer = pin!(answer);
                    let answer = |cx: &mut Context<'_>| {
                        let answered = answer.as_mut().poll(cx);
                        answered.map_err(|error| error.into_error())
                    };
                    let mut work = pin!(call.run(&mut self.wire, answer, self.caps));
                    // A reply that never lets up spends the task's budget, and may not silence the
                    // alarm by that.
                    let mut alarm = pin!(unconstrained(alarm.as_mut()));
                    // What is ready is taken even when the alarm went off.
                    poll_fn(|cx| match work.as_mut().poll(cx) {
                        Poll::Ready(result) => Poll::Ready(result),
                        Poll::Pending => alarm.as_mut().poll(cx).map(|()| Err(LATE)),
                    })
                    .await
                };
                self.wire.alarm = Some(alarm);
                result
            };
            let ended = Instant::now();
            let progress = call.progress(&self, ended);
            match result {
                Ok(Received { headers, serves }) => {
                    self.wire.served = true;
                    let serves = serves && self.pool.keeps_any();
                    Ok(Reply {
                        headers,
                        body: call.received(),
                        progress,
                        connection: UsedConnection(serves.then_some(AtRest {
                            wire: self.wire,
                            pool: self.pool,
                            since: ended,
                        })),
                    })
                }
                Err((kind, source)) => {
                    let failure = TransportError::new(kind, progress, source);
                    Err(failure.with_received(call.received()))
                }
            }
        }
    }
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("reused", &self.is_reused())
            .finish_non_exhaustive()
    }
}

/// A reply that was read to its end, whatever it says.
///
/// It is the only thing that was read since its whole request was written, and it states its end in
/// one way: by one `Content-Length`, by a `Transfer-Encoding` of exactly `chunked` under HTTP/1.1,
/// or, with neither of them, by the end of the connection, which TLS vouches for. What has both, or
/// several lengths be they equal, or is followed by further bytes that were read with it, ends as
/// [`TransportErrorKind::MalformedReply`]: another reader could take another part of it for the
/// reply.
#[derive(Debug)]
#[non_exhaustive]
pub struct Reply {
    /// Reply headers.
    pub headers: HeaderMap,
    /// Reply body, exactly as received.
    pub body: Bytes,
    /// How the attempt went. [`Progress::status`] is present.
    pub progress: Progress,
    connection: UsedConnection,
}

impl Reply {
    /// The connection the reply came over. It is closed when it is dropped, with the reply or by
    /// itself, unless it is [kept](UsedConnection::keep).
    pub fn take_connection(&mut self) -> UsedConnection {
        std::mem::take(&mut self.connection)
    }
}

/// A connection whose reply waits for its reader's belief.
///
/// HTTP/1.1 does not say which request a reply answers: it is the next one on the connection. After
/// a reply that was not the gateway's word on the request (a 504 of a proxy, a reply about another
/// order) the gateway's own may still come, and would be taken for the answer to the next request.
/// So the default is to close.
#[derive(Default)]
pub struct UsedConnection(Option<AtRest>);

struct AtRest {
    wire: Wire,
    pool: Arc<Pool>,
    since: Instant,
}

impl UsedConnection {
    /// Says that the reply is believed to be the answer to the request: the connection may serve
    /// another call.
    ///
    /// It is closed even so when the gateway wants that, when enough are idle, and anywhere but on
    /// the tokio runtime it was opened on.
    pub fn keep(self) {
        if let Some(AtRest { wire, pool, since }) = self.0 {
            wire.meter.fence().come_to_rest();
            pool.put(wire, since);
        }
    }
}

impl std::fmt::Debug for UsedConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UsedConnection")
            .field("can_serve_again", &self.0.is_some())
            .finish_non_exhaustive()
    }
}

/// The record of one exchange while it runs. It lives outside the future that the deadline may cut
/// short.
struct Call {
    total: u64,
    sent: Option<Instant>,
    head: Option<Instant>,
    status: Option<u16>,
    /// The body so far. Nearly every reply comes in one piece, which is then handed on without a
    /// copy.
    first: Bytes,
    more: BytesMut,
    complete: bool,
    /// Wakes the call at the end of its send window. Set only when the connection did not take the
    /// whole request at once.
    window: Option<Pin<Box<Sleep>>>,
}

/// What is known of a reply at its end, besides its body.
struct Received {
    headers: HeaderMap,
    /// The connection stands and may serve again.
    serves: bool,
}

/// hyper's future of a reply, whose own error type has no name.
trait PollAnswer: FnMut(&mut Context<'_>) -> Poll<hyper::Result<Response<Incoming>>> {}

impl<F: FnMut(&mut Context<'_>) -> Poll<hyper::Result<Response<Incoming>>>> PollAnswer for F {}

type Ended<T> = Result<T, (TransportErrorKind, Option<BoxError>)>;

const LATE: (TransportErrorKind, Option<BoxError>) = (TransportErrorKind::Deadline, None);
const EARLY: (TransportErrorKind, Option<BoxError>) = (TransportErrorKind::EarlyReply, None);

impl From<Missed> for (TransportErrorKind, Option<BoxError>) {
    fn from(missed: Missed) -> Self {
        match missed {
            Missed::SendWindow => (TransportErrorKind::SendWindow, None),
            Missed::Deadline => LATE,
        }
    }
}

impl From<Ambiguity> for (TransportErrorKind, Option<BoxError>) {
    fn from(ambiguity: Ambiguity) -> Self {
        (TransportErrorKind::MalformedReply, Some(ambiguity.into()))
    }
}

impl Call {
    async fn run(
        &mut self,
        wire: &mut Wire,
        answer: impl PollAnswer,
        caps: ReplyCaps,
    ) -> Ended<Received> {
        // A head, the body that may come with it, and a few informational replies before.
        let most = (caps.head as u64).saturating_add(caps.body as u64);
        wire.meter.limit_reply(most);
        let response = self.head(wire, answer).await?;
        wire.meter.limit_reply(u64::MAX);
        self.head = Some(Instant::now());
        self.status = Some(response.status().as_u16());
        if wire.meter.is_early() {
            return Err(EARLY);
        }
        let (parts, body) = response.into_parts();
        framing::check(parts.version, &parts.headers)?;
        self.body(wire, body, caps.body).await?;
        let rests = poll_fn(|cx| Poll::Ready(wire.comes_to_rest(cx))).await;
        if wire.surplus {
            return Err(Ambiguity::MoreFollows.into());
        }
        self.complete = true;
        Ok(Received {
            headers: parts.headers,
            // To a peer of HTTP/1.0 hyper would write otherwise than is counted.
            serves: rests && parts.version == Version::HTTP_11,
        })
    }

    async fn head(
        &mut self,
        wire: &mut Wire,
        mut answer: impl PollAnswer,
    ) -> Ended<Response<Incoming>> {
        poll_fn(|cx| {
            wire.drive(cx);
            if self.sent.is_none() && wire.meter.is_request_flushed() {
                self.sent = Some(Instant::now());
            }
            match answer(cx) {
                Poll::Ready(Ok(response)) => Poll::Ready(Ok(response)),
                _ if wire.meter.is_early() => Poll::Ready(Err(EARLY)),
                Poll::Ready(Err(error)) => Poll::Ready(Err(match wire.meter.fence().missed() {
                    Some(missed) => missed.into(),
                    None => ended_by(error),
                })),
                Poll::Pending => self.poll_late(cx, wire.meter.fence()).map(Err),
            }
        })
        .await
    }

    /// Ready when a part of the request is not written and its time is over. Until then the call is
    /// woken for it.
    fn poll_late(
        &mut self,
        cx: &mut Context<'_>,
        fence: &SendFence,
    ) -> Poll<(TransportErrorKind, Option<BoxError>)> {
        while let Some(left) = fence.left_to_write() {
            if let Some(missed) = fence.missed() {
                return Poll::Ready(missed.into());
            }
            let by = after(Instant::now(), left);
            let window = self.window.get_or_insert_with(|| Box::pin(sleep_until(by)));
            if window.as_mut().poll(cx).is_pending() {
                break;
            }
            window.as_mut().reset(by);
        }
        Poll::Pending
    }

    async fn body(&mut self, wire: &mut Wire, mut body: Incoming, cap: usize) -> Ended<()> {
        while let Some(frame) = poll_fn(|cx| {
            // Asking for a frame is what lets the connection read one.
            if let Poll::Ready(frame) = Pin::new(&mut body).poll_frame(cx) {
                return Poll::Ready(frame);
            }
            wire.drive(cx);
            Pin::new(&mut body).poll_frame(cx)
        })
        .await
        {
            let Ok(data) = frame.map_err(ended_by)?.into_data() else {
                continue;
            };
            if self.first.len() + self.more.len() + data.len() > cap {
                return Err((TransportErrorKind::ReplyTooLarge, None));
            }
            if self.first.is_empty() {
                self.first = data;
            } else {
                self.more.extend_from_slice(&data);
            }
        }
        Ok(())
    }

    fn received(&mut self) -> Bytes {
        let first = std::mem::take(&mut self.first);
        if self.more.is_empty() {
            return first;
        }
        let mut whole = BytesMut::with_capacity(first.len() + self.more.len());
        whole.extend_from_slice(&first);
        whole.extend_from_slice(&self.more);
        whole.freeze()
    }

    fn progress(&self, connection: &Connection, ended: Instant) -> Progress {
        let meter = &connection.wire.meter;
        let written = meter.request_written();
        let since = |instant: Instant| instant - connection.started;
        let phase = if self.complete {
            Phase::Complete
        } else if self.head.is_some() {
            Phase::ReadingReply
        } else if written >= self.total {
            Phase::AwaitingReply
        } else {
            Phase::Sending
        };
        Progress {
            phase,
            request_bytes_written: written,
            request_bytes_total: self.total,
            reply_bytes_read: meter.reply_read(),
            status: self.status,
            reused: connection.wire.served,
            late_write: meter.fence().wrote_late()
                || (meter.fence().missed() == Some(Missed::SendWindow) && written >= self.total),
            timings: Timings {
                connected: Some(since(connection.connected)),
                sent: self.sent.map(since),
                head: self.head.map(since),
                ended: Some(since(ended)),
            },
        }
    }
}

fn ended_by(error: hyper::Error) -> (TransportErrorKind, Option<BoxError>) {
    let kind = if error.is_parse() {
        TransportErrorKind::MalformedReply
    } else if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        TransportErrorKind::Closed
    } else if error.is_user() {
        TransportErrorKind::InvalidRequest
    } else {
        match io_kind(&error) {
            Some(io::ErrorKind::UnexpectedEof) => TransportErrorKind::Closed,
            // Where hyper decodes chunks, a broken one is an I/O error.
            Some(io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput) => {
                TransportErrorKind::MalformedReply
            }
            _ => TransportErrorKind::Io,
        }
    };
    (kind, Some(error.into()))
}

fn io_kind(error: &hyper::Error) -> Option<io::ErrorKind> {
    error
        .source()?
        .downcast_ref::<io::Error>()
        .map(io::Error::kind)
}

/// The size hyper gives the request on the wire: request line, one line a header, an empty line,
/// the body.
fn request_size(parts: &Parts, body: &Bytes) -> u64 {
    const BETWEEN: usize = " ".len() + " HTTP/1.1\r\n".len();
    let target = parts
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    let line = parts.method.as_str().len() + target.len() + BETWEEN;
    let headers: usize = parts
        .headers
        .iter()
        .map(|(name, value)| name.as_str().len() + ": ".len() + value.len() + "\r\n".len())
        .sum();
    (line + headers + "\r\n".len() + body.len()) as u64
}
