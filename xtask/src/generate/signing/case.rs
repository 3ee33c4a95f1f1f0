//! What every scheme makes of a definition: a case.

use anyhow::Result;

use super::super::facts::Documented;
use super::super::json::Json;
use super::definition::Definition;

/// One scheme: its name in paths, and how one of its definitions becomes a case.
pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) case: fn(&Documented, &Definition<'_>) -> Result<Case>,
}

/// What a definition makes.
pub(crate) struct Case {
    /// What a tester does with the case: `sign`, `verify`, …
    pub(crate) action: &'static str,
    /// Why the rules refuse the case; none if they accept it.
    pub(crate) judged: Result<(), &'static str>,
    /// The inputs, and then each product, in the order in which they are made.
    pub(crate) values: Vec<(&'static str, Json)>,
}
