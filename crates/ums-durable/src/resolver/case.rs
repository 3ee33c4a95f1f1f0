//! One call that is asked about.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use tokio::time::Instant;
use ums_client::{Client, PastCall, Questions};
use ums_journal::{
    AlarmKind, AttemptView, EndedFact, FactKind, OrderRole, OutcomeRecord, Reason, SendPlan, Stamp,
    StoredCall, Ticket, View,
};
use ums_model::{AnyRequest, Day, Resolve, Version};

use crate::process::days::{CLOCK_TOLERANCE, TradingDays};
use crate::process::settings::Settings;

/// Two answers that say "not carried out" are at least this far apart.
const APART: TimeDelta = TimeDelta::seconds(3);
/// A refund can be asked about for so long: no document says that its query covers one day only.
const REFUND_DAYS: TimeDelta = TimeDelta::days(30);
/// How long after its day what is said to have been carried out is still asked for.
const AFTER_ITS_DAY: TimeDelta = TimeDelta::days(1);
const PAUSE_AFTER_ITS_DAY: Duration = Duration::from_secs(30 * 60);
const REFUND_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// A call that is asked about, and what is known of it here.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) ticket: Ticket,
    pub(crate) view: View,
    /// What asks. `None` when it cannot be asked about.
    pub(crate) request: Option<AnyRequest>,
    pub(crate) questions: Questions,
    /// When this process first saw it unknown.
    pub(crate) first_seen: Instant,
    /// When it is asked about next.
    pub(crate) next: Instant,
    pub(crate) pause: Duration,
    /// Whether its own reply was about another order or amount: what is done to the order then
    /// would be done to another payment's.
    is_about_another: bool,
    /// The state that the last answer named, as it was written down.
    pub(crate) said: Option<(Option<String>, bool)>,
}

/// What the day says of a call that is still open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayStep {
    Alarm(AlarmKind),
    AwaitStatement(NaiveDate),
}

impl Case {
    pub(crate) fn new(
        client: &Client,
        settings: &Settings,
        ticket: Ticket,
        call: &StoredCall,
    ) -> Self {
        let now = Instant::now();
        let request = call.view.request.to_request().ok();
        let questions = Questions::new(
            client,
            &past_call(call, settings),
            settings.late_window,
            settings.day_ends,
        );
        Self {
            ticket,
            view: call.view.clone(),
            request: request.filter(|request| request.query().is_some()),
            questions,
            first_seen: now,
            next: now + settings.first_pause,
            pause: settings.first_pause,
            is_about_another: last_end(call)
                .is_some_and(|ended| ended.reason.as_deref() == Some(Reason::Discrepancy.as_str())),
            said: None,
        }
    }

    /// Whether the call, as it is now, is open and in these hands.
    pub(crate) fn is_held_in(&self, call: &StoredCall) -> bool {
        let owner = call.holder.as_ref().map(|holder| &holder.owner);
        let is_held = owner == Some(&self.ticket.owner) && call.epoch == self.ticket.epoch;
        call.view.is_open() && is_held
    }

    /// Takes in what is known of the call now.
    pub(crate) fn see(&mut self, view: View) {
        let since = |view: &View| {
            let last = view.attempts.last().and_then(AttemptView::wait);
            last.map(|(since, _)| since.clone())
        };
        // What begins a wait anew begins it by this process's clock, too.
        if since(&view) != since(&self.view) {
            self.first_seen = Instant::now();
        }
        self.view = view;
    }

    /// Whether the payment may be taken back while it is open.
    pub(crate) fn may_take_back(&self) -> bool {
        self.questions.may_take_back() && !self.is_about_another
    }

    /// What was settled when it was sent. `None` when it never was.
    pub(crate) fn sending(&self) -> Option<&(Stamp, SendPlan)> {
        self.view.attempts.last()?.sending.as_ref()
    }

    /// Whether nobody can carry it out any more: by the store's clock, as of when a question
    /// leaves, and by that of this process since it first saw it unknown.
    pub(crate) fn is_settled(&self, asked_at: &Stamp) -> bool {
        let last = self.view.attempts.last();
        last.and_then(AttemptView::wait)
            .is_none_or(|(since, wait)| {
                asked_at.passed_since(since).is_at_least(wait) && self.first_seen.elapsed() >= wait
            })
    }

    /// The trading day that it belongs to: near the end of one, the earlier one.
    pub(crate) fn day(&self, days: &TradingDays) -> NaiveDate {
        days.earliest_day_of(self.signed_at())
    }

    fn signed_at(&self) -> DateTime<Utc> {
        let signed = self.sending().map(|(_, plan)| plan.signed_at);
        signed.unwrap_or(self.view.began.at)
    }

    pub(crate) fn is_payment(&self) -> bool {
        self.view.request.role == OrderRole::Payment
    }

    fn is_refund(&self) -> bool {
        self.view.request.operation == "refund"
    }

    /// What is to be written down because of the time of day, in its order.
    pub(crate) fn day_steps(&self, days: &TradingDays, now: DateTime<Utc>) -> Vec<DayStep> {
        let day = self.day(days);
        let (Some(end), Some(alarm)) = (days.end_of(day), days.alarm_of(day)) else {
            return Vec::new();
        };
        let has = |kind| self.view.alarms.iter().any(|alarm| alarm.alarm == kind);
        let mut steps = Vec::new();
        let too_near = !self.is_refund() && self.passes_its_wait_after(end);
        let is_late = now >= alarm || too_near;
        if is_late && !has(AlarmKind::DayEnds) {
            steps.push(DayStep::Alarm(AlarmKind::DayEnds));
        }
        let is_definite = self.view.definite_state_seen;
        if is_late && self.is_payment() && !is_definite && !has(AlarmKind::NoDefiniteState) {
            steps.push(DayStep::Alarm(AlarmKind::NoDefiniteState));
        }
        let end = match self.is_refund() {
            true => end + REFUND_DAYS,
            false => end,
        };
        let awaits = self.view.state == ums_journal::State::AwaitingStatement;
        if (now >= end || too_near) && !awaits {
            steps.push(DayStep::AwaitStatement(day));
        }
        steps
    }

    /// Whether "not carried out" could be believed only when its day is over.
    fn passes_its_wait_after(&self, end: DateTime<Utc>) -> bool {
        let last = self.view.attempts.last();
        let Some((since, wait)) = last.and_then(AttemptView::wait) else {
            return false;
        };
        let wait = TimeDelta::from_std(wait).unwrap_or(TimeDelta::MAX);
        let settled = since.at.checked_add_signed(wait);
        let settled = settled.and_then(|at| at.checked_add_signed(APART + CLOCK_TOLERANCE));
        settled.is_none_or(|settled| settled >= end)
    }

    /// Sets when it is asked about next: each pause is a second longer than the one before.
    pub(crate) fn later(&mut self, settings: &Settings, days: &TradingDays, now: DateTime<Utc>) {
        let longer = self.pause.saturating_add(Duration::from_secs(1));
        self.pause = longer.min(settings.longest_pause);
        let day = self.day(days);
        let over = days.end_of(day).is_some_and(|end| now >= end);
        let pause = match (over, self.is_refund()) {
            (false, _) => self.pause,
            (true, true) => REFUND_PAUSE,
            (true, false) => self.pause.max(PAUSE_AFTER_ITS_DAY),
        };
        self.next = Instant::now() + pause;
    }

    /// What asks about it. When its day is over, a query of v6 names the day: that this opens
    /// another day than the present one is suggested by a sample, and nothing but "carried out" is
    /// believed then.
    pub(crate) fn query(
        &self,
        request: &AnyRequest,
        days: &TradingDays,
        now: DateTime<Utc>,
    ) -> Option<AnyRequest> {
        let query = request.query()?;
        let day = self.day(days);
        let is_over = days.end_of(day).is_some_and(|end| now >= end);
        Some(match (query, Day::new(day)) {
            (AnyRequest::Query(query), Some(day)) if is_over && query.version() == Version::V6 => {
                (*query).with_ori_trans_date(day).into()
            }
            (query, _) => query,
        })
    }

    /// Whether asking can still tell anything.
    pub(crate) fn can_be_asked(&self, days: &TradingDays, now: DateTime<Utc>) -> bool {
        let rest = match self.is_refund() {
            true => REFUND_DAYS,
            false => AFTER_ITS_DAY,
        };
        let end = days.end_of(self.day(days));
        self.request.is_some() && end.is_some_and(|end| now < end + rest)
    }
}

/// What is known of the call's own sending, for the rules of the client.
pub(crate) fn past_call(call: &StoredCall, settings: &Settings) -> PastCall {
    let sending = call.view.attempts.last();
    let sending = sending.and_then(|attempt| attempt.sending.as_ref());
    let ended = last_end(call);
    let deadline = sending.and_then(|(_, plan)| {
        let limit = plan.settles_after().saturating_sub(settings.late_window);
        let limit = TimeDelta::from_std(limit).ok()?;
        plan.signed_at.checked_add_signed(limit)
    });
    PastCall::new()
        .with_signed_at(sending.map(|(_, plan)| plan.signed_at))
        .with_deadline(deadline)
        .with_clock_ahead(ended.and_then(clock_ahead))
        .with_err_code(ended.and_then(|ended| ended.err_code.clone()))
}

/// How the attempt that counts ended by itself, as far as that was written down.
fn last_end(call: &StoredCall) -> Option<&EndedFact> {
    let attempt = call.view.attempt();
    let mut ends = call.facts.iter().filter_map(|recorded| {
        let fact = recorded.fact();
        match &fact.what {
            FactKind::Ended(ended) if fact.attempt == Some(attempt) => Some(ended),
            _ => None,
        }
    });
    ends.next_back()
}

fn clock_ahead(ended: &EndedFact) -> Option<TimeDelta> {
    let record: OutcomeRecord = serde_json::from_str(ended.evidence.as_ref()?.get()).ok()?;
    record.evidence.clock_ahead_s.map(TimeDelta::seconds)
}
