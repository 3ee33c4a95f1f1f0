//! Journals under a client: a call that is dropped leaves its trace, and one that ended as unknown
//! stays open.

use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{CallState, Client, Conclusion, Journal, MemoryJournal, Recorder, StillOpen};

/// A gateway that takes everything and says nothing.
struct Silent;

impl Connect for Silent {
    fn connect(&self) -> ConnectFuture {
        let (ours, theirs) = tokio::io::duplex(4096);
        tokio::spawn(async move {
            let _held = theirs;
            std::future::pending::<()>().await;
        });
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

fn client(journal: &MemoryJournal) -> Client {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    Client::builder(
        url,
        AppId::new("made-up-app").unwrap(),
        &AppKey::new("made-up-key").unwrap(),
    )
    .connector(Silent)
    .recorder(journal.clone())
    .build()
    .unwrap()
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_is_left_as_sending() {
    let journal = MemoryJournal::new();
    let second = Duration::from_secs(1);
    let (client, void) = (client(&journal), void());
    let dropped = tokio::time::timeout(second, client.void_payment(&void)).await;
    assert!(dropped.is_err());
    let open = journal.unfinished().await.unwrap();
    assert_eq!(open.len(), 1);
    assert!(open[0].may_have_been_sent());
    assert_eq!(open[0].state, CallState::Sending, "it has not ended");
    assert_eq!(open[0].order.as_deref(), Some("20230718110248029165883554"));
    assert_eq!(open[0].ums_order_id, open[0].order);
    assert_eq!(open[0].merchant_order_id, None);
    assert_eq!(open[0].merchant.as_deref(), Some("103290070111417"));
    assert_eq!(open[0].gateway.as_deref(), Some("http://localhost"));
    assert_eq!(open[0].app_id, Some(AppId::new("made-up-app").unwrap()));
    assert!(open[0].body.starts_with(b"{\"merchantCode\""));
}

/// What is unknown is open, and the journal is where somebody finds it.
#[tokio::test(start_paused = true)]
async fn an_unknown_call_stays_open() {
    let journal = MemoryJournal::new();
    let outcome = client(&journal).void_payment(&void()).await;
    assert!(outcome.is_unknown(), "{outcome}");
    assert_eq!(outcome.evidence().not_recorded, None);
    let open = journal.unfinished().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(Some(open[0].call), outcome.evidence().call);
    assert_eq!(open[0].attempts.len(), 1);
    assert_eq!(open[0].state, CallState::Unknown);
    assert!(open[0].may_have_been_sent());
    let timestamp = outcome.evidence().attempt.timestamp;
    assert_eq!(Some(open[0].attempts[0].timestamp), timestamp);

    // Found out by nothing: it stays open. Found out, it is closed.
    let found = |conclusion: Conclusion| conclusion.to_ended(open[0].call, outcome.evidence());
    let still_open = Conclusion::Unknown(StillOpen::TimeUp);
    assert!(
        found(still_open).is_none(),
        "what is not certain ends no call"
    );
    assert_eq!(journal.unfinished().await.unwrap().len(), 1);
    let ended = found(Conclusion::Approved { stands: true }).unwrap();
    journal.ended(&ended).await.unwrap();
    assert!(journal.unfinished().await.unwrap().is_empty());
}
