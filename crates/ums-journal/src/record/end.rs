//! How a call ended, as far as a record needs it.

use std::error::Error;

use ums_model::{Discrepancy, Judgement};

use crate::evidence::Evidence;
use crate::next_step::NextStep;
use crate::outcome_kind::OutcomeKind;

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
