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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    fn metered() -> (Metered, Arc<Meter>, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(16);
        let (metered, meter) = Metered::new(Box::new(ours));
        (metered, meter, theirs)
    }

    #[tokio::test]
    async fn bytes_are_counted_both_ways() {
        let (mut stream, meter, mut peer) = metered();
        peer.write_all(b"abcde").await.unwrap();
        stream.read_exact(&mut [0; 2]).await.unwrap();
        stream.read_exact(&mut [0; 3]).await.unwrap();
        assert_eq!((meter.read(), meter.written()), (5, 0));
        stream.write_all(b"fgh").await.unwrap();
        let pieces = [io::IoSlice::new(b"ij"), io::IoSlice::new(b"klm")];
        assert_eq!(stream.write_vectored(&pieces).await.unwrap(), 5);
        assert_eq!((meter.read(), meter.written()), (5, 8));
    }

    /// Only what a call delivers is counted, not what the buffer held before.
    #[tokio::test]
    async fn a_buffer_that_holds_something_counts_for_nothing() {
        let (mut stream, meter, mut peer) = metered();
        peer.write_all(b"abc").await.unwrap();
        let mut bytes = [0; 8];
        let mut buffer = ReadBuf::new(&mut bytes);
        buffer.put_slice(b"held ");
        std::future::poll_fn(|cx| Pin::new(&mut stream).poll_read(cx, &mut buffer))
            .await
            .unwrap();
        assert_eq!(buffer.filled(), b"held abc");
        assert_eq!(meter.read(), 3);
    }

    #[tokio::test]
    async fn reading_fails_from_the_limit_on() {
        let (mut stream, meter, mut peer) = metered();
        peer.write_all(b"abcde").await.unwrap();
        meter.limit_read(2);
        stream.read_exact(&mut [0; 2]).await.unwrap();
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("on and on"), "{error}");
        meter.limit_read(u64::MAX);
        assert_eq!(stream.read_u8().await.unwrap(), b'c');
    }

    /// A stream that has a buffer: what was written is only sent by a flush or
    /// a shutdown.
    #[tokio::test]
    async fn flush_and_shutdown_reach_the_stream() {
        let (ours, mut peer) = tokio::io::duplex(64);
        let (mut stream, _) = Metered::new(Box::new(tokio::io::BufWriter::new(ours)));
        assert!(stream.is_write_vectored());
        stream.write_all(b"ab").await.unwrap();
        stream.flush().await.unwrap();
        let mut seen = [0; 2];
        peer.read_exact(&mut seen).await.unwrap();
        assert_eq!(&seen, b"ab");
        stream.write_all(b"cd").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut rest = Vec::new();
        peer.read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, b"cd");
    }

    /// A stream that takes one piece at a time, which is what a stream does
    /// that says nothing about it.
    struct OneByOne(DuplexStream);

    impl AsyncRead for OneByOne {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }

    impl AsyncWrite for OneByOne {
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

    #[tokio::test]
    async fn several_pieces_are_offered_only_to_a_stream_that_takes_them() {
        let (ours, _peer) = tokio::io::duplex(64);
        let (stream, _) = Metered::new(Box::new(OneByOne(ours)));
        assert!(!stream.is_write_vectored());
        let (ours, _peer) = tokio::io::duplex(64);
        let (stream, _) = Metered::new(Box::new(ours));
        assert!(stream.is_write_vectored());
    }
}
