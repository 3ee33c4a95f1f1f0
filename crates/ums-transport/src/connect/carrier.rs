//! What carries the bytes of a connection: a socket, TLS over a socket, or a stream that a
//! [`Connect`](crate::Connect) gave.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use crate::connect::Stream;
use crate::connect::send_fence::SendFence;

/// The stream of one connection, and what can be known beside it.
pub(crate) enum Carrier<T: Tcp = TcpStream> {
    Socket(Box<TokioIo<MaybeHttpsStream<TokioIo<Socket<T>>>>>),
    Given {
        stream: Box<dyn Stream>,
        /// A write that fails has taken nothing.
        fails_whole: bool,
        fence: Arc<SendFence>,
    },
}

impl<T: Tcp> Carrier<T> {
    pub(crate) fn socket(stream: MaybeHttpsStream<TokioIo<Socket<T>>>) -> Self {
        Self::Socket(Box::new(TokioIo::new(stream)))
    }

    /// How many bytes the socket below has taken, which under TLS are those after encryption.
    /// `None` where no socket is known.
    pub(crate) fn taken_by_socket(&self) -> Option<u64> {
        self.below().map(|(socket, _)| socket.written)
    }

    /// Whether a write that fails has taken nothing, or else the socket tells how much.
    pub(crate) fn fails_whole(&self) -> bool {
        match self {
            Self::Socket(_) => false,
            Self::Given { fails_whole, .. } => *fails_whole,
        }
    }

    /// What lies in the socket that nobody has been woken for yet. A socket is read only after the
    /// runtime was told that it can be; what came since then is not seen by reading.
    ///
    /// On a new connection TLS has messages of its own to read, which say nothing; on a connection
    /// that has served, it has none left.
    pub(crate) fn unread(&self, has_served: bool) -> io::Result<Unread> {
        match self.below() {
            Some((socket, encrypted)) if has_served || !encrypted => socket.tcp.unread(),
            _ => Ok(Unread::Nothing),
        }
    }

    /// The send window of what is written to it.
    pub(crate) fn fence(&self) -> &Arc<SendFence> {
        match self {
            Self::Socket(stream) => &lowest(stream.inner()).0.fence,
            Self::Given { fence, .. } => fence,
        }
    }

    /// The socket, and whether it is TLS that writes to it.
    fn below(&self) -> Option<(&Socket<T>, bool)> {
        match self {
            Self::Socket(stream) => Some(lowest(stream.inner())),
            Self::Given { .. } => None,
        }
    }

    fn stream(&mut self) -> Pin<&mut dyn Stream> {
        match self {
            Self::Socket(stream) => Pin::new(&mut **stream),
            Self::Given { stream, .. } => Pin::new(&mut **stream),
        }
    }
}

fn lowest<T: Tcp>(stream: &MaybeHttpsStream<TokioIo<Socket<T>>>) -> (&Socket<T>, bool) {
    match stream {
        MaybeHttpsStream::Http(socket) => (socket.inner(), false),
        MaybeHttpsStream::Https(tls) => (tls.inner().get_ref().0.inner().inner(), true),
    }
}

impl<T: Tcp> AsyncRead for Carrier<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream().poll_read(cx, buf)
    }
}

impl<T: Tcp> AsyncWrite for Carrier<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream().poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Socket(stream) => stream.is_write_vectored(),
            Self::Given { stream, .. } => stream.is_write_vectored(),
        }
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream().poll_write_vectored(cx, bufs)
    }
}

/// What lies unread in a socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unread {
    Nothing,
    Bytes,
    /// The peer has closed.
    End,
}

/// What a socket can tell and do beside its stream. Tests have sockets of their own, which break
/// where they are told to.
pub(crate) trait Tcp: Stream {
    fn unread(&self) -> io::Result<Unread>;

    /// Whether to throw away, when it is closed, what was written and has not arrived, and to tell
    /// the peer by a reset. Otherwise the system goes on sending it.
    fn reset_on_close(&self, resets: bool) -> io::Result<()>;

    /// Breaks the connection when what was written has not arrived after this long, be the process
    /// stopped or not. Some systems cannot.
    fn give_up_after(&self, limit: Duration) -> io::Result<()>;
}

impl Tcp for TcpStream {
    fn unread(&self) -> io::Result<Unread> {
        match SockRef::from(self).peek(&mut [MaybeUninit::uninit()]) {
            Ok(0) => Ok(Unread::End),
            Ok(_) => Ok(Unread::Bytes),
            Err(error) => match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(Unread::Nothing),
                _ => Err(error),
            },
        }
    }

    fn reset_on_close(&self, resets: bool) -> io::Result<()> {
        SockRef::from(self).set_linger(resets.then_some(Duration::ZERO))
    }

    #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
    fn give_up_after(&self, limit: Duration) -> io::Result<()> {
        // Zero would be the system's own limit, and the kernel counts milliseconds in 31 bits.
        const MOST: Duration = Duration::from_millis(i32::MAX as u64);
        let limit = limit.clamp(Duration::from_millis(1), MOST);
        SockRef::from(self).set_tcp_user_timeout(Some(limit))
    }

    #[cfg(not(any(target_os = "android", target_os = "fuchsia", target_os = "linux")))]
    fn give_up_after(&self, _: Duration) -> io::Result<()> {
        Ok(())
    }
}

/// A TCP connection that counts what it takes, takes nothing of a request that is late, and is
/// reset when it is closed before the request was answered.
pub(crate) struct Socket<T: Tcp = TcpStream> {
    tcp: T,
    written: u64,
    fence: Arc<SendFence>,
    resets: bool,
    /// After how long the system gives up what does not arrive. Zero is its own limit.
    gives_up_after: Duration,
}

impl<T: Tcp> Socket<T> {
    pub(crate) fn new(tcp: T, fence: Arc<SendFence>) -> Self {
        Self {
            tcp,
            written: 0,
            fence,
            resets: false,
            gives_up_after: Duration::ZERO,
        }
    }

    #[cfg(test)]
    pub(crate) fn set_fence(&mut self, fence: Arc<SendFence>) {
        self.fence = fence;
    }

    #[cfg(test)]
    pub(crate) fn tcp(&mut self) -> &mut T {
        &mut self.tcp
    }

    /// What is to be done before a write.
    ///
    /// Before the first of a request the system is told how long its bytes may be under way. That
    /// it is to reset the connection when it is closed it was told before the first of all: so it
    /// does whatever ends the process.
    fn prepare(&mut self) -> io::Result<()> {
        if let Some(left) = self.fence.news() {
            if !self.resets {
                self.tcp.reset_on_close(true)?;
                self.resets = true;
            }
            let limits = GivingUp::within(left);
            if !limits.allows(self.gives_up_after) {
                self.tcp.give_up_after(limits.target)?;
                self.gives_up_after = limits.target;
            }
        }
        self.fence.check()
    }

    fn count(&mut self, result: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(taken)) = result {
            self.written += *taken as u64;
        }
    }
}

impl<T: Tcp> Drop for Socket<T> {
    fn drop(&mut self) {
        if self.resets && self.fence.may_linger() {
            // If it fails the connection is reset, which is safe.
            let _ = self.tcp.reset_on_close(false);
        }
    }
}

/// After how long the system is to give up what was written, for a call with so much time left.
///
/// It counts from the first time that it sends again, which is a few hundred milliseconds after the
/// first, and what it gives up may have been sent to a queue below, where it looks for the address
/// of the next machine: for three seconds at the most. An eighth of the time is left for that,
/// which with the default of 30 seconds is enough, and half a second if there is as much.
///
/// A limit that is a little shorter than it could be is left as it is, so that calls of one timeout
/// do not tell the system anew each time.
struct GivingUp {
    most: Duration,
    target: Duration,
}

impl GivingUp {
    fn within(left: Duration) -> Self {
        const SLACK: Duration = Duration::from_millis(500);
        let most = left - (left / 8).max(SLACK.min(left / 2));
        Self {
            most,
            target: most - most / 16,
        }
    }

    fn allows(&self, limit: Duration) -> bool {
        (self.most - self.most / 8..=self.most).contains(&limit) && !limit.is_zero()
    }
}

impl<T: Tcp> Connection for Socket<T> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl<T: Tcp> AsyncRead for Socket<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl<T: Tcp> AsyncWrite for Socket<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.prepare()?;
        let result = Pin::new(&mut self.tcp).poll_write(cx, buf);
        self.count(&result);
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.tcp.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.prepare()?;
        let result = Pin::new(&mut self.tcp).poll_write_vectored(cx, bufs);
        self.count(&result);
        result
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::io::{AsyncWriteExt as _, DuplexStream};

    use super::*;
    use crate::boot_instant::SystemBootClock;

    /// What the system was told of a socket.
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum Told {
        Resets(bool),
        GivesUpAfter(Duration),
    }

    struct Telling(DuplexStream, Arc<Mutex<Vec<Told>>>);

    impl Tcp for Telling {
        fn unread(&self) -> io::Result<Unread> {
            Ok(Unread::Nothing)
        }

        fn reset_on_close(&self, resets: bool) -> io::Result<()> {
            self.1.lock().unwrap().push(Told::Resets(resets));
            Ok(())
        }

        fn give_up_after(&self, limit: Duration) -> io::Result<()> {
            self.1.lock().unwrap().push(Told::GivesUpAfter(limit));
            Ok(())
        }
    }

    impl AsyncRead for Telling {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.0).poll_read(cx, buf)
        }
    }

    impl AsyncWrite for Telling {
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

    /// A request with so many seconds left is written in two pieces. Returns what the system was
    /// told.
    async fn write(socket: &mut Socket<Telling>, seconds: u64) -> Vec<Told> {
        socket.fence.begin(None, Duration::from_secs(seconds));
        socket.write_all(b"ab").await.unwrap();
        socket.write_all(b"cd").await.unwrap();
        socket.fence.end();
        std::mem::take(&mut *socket.tcp.1.lock().unwrap())
    }

    fn socket() -> (Socket<Telling>, Arc<Mutex<Vec<Told>>>, DuplexStream) {
        let (ours, theirs) = tokio::io::duplex(1024);
        let told = Arc::new(Mutex::new(Vec::new()));
        let fence = SendFence::new(Arc::new(SystemBootClock));
        let socket = Socket::new(Telling(ours, Arc::clone(&told)), Arc::new(fence));
        (socket, told, theirs)
    }

    #[tokio::test]
    async fn the_system_is_told_when_the_time_differs_and_not_for_each_call() {
        let (mut socket, _, _theirs) = socket();
        let first = write(&mut socket, 30).await;
        let [Told::Resets(true), Told::GivesUpAfter(long)] = first[..] else {
            panic!("{first:?}");
        };
        let third = Duration::from_secs(30) / 8 * 7;
        assert!(long < third && long > third * 7 / 8, "{long:?}");
        // Two seconds more or less change nothing.
        for seconds in [30, 29, 31, 30] {
            assert_eq!(write(&mut socket, seconds).await, [], "{seconds}");
        }
        let shorter = write(&mut socket, 8).await;
        let [Told::GivesUpAfter(short)] = shorter[..] else {
            panic!("{shorter:?}");
        };
        assert!(short <= Duration::from_secs(7), "{short:?}");
        assert_eq!(write(&mut socket, 30).await.len(), 1);
    }

    /// Whatever is left of a call, the system gives up before its end, and at some time.
    #[test]
    fn the_system_gives_up_before_the_deadline() {
        let some = Duration::from_nanos(1);
        for millis in (0..3000).chain((3000..100_000).step_by(997)) {
            let left = Duration::from_millis(millis) + some;
            let limits = GivingUp::within(left);
            assert!(limits.allows(limits.target), "{left:?}");
            assert!(!limits.allows(Duration::ZERO));
            assert!(!limits.allows(limits.most + some), "{left:?}");
            let slack = left - limits.most;
            assert!(slack >= (left / 8).saturating_sub(some), "{left:?}");
            assert!(
                slack >= Duration::from_millis(500).min(left / 2),
                "{left:?}"
            );
            assert!(limits.target >= left / 3, "{left:?}");
        }
    }

    #[tokio::test]
    async fn a_connection_that_was_answered_is_closed_as_usual_and_any_other_reset() {
        let resets_at_last = |told: &Mutex<Vec<Told>>| {
            let told = told.lock().unwrap();
            let resets = told.iter().filter_map(|told| match told {
                Told::Resets(resets) => Some(*resets),
                Told::GivesUpAfter(_) => None,
            });
            resets.fold(false, |_, last| last)
        };
        let (unused, told, _theirs) = socket();
        drop(unused);
        assert!(!resets_at_last(&told));

        let (mut under_way, told, _theirs) = socket();
        under_way.fence.begin(None, Duration::from_secs(30));
        under_way.write_all(b"ab").await.unwrap();
        drop(under_way);
        assert!(resets_at_last(&told));

        let (mut answered, told, _theirs) = socket();
        exchange(&mut answered).await;
        answered.fence.come_to_rest();
        drop(answered);
        assert!(!resets_at_last(&told));

        let (mut again, told, _theirs) = socket();
        exchange(&mut again).await;
        again.fence.come_to_rest();
        exchange(&mut again).await;
        drop(again);
        assert!(resets_at_last(&told));
    }

    async fn exchange(socket: &mut Socket<Telling>) {
        socket.fence.begin(None, Duration::from_secs(30));
        socket.write_all(b"ab").await.unwrap();
        socket.fence.end();
    }
}
