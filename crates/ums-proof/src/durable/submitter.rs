//! Somebody who submits an operation, and submits it again when it did not begin.

use std::time::Duration;

use tokio::time::{sleep, sleep_until};
use ums_client::model::{
    AnyRequest, Fen, MerchantRemark, Pay, PayCode, PayMode, Refund, RefundRequestId,
    ReversePayment, VoidPayment,
};
use ums_durable::journal::{CallId, CallerText, Key, RecordedOutcome, Store as _, StoreRefusal};
use ums_durable::{Answer, SubmitError, SubmitOptions};

use super::book::{AnswerSeen, Said, Told};
use super::ground::Ground;
use super::judge::answer_differs;
use super::plan::Submission;
use super::store::ACT;
use crate::history::caller::{merchant, merchant_order_id, order, refund_request_id, terminal};
use crate::history::in_words;
use crate::history::plan::Act;

/// Submits until there is an answer, or it is given up.
pub(crate) async fn submit(ground: Ground, number: usize) -> Result<(), String> {
    let Some(submission) = ground.plan.submissions.get(number).cloned() else {
        return Ok(());
    };
    sleep_until(ground.start + submission.at).await;
    let mut process = submission.process;
    let mut despite: Vec<CallId> = Vec::new();
    for _ in 0..=submission.again {
        let Some(life) = ground.life(process).await else {
            return Ok(());
        };
        ground.witness.note(|| {
            format!("submission {number} at process {process}: {submission:?}, despite {despite:?}")
        });
        let submitted = life.durable.submit_with(
            key_of(&submission)?,
            request_of(&ground, submission.act)?,
            options_of(&submission, &despite)?,
        );
        let heard = life.process.run(submitted).await;
        drop(life);
        let Some(answer) = heard else {
            ground.book.count("caller died");
            process = (process + 1) % ground.plan.processes;
            continue;
        };
        let goes_on = hear(&ground, number, &submission, answer, &mut despite).await;
        if !goes_on {
            return Ok(());
        }
        process = (process + 1) % ground.plan.processes;
        sleep(Duration::from_millis(300)).await;
    }
    Ok(())
}

/// Takes note of an answer. Says whether it is to be submitted again.
async fn hear(
    ground: &Ground,
    number: usize,
    submission: &Submission,
    answer: Result<Answer, SubmitError>,
    despite: &mut Vec<CallId>,
) -> bool {
    let said = match answer {
        Ok(answer) => Said::Told(told(&answer)),
        Err(SubmitError::Refused(refused)) => Said::Refused(refused),
        Err(SubmitError::Journal(_)) => Said::Error("error: journal"),
        Err(SubmitError::NotCertain) => Said::Error("error: not certain"),
        Err(SubmitError::NotStarted(_)) => Said::Error("error: not started"),
        Err(SubmitError::Closing) => Said::Error("error: closing"),
        Err(SubmitError::Amnesia(_)) => Said::Error("error: amnesia"),
        Err(_) => Said::Error("error: other"),
    };
    ground
        .witness
        .note(|| format!("submission {number} hears {said:?}"));
    ground.book.count(name_of(&said));
    let goes_on = match &said {
        Said::Told(told) => told.outcome == Some(RecordedOutcome::NotSent),
        Said::Refused(StoreRefusal::OrderBusy { calls }) if submission.despite => {
            despite.extend(calls.iter().cloned());
            true
        }
        Said::Refused(StoreRefusal::NotCertain { call }) if submission.despite => {
            despite.push(call.clone());
            true
        }
        Said::Refused(_) => false,
        Said::Error(_) => true,
    };
    if let Said::Told(told) = &said
        && told.recorded
    {
        // Nothing runs between the answer and this look at the journal.
        let stored = ground.store.call(&told.call).await.ok().flatten();
        if let Some(wrong) = answer_differs(told, &ground.key(submission), stored.as_ref()) {
            let wrong = format!("submission {number}: {wrong} ({told:?})");
            ground.book.lock().wrong.push(wrong);
        }
    }
    ground.book.lock().answers.push(AnswerSeen {
        submission: number,
        key: ground.key(submission),
        act: submission.act,
        at: ground.witness.elapsed(),
        said,
    });
    goes_on
}

fn told(answer: &Answer) -> Told {
    Told {
        call: answer.call.clone(),
        outcome: answer.outcome(),
        stands: answer.record.as_ref().and_then(|record| record.stands),
        recorded: answer.recorded,
        is_replay: answer.is_replay,
        contradicted: answer.view.as_ref().is_some_and(|view| view.contradicted),
    }
}

fn name_of(said: &Said) -> &'static str {
    match said {
        Said::Told(told) => match (told.outcome, told.is_replay) {
            (None, _) => "told: running",
            (Some(_), true) => "told: replay",
            (Some(RecordedOutcome::Approved), _) => "told: approved",
            (Some(RecordedOutcome::Declined), _) => "told: declined",
            (Some(RecordedOutcome::NotSent), _) => "told: not sent",
            (Some(RecordedOutcome::NotExecuted), _) => "told: not executed",
            (Some(_), _) => "told: unknown",
        },
        Said::Refused(StoreRefusal::KeyOfAnotherRequest { .. }) => "refused: key of another",
        Said::Refused(StoreRefusal::SameIdentity { .. }) => "refused: same identity",
        Said::Refused(StoreRefusal::NotCertain { .. }) => "refused: not certain",
        Said::Refused(StoreRefusal::OrderBusy { .. }) => "refused: order busy",
        Said::Refused(_) => "refused: otherwise",
        Said::Error(why) => why,
    }
}

fn key_of(submission: &Submission) -> Result<Key, String> {
    Key::new(format!("K{}", submission.key)).map_err(in_words)
}

fn options_of(submission: &Submission, despite: &[CallId]) -> Result<SubmitOptions, String> {
    let act = CallerText::new(submission.act.to_string()).map_err(in_words)?;
    let mut options = SubmitOptions::new()
        .label(ACT, act)
        .despite(despite.iter().cloned());
    if let Some(wait) = submission.wait {
        options = options.wait(wait);
    }
    if submission.ask_first {
        options = options.ask_first();
    }
    Ok(options)
}

/// The request of an operation of the plan.
fn request_of(ground: &Ground, act: usize) -> Result<AnyRequest, String> {
    let Some(what) = ground.plan.acts.get(act).copied() else {
        return Err("there is no such operation".to_owned());
    };
    Ok(match what {
        Act::Void(target, names) => {
            VoidPayment::new(merchant()?, terminal()?, order(target, names)?).into()
        }
        Act::Refund {
            target,
            names,
            request,
            amount,
        } => Refund::new(
            merchant()?,
            terminal()?,
            order(target, names)?,
            RefundRequestId::new(refund_request_id(request)).map_err(in_words)?,
            Fen::new(amount),
        )
        .into(),
        Act::Reverse(target) => ReversePayment::new(
            merchant()?,
            terminal()?,
            merchant_order_id(target)?,
            Fen::new(target.amount()),
        )
        .into(),
        Act::Pay {
            target,
            amount,
            code,
        } => Pay::new(
            merchant()?,
            terminal()?,
            merchant_order_id(target)?,
            Fen::new(amount),
            MerchantRemark::new("-").map_err(in_words)?,
            PayMode::CodeScan,
            PayCode::new(code.of_call(act)).map_err(in_words)?,
        )
        .into(),
        other => return Err(format!("{other:?} is no durable operation here")),
    })
}
