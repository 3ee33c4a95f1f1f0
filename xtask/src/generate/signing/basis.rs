//! What a verdict rests on: whether an independent implementation has to come to the same one.

use super::Entry;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Basis {
    /// The scheme itself decides: whoever implements it rightly agrees.
    Protocol,
    /// No document decides, and this project chose: another implementation may be right and differ.
    Policy,
}

impl Basis {
    pub(super) const ALL: [Self; 2] = [Self::Protocol, Self::Policy];

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Protocol => "protocol",
            Self::Policy => "policy",
        }
    }
}

/// What the rule says, or the opposite where the case is an exception to it.
pub(super) fn of(entry: &Entry) -> Basis {
    let excepted = EXCEPTIONS
        .iter()
        .any(|(scheme, names)| *scheme == entry.scheme && names.contains(&entry.name.as_str()));
    match (rule(entry), excepted) {
        (Basis::Protocol, true) => Basis::Policy,
        (Basis::Policy, true) => Basis::Protocol,
        (basis, false) => basis,
    }
}

/// Reasons that are given to what a more lenient reader would take, and find rightly signed.
const READ_STRICTLY: [&str; 8] = [
    "ambiguous_value",
    "duplicate_parameter",
    "header_too_long",
    "other_sign_type",
    "parameter_order",
    "scheme",
    "syntax",
    "unknown_parameter",
];

fn rule(entry: &Entry) -> Basis {
    match (entry.case.action, entry.case.judged) {
        // Which inputs a signer refuses is its own affair.
        ("sign", Err(_)) => Basis::Policy,
        // No official text of the header was seen in the original.
        ("header" | "read", _) => Basis::Policy,
        (_, Err(reason)) if READ_STRICTLY.contains(&reason) => Basis::Policy,
        _ => Basis::Protocol,
    }
}

pub(super) const EXCEPTIONS: &[(&str, &[&str])] = &[
    (
        "notify",
        &[
            // The signature is not that of what was received, however that is read.
            "field-twice",
            "pair-without-equals",
            "percent-cut-short",
            "percent-without-digits",
            "sign-twice",
            "sign-type-downgraded",
            // A strict reader of forms may refuse these.
            "equals-in-raw-value",
            "value-not-encoded",
            // The signature is right, and the key is none that a receiver should hold.
            "key-empty",
            "key-with-line-feed",
        ],
    ),
    (
        "open-access-token",
        &[
            // There is no token in them, or not of this scheme.
            "read-bearer",
            "read-empty",
            "read-scheme-alone",
            // At the edges of the allow-lists and limits.
            "sha1-key-with-punctuation",
            "sha1-long-parts",
            "sha1-short-parts",
            "sha256-key-with-punctuation",
            "sha256-long-parts",
            "sha256-short-parts",
        ],
    ),
    (
        "open-body-sig",
        &[
            // There is no signature in them, or not of this scheme.
            "header-empty",
            "header-other-scheme",
            "header-scheme-alone",
            // A strict reader of the header or of Base64 may refuse these.
            "header-commas-mixed",
            "header-non-canonical-base64",
            "header-non-canonical-base64-void-body",
            // A lenient reader of Base64 takes these for the same 32 bytes.
            "mistake-signature-unpadded",
            "mistake-signature-url-safe",
            "mistake-signature-with-line-feed",
            // At the edges of the allow-lists and limits.
            "app-id-with-each-mark",
            "key-with-punctuation",
            "nonce-of-128-characters",
            "nonce-with-each-character",
            "timestamp-first",
            "timestamp-last",
        ],
    ),
    (
        "open-form-param",
        &[
            // The signature is not that of what was received, or of another scheme.
            "other-scheme",
            "pair-without-equals",
            "percent-without-digits",
            // A lenient reader of Base64 takes it for the same 32 bytes.
            "mistake-signature-url-safe",
            // At the edge of the allow-list.
            "nonce-with-each-character",
        ],
    ),
];
