//! Moves signed bytes to the UMS (银联商务) gateway, and proves how far they went.
//!
//! A payment gateway without idempotency keys leaves one question after every broken call: did it
//! get the request? This transport answers it with a count. It writes one request on one
//! connection, once, and reports how many of its bytes may have been sent:
//!
//! | [`Delivery`] | what is known |
//! |---|---|
//! | [`NotSent`](Delivery::NotSent) | no byte was written: sending again is safe |
//! | [`Partial`](Delivery::Partial) | some bytes may have been sent; a proxy on the way may have completed them |
//! | [`Complete`](Delivery::Complete) | the gateway may have acted, whatever happened then |
//!
//! What an error *says* is no proof: after the gateway has read a whole request and closes, hyper
//! reports the same `IncompleteMessage` as in several harmless cases.
//!
//! # Two steps
//!
//! [`Transport::connect`] obtains a connection, and [`Connection::exchange`] uses it for one
//! request. In between, nothing is on the wire: the caller signs with a fresh timestamp and records
//! that it is about to send.
//!
//! # Late
//!
//! A request that is written late, or arrives late, may be carried out when it is believed to be
//! over. So:
//!
//! * [`Connection::exchange_by`] takes a moment by which the request is written, of a clock that
//!   counts while the machine is suspended ([`BootInstant`]). The clock is read before each write
//!   to the socket, below TLS; from that moment on, and from the deadline on, nothing more is
//!   written.
//! * A connection with a call in flight is reset by whatever closes it, the end of the process
//!   included: the system throws away what it has not sent. One whose reply was
//!   [kept](UsedConnection::keep) is closed as usual.
//! * On Linux and Android the system gives up what does not arrive some time before the deadline
//!   (`TCP_USER_TIMEOUT`; an eighth of the time, or half a second), whether the process runs or
//!   not. It is told with the first request, and again only when a call's time differs by more than
//!   a sixteenth or so: a call over a pooled connection mostly costs no system call for that, and
//!   never more than one.
//!
//! What remains is as long as its cause lasts: a process stopped between the look at the clock and
//! the write after it, a virtual machine paused by its host, bytes that a proxy or a network has
//! already taken, and a system that is suspended with bytes written. A request of several packets
//! that a gateway takes bit by bit starts the system's patience anew with each; the process itself
//! resets it at the deadline. Of a stream that a [`Connect`] gave, the clock is looked at before
//! each write, and the rest is its own.
//!
//! # Which reply is the answer
//!
//! HTTP/1.1 says by order alone which request a reply answers. So nothing is taken for a reply that
//! was read before its request was written, encrypted and flushed; nothing that ends in two places
//! ([`Reply`]); and no connection serves again unless the reader of its reply says that it believes
//! it ([`UsedConnection::keep`]). What an idle connection says unasked ends it, even when the
//! runtime does not know of it yet. What a gateway says unasked after the next request was written
//! cannot be told from its reply by anyone but the reader of both.
//!
//! # Several runtimes
//!
//! A transport may be shared by any number of tokio runtimes. Each has idle connections and timers
//! of its own, which end with it.
//!
//! # What it does not do
//!
//! No redirect is followed, nothing is sent again, no compression is asked for, HTTP/2 is not
//! negotiated, no environment variable is read, and no proxy is used but the one that
//! [`TransportBuilder::proxy`] names. TLS is rustls with verification that nothing can switch off;
//! plain `http` goes to this machine only. The transport knows no UMS field and no signature.
//!
//! # Crate features
//!
//! * `platform-roots` (default): trust the operating system's certificate authorities. Without it,
//!   a private CA must be given for `https`.

#![forbid(unsafe_code)]

mod boot_instant;
mod connect;
mod connection;
mod deadline;
mod error;
mod progress;
mod runtime;
mod transport;

pub use boot_instant::{BootClock, BootInstant, SystemBootClock};
pub use connect::base_url::{BaseUrl, InvalidBaseUrl};
pub use connect::proxy::{InvalidProxy, Proxy};
pub use connect::tls::{InvalidTrust, Trust};
pub use connect::{Connect, ConnectFuture, Stream};
pub use connection::{Connection, Reply, UsedConnection};
pub use error::{TransportError, TransportErrorKind};
pub use progress::{Delivery, Phase, Progress, Timings};
pub use transport::{Transport, TransportBuildError, TransportBuilder};
