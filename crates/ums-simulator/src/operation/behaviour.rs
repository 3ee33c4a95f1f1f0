//! What a file beside this one says of the operation that it carries out.

use crate::book::Book;
use crate::clock::Moment;
use crate::operation::choices::Choices;
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::request::Request;

/// An operation that the simulator knows, by a type of its name. `cargo xtask fixtures` lists
/// whatever is one.
pub(crate) trait Behaviour {
    /// What its requests must have, and with that its declaration.
    const NEEDS: Needs;

    /// Paths that its declaration does not have.
    const MORE_PATHS: &'static [&'static str] = &[];

    /// Does what the request asks for, which was read and admitted.
    fn execute(call: Execution<'_, '_>) -> Decision;
}

/// A request that is to be executed.
pub(crate) struct Execution<'e, 'r> {
    pub(crate) book: &'e mut Book,
    pub(crate) request: &'e Request<'r>,
    pub(crate) choices: Choices,
    /// The answer will be none that says what was done.
    pub(crate) unclear: bool,
    pub(crate) now: Moment,
}
