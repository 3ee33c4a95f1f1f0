//! Asking a proxy for a tunnel: `CONNECT`, and what comes back.

use std::future::{Future, poll_fn};
use std::pin::pin;

use bytes::Bytes;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Request, StatusCode, Uri};
use http_body_util::Empty;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::connect::proxy::Way;
use crate::error::BoxError;

/// Why there is no tunnel. Nothing but the gateway's address was sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TunnelError {
    #[error("no connection to the proxy {address}")]
    Unreachable {
        address: String,
        #[source]
        source: BoxError,
    },
    #[error(
        "the proxy {address} answered with status {}: check the user name and password for it",
        StatusCode::PROXY_AUTHENTICATION_REQUIRED.as_u16()
    )]
    Credentials { address: String },
    #[error("the proxy {address} answered with status {status}")]
    Refused { address: String, status: u16 },
    #[error("the proxy {address} sent something before the gateway could")]
    Spoke { address: String },
    #[error("the proxy {address} opened no tunnel")]
    Broken {
        address: String,
        #[source]
        source: BoxError,
    },
}

/// Turns a connection to a proxy into one to the gateway.
pub(crate) async fn open(
    stream: TokioIo<TcpStream>,
    way: &Way,
    gateway: &Uri,
) -> Result<TokioIo<TcpStream>, TunnelError> {
    let address = way.address();
    let broken = |source: BoxError| TunnelError::Broken {
        address: way.address(),
        source,
    };
    let request = connect_request(gateway, way.authorization()).map_err(|e| broken(e.into()))?;
    let (mut sender, driver) = http1::Builder::new()
        .max_header_size(MAX_HEAD)
        .handshake::<_, Empty<Bytes>>(stream)
        .await
        .map_err(|error| broken(error.into()))?;
    let exchange = async {
        let reply = sender.send_request(request).await?;
        let status = reply.status();
        if status.is_success() {
            hyper::upgrade::on(reply).await.map(Ok)
        } else {
            Ok(Err(status))
        }
    };
    let upgraded = match alongside(driver.with_upgrades(), exchange)
        .await
        .map_err(|error: hyper::Error| broken(error.into()))?
    {
        Ok(upgraded) => upgraded,
        Err(StatusCode::PROXY_AUTHENTICATION_REQUIRED) => {
            return Err(TunnelError::Credentials { address });
        }
        Err(status) => {
            let status = status.as_u16();
            return Err(TunnelError::Refused { address, status });
        }
    };
    match upgraded.downcast::<TokioIo<TcpStream>>() {
        Ok(parts) if parts.read_buf.is_empty() => Ok(parts.io),
        // In TLS the client speaks first: this is not the gateway's.
        _ => Err(TunnelError::Spoke { address }),
    }
}

/// Larger than the head of any honest answer to CONNECT.
const MAX_HEAD: usize = 64 * 1024;

fn connect_request(
    gateway: &Uri,
    authorization: Option<&HeaderValue>,
) -> Result<Request<Empty<Bytes>>, http::Error> {
    let host = gateway.host().unwrap_or_default();
    let port = gateway.port_u16().unwrap_or(443);
    let target = format!("{host}:{port}");
    let mut request = Request::connect(&target).header(HOST, &target);
    if let Some(authorization) = authorization {
        request = request.header(PROXY_AUTHORIZATION, authorization);
    }
    request.body(Empty::new())
}

/// Drives a connection for as long as something goes on upon it.
async fn alongside<T>(driver: impl Future, work: impl Future<Output = T>) -> T {
    let mut driver = pin!(driver);
    let mut work = pin!(work);
    let mut driving = true;
    poll_fn(|cx| {
        if driving && driver.as_mut().poll(cx).is_ready() {
            driving = false;
        }
        work.as_mut().poll(cx)
    })
    .await
}
