#![doc = include_str!("../README.md")]

#[cfg(feature = "store")]
mod call {
    //! What a call is told apart by, and what is kept of it.

    pub(crate) mod canonical;
    pub(crate) mod fingerprint;
    pub(crate) mod identity;
    pub(crate) mod ids;
    pub(crate) mod journal_key;
    pub(crate) mod key;
    pub(crate) mod stamp;
    pub(crate) mod stored_body;
    pub(crate) mod text;
}
#[cfg(feature = "store")]
mod fact {
    //! What is known of a call, step by step, and what that comes to.

    pub(crate) mod described;
    pub(crate) mod entry;
    pub(crate) mod recorded;
    pub(crate) mod request;
    pub(crate) mod state;
    pub(crate) mod told;
    pub(crate) mod view;
}
#[cfg(feature = "store")]
mod store {
    //! What a store is, and the rules that every store decides by.

    pub(crate) mod call;
    pub(crate) mod check;
    pub(crate) mod command;
    pub(crate) mod contract;
    pub(crate) mod error;
    pub(crate) mod export;
    pub(crate) mod filter;
    pub(crate) mod head;
    pub(crate) mod lines;
    pub(crate) mod refused;
    pub(crate) mod rules;
}
#[cfg(all(feature = "store", any(test, feature = "test-util")))]
mod store_kit {
    //! What every store is held to.

    pub(crate) mod ask;
    pub(crate) mod case;
    pub(crate) mod cases;
    pub(crate) mod fault;
    pub(crate) mod ground;
    pub(crate) mod kit;
}
#[cfg(feature = "store")]
mod memory_store {
    //! The whole contract in memory.

    pub(crate) mod carry_out;
    pub(crate) mod clock;
    pub(crate) mod excerpt;
    pub(crate) mod faults;
    pub(crate) mod find;
    pub(crate) mod store;
    pub(crate) mod tables;
    pub(crate) mod touched;
}
mod china_time;
mod evidence;
mod intent;
mod journal;
mod language;
mod mask;
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

#[cfg(feature = "store")]
pub use call::canonical::NotCanonical;
#[cfg(feature = "store")]
pub use call::fingerprint::{Fingerprint, Fingerprints};
#[cfg(feature = "store")]
pub use call::identity::{Identity, IdentityRow, OrderIdKind, OrderRole, StoredOrderId};
#[cfg(feature = "store")]
pub use call::ids::{AttemptNumber, CallId, Epoch, FactId, JournalId, Owner};
#[cfg(feature = "store")]
pub use call::journal_key::JournalKey;
#[cfg(feature = "store")]
pub use call::key::{Key, KeyScope, ScopedKey};
#[cfg(feature = "store")]
pub use call::stamp::{Passed, Stamp};
#[cfg(feature = "store")]
pub use call::stored_body::StoredBody;
#[cfg(feature = "store")]
pub use call::text::{CallerText, InvalidText};
pub use china_time::to_china_time;
#[cfg(any(test, feature = "test-util"))]
pub use conformance::check_journal;
pub use evidence::{Attempt, AttemptPhase, AttemptProgress, AttemptTimings, Evidence};
#[cfg(feature = "store")]
pub use fact::entry::{
    Accepted, Alarm, AlarmKind, AskedFact, AwaitingStatement, Buried, Closed, ClosedAs, CountedBy,
    EndedFact, Fact, FactKind, Holding, Intended, KeyOfJournal, Linked, Recovered, Resolved,
    SendPlan, SendingFact, Stated, StoredFinding, TraceLine, TraceNumbersTaken,
};
#[cfg(feature = "store")]
pub use fact::recorded::{ChainHash, RecordedFact};
#[cfg(feature = "store")]
pub use fact::request::StoredRequest;
#[cfg(feature = "store")]
pub use fact::state::State;
#[cfg(feature = "store")]
pub use fact::view::{AttemptView, View};
pub use intent::{Ended, Intent, Sending};
pub use journal::{CallState, Journal, JournalEntry, OutOfOrder, Reading};
pub use language::Language;
pub use mask::{escape_unprintable, mask_card_numbers, mask_for_log};
pub use masked_json::{MaskedJson, mask_json_text};
pub use memory::MemoryJournal;
#[cfg(feature = "store")]
pub use memory_store::clock::{ManualClock, StoreClock};
#[cfg(feature = "store")]
pub use memory_store::excerpt::{ChangedCall, Changes, Excerpt};
#[cfg(feature = "store")]
pub use memory_store::faults::{StoreFault, StoreFaults, StoreStep};
#[cfg(feature = "store")]
pub use memory_store::store::MemoryStore;
#[cfg(feature = "store")]
pub use memory_store::touched::Touched;
pub use name::UnknownName;
pub use next_step::NextStep;
pub use outcome_kind::OutcomeKind;
pub use reason::Reason;
pub use record::{
    AskedRecord, AttemptRecord, CallEnd, DiscrepancyRecord, EvidenceRecord, Gateway, HistoryRecord,
    MayRepeat, OrderRecord, OutcomeRecord, RecordedOutcome, RepeatedRecord, ReplyRecord,
    RequestRecord, RequestSecrets, ResolutionRecord, StepRecord, TimingsRecord,
};
pub use recorder::{Recorder, Recording};
#[cfg(feature = "store")]
pub use store::call::{Holder, StoredCall};
#[cfg(feature = "store")]
pub use store::check::{CallRow, CheckedJournal, PlaceInCall, TableFault, TablesCheck};
#[cfg(feature = "store")]
pub use store::command::{
    Accept, Begin, Bury, ClaimCall, Close, Link, SendAttempt, StoreCommand, StoreReceipt,
    TakeTraceNumbers, Ticket,
};
#[cfg(feature = "store")]
pub use store::contract::{CommandResult, Store, StoreFuture};
#[cfg(feature = "store")]
pub use store::error::{Committed, StoreError, StoreErrorKind};
#[cfg(feature = "store")]
pub use store::export::{
    ExportCheck, ExportEnd, InvalidExport, first_line_of_export, last_line_of_export,
};
#[cfg(feature = "store")]
pub use store::filter::{CallPage, Cursor, Filter, ListOrder};
#[cfg(feature = "store")]
pub use store::head::{Head, Memory, Witness};
#[cfg(feature = "store")]
pub use store::lines::{
    BrokenChain, ChainCheck, InvalidLine, compare_with_witness, fact_of_line, line_of_fact,
};
#[cfg(feature = "store")]
pub use store::refused::StoreRefusal;
#[cfg(feature = "store")]
pub use store::rules::{
    BeginDecision, ClaimDecision, Surroundings, alarm_after, decide_begin, decide_bury,
    decide_claim, decide_close, decide_journal, decide_record, decide_release, decide_send,
    decide_trace_numbers, is_counted_by, is_let_go, may_be_buried,
};
#[cfg(all(feature = "store", any(test, feature = "test-util")))]
pub use store_kit::case::StoreCase;
#[cfg(all(feature = "store", any(test, feature = "test-util")))]
pub use store_kit::ground::StoreUnderTest;
#[cfg(all(feature = "store", any(test, feature = "test-util")))]
pub use store_kit::kit::{CaseFault, check_store, check_store_case, store_cases};
