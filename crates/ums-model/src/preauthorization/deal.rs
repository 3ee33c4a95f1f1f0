//! What the answers about a hold say of the calls that took it up.

use chrono::{Datelike, NaiveDate, NaiveTime};

use crate::json::text::Text;
use crate::operation::as_json::AsJson;
use crate::operation::discrepancy::{Discrepancy, found};
use crate::operation::resolve::{Answer, Confirmation, Finding, RequestTrace, plainly};
use crate::operation::spec::Meaning;
use crate::preauthorization::query_authorization::QueryAuthorizationReply;
use crate::preauthorization::query_authorization_by_trace::{
    QueryAuthorizationByTrace, QueryAuthorizationByTraceReply,
};
use crate::reply::field::Field;
use crate::reply::json_reply::JsonReply;
use crate::value::amount::Fen;
use crate::value::authorization_state::AuthorizationState;
use crate::value::date::{hour_minute_second, month_day, year_month_day};
use crate::value::identifier::{
    AuthorizationCode, MerchantCode, SystemTraceNumber, TerminalCode, UmsOrderId,
};

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

/// Whether the answer about a hold tells of the transaction with this trace number. A call that
/// takes the hold up and was sent with the hold's own number, by a slip, is not found under it: the
/// hold is.
fn is_under(trace: &SystemTraceNumber, answer: &QueryAuthorizationReply) -> bool {
    let told = answer.deal_system_trace_num.typed();
    told.is_some_and(|told| *told == trace.as_str())
}

/// What a completion says of itself and of its hold.
pub(crate) struct Completion<'a> {
    pub(crate) merchant: &'a MerchantCode,
    pub(crate) terminal: &'a TerminalCode,
    pub(crate) trace: &'a SystemTraceNumber,
    pub(crate) amount: Fen,
    /// The hold's authorisation code and its trace number, where it goes by these.
    pub(crate) hold: Option<(&'a AuthorizationCode, &'a SystemTraceNumber)>,
    /// The hold's order id, where it goes by that.
    pub(crate) order: Option<&'a UmsOrderId>,
}

impl Completion<'_> {
    /// The query about this very completion, where the answer about its hold says that one was
    /// made.
    pub(crate) fn confirmation(&self, answer: &QueryAuthorizationReply) -> Option<Confirmation> {
        let is_completed = answer.state() == AuthorizationState::Completed;
        let query = QueryAuthorizationByTrace::new(
            self.merchant.clone(),
            self.terminal.clone(),
            self.trace.for_query(),
            self.trace.clone(),
        );
        let is_asked = is_completed && !is_under(self.trace, answer);
        is_asked.then(|| Box::new(AsJson(query)) as Confirmation)
    }

    /// Whether this completion was made, by the answer to a query about its trace number.
    pub(crate) fn confirmed(&self, answer: &JsonReply, request: &RequestTrace) -> Finding {
        let body = answer.received().as_bytes().clone();
        let Ok(answer) = QueryAuthorizationByTraceReply::decode(body) else {
            return Finding::Open;
        };
        let mut discrepancies = self.discrepancies(&answer);
        discrepancies.extend(unreadable_time(&answer.deal_date, &answer.deal_time));
        if !discrepancies.is_empty() {
            return Finding::AboutAnother(discrepancies);
        }
        let is_whole = answer.is_success()
            && !answer.deal_system_trace_num.is_absent()
            && !answer.original_amount.is_absent();
        let is_completion = is_completion(&answer.deal_type) && !is_contradicted(&answer);
        let in_time = was_made_in_time(&answer.deal_date, &answer.deal_time, request);
        match is_whole && is_completion && in_time == Some(true) {
            true => Finding::Executed { stands: true },
            false => Finding::Open,
        }
    }

    fn discrepancies(&self, answer: &QueryAuthorizationByTraceReply) -> Vec<Discrepancy> {
        let unlisted = answer.unlisted();
        let trace = self.trace.as_str();
        // The query names the completion by this, too, so either trace number may come back.
        let original = self
            .hold
            .map(|(_, original)| original.as_str())
            .filter(|_| {
                let told = unlisted.named("originalSystemTraceNum");
                told.is_none_or(|told| told.to_string() != trace)
            });
        found([
            Discrepancy::of_echo(
                "dealSystemTraceNum",
                Some(trace),
                &answer.deal_system_trace_num,
            ),
            Discrepancy::of_echo(
                "originalAmount",
                Some(&self.amount),
                &answer.original_amount,
            ),
            Discrepancy::of_echo(
                "authorizationCode",
                self.hold.map(|(code, _)| code.as_str()),
                &answer.authorization_code,
            ),
            Discrepancy::of_echo(
                "orderId",
                self.order.map(|order| order.as_str()),
                &answer.order_id,
            ),
            Discrepancy::of_unlisted("originalOrderId", self.order, unlisted),
            Discrepancy::of_unlisted("originalSystemTraceNum", original, unlisted),
            Discrepancy::of_unlisted("merchantCode", Some(self.merchant), unlisted),
            Discrepancy::of_unlisted("terminalCode", Some(self.terminal), unlisted),
        ])
    }
}

/// Whether a kind of transaction can be a completion. No document lists the kinds: what is not told
/// may be one, and what is told must say so.
fn is_completion(kind: &Field<Text>) -> bool {
    let kind = match kind {
        Field::Absent => return true,
        Field::Typed(kind) => kind.to_ascii_lowercase(),
        Field::AsReceived(_) => return false,
    };
    let says = |word: &&str| kind.contains(*word);
    ["complet", "完成"].iter().any(says)
        && !["void", "cancel", "revers", "refund", "撤销", "冲正", "退"]
            .iter()
            .any(says)
}

/// Whether fields that are documented for the other query about a hold alone say that it is not
/// completed, or not known to be.
fn is_contradicted(answer: &QueryAuthorizationByTraceReply) -> bool {
    let unlisted = answer.unlisted();
    let differs = |name, plain: &[&str]| {
        let told = unlisted.named(name);
        told.is_some_and(|told| !plain.contains(&told.raw()))
    };
    let nothing_or = |value| ["null", r#""""#, value];
    differs("autoQueryFlag", &nothing_or(r#""N""#))
        || differs("status", &nothing_or(r#""TRADE_SUCCESS""#))
        || differs("secureStatus", &["null", r#""""#, "2", r#""2""#])
}

/// A day or a time that cannot be read may be that of another transaction.
pub(crate) fn unreadable_time(day: &Field<Text>, time: &Field<Text>) -> Vec<Discrepancy> {
    let is_day = |text: &Text| year_month_day(text).is_some() || month_day(text).is_some();
    let is_time = |text: &Text| hour_minute_second(text).is_some();
    let unreadable = |name, wanted, field: &Field<Text>, is_readable: fn(&Text) -> bool| {
        let text = field.typed().filter(|text| !is_readable(text));
        let text = text.map(|text| Discrepancy::new(name, wanted, text.to_string()));
        text.or_else(|| Discrepancy::of_unreadable(name, wanted, field))
    };
    found([
        unreadable("dealDate", "a day as yyyyMMdd", day, is_day),
        unreadable("dealTime", "a time as hhmmss", time, is_time),
    ])
}

/// Whether a transaction was made at a time that can be the request's, as far as its day and time
/// can be read; `None` where they cannot. Of a day without its year the nearest is meant.
pub(crate) fn was_made_in_time(
    day: &Field<Text>,
    time: &Field<Text>,
    request: &RequestTrace,
) -> Option<bool> {
    let near = request.signed_at.or(request.not_after)?.date();
    let day = read_day(day.typed()?, near)?;
    let time: Option<NaiveTime> = time.typed().and_then(|time| hour_minute_second(time));
    let is_excluded = request.excludes(day, time)?;
    Some(!is_excluded)
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
