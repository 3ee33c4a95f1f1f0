//! What the reply to a query says of what it asks about.

use crate::exit::Exit;

/// What a query's reply says of the order or the refund it is about.
pub(crate) struct Answer {
    pub(crate) state: &'static str,
    pub(crate) is_final: bool,
    pub(crate) exit: Exit,
    /// The same for a person.
    pub(crate) sentence: &'static str,
}
