//! What is written down of a call, one step at a time, and never changed.

use std::fmt;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::call::identity::StoredOrderId;
use crate::call::ids::{AttemptNumber, CallId, Epoch, FactId, JournalId, Owner};
use crate::call::journal_key::{JournalKey, hex};
use crate::call::stamp::{Stamp, day, milliseconds, optional_milliseconds};
use crate::call::text::{CallerText, InvalidText};
use crate::fact::request::StoredRequest;
use crate::fact::taken_back::TakenBack;
use crate::masked_json::MaskedJson;
use crate::name::names;
use crate::outcome_kind::OutcomeKind;

/// One thing that is known. It has an id of its own, so that writing it down twice is writing it
/// once, and names its attempt, so that it moves no other one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Fact {
    /// Its id.
    pub id: FactId,
    /// The call that it is about. `None` of what is about the journal itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// The attempt of that call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<AttemptNumber>,
    /// What is known.
    pub what: FactKind,
}

impl Fact {
    /// A fact about an attempt of a call.
    pub fn new(id: FactId, call: CallId, attempt: AttemptNumber, what: FactKind) -> Self {
        Self {
            id,
            call: Some(call),
            attempt: Some(attempt),
            what,
        }
    }

    /// A step of a call that a store writes down itself, under an id of its own.
    pub fn of_step(call: &CallId, attempt: AttemptNumber, what: FactKind) -> Self {
        let id = FactId::of_step(call, attempt, what.as_str());
        Self::new(id, call.clone(), attempt, what)
    }

    /// A fact about the journal.
    pub fn of_journal(id: FactId, what: FactKind) -> Self {
        Self {
            id,
            call: None,
            attempt: None,
            what,
        }
    }

    /// The same without what only a reader of the history needs: what is left says the same of the
    /// call's state, and has no body, no evidence and no words.
    #[must_use]
    pub fn without_details(&self) -> Self {
        let mut fact = self.clone();
        match &mut fact.what {
            FactKind::Intended(intended) => {
                intended.request.body = None;
                intended.request.labels.clear();
                intended.by = None;
            }
            FactKind::Ended(ended) => {
                ended.reply = None;
                ended.evidence = None;
            }
            FactKind::Resolved(resolved) => resolved.evidence = None,
            FactKind::Stated(stated) => stated.evidence = None,
            FactKind::Asked(asked) => asked.evidence = None,
            _ => {}
        }
        fact
    }
}

/// What is known.
///
/// | fact | who writes it | what it moves |
/// |---|---|---|
/// | `Intended`, `IntendedAgain`, `Sending` | a store, when a call begins or is sent | the attempt begins, or may be on the wire |
/// | `Recovered`, `Resolving` | a store, for whoever claims a call | not sent or unknown, as it was found; being asked about |
/// | `Ended`, `Resolved`, `Stated`, `Asked`, `AwaitingStatement` | whoever learns it, at any time | the attempt it names |
/// | `Closed` | a person | an attempt that was unknown |
/// | `TakenBack` | a store, on a payment, when another call on its order takes it back | whether the payment stands; an open one was made when it was voided or refunded |
/// | `Linked`, `Alarm`, `CountedBy` | a store, or whoever learns it | nothing: it is shown |
/// | `Accepted`, `TraceNumbersTaken`, `Buried` | a store | the journal |
/// | `KeyOfJournal` | whoever brings calls from another journal | the journal |
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FactKind {
    /// A call begins.
    Intended(Box<Intended>),
    /// A call that ended as not sent begins a further attempt under its key.
    IntendedAgain(Holding),
    /// An attempt may put its first byte on the wire.
    Sending(SendingFact),
    /// Its owner's lease ended, and this is what that means.
    Recovered(Recovered),
    /// It ended.
    Ended(EndedFact),
    /// It was asked about.
    Asked(AskedFact),
    /// Somebody has begun to ask what became of it.
    Resolving(Holding),
    /// It was found out by asking.
    Resolved(Resolved),
    /// No query can tell any more: only the platform's statement can.
    AwaitingStatement(AwaitingStatement),
    /// A person has closed it.
    Closed(Closed),
    /// The platform's statement says it.
    Stated(Stated),
    /// Two ids are of one order.
    Linked(Linked),
    /// A person should look.
    Alarm(Alarm),
    /// The same movement of money is counted by another call: they turned out to be about one
    /// order.
    CountedBy(CountedBy),
    /// Another call on the order takes this payment back, has done so, or has not after all.
    TakenBack(TakenBack),
    /// A person has accepted a journal that is new, another one, or younger than one remembered.
    Accepted(Accepted),
    /// Numbers were taken that nobody gets again.
    TraceNumbersTaken(TraceNumbersTaken),
    /// What only a reader of the history needs was taken out of old calls.
    Buried(Buried),
    /// The key of another journal, whose calls are in this one.
    KeyOfJournal(KeyOfJournal),
}

impl FactKind {
    /// Its name.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Intended(_) => "intended",
            Self::IntendedAgain(_) => "intended_again",
            Self::Sending(_) => "sending",
            Self::Recovered(_) => "recovered",
            Self::Ended(_) => "ended",
            Self::Asked(_) => "asked",
            Self::Resolving(_) => "resolving",
            Self::Resolved(_) => "resolved",
            Self::AwaitingStatement(_) => "awaiting_statement",
            Self::Closed(_) => "closed",
            Self::Stated(_) => "stated",
            Self::Linked(_) => "linked",
            Self::Alarm(_) => "alarm",
            Self::CountedBy(_) => "counted_by",
            Self::TakenBack(_) => "taken_back",
            Self::Accepted(_) => "accepted",
            Self::TraceNumbersTaken(_) => "trace_numbers_taken",
            Self::Buried(_) => "buried",
            Self::KeyOfJournal(_) => "key_of_journal",
        }
    }

    /// Whether whoever learns it writes it down with [`StoreCommand::Record`](crate::StoreCommand).
    /// The others are steps that a store takes itself, each under its own rule.
    pub fn is_learnt(&self) -> bool {
        matches!(
            self,
            Self::Ended(_)
                | Self::Asked(_)
                | Self::Resolved(_)
                | Self::AwaitingStatement(_)
                | Self::Stated(_)
                | Self::Alarm(_)
        )
    }
}

/// A call that begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Intended {
    /// What is asked for.
    pub request: StoredRequest,
    /// The process that runs it.
    pub owner: Owner,
    /// The first epoch of the call.
    pub epoch: Epoch,
    /// The open calls that it began in spite of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<CallId>,
    /// Who asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<CallerText>,
}

impl Intended {
    /// A call that begins so.
    pub fn new(
        request: StoredRequest,
        owner: Owner,
        epoch: Epoch,
        despite: Vec<CallId>,
        by: Option<CallerText>,
    ) -> Self {
        Self {
            request,
            owner,
            epoch,
            despite,
            by,
        }
    }
}

/// A call that a process has taken into its hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holding {
    /// The process.
    pub owner: Owner,
    /// The call's epoch from then on.
    pub epoch: Epoch,
    /// The open calls that it began in spite of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub despite: Vec<CallId>,
}

impl Holding {
    /// That a process has taken a call into its hands.
    pub fn new(owner: Owner, epoch: Epoch, despite: Vec<CallId>) -> Self {
        Self {
            owner,
            epoch,
            despite,
        }
    }
}

/// An attempt that may put its first byte on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendingFact {
    /// The process that sends it.
    pub owner: Owner,
    /// The epoch in which it may.
    pub epoch: Epoch,
    /// How it is sent.
    pub plan: SendPlan,
}

impl SendingFact {
    /// That a process sends an attempt.
    pub fn new(owner: Owner, epoch: Epoch, plan: SendPlan) -> Self {
        Self { owner, epoch, plan }
    }
}

/// What is settled before an attempt is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SendPlan {
    /// The nonce that it is signed with.
    pub nonce: String,
    /// The time that it is signed with.
    #[serde(with = "milliseconds")]
    pub signed_at: DateTime<Utc>,
    /// After how many milliseconds from the store's writing it down nobody can carry it out any
    /// more: the rest of its deadline, the send window and the late window.
    pub settles_after_ms: u64,
}

impl SendPlan {
    /// An attempt that is signed so, and of which "not carried out" may be believed after that
    /// time.
    pub fn new(
        nonce: impl Into<String>,
        signed_at: DateTime<Utc>,
        settles_after: Duration,
    ) -> Self {
        Self {
            nonce: nonce.into(),
            signed_at,
            settles_after_ms: u64::try_from(settles_after.as_millis()).unwrap_or(u64::MAX),
        }
    }

    /// After how long nobody can carry it out any more.
    pub fn settles_after(&self) -> Duration {
        Duration::from_millis(self.settles_after_ms)
    }
}

/// What the end of its owner's lease means for an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Recovered {
    /// Not sent, when it was not sending yet; else unknown.
    pub outcome: OutcomeKind,
    /// Who found it.
    pub owner: Owner,
    /// The call's epoch from then on.
    pub epoch: Epoch,
}

impl Recovered {
    /// That an attempt was found to have ended so.
    pub fn new(outcome: OutcomeKind, owner: Owner, epoch: Epoch) -> Self {
        Self {
            outcome,
            owner,
            epoch,
        }
    }
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EndedFact {
    /// How.
    pub outcome: OutcomeKind,
    /// Of an attempt that was not sent: the nonce that it was to be signed with, where it may be
    /// written down as sending. Of an attempt with another one it says nothing: another process may
    /// have made an attempt with the same number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nonce: Option<String>,
    /// `errCode` of the reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub err_code: Option<String>,
    /// Why it is not sent or unknown, as a stable name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply: Option<MaskedJson>,
    /// What the outcome rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<MaskedJson>,
    /// Whether its last bytes may have been written after its send window: then what counts from
    /// that window counts from this fact.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub late_write: bool,
}

impl EndedFact {
    /// That it ended so.
    pub fn new(outcome: OutcomeKind) -> Self {
        Self {
            outcome,
            nonce: None,
            err_code: None,
            reason: None,
            reply: None,
            evidence: None,
            late_write: false,
        }
    }

    /// The same, of an attempt whose last bytes may have been written after its send window.
    #[must_use]
    pub fn written_late(self) -> Self {
        Self {
            late_write: true,
            ..self
        }
    }

    /// The same, of the attempt with this nonce and of no other.
    #[must_use]
    pub fn with_nonce(self, nonce: impl Into<String>) -> Self {
        Self {
            nonce: Some(nonce.into()),
            ..self
        }
    }

    /// The same, with the reply's `errCode`.
    #[must_use]
    pub fn with_err_code(self, err_code: impl Into<String>) -> Self {
        Self {
            err_code: Some(err_code.into()),
            ..self
        }
    }

    /// The same, with its reason.
    #[must_use]
    pub fn with_reason(self, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..self
        }
    }

    /// The same, with the reply.
    #[must_use]
    pub fn with_reply(self, reply: MaskedJson) -> Self {
        Self {
            reply: Some(reply),
            ..self
        }
    }

    /// The same, with what it rests on.
    #[must_use]
    pub fn with_evidence(self, evidence: MaskedJson) -> Self {
        Self {
            evidence: Some(evidence),
            ..self
        }
    }
}

/// An answer to a question about an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AskedFact {
    /// The state that the answer names. `None` for a question without an answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Whether that state is a definite one: a payment that no query has ever seen in one cannot be
    /// refunded by the merchant's order id later.
    pub is_definite: bool,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<MaskedJson>,
}

impl AskedFact {
    /// An answer that names this state.
    pub fn new(state: Option<String>, is_definite: bool) -> Self {
        Self {
            state,
            is_definite,
            evidence: None,
        }
    }
}

/// What was found out by asking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resolved {
    /// What was found.
    pub finding: StoredFinding,
    /// The store's time before the question left: "not carried out" is true as of then.
    pub asked_at: Stamp,
    /// What it rests on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<MaskedJson>,
}

impl Resolved {
    /// That a question which left then found this.
    pub fn new(finding: StoredFinding, asked_at: Stamp) -> Self {
        Self {
            finding,
            asked_at,
            evidence: None,
        }
    }

    /// The same, with what it rests on.
    #[must_use]
    pub fn with_evidence(self, evidence: MaskedJson) -> Self {
        Self {
            evidence: Some(evidence),
            ..self
        }
    }
}

/// What asking found of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum StoredFinding {
    /// It was carried out, and stands.
    Executed,
    /// It was carried out, and undone since.
    ExecutedAndUndone,
    /// The platform states that it failed.
    StatedFailure,
    /// There is no trace of it.
    Absent,
}

impl StoredFinding {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::ExecutedAndUndone => "executed_and_undone",
            Self::StatedFailure => "stated_failure",
            Self::Absent => "absent",
        }
    }

    /// Whether the money was moved.
    pub fn is_executed(self) -> bool {
        matches!(self, Self::Executed | Self::ExecutedAndUndone)
    }
}

/// No query can tell any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AwaitingStatement {
    /// The last trading day on which a query could have told.
    #[serde(with = "day")]
    pub day: NaiveDate,
}

impl AwaitingStatement {
    /// That the queries of that day told nothing.
    pub fn new(day: NaiveDate) -> Self {
        Self { day }
    }
}

names! {
    /// What a person closes a call as.
    #[allow(clippy::exhaustive_enums, reason = "money moved or it did not")]
    pub enum ClosedAs, "way to close a call" {
        /// It was carried out.
        Approved = "approved",
        /// It was not.
        Declined = "declined",
    }
}

/// A call that a person has closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Closed {
    /// As what.
    #[serde(rename = "as")]
    pub closed_as: ClosedAs,
    /// Who did.
    pub by: CallerText,
    /// Why.
    pub reason: CallerText,
    /// What it rests on.
    pub evidence: CallerText,
}

impl Closed {
    /// That somebody has closed a call.
    pub fn new(
        closed_as: ClosedAs,
        by: CallerText,
        reason: CallerText,
        evidence: CallerText,
    ) -> Self {
        Self {
            closed_as,
            by,
            reason,
            evidence,
        }
    }
}

/// What the platform's statement says of an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stated {
    /// Whether it was carried out.
    pub is_executed: bool,
    /// What it rests on: which file, which row, or why an absence proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<MaskedJson>,
}

impl Stated {
    /// That the statement says so.
    pub fn new(is_executed: bool) -> Self {
        Self {
            is_executed,
            evidence: None,
        }
    }
}

/// Two ids of one order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Linked {
    /// One of them.
    pub one: StoredOrderId,
    /// The other one.
    pub other: StoredOrderId,
}

impl Linked {
    /// That a reply had both.
    pub fn new(one: StoredOrderId, other: StoredOrderId) -> Self {
        Self { one, other }
    }
}

/// Something that a person should look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Alarm {
    /// What it is.
    pub alarm: AlarmKind,
    /// The other call that it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub other: Option<CallId>,
}

impl Alarm {
    /// An alarm.
    pub fn new(alarm: AlarmKind) -> Self {
        Self { alarm, other: None }
    }

    /// An alarm that is about this other call, too.
    #[must_use]
    pub fn with_other(self, other: CallId) -> Self {
        Self {
            other: Some(other),
            ..self
        }
    }
}

names! {
    /// What a person should look at.
    #[non_exhaustive]
    pub enum AlarmKind, "alarm" {
        /// A link has joined the orders of two open calls.
        LinkJoinedOpenCalls = "link_joined_open_calls",
        /// What is known now differs from an answer that was given.
        Contradicted = "contradicted",
        /// The call is unknown, and its day is about to end.
        DayEnds = "day_ends",
        /// No query has seen the payment in a definite state on its day.
        NoDefiniteState = "no_definite_state",
        /// No profile can ask about it.
        NoProfile = "no_profile",
        /// The call was written down again, as the journal no longer had it.
        WrittenAgain = "written_again",
        /// A call that was written down again has the key or the identity of another one.
        RestoredTwice = "restored_twice",
    }
}

/// The call that counts a movement of money which two calls were found to have made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CountedBy {
    /// The other call.
    pub call: CallId,
}

impl CountedBy {
    /// That another call counts the movement of money.
    pub fn new(call: CallId) -> Self {
        Self { call }
    }
}

/// A journal that a person has accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Accepted {
    /// The journal that was looked at.
    pub journal: JournalId,
    /// Who did.
    pub by: CallerText,
    /// Why.
    pub reason: CallerText,
    /// When, by the clock of the process that writes it down: a wait from then on is counted by two
    /// clocks, the store's and this one.
    #[serde(
        default,
        with = "optional_milliseconds",
        skip_serializing_if = "Option::is_none"
    )]
    pub own_time: Option<DateTime<Utc>>,
}

impl Accepted {
    /// That somebody has accepted it.
    pub fn new(journal: JournalId, by: CallerText, reason: CallerText) -> Self {
        Self {
            journal,
            by,
            reason,
            own_time: None,
        }
    }

    /// The same, at that time by the clock of the process that writes it down.
    #[must_use]
    pub fn with_own_time(self, at: DateTime<Utc>) -> Self {
        let at = DateTime::from_timestamp_millis(at.timestamp_millis());
        Self {
            own_time: at,
            ..self
        }
    }
}

/// Trace numbers (系统跟踪号) that nobody gets again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TraceNumbersTaken {
    /// Where they count.
    pub line: TraceLine,
    /// The first of them.
    pub first: u32,
    /// How many there are.
    pub count: u32,
}

impl TraceNumbersTaken {
    /// That so many numbers from the first one on are taken.
    pub fn new(line: TraceLine, first: u32, count: u32) -> Self {
        Self { line, first, count }
    }
}

/// Where a trace number is unique: one terminal on one trading day.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TraceLine {
    /// The gateway.
    pub gateway: String,
    /// The merchant code (商户号).
    pub merchant: String,
    /// The terminal code (终端号).
    pub terminal: String,
    /// The trading day.
    #[serde(with = "day")]
    pub day: NaiveDate,
}

impl TraceLine {
    /// The numbers of one terminal on one trading day.
    pub fn new(
        gateway: impl Into<String>,
        merchant: impl Into<String>,
        terminal: impl Into<String>,
        day: NaiveDate,
    ) -> Self {
        Self {
            gateway: gateway.into(),
            merchant: merchant.into(),
            terminal: terminal.into(),
            day,
        }
    }
}

/// Calls whose details were taken out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Buried {
    /// Which ones.
    pub calls: Vec<CallId>,
}

impl Buried {
    /// That these calls have lost their details.
    pub fn new(calls: Vec<CallId>) -> Self {
        Self { calls }
    }
}

/// The key that the fingerprints of another journal's calls are made under. Without it those calls
/// are no replay of anything in this one, as nobody can tell whether they asked for the same.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct KeyOfJournal {
    /// The other journal.
    pub journal: JournalId,
    key: String,
}

impl KeyOfJournal {
    /// What the ids of such facts begin with.
    pub const ID: &'static str = "key-of-";

    /// The key of that journal.
    pub fn new(journal: JournalId, key: &JournalKey) -> Self {
        let key = hex(key.expose());
        Self { journal, key }
    }

    /// The key. `None` when what was written down is none.
    pub fn key(&self) -> Option<JournalKey> {
        let digits = self.key.as_bytes().as_chunks::<2>().0;
        let mut bytes = [0; 32];
        if digits.len() != bytes.len() || self.key.len() != 64 {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(JournalKey::new(bytes))
    }

    /// The fact that says so: always the same one, so that it is written down once.
    ///
    /// # Errors
    ///
    /// Returns an error never: the id is one.
    pub fn fact(self) -> Result<Fact, InvalidText> {
        let key = self.key().unwrap_or_else(|| JournalKey::new([0; 32]));
        let hash = key.mac("journal", self.journal.as_str().as_bytes());
        let hash = hash.get(..32).unwrap_or_default();
        let id = FactId::new(format!("{}{hash}", Self::ID))?;
        Ok(Fact::of_journal(id, FactKind::KeyOfJournal(self)))
    }
}

/// The key is not shown.
impl fmt::Debug for KeyOfJournal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyOfJournal")
            .field("journal", &self.journal)
            .finish_non_exhaustive()
    }
}
