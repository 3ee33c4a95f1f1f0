//! Journals: the one that ships conforms, and the check finds each flaw.

use std::future::ready;
use std::sync::{Arc, Mutex};

use crate::{
    CallState, Ended, Intent, Journal, MemoryJournal, OutcomeKind, Reading, Recorder, Recording,
    Sending, check_journal,
};
use ums_auth::Nonce;

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
    ForgetsWhere,
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
                Flaw::ForgetsUnknownCalls => open.retain(|entry| entry.state != CallState::Unknown),
                Flaw::ForgetsThatTheyAreUnknown => {
                    for entry in &mut open {
                        if entry.state == CallState::Unknown {
                            entry.state = CallState::Sending;
                        }
                    }
                }
                Flaw::ForgetsWhere => {
                    for entry in &mut open {
                        entry.gateway = None;
                    }
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
        (Flaw::ForgetsWhere, "an intent is not there after a crash"),
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
