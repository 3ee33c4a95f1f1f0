//! Judges a case by the gateway's ledger and the journal.

use std::collections::BTreeSet;

use ums_durable::journal::{FactKind, StoredCall};
use ums_simulator::{LedgerRequest, SimulatedOperation};

use super::case::{Course, Played};
use super::gateway::What;
use crate::durable::nonce_of;

/// What was found in a case.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) lost_intents: u64,
    pub(crate) sent_twice: u64,
    pub(crate) wrong: Vec<String>,
    /// How the call stands in the end.
    pub(crate) end: &'static str,
}

/// Judges a case by the requests about its order.
pub(crate) fn judge(played: &Played, requests: &[&LedgerRequest]) -> Verdict {
    let mut verdict = Verdict {
        end: "no call",
        ..Verdict::default()
    };
    let operation = match played.plan.what {
        What::Void => SimulatedOperation::Void,
        What::Refund => SimulatedOperation::Refund,
    };
    let own: Vec<&LedgerRequest> = requests
        .iter()
        .copied()
        .filter(|request| request.operation == Some(operation))
        .collect();
    let whole = own.iter().filter(|request| request.body_complete).count();
    if whole > 1 {
        verdict.sent_twice += 1;
        verdict.wrong.push(format!("{whole} complete requests"));
    }
    let known: BTreeSet<&str> = played.calls.iter().flat_map(nonces_of).collect();
    for request in &own {
        let nonce = request.authorization.as_deref().and_then(nonce_of);
        if let Some(nonce) = nonce
            && !known.contains(nonce.as_str())
        {
            verdict.lost_intents += 1;
            verdict
                .wrong
                .push(format!("the journal has nothing of the request {nonce}"));
        }
    }
    let applied = own.iter().any(|request| request.applied.is_some());
    told(played, applied, &mut verdict);
    match played.calls.as_slice() {
        [] => verdict
            .wrong
            .push("the journal has no call in the end".to_owned()),
        [call] => verdict.end = end_of(played, call, applied, &mut verdict),
        calls => verdict
            .wrong
            .push(format!("{} calls have one key", calls.len())),
    }
    verdict
}

/// How the call stands, and whether that is so.
fn end_of(
    played: &Played,
    call: &StoredCall,
    applied: bool,
    verdict: &mut Verdict,
) -> &'static str {
    let view = &call.view;
    if view.is_running() {
        verdict
            .wrong
            .push("the call is running when all is over".to_owned());
    }
    match view.executed {
        Some(true) if !applied => verdict
            .wrong
            .push("approved in the end, and nobody has done it".to_owned()),
        Some(false) if applied => verdict
            .wrong
            .push("not carried out in the end, and it was".to_owned()),
        None if !view.is_open() => verdict
            .wrong
            .push("unknown in the end, and in no list".to_owned()),
        _ => {}
    }
    if matches!(played.plan.course, Course::Stall(..)) && view.contradicted {
        verdict
            .wrong
            .push("the word of the recovery was withdrawn".to_owned());
    }
    match view.outcome {
        None => "running",
        Some(outcome) => outcome.as_str(),
    }
}

/// What the processes told, as far as it is for good.
fn told(played: &Played, applied: bool, verdict: &mut Verdict) {
    for ended in &played.ended {
        for line in &ended.told {
            let mut words = line.split(' ');
            let is_answer = words.next() == Some("told");
            let (outcome, call) = (words.next(), words.next());
            let is_recorded = words.next() == Some("true");
            if !is_answer {
                continue;
            }
            let is_false = match outcome {
                Some("approved") => !applied,
                Some("declined" | "not_executed") => applied,
                _ => false,
            };
            if is_false {
                verdict
                    .wrong
                    .push(format!("{line:?}, and carried out: {applied}"));
            }
            let has_it = played
                .calls
                .iter()
                .any(|known| Some(known.id.as_str()) == call);
            if is_recorded && !has_it {
                verdict.lost_intents += 1;
                verdict
                    .wrong
                    .push(format!("{line:?}, and the journal has no such call"));
            }
        }
    }
    let last = played.ended.last();
    if let Some(last) = last.filter(|last| !last.success) {
        verdict
            .wrong
            .push(format!("the last process failed: {:?}", last.told));
    }
}

fn nonces_of(call: &StoredCall) -> impl Iterator<Item = &str> {
    let facts = call.facts.iter();
    facts.filter_map(|recorded| match &recorded.fact().what {
        FactKind::Sending(sending) => Some(sending.plan.nonce.as_str()),
        _ => None,
    })
}
