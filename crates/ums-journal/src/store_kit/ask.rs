//! What the processes of the kit ask for.

use ums_model::Effect;

use crate::call::fingerprint::Fingerprints;
use crate::call::identity::{Identity, OrderIdKind, OrderRole, StoredOrderId};
use crate::call::ids::{CallId, JournalId};
use crate::call::key::{Key, KeyScope, ScopedKey};
use crate::call::stored_body::StoredBody;
use crate::fact::request::StoredRequest;
use crate::store::command::Begin;
use crate::store_kit::fault::{CaseResult, Fault};
use crate::store_kit::ground::{LEASE, Process, fresh_call, fresh_key, plan};

/// A call that somebody wants to make.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) scope: KeyScope,
    pub(super) key: String,
    pub(super) call: Option<CallId>,
    operation: &'static str,
    role: OrderRole,
    effect: Effect,
    may_be_repeated: bool,
    order: Vec<(OrderIdKind, String)>,
    refund: Option<String>,
    amount: u64,
    profile: &'static str,
    terminal: &'static str,
    written: Option<String>,
    despite: Vec<CallId>,
    journal: Option<(JournalId, u64)>,
    is_sent: bool,
}

impl Ask {
    fn new(operation: &'static str, role: OrderRole, order: &str) -> Self {
        Self {
            scope: KeyScope::new("https://gateway.example", "made-up-app", "103290070111417"),
            key: fresh_key(),
            call: None,
            operation,
            role,
            effect: Effect::MovesMoney,
            may_be_repeated: false,
            order: vec![(OrderIdKind::Merchant, order.to_owned())],
            refund: None,
            amount: 4160,
            profile: "shop",
            terminal: "12340511",
            written: None,
            despite: Vec::new(),
            journal: None,
            is_sent: true,
        }
    }

    /// A payment, by the merchant's id of its order.
    pub(super) fn pay(order: &str) -> Self {
        Self::new("pay", OrderRole::Payment, order)
    }

    /// A void of the payment.
    pub(super) fn void(order: &str) -> Self {
        Self {
            may_be_repeated: true,
            ..Self::new("void_payment", OrderRole::TakeBack, order)
        }
    }

    /// A reversal of the payment.
    pub(super) fn reverse(order: &str) -> Self {
        Self::new("reverse_payment", OrderRole::TakeBack, order)
    }

    /// A refund with this id.
    pub(super) fn refund(order: &str, id: &str) -> Self {
        Self {
            refund: Some(id.to_owned()),
            ..Self::new("refund", OrderRole::Other, order)
        }
    }

    /// A question about the order.
    pub(super) fn query(order: &str) -> Self {
        Self {
            effect: Effect::ReadOnly,
            ..Self::new("query", OrderRole::Other, order)
        }
    }

    pub(super) fn key(self, key: &str) -> Self {
        Self {
            key: key.to_owned(),
            ..self
        }
    }

    /// The same request with a key of its own.
    pub(super) fn other_key(&self) -> Self {
        self.clone().key(&fresh_key())
    }

    /// By the platform's id of the order in place of the merchant's.
    pub(super) fn by_ums(self, id: &str) -> Self {
        Self {
            order: vec![(OrderIdKind::Ums, id.to_owned())],
            ..self
        }
    }

    /// By the platform's id, too.
    pub(super) fn and_ums(mut self, id: &str) -> Self {
        self.order.push((OrderIdKind::Ums, id.to_owned()));
        self
    }

    pub(super) fn amount(self, amount: u64) -> Self {
        Self { amount, ..self }
    }

    pub(super) fn profile(self, profile: &'static str) -> Self {
        Self { profile, ..self }
    }

    pub(super) fn terminal(self, terminal: &'static str) -> Self {
        Self { terminal, ..self }
    }

    pub(super) fn scope(self, scope: KeyScope) -> Self {
        Self { scope, ..self }
    }

    /// Written in these very words by the caller.
    pub(super) fn written(self, body: &str) -> Self {
        Self {
            written: Some(body.to_owned()),
            ..self
        }
    }

    pub(super) fn despite(self, calls: &[&CallId]) -> Self {
        Self {
            despite: calls.iter().map(|call| (*call).clone()).collect(),
            ..self
        }
    }

    pub(super) fn journal(self, journal: JournalId, facts: u64) -> Self {
        Self {
            journal: Some((journal, facts)),
            ..self
        }
    }

    pub(super) fn call(self, call: CallId) -> Self {
        Self {
            call: Some(call),
            ..self
        }
    }

    /// Written down before it may be sent.
    pub(super) fn intended(self) -> Self {
        Self {
            is_sent: false,
            ..self
        }
    }

    /// The platform's or the merchant's id of an order, of the same merchant.
    pub(super) fn order_id(&self, kind: OrderIdKind, id: &str) -> StoredOrderId {
        StoredOrderId::new(&self.scope, kind, id)
    }

    pub(super) fn scoped_key(&self) -> CaseResult<ScopedKey> {
        let key = Key::new(self.key.as_str()).map_err(|error| Fault(error.to_string()))?;
        Ok(self.scope.key(key))
    }

    fn body(&self) -> String {
        if let Some(written) = &self.written {
            return written.clone();
        }
        let mut body = format!(
            r#"{{"merchantCode":"{}","terminalCode":"{}","transactionAmount":{}"#,
            self.scope.merchant, self.terminal, self.amount
        );
        for (kind, id) in &self.order {
            let name = match kind {
                OrderIdKind::Ums => "originalOrderId",
                _ => "merchantOrderId",
            };
            body += &format!(r#","{name}":"{id}""#);
        }
        if let Some(refund) = &self.refund {
            body += &format!(r#","refundRequestId":"{refund}""#);
        }
        body + r#","payCode":"280000000000000001"}"#
    }

    pub(super) fn request(&self, process: &Process) -> CaseResult<StoredRequest> {
        let words = |error: &dyn std::fmt::Display| Fault(error.to_string());
        let body = self.body();
        let prints = Fingerprints::new(&process.key, self.operation, &body)
            .map_err(|error| words(&error))?;
        let newest = prints.newest().ok_or("there is no fingerprint")?;
        let order = self.order.iter();
        let order = order.map(|(kind, id)| self.order_id(*kind, id));
        let identity = Identity::new(self.operation, order);
        let identity = match &self.refund {
            Some(id) => identity.map(|identity| identity.with_refund_request_id(id)),
            None => identity,
        };
        let mut request = StoredRequest::new(
            self.scoped_key()?,
            newest.clone(),
            self.operation,
            "/v6/made-up",
            self.effect,
            StoredBody::new(&process.key, body.as_bytes()),
        )
        .with_identity(identity, self.role)
        .with_amount(Some(self.amount))
        .with_repeat(self.may_be_repeated)
        .with_profile(self.profile);
        request.terminal = Some(self.terminal.to_owned());
        Ok(request)
    }

    pub(super) fn begin(&self, process: &Process) -> CaseResult<Begin> {
        let prints = Fingerprints::new(&process.key, self.operation, &self.body())
            .map_err(|error| Fault(error.to_string()))?;
        let call = match &self.call {
            Some(call) => call.clone(),
            None => fresh_call()?,
        };
        let request = self.request(process)?;
        let owner = process.owner.clone();
        let mut begin =
            Begin::new(call, request, prints, owner, LEASE).with_despite(self.despite.clone());
        begin.plan = self.is_sent.then(plan);
        begin.journal.clone_from(&self.journal);
        Ok(begin)
    }
}
