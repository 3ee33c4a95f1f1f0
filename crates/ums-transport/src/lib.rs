//! Moves signed bytes to the UMS (银联商务) gateway, and proves how far they
//! went.
//!
//! A payment gateway without idempotency keys leaves one question after every
//! broken call: did it get the request? This transport answers it with a
//! count. It writes one request on one connection, once, and reports how many
//! of its bytes the connection accepted:
//!
//! | [`Delivery`] | what is known |
//! |---|---|
//! | [`NotSent`](Delivery::NotSent) | no byte left: sending again is safe |
//! | [`Partial`](Delivery::Partial) | some bytes left; a proxy on the way may have completed them |
//! | [`Complete`](Delivery::Complete) | the gateway may have acted, whatever happened then |
//!
//! What an error *says* is no proof: after the gateway has read a whole request
//! and closes, hyper reports the same `IncompleteMessage` as in several
//! harmless cases.
//!
//! # Two steps
//!
//! [`Transport::connect`] obtains a connection, and [`Connection::exchange`]
//! uses it for one request. In between, nothing is on the wire: the caller
//! signs with a fresh timestamp and records that it is about to send.
//!
//! # What it does not do
//!
//! No redirect is followed, nothing is sent again, no compression is asked for,
//! HTTP/2 is not negotiated, no environment variable is read, and no proxy is
//! used but the one that [`TransportBuilder::proxy`] names. TLS is rustls with
//! verification that nothing can switch off; plain `http` goes to this machine
//! only. The transport knows no UMS field and no signature.
//!
//! # Crate features
//!
//! * `platform-roots` (default): trust the operating system's certificate
//!   authorities. Without it, a private CA must be given for `https`.

#![forbid(unsafe_code)]

mod base_url;
mod connection;
mod dial;
mod error;
mod meter;
mod pool;
mod progress;
mod proxy;
mod tls;
mod transport;
mod tunnel;

pub use base_url::{BaseUrl, InvalidBaseUrl};
pub use connection::{Connection, Reply};
pub use dial::{Dial, Dialing, Stream};
pub use error::{Failure, FailureKind};
pub use progress::{Delivery, Phase, Progress, Timings};
pub use proxy::{InvalidProxy, Proxy};
pub use tls::{InvalidTrust, Trust};
pub use transport::{BuildError, Transport, TransportBuilder};
