//! What the answers about a hold say of the calls that took it up.

use chrono::{Datelike, NaiveDate, NaiveTime};

use crate::json::text::Text;
use crate::operation::discrepancy::{Discrepancy, found};
use crate::operation::resolve::{Answer, CLOCK_TOLERANCE, Finding, RequestTrace, plainly};
use crate::operation::spec::Meaning;
use crate::preauthorization::query_authorization::QueryAuthorizationReply;
use crate::preauthorization::query_authorization_by_trace::QueryAuthorizationByTraceReply;
use crate::reply::field::Field;
use crate::reply::json_reply::JsonReply;
use crate::value::amount::Fen;
use crate::value::date::{hour_minute_second, month_day, year_month_day};
use crate::value::identifier::SystemTraceNumber;

/// The conclusion from an answer about a hold that is named by its order id. That there is no
/// record of a hold which its reply had named contradicts that reply, and proves nothing.
pub(crate) fn of_hold<O>(
    operation: &O,
    answer: &QueryAuthorizationReply,
    request: &RequestTrace,
    discrepancies: Vec<Discrepancy>,
    meaning: Meaning,
) -> Finding {
    match plainly(operation, answer, request, discrepancies, meaning) {
        Finding::Absent if answer.has_no_record() => Finding::Open,
        finding => finding,
    }
}

/// The same where the hold is asked about by its trace number, which another transaction of today
/// may have: the answer must repeat the hold's authorisation code.
pub(crate) fn of_hold_by_code<O>(
    operation: &O,
    answer: &QueryAuthorizationReply,
    request: &RequestTrace,
    discrepancies: Vec<Discrepancy>,
    meaning: Meaning,
) -> Finding {
    match of_hold(operation, answer, request, discrepancies, meaning) {
        Finding::AboutAnother(discrepancies) => Finding::AboutAnother(discrepancies),
        _ if answer.authorization_code.is_absent() => Finding::Open,
        finding => finding,
    }
}

/// Whether a completion of this much was made under this trace number, by the answer to a query
/// about that.
pub(crate) fn completion_under(
    trace: &SystemTraceNumber,
    amount: Fen,
    answer: &JsonReply,
    request: &RequestTrace,
) -> Finding {
    let body = answer.received().as_bytes().clone();
    let Ok(answer) = QueryAuthorizationByTraceReply::decode(body) else {
        return Finding::Open;
    };
    let discrepancies = found([
        Discrepancy::of_echo(
            "dealSystemTraceNum",
            Some(trace.as_str()),
            &answer.deal_system_trace_num,
        ),
        Discrepancy::of_echo("originalAmount", Some(&amount), &answer.original_amount),
    ]);
    if !discrepancies.is_empty() {
        return Finding::AboutAnother(discrepancies);
    }
    let is_whole = answer.is_success()
        && !answer.deal_system_trace_num.is_absent()
        && !answer.original_amount.is_absent();
    let was_before = was_made_before(&answer.deal_date, &answer.deal_time, request);
    match is_whole && was_before != Some(true) {
        true => Finding::Executed { stands: true },
        false => Finding::Open,
    }
}

/// Whether a transaction was made before the request was signed, as far as its day and time can be
/// read; `None` where they cannot. Of a day without its year the nearest is meant.
pub(crate) fn was_made_before(
    day: &Field<Text>,
    time: &Field<Text>,
    request: &RequestTrace,
) -> Option<bool> {
    let signed_at = request.signed_at?;
    let earliest = signed_at.checked_sub_signed(CLOCK_TOLERANCE)?;
    let day = read_day(day.typed()?, signed_at.date())?;
    let time: Option<NaiveTime> = time.typed().and_then(|time| hour_minute_second(time));
    Some(match time {
        Some(time) => day.and_time(time) < earliest,
        None => day < earliest.date(),
    })
}

/// A day as `yyyyMMdd` or as `MMdd`, which no document says.
fn read_day(text: &str, near: NaiveDate) -> Option<NaiveDate> {
    if let Some(day) = year_month_day(text) {
        return Some(day);
    }
    let day = month_day(text)?;
    let in_year = |year| NaiveDate::from_ymd_opt(year, day.month(), day.day());
    let years = [near.year() - 1, near.year(), near.year() + 1];
    let days = years.into_iter().filter_map(in_year);
    days.min_by_key(|day| (*day - near).num_days().abs())
}
