//! What the ledger says of a connection, of a request, and of them all.

use std::net::SocketAddr;

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::access::authorization::SignatureVerdict;
use crate::book::change::Change;
use crate::operation::table::SimulatedOperation;

/// A copy of the ledger at one moment; serialize it for the JSON export.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Snapshot {
    /// Counts since the start.
    pub totals: Totals,
    /// Connections in the order in which they were accepted.
    pub connections: Vec<ConnectionRecord>,
    /// Requests in the order in which their first bytes came.
    pub requests: Vec<LedgerRequest>,
}

/// Counts since the start of the simulator. Control calls are not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Totals {
    /// Connections accepted.
    pub connections: u64,
    /// Connections that are still open.
    pub open_connections: u64,
    /// Requests of which at least one byte came.
    pub requests: u64,
    /// Requests whose head and body came whole.
    pub complete_requests: u64,
    /// Requests whose exchange is over, whatever its end.
    pub finished_requests: u64,
    /// Requests that moved money, or set it aside: payments, voids and refunds, and what makes,
    /// completes or voids a hold (担保).
    pub applied: u64,
    /// Complete requests that are still to be executed, as a fault that applies late has it, and
    /// payments and holds that still wait for their payer or their completion.
    pub waiting: u64,
    /// Complete requests that a fault struck.
    pub faults: u64,
    /// Connections that were closed at once, because there were too many. They count as nothing
    /// else.
    pub turned_away: u64,
    /// Requests whose records a bounded ledger has forgotten.
    pub forgotten_requests: u64,
    /// Connections whose records a bounded ledger has forgotten.
    pub forgotten_connections: u64,
}

/// One connection.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ConnectionRecord {
    /// Counted from 0 since the start.
    pub id: u64,
    /// The peer's address; none on an in-memory connection.
    pub peer: Option<SocketAddr>,
    /// Whether it is (or was to be) TLS.
    pub tls: bool,
    /// The fault that struck the connection itself.
    pub fault: Option<String>,
    /// Wall time of acceptance.
    pub opened: DateTime<Utc>,
    /// Microseconds from the simulator's start to acceptance.
    pub opened_us: u64,
    /// Microseconds from the simulator's start to the end.
    pub closed_us: Option<u64>,
    /// Requests of which at least one byte came.
    pub requests: u64,
    /// Bytes received, inside TLS if there is TLS.
    pub bytes_received: u64,
    /// Bytes sent, inside TLS if there is TLS.
    pub bytes_sent: u64,
    /// Why the TLS handshake failed, if it did.
    pub handshake_error: Option<String>,
    /// How it ended.
    pub end: ConnectionEnd,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConnectionEnd {
    /// The simulator closed it in order (FIN).
    Closed,
    /// The TLS handshake failed.
    HandshakeFailed,
    /// It is still open.
    #[default]
    Open,
    /// The peer closed it.
    PeerClosed,
    /// Reading or writing failed, as after a reset by the peer.
    PeerFailed,
    /// The simulator reset it (RST); an in-memory connection is dropped.
    Reset,
    /// The simulator was shut down, or its task dropped.
    ShutDown,
}

/// One request.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct LedgerRequest {
    /// Counted from 0 since the start.
    pub id: u64,
    /// The connection's number.
    pub connection: u64,
    /// 0 for the first request of its connection; more means a reused connection.
    pub index_on_connection: u64,
    /// Wall time of the first byte.
    pub started: DateTime<Utc>,
    /// Microseconds from the simulator's start to the first byte.
    pub started_us: u64,
    /// Microseconds to the last byte of the body.
    pub complete_us: Option<u64>,
    /// Microseconds to the end of the exchange. The peer may have read the whole reply a moment
    /// before this is noted.
    pub finished_us: Option<u64>,
    /// Bytes of this request that were received, framing included.
    pub bytes_received: u64,
    /// Of these, the bytes of the head with its empty line, once it is complete.
    pub head_bytes: u64,
    /// Bytes of the body, without chunk framing, once it is complete.
    pub body_bytes: u64,
    /// Whether the whole head came.
    pub head_complete: bool,
    /// Whether the whole body came.
    pub body_complete: bool,
    /// The method, once the head is complete.
    pub method: String,
    /// The path, once the head is complete.
    pub path: String,
    /// The `Authorization` header as received; its signature is no secret.
    pub authorization: Option<String>,
    /// What the check of the signature found; none if it was not reached.
    pub signature: Option<SignatureVerdict>,
    /// The body, if the simulator was told to keep bodies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// The operation, by the path; none on a path of none.
    pub operation: Option<SimulatedOperation>,
    /// The order the request names: the UMS order id, or else the merchant order id.
    pub order: Option<String>,
    /// The money that the request moved.
    pub applied: Option<Change>,
    /// Microseconds from the simulator's start to that movement. Later than `complete_us` where a
    /// fault applied the request late.
    pub applied_us: Option<u64>,
    /// `errCode` that the order book decided, whatever was said on the wire; none where it was not
    /// asked, or not yet.
    pub decided_code: Option<String>,
    /// Whether the request is still to be executed, as a fault that applies late has it, or is a
    /// payment that still waits for its payer.
    pub waiting: bool,
    /// The fault that struck it, with its parameter.
    pub fault: Option<String>,
    /// Status of the reply that was begun.
    pub reply_status: Option<u16>,
    /// `errCode` of the reply that was begun.
    pub reply_code: Option<String>,
    /// Bytes of the reply that the connection took, head included.
    pub reply_bytes_sent: u64,
    /// How the exchange ended.
    pub end: ExchangeEnd,
}

/// How an exchange ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ExchangeEnd {
    /// The simulator closed the connection in order (FIN) before or after replying.
    Closed,
    /// It is not over.
    #[default]
    Pending,
    /// The peer went away first.
    PeerGone,
    /// The reply went out and the connection stayed open.
    Replied,
    /// The simulator reset the connection (RST).
    Reset,
    /// The simulator was shut down, or its task dropped.
    ShutDown,
}
