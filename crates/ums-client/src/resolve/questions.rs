//! One question after another about one past call, for whoever paces them and keeps other clocks.

use std::time::Duration;

use chrono::{DateTime, NaiveTime, Utc};
use tokio::time::Instant;
use ums_model::{Finding, Resolve};

use super::belief::Belief;
use super::conclusion::{Conclusion, StillOpen};
use super::past_call::PastCall;
use super::watch::Watch;
use super::{Asked, Client};
use crate::machine::deadline::after;

/// What is asked about one call, and what the answers so far come to.
///
/// [`Client::inquire`] asks at a pace of its own until it knows. Whoever asks about many calls, at
/// one pace for all, keeps one of these for each call, and may believe later than the client would:
/// never sooner.
#[derive(Clone, Debug)]
pub struct Questions {
    watch: Watch,
    belief: Belief,
    heard: Heard,
}

/// What one question came to.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answered {
    /// When the question left, by the client's clock.
    pub asked_at: DateTime<Utc>,
    /// The queries that it took: a second one where an answer needed to be confirmed. Empty when
    /// there is no query, or none could be sent.
    pub queries: Vec<Asked>,
    /// What is certain by now; unknown while nothing is.
    pub conclusion: Conclusion,
}

impl Questions {
    /// About that call. `late_window` and `day_ends` are those of a
    /// [`ResolvePolicy`](crate::ResolvePolicy).
    pub fn new(
        client: &Client,
        call: &PastCall,
        late_window: Duration,
        day_ends: Option<NaiveTime>,
    ) -> Self {
        Self {
            watch: client.watch_past(call, late_window),
            belief: Belief::new(day_ends),
            heard: Heard::default(),
        }
    }

    /// Whether answers from now on are believed that say that there is no trace of the call, when
    /// the rules of the client allow it.
    pub fn believe_absence(&mut self, believe: bool) {
        self.watch.believes_absence = believe;
    }

    /// Whether answers from now on are believed that say that the payment stands, when the rules of
    /// the client allow it: not while a call that takes it back may be under way.
    pub fn believe_standing(&mut self, believe: bool) {
        self.watch.believes_standing = believe;
    }

    /// Asks once, for so long at most. The operation itself is not sent.
    pub async fn ask<O: Resolve>(
        &mut self,
        client: &Client,
        operation: &O,
        limit: Duration,
    ) -> Answered {
        match operation.query() {
            Some(query) => self.ask_by(client, operation, &query, limit).await,
            None => Answered {
                asked_at: client.time(),
                queries: Vec::new(),
                conclusion: Conclusion::Unknown(self.belief.still_open()),
            },
        }
    }

    /// The same by this query, which must be one about the operation: one that names the day of the
    /// operation, for example.
    pub async fn ask_by<O: Resolve>(
        &mut self,
        client: &Client,
        operation: &O,
        query: &O::Query,
        limit: Duration,
    ) -> Answered {
        let mut queries = Vec::new();
        let unknown = |open| Conclusion::Unknown(open);
        if let Err(unavailable) = client.can_call() {
            return Answered {
                asked_at: client.time(),
                queries,
                conclusion: unknown(StillOpen::CannotAsk(unavailable)),
            };
        }
        let end = after(Instant::now(), limit);
        let (watch, belief) = (&mut self.watch, &mut self.belief);
        let (asked_at, certain) = client
            .question(operation, query, watch, belief, end, &mut queries)
            .await;
        for asked in &queries {
            self.heard.hear(&asked.finding);
        }
        Answered {
            asked_at,
            queries,
            conclusion: certain.unwrap_or_else(|| unknown(self.belief.still_open())),
        }
    }

    /// Whether a payment that is still open may be taken back: only after the platform answered
    /// that it does not know yet how this very order ends or does not know it, and never that the
    /// id is somebody else's.
    pub fn may_take_back(&self) -> bool {
        self.heard.may_take_back(&self.watch)
    }
}

/// What the answers so far have said of whose order it is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Heard {
    is_ours: bool,
    is_anothers: bool,
}

impl Heard {
    pub(crate) fn hear(&mut self, finding: &Finding) {
        match finding {
            Finding::Pending | Finding::Absent => self.is_ours = true,
            Finding::AboutAnother(_) | Finding::OrderIdInUse => self.is_anothers = true,
            _ => {}
        }
    }

    /// The platform said that it does not know how the payment ends or does not know it, and never
    /// that the id is somebody else's. An answer that says neither is no answer.
    pub(crate) fn may_take_back(self, watch: &Watch) -> bool {
        self.is_ours && !self.is_anothers && !watch.trace.called_duplicate
    }
}
