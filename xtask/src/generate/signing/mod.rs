//! The signing suite: one file per scheme, each case with every intermediate product.
//!
//! Nothing here uses `ums-auth`: the suite is what that crate is tested against. Each scheme's
//! module computes the products of a case, judges the case by its own reading of the rules, and
//! refuses a definition whose expectation differs from that judgement.

mod authorization;
mod basis;
mod case;
mod compute;
mod definition;
mod form;
mod notify;
mod open_access_token;
mod open_body_sig;
mod open_form_param;
mod values;

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use self::basis::Basis;
use self::case::{Case, Scheme};
use self::definition::Definition;
use super::documented;
use super::facts::Documented;
use super::json::Json;
use super::tree::{self, Tree};

const SCHEMES: &[Scheme] = &[
    notify::SCHEME,
    open_access_token::SCHEME,
    open_body_sig::SCHEME,
    open_form_param::SCHEME,
];

/// A case with its name.
struct Entry {
    scheme: &'static str,
    name: String,
    description: String,
    provenance: Json,
    basis: Basis,
    case: Case,
}

pub(crate) fn generate(facts: &Documented, documented: &Path, tree: &mut Tree) -> Result<()> {
    let mut entries = BTreeMap::new();
    for entry in read(facts, documented)? {
        if let Some(twice) = entries.insert(entry.path(), entry) {
            bail!("there are two cases {}", twice.path());
        }
    }
    for scheme in SCHEMES {
        let of_scheme = entries.values().filter(|entry| entry.scheme == scheme.name);
        let file = Json::object([
            ("$schema", "schema.json".into()),
            ("scheme", scheme.name.into()),
            ("cases", Json::Array(of_scheme.map(Entry::json).collect())),
        ]);
        tree.add(format!("signing/{}.json", scheme.name), file.pretty())?;
    }
    Ok(())
}

/// A table of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    scheme: String,
    /// What the rows share.
    base: Json,
    cases: Vec<Json>,
}

/// The rows of each table of cases, and the vectors from outside.
fn read(facts: &Documented, documented: &Path) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for file in tree::json_files(&documented.join("signing/cases"))? {
        let file = format!("signing/cases/{file}");
        let table: Table = documented::read(documented, &file)?;
        let scheme = scheme(&file, &table.scheme)?;
        for (at, row) in table.cases.iter().enumerate() {
            let place = format!("cases[{at}]");
            let definition = Definition::new(&file, &place, row, &table.base)?;
            entries.push(Entry::read(facts, scheme, &definition)?);
        }
    }
    for file in tree::json_files(&documented.join("signing"))? {
        let file = format!("signing/{file}");
        entries.push(from_outside(
            facts,
            &file,
            documented::read(documented, &file)?,
        )?);
    }
    for exceptions in basis::exceptions()? {
        for path in &exceptions.cases {
            let entry = entries.iter_mut().find(|entry| entry.path() == *path);
            let entry = entry.with_context(|| format!("basis.json: there is no case {path}"))?;
            if entry.basis == exceptions.basis {
                bail!("basis.json: {path} is no exception to the rule");
            }
            entry.basis = exceptions.basis;
        }
    }
    Ok(entries)
}

fn from_outside(facts: &Documented, file: &str, row: Json) -> Result<Entry> {
    for key in ["provenance", "expected"] {
        if row.get(key).is_none() {
            return Err(documented::error(file, key, "is missing"));
        }
    }
    let name = row.get("scheme").map(Json::plain).unwrap_or_default();
    let definition = Definition::new(file, "", &row, &Json::Null)?;
    Entry::read(facts, scheme(file, &name)?, &definition)
}

fn scheme(file: &str, name: &str) -> Result<&'static Scheme> {
    let found = SCHEMES.iter().find(|scheme| scheme.name == name);
    found.ok_or_else(|| documented::error(file, "scheme", format_args!("unknown scheme {name:?}")))
}

impl Entry {
    fn read(facts: &Documented, scheme: &Scheme, definition: &Definition<'_>) -> Result<Self> {
        let case = (scheme.case)(facts, definition)?;
        definition.agree_with(case.judged)?;
        Ok(Self {
            scheme: scheme.name,
            name: definition.name()?,
            description: definition.description(),
            provenance: definition.provenance()?,
            basis: Basis::of(&case),
            case,
        })
    }

    fn path(&self) -> String {
        format!("{}/{}", self.scheme, self.name)
    }

    fn json(&self) -> Json {
        let case = &self.case;
        let expect = match case.judged {
            Ok(()) => "accept",
            Err(_) => "refuse",
        };
        let head = [
            ("name", self.name.as_str().into()),
            ("description", self.description.as_str().into()),
            ("provenance", self.provenance.clone()),
            ("action", case.action.into()),
            ("expect", expect.into()),
            ("reason", case.judged.err().into()),
            ("basis", self.basis.word().into()),
        ];
        Json::object(head.into_iter().chain(case.values.iter().cloned()))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::workspace;

    fn entries() -> Vec<Entry> {
        let documented = workspace::root().join("fixtures/documented");
        let facts = super::super::facts::read(&documented).unwrap();
        read(&facts, &documented).unwrap()
    }

    #[test]
    fn the_suite_is_large_enough_and_a_third_of_it_is_refused() {
        let entries = entries();
        let refused = entries.iter().filter(|entry| entry.case.judged.is_err());
        assert!(entries.len() >= 200, "{}", entries.len());
        assert!(refused.clone().count() * 3 >= entries.len());
    }

    /// The schema lists the reasons, each with its meaning.
    fn reasons() -> BTreeMap<String, String> {
        let path = workspace::root().join("fixtures/signing/schema.json");
        let schema: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let reasons = &schema["$defs"]["case"]["properties"]["reason"]["oneOf"];
        let text = |row: &serde_json::Value, key| Some(row.get(key)?.as_str()?.to_owned());
        let reasons = reasons.as_array().unwrap().iter();
        reasons
            .filter_map(|row| Some((text(row, "const")?, text(row, "description")?)))
            .collect()
    }

    #[test]
    fn each_reason_of_the_schema_has_a_case_and_there_is_no_other() {
        let entries = entries();
        let found: BTreeSet<_> = entries
            .iter()
            .filter_map(|entry| entry.case.judged.err())
            .collect();
        let reasons = reasons();
        assert!(found.iter().eq(reasons.keys()), "{found:?}, {reasons:?}");
    }

    #[test]
    fn the_basis_of_a_verdict_is_the_scheme_or_this_project() {
        let entries = entries();
        let basis_of = |path: &str| {
            let entry = entries.iter().find(|entry| entry.path() == path);
            entry.unwrap().basis
        };
        for (path, basis) in [
            ("notify/md5-mistake-hmac", Basis::Protocol),
            ("notify/memo-with-fields", Basis::Policy),
            ("open-access-token/header-unquoted", Basis::Policy),
            ("open-access-token/read-bearer", Basis::Protocol),
            ("open-body-sig/header-nonce-too-long", Basis::Protocol),
            ("open-body-sig/header-scheme-lower-case", Basis::Policy),
            ("open-body-sig/official-body-a", Basis::Protocol),
            ("open-body-sig/sign-nonce-of-129-characters", Basis::Policy),
            ("open-form-param/mistake-signature-url-safe", Basis::Policy),
        ] {
            assert_eq!(basis_of(path), basis, "{path}");
        }
    }

    #[test]
    fn the_readme_explains_each_reason_in_the_same_words() {
        let readme =
            std::fs::read_to_string(workspace::root().join("fixtures/signing/README.md")).unwrap();
        for (reason, meaning) in reasons() {
            assert!(
                readme.contains(&format!("| `{reason}` | {meaning} |\n")),
                "{reason}"
            );
        }
    }

    fn no_facts() -> Documented {
        Documented {
            operations: Vec::new(),
            reply_codes: Vec::new(),
        }
    }

    /// The error that a single definition gives; empty if it gives none.
    fn error_of(scheme: &Scheme, definition: &str) -> String {
        let facts = no_facts();
        let file = "signing/x.json";
        let row: Json = serde_json::from_str(definition).unwrap();
        let error = match Definition::new(file, "", &row, &Json::Null) {
            Ok(definition) => Entry::read(&facts, scheme, &definition).err(),
            Err(error) => Some(error),
        };
        error.map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_value_from_outside_that_is_not_what_is_computed_stops_generation() {
        let official = workspace::root().join("fixtures/documented/signing/official-body-a.json");
        let official = std::fs::read_to_string(official).unwrap();
        for (right, wrong, key) in [
            ("559aead0", "559aead1", "body_digest"),
            ("18836c09", "18836c08", "hmac_hex"),
            ("GINsCTyN", "GINsCTyM", "signature"),
        ] {
            let row = serde_json::from_str(&official.replace(right, wrong)).unwrap();
            let error = from_outside(&no_facts(), "signing/x.json", row).err();
            let error = error.unwrap().to_string();
            let wanted = format!("fixtures/documented/signing/x.json: expected.{key}: computed ");
            assert!(error.starts_with(&wanted), "{error}");
        }
    }

    #[test]
    fn an_expectation_that_the_rules_do_not_share_stops_generation() {
        let case = |refuse: &str, nonce: &str| {
            format!(
                r#"{{"name":"n","description":"d","app_id":"a","app_key":"k","timestamp":"20170101120000",
                "nonce":"{nonce}","body":"","refuse":{refuse}}}"#
            )
        };
        let scheme = &open_body_sig::SCHEME;
        assert_eq!(error_of(scheme, &case("null", "1")), "");
        assert_eq!(error_of(scheme, &case("\"empty\"", "")), "");
        let place = "fixtures/documented/signing/x.json";
        assert_eq!(
            error_of(scheme, &case("\"empty\"", "1")),
            format!("{place}: refuse: the rules accept this case")
        );
        assert_eq!(
            error_of(scheme, &case("null", "")),
            format!("{place}: must be accepted, and the rules refuse it: empty")
        );
        assert_eq!(
            error_of(scheme, &case("\"too_long\"", "")),
            format!("{place}: refuse: the rules refuse this case as empty")
        );
        assert_eq!(
            error_of(scheme, &case("\"bad\"", "")),
            format!("{place}: refuse: the rules refuse this case as empty")
        );
    }
}
