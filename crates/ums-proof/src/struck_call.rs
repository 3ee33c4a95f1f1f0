//! One call over real sockets that one fault strikes, and the call after it.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::sleep;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    AuthorizationPayMode, Fen, MerchantCode, MerchantOrderId, Operation, PayCode, Preauthorize,
    QuickCompleteAuthorization, QuickVoidAuthorization, SystemTraceNumber, TerminalCode,
    UmsOrderId, VoidPayment,
};
use ums_client::transport::Trust;
use ums_client::{Client, Outcome, OutcomeKind};
use ums_simulator::{
    ExpectedOutcome, Fault, FaultPhase, Order, OrderState, Running, Simulator, Snapshot, Tls,
};

use crate::verdict::{Claim, Said, Truth, Violation, check};

/// How the call reaches the gateway.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mode {
    /// Whether the connection has served a call before. A fault that strikes connections themselves
    /// then strikes the second one, opened because the first was used up.
    pub reused: bool,
    /// TLS with these certificates, or plain HTTP.
    pub tls: Option<Tls>,
    /// What is made of an outcome.
    pub read: Reading,
    /// Which operation is struck.
    pub operation: StruckOperation,
}

/// An operation that is struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "one for each column of the tables")]
pub enum StruckOperation {
    /// The void of a payment.
    Void,
    /// A pre-authorisation (担保).
    Authorize,
    /// The quick completion of a hold (快速担保完成).
    Complete,
    /// The quick void of a hold (快速担保撤销).
    Release,
}

impl StruckOperation {
    /// Those about holds.
    pub const OF_HOLDS: [Self; 3] = [Self::Authorize, Self::Complete, Self::Release];

    /// Its name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Void => "void_payment",
            Self::Authorize => "preauthorize",
            Self::Complete => "quick_complete_authorization",
            Self::Release => "quick_void_authorization",
        }
    }

    /// What it makes of its order.
    fn makes(self) -> OrderState {
        match self {
            Self::Void | Self::Release => OrderState::Voided,
            Self::Authorize => OrderState::Held,
            Self::Complete => OrderState::Completed,
        }
    }
}

/// What is made of an outcome: [`Claim::of`], or for showing that a broken reading is caught,
/// another.
pub type Reading = fn(&Said<'_>) -> Claim;

/// What became of one struck call.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Struck {
    /// The outcome, and the bytes it claims.
    pub claim: Claim,
    /// The outcome's reason, if it has one.
    pub reason: Option<&'static str>,
    /// The outcome of the call after it, on another order and without a fault.
    pub next: OutcomeKind,
    /// Complete requests that arrived for the struck call.
    pub complete_requests: usize,
    /// What is wrong, in words. Empty when all is well.
    pub wrong: Vec<String>,
}

/// A run that says nothing about the client, because it could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("{step} failed: {cause}")]
#[non_exhaustive]
pub struct SetUpFailed {
    /// What was being done.
    pub step: &'static str,
    /// Why it failed.
    pub cause: String,
}

/// Starts a simulator, has one call struck by `fault`, sends one more without a fault, and holds
/// both against the ledger.
///
/// # Errors
///
/// When the simulator or the client cannot be set up, or the call that is to leave a connection to
/// reuse is not approved.
pub async fn strike(fault: Fault, mode: &Mode) -> Result<Struck, SetUpFailed> {
    let running = start(mode).await?;
    let client = client(&running, patience(fault))?;
    if mode.reused {
        warm_up(&running, &client, fault).await?;
    }
    arm(&running, fault).await?;
    let outcome = call(&client, mode, STRUCK).await?;
    disarm(&running, fault).await;
    prepare_next(&running, fault).await?;
    let next = call(&client, mode, NEXT).await?;
    drop(client);

    let orders = running.orders();
    let ledger = settle(running).await;
    let done = |order: &str| {
        let found = match mode.operation {
            StruckOperation::Authorize => {
                orders.find_merchant_order(Simulator::DEMO_MERCHANT_CODE, order)
            }
            _ => orders.find(order),
        };
        found.is_some_and(|order| order.state == mode.operation.makes())
    };
    let claim = outcome.claim;
    let truth = Truth {
        bytes_received: bytes_of_struck(&ledger, mode, &next.claim),
        ..truth_of(&ledger, STRUCK, done(STRUCK))
    };
    let mut wrong = in_words("the struck call", &claim, &truth);
    // The table of faults tells what to conclude of a void.
    if mode.operation == StruckOperation::Void
        && let Some(text) = departs(&claim, fault, mode)
    {
        wrong.push(text);
    }
    let next_truth = truth_of(&ledger, NEXT, done(NEXT));
    wrong.extend(in_words("the next call", &next.claim, &next_truth));
    Ok(Struck {
        claim,
        reason: outcome.reason,
        next: next.kind,
        complete_requests: truth.complete_requests,
        wrong,
    })
}

/// The four ways to reach the gateway: plain fresh, plain reused, TLS fresh, TLS reused.
///
/// # Errors
///
/// When the certificates cannot be made.
pub fn modes(read: Reading) -> Result<[Mode; 4], SetUpFailed> {
    let tls = Tls::generate().map_err(failed("making certificates"))?;
    let mode = |reused, tls: Option<&Tls>| Mode {
        reused,
        tls: tls.cloned(),
        read,
        operation: StruckOperation::Void,
    };
    Ok([
        mode(false, None),
        mode(true, None),
        mode(false, Some(&tls)),
        mode(true, Some(&tls)),
    ])
}

/// One run to be made.
#[derive(Clone, Debug)]
pub(crate) struct Strike<C> {
    /// Where its result belongs.
    pub(crate) cell: C,
    /// The fault with its parameter.
    pub(crate) fault: String,
    pub(crate) mode: Mode,
}

/// Makes all runs, many at once since many wait for a deadline.
pub(crate) async fn strike_all<C: Send + 'static>(
    strikes: impl Iterator<Item = Strike<C>>,
) -> Result<Vec<(C, Struck)>, SetUpFailed> {
    const AT_ONCE: usize = 48;
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for Strike { cell, fault, mode } in strikes {
        let slots = Arc::clone(&slots);
        let fault: Fault = fault.parse().map_err(failed("reading a fault's name"))?;
        running.spawn(async move {
            let _slot = slots.acquire_owned().await;
            let struck = strike(fault, &mode).await?;
            Ok::<_, SetUpFailed>((cell, struck))
        });
    }
    let mut done = Vec::with_capacity(running.len());
    while let Some(ended) = running.join_next().await {
        done.push(ended.map_err(failed("a run"))??);
    }
    Ok(done)
}

/// How long request and reply of a void are on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sizes {
    /// The request's head, with its empty line.
    pub request_head: u64,
    /// The request's body.
    pub request_body: u64,
    /// The whole reply.
    pub reply: u64,
}

/// Measures the exchange that [`strike`] disturbs, answered truthfully: by an approval, or by a
/// refusal.
///
/// # Errors
///
/// As [`strike`], and when the answer is not that.
pub async fn measure(mode: &Mode, approved: bool) -> Result<Sizes, SetUpFailed> {
    let running = start(mode).await?;
    let client = client(&running, Duration::from_secs(30))?;
    if !approved {
        running
            .fault("code-57")
            .map_err(failed("arming a refusal"))?;
    }
    let outcome = client.void_payment(&void(STRUCK)?).await;
    drop(client);
    let ledger = settle(running).await;
    match (outcome.kind(), ledger.requests.as_slice()) {
        (OutcomeKind::Approved | OutcomeKind::Declined, [request])
            if outcome.is_approved() == approved =>
        {
            Ok(Sizes {
                request_head: request.head_bytes,
                request_body: request.body_bytes,
                reply: request.reply_bytes_sent,
            })
        }
        _ => Err(SetUpFailed {
            step: "measuring an exchange",
            cause: outcome.to_string(),
        }),
    }
}

const OTHER_HOLD: &str = "20230718110248029165880009";
const WARM_UP: &str = "20230718110248029165880001";
const STRUCK: &str = "20230718110248029165880002";
const NEXT: &str = "20230718110248029165880003";

async fn start(mode: &Mode) -> Result<Running, SetUpFailed> {
    let builder = Simulator::builder().order(Order::paid(WARM_UP));
    let mut builder = match mode.operation {
        StruckOperation::Void => builder.orders([STRUCK, NEXT].map(Order::paid)),
        // A hold is made by a terminal that has made one.
        StruckOperation::Authorize => builder.order(Order::held(OTHER_HOLD, "000009")),
        StruckOperation::Complete | StruckOperation::Release => {
            builder.orders([STRUCK, NEXT].map(|order| Order::held(order, trace_of(order))))
        }
    };
    if let Some(tls) = &mode.tls {
        builder = builder.tls(tls.clone());
    }
    builder.start().await.map_err(failed("starting"))
}

/// Long for a fault after which a reply decides, so that a busy machine does not turn it into a
/// deadline; short where only the deadline ends the call.
fn patience(fault: Fault) -> Duration {
    match fault.spec().conclusion {
        ExpectedOutcome::Approved | ExpectedOutcome::Declined => Duration::from_secs(30),
        _ => Duration::from_millis(1500),
    }
}

fn client(running: &Running, timeout: Duration) -> Result<Client, SetUpFailed> {
    let url: ums_client::transport::BaseUrl = running.url().parse().map_err(failed("the URL"))?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).map_err(failed("the AppId"))?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).map_err(failed("the AppKey"))?;
    let mut builder = Client::builder(url, app_id, &app_key).timeout(timeout);
    if let Some(pem) = running.ca_pem() {
        builder = builder.trust(Trust::ca_pem(pem.as_bytes()).map_err(failed("the CA"))?);
    }
    builder.build().map_err(failed("building the client"))
}

fn void(order: &str) -> Result<VoidPayment, SetUpFailed> {
    Ok(VoidPayment::by_ums_order_id(
        merchant()?,
        terminal()?,
        UmsOrderId::new(order).map_err(failed("the order"))?,
    ))
}

fn merchant() -> Result<MerchantCode, SetUpFailed> {
    MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).map_err(failed("the merchant"))
}

fn terminal() -> Result<TerminalCode, SetUpFailed> {
    TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).map_err(failed("the terminal"))
}

/// How a call ended.
struct CallEnd {
    claim: Claim,
    reason: Option<&'static str>,
    kind: OutcomeKind,
}

/// The operation that is struck, about this order.
async fn call(client: &Client, mode: &Mode, order: &str) -> Result<CallEnd, SetUpFailed> {
    let order_id = || UmsOrderId::new(order).map_err(failed("the order"));
    let number = match mode.operation {
        StruckOperation::Authorize => trace_of(order),
        // Another one than its hold's.
        _ => trace_of(order).replacen('8', "1", 1),
    };
    let number = SystemTraceNumber::new(number).map_err(failed("its number"))?;
    let one = Fen::new(1);
    match mode.operation {
        StruckOperation::Void => execute(client, mode, &void(order)?).await,
        StruckOperation::Authorize => {
            let code = PayCode::new("134524350966727175").map_err(failed("the pay code"))?;
            let scan = AuthorizationPayMode::CodeScan;
            let hold = Preauthorize::new(merchant()?, terminal()?, number, one, scan, code);
            let id = MerchantOrderId::new(order).map_err(failed("the order"))?;
            execute(client, mode, &hold.with_merchant_order_id(id)).await
        }
        StruckOperation::Complete => {
            let (merchant, terminal) = (merchant()?, terminal()?);
            let completion =
                QuickCompleteAuthorization::new(merchant, terminal, number, one, order_id()?);
            execute(client, mode, &completion).await
        }
        StruckOperation::Release => {
            let (merchant, terminal) = (merchant()?, terminal()?);
            let void = QuickVoidAuthorization::new(merchant, terminal, number, one, order_id()?);
            execute(client, mode, &void).await
        }
    }
}

async fn execute<O: Operation>(
    client: &Client,
    mode: &Mode,
    operation: &O,
) -> Result<CallEnd, SetUpFailed> {
    let outcome = client.execute(operation).await;
    Ok(CallEnd {
        claim: (mode.read)(&Said::by(&outcome)),
        reason: outcome.reason(),
        kind: outcome.kind(),
    })
}

/// The system trace number of the hold with this order id.
fn trace_of(order: &str) -> String {
    let last = order.len().saturating_sub(6);
    order.get(last..).unwrap_or_default().to_owned()
}

/// Leaves a connection in the pool, or for a fault of connections, one that cannot be used again.
async fn warm_up(running: &Running, client: &Client, fault: Fault) -> Result<(), SetUpFailed> {
    if fault.spec().phase == FaultPhase::Connect {
        running
            .fault("no-length-applied")
            .map_err(failed("arming the warm-up"))?;
    }
    match client.void_payment(&void(WARM_UP)?).await {
        Outcome::Approved(_) => {}
        other => {
            return Err(SetUpFailed {
                step: "the warm-up",
                cause: other.to_string(),
            });
        }
    }
    // The reply may be read before the simulator has turned to its next request.
    let ended = running.ledger();
    ended.until(|totals| totals.finished_requests == 1).await;
    Ok(())
}

async fn arm(running: &Running, fault: Fault) -> Result<(), SetUpFailed> {
    running.fault(fault).map_err(failed("arming the fault"))?;
    if fault.spec().name == REFUSE {
        listening(running, false).await;
    }
    Ok(())
}

async fn disarm(running: &Running, fault: Fault) {
    running.clear_faults();
    if fault.spec().name == REFUSE {
        listening(running, true).await;
    }
}

/// Gives what a fault left behind the time to meet the next call.
async fn prepare_next(running: &Running, fault: Fault) -> Result<(), SetUpFailed> {
    let name = fault.spec().name;
    if name.contains("then-reply") {
        // So late that the reply to the struck call comes alone.
        running
            .fault("late-reply-applied@200")
            .map_err(failed("arming the next call"))?;
    }
    if name.starts_with("stray-reply") {
        sleep(Duration::from_millis(fault.parameter() * 2)).await;
    }
    Ok(())
}

/// The one fault that takes effect on the port, some time after it is armed.
const REFUSE: &str = "refuse";

/// Waits until the port is open, or closed.
async fn listening(running: &Running, open: bool) {
    while TcpStream::connect(running.address()).await.is_ok() != open {
        tokio::task::yield_now().await;
    }
}

/// The ledger after everything in flight has come to rest.
async fn settle(running: Running) -> Snapshot {
    let ledger = running.ledger();
    let rest = ledger.until(|totals| totals.open_connections == 0);
    // Some faults hold on for longer; shutting down ends those.
    let _ = tokio::time::timeout(Duration::from_secs(2), rest).await;
    running.shutdown().await
}

fn truth_of(ledger: &Snapshot, order: &str, done: bool) -> Truth {
    let mut truth = Truth {
        done,
        ..Truth::default()
    };
    for request in &ledger.requests {
        if request.order.as_deref() == Some(order) {
            truth.complete_requests += usize::from(request.body_complete);
            truth.bytes_received += request.bytes_received;
            truth.applied |= request.applied.is_some();
        }
    }
    truth
}

/// The bytes that arrived for the struck call. A request that was cut before its body names no
/// order; only the struck call can have been cut so.
fn bytes_of_struck(ledger: &Snapshot, mode: &Mode, next: &Claim) -> u64 {
    let sum = |mine: fn(Option<&str>) -> bool| -> u64 {
        let requests = ledger.requests.iter();
        requests
            .filter(|request| mine(request.order.as_deref()))
            .map(|request| request.bytes_received)
            .sum()
    };
    let of_requests = sum(|order| order.is_none_or(|order| order == STRUCK));
    if mode.tls.is_some() {
        return of_requests;
    }
    // On a plain connection every byte is a request's, also where the simulator ended it before
    // there was a request.
    let all: u64 = ledger.connections.iter().map(|c| c.bytes_received).sum();
    let others = sum(|order| order == Some(WARM_UP)) + next.bytes_written;
    of_requests.max(all.saturating_sub(others))
}

fn in_words(which: &str, claim: &Claim, truth: &Truth) -> Vec<String> {
    let word = |violation: Violation| format!("{which}: {violation} ({claim:?}, {truth:?})");
    check(claim, truth).into_iter().map(word).collect()
}

/// How the outcome departs from what the table of faults says a client should conclude.
fn departs(claim: &Claim, fault: Fault, mode: &Mode) -> Option<String> {
    let nothing_left = claim.bytes_written == 0;
    let expected = match fault.spec().conclusion {
        ExpectedOutcome::Approved => OutcomeKind::Approved,
        ExpectedOutcome::Declined => OutcomeKind::Declined,
        ExpectedOutcome::NotSent => OutcomeKind::NotSent,
        ExpectedOutcome::NotSentIfNothingWritten if nothing_left => OutcomeKind::NotSent,
        ExpectedOutcome::NotSentIfTls if mode.tls.is_some() => OutcomeKind::NotSent,
        _ => OutcomeKind::Unknown,
    };
    (claim.kind != expected).then(|| {
        format!(
            "{fault}: concluded {}, where {} is right ({claim:?})",
            claim.kind.as_str(),
            expected.as_str()
        )
    })
}

fn failed<E: std::error::Error>(step: &'static str) -> impl Fn(E) -> SetUpFailed {
    move |error| {
        let mut cause = error.to_string();
        let mut next = error.source();
        while let Some(source) = next {
            cause += &format!(": {source}");
            next = source.source();
        }
        SetUpFailed { step, cause }
    }
}
