//! What is kept of what a call asks for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ums_model::Effect;

use crate::call::fingerprint::Fingerprint;
use crate::call::identity::{Identity, OrderRole, StoredOrderId};
use crate::call::key::ScopedKey;
use crate::call::stored_body::StoredBody;
use crate::call::text::CallerText;

/// What a call asks for, as a journal keeps it: enough to find it, to guard its order, and to ask
/// later what became of it, at its gateway and in its merchant's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StoredRequest {
    /// The caller's key, and whom it belongs to.
    pub key: ScopedKey,
    /// What the caller wrote.
    pub fingerprint: Fingerprint,
    /// The operation's name.
    pub operation: String,
    /// The path that it goes to.
    pub path: String,
    /// Whether it moves money.
    pub moves_money: bool,
    /// Whether the money is real.
    #[serde(default)]
    pub live: bool,
    /// What tells the operation from others on its order. `None` when it names no order, or moves
    /// no money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// What it is to its order.
    pub role: OrderRole,
    /// Whether it may be made once more, as a new call, when it was found not to have been carried
    /// out: so with a void. Money of what may not stays held until a statement says so.
    #[serde(default)]
    pub may_be_repeated: bool,
    /// The amount, in fen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<u64>,
    /// The name of the profile that it was made with, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    /// The terminal code (终端号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminal: Option<String>,
    /// The store (门店号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub store_id: Option<String>,
    /// The operator (操作员编号).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operator_id: Option<String>,
    /// What is kept of the body. `None` once it was taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<StoredBody>,
    /// The caller's own labels.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, CallerText>,
}

impl StoredRequest {
    /// What is kept of a call of this operation: for what moves money, say its
    /// [`identity`](Self::with_identity).
    pub fn new(
        key: ScopedKey,
        fingerprint: Fingerprint,
        operation: impl Into<String>,
        path: impl Into<String>,
        effect: Effect,
        body: StoredBody,
    ) -> Self {
        Self {
            key,
            fingerprint,
            operation: operation.into(),
            path: path.into(),
            moves_money: effect == Effect::MovesMoney,
            live: false,
            identity: None,
            role: OrderRole::Other,
            may_be_repeated: false,
            amount_fen: None,
            profile: None,
            terminal: None,
            store_id: None,
            operator_id: None,
            body: Some(body),
            labels: BTreeMap::new(),
        }
    }

    /// The same, on this order and in this role.
    #[must_use]
    pub fn with_identity(self, identity: Option<Identity>, role: OrderRole) -> Self {
        Self {
            identity,
            role,
            ..self
        }
    }

    /// The same, of this amount.
    #[must_use]
    pub fn with_amount(self, amount_fen: Option<u64>) -> Self {
        Self { amount_fen, ..self }
    }

    /// The same, saying that it may be made once more when it was found not to have been carried
    /// out.
    #[must_use]
    pub fn with_repeat(self, may_be_repeated: bool) -> Self {
        Self {
            may_be_repeated,
            ..self
        }
    }

    /// The same, made with this profile.
    #[must_use]
    pub fn with_profile(self, profile: impl Into<String>) -> Self {
        Self {
            profile: Some(profile.into()),
            ..self
        }
    }

    /// The ids of the order that it names, sorted.
    pub fn order(&self) -> &[StoredOrderId] {
        self.identity
            .as_ref()
            .map_or(&[], |identity| &identity.order)
    }
}
