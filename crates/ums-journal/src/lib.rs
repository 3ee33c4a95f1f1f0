#![doc = include_str!("../README.md")]

mod china_time;
mod evidence;
mod intent;
mod journal;
mod language;
mod mask;
mod mask_secrets;
mod masked_json;
mod memory;
mod name;
mod next_step;
mod outcome_kind;
mod reason;
mod record;
mod recorder;

#[cfg(any(test, feature = "test-util"))]
mod conformance;

pub use china_time::to_china_time;
#[cfg(any(test, feature = "test-util"))]
pub use conformance::check_journal;
pub use evidence::{Attempt, AttemptPhase, AttemptProgress, AttemptTimings, Evidence};
pub use intent::{Ended, Intent, Sending};
pub use journal::{CallState, Journal, JournalEntry, OutOfOrder, Reading};
pub use language::Language;
pub use mask::{escape_unprintable, mask_card_numbers, mask_for_log};
pub use mask_secrets::RequestSecrets;
pub use masked_json::{MaskedJson, mask_json_text};
pub use memory::MemoryJournal;
pub use name::UnknownName;
pub use next_step::NextStep;
pub use outcome_kind::OutcomeKind;
pub use reason::Reason;
pub use record::{
    AskedRecord, AttemptRecord, CallEnd, DiscrepancyRecord, EvidenceRecord, Gateway, MayRepeat,
    OutcomeRecord, RecordedOutcome, RepeatedRecord, ReplyRecord, RequestRecord, ResolutionRecord,
    StepRecord, TimingsRecord,
};
pub use recorder::{Recorder, Recording};
