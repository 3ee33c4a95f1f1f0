//! The JSON Schema of the files of cases, for other projects that use the suite.

use anyhow::{Context, Result};

use super::super::json::Json;
use super::SCHEMES;
use super::basis::Basis;
use super::reason::REASONS;

pub(super) fn schema() -> Result<Json> {
    let reasons = REASONS.map(|(reason, meaning)| {
        Json::object([("const", reason.into()), ("description", meaning.into())])
    });
    let schemes = SCHEMES.iter().map(|scheme| scheme.name.into());
    let bases = [Basis::Protocol, Basis::Policy].map(|basis| basis.word().into());
    let text = include_str!("schema.json")
        .replace("\"{reasons}\"", &Json::Array(reasons.into()).compact())
        .replace("\"{schemes}\"", &Json::Array(schemes.collect()).compact())
        .replace("\"{bases}\"", &Json::Array(bases.into()).compact());
    serde_json::from_str(&text).context("xtask/src/generate/signing/schema.json is not good JSON")
}
