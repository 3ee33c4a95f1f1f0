//! The once-per-key protocol as a model: small enough that a checker visits every state that it can
//! reach.
//!
//! A [`Scope`] says what is submitted and how much may go wrong, a [`Protocol`] which steps there
//! are in a [`State`] of it and where each leads. [`INVARIANTS`] hold in every state; [`LANDMARKS`]
//! are reached in some. Without one [`Rule`], an invariant falls.
//!
//! ```
//! use ums_protocol_model::{INVARIANTS, Operation, Protocol, Scope, Submission};
//!
//! // Two tries of one payment under one key; processes stall, the gateway is late.
//! let payment = Submission::new(0, Operation::Payment);
//! let protocol = Protocol::new(Scope::new("two tries", &[payment, payment]));
//!
//! // Every state that can be reached, by hand: the tests have a model checker do it.
//! let (mut seen, mut left) = (std::collections::HashSet::new(), vec![protocol.first()]);
//! while let Some(state) = left.pop() {
//!     for (name, holds) in INVARIANTS {
//!         assert!(holds(&protocol, &state), "{name}: {state:?}");
//!     }
//!     let mut actions = Vec::new();
//!     protocol.push_actions(&state, &mut actions);
//!     for next in actions.into_iter().filter_map(|action| protocol.next(&state, action)) {
//!         if seen.insert(next.clone()) {
//!             left.push(next);
//!         }
//!     }
//! }
//! assert!(seen.len() > 1_000);
//! ```
//!
//! `docs/protocol.md` says what is modelled, in which scopes, and what each rule prevents.

mod call;
mod gateway;
pub mod invariant;
mod landmark;
mod protocol;
mod rule;
mod scope;
mod scopes;
mod state;
mod step;
mod task;

pub use call::{
    Answer, Attempt, BeginDecision, Call, CallId, Calls, Refusal, Sent, Word, Words, check_others,
    decide_begin, decide_send, is_link_in_replies,
};
pub use gateway::{Fate, Request};
pub use invariant::{INVARIANTS, Invariant};
pub use landmark::{LANDMARKS, Landmark};
pub use protocol::Protocol;
pub use rule::Rule;
pub use scope::{Budget, Operation, OrderId, Scope, Submission};
pub use state::{Resolver, State, Trust};
pub use step::{Action, CallStep, CommitFate, TaskStep, WorldStep};
pub use task::{Commit, Ending, Phase, Stop, Ticket, Told};
