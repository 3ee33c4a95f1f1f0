//! A stream past its handshake: requests are read from it, as fast or slow as a fault has it, and
//! bytes are written to it.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut as _, Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::fault::spec::{FaultPhase, Point};
use crate::gateway::Gateway;
use crate::ledger::RequestId;
use crate::ledger::record::{ConnectionEnd, ExchangeEnd};
use crate::serve::entry::{Entry, Exchange, discard, end, in_time};
use crate::wire::http1::{self, BadRequest, Framing, Head};
use crate::wire::reply::Reply;
use crate::wire::script::Close;
use crate::wire::socket::Socket;

/// A connection past its handshake. Fields are dropped in their order: the socket before the entry.
pub(super) struct Link<'g, S> {
    pub(super) gateway: &'g Arc<Gateway>,
    pub(super) socket: S,
    buffer: BytesMut,
    pub(super) out: Vec<u8>,
    /// By when the request that is being read must be complete.
    pub(super) deadline: Option<Instant>,
    pub(super) entry: Entry<'g>,
}

impl<'g, S: Socket> Link<'g, S> {
    pub(super) fn new(gateway: &'g Arc<Gateway>, entry: Entry<'g>, socket: S) -> Self {
        Self {
            gateway,
            socket,
            buffer: BytesMut::new(),
            out: Vec::new(),
            deadline: None,
            entry,
        }
    }

    // Reading.

    /// Waits for the first byte of a request. While a fault may strike before the request is read,
    /// no more than that byte is taken.
    pub(super) async fn first_byte(&mut self) -> Result<(), Ended> {
        if !self.buffer.is_empty() {
            return Ok(());
        }
        self.deadline = self.entry.limits.map(|limits| Instant::now() + limits.idle);
        let patience = self.entry.limits.map(|limits| limits.idle);
        let Some(readable) = in_time(patience, self.socket.readable()).await else {
            return Err(self.out_of_time().await);
        };
        let can_tell = readable.map_err(|_| Ended(ConnectionEnd::PeerFailed))?;
        let limit = if can_tell && !self.gateway.rules.any(FaultPhase::Request) {
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

    pub(super) async fn read_head(&mut self, id: RequestId, pace: Pace) -> Result<Head, Ended> {
        loop {
            match http1::parse_head(&self.buffer) {
                Ok(Some(head)) => return Ok(head),
                Ok(None) => self.fill_and_note(id, pace).await?,
                Err(bad) => return Err(self.refuse(id, bad).await),
            }
        }
    }

    pub(super) async fn read_body(
        &mut self,
        id: RequestId,
        head: Head,
        pace: Pace,
    ) -> Result<Request, Ended> {
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
    pub(super) async fn read_to(
        &mut self,
        id: RequestId,
        point: Point,
        at: u64,
    ) -> Result<(), Ended> {
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
    pub(super) async fn wait(&mut self, time: Duration) -> Result<(), Ended> {
        let watch = async {
            while self.buffer.len() < http1::MAX_BODY {
                self.fill(usize::MAX).await?;
            }
            std::future::pending().await
        };
        timeout(time, watch).await.unwrap_or(Ok(()))
    }

    /// Whether for so long no byte of a next request comes.
    pub(super) async fn rests(&mut self, time: Duration) -> Result<bool, Ended> {
        if !self.buffer.is_empty() {
            return Ok(false);
        }
        match timeout(time, self.fill(1)).await {
            Ok(filled) => filled.map(|()| false),
            Err(_) => Ok(true),
        }
    }

    pub(super) async fn discard_until_end(&mut self) {
        discard(&mut self.socket, &mut self.entry.received).await;
    }

    /// Reads nothing until the peer is gone.
    pub(super) async fn hold_unread(&mut self) {
        while !self.socket.peer_gone().await {
            sleep(Duration::from_millis(20)).await;
        }
        self.entry.end = ConnectionEnd::PeerClosed;
    }

    // Writing and ending.

    pub(super) async fn send(&mut self, bytes: &[u8]) -> Result<(), Ended> {
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

    pub(super) async fn close(&mut self, how: Close) -> ConnectionEnd {
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

    pub(super) fn peer_gone(&mut self, end: ConnectionEnd) -> Ended {
        self.entry.finish_exchange(ExchangeEnd::PeerGone);
        Ended(end)
    }
}

/// An end that cuts an exchange short.
pub(super) struct Ended(pub(super) ConnectionEnd);

/// A request read to its end.
pub(super) struct Request {
    pub(super) head: Head,
    pub(super) body: Bytes,
    pub(super) bytes_received: u64,
}

/// How a request is to be read.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    /// Most bytes to take at once.
    pub(super) limit: usize,
    pub(super) pause: Duration,
}

impl Pace {
    pub(super) const FULL: Self = Self {
        limit: usize::MAX,
        pause: Duration::ZERO,
    };
    pub(super) const BYTE_BY_BYTE: Self = Self {
        limit: 1,
        pause: Duration::ZERO,
    };
}

/// What the ledger keeps of a text that the peer may make as long as it likes.
pub(super) fn kept(text: &str) -> String {
    const LONGEST: usize = 1024;
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Room made for one read.
const READ_SIZE: usize = 8 * 1024;
