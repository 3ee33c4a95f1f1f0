//! What a verdict rests on: whether an independent implementation has to come to the same one.

use anyhow::{Context, Result};
use serde::Deserialize;

use super::case::Case;

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Basis {
    /// The scheme itself decides: whoever implements it rightly agrees.
    Protocol,
    /// No document decides, and this project chose: another implementation may be right and differ.
    Policy,
}

impl Basis {
    /// The word of the schema.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Policy => "policy",
        }
    }

    /// What the rule says of a case that is no exception to it.
    pub(super) fn of(case: &Case) -> Self {
        match (case.action, case.judged) {
            // Which inputs a signer refuses is its own affair. Of a token's header no official text
            // was seen.
            ("sign", Err(_)) | ("header" | "read", _) => Self::Policy,
            // A more lenient reader would take what is refused so, and find it rightly signed.
            (
                _,
                Err(
                    "ambiguous_value"
                    | "duplicate_parameter"
                    | "header_too_long"
                    | "other_sign_type"
                    | "parameter_order"
                    | "scheme"
                    | "syntax"
                    | "unknown_parameter",
                ),
            ) => Self::Policy,
            _ => Self::Protocol,
        }
    }
}

/// Cases of which the rule is not true, each as `scheme/name`.
#[derive(Deserialize)]
pub(super) struct Exceptions {
    pub(super) basis: Basis,
    pub(super) cases: Vec<String>,
}

pub(super) fn exceptions() -> Result<Vec<Exceptions>> {
    serde_json::from_str(include_str!("basis.json")).context("basis.json")
}
