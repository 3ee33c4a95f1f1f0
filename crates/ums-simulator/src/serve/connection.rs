//! One connection from its handshake to its end, and what faults make of the handshake.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_rustls::TlsAcceptor;

use crate::fault::named::Fault;
use crate::fault::spec::{AcceptFault, Effect, TlsFault};
use crate::gateway::Gateway;
use crate::ledger::record::ConnectionEnd;
use crate::serve::entry::{Entry, discard, end, in_time};
use crate::serve::link::Link;
use crate::wire::limits::Limits;
use crate::wire::script::Close;
use crate::wire::socket::{CutAfter, Socket};
use crate::wire::tls::Tls;

/// Serves a connection to its end; `fault` is what strikes the connection itself. What serves it is
/// large, and would be moved about whenever a task is made of it: it has a place of its own.
pub(crate) async fn serve<S: Socket>(
    gateway: &Arc<Gateway>,
    socket: S,
    peer: Option<SocketAddr>,
    fault: Option<Fault>,
    limits: Option<Limits>,
) {
    let entry = Entry::new(gateway, peer, fault, limits);
    match fault.map(|fault| fault.spec().effect) {
        Some(Effect::Refuse) => Box::pin(end_raw(entry, socket, Close::Fin)).await,
        Some(Effect::Accept(AcceptFault::Close(how))) => {
            Box::pin(end_raw(entry, socket, how)).await;
        }
        Some(Effect::Accept(AcceptFault::Silence)) => {
            Box::pin(Link::new(gateway, entry, socket).hold_unread()).await;
        }
        Some(Effect::Tls(tls_fault)) => {
            let parameter = fault.map_or(0, |fault| fault.parameter());
            let served = serve_bad_tls(gateway, entry, socket, tls_fault, parameter);
            Box::pin(served).await;
        }
        _ => match &gateway.tls {
            None => Box::pin(Link::new(gateway, entry, socket).serve()).await,
            Some(tls) => Box::pin(serve_tls(gateway, entry, socket, tls.acceptor())).await,
        },
    }
}

async fn serve_tls<S: Socket>(
    gateway: &Arc<Gateway>,
    mut entry: Entry<'_>,
    socket: S,
    acceptor: TlsAcceptor,
) {
    let patience = entry.limits.map(|limits| limits.request);
    match in_time(patience, acceptor.accept(socket)).await {
        Some(Ok(socket)) => Link::new(gateway, entry, socket).serve().await,
        Some(Err(error)) => entry.handshake_failed(&error.to_string()),
        None => entry.handshake_failed("it took too long"),
    }
}

async fn serve_bad_tls<S: Socket>(
    gateway: &Arc<Gateway>,
    mut entry: Entry<'_>,
    mut socket: S,
    fault: TlsFault,
    parameter: u64,
) {
    // A rule with a TLS fault is not armed without TLS.
    let Some(tls) = &gateway.tls else { return };
    match fault {
        TlsFault::Certificate(certificate) => match tls.wrong_acceptor(certificate) {
            Ok(acceptor) => serve_tls(gateway, entry, socket, acceptor).await,
            Err(error) => entry.handshake_failed(&error.to_string()),
        },
        TlsFault::Cut => {
            let error = cut_handshake(tls, socket, parameter).await;
            entry.handshake_failed(&error);
        }
        TlsFault::Stall => {
            let mut link = Link::new(gateway, entry, socket);
            link.discard_until_end().await;
            link.entry.end = ConnectionEnd::PeerClosed;
        }
        TlsFault::Reset | TlsFault::Alert | TlsFault::Garbage => {
            if let Err(error) = read_client_hello(&mut socket).await {
                entry.handshake_failed(&error.to_string());
                return;
            }
            let bytes: &[u8] = match fault {
                TlsFault::Alert => HANDSHAKE_FAILURE,
                TlsFault::Garbage => PLAIN_HTTP,
                _ => &[],
            };
            // If the peer is gone already, the end is noted all the same.
            let _ = socket.write_all(bytes).await;
            let how = if fault == TlsFault::Reset {
                Close::Reset
            } else {
                Close::Fin
            };
            end_raw(entry, socket, how).await;
        }
    }
}

/// A fatal alert (21), TLS 1.2 record, two bytes: fatal (2), handshake_failure (40).
const HANDSHAKE_FAILURE: &[u8] = &[21, 3, 3, 0, 2, 2, 40];

const PLAIN_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

/// Reads the first TLS record: five bytes of header, of which two say its length.
async fn read_client_hello<S: Socket>(socket: &mut S) -> io::Result<()> {
    let mut header = [0_u8; 5];
    socket.read_exact(&mut header).await?;
    let [_, _, _, high, low] = header;
    let mut rest = vec![0_u8; usize::from(u16::from_be_bytes([high, low]))];
    socket.read_exact(&mut rest).await.map(|_| ())
}

async fn cut_handshake<S: Socket>(tls: &Tls, mut socket: S, bytes: u64) -> String {
    let cut = CutAfter {
        stream: &mut socket,
        left: bytes,
    };
    let result = tls.acceptor().accept(cut).await;
    let error = match result {
        Ok(_) => "the handshake ended before the cut".to_owned(),
        Err(error) => error.to_string(),
    };
    let _ = socket.shutdown().await;
    discard(&mut socket, &mut 0).await;
    error
}

async fn end_raw<S: Socket>(mut entry: Entry<'_>, mut socket: S, how: Close) {
    entry.end = end(&mut socket, how, &mut entry).await;
}
