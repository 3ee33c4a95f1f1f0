//! A connection's line in the ledger, and how a connection is ended.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::timeout;

use crate::fault::named::Fault;
use crate::gateway::Gateway;
use crate::ledger::record::{ConnectionEnd, ExchangeEnd};
use crate::ledger::{ConnectionId, Ledger, RequestId};
use crate::wire::limits::{LINGER, Limits};
use crate::wire::script::Close;
use crate::wire::socket::Socket;

/// The connection's line in the ledger. Dropped, at the latest, with the connection's task, it
/// closes the line, whatever became of the task.
///
/// Wherever both are at hand the entry is declared before the socket, so that the socket is dropped
/// first: a closed line means a closed socket.
pub(super) struct Entry<'g> {
    ledger: &'g Ledger,
    id: ConnectionId,
    pub(super) received: u64,
    pub(super) sent: u64,
    pub(super) end: ConnectionEnd,
    pub(super) exchange: Option<Exchange>,
    pub(super) limits: Option<Limits>,
}

#[derive(Clone, Copy)]
pub(super) struct Exchange {
    pub(super) id: RequestId,
    sent_before: u64,
}

impl<'g> Entry<'g> {
    pub(super) fn new(
        gateway: &'g Gateway,
        peer: Option<SocketAddr>,
        fault: Option<Fault>,
        limits: Option<Limits>,
    ) -> Self {
        let fault = fault.map(|fault| fault.to_string());
        let ledger = &gateway.ledger;
        Self {
            ledger,
            id: ledger.connected(peer, gateway.tls.is_some(), fault),
            received: 0,
            sent: 0,
            end: ConnectionEnd::ShutDown,
            exchange: None,
            limits,
        }
    }

    pub(super) fn handshake_failed(&mut self, error: &str) {
        self.end = ConnectionEnd::HandshakeFailed;
        let error = error.to_owned();
        self.ledger
            .update_connection(self.id, |record| record.handshake_error = Some(error));
    }

    pub(super) fn begin_exchange(&mut self, index: u64) -> RequestId {
        let id = self.ledger.request_started(self.id, index);
        self.exchange = Some(Exchange {
            id,
            sent_before: self.sent,
        });
        id
    }

    pub(super) fn finish_exchange(&mut self, end: ExchangeEnd) {
        if let Some(Exchange { id, sent_before }) = self.exchange.take() {
            let (received, sent) = (self.received, self.sent);
            self.ledger.update_connection(self.id, |record| {
                record.bytes_received = received;
                record.bytes_sent = sent;
            });
            self.ledger.request_finished(id, sent - sent_before, end);
        }
    }
}

impl Drop for Entry<'_> {
    fn drop(&mut self) {
        self.finish_exchange(ExchangeEnd::ShutDown);
        let (received, sent) = (self.received, self.sent);
        self.ledger.update_connection(self.id, |record| {
            record.bytes_received = received;
            record.bytes_sent = sent;
        });
        self.ledger.disconnected(self.id, self.end);
    }
}

/// What comes within the time, if there is one.
pub(super) async fn in_time<T>(
    time: Option<Duration>,
    future: impl Future<Output = T>,
) -> Option<T> {
    match time {
        None => Some(future.await),
        Some(time) => timeout(time, future).await.ok(),
    }
}

/// Ends the connection. After a FIN, what still comes is read away, as unread bytes would turn the
/// FIN into a reset.
pub(super) async fn end<S: Socket>(
    socket: &mut S,
    how: Close,
    entry: &mut Entry<'_>,
) -> ConnectionEnd {
    let ended = match how {
        Close::Reset => {
            socket.arm_reset();
            return ConnectionEnd::Reset;
        }
        Close::Fin => socket.shutdown().await,
        Close::Truncate => socket.truncate().await,
    };
    if ended.is_ok() {
        let patience = entry.limits.map(|_| LINGER);
        in_time(patience, discard(socket, &mut entry.received)).await;
    }
    ConnectionEnd::Closed
}

/// Reads and counts until the peer is gone.
pub(super) async fn discard<S: Socket>(socket: &mut S, received: &mut u64) {
    let mut sink = [0_u8; 4096];
    while let Ok(count @ 1..) = socket.read(&mut sink).await {
        *received += count as u64;
    }
}
