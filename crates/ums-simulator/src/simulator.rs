//! The simulator as its user holds it, with or without sockets.

use std::io;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::io::{AsyncRead, AsyncWrite, DuplexStream};

use crate::book::order;
use crate::fault::named::{Fault, FaultError};
use crate::fault::rule::{ArmedRule, Call, FaultRule, RuleId};
use crate::fault::spec::{Effect, FaultPhase};
use crate::gateway::Gateway;
use crate::ledger::Ledger;
use crate::orders::Orders;
use crate::serve::connection;
use crate::serve::port::Port;
use crate::wire::socket::InMemory;
use crate::wire::tls::Tls;

/// A simulated gateway. Clones share one order book, one ledger and one set of faults.
#[derive(Clone)]
pub struct Simulator {
    pub(crate) gateway: Arc<Gateway>,
    /// The ports to close while connections are to be refused.
    ports: Arc<Mutex<Vec<Weak<Port>>>>,
}

impl Simulator {
    /// An AppId for demos and tests, made up.
    pub const DEMO_APP_ID: &str = "00000000000000000000000000000001";
    /// The AppKey to it, made up and no secret.
    pub const DEMO_APP_KEY: &str = "ums-simulator-demo-key-not-secret";
    /// The merchant code (商户号) of orders that state none: that of the void page's example.
    pub const DEMO_MERCHANT_CODE: &str = order::DEMO_MERCHANT_CODE;
    /// The terminal code (终端号) of orders that state none: that of the void page's example.
    pub const DEMO_TERMINAL_CODE: &str = order::DEMO_TERMINAL_CODE;

    pub(crate) fn new(gateway: Gateway) -> Self {
        Self {
            gateway: Arc::new(gateway),
            ports: Arc::default(),
        }
    }

    /// Serves one connection over any stream, to its end, as if it had been accepted from a
    /// listener; with TLS if the simulator has it.
    ///
    /// All waiting is on tokio's clock, so that a test can pause it. A stream other than TCP has no
    /// reset: a fault that resets ends it abruptly.
    pub async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Send + Unpin) {
        let fault = self.connect_fault(false);
        connection::serve(&self.gateway, InMemory(stream), None, fault, None).await;
    }

    /// Connects in memory: the other end is served by a task of the current runtime. The buffer
    /// holds 64 KiB each way.
    ///
    /// # Errors
    ///
    /// Returns an error, connection refused, if the fault `refuse` strikes.
    pub fn connect(&self) -> io::Result<DuplexStream> {
        const BUFFER: usize = 64 * 1024;
        let fault = self.connect_fault(true);
        if fault.is_some_and(is_refusal) {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (near, far) = tokio::io::duplex(BUFFER);
        let gateway = Arc::clone(&self.gateway);
        tokio::spawn(async move {
            connection::serve(&gateway, InMemory(far), None, fault, None).await;
        });
        Ok(near)
    }

    /// Arms a fault: a [`FaultRule`], a [`Fault`], or a name for the next call only.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no such fault, or the rule cannot work; nothing is armed then.
    pub fn fault<R>(&self, rule: R) -> Result<RuleId, FaultError>
    where
        R: TryInto<FaultRule>,
        FaultError: From<R::Error>,
    {
        let tls = self.gateway.tls.is_some();
        let id = self.gateway.rules.arm(rule.try_into()?, tls)?;
        self.follow_refusals();
        Ok(id)
    }

    /// Disarms a rule; false if it was not armed any more.
    pub fn disarm(&self, id: RuleId) -> bool {
        let disarmed = self.gateway.rules.disarm(id);
        self.follow_refusals();
        disarmed
    }

    /// Disarms all rules. Faults under way go on.
    pub fn clear_faults(&self) {
        self.gateway.rules.clear();
        self.follow_refusals();
    }

    /// The armed rules, in the order in which they are asked.
    pub fn armed_faults(&self) -> Vec<ArmedRule> {
        self.gateway.rules.list()
    }

    /// The ledger.
    pub fn ledger(&self) -> Ledger {
        self.gateway.ledger.clone()
    }

    /// The order book.
    pub fn orders(&self) -> Orders {
        self.gateway.orders.clone()
    }

    /// The CA certificate, in PEM, if the simulator serves TLS.
    pub fn ca_pem(&self) -> Option<&str> {
        self.gateway.tls.as_ref().map(Tls::ca_pem)
    }

    /// The fault that strikes a new connection.
    pub(crate) fn connect_fault(&self, can_refuse: bool) -> Option<Fault> {
        let usable = |fault| can_refuse || !is_refusal(fault);
        self.gateway
            .rules
            .strike(FaultPhase::Connect, Call::default(), usable)
    }

    /// Lets a port follow the faults that refuse connections.
    pub(crate) fn attach(&self, port: &Arc<Port>) {
        let ports = self.ports.lock();
        ports
            .unwrap_or_else(PoisonError::into_inner)
            .push(Arc::downgrade(port));
        self.follow_refusals();
    }

    fn follow_refusals(&self) {
        let refuses = self.gateway.rules.holds(is_refusal);
        let mut ports = self.ports.lock().unwrap_or_else(PoisonError::into_inner);
        ports.retain(|port| match port.upgrade() {
            None => false,
            Some(port) => {
                port.set_closed(refuses);
                true
            }
        });
    }
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Simulator")
            .field("tls", &self.gateway.tls.is_some())
            .field("orders", &self.gateway.orders)
            .field("ledger", &self.gateway.ledger)
            .finish_non_exhaustive()
    }
}

fn is_refusal(fault: Fault) -> bool {
    matches!(fault.spec().effect, Effect::Refuse)
}
