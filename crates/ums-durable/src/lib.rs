#![doc = include_str!("../README.md")]

mod process {
    //! What one process goes by: its names, its times, and what it remembers of the journal.

    pub(crate) mod amnesia;
    pub(crate) mod days;
    pub(crate) mod ids;
    pub(crate) mod own_clock;
    pub(crate) mod rate;
    pub(crate) mod sent;
    pub(crate) mod settings;
    #[cfg(feature = "test-util")]
    pub(crate) mod task_gate;
    pub(crate) mod tasks;
    pub(crate) mod witness;
    pub(crate) mod write;
}
mod answer {
    //! What callers are told.

    #[expect(
        clippy::module_inception,
        reason = "it is what the room is named after"
    )]
    pub(crate) mod answer;
    pub(crate) mod journal_error;
    pub(crate) mod submit_error;
    pub(crate) mod told;
}
mod call {
    //! A call that is to run.

    pub(crate) mod job;
    pub(crate) mod options;
}
mod running;
mod shared;
mod submit {
    //! From a key to what the caller is told: each step is in the journal before the next.

    pub(crate) mod ask_first;
    pub(crate) mod elsewhere;
    pub(crate) mod end;
    pub(crate) mod recorder;
    pub(crate) mod run;
    pub(crate) mod settle;
    pub(crate) mod steps;
}
mod resolver {
    //! Finding out what became of calls that are unknown: by asking, never by sending again.

    pub(crate) mod case;
    pub(crate) mod facts;
    pub(crate) mod follow_up;
    pub(crate) mod round;
    pub(crate) mod take_up;
}
mod durable;
mod person;
mod summary;
mod till;
mod trace_numbers;

pub use answer::answer::Answer;
pub use answer::journal_error::JournalError;
pub use answer::submit_error::SubmitError;
pub use answer::told::record_of;
pub use call::options::SubmitOptions;
pub use durable::Durable;
pub use durable::builder::{DurableBuildError, DurableBuilder};
pub use person::{CloseError, Closing};
pub use process::amnesia::Amnesia;
pub use process::settings::Settings;
#[cfg(feature = "test-util")]
pub use process::task_gate::TaskGate;
pub use process::witness::{WitnessError, WitnessFile};
pub use summary::{Sum, SummaryBy, SummaryRow, summarize};
pub use till::TillAnswer;
pub use trace_numbers::TraceNumberError;

pub use ums_client as client;
pub use ums_journal as journal;
