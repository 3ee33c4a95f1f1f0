//! Counts the bytes that cross a connection, and sees whether a reply comes before its request.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::connect::carrier::{Carrier, Tcp, Unread};
use crate::connect::send_fence::SendFence;

/// Totals of one connection, and where its present request lies in them. Only the call that holds
/// the connection moves them, so relaxed ordering is enough.
pub(crate) struct Meter {
    /// Bytes that the stream took or, where a write failed, may have taken.
    handed: Count,
    /// Bytes that were sent, as far as a socket tells; otherwise as `handed`. Encryption only adds
    /// to them, so no more bytes of requests left than these.
    left: Count,
    /// Of those handed over, the bytes that were flushed: none of them waits in a buffer.
    flushed: Count,
    read: Count,
    read_limit: Count,
    request: Request,
    /// Something was read while the present request was not wholly handed over and flushed.
    early: AtomicBool,
    fence: Arc<SendFence>,
}

/// The totals at the start of the present request, and those of `handed` at its end.
#[derive(Debug, Default)]
struct Request {
    handed: Count,
    left: Count,
    read: Count,
    end: Count,
    has_served: AtomicBool,
}

#[derive(Debug, Default)]
struct Count(AtomicU64);

impl Count {
    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    fn set(&self, total: u64) {
        self.0.store(total, Ordering::Relaxed);
    }

    fn add(&self, bytes: usize) {
        // Only one call moves a total.
        self.set(self.get() + bytes as u64);
    }
}

impl Meter {
    fn new(fence: Arc<SendFence>) -> Self {
        Self {
            handed: Count::default(),
            left: Count::default(),
            flushed: Count::default(),
            read: Count::default(),
            read_limit: Count(AtomicU64::new(u64::MAX)),
            request: Request::default(),
            early: AtomicBool::new(false),
            fence,
        }
    }

    /// A request of this size is the next to be written, on a connection that has served others or
    /// has not.
    pub(crate) fn begin(&self, size: u64, has_served: bool) {
        let request = &self.request;
        request.handed.set(self.handed.get());
        request.left.set(self.left.get());
        request.read.set(self.read.get());
        request.end.set(self.handed.get() + size);
        request.has_served.store(has_served, Ordering::Relaxed);
    }

    /// How much of the present request may have been sent: never less than was, and nothing if
    /// nothing did.
    pub(crate) fn request_written(&self) -> u64 {
        let request = &self.request;
        let handed = self.handed.get() - request.handed.get();
        let left = self.left.get() - request.left.get();
        let size = request.end.get() - request.handed.get();
        handed.min(left).min(size)
    }

    /// Whether the whole request was handed over and nothing of it waits in a buffer.
    pub(crate) fn is_request_flushed(&self) -> bool {
        self.flushed.get() >= self.request.end.get()
    }

    /// The limits of the present request.
    pub(crate) fn fence(&self) -> &SendFence {
        &self.fence
    }

    /// Bytes read since the present request began.
    pub(crate) fn reply_read(&self) -> u64 {
        self.read.get() - self.request.read.get()
    }

    /// Whether something came before the request was whole: it answers something else. From then on
    /// nothing more is written.
    pub(crate) fn is_early(&self) -> bool {
        self.early.load(Ordering::Relaxed)
    }

    /// Within the present request, reading fails once this many bytes were read.
    ///
    /// hyper takes in informational replies (1xx) within one turn for as long as more bytes are at
    /// hand, during which no deadline is looked at.
    pub(crate) fn limit_reply(&self, bytes: u64) {
        let limit = self.request.read.get().saturating_add(bytes);
        self.read_limit.set(limit);
    }

    fn check_read(&self) -> io::Result<()> {
        if self.read.get() < self.read_limit.get() {
            return Ok(());
        }
        Err(io::Error::new(io::ErrorKind::InvalidData, EndlessHead))
    }

    fn check_write(&self) -> io::Result<()> {
        if self.is_early() {
            return Err(io::Error::other(AnsweredBefore));
        }
        Ok(())
    }

    fn note_read(&self, bytes: usize) {
        self.read.add(bytes);
        if bytes > 0 && !self.is_request_flushed() {
            self.early.store(true, Ordering::Relaxed);
        }
    }

    /// Whether a request is about to be written of which no byte was offered yet.
    fn is_about_to_write(&self) -> bool {
        let request = &self.request;
        self.handed.get() == request.handed.get() && self.handed.get() < request.end.get()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the gateway sends on and on without a reply")]
struct EndlessHead;

#[derive(Debug, thiserror::Error)]
#[error("something came from the gateway before the request was sent")]
struct AnsweredBefore;

/// A stream whose accepted and delivered bytes are counted. Over TLS these are the bytes before
/// encryption and after decryption.
pub(crate) struct Metered<T: Tcp = TcpStream> {
    carrier: Carrier<T>,
    meter: Arc<Meter>,
}

impl<T: Tcp> Metered<T> {
    pub(crate) fn new(carrier: Carrier<T>) -> (Self, Arc<Meter>) {
        let meter = Arc::new(Meter::new(Arc::clone(carrier.fence())));
        let metered = Self {
            carrier,
            meter: Arc::clone(&meter),
        };
        metered.count_left();
        (metered, meter)
    }

    /// What a write of so many bytes came to.
    ///
    /// A write that is pending took none, as the same bytes are offered again. One that failed may
    /// have taken them all: TLS encrypts first and fails when it sends.
    fn count_written(&self, offered: usize, result: &Poll<io::Result<usize>>) {
        match result {
            Poll::Ready(Ok(accepted)) => self.meter.handed.add(*accepted),
            Poll::Ready(Err(_)) if !self.carrier.fails_whole() => self.meter.handed.add(offered),
            Poll::Ready(Err(_)) | Poll::Pending => {}
        }
        self.count_left();
    }

    fn count_left(&self) {
        let left = self.carrier.taken_by_socket();
        self.meter.left.set(left.unwrap_or(self.meter.handed.get()));
    }

    /// Whether something may be written now. A socket looks at the time by itself, at each of its
    /// writes; of a stream that was given it is done here, as what it does with the bytes is not
    /// seen.
    fn check_write(&self) -> io::Result<()> {
        self.meter.check_write()?;
        match self.carrier {
            Carrier::Socket(_) => Ok(()),
            Carrier::Given { .. } => self.meter.fence.check(),
        }
    }

    /// Looks past the runtime, which may not know yet what lies in the socket.
    fn poll_unread(&self) -> Poll<io::Result<()>> {
        let has_served = self.meter.request.has_served.load(Ordering::Relaxed);
        match self.carrier.unread(has_served)? {
            Unread::Nothing => Poll::Pending,
            Unread::End => Poll::Ready(Ok(())),
            Unread::Bytes => {
                self.meter.early.store(true, Ordering::Relaxed);
                Poll::Ready(self.meter.check_write())
            }
        }
    }
}

impl<T: Tcp> AsyncRead for Metered<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.meter.check_read()?;
        let before = buf.filled().len();
        let result = Pin::new(&mut self.carrier).poll_read(cx, buf);
        self.meter.note_read(buf.filled().len() - before);
        // TLS may send an alert here.
        self.count_left();
        if result.is_pending() && self.meter.is_about_to_write() {
            return self.poll_unread();
        }
        result
    }
}

impl<T: Tcp> AsyncWrite for Metered<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.check_write()?;
        let result = Pin::new(&mut self.carrier).poll_write(cx, buf);
        self.count_written(buf.len(), &result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_write()?;
        let result = Pin::new(&mut self.carrier).poll_flush(cx);
        self.count_left();
        if let Poll::Ready(Ok(())) = result {
            self.meter.flushed.set(self.meter.handed.get());
            if self.meter.is_request_flushed() {
                self.meter.fence.end();
            }
        }
        result
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check_write()?;
        let result = Pin::new(&mut self.carrier).poll_shutdown(cx);
        self.count_left();
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.carrier.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.check_write()?;
        let result = Pin::new(&mut self.carrier).poll_write_vectored(cx, bufs);
        self.count_written(bufs.iter().map(|buf| buf.len()).sum(), &result);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::boot_instant::{BootClock, BootInstant, SystemBootClock};
    use crate::connect::Stream;
    use crate::connect::carrier::Socket;
    use crate::connect::send_fence::Missed;
    use hyper_rustls::MaybeHttpsStream;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    fn metered() -> (Metered, Arc<Meter>, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(16);
        let (metered, meter) = over(ours);
        (metered, meter, theirs)
    }

    fn fence() -> Arc<SendFence> {
        Arc::new(SendFence::new(Arc::new(SystemBootClock)))
    }

    fn over(stream: impl Stream) -> (Metered, Arc<Meter>) {
        given(stream, true)
    }

    fn given(stream: impl Stream, fails_whole: bool) -> (Metered, Arc<Meter>) {
        Metered::new(Carrier::Given {
            stream: Box::new(stream),
            fails_whole,
            fence: fence(),
        })
    }

    #[tokio::test]
    async fn bytes_are_counted_both_ways() {
        let (mut stream, meter, mut peer) = metered();
        peer.write_all(b"abcde").await.unwrap();
        meter.begin(0, false);
        stream.read_exact(&mut [0; 2]).await.unwrap();
        stream.read_exact(&mut [0; 3]).await.unwrap();
        assert_eq!((meter.reply_read(), meter.request_written()), (5, 0));
        meter.begin(8, false);
        stream.write_all(b"fgh").await.unwrap();
        let pieces = [io::IoSlice::new(b"ij"), io::IoSlice::new(b"klm")];
        assert_eq!(stream.write_vectored(&pieces).await.unwrap(), 5);
        assert_eq!((meter.reply_read(), meter.request_written()), (0, 8));
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
        assert_eq!(meter.reply_read(), 3);
    }

    #[tokio::test]
    async fn reading_fails_from_the_limit_on() {
        let (mut stream, meter, mut peer) = metered();
        peer.write_all(b"abcde").await.unwrap();
        meter.limit_reply(2);
        stream.read_exact(&mut [0; 2]).await.unwrap();
        let error = stream.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert!(error.to_string().contains("on and on"), "{error}");
        meter.limit_reply(u64::MAX);
        assert_eq!(stream.read_u8().await.unwrap(), b'c');
    }

    /// Over a stream that takes what it is given and then fails, as TLS does, and one that is known
    /// not to.
    #[tokio::test]
    async fn a_write_that_fails_counts_as_taken_unless_it_is_known_not_to_be() {
        for (fails_whole, counted) in [(false, 9), (true, 4)] {
            for vectored in [false, true] {
                let (ours, theirs) = tokio::io::duplex(4);
                let (mut stream, meter) = given(ours, fails_whole);
                meter.begin(100, false);
                stream.write_all(b"abcd").await.unwrap();
                // Pending: the same bytes will be offered again.
                let mut cx = Context::from_waker(std::task::Waker::noop());
                let pending = Pin::new(&mut stream).poll_write(&mut cx, b"efghi");
                assert!(pending.is_pending());
                assert_eq!(meter.request_written(), 4);
                drop(theirs);
                if vectored {
                    let pieces = [io::IoSlice::new(b"ef"), io::IoSlice::new(b"ghi")];
                    stream.write_vectored(&pieces).await.unwrap_err();
                } else {
                    stream.write_all(b"efghi").await.unwrap_err();
                }
                assert_eq!(meter.request_written(), counted, "{fails_whole} {vectored}");
            }
        }
    }

    /// Whatever is offered, the count does not pass the request's own size.
    #[tokio::test]
    async fn no_more_is_counted_than_the_request_has() {
        let (ours, theirs) = tokio::io::duplex(4);
        let (mut stream, meter) = given(ours, false);
        drop(theirs);
        meter.begin(5, false);
        for _ in 0..3 {
            stream.write_all(b"abcde").await.unwrap_err();
        }
        assert_eq!(meter.request_written(), 5);
    }

    /// What is read counts against what was flushed, not against what was taken.
    #[tokio::test]
    async fn what_is_read_before_the_flush_is_early_and_ends_writing() {
        for (written, flushed, early) in [
            (&b""[..], true, true),
            (b"abc", true, true),
            (b"abcd", false, true),
            (b"abcd", true, false),
        ] {
            let (ours, mut theirs) = tokio::io::duplex(64);
            let (mut stream, meter) = over(tokio::io::BufWriter::new(ours));
            meter.begin(4, true);
            stream.write_all(written).await.unwrap();
            if flushed {
                stream.flush().await.unwrap();
            }
            assert_eq!(meter.is_request_flushed(), flushed && written.len() == 4);
            theirs.write_all(b"x").await.unwrap();
            assert_eq!(stream.read_u8().await.unwrap(), b'x');
            assert_eq!(meter.is_early(), early, "{written:?} {flushed}");
            assert_eq!(stream.write_all(b"y").await.is_err(), early);
            let pieces = [io::IoSlice::new(b"y")];
            assert_eq!(stream.write_vectored(&pieces).await.is_err(), early);
            assert_eq!(stream.flush().await.is_err(), early);
            assert_eq!(stream.shutdown().await.is_err(), early);
            assert_eq!(
                meter.request_written(),
                if early { written.len() as u64 } else { 4 }
            );
        }
    }

    /// A stream that has a buffer: what was written is only sent by a flush or a shutdown.
    #[tokio::test]
    async fn flush_and_shutdown_reach_the_stream() {
        let (ours, mut peer) = tokio::io::duplex(64);
        let (mut stream, _) = over(tokio::io::BufWriter::new(ours));
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

    /// A stream that takes one piece at a time, which is what a stream does that says nothing about
    /// it.
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
        let (stream, _) = over(OneByOne(ours));
        assert!(!stream.is_write_vectored());
        let (ours, _peer) = tokio::io::duplex(64);
        let (stream, _) = over(ours);
        assert!(stream.is_write_vectored());
    }

    /// A socket that takes so many bytes, at most so many at a time, and then fails or stalls.
    struct Breaking {
        left: usize,
        piece: usize,
        stalls: bool,
        sent: Arc<std::sync::Mutex<Vec<u8>>>,
        given: std::io::Cursor<Vec<u8>>,
    }

    impl Tcp for Breaking {
        fn unread(&self) -> io::Result<Unread> {
            Ok(Unread::Nothing)
        }

        fn reset_on_close(&self, _: bool) -> io::Result<()> {
            Ok(())
        }

        fn give_up_after(&self, _: Duration) -> io::Result<()> {
            Ok(())
        }
    }

    impl AsyncRead for Breaking {
        fn poll_read(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            let before = buf.filled().len();
            let given = io::Read::read(&mut self.given, buf.initialize_unfilled())?;
            buf.set_filled(before + given);
            if given == 0 {
                Poll::Pending
            } else {
                Poll::Ready(Ok(()))
            }
        }
    }

    impl AsyncWrite for Breaking {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            if self.left == 0 {
                return match self.stalls {
                    true => Poll::Pending,
                    false => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                };
            }
            let taken = buf.len().min(self.left).min(self.piece);
            self.left -= taken;
            self.sent.lock().unwrap().extend_from_slice(&buf[..taken]);
            Poll::Ready(Ok(taken))
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    fn breaking(piece: usize, sent: Arc<std::sync::Mutex<Vec<u8>>>) -> Breaking {
        Breaking {
            left: usize::MAX,
            piece,
            stalls: false,
            sent,
            given: io::Cursor::default(),
        }
    }

    type Tls = tokio_rustls::client::TlsStream<TokioIo<TokioIo<Socket<Breaking>>>>;

    /// Both ends after a handshake: a client that writes to a socket which breaks, and a server to
    /// decrypt what was sent.
    fn handshake(
        left: usize,
        piece: usize,
        stalls: bool,
    ) -> (
        Tls,
        rustls::ServerConnection,
        Arc<std::sync::Mutex<Vec<u8>>>,
    ) {
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = rustls_pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let server = rustls::ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.unwrap())
            .unwrap();
        let mut roots = rustls::RootCertStore::empty();
        roots.add(made.cert.der().clone()).unwrap();
        let client = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut server = rustls::ServerConnection::new(Arc::new(server)).unwrap();

        let sent = Arc::new(std::sync::Mutex::new(Vec::new()));
        let socket = Socket::new(breaking(usize::MAX, Arc::clone(&sent)), fence());
        let name = "localhost".try_into().unwrap();
        let connecting = tokio_rustls::TlsConnector::from(Arc::new(client));
        let mut connecting = Box::pin(connecting.connect(name, TokioIo::new(TokioIo::new(socket))));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut client = loop {
            if let Poll::Ready(client) = connecting.as_mut().poll(&mut cx) {
                break client.unwrap();
            }
            let given = std::mem::take(&mut *sent.lock().unwrap());
            feed(&mut server, &given);
            let mut answer = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut answer).unwrap();
            }
            let socket = connecting.get_mut().unwrap().inner_mut().inner_mut();
            socket.tcp().given.get_mut().extend(answer);
        };
        let given = std::mem::take(&mut *sent.lock().unwrap());
        feed(&mut server, &given);
        let socket = client.get_mut().0.inner_mut().inner_mut().tcp();
        (socket.left, socket.piece, socket.stalls) = (left, piece, stalls);
        (client, server, sent)
    }

    /// What the server decrypts of these bytes.
    fn feed(server: &mut rustls::ServerConnection, mut bytes: &[u8]) -> usize {
        let mut decrypted = 0;
        while !bytes.is_empty() {
            server.read_tls(&mut bytes).unwrap();
            let state = server.process_new_packets().unwrap();
            let mut plain = vec![0; state.plaintext_bytes_to_read()];
            io::Read::read_exact(&mut server.reader(), &mut plain).unwrap();
            decrypted += plain.len();
        }
        decrypted
    }

    /// The socket below TLS breaks or stalls at each of many bytes, and takes one piece or several
    /// for what TLS sends in one go. TLS says of a write that fails that it took nothing.
    #[test]
    fn over_tls_the_count_is_never_below_what_the_server_can_read() {
        const SIZE: usize = 40 * 1024;
        let request = vec![b'x'; SIZE];
        let mut understated_by_tls = 0;
        for stalls in [false, true] {
            for piece in [usize::MAX, 1500] {
                let ends = (0..24).chain((24..SIZE + 200).step_by(997));
                for left in ends {
                    let (client, mut server, sent) = handshake(left, piece, stalls);
                    let carrier = Carrier::socket(MaybeHttpsStream::Https(TokioIo::new(client)));
                    let (mut stream, meter) = Metered::new(carrier);
                    meter.begin(SIZE as u64, false);
                    let mut cx = Context::from_waker(std::task::Waker::noop());
                    let mut accepted = 0;
                    while accepted < SIZE {
                        let rest = &request[accepted..];
                        match Pin::new(&mut stream).poll_write(&mut cx, rest) {
                            Poll::Ready(Ok(more)) => accepted += more,
                            _ => break,
                        }
                    }
                    let flushed = Pin::new(&mut stream).poll_flush(&mut cx);
                    let sent = std::mem::take(&mut *sent.lock().unwrap());
                    let decrypted = feed(&mut server, &sent);
                    let counted = meter.request_written();
                    let case = format!("{left} {piece} {stalls}: {decrypted} {counted}");
                    assert!(counted >= decrypted as u64, "{case}");
                    assert!(counted <= sent.len() as u64, "{case}");
                    assert_eq!(counted == 0, sent.is_empty(), "{case}");
                    let whole = matches!(flushed, Poll::Ready(Ok(())));
                    assert_eq!(meter.is_request_flushed(), whole, "{case}");
                    assert_eq!(decrypted == SIZE, whole, "{case}");
                    understated_by_tls += usize::from(accepted < decrypted);
                }
            }
        }
        assert!(understated_by_tls > 20, "{understated_by_tls}");
    }

    /// A clock that shows the end of every window from its so many-th reading on.
    struct RunsOut(AtomicU64);

    impl BootClock for RunsOut {
        fn now(&self) -> BootInstant {
            let left = self.0.load(Ordering::Relaxed);
            self.0.store(left.saturating_sub(1), Ordering::Relaxed);
            BootInstant::from_ticks(Duration::from_secs(if left == 0 { 100 } else { 1 }))
        }
    }

    fn running_out(readings: u64) -> Arc<SendFence> {
        let clock = Arc::new(RunsOut(AtomicU64::new(u64::MAX)));
        let fence = SendFence::new(Arc::clone(&clock) as Arc<dyn BootClock>);
        let window = BootInstant::from_ticks(Duration::from_secs(5));
        fence.begin(Some(window), Duration::from_secs(1000));
        clock.0.store(readings, Ordering::Relaxed);
        Arc::new(fence)
    }

    /// Writes and flushes as far as it goes. Returns the bytes that were counted, and whether they
    /// are all.
    fn write_out(carrier: Carrier<Breaking>, request: &[u8]) -> (u64, bool) {
        let (mut stream, meter) = Metered::new(carrier);
        meter.begin(request.len() as u64, false);
        let mut cx = Context::from_waker(std::task::Waker::noop());
        let mut accepted = 0;
        while accepted < request.len() {
            match Pin::new(&mut stream).poll_write(&mut cx, &request[accepted..]) {
                Poll::Ready(Ok(more)) => accepted += more,
                _ => break,
            }
        }
        let flushed = Pin::new(&mut stream).poll_flush(&mut cx);
        let _ = Pin::new(&mut stream).poll_shutdown(&mut cx);
        let flushed = matches!(flushed, Poll::Ready(Ok(())));
        (
            meter.request_written(),
            flushed && accepted == request.len(),
        )
    }

    /// The clock is read before each write to the socket, those of one write of TLS included: a
    /// window that ends after so many of them lets through so many.
    #[test]
    fn the_window_is_looked_at_before_each_write_to_the_socket() {
        const SIZE: usize = 40 * 1024;
        const PIECE: usize = 1500;
        let request = vec![b'x'; SIZE];
        for tls in [false, true] {
            let mut whole = 0;
            for readings in 0..50 {
                let fence = running_out(readings);
                let (carrier, sent) = if tls {
                    let (mut client, _, sent) = handshake(usize::MAX, PIECE, false);
                    let socket = client.get_mut().0.inner_mut().inner_mut();
                    socket.set_fence(Arc::clone(&fence));
                    let client = MaybeHttpsStream::Https(TokioIo::new(client));
                    (Carrier::socket(client), sent)
                } else {
                    let sent = Arc::new(std::sync::Mutex::new(Vec::new()));
                    let socket = breaking(PIECE, Arc::clone(&sent));
                    let socket = TokioIo::new(Socket::new(socket, Arc::clone(&fence)));
                    (Carrier::socket(MaybeHttpsStream::Http(socket)), sent)
                };
                let (written, flushed) = write_out(carrier, &request);
                let left = sent.lock().unwrap().len();
                let case = format!("{tls} {readings}: {left} {written}");
                assert!(left <= readings as usize * PIECE, "{case}");
                assert_eq!(written == 0, left == 0, "{case}");
                assert_eq!(fence.missed().is_some(), !flushed, "{case}");
                if flushed {
                    whole += 1;
                } else {
                    // Nothing was held back without need. TLS sends each record by itself.
                    assert!(left + 12 * 1024 > readings as usize * PIECE, "{case}");
                    assert_eq!(fence.missed(), Some(Missed::SendWindow), "{case}");
                }
            }
            assert!((5..30).contains(&whole), "{tls} {whole}");
        }
    }

    /// A stream that was given may have a buffer, which a flush or a shutdown sends.
    #[tokio::test]
    async fn of_a_stream_that_was_given_the_window_is_looked_at_too() {
        for readings in 0..3 {
            let (ours, mut theirs) = tokio::io::duplex(64);
            let fence = running_out(readings);
            // Nobody asks here for how long the system may try.
            fence.news();
            let (mut stream, meter) = Metered::<TcpStream>::new(Carrier::Given {
                stream: Box::new(tokio::io::BufWriter::new(ours)),
                fails_whole: true,
                fence,
            });
            meter.begin(8, false);
            assert_eq!(stream.write_all(b"abcd").await.is_ok(), readings > 0);
            let pieces = [io::IoSlice::new(b"ef"), io::IoSlice::new(b"gh")];
            assert_eq!(stream.write_vectored(&pieces).await.is_ok(), readings > 1);
            assert!(stream.flush().await.is_err());
            assert!(stream.shutdown().await.is_err());
            drop(stream);
            let mut seen = Vec::new();
            theirs.read_to_end(&mut seen).await.unwrap();
            assert_eq!(seen, b"");
            assert_eq!(meter.request_written(), 4 * readings);
        }
    }
}
