//! What is known of an operation, as data.

use std::fmt;

use crate::field::spec::{Condition, FieldSpec, Source};
use crate::judge::pos_operation::PosOperation;
use crate::judge::reply_code::{REPLY_CODES, ReplyCode, judge_code};
use crate::judge::verdict::Verdict;
use crate::operation::effect::Effect;

/// Everything that the declaration of an operation says of it.
///
/// `fixtures/documented` has the same once more, with words, transcribed on its own; a test holds
/// the two against each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationSpec {
    /// Its name, as [`Operation::name`](crate::Operation::name) says it.
    pub name: &'static str,
    /// What the platform's documents call it.
    pub chinese: &'static str,
    /// What it is, in English.
    pub english: &'static str,
    /// Its path at each version that is known, the one that is used by default first.
    pub paths: &'static [PathSpec],
    /// Whether it moves money.
    pub effect: Effect,
    /// Which operation of the family it is.
    pub kind: PosOperation,
    /// The column of the reply codes that judges it: see [`PosOperation::codes`].
    pub codes: &'static str,
    /// The fields of the request, in the order in which they are written.
    pub request: &'static [FieldSpec],
    /// The fields of the reply, in the documented order.
    pub reply: &'static [FieldSpec],
    /// What some fields of the request must fulfil together.
    pub conditions: &'static [Condition],
    /// The fields of the request that name the order, the merchant's id first.
    pub order: OrderFields,
    /// The fields of the request that tell this call from every other one to the same terminal.
    pub identity: &'static [&'static str],
    /// What the reply repeats of the request. Another value there makes it the reply to another
    /// request.
    pub echoes: &'static [Echo],
    /// How its outcome is asked about, where a query is known that does.
    pub asked: Option<AskedSpec>,
}

/// The path of an operation at one version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PathSpec {
    /// The version, as in the path: `v6`.
    pub version: &'static str,
    /// The path below the host.
    pub path: &'static str,
    /// Where it is written.
    pub source: Source,
}

impl PathSpec {
    /// A path whose first segment is its version: `v` and one digit.
    pub(crate) const fn new(path: &'static str, source: Source) -> Self {
        Self {
            version: path.split_at(1).1.split_at(2).0,
            path,
            source,
        }
    }
}

/// The fields of a request that name its order, by their names on the wire.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct OrderFields {
    /// That of the merchant's own id.
    pub merchant: Option<&'static str>,
    /// That of the platform's id.
    pub ums: Option<&'static str>,
}

impl OrderFields {
    pub(crate) const NONE: Self = Self {
        merchant: None,
        ums: None,
    };
}

/// A field of a reply, or of the answer to a query, that repeats what a request holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Echo {
    /// The field of the reply, by its name on the wire.
    pub reply: &'static str,
    /// What it must be, if it is there.
    pub expected: Expected,
    /// Whether the field is one of those that are documented for the reply.
    pub is_listed: bool,
}

impl Echo {
    pub(crate) const fn new(reply: &'static str, expected: Expected, is_listed: bool) -> Self {
        Self {
            reply,
            expected,
            is_listed,
        }
    }
}

/// What a field of a reply is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "what was sent, or what is always so"
)]
pub enum Expected {
    /// The request's field of this name, if it was given.
    Field(&'static str),
    /// This very value.
    Value(&'static str),
}

/// How the outcome of an operation is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AskedSpec {
    /// The name of the operation that asks.
    pub query: &'static str,
    /// What the answer repeats of the request.
    pub echoes: &'static [Echo],
    /// What each state in the answer says of the operation.
    pub states: &'static [StateSpec],
    /// Whether the operation may be sent once more after it was found not to have been carried out.
    pub may_be_repeated: bool,
}

/// What one state in the answer to a query says of the operation that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StateSpec {
    /// The state's name.
    pub state: &'static str,
    /// What it says.
    pub meaning: Meaning,
}

impl StateSpec {
    pub(crate) const fn new(state: &'static str, meaning: Meaning) -> Self {
        Self { state, meaning }
    }
}

/// What a state says of an operation, before the rest of the answer is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Meaning {
    /// It was carried out, and stands.
    Executed,
    /// It was carried out, and undone since.
    ExecutedAndUndone,
    /// It was carried out; whether anything of it is left depends on how much was taken back.
    ExecutedUnlessAllRefunded,
    /// The platform states that it failed.
    StatedFailure,
    /// There is no trace of it.
    Absent,
    /// What it would take back was never done.
    NothingToUndo,
    /// It was carried out, by this call or by another one: only a further query can tell.
    ExecutedIfConfirmed,
    /// It is under way.
    Pending,
    /// Nothing is certain.
    Open,
}

impl Meaning {
    /// Each of them.
    pub const ALL: &'static [Self] = &[
        Self::Executed,
        Self::ExecutedAndUndone,
        Self::ExecutedUnlessAllRefunded,
        Self::StatedFailure,
        Self::Absent,
        Self::NothingToUndo,
        Self::ExecutedIfConfirmed,
        Self::Pending,
        Self::Open,
    ];

    /// The name that `fixtures/documented` uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::ExecutedAndUndone => "executed_and_undone",
            Self::ExecutedUnlessAllRefunded => "executed_unless_all_refunded",
            Self::StatedFailure => "stated_failure",
            Self::Absent => "absent",
            Self::NothingToUndo => "nothing_to_undo",
            Self::ExecutedIfConfirmed => "executed_if_confirmed",
            Self::Pending => "pending",
            Self::Open => "open",
        }
    }
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl OperationSpec {
    /// What a reply code says of this operation.
    pub fn verdict(&self, code: &str) -> Verdict {
        judge_code(self.kind, code)
    }

    /// Each known reply code with what it says of this operation.
    pub fn verdicts(&self) -> impl Iterator<Item = (&'static ReplyCode, Verdict)> {
        let kind = self.kind;
        REPLY_CODES
            .iter()
            .map(move |row| (row, row.verdicts.of(kind)))
    }

    /// The version that this path leads to the operation at.
    pub fn version_of(&self, path: &str) -> Option<&'static str> {
        let known = self.paths.iter().find(|known| known.path == path)?;
        Some(known.version)
    }
}
