//! Connections over TCP with the steps at which their process may be killed or stopped.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use ums_client::transport::{Connect, ConnectFuture};

use super::step::{Step, Trap};

/// Dials the gateway. Only processes with a trap on the wire have it.
pub(crate) struct TrapLinks {
    pub(crate) gateway: SocketAddr,
    pub(crate) trap: Arc<Trap>,
}

impl Connect for TrapLinks {
    fn connect(&self) -> ConnectFuture {
        let (gateway, trap) = (self.gateway, Arc::clone(&self.trap));
        Box::pin(async move {
            let stream = TcpStream::connect(gateway).await?;
            Ok(Box::new(TrapLink {
                stream,
                trap,
                written: false,
            }) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        true
    }
}

struct TrapLink {
    stream: TcpStream,
    trap: Arc<Trap>,
    written: bool,
}

impl AsyncRead for TrapLink {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.written {
            self.trap.step(Step::AfterRequest);
        }
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for TrapLink {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let halves = self.trap.is_set_for(Step::HalfRequest);
        let stood_still = self.trap.step(Step::BeforeFirstByte)
            || (self.written && self.trap.step(Step::HalfRequest));
        if stood_still {
            // As after a stop anywhere but between the look at the clock and the write, which is
            // the rest that no program can do without.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = match halves && !self.written {
            true => buf.get(..buf.len().div_ceil(2)).unwrap_or(buf),
            false => buf,
        };
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, piece))?;
        self.written |= count > 0;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
