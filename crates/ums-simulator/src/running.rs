//! A simulator that listens on a port.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

use crate::builder::{BuildError, Builder};
use crate::control;
use crate::fault::named::FaultError;
use crate::fault::rule::{FaultRule, RuleId};
use crate::ledger::Ledger;
use crate::ledger::record::Snapshot;
use crate::orders::Orders;
use crate::serve::connection;
use crate::serve::port::Port;
use crate::simulator::Simulator;

impl Builder {
    /// Builds the simulator and listens, on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// Returns an error as [`build`](Self::build) does, and if an address cannot be listened on.
    pub async fn start(self) -> Result<Running, StartError> {
        let (listen, control) = (self.listen, self.control);
        Running::start(self.build()?, listen, control).await
    }
}

/// A simulator that listens. Dropped, it stops; [`shutdown`](Self::shutdown) also waits.
#[derive(Debug)]
pub struct Running {
    simulator: Simulator,
    address: SocketAddr,
    control_address: Option<SocketAddr>,
    stop: Arc<Notify>,
    listener: JoinHandle<()>,
    control: Option<JoinHandle<()>>,
}

impl Running {
    async fn start(
        simulator: Simulator,
        listen: SocketAddr,
        control: Option<SocketAddr>,
    ) -> Result<Self, StartError> {
        let port = Port::open(listen).map_err(|source| StartError::Listen {
            address: listen,
            source,
        })?;
        let port = Arc::new(port);
        let address = port.address();
        simulator.attach(&port);
        let mut control_address = None;
        let mut control_task = None;
        if let Some(control) = control {
            if !control.ip().is_loopback() {
                return Err(StartError::ControlNotLoopback { address: control });
            }
            let listener = TcpListener::bind(control).await;
            let opened = listener.and_then(|listener| Ok((listener.local_addr()?, listener)));
            let (address, listener) = opened.map_err(|source| StartError::Listen {
                address: control,
                source,
            })?;
            control_address = Some(address);
            let task = control::listen(simulator.clone(), listener);
            control_task = Some(tokio::spawn(task));
        }
        let stop = Arc::new(Notify::new());
        let task = listen_on(simulator.clone(), port, Arc::clone(&stop));
        Ok(Self {
            simulator,
            address,
            control_address,
            stop,
            listener: tokio::spawn(task),
            control: control_task,
        })
    }

    /// A base URL that a client on this machine can use, such as `http://127.0.0.1:40123`, without
    /// a slash at its end. For a simulator that listens on all addresses (`0.0.0.0`, `[::]`), which
    /// are no destination, it has the loopback address.
    pub fn url(&self) -> String {
        let scheme = match self.simulator.ca_pem() {
            None => "http",
            Some(_) => "https",
        };
        format!("{scheme}://{}", reachable(self.address))
    }

    /// Whether other machines may reach it.
    pub fn is_beyond_loopback(&self) -> bool {
        !self.address.ip().to_canonical().is_loopback()
    }

    /// The base URL of control calls, if they are taken.
    pub fn control_url(&self) -> Option<String> {
        self.control_address
            .map(|address| format!("http://{address}"))
    }

    /// The address listened on, with its real port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The simulator itself.
    pub fn simulator(&self) -> &Simulator {
        &self.simulator
    }

    /// As [`Simulator::ca_pem`].
    pub fn ca_pem(&self) -> Option<&str> {
        self.simulator.ca_pem()
    }

    /// As [`Simulator::ledger`].
    pub fn ledger(&self) -> Ledger {
        self.simulator.ledger()
    }

    /// As [`Simulator::orders`].
    pub fn orders(&self) -> Orders {
        self.simulator.orders()
    }

    /// As [`Simulator::fault`].
    ///
    /// # Errors
    ///
    /// Returns an error as it does.
    pub fn fault<R>(&self, rule: R) -> Result<RuleId, FaultError>
    where
        R: TryInto<FaultRule>,
        FaultError: From<R::Error>,
    {
        self.simulator.fault(rule)
    }

    /// As [`Simulator::clear_faults`].
    pub fn clear_faults(&self) {
        self.simulator.clear_faults();
    }

    /// Stops listening, ends all accepted connections, drops what was still to be executed, and
    /// gives the ledger as it then is.
    pub async fn shutdown(mut self) -> Snapshot {
        self.stop.notify_one();
        // The task neither panics nor is aborted before this returns.
        let _ = (&mut self.listener).await;
        self.simulator.gateway.forget_later();
        self.ledger().snapshot()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.listener.abort();
        if let Some(control) = &self.control {
            control.abort();
        }
    }
}

/// A simulator that cannot be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// It cannot be built.
    #[error("the simulator cannot be built")]
    Build(#[from] BuildError),
    /// Control calls are taken from this machine only.
    #[error("control address {address} is not on the loopback interface: use 127.0.0.1 or ::1")]
    #[non_exhaustive]
    ControlNotLoopback {
        /// The address asked for.
        address: SocketAddr,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    #[non_exhaustive]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
}

/// Where to connect to for an address that is listened on.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

async fn listen_on(simulator: Simulator, port: Arc<Port>, stop: Arc<Notify>) {
    let mut connections = JoinSet::new();
    let limits = simulator.gateway.limits;
    loop {
        tokio::select! {
            () = stop.notified() => {
                connections.shutdown().await;
                return;
            }
            Some(_) = connections.join_next(), if !connections.is_empty() => {}
            accepted = port.accept() => {
                // A failed accept says nothing about the next one.
                let Ok((stream, peer)) = accepted else { continue };
                while connections.try_join_next().is_some() {}
                if connections.len() >= limits.connections {
                    simulator.gateway.ledger.turned_away();
                    continue;
                }
                let _ = stream.set_nodelay(true);
                let simulator = simulator.clone();
                connections.spawn(async move {
                    let fault = simulator.connect_fault(false);
                    let limits = Some(limits);
                    connection::serve(&simulator.gateway, stream, Some(peer), fault, limits).await;
                });
            }
        }
    }
}
