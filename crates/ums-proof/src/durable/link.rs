//! Connections of a process: each write is a step at which it may die or stand still, and is seen.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use ums_client::transport::{Connect, ConnectFuture};

use super::book::Book;
use super::process::Process;
use crate::history::link::Links;
use crate::history::witness::Witness;

/// Dials for one process.
pub(crate) struct ProcessLinks {
    pub(crate) links: Links,
    pub(crate) process: Process,
    pub(crate) witness: Witness,
    pub(crate) book: Book,
}

impl Connect for ProcessLinks {
    fn connect(&self) -> ConnectFuture {
        let dialed = self.links.connect();
        let (process, witness, book) = (
            self.process.clone(),
            self.witness.clone(),
            self.book.clone(),
        );
        Box::pin(async move {
            process.step("dialling").await;
            let stream = dialed.await?;
            Ok(Box::new(ProcessLink {
                stream,
                process,
                witness,
                book,
                request: Vec::new(),
                nonce: None,
                answered: false,
            }) as _)
        })
    }

    fn fails_whole(&self) -> bool {
        self.links.fails_whole()
    }
}

struct ProcessLink<S> {
    stream: S,
    process: Process,
    witness: Witness,
    book: Book,
    /// The request under way, as far as it has left, until its nonce was found.
    request: Vec<u8>,
    nonce: Option<String>,
    /// Whether something was read since: the next write begins another request.
    answered: bool,
}

impl<S> ProcessLink<S> {
    fn wrote(&mut self, bytes: &[u8]) {
        if std::mem::take(&mut self.answered) {
            self.request.clear();
            self.nonce = None;
        }
        if self.nonce.is_none() {
            self.request.extend_from_slice(bytes);
            self.nonce = nonce_in(&self.request);
        }
        if let Some(nonce) = &self.nonce {
            self.book.wrote(nonce, self.witness.elapsed());
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ProcessLink<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.process.poll_runs(cx));
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.answered |= buf.filled().len() > before;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ProcessLink<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.process.poll_step("a write", cx));
        let count = ready!(Pin::new(&mut self.stream).poll_write(cx, buf))?;
        self.wrote(buf.get(..count).unwrap_or_default());
        Poll::Ready(Ok(count))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.process.poll_step("a flush", cx));
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// The nonce in the bytes of a request, once it is there as a whole.
fn nonce_in(request: &[u8]) -> Option<String> {
    const BEFORE: &[u8] = b"Nonce=\"";
    let place = request
        .windows(BEFORE.len())
        .position(|part| part == BEFORE)?;
    let rest = request.get(place + BEFORE.len()..)?;
    let end = rest.iter().position(|byte| *byte == b'"')?;
    String::from_utf8(rest.get(..end)?.to_vec()).ok()
}

/// The nonce in an `Authorization` header.
pub(crate) fn nonce_of(authorization: &str) -> Option<String> {
    nonce_in(authorization.as_bytes())
}
