//! Journals: the one that ships conforms, the check bites, and a call that is
//! dropped leaves its trace.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::ready;
use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, Dial, Dialing};
use ums_client::{
    Client, Ended, Intent, Journal, MemoryJournal, Reading, Recorder, Recording, Sending,
    check_journal,
};

#[tokio::test]
async fn the_one_in_memory_conforms() {
    let journal = MemoryJournal::new();
    check_journal(async || journal.clone()).await.unwrap();
}

/// A journal with one flaw.
#[derive(Clone)]
struct Flawed(MemoryJournal, Flaw);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    ForgetsIntents,
    ForgetsAttempts,
    ForgetsEnds,
    TakesAttemptsOutOfOrder,
    OneCallAnOrder,
}

impl Recorder for Flawed {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        match self.1 {
            Flaw::ForgetsIntents => Box::pin(ready(Ok(()))),
            Flaw::OneCallAnOrder if intent.call.as_str() == "call-2" => {
                Box::pin(ready(Err("busy".into())))
            }
            _ => self.0.intent(intent),
        }
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        match self.1 {
            Flaw::ForgetsAttempts | Flaw::TakesAttemptsOutOfOrder => Box::pin(ready(Ok(()))),
            _ => self.0.sending(sending),
        }
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        match self.1 {
            Flaw::ForgetsEnds => Box::pin(ready(Ok(()))),
            _ => self.0.ended(ended),
        }
    }
}

impl Journal for Flawed {
    fn unfinished(&self) -> Reading<'_> {
        self.0.unfinished()
    }
}

#[tokio::test]
async fn each_flaw_is_found() {
    for flaw in [
        Flaw::ForgetsIntents,
        Flaw::ForgetsAttempts,
        Flaw::ForgetsEnds,
        Flaw::TakesAttemptsOutOfOrder,
        Flaw::OneCallAnOrder,
    ] {
        let journal = Flawed(MemoryJournal::new(), flaw);
        let found = check_journal(async || journal.clone()).await;
        assert!(found.is_err(), "{flaw:?}");
    }
}

/// A gateway that takes everything and says nothing.
struct Silent;

impl Dial for Silent {
    fn dial(&self) -> Dialing {
        let (ours, theirs) = tokio::io::duplex(4096);
        tokio::spawn(async move {
            let _held = theirs;
            std::future::pending::<()>().await;
        });
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_left_as_sending() {
    let journal = MemoryJournal::new();
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let client = Client::builder(
        url,
        AppId::new("made-up-app").unwrap(),
        &AppKey::new("made-up-key").unwrap(),
    )
    .dialer(Silent)
    .recorder(journal.clone())
    .build()
    .unwrap();
    let void = VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    );

    let second = Duration::from_secs(1);
    let dropped = tokio::time::timeout(second, client.void_payment(&void)).await;
    assert!(dropped.is_err());
    let open = journal.unfinished().await.unwrap();
    assert_eq!(open.len(), 1);
    assert!(open[0].may_have_left());
    assert_eq!(open[0].order.as_deref(), Some("20230718110248029165883554"));
    assert!(open[0].body.starts_with(b"{\"merchantCode\""));

    let late = client.void_payment(&void).await;
    assert!(late.is_unknown());
    assert_eq!(
        journal.unfinished().await.unwrap().len(),
        1,
        "only the dropped one"
    );
}
