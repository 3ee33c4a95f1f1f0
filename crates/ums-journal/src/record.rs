//! The record of a call: one JSON object, the same wherever it is printed, stored or sent.

mod end;
mod evidence;
mod outcome;
mod reply;
mod resolution;
mod secrets;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use ums_model::{Judgement, Operation};

pub use self::end::CallEnd;
pub use self::evidence::{AttemptRecord, DiscrepancyRecord, EvidenceRecord, TimingsRecord};
pub use self::outcome::{MayRepeat, RecordedOutcome};
pub use self::reply::{ReplyRecord, RequestRecord};
pub use self::resolution::{AskedRecord, RepeatedRecord, ResolutionRecord, StepRecord};
pub use self::secrets::RequestSecrets;
use crate::language::Language;
use crate::mask::mask_card_numbers;
use crate::next_step::NextStep;

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
        let body = operation.encode().ok();
        let request = end
            .evidence()
            .call
            .and(body.as_deref())
            .map(|body| RequestRecord::new(operation.name(), operation.path(), body));
        let mut record = Self {
            request,
            ..Self::of_end(end).at_gateway(gateway, operation.path())
        };
        RequestSecrets::of_body(body.as_deref().unwrap_or_default()).hide_in(&mut record);
        record
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
