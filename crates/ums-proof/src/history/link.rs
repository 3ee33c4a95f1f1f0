//! Connections to the simulator that dawdle, come in pieces, and break.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::{Sleep, sleep};
use ums_client::transport::{Connect, ConnectFuture};
use ums_simulator::Simulator;

use super::plan::LinkPlan;
use super::token_gate::{Requests, TokenGate};
use super::witness::Witness;

/// Dials the simulator over memory.
pub(crate) struct Links {
    simulator: Simulator,
    /// What stands before the simulator where access tokens are in use.
    gate: Option<TokenGate>,
    witness: Witness,
    plan: LinkPlan,
    rng: Arc<Mutex<Rng>>,
}

impl Links {
    pub(crate) fn new(
        simulator: Simulator,
        gate: Option<TokenGate>,
        witness: Witness,
        plan: LinkPlan,
        seed: u64,
    ) -> Self {
        Self {
            simulator,
            gate,
            witness,
            plan,
            rng: Arc::new(Mutex::new(Rng::with_seed(seed))),
        }
    }

    /// A source of its own for each connection, so that they do not depend on each other's order of
    /// reading and writing.
    fn fork(&self) -> Rng {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        rng.fork()
    }
}

impl Connect for Links {
    fn connect(&self) -> ConnectFuture {
        let mut rng = self.fork();
        let plan = self.plan;
        let simulator = self.simulator.clone();
        let gate = self.gate.clone();
        let witness = self.witness.clone();
        let number = witness.dials();
        Box::pin(async move {
            if rng.u8(0..100) < plan.dial_hangs {
                return std::future::pending().await;
            }
            if plan.dial_delay > 0 {
                sleep(Duration::from_millis(rng.u64(0..=plan.dial_delay))).await;
            }
            if rng.u8(0..100) < plan.dial_fails {
                return Err(io::ErrorKind::ConnectionRefused.into());
            }
            let (stream, requests) = match gate {
                None => (simulator.connect()?, None),
                Some(gate) => {
                    let (stream, requests) = gate.connect(&simulator)?;
                    (stream, Some(requests))
                }
            };
            // Before the first byte, which only then may be sent again, or anywhere within a few
            // exchanges, most often within the first.
            let breaks_after = (rng.u8(0..100) < plan.breaks).then(|| match rng.u8(0..5) {
                0 => 0,
                _ => rng.u64(0..1500),
            });
            Ok(Box::new(Link {
                number,
                stream,
                requests,
                witness,
                plan,
                rng,
                breaks_after,
                resting: None,
            }) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        self.plan.fails_whole
    }
}

struct Link {
    number: u64,
    stream: DuplexStream,
    /// Tells requests for tokens from others.
    requests: Option<Requests>,
    witness: Witness,
    plan: LinkPlan,
    rng: Rng,
    /// Bytes, both ways together, after which it breaks.
    breaks_after: Option<u64>,
    resting: Option<Pin<Box<Sleep>>>,
}

impl Link {
    /// How many bytes may pass now. Pending while it dawdles.
    fn allowed(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if let Some(resting) = &mut self.resting {
            ready!(resting.as_mut().poll(cx));
            self.resting = None;
        }
        if self.breaks_after == Some(0) {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        let piece = match self.plan.piece {
            0 => usize::MAX,
            most => self.rng.usize(1..=most),
        };
        Poll::Ready(Ok(piece.min(self.left())))
    }

    /// Bytes until it breaks.
    fn left(&self) -> usize {
        let left = self.breaks_after.unwrap_or(u64::MAX);
        usize::try_from(left).unwrap_or(usize::MAX)
    }

    /// What of `buf` is written now.
    fn piece<'b>(&self, buf: &'b [u8], limit: usize) -> &'b [u8] {
        let least = self.requests.as_ref().map_or(0, Requests::least);
        buf.get(..limit.max(least)).unwrap_or(buf)
    }

    fn wrote(&mut self, bytes: &[u8]) {
        match &mut self.requests {
            None => self.witness.wrote(self.number, bytes),
            Some(requests) => requests.wrote(self.number, bytes, &self.witness),
        }
        self.passed(bytes.len());
    }

    fn passed(&mut self, count: usize) {
        if let Some(left) = &mut self.breaks_after {
            *left = left.saturating_sub(count as u64);
        }
        if self.plan.piece_delay > 0 && self.rng.bool() {
            let rest = Duration::from_millis(self.rng.u64(0..=self.plan.piece_delay));
            self.resting = Some(Box::pin(sleep(rest)));
        }
    }
}

impl AsyncRead for Link {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let limit = ready!(self.allowed(cx))?;
        let before = buf.filled().len();
        if limit >= buf.remaining() {
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        } else {
            // Both limits of a link are below this.
            let mut room = [0; PIECE];
            let mut piece = ReadBuf::new(room.get_mut(..limit).unwrap_or_default());
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut piece))?;
            buf.put_slice(piece.filled());
        }
        let delivered = buf.filled().get(before..).unwrap_or_default();
        self.witness.read(self.number, delivered);
        let count = delivered.len();
        self.passed(count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Link {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let limit = ready!(self.allowed(cx))?;
        let this = &mut *self;
        let breaks = !this.plan.fails_whole && this.left() < buf.len();
        // A write that fails half-way has passed on what it could.
        let limit = if breaks { this.left() } else { limit };
        let piece = this.piece(buf, limit);
        let count = ready!(Pin::new(&mut this.stream).poll_write(cx, piece))?;
        let count = count.min(piece.len());
        this.wrote(piece.get(..count).unwrap_or_default());
        if breaks {
            this.breaks_after = Some(0);
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Above any limit of a link.
const PIECE: usize = 2048;
