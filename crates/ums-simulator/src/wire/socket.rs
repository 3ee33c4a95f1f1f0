//! What the simulator needs of a byte stream beyond reading and writing: resets and silent ends.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, Interest, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

/// A connection under the simulator's hands.
pub(crate) trait Socket: AsyncRead + AsyncWrite + Send + Unpin {
    /// Waits until there is something to read, or the end, without reading it. False where that
    /// cannot be told without reading.
    fn readable(&mut self) -> impl Future<Output = io::Result<bool>> + Send;

    /// Whether the peer has closed, without reading what it sent before.
    fn peer_gone(&mut self) -> impl Future<Output = bool> + Send;

    /// Makes the coming drop a reset (RST), where there is such a thing.
    fn arm_reset(&self);

    /// Ends the sending side without TLS's close_notify.
    fn truncate(&mut self) -> impl Future<Output = io::Result<()>> + Send;
}

impl Socket for TcpStream {
    async fn readable(&mut self) -> io::Result<bool> {
        // `TcpStream::readable` may wake for nothing; a peek does not.
        self.peek(&mut [0]).await.map(|_| true)
    }

    async fn peer_gone(&mut self) -> bool {
        let ready = self.ready(Interest::READABLE | Interest::ERROR);
        match tokio::time::timeout(Duration::ZERO, ready).await {
            Err(_) => false,
            Ok(Err(_)) => true,
            Ok(Ok(ready)) => ready.is_read_closed() || ready.is_error(),
        }
    }

    fn arm_reset(&self) {
        // It fails only on a socket that is gone, and then there is nothing to reset.
        let _ = self.set_zero_linger();
    }

    async fn truncate(&mut self) -> io::Result<()> {
        self.shutdown().await
    }
}

impl<S: Socket> Socket for TlsStream<S> {
    async fn readable(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    async fn peer_gone(&mut self) -> bool {
        self.get_mut().0.peer_gone().await
    }

    fn arm_reset(&self) {
        self.get_ref().0.arm_reset();
    }

    async fn truncate(&mut self) -> io::Result<()> {
        self.get_mut().0.truncate().await
    }
}

/// Any stream, such as one end of `tokio::io::duplex`. It has no RST: a reset is an abrupt end.
pub(crate) struct InMemory<S>(pub(crate) S);

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Socket for InMemory<S> {
    async fn readable(&mut self) -> io::Result<bool> {
        Ok(false)
    }

    async fn peer_gone(&mut self) -> bool {
        // A duplex refuses even an empty write once its other end is dropped.
        self.0.write(&[]).await.is_err()
    }

    fn arm_reset(&self) {}

    async fn truncate(&mut self) -> io::Result<()> {
        self.0.shutdown().await
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for InMemory<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for InMemory<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(cx)
    }
}

/// A stream whose sending side ends after so many bytes: cuts a TLS handshake.
pub(crate) struct CutAfter<S> {
    pub(crate) stream: S,
    pub(crate) left: u64,
}

impl<S: AsyncRead + Unpin> AsyncRead for CutAfter<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for CutAfter<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let allowed = usize::try_from(self.left).unwrap_or(usize::MAX);
        let allowed = buf.get(..allowed).unwrap_or(buf);
        if allowed.is_empty() {
            return Poll::Ready(Err(io::ErrorKind::BrokenPipe.into()));
        }
        let written = std::task::ready!(Pin::new(&mut self.stream).poll_write(cx, allowed))?;
        self.left -= written as u64;
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
