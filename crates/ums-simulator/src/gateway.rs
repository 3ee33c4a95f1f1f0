//! What all connections of a simulator share, and the decision about a complete request.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, Utc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use crate::access::authorization::{SignatureVerdict, Verifier};
use crate::book::change::Change;
use crate::code::{NOT_ALLOWED, code};
use crate::fault::named::Fault;
use crate::fault::rule::{Call, Rules};
use crate::fault::spec::{Effect, ExpectedOutcome, FaultPhase};
use crate::fault::transform::TrueReply;
use crate::ledger::{Ledger, RequestId};
use crate::operation::behaviour::Execution;
use crate::operation::choices::Choices;
use crate::operation::decision::{Decision, Waits};
use crate::operation::request::Request;
use crate::operation::table::{Route, SimulatedOperation};
use crate::orders::Orders;
use crate::wire::http1::Head;
use crate::wire::limits::Limits;
use crate::wire::reply::{HTML, Reply};
use crate::wire::script::{Script, Step};
use crate::wire::tls::Tls;

/// What a gateway is made of.
pub(crate) struct Settings {
    pub(crate) ledger: Ledger,
    pub(crate) orders: Orders,
    pub(crate) verifier: Verifier,
    pub(crate) choices: Choices,
    pub(crate) tls: Option<Tls>,
    pub(crate) limits: Limits,
    pub(crate) keep_bodies: bool,
}

/// The shared state.
pub(crate) struct Gateway {
    pub(crate) ledger: Ledger,
    pub(crate) orders: Orders,
    pub(crate) rules: Rules,
    pub(crate) tls: Option<Tls>,
    pub(crate) keep_bodies: bool,
    pub(crate) limits: Limits,
    verifier: Verifier,
    choices: Choices,
    /// Requests that were read and are still to be executed. They end with the gateway.
    late: Mutex<JoinSet<()>>,
}

impl Gateway {
    pub(crate) fn new(settings: Settings) -> Self {
        let Settings {
            ledger,
            orders,
            verifier,
            choices,
            tls,
            limits,
            keep_bodies,
        } = settings;
        Self {
            ledger,
            orders,
            rules: Rules::default(),
            tls,
            keep_bodies,
            limits,
            verifier,
            choices,
            late: Mutex::default(),
        }
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
        let route = Route::of_path(&head.path);
        let (signature, request) = self.admit(route, head, body, now);
        let order_ids = match &request {
            Ok((_, request)) => request.order_ids(),
            Err(_) => ["", ""],
        };
        let operation = route.map(|route| route.operation);
        let call = Call {
            reused,
            order_ids,
            operation,
        };
        let fault = earlier.or_else(|| self.rules.strike(FaultPhase::Reply, call, |_| true));
        let order = order_ids.into_iter().find(|id| !id.is_empty());
        let order = order.map(str::to_owned);
        let (mut later, mut decided_code) = (None, None);
        // A fault leaves the payer's side without a clear answer, and so the platform's (§3.6).
        let unclear = fault.is_some_and(|fault| {
            let clear = [ExpectedOutcome::Approved, ExpectedOutcome::Declined];
            !clear.contains(&fault.spec().conclusion)
        });
        let Decision {
            mut reply,
            change,
            silent,
            waits,
        } = match (request, fault) {
            (Err(refusal), _) => Decision::refused(*refusal),
            (Ok(_), Some(fault)) if !fault.spec().applied => Decision::refused_by(NOT_ALLOWED),
            (Ok((route, _)), Some(fault)) if fault.spec().late => {
                let after = Duration::from_secs(fault.parameter());
                later = Some(Later { route, after });
                // What a fault bends when nothing is known yet.
                Decision::refused_by(code("FF"))
            }
            (Ok((route, request)), _) => {
                let decision = self.decide(route, &request, unclear);
                decided_code = decision.reply.err_code;
                decision
            }
        };
        reply.date = now;
        reply.keep_alive = head.keep_alive;
        Answer {
            reply,
            signature,
            operation,
            order,
            change,
            decided_code,
            later,
            waits,
            fault,
            silent,
        }
    }

    /// Executes a request that was read, later and on tokio's clock, whatever becomes of its
    /// connection.
    pub(crate) fn execute_later(self: &Arc<Self>, id: RequestId, later: Later, body: Bytes) {
        let Later { route, after } = later;
        self.after(after, move |gateway| {
            // It was read so before it was put off.
            if let Ok(request) = route.read(&body) {
                let decision = gateway.decide(route, &request, true);
                let Decision { reply, change, .. } = decision;
                let settles = decision.waits.map(|waits| gateway.settle_later(waits));
                gateway.ledger.executed(id, reply.err_code, change, settles);
            }
        });
    }

    /// Sees to it that the ledger hears of what becomes of an order that waits; gives the order.
    pub(crate) fn settle_later(self: &Arc<Self>, waits: Waits) -> String {
        self.after(waits.time, |gateway| {
            // If the book cannot be kept, the next request finds the order due.
            let _ = gateway.orders.transact(|_, _| ());
            gateway.note_settled();
        });
        waits.order_id
    }

    fn note_settled(&self) {
        for settled in self.orders.take_settled() {
            self.ledger.settled(settled);
        }
    }

    /// Does something after so long, if the simulator is still there.
    fn after(self: &Arc<Self>, time: Duration, action: impl FnOnce(&Arc<Self>) + Send + 'static) {
        let at = Instant::now() + time;
        let gateway = Arc::downgrade(self);
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        while late.try_join_next().is_some() {}
        late.spawn(async move {
            sleep_until(at).await;
            if let Some(gateway) = gateway.upgrade() {
                action(&gateway);
            }
        });
    }

    /// Drops what was to be executed later.
    pub(crate) fn forget_later(&self) {
        let mut late = self.late.lock().unwrap_or_else(PoisonError::into_inner);
        late.abort_all();
    }

    /// Path, method, signature, fields and the AppId's merchants, in this order.
    fn admit<'b>(
        &self,
        route: Option<Route>,
        head: &Head,
        body: &'b [u8],
        now: DateTime<Utc>,
    ) -> (Option<SignatureVerdict>, Admitted<'b>) {
        let Some(route) = route else {
            return (None, Err(Box::new(Reply::plain(404, HTML, NOT_FOUND))));
        };
        if head.method != "POST" {
            let mut reply = Reply::plain(405, HTML, "");
            reply.headers.push(("Allow", "POST".to_owned()));
            return (None, Err(Box::new(reply)));
        }
        let authorization = head.authorization.as_deref();
        let verdict = self.verifier.verify(authorization, body, now);
        let request = if verdict == SignatureVerdict::Accepted {
            route
                .read(body)
                .map_err(|why| Reply::refusal(code("9001"), &why, now))
                .and_then(|request| {
                    let merchant = &request.merchant_code;
                    if self.verifier.may_act_for(authorization, merchant) {
                        Ok((route, request))
                    } else {
                        let why = "授权失败: the AppId is not this merchant's";
                        Err(Reply::refusal(code("1001"), why, now))
                    }
                })
        } else {
            Err(Reply::refusal(code("1000"), verdict.err_info(), now))
        };
        (Some(verdict), request.map_err(Box::new))
    }

    /// What the order book says. If it cannot be kept, nothing is changed, and the answer is one
    /// that says nothing.
    ///
    /// `unclear` tells that the answer will be none that says what was done.
    fn decide(&self, route: Route, request: &Request<'_>, unclear: bool) -> Decision {
        let decided = self.orders.transact(|book, now| {
            let decision = route.execute(Execution {
                book,
                request,
                choices: self.choices,
                unclear,
                now,
            });
            (decision, book.has_settled())
        });
        // A book that could not be kept is as before, with what is due still due.
        let Ok((decision, has_settled)) = decided else {
            return Decision::refused_by(code("9999"));
        };
        if has_settled {
            self.note_settled();
        }
        decision
    }
}

type Admitted<'b> = Result<(Route, Request<'b>), Box<Reply>>;

/// What was decided about a complete request.
pub(crate) struct Answer {
    pub(crate) reply: Reply,
    pub(crate) signature: Option<SignatureVerdict>,
    pub(crate) operation: Option<SimulatedOperation>,
    pub(crate) order: Option<String>,
    pub(crate) change: Option<Change>,
    /// `errCode` that the order book decided, if it was asked.
    pub(crate) decided_code: Option<&'static str>,
    /// When the order book is to be asked, if later.
    pub(crate) later: Option<Later>,
    /// The payment that the request made and that waits.
    pub(crate) waits: Option<Waits>,
    pub(crate) fault: Option<Fault>,
    silent: bool,
}

/// A request that is to be executed later.
#[derive(Clone, Copy)]
pub(crate) struct Later {
    route: Route,
    after: Duration,
}

impl Answer {
    /// What goes on the wire in place of the reply: what a fault of [`FaultPhase::Reply`] makes of
    /// it, or nothing if nothing is to be said.
    pub(crate) fn bent(&self, path: &str) -> Option<Script> {
        match self.fault.map(|fault| (fault, fault.spec().effect)) {
            Some((fault, Effect::Late(transform) | Effect::Reply(transform))) => {
                let truth = TrueReply {
                    reply: self.reply.clone(),
                    path,
                    operation: self.operation,
                };
                Some(transform(&truth, fault.parameter()))
            }
            _ if self.silent => Some(Script::silent().step(Step::Hold)),
            _ => None,
        }
    }
}

const NOT_FOUND: &str = "<html><body>404 Not Found</body></html>";
