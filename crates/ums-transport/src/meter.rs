//! Counts the bytes that cross a connection.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::dial::Stream;

/// Totals of one connection. Only the call that holds the connection moves
/// them, so relaxed ordering is enough.
#[derive(Debug)]
pub(crate) struct Meter {
    written: AtomicU64,
    read: AtomicU64,
    read_limit: AtomicU64,
}

impl Meter {
    fn new() -> Self {
        Self {
            written: AtomicU64::new(0),
            read: AtomicU64::new(0),
            read_limit: AtomicU64::new(u64::MAX),
        }
    }

    /// From here on, reading fails once this many bytes in total were read.
    ///
    /// hyper takes in informational replies (1xx) within one turn for as long
    /// as more bytes are at hand, during which no deadline is looked at.
    pub(crate) fn limit_read(&self, total: u64) {
        self.read_limit.store(total, Ordering::Relaxed);
    }

    fn check_read(&self) -> io::Result<()> {
        if self.read() < self.read_limit.load(Ordering::Relaxed) {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, EndlessHead))
    }

    pub(crate) fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }

    pub(crate) fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the gateway sends on and on without a reply")]
struct EndlessHead;

/// A stream whose accepted and delivered bytes are counted. Over TLS these are
/// the bytes before encryption and after decryption.
pub(crate) struct Metered {
    stream: Box<dyn Stream>,
    meter: Arc<Meter>,
}

impl Metered {
    pub(crate) fn new(stream: Box<dyn Stream>) -> (Self, Arc<Meter>) {
        let meter = Arc::new(Meter::new());
        let metered = Self {
            stream,
            meter: Arc::clone(&meter),
        };
        (metered, meter)
    }

    fn count_written(&self, result: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(accepted)) = result {
            self.meter
                .written
                .fetch_add(*accepted as u64, Ordering::Relaxed);
        }
    }
}

impl AsyncRead for Metered {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.meter.check_read()?;
        let before = buf.filled().len();
        let result = Pin::new(&mut self.stream).poll_read(cx, buf);
        let delivered = buf.filled().len() - before;
        self.meter
            .read
            .fetch_add(delivered as u64, Ordering::Relaxed);
        result
    }
}

impl AsyncWrite for Metered {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.count_written(&result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.count_written(&result);
        result
    }
}
