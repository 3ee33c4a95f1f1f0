//! Whether an operation moves money.

/// Whether an operation moves money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "it does or it does not")]
pub enum Effect {
    /// It moves money, or takes a movement back: never repeated without proof that it was not done.
    MovesMoney,
    /// It only reads: repeating it does no harm.
    ReadOnly,
}

impl Effect {
    /// The name that `fixtures/documented` uses.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MovesMoney => "moves_money",
            Self::ReadOnly => "read_only",
        }
    }
}
