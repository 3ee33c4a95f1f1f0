//! The record of a call: one JSON object, the same wherever it is printed, stored or sent.

mod evidence;
mod reply;
mod resolution;

use std::error::Error;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use ums_model::{Discrepancy, Effect, Judgement, Operation};

pub use self::evidence::{AttemptRecord, DiscrepancyRecord, EvidenceRecord, TimingsRecord};
pub use self::reply::{ReplyRecord, RequestRecord};
pub use self::resolution::{AskedRecord, RepeatedRecord, ResolutionRecord, StepRecord};
use crate::evidence::Evidence;
use crate::language::Language;
use crate::mask::mask_card_numbers;
use crate::name::names;
use crate::next_step::NextStep;
use crate::outcome_kind::OutcomeKind;

/// What a call came to: the object that `ums … --json` prints, for a log, a queue or a database.
///
/// It is safe to be written down: data about a person, a card or a secret is taken out of the request and of the
/// reply, the code that a customer shows (`payCode`) included, and what looks like a card number is masked wherever
/// words may stand. Identifiers, codes, dates and amounts are as they came.
///
/// Its members and their JSON Schema are in `fixtures/schema/outcome-record.json`. Members may be added under the same
/// [`version`](Self::version), so a reader must let those pass that it does not know; nothing is taken away or changes
/// its meaning without another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeRecord {
    /// The version of this object: [`OutcomeRecord::VERSION`]. Objects from before there were versions are of the
    /// first.
    #[serde(default = "first_version", deserialize_with = "known_version")]
    pub version: u32,
    /// How it ended.
    pub outcome: RecordedOutcome,
    /// Of "not executed": when the question was sent whose answer said so (RFC 3339).
    pub as_of: Option<String>,
    /// Of an approval that was found out: whether it is still in force.
    pub stands: Option<bool>,
    /// `errCode` of the reply.
    pub err_code: Option<String>,
    /// `errInfo` of the reply: text for people.
    pub err_info: Option<String>,
    /// Where a refusal by a code of the caller's own is known from.
    pub provenance: Option<String>,
    /// The reply, masked.
    pub reply: Option<ReplyRecord>,
    /// What the outcome rests on.
    pub evidence: EvidenceRecord,
    /// What to do now, in words.
    pub next: String,
    /// What to do now.
    pub next_step: NextStep,
    /// Whether it may be done again.
    pub may_repeat: MayRepeat,
    /// Of an answered query: what became of the order or the refund.
    pub state: Option<String>,
    /// Whether that state is final.
    pub r#final: Option<bool>,
    /// The request, masked. `None` when it did not come to a call.
    pub request: Option<RequestRecord>,
    /// What queries found after an unknown outcome.
    pub resolution: Option<ResolutionRecord>,
    /// Of a payment at the till: what the cashier is told.
    pub till: Option<String>,
    /// Of a payment at the till: each call.
    pub steps: Option<Vec<StepRecord>>,
    /// Whether the money is real.
    pub live: Option<bool>,
    /// The gateway.
    pub gateway: Option<String>,
}

impl OutcomeRecord {
    /// The version of records that this crate writes, and the latest that it reads.
    pub const VERSION: u32 = 1;

    /// The record of an operation and of how it ended, with `next` in English.
    ///
    /// `end` is the client's `Outcome`. The operation is encoded once more, so that the record has the request.
    #[must_use]
    pub fn of<O: Operation>(operation: &O, end: &impl CallEnd, gateway: Gateway<'_>) -> Self {
        let request = end.evidence().call.and_then(|_| {
            let body = operation.encode().ok()?;
            Some(RequestRecord::new(
                operation.name(),
                operation.path(),
                &body,
            ))
        });
        Self {
            request,
            ..Self::of_end(end).at_gateway(gateway, operation.path())
        }
    }

    /// The record of how a call ended, without what it was about and where it went.
    #[must_use]
    pub fn of_end(end: &impl CallEnd) -> Self {
        let evidence = end.evidence();
        let outcome = RecordedOutcome::of(end.kind(), evidence);
        let next_step = end.next_step();
        let judgement = end.judgement();
        let of_judgement = |text: fn(&Judgement) -> Option<&str>| {
            let text = judgement.and_then(text);
            text.map(|text| mask_card_numbers(text).into_owned())
        };
        Self {
            err_code: of_judgement(|judgement| judgement.err_code().map(|code| code.as_str())),
            err_info: of_judgement(|judgement| judgement.err_info().map(|info| info.as_str())),
            provenance: of_judgement(Judgement::provenance),
            reply: ReplyRecord::of(&evidence.received),
            evidence: EvidenceRecord::of_end(end),
            ..Self::new(&evidence.operation, outcome, next_step)
        }
    }

    /// The record of an operation of this name, of which nothing is known but how it ended and what to do now.
    #[must_use]
    pub fn new(operation: &str, outcome: RecordedOutcome, next_step: NextStep) -> Self {
        Self {
            version: Self::VERSION,
            outcome,
            as_of: None,
            stands: None,
            err_code: None,
            err_info: None,
            provenance: None,
            reply: None,
            evidence: EvidenceRecord::new(operation),
            next: next_step.sentence(Language::English).to_owned(),
            next_step,
            may_repeat: MayRepeat::of(outcome, operation),
            state: None,
            r#final: None,
            request: None,
            resolution: None,
            till: None,
            steps: None,
            live: None,
            gateway: None,
        }
    }

    /// The same, of a call to this gateway and this path.
    #[must_use]
    pub fn at_gateway(mut self, gateway: Gateway<'_>, path: &str) -> Self {
        self.live = Some(gateway.is_live);
        self.gateway = Some(gateway.url.to_owned());
        self.evidence.url = Some(format!("{}{path}", gateway.url));
        self
    }

    /// The same, with what to do now in another language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.next = self.next_step.sentence(language).to_owned();
        self
    }
}

fn first_version() -> u32 {
    1
}

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        version @ 1..=OutcomeRecord::VERSION => Ok(version),
        version => Err(D::Error::custom(format_args!(
            "a record of version {version}, of which only up to {} can be read",
            OutcomeRecord::VERSION
        ))),
    }
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gateway<'a> {
    /// Its address, for example `https://gateway.example`.
    pub url: &'a str,
    /// Whether its money is real.
    pub is_live: bool,
}

impl<'a> Gateway<'a> {
    /// A gateway whose money is real.
    #[must_use]
    pub fn live(url: &'a str) -> Self {
        Self { url, is_live: true }
    }

    /// A gateway for tests.
    #[must_use]
    pub fn test(url: &'a str) -> Self {
        Self {
            url,
            is_live: false,
        }
    }
}

/// How a call ended, as far as a record needs it. The client's `Outcome` is one.
pub trait CallEnd {
    /// How it ended.
    fn kind(&self) -> OutcomeKind;

    /// What that rests on.
    fn evidence(&self) -> &Evidence;

    /// What the reply says, if there was one.
    fn judgement(&self) -> Option<&Judgement>;

    /// Where the reply does not fit the request.
    fn discrepancies(&self) -> &[Discrepancy];

    /// Why it is not sent or unknown, as a stable name.
    fn reason(&self) -> Option<&'static str>;

    /// The same with its causes.
    fn cause(&self) -> Option<&(dyn Error + 'static)>;

    /// What to do now.
    fn next_step(&self) -> NextStep;
}

names! {
    /// How a call ended, after all that was asked about it.
    #[non_exhaustive]
    pub enum RecordedOutcome, "outcome of a record" {
        /// It was carried out.
        Approved = "approved",
        /// It was refused.
        Declined = "declined",
        /// It was not carried out, as far as a query could tell at a time.
        NotExecuted = "not_executed",
        /// No byte of it was written.
        NotSent = "not_sent",
        /// It may have been carried out, or not.
        Unknown = "unknown",
        /// It only reads, and was answered.
        Answered = "answered",
    }
}

impl RecordedOutcome {
    /// Of a call that ended so.
    fn of(kind: OutcomeKind, evidence: &Evidence) -> Self {
        // Whoever activates a terminal asks nothing, and is refused as such.
        let asks = evidence.operation != "activate_terminal";
        match (evidence.effect, kind) {
            (Effect::ReadOnly, OutcomeKind::Approved) => Self::Answered,
            (Effect::ReadOnly, OutcomeKind::Declined) if asks => Self::of_question(kind),
            _ => kind.into(),
        }
    }

    /// How a question ended. It is answered or it is not: no refusal of it says anything of what it asks about.
    #[must_use]
    pub fn of_question(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Approved => Self::Answered,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Declined | OutcomeKind::Unknown => Self::Unknown,
        }
    }
}

impl From<OutcomeKind> for RecordedOutcome {
    fn from(kind: OutcomeKind) -> Self {
        match kind {
            OutcomeKind::Approved => Self::Approved,
            OutcomeKind::Declined => Self::Declined,
            OutcomeKind::NotSent => Self::NotSent,
            OutcomeKind::Unknown => Self::Unknown,
        }
    }
}

names! {
    /// Whether a call may be made again.
    #[non_exhaustive]
    pub enum MayRepeat, "way to repeat" {
        /// The same again: nothing was sent.
        SameKey = "same_key",
        /// As a new one.
        NewKey = "new_key",
        /// Not.
        No = "no",
    }
}

impl MayRepeat {
    /// Whether an operation of this name that ended so may be done again. What was not carried out as far as a query
    /// could tell can still be, so that only a void, which does the same however often it is done, may follow.
    #[must_use]
    pub fn of(outcome: RecordedOutcome, operation: &str) -> Self {
        match outcome {
            RecordedOutcome::NotSent => Self::SameKey,
            RecordedOutcome::Declined => Self::NewKey,
            RecordedOutcome::NotExecuted if operation == "void_payment" => Self::NewKey,
            _ => Self::No,
        }
    }
}
