//! hyper-util's pooled client, bare and with signing and JSON by hand.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use bytes::Bytes;
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::{Task, tls_config};
use crate::by_hand::ByHand;
use crate::load::{self, Sample};
use crate::payload;

type Pooled = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

pub(super) fn run(task: &Task) -> Result<Sample> {
    let client = client(task)?;
    let uri = uri(task)?;
    let by_hand = Arc::new(ByHand::new());
    load::run(task.plan, move || {
        signed(client.clone(), uri.clone(), Arc::clone(&by_hand))
    })
}

/// With the deadline that our client's calls have too.
pub(super) fn run_with_timeout(task: &Task) -> Result<Sample> {
    let client = client(task)?;
    let uri = uri(task)?;
    let by_hand = Arc::new(ByHand::new());
    load::run(task.plan, move || {
        let call = signed(client.clone(), uri.clone(), Arc::clone(&by_hand));
        async move {
            tokio::time::timeout(Duration::from_secs(30), call)
                .await
                .unwrap_or(false)
        }
    })
}

/// No signing, no JSON: the same bytes for each call.
pub(super) fn run_bare(task: &Task) -> Result<Sample> {
    let client = client(task)?;
    let uri = uri(task)?;
    let body = Bytes::from(ByHand::new().body());
    let authorization = HeaderValue::try_from(ByHand::new().authorization(&body))?;
    load::run(task.plan, move || {
        let request = request(uri.clone(), authorization.clone(), body.clone());
        let client = client.clone();
        async move { send(&client, request).await.is_some() }
    })
}

/// A client and its handshake for each call.
pub(super) fn run_anew(task: &Task) -> Result<Sample> {
    let roots = tls_config(task)?;
    let uri = uri(task)?;
    let by_hand = Arc::new(ByHand::new());
    load::run(task.plan, move || {
        let mut tls = roots.clone();
        tls.resumption = rustls::client::Resumption::disabled();
        signed(client_with(tls), uri.clone(), Arc::clone(&by_hand))
    })
}

async fn signed(client: Pooled, uri: Uri, by_hand: Arc<ByHand>) -> bool {
    let body = by_hand.body();
    let Ok(authorization) = HeaderValue::try_from(by_hand.authorization(&body)) else {
        return false;
    };
    match send(&client, request(uri, authorization, body.into())).await {
        Some(reply) => by_hand.approves(&reply),
        None => false,
    }
}

pub(crate) fn request(uri: Uri, authorization: HeaderValue, body: Bytes) -> Request<Full<Bytes>> {
    const JSON: HeaderValue = HeaderValue::from_static("application/json");
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = uri;
    let headers = request.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(ACCEPT, JSON);
    headers.insert(AUTHORIZATION, authorization);
    request
}

async fn send(client: &Pooled, request: Request<Full<Bytes>>) -> Option<Bytes> {
    let reply = client.request(request).await.ok()?;
    if reply.status() != 200 {
        return None;
    }
    Some(reply.into_body().collect().await.ok()?.to_bytes())
}

fn uri(task: &Task) -> Result<Uri> {
    Ok(format!("{}{}", task.base, payload::PATH).parse()?)
}

fn client(task: &Task) -> Result<Pooled> {
    Ok(client_with(tls_config(task)?))
}

fn client_with(tls: rustls::ClientConfig) -> Pooled {
    let mut tcp = HttpConnector::new();
    tcp.set_nodelay(true);
    tcp.enforce_http(false);
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_http1()
        .wrap_connector(tcp);
    Client::builder(TokioExecutor::new()).build(connector)
}
