//! Connections to the simulator that dawdle, come in pieces, and break.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use fastrand::Rng;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::time::{Sleep, sleep};
use ums_client::transport::{Dial, Dialing};
use ums_simulator::Simulator;

use super::plan::LinkPlan;
use super::witness::Witness;

/// Dials the simulator over memory.
pub(crate) struct Links {
    simulator: Simulator,
    witness: Witness,
    plan: LinkPlan,
    rng: Arc<Mutex<Rng>>,
}

impl Links {
    pub(crate) fn new(simulator: Simulator, witness: Witness, plan: LinkPlan, seed: u64) -> Self {
        Self {
            simulator,
            witness,
            plan,
            rng: Arc::new(Mutex::new(Rng::with_seed(seed))),
        }
    }

    /// A source of its own for each connection, so that they do not depend on
    /// each other's order of reading and writing.
    fn fork(&self) -> Rng {
        let mut rng = self.rng.lock().unwrap_or_else(PoisonError::into_inner);
        rng.fork()
    }
}

impl Dial for Links {
    fn dial(&self) -> Dialing {
        let mut rng = self.fork();
        let plan = self.plan;
        let simulator = self.simulator.clone();
        let witness = self.witness.clone();
        witness.dials();
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
            let stream = simulator.connect()?;
            // Before the first byte, which only then may be sent again, or
            // anywhere within a few exchanges, most often within the first.
            let breaks_after = (rng.u8(0..100) < plan.breaks).then(|| match rng.u8(0..5) {
                0 => 0,
                _ => rng.u64(0..1500),
            });
            Ok(Box::new(Link {
                stream,
                witness,
                plan,
                rng,
                breaks_after,
                resting: None,
            }) as _)
        })
    }

    /// A link that breaks has passed on nothing of that write.
    fn fails_whole(&self) -> bool {
        true
    }
}

struct Link {
    stream: DuplexStream,
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
        let left = self.breaks_after.unwrap_or(u64::MAX);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        Poll::Ready(Ok(piece.min(left)))
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
        self.witness.read(delivered);
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
        let piece = buf.get(..limit).unwrap_or(buf);
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, piece))?;
        self.witness.wrote(piece.get(..count).unwrap_or_default());
        self.passed(count);
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
