//! What a token grants to whoever shows it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::access::role::Role;

/// A token as the file of tokens has it: what it grants, and a hash of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Grant {
    /// The public part of the token.
    pub id: String,
    /// Whose it is: what the journal says of whoever asks by it.
    pub name: String,
    /// What may be done by it.
    pub roles: BTreeSet<Role>,
    /// The operations that may be submitted by it. `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operations: Option<BTreeSet<String>>,
    /// The profiles that it is for. `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profiles: Option<BTreeSet<String>>,
    /// The most that one call may ask for, in fen. `None` for any amount.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most_fen: Option<u64>,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// When it ends. `None` for never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<DateTime<Utc>>,
    /// SHA-256 of the token, in hexadecimal.
    pub(crate) sha256: String,
}

impl Grant {
    /// Whether it has ended.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }

    pub(crate) fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    pub(crate) fn may_submit(&self, operation: &str) -> bool {
        let is_named = |operations: &BTreeSet<String>| operations.contains(operation);
        self.has(Role::Submit) && self.operations.as_ref().is_none_or(is_named)
    }

    /// Whether what was made with this profile may be seen. A call that names no profile is seen
    /// only by who may see all.
    pub(crate) fn sees(&self, profile: Option<&str>) -> bool {
        match (&self.profiles, profile) {
            (None, _) => true,
            (Some(profiles), Some(profile)) => profiles.contains(profile),
            (Some(_), None) => false,
        }
    }
}

/// What a new token is to grant.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct NewGrant {
    pub(crate) name: String,
    pub(crate) roles: BTreeSet<Role>,
    pub(crate) operations: BTreeSet<String>,
    pub(crate) profiles: BTreeSet<String>,
    pub(crate) most_fen: Option<u64>,
    pub(crate) expires: Option<DateTime<Utc>>,
}

impl NewGrant {
    /// A token of this name, with these roles, for every profile and every operation.
    pub fn new(name: impl Into<String>, roles: impl IntoIterator<Item = Role>) -> Self {
        Self {
            name: name.into(),
            roles: roles.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Only for these profiles; for all if there are none.
    pub fn profiles(mut self, profiles: impl IntoIterator<Item = String>) -> Self {
        self.profiles.extend(profiles);
        self
    }

    /// Submits only these operations; all if there are none.
    pub fn operations(mut self, operations: impl IntoIterator<Item = String>) -> Self {
        self.operations.extend(operations);
        self
    }

    /// Submits nothing that asks for more than this, in fen.
    pub fn most_fen(mut self, fen: u64) -> Self {
        self.most_fen = Some(fen);
        self
    }

    /// Until then.
    pub fn expires(mut self, at: DateTime<Utc>) -> Self {
        self.expires = Some(at);
        self
    }
}
