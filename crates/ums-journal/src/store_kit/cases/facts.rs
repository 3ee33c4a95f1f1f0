//! What is learnt is written down at any time, and nothing else closes a call.

use std::time::Duration;

use chrono::NaiveDate;

use crate::call::identity::OrderIdKind;
use crate::fact::entry::{
    AlarmKind, AskedFact, AwaitingStatement, ClosedAs, EndedFact, Fact, FactKind, Linked,
    SendingFact, Stated, StoredFinding,
};
use crate::fact::state::State;
use crate::masked_json::MaskedJson;
use crate::outcome_kind::OutcomeKind;
use crate::record::RecordedOutcome;
use crate::store::command::{StoreCommand, StoreReceipt};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{
    LEASE, SETTLES_AFTER, at_attempt, ended, fact, fresh_call, plan, resolved,
};

fn command(fact: &Fact) -> StoreCommand {
    StoreCommand::Record(Box::new(fact.clone()))
}

fn awaiting() -> FactKind {
    let day = NaiveDate::from_ymd_opt(2023, 7, 18).unwrap_or_default();
    FactKind::AwaitingStatement(AwaitingStatement::new(day))
}

fn done(result: Result<StoreReceipt, StoreRefusal>) -> CaseResult {
    result
        .map(|_| ())
        .map_err(|refused| Fault(refused.to_string()))
}

cases! {
    a_fact_survives_a_crash(ground) {
        let one = ground.process().await?;
        let mut ended_so = Vec::new();
        for outcome in OutcomeKind::ALL {
            let ticket = one.ended(&Ask::void(outcome.as_str()), *outcome).await?;
            ended_so.push((ticket, *outcome));
        }
        let after = ground.after_crash().await?;
        for (ticket, outcome) in ended_so {
            let view = after.view(&ticket.call).await?;
            equal(view.outcome, Some(RecordedOutcome::from(outcome)), "the outcome")?;
            equal(view.state, State::Ended, "the state")?;
        }
    }

    the_last_fact_survives_a_crash(ground) {
        let one = ground.process().await?;
        let mut last = one.begun(&Ask::void("M0")).await?;
        for round in 1..4 {
            let after = ground.after_crash().await?;
            equal(after.view(&last.call).await?.state, State::Sending, "the last begin")?;
            after.end(&last, OutcomeKind::Unknown).await?;
            let after = ground.after_crash().await?;
            equal(after.view(&last.call).await?.state, State::Ended, "the last end")?;
            last = after.begun(&Ask::void(&format!("M{round}"))).await?;
        }
    }

    a_fact_that_is_written_twice_is_one(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let fact = ended(&ticket, OutcomeKind::Approved)?;
        one.record(fact.clone()).await?;
        let before = one.count().await?;
        for process in [&one, &two] {
            let again = process.done(command(&fact)).await?;
            equal(again, StoreReceipt::Recorded(false), "the second writing")?;
        }
        let after = ground.after_crash().await?;
        equal(after.done(command(&fact)).await?, StoreReceipt::Recorded(false), "after a crash")?;
        equal(after.count().await?, before, "the number of facts")?;
    }

    an_id_of_another_fact_is_refused(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let mut fact = ended(&ticket, OutcomeKind::Unknown)?;
        one.record(fact.clone()).await?;
        fact.what = FactKind::Ended(EndedFact::new(OutcomeKind::Approved));
        equal(one.refusal(command(&fact)).await?, StoreRefusal::OtherFact, "the refusal")?;
        must(one.view(&ticket.call).await?.is_open(), "it has closed the call")?;
    }

    a_fact_of_no_call_is_refused(ground) {
        let one = ground.process().await?;
        let mut ticket = one.begun(&Ask::void("M1")).await?;
        ticket.call = fresh_call()?;
        let fact = ended(&ticket, OutcomeKind::Approved)?;
        let expected = StoreRefusal::NoSuchCall { call: ticket.call };
        equal(one.refusal(command(&fact)).await?, expected, "the refusal")?;
    }

    a_fact_of_an_attempt_that_was_never_made_is_refused(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let fact = ended(&at_attempt(&ticket, 2), OutcomeKind::Approved)?;
        let expected = StoreRefusal::NoSuchAttempt { call: ticket.call.clone() };
        equal(one.refusal(command(&fact)).await?, expected, "the refusal")?;
        must(one.view(&ticket.call).await?.is_open(), "it has closed the call")?;
    }

    a_step_of_a_store_is_no_fact_that_is_learnt(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1").intended()).await?;
        let sending = SendingFact::new(one.owner.clone(), ticket.epoch, plan());
        let ask = Ask::void("M1");
        let linked = Linked::new(
            ask.order_id(OrderIdKind::Merchant, "M1"),
            ask.order_id(OrderIdKind::Ums, "U1"),
        );
        let closed = crate::store_kit::ground::close(&ticket.call, ClosedAs::Approved)?.closed;
        for what in [
            FactKind::Sending(sending),
            FactKind::Linked(linked),
            FactKind::Closed(closed),
        ] {
            let fact = fact(&ticket, what)?;
            equal(one.refusal(command(&fact)).await?, StoreRefusal::NotLearnt, "the refusal")?;
        }
        equal(one.view(&ticket.call).await?.state, State::Intended, "the state")?;
    }

    an_end_is_accepted_after_the_lease_was_lost(ground) {
        let (one, two) = ground.two().await?;
        for outcome in OutcomeKind::ALL {
            let ticket = one.begun(&Ask::void(outcome.as_str())).await?;
            ground.advance(LEASE).await;
            two.claimed(&ticket.call).await?;
            one.end(&ticket, *outcome).await?;
            let view = two.view(&ticket.call).await?;
            equal(view.outcome, Some(RecordedOutcome::from(*outcome)), "the outcome")?;
            must(!view.contradicted, "nothing was answered that it contradicts")?;
        }
    }

    an_end_is_accepted_while_a_statement_is_awaited(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.record(fact(&ticket, awaiting())?).await?;
        equal(one.view(&ticket.call).await?.state, State::AwaitingStatement, "its state")?;
        one.end(&ticket, OutcomeKind::Declined).await?;
        let view = one.view(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::Declined), "its outcome")?;
        must(!view.is_open(), "it is still open")?;
    }

    an_end_after_a_person_closed_it_contradicts(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.close(&ticket.call, ClosedAs::Approved).await?.map_err(|error| error.to_string())?;
        one.end(&ticket, OutcomeKind::Declined).await?;
        let view = one.view(&ticket.call).await?;
        equal(view.state, State::Contradicted, "its state")?;
        equal(view.outcome, Some(RecordedOutcome::Declined), "its outcome")?;
        let alarms = view.alarms.iter().filter(|alarm| alarm.alarm == AlarmKind::Contradicted);
        equal(alarms.count(), 1, "the number of alarms")?;
    }

    an_approval_after_a_refusal_contradicts(ground) {
        let one = ground.process().await?;
        for first in [OutcomeKind::Declined, OutcomeKind::NotSent] {
            let ticket = one.ended(&Ask::void(first.as_str()), first).await?;
            one.end(&ticket, OutcomeKind::Approved).await?;
            let view = one.view(&ticket.call).await?;
            equal(view.state, State::Contradicted, "its state")?;
            equal(view.executed, Some(true), "whether money moved")?;
            must(!view.alarms.is_empty(), "there is no alarm")?;
        }
    }

    a_refusal_after_an_approval_moves_nothing_back(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Approved).await?;
        one.end(&ticket, OutcomeKind::Declined).await?;
        let view = one.view(&ticket.call).await?;
        equal(view.executed, Some(true), "whether money moved")?;
        must(view.contradicted, "it is not seen as contradicted")?;
    }

    an_approval_after_it_was_found_missing_contradicts(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        ground.advance(SETTLES_AFTER).await;
        done(one.resolve(&ticket, StoredFinding::Absent).await?)?;
        one.end(&ticket, OutcomeKind::Approved).await?;
        let view = one.view(&ticket.call).await?;
        equal(view.state, State::Contradicted, "its state")?;
        equal(view.outcome, Some(RecordedOutcome::Approved), "its outcome")?;
    }

    a_statement_contradicts_a_person(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.close(&ticket.call, ClosedAs::Approved).await?.map_err(|error| error.to_string())?;
        one.record(fact(&ticket, FactKind::Stated(Stated::new(false)))?).await?;
        let view = one.view(&ticket.call).await?;
        equal(view.state, State::Contradicted, "its state")?;
        equal(view.executed, Some(false), "whether money moved")?;
    }

    an_unknown_call_is_open_however_long_it_takes(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        for _ in 0..3 {
            ground.advance(Duration::from_secs(400 * 24 * 3600)).await;
            let after = ground.after_crash().await?;
            must(after.view(&ticket.call).await?.is_open(), "time has closed an unknown call")?;
            equal(after.open().await?, vec![ticket.call.clone()], "the open calls")?;
        }
    }

    a_call_that_is_sent_is_open_however_long_it_takes(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE * 1000).await;
        let view = ground.after_crash().await?.view(&ticket.call).await?;
        equal(view.state, State::Sending, "its state")?;
    }

    asking_closes_nothing(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        for state in 0..20 {
            let asked = AskedFact::new(Some(format!("state {state}")), state == 7);
            one.record(fact(&ticket, FactKind::Asked(asked))?).await?;
        }
        let view = one.view(&ticket.call).await?;
        must(view.is_open(), "questions have closed an unknown call")?;
        must(view.definite_state_seen, "a definite state was not kept")?;
        equal(view.outcome, Some(RecordedOutcome::Unknown), "its outcome")?;
    }

    awaiting_a_statement_closes_nothing(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        one.record(fact(&ticket, awaiting())?).await?;
        must(one.view(&ticket.call).await?.is_open(), "it is closed")?;
        one.record(fact(&ticket, FactKind::Stated(Stated::new(true)))?).await?;
        equal(one.view(&ticket.call).await?.executed, Some(true), "whether money moved")?;
    }

    a_call_that_runs_awaits_no_statement(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let fact = fact(&ticket, awaiting())?;
        let expected = StoreRefusal::StillRunning { call: ticket.call };
        equal(one.refusal(command(&fact)).await?, expected, "the refusal")?;
    }

    that_it_was_carried_out_is_believed_at_once(ground) {
        let one = ground.process().await?;
        for finding in [StoredFinding::Executed, StoredFinding::ExecutedAndUndone] {
            let ticket = one.begun(&Ask::void(&format!("{finding:?}"))).await?;
            done(one.resolve(&ticket, finding).await?)?;
            let view = one.view(&ticket.call).await?;
            equal(view.executed, Some(true), "whether money moved")?;
            equal(view.stands, finding == StoredFinding::Executed, "whether it stands")?;
        }
    }

    that_it_is_missing_is_not_believed_early(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let early = one.resolve(&ticket, StoredFinding::Absent).await?;
        let wait = Some(SETTLES_AFTER);
        let expected = StoreRefusal::TooEarly { call: ticket.call.clone(), wait };
        equal(early, Err(expected), "the result at once")?;
        ground.advance(SETTLES_AFTER / 2).await;
        must(one.resolve(&ticket, StoredFinding::Absent).await?.is_err(), "half of the wait is enough")?;
        must(one.view(&ticket.call).await?.is_open(), "it is closed")?;
        ground.advance(SETTLES_AFTER / 2).await;
        done(one.resolve(&ticket, StoredFinding::Absent).await?)?;
        let view = one.view(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::NotExecuted), "its outcome")?;
        must(view.as_of.is_some(), "it is not said as of when")?;
    }

    the_time_of_the_question_counts_and_not_that_of_its_answer(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let asked_at = one.now().await?;
        ground.advance(SETTLES_AFTER).await;
        let fact = resolved(&ticket, StoredFinding::Absent, asked_at)?;
        let refused = one.refusal(command(&fact)).await?;
        must(matches!(refused, StoreRefusal::TooEarly { .. }), "an early question is believed late")?;
    }

    a_stated_failure_needs_no_wait(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::pay("M1"), OutcomeKind::Unknown).await?;
        done(one.resolve(&ticket, StoredFinding::StatedFailure).await?)?;
        equal(one.view(&ticket.call).await?.executed, Some(false), "whether money moved")?;
    }

    what_runs_is_not_missing(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(SETTLES_AFTER * 2).await;
        for finding in [StoredFinding::Absent, StoredFinding::StatedFailure] {
            let expected = StoreRefusal::StillRunning { call: ticket.call.clone() };
            equal(one.resolve(&ticket, finding).await?, Err(expected), "the result")?;
        }
    }

    an_earlier_attempt_is_asked_about_while_a_later_one_runs(ground) {
        let one = ground.process().await?;
        let ask = Ask::pay("M1");
        let first = one.ended(&ask, OutcomeKind::NotSent).await?;
        one.begun(&ask).await?;
        done(one.resolve(&first, StoredFinding::StatedFailure).await?)?;
        equal(one.view(&first.call).await?.state, State::Sending, "the state of the call")?;
    }

    a_question_without_an_answer_is_not_open(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::query("M1"), OutcomeKind::Unknown).await?;
        must(!one.view(&ticket.call).await?.is_open(), "a question is open")?;
        equal(one.open().await?, Vec::new(), "the open calls")?;
        let answered = one.ended(&Ask::query("M1"), OutcomeKind::Approved).await?;
        let outcome = one.view(&answered.call).await?.outcome;
        equal(outcome, Some(RecordedOutcome::Answered), "the outcome of an answered question")?;
    }

    what_a_fact_rests_on_is_kept_word_for_word(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let json = |text| MaskedJson::object(text).ok_or("it is no object");
        let end = EndedFact::new(OutcomeKind::Unknown)
            .with_err_code("ER")
            .with_reason("code")
            .with_reply(json(r#"{"errCode":"ER","errInfo":"余额不足 \u00e9","n":1.0}"#)?)
            .with_evidence(json(r#"{"requests_sent":1}"#)?);
        let fact = fact(&ticket, FactKind::Ended(end))?;
        one.record(fact.clone()).await?;
        let after = ground.after_crash().await?;
        let facts = after.call(&ticket.call).await?.facts;
        let kept = facts.last().map(|kept| kept.fact().clone());
        equal(kept, Some(fact), "the last fact")?;
    }

    an_alarm_is_kept_and_moves_nothing(ground) {
        let one = ground.process().await?;
        let ticket = one.ended(&Ask::void("M1"), OutcomeKind::Unknown).await?;
        let alarm = crate::fact::entry::Alarm::new(AlarmKind::DayEnds);
        one.record(fact(&ticket, FactKind::Alarm(alarm.clone()))?).await?;
        let view = ground.after_crash().await?.view(&ticket.call).await?;
        equal(view.alarms, vec![alarm], "its alarms")?;
        equal(view.state, State::Ended, "its state")?;
    }

    what_was_written_late_is_open_again(ground) {
        let (one, two) = ground.two().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        ground.advance(LEASE).await;
        // Its process stood still; others found nothing of it when its window was long over.
        let (held, _) = two.claimed(&ticket.call).await?;
        ground.advance(SETTLES_AFTER).await;
        done(two.resolve(&held, StoredFinding::Absent).await?)?;
        must(!two.view(&ticket.call).await?.is_open(), "it is open before")?;
        let late = EndedFact::new(OutcomeKind::Unknown).written_late();
        one.record(fact(&ticket, FactKind::Ended(late))?).await?;
        let after = ground.after_crash().await?;
        let view = after.view(&ticket.call).await?;
        must(view.is_open(), "a word is believed that rests on a window which was missed")?;
        equal(view.outcome, Some(RecordedOutcome::Unknown), "the outcome")?;
        let alarmed = view.alarms.iter().any(|it| it.alarm == AlarmKind::Contradicted);
        must(alarmed, "an answer was wrong, and nobody is told")?;
        let expected = StoreRefusal::SameIdentity { call: ticket.call.clone() };
        equal(after.refused(&Ask::void("M1")).await?, expected, "a second void")?;
        // It waits from then on.
        let (held, _) = after.claimed(&ticket.call).await?;
        let early = after.resolve(&held, StoredFinding::Absent).await?;
        must(matches!(early, Err(StoreRefusal::TooEarly { .. })), "it is believed at once")?;
        ground.advance(SETTLES_AFTER).await;
        done(after.resolve(&held, StoredFinding::Absent).await?)?;
        let view = after.view(&ticket.call).await?;
        equal(view.outcome, Some(RecordedOutcome::NotExecuted), "the outcome after the wait")?;
        must(!view.contradicted, "it is what was said at first")?;
    }
}
