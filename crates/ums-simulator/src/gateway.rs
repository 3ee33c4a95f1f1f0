//! What all connections of a simulator share, and the decision about a complete request.

use chrono::{DateTime, Utc};

use crate::authorization::{SignatureVerdict, Verifier};
use crate::code::{NOT_ALLOWED, code};
use crate::fault::{Effect, Fault, Phase};
use crate::http1::Head;
use crate::ledger::Ledger;
use crate::mangle::Truth;
use crate::order::{DuplicateOrder, Orders};
use crate::reply::{HTML, Reply};
use crate::rule::{Call, Rules};
use crate::script::Script;
use crate::settings::Builder;
use crate::tls::Tls;
use crate::void::{self, Change, Decision, RepeatedVoid, VOID_PATH, VoidRequest};

/// The shared state.
pub(crate) struct Gateway {
    pub(crate) ledger: Ledger,
    pub(crate) orders: Orders,
    pub(crate) rules: Rules,
    pub(crate) tls: Option<Tls>,
    pub(crate) keep_bodies: bool,
    verifier: Verifier,
    repeated_void: RepeatedVoid,
}

impl Gateway {
    pub(crate) fn new(settings: Builder) -> Result<Self, DuplicateOrder> {
        let mut verifier = Verifier::new(settings.timestamp_window);
        for (app_id, app_key) in &settings.credentials {
            verifier.insert(app_id, app_key);
        }
        let orders = Orders::new(settings.clock.clone());
        orders.insert_all(settings.orders)?;
        for (merchant, terminal) in settings.terminals {
            orders.register_terminal(merchant, terminal);
        }
        Ok(Self {
            ledger: Ledger::new(settings.clock, settings.ledger_limit),
            orders,
            rules: Rules::default(),
            tls: settings.tls,
            keep_bodies: settings.keep_bodies,
            verifier,
            repeated_void: settings.repeated_void,
        })
    }

    /// Decides about a complete request: signature, fields, fault, order book.
    pub(crate) fn answer(
        &self,
        head: &Head,
        body: &[u8],
        reused: bool,
        earlier: Option<Fault>,
    ) -> Answer {
        let now = self.ledger.now();
        let (signature, request) = self.admit(head, body, now);
        let order_ids = match &request {
            Ok(request) => request.order_ids(),
            Err(_) => ["", ""],
        };
        let call = Call { reused, order_ids };
        let fault = earlier.or_else(|| self.rules.strike(Phase::Reply, call, |_| true));
        let order = order_ids.into_iter().find(|id| !id.is_empty());
        let order = order.map(str::to_owned);
        let Decision { mut reply, change } = match request {
            Err(refusal) => Decision::refused(*refusal),
            Ok(_) if fault.is_some_and(|fault| !fault.spec().applied) => {
                Decision::refused(Reply::refusal(NOT_ALLOWED, NOT_ALLOWED.err_info, now))
            }
            Ok(request) => void::void(&self.orders, &request, self.repeated_void, now),
        };
        reply.date = now;
        reply.keep_alive = head.keep_alive;
        Answer {
            reply,
            signature,
            order,
            change,
            fault,
        }
    }

    /// Path, method, signature and fields, in this order.
    fn admit<'b>(
        &self,
        head: &Head,
        body: &'b [u8],
        now: DateTime<Utc>,
    ) -> (
        Option<SignatureVerdict>,
        Result<VoidRequest<'b>, Box<Reply>>,
    ) {
        if head.path != VOID_PATH {
            return (None, Err(Box::new(Reply::plain(404, HTML, NOT_FOUND))));
        }
        if head.method != "POST" {
            let mut reply = Reply::plain(405, HTML, "");
            reply.headers.push(("Allow", "POST".to_owned()));
            return (None, Err(Box::new(reply)));
        }
        let authorization = head.authorization.as_deref();
        let verdict = self.verifier.verify(authorization, body, now);
        let request = if verdict == SignatureVerdict::Accepted {
            VoidRequest::parse(body).map_err(|why| Reply::refusal(code("9001"), &why, now))
        } else {
            Err(Reply::refusal(code("1000"), verdict.err_info(), now))
        };
        (Some(verdict), request.map_err(Box::new))
    }
}

/// What was decided about a complete request.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) signature: Option<SignatureVerdict>,
    pub(crate) order: Option<String>,
    pub(crate) change: Option<Change>,
    pub(crate) fault: Option<Fault>,
}

impl Answer {
    /// What goes on the wire, if a fault of [`Phase::Reply`] struck.
    pub(crate) fn bent(&self, path: &str) -> Option<Script> {
        let fault = self.fault?;
        let Effect::Reply(mangle) = fault.spec().effect else {
            return None;
        };
        let truth = Truth {
            reply: self.reply.clone(),
            path,
        };
        Some(mangle(&truth, fault.parameter()))
    }
}

const NOT_FOUND: &str = "<html><body>404 Not Found</body></html>";
