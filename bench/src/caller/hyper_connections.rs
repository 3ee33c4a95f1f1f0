//! hyper's connections without a pool: each caller keeps its own.

use std::sync::{Arc, Mutex};

use ::hyper_util::rt::TokioIo;
use anyhow::{Context as _, Result};
use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request, Uri};
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{self, SendRequest};
use rustls_pki_types::ServerName;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{Task, hyper_util, tls_config};
use crate::by_hand::ByHand;
use crate::load::{self, Sample};
use crate::payload;

pub(super) fn run(task: &Task) -> Result<Sample> {
    let connections = Arc::new(Connections::new(task)?);
    let by_hand = Arc::new(ByHand::new());
    load::run(task.plan, move || {
        let connections = Arc::clone(&connections);
        let by_hand = Arc::clone(&by_hand);
        async move {
            let body = by_hand.body();
            let Ok(authorization) = HeaderValue::try_from(by_hand.authorization(&body)) else {
                return false;
            };
            match connections.send(authorization, body.into()).await {
                Ok(reply) => by_hand.approves(&reply),
                Err(_) => false,
            }
        }
    })
}

/// No signing, no JSON: the same bytes for each call.
pub(super) fn run_bare(task: &Task) -> Result<Sample> {
    let connections = Arc::new(Connections::new(task)?);
    let body = Bytes::from(ByHand::new().body());
    let authorization = HeaderValue::try_from(ByHand::new().authorization(&body))?;
    load::run(task.plan, move || {
        let connections = Arc::clone(&connections);
        let (authorization, body) = (authorization.clone(), body.clone());
        async move { connections.send(authorization, body).await.is_ok() }
    })
}

struct Connections {
    address: String,
    host: HeaderValue,
    uri: Uri,
    tls: Option<TlsConnector>,
    idle: Mutex<Vec<SendRequest<Full<Bytes>>>>,
}

impl Connections {
    fn new(task: &Task) -> Result<Self> {
        let (scheme, address) = task.base.split_once("://").context("a base URL")?;
        let tls = (scheme == "https")
            .then(|| tls_config(task))
            .transpose()?
            .map(|tls| TlsConnector::from(Arc::new(tls)));
        Ok(Self {
            address: address.to_owned(),
            host: address.parse()?,
            uri: payload::PATH.parse()?,
            tls,
            idle: Mutex::default(),
        })
    }

    async fn send(&self, authorization: HeaderValue, body: Bytes) -> Result<Bytes> {
        let idle = self.idle.lock().expect("no panic").pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.open().await?,
        };
        let mut request: Request<_> = hyper_util::request(self.uri.clone(), authorization, body);
        request.headers_mut().insert(HOST, self.host.clone());
        let reply = connection.send_request(request).await?;
        anyhow::ensure!(reply.status() == 200);
        let reply = reply.into_body().collect().await?.to_bytes();
        self.idle.lock().expect("no panic").push(connection);
        Ok(reply)
    }

    async fn open(&self) -> Result<SendRequest<Full<Bytes>>> {
        let tcp = TcpStream::connect(&self.address).await?;
        tcp.set_nodelay(true)?;
        match &self.tls {
            None => {
                let (sender, driver) = http1::handshake(TokioIo::new(tcp)).await?;
                tokio::spawn(driver);
                Ok(sender)
            }
            Some(tls) => {
                let name = ServerName::try_from("127.0.0.1")?;
                let stream = tls.connect(name, tcp).await?;
                let (sender, driver) = http1::handshake(TokioIo::new(stream)).await?;
                tokio::spawn(driver);
                Ok(sender)
            }
        }
    }
}
