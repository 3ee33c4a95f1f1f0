//! What whoever shows a token may do.

use serde::{Deserialize, Serialize};

/// What whoever shows a token may do. One role does not bring another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Submit operations: all, or those that the token names.
    Submit,
    /// Read calls, events, measurements and the description of the interface.
    Read,
    /// Have it asked what became of a call.
    Resolve,
    /// Close a call by a person's word.
    Close,
    /// Begin a call in spite of others that are open on its order.
    Override,
}

impl Role {
    /// Every role.
    pub const ALL: &'static [Self] = &[
        Self::Submit,
        Self::Read,
        Self::Resolve,
        Self::Close,
        Self::Override,
    ];

    /// Its name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Read => "read",
            Self::Resolve => "resolve",
            Self::Close => "close",
            Self::Override => "override",
        }
    }

    /// The role with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|role| role.as_str() == name)
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}
