//! A client that waits: for programs without an async runtime, and for code within one that cannot
//! await.
//!
//! ```
//! use ums_client::auth::{AppId, AppKey};
//! use ums_client::blocking::Client;
//! use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
//! use ums_client::transport::BaseUrl;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let closed = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?;
//! # let address = format!("http://{closed}");
//! let client = Client::new(
//!     address.parse::<BaseUrl>()?,
//!     AppId::new("your-app-id")?,
//!     &AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c")?,
//! )?;
//! let void = VoidPayment::by_ums_order_id(
//!     MerchantCode::new("103290070111417")?,
//!     TerminalCode::new("12340511")?,
//!     UmsOrderId::new("20230718110248029165883554")?,
//! );
//! let outcome = client.void_payment(&void);
//! println!("{outcome}"); // Not sent: nobody listens there.
//! # assert_eq!(outcome.kind(), ums_client::OutcomeKind::NotSent);
//! # Ok(())
//! # }
//! ```
//!
//! The same outcomes by the same rules: each method is that of [`crate::Client`] with the wait for
//! it. The sockets and timers are those of a tokio runtime that the client keeps in a thread of its
//! own, so that a call may be made from any thread. One that belongs to a tokio runtime is held up
//! like any other, and with it what that runtime would do there meanwhile; await a
//! [`crate::Client`] instead where you can.
//!
//! A call cannot be dropped half way: it ends by its deadline.
//!
//! In a process that forked after the client was made, calls end as [not
//! sent](crate::NotSentReason::Runtime), and dropping the client closes nothing, as the connections
//! are the parent's. Make a new client in the child.

mod worker;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use ums_auth::{AppId, AppKey};
use ums_model::{
    JsonReply, Operation, Pay, PayReply, Query, QueryRefund, QueryRefundReply, QueryReply, Refund,
    RefundReply, Resolve, VoidPayment, VoidPaymentReply,
};
use ums_transport::{BaseUrl, Transport};

use self::worker::Worker;
use crate::client::builder::{ClientBuildError, ClientBuilder};
use crate::client::call::Call;
use crate::client::environment::Environment;
use crate::client::in_flight::OpenCall;
use crate::client::options::CallOptions;
use crate::outcome::Outcome;
use crate::resolve::{Inquiry, PastCall, Resolution, ResolvePolicy};
use crate::till::{TillPolicy, TillReport};

/// Calls the UMS open platform, and waits for the answer. Cheap to clone; clones share connections
/// and the thread.
///
/// See the [module's page](self) for a whole example.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

struct Shared {
    client: crate::Client,
    worker: Worker,
}

impl Client {
    /// A client with the defaults of [`ClientBuilder`].
    ///
    /// # Errors
    ///
    /// As [`ClientBuilder::build_blocking`].
    pub fn new(
        environment: impl Into<Environment>,
        app_id: AppId,
        app_key: &AppKey,
    ) -> Result<Self, ClientBuildError> {
        Self::builder(environment, app_id, app_key).build_blocking()
    }

    /// Starts to configure a client, which [`ClientBuilder::build_blocking`] ends.
    pub fn builder(
        environment: impl Into<Environment>,
        app_id: AppId,
        app_key: &AppKey,
    ) -> ClientBuilder {
        crate::Client::builder(environment, app_id, app_key)
    }

    /// A client that waits for what `client` does. They share all that clones share.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread or its runtime cannot be started.
    pub fn from_client(client: crate::Client) -> Result<Self, ClientBuildError> {
        let worker = Worker::start().map_err(ClientBuildError::Thread)?;
        Ok(Self {
            shared: Arc::new(Shared { client, worker }),
        })
    }

    /// The client to be awaited, for code that can.
    pub fn as_client(&self) -> &crate::Client {
        &self.shared.client
    }

    /// See [`crate::Client::base_url`].
    pub fn base_url(&self) -> &BaseUrl {
        self.shared.client.base_url()
    }

    /// See [`crate::Client::connections`].
    pub fn connections(&self) -> &Transport {
        self.shared.client.connections()
    }

    /// See [`crate::Client::replace_app_key`].
    pub fn replace_app_key(&self, app_key: &AppKey) {
        self.shared.client.replace_app_key(app_key);
    }

    /// See [`crate::Client::pay`].
    pub fn pay(&self, pay: &Pay) -> Outcome<PayReply> {
        self.execute(pay)
    }

    /// See [`crate::Client::query`].
    pub fn query(&self, query: &Query) -> Outcome<QueryReply> {
        self.execute(query)
    }

    /// See [`crate::Client::refund`].
    pub fn refund(&self, refund: &Refund) -> Outcome<RefundReply> {
        self.execute(refund)
    }

    /// See [`crate::Client::query_refund`].
    pub fn query_refund(&self, query: &QueryRefund) -> Outcome<QueryRefundReply> {
        self.execute(query)
    }

    /// See [`crate::Client::void_payment`].
    pub fn void_payment(&self, void: &VoidPayment) -> Outcome<VoidPaymentReply> {
        self.execute(void)
    }

    /// See [`crate::Client::execute`].
    pub fn execute<O: Operation>(&self, operation: &O) -> Outcome<O::Reply> {
        self.wait(|client| client.execute(operation))
    }

    /// See [`crate::Client::execute_with`].
    pub fn execute_with<O: Operation>(
        &self,
        operation: &O,
        options: &CallOptions,
    ) -> Outcome<O::Reply> {
        self.wait(|client| client.execute_with(operation, options))
    }

    /// See [`crate::Client::call`].
    pub fn call(&self, call: &Call) -> Outcome<JsonReply> {
        self.execute(call)
    }

    /// See [`crate::Client::void_payment_resolved`].
    pub fn void_payment_resolved(
        &self,
        void: &VoidPayment,
        policy: &ResolvePolicy,
    ) -> Resolution<VoidPaymentReply> {
        self.wait(|client| client.void_payment_resolved(void, policy))
    }

    /// See [`crate::Client::resolve`].
    pub fn resolve<O: Resolve>(
        &self,
        operation: &O,
        outcome: Outcome<O::Reply>,
        policy: &ResolvePolicy,
    ) -> Resolution<O::Reply> {
        self.wait(|client| client.resolve(operation, outcome, policy))
    }

    /// See [`crate::Client::inquire`].
    pub fn inquire<O: Resolve>(
        &self,
        operation: &O,
        call: &PastCall,
        policy: &ResolvePolicy,
    ) -> Inquiry {
        self.wait(|client| client.inquire(operation, call, policy))
    }

    /// See [`crate::Client::pay_at_till`].
    pub fn pay_at_till(&self, pay: &Pay, policy: &TillPolicy) -> TillReport {
        self.wait(|client| client.pay_at_till(pay, policy))
    }

    /// See [`crate::Client::close`].
    pub fn close(&self, limit: Duration) -> Vec<OpenCall> {
        self.wait(|client| client.close(limit))
    }

    fn wait<'a, F: Future>(&'a self, call: impl FnOnce(&'a crate::Client) -> F) -> F::Output {
        self.shared.worker.run(call(&self.shared.client))
    }
}

impl ClientBuilder {
    /// Builds a client that waits, with a thread of its own.
    ///
    /// # Errors
    ///
    /// Returns an error if [`build`](Self::build) does, or if the thread or its runtime cannot be
    /// started.
    pub fn build_blocking(self) -> Result<Client, ClientBuildError> {
        Client::from_client(self.build()?)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("blocking::Client")
            .field(&self.shared.client)
            .finish()
    }
}
