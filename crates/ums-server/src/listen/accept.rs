//! Connections: accepted, served within their limits, and brought to their end.

use std::convert::Infallible;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tower_service::Service as _;

use crate::access::slow::Peer;
use crate::app::App;
use crate::guard::{self, HostNames};
use crate::limits::{MOST_FIELDS, MOST_HEAD};
use crate::listen::place::Listener;
use crate::listen::tls::Tls;
use crate::problem::Problem;

/// What a connection is served from.
pub(crate) struct Served {
    pub(crate) app: Arc<App>,
    pub(crate) routes: Router,
    pub(crate) hosts: HostNames,
    pub(crate) tls: Option<Arc<Tls>>,
}

/// Accepts connections until `ends` says so, and serves each until it has ended: its requests are
/// answered first. What has not ended after the limit is broken off.
pub(crate) async fn accept(
    listener: Listener,
    served: Arc<Served>,
    mut ends: watch::Receiver<Ends>,
) {
    let places = Arc::new(Semaphore::new(served.app.limits.connections));
    let mut connections = JoinSet::new();
    let begins = ends.clone();
    loop {
        let place = tokio::select! {
            biased;
            () = is(&mut ends, |ends| ends != Ends::No) => break,
            place = Arc::clone(&places).acquire_owned() => place,
        };
        let Ok(place) = place else { break };
        while connections.try_join_next().is_some() {}
        tokio::select! {
            biased;
            () = is(&mut ends, |ends| ends != Ends::No) => break,
            accepted = next(&listener, &served, &begins, place) => match accepted {
                Ok(connection) => { connections.spawn(connection); }
                Err(error) => {
                    // Too many open files, as a rule, which passes.
                    tracing::warn!(%error, "no connection can be accepted");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            },
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    tokio::select! {
        () = all => {}
        () = is(&mut ends, |ends| ends == Ends::AtOnce) => {}
    }
    connections.shutdown().await;
}

/// Whether a server is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ends {
    No,
    /// When each connection has had its answer.
    Answered,
    AtOnce,
}

/// Ready when that is so, or when nobody is left to say so.
async fn is(ends: &mut watch::Receiver<Ends>, what: impl Fn(Ends) -> bool) {
    let _ = ends.wait_for(|ends| what(*ends)).await;
}

type Connection = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn next(
    listener: &Listener,
    served: &Arc<Served>,
    ends: &watch::Receiver<Ends>,
    place: OwnedSemaphorePermit,
) -> std::io::Result<Connection> {
    let (served, ends) = (Arc::clone(served), ends.clone());
    match listener {
        Listener::Tcp(listener) => {
            let (stream, peer) = listener.accept().await?;
            let _ = stream.set_nodelay(true);
            let peer = Peer::Address(peer.ip().to_canonical());
            Ok(Box::pin(connection(stream, peer, served, ends, place)))
        }
        #[cfg(unix)]
        Listener::Unix(socket) => {
            let (stream, _) = socket.listener.accept().await?;
            let peer = Peer::Local;
            Ok(Box::pin(connection(stream, peer, served, ends, place)))
        }
    }
}

async fn connection(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: Peer,
    served: Arc<Served>,
    ends: watch::Receiver<Ends>,
    place: OwnedSemaphorePermit,
) {
    match served.tls.clone() {
        None => serve(stream, peer, served, ends).await,
        Some(tls) => {
            let limit = served.app.limits.read;
            let shaken = tokio::time::timeout(limit, tls.acceptor().accept(stream)).await;
            if let Ok(Ok(stream)) = shaken {
                serve(stream, peer, served, ends).await;
            }
        }
    }
    drop(place);
}

async fn serve(
    stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    peer: Peer,
    served: Arc<Served>,
    mut ends: watch::Receiver<Ends>,
) {
    let limits = &served.app.limits;
    let answering = {
        let served = Arc::clone(&served);
        service_fn(move |request| {
            let served = Arc::clone(&served);
            async move { Ok::<_, Infallible>(answer(&served, peer, request).await) }
        })
    };
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.read)
        .max_buf_size(MOST_HEAD)
        .max_headers(MOST_FIELDS)
        .serve_connection(TokioIo::new(stream), answering);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = is(&mut ends, |ends| ends != Ends::No) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection broke off");
    }
}

async fn answer(served: &Served, peer: Peer, request: http::Request<Incoming>) -> Response {
    if let Err(problem) = guard::check(&request, &served.hosts) {
        return problem.into_response();
    }
    let Ok(_place) = served.app.answering.try_acquire() else {
        let detail = "nothing was sent, as too many requests are being answered";
        return Problem::too_many(detail).into_response();
    };
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(peer);
    let request = http::Request::from_parts(parts, axum::body::Body::new(body));
    let mut routes = served.routes.clone();
    match routes.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}
