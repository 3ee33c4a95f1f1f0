//! A client that is awaited outside any tokio runtime: it says so, and nothing panics.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Pay, PayCode, PayMode, TerminalCode,
    UmsOrderId, VoidPayment,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{
    AccessTokens, Client, ClientBuilder, Conclusion, Concurrency, Language, MemoryJournal,
    NextStep, NotSentReason, Outcome, PastCall, ResolvePolicy, RuntimeUnavailable, StillOpen,
    TillPolicy, UnknownReason,
};

/// A gateway to which every connection stays open and silent.
struct Silent;

impl Connect for Silent {
    fn connect(&self) -> ConnectFuture {
        Box::pin(async {
            let (ours, theirs) = tokio::io::duplex(16 * 1024);
            std::mem::forget(theirs);
            Ok(Box::new(ours) as _)
        })
    }
}

fn builder() -> ClientBuilder {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_key = AppKey::new("MADEUPKEY4c0ffee4c0ffee4c0ffee4c").unwrap();
    Client::builder(url, AppId::new("made-up-app").unwrap(), &app_key).connector(Silent)
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

fn pay() -> Pay {
    Pay::new(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(4160),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    )
}

/// What any other executor does first, which must be enough.
fn polled_once<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits for something outside any runtime"),
    }
}

fn assert_not_run<R: std::fmt::Debug>(outcome: &Outcome<R>) {
    let Outcome::NotSent(not_sent) = outcome else {
        panic!("{outcome:?}");
    };
    assert!(
        matches!(
            not_sent.reason,
            NotSentReason::Runtime(RuntimeUnavailable::Missing)
        ),
        "{:?}",
        not_sent.reason
    );
    assert_eq!(outcome.reason(), Some("runtime"));
    assert_eq!(outcome.next_step(), NextStep::FixSetup);
    assert!(outcome.evidence().earlier.is_empty());
}

#[test]
fn a_call_outside_any_runtime_is_not_sent_and_says_why() {
    let journal = MemoryJournal::new();
    let settings = [
        builder(),
        builder().recorder(journal.clone()),
        builder().access_tokens(AccessTokens::new()),
        builder().concurrency(Concurrency::new(0, 1)),
    ];
    for client in settings.map(|builder| builder.build().unwrap()) {
        let outcome = polled_once(client.void_payment(&void()));
        assert_not_run(&outcome);
        let text = outcome.explain(Language::English);
        assert!(text.contains("there is no tokio runtime here"), "{text}");
        let report = polled_once(client.pay_at_till(&pay(), &TillPolicy::default()));
        assert_not_run(&report.outcome);
        assert_eq!(report.conclusion, Conclusion::NotSent);
    }
    let unfinished = polled_once(ums_client::Journal::unfinished(&journal));
    assert!(unfinished.unwrap().is_empty());
}

#[test]
fn what_cannot_be_asked_stays_unknown() {
    let client = builder().build().unwrap();
    let policy = ResolvePolicy::default();
    let cannot_ask = Conclusion::Unknown(StillOpen::CannotAsk(RuntimeUnavailable::Missing));

    let open = Outcome::unknown(&void(), UnknownReason::Code);
    let resolution = polled_once(client.resolve(&void(), open, &policy));
    assert_eq!(resolution.conclusion, cannot_ask);
    assert!(resolution.queries.is_empty());
    assert_eq!(resolution.conclusion.next_step(), NextStep::Query);

    let inquiry = polled_once(client.inquire(&void(), &PastCall::default(), &policy));
    assert_eq!(inquiry.conclusion, cannot_ask);

    let resolution = polled_once(client.void_payment_resolved(&void(), &policy));
    assert_not_run(&resolution.outcome);
    assert_eq!(resolution.conclusion, Conclusion::NotSent);
}

#[test]
fn a_client_is_closed_outside_any_runtime_without_waiting() {
    let client = builder().build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = { runtime }.enable_all().build().unwrap();
    let void = void();
    let mut call = Box::pin(client.void_payment(&void));
    runtime.block_on(async {
        // It waits for a reply by now.
        let some = tokio::time::timeout(Duration::from_millis(50), &mut call).await;
        assert!(some.is_err());
    });
    let open = polled_once(client.close(Duration::from_secs(3600)));
    assert_eq!(open.len(), 1);
    assert!(runtime.block_on(client.void_payment(&void)).reason() == Some("client_closed"));
}
