//! Journals: the one that ships conforms, the check bites, and a call that is
//! dropped leaves its trace.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use ums_client::auth::{AppId, AppKey, Nonce};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::{BaseUrl, Dial, Dialing};
use ums_client::{
    Client, Conclusion, Ended, Intent, Journal, MemoryJournal, OutcomeKind, Reading, Recorder,
    Recording, Sending, StillOpen, check_journal,
};

#[tokio::test]
async fn the_one_in_memory_conforms() {
    let journal = MemoryJournal::new();
    check_journal(async || journal.clone()).await.unwrap();
}

type Calls = Arc<Mutex<Vec<Nonce>>>;

/// A journal with one flaw.
#[derive(Clone)]
struct Flawed {
    journal: MemoryJournal,
    flaw: Flaw,
    begun: Calls,
    /// The calls that ended as unknown.
    unknown: Calls,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Flaw {
    ForgetsIntents,
    ForgetsAttempts,
    ForgetsEnds,
    TakesAttemptsOutOfOrder,
    OneCallAnOrder,
    ForgetsUnknownCalls,
    ForgetsThatTheyAreUnknown,
    SendsUnknownCallsAgain,
    BeginsUnknownCallsAgain,
    RefusesWhatBecameOfThem,
    NeverClosesThem,
}

impl Flawed {
    fn has_begun(&self, call: Nonce) -> bool {
        self.begun.lock().unwrap().contains(&call)
    }

    fn is_unknown(&self, call: Nonce) -> bool {
        self.unknown.lock().unwrap().contains(&call)
    }
}

impl Recorder for Flawed {
    fn intent<'a>(&'a self, intent: &'a Intent<'a>) -> Recording<'a> {
        self.begun.lock().unwrap().push(intent.call);
        match self.flaw {
            Flaw::ForgetsIntents => Box::pin(ready(Ok(()))),
            Flaw::OneCallAnOrder if intent.call.as_str() == "call-2" => {
                Box::pin(ready(Err("busy".into())))
            }
            Flaw::BeginsUnknownCallsAgain if self.is_unknown(intent.call) => {
                Box::pin(ready(Ok(())))
            }
            _ => self.journal.intent(intent),
        }
    }

    fn sending<'a>(&'a self, sending: &'a Sending) -> Recording<'a> {
        match self.flaw {
            Flaw::TakesAttemptsOutOfOrder => Box::pin(ready(Ok(()))),
            Flaw::ForgetsAttempts if self.has_begun(sending.call) => Box::pin(ready(Ok(()))),
            Flaw::SendsUnknownCallsAgain if self.is_unknown(sending.call) => {
                Box::pin(ready(Ok(())))
            }
            _ => self.journal.sending(sending),
        }
    }

    fn ended<'a>(&'a self, ended: &'a Ended<'a>) -> Recording<'a> {
        let was_unknown = self.is_unknown(ended.call);
        if ended.outcome == OutcomeKind::Unknown {
            self.unknown.lock().unwrap().push(ended.call);
        }
        match self.flaw {
            Flaw::ForgetsEnds
                if self.has_begun(ended.call) && ended.outcome != OutcomeKind::Unknown =>
            {
                Box::pin(ready(Ok(())))
            }
            Flaw::RefusesWhatBecameOfThem if was_unknown => {
                Box::pin(ready(Err("it has ended".into())))
            }
            Flaw::NeverClosesThem if was_unknown => Box::pin(ready(Ok(()))),
            _ => self.journal.ended(ended),
        }
    }
}

impl Journal for Flawed {
    fn unfinished(&self) -> Reading<'_> {
        Box::pin(async {
            let mut open = self.journal.unfinished().await?;
            match self.flaw {
                Flaw::ForgetsUnknownCalls => open.retain(|record| !record.ended_unknown),
                Flaw::ForgetsThatTheyAreUnknown => {
                    open.iter_mut()
                        .for_each(|record| record.ended_unknown = false);
                }
                _ => {}
            }
            Ok(open)
        })
    }
}

#[tokio::test]
async fn each_flaw_is_found() {
    for (flaw, found) in [
        (Flaw::ForgetsIntents, "an intent is not there after a crash"),
        (
            Flaw::ForgetsAttempts,
            "the attempts are not there after a crash",
        ),
        (Flaw::ForgetsEnds, "an end is not there after a crash"),
        (
            Flaw::TakesAttemptsOutOfOrder,
            "a call that has not begun may not send",
        ),
        (
            Flaw::OneCallAnOrder,
            "a second call about one order is refused: busy",
        ),
        (
            Flaw::ForgetsUnknownCalls,
            "a call that ended as unknown is not open after a crash",
        ),
        (
            Flaw::ForgetsThatTheyAreUnknown,
            "a call that ended as unknown is not open after a crash",
        ),
        (
            Flaw::SendsUnknownCallsAgain,
            "a call that ended as unknown may not send",
        ),
        (
            Flaw::BeginsUnknownCallsAgain,
            "a call that ended as unknown may not begin again",
        ),
        (
            Flaw::RefusesWhatBecameOfThem,
            "what became of an unknown call is refused: it has ended",
        ),
        (Flaw::NeverClosesThem, "an end is not there after a crash"),
    ] {
        let journal = Flawed {
            journal: MemoryJournal::new(),
            flaw,
            begun: Arc::default(),
            unknown: Arc::default(),
        };
        let check = check_journal(async || journal.clone()).await;
        assert_eq!(check.unwrap_err(), found, "{flaw:?}");
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

fn client(journal: &MemoryJournal) -> Client {
    let url: BaseUrl = "http://localhost".parse().unwrap();
    Client::builder(
        url,
        AppId::new("made-up-app").unwrap(),
        &AppKey::new("made-up-key").unwrap(),
    )
    .dialer(Silent)
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
    assert!(open[0].may_have_left());
    assert!(!open[0].ended_unknown, "it has not ended");
    assert_eq!(open[0].order.as_deref(), Some("20230718110248029165883554"));
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
    assert!(open[0].ended_unknown && open[0].may_have_left());

    // Found out by nothing: it stays open. Found out, it is closed.
    let found = |conclusion| Ended::resolved(open[0].call, &conclusion, outcome.evidence());
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
