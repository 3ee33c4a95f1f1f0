//! `cargo xtask layers`: what each crate must never contain, one version of each crate, manifests
//! that inherit; crates that use lower ones only, files that do not use each other in a circle, and
//! public names that one crate only has.

mod arrows;
mod circles;
mod map;
mod names;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use toml::{Table, Value};

use crate::workspace::{cargo, packages, root};

use arrows::Arrows;

/// What a crate of this workspace must never contain.
struct Layer {
    name: &'static str,
    /// It uses only crates of lower floors, but for its tests.
    floor: u8,
    /// Its rooms, from the lowest to the highest, each of which uses only itself and lower ones;
    /// none if they are not ordered yet. A room is a directory, or a file beside them.
    rooms: &'static [&'static str],
    /// Crates that are nowhere in its tree, whatever its features. `crate/feature` forbids only
    /// that feature of the crate.
    never: &'static [&'static str],
    /// Crates that are in its tree only when asked for by a feature that is off by default.
    /// `crate/feature` means only that feature of the crate, which may be the crate itself.
    not_by_default: &'static [&'static str],
    /// Crates that it does not use itself, though they may be deeper in its tree.
    not_directly: &'static [&'static str],
    /// The longest its tree may be with default features, itself included.
    at_most: Option<usize>,
}

const LAYERS: &[Layer] = &[
    Layer {
        name: "ums-auth",
        floor: 1,
        rooms: &[],
        never: &[
            "chrono/clock",
            "chrono/now",
            "hyper",
            "rand",
            "rustls",
            "serde_json",
            "tokio",
            "ums-client",
            "ums-explain",
            "ums-model",
            "ums-simulator",
            "ums-transport",
        ],
        // Who asks for neither gets no clock and no random source.
        not_by_default: &[
            "chrono/std",
            "getrandom",
            "http",
            "ums-auth/clock",
            "ums-auth/random",
        ],
        not_directly: &[],
        at_most: Some(16),
    },
    Layer {
        name: "ums-explain",
        floor: 2,
        rooms: &[],
        never: &[
            "chrono/clock",
            "chrono/now",
            "getrandom",
            "http",
            "hyper",
            "rand",
            "rustls",
            "serde_json",
            "tokio",
            "ums-auth/clock",
            "ums-auth/random",
            "ums-client",
            "ums-model",
            "ums-simulator",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &[],
        at_most: None,
    },
    Layer {
        name: "ums-model",
        floor: 1,
        rooms: &[],
        never: &[
            "chrono/clock",
            "chrono/now",
            "getrandom",
            "hmac",
            "http",
            "hyper",
            "rand",
            "ring",
            "rustls",
            "sha2",
            "tokio",
            "ums-auth",
            "ums-client",
            "ums-explain",
            "ums-simulator",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &[],
        at_most: None,
    },
    Layer {
        name: "ums-transport",
        floor: 1,
        rooms: &[
            "boot_instant",
            "deadline",
            "runtime",
            "progress",
            "error",
            "connect",
            "connection",
            "transport",
        ],
        never: &[
            "hmac",
            "md-5",
            "serde_json",
            "sha1",
            "sha2",
            "ums-auth",
            "ums-client",
            "ums-explain",
            "ums-model",
            "ums-simulator",
        ],
        not_by_default: &[],
        not_directly: &["ring"],
        at_most: None,
    },
    Layer {
        name: "ums-journal",
        floor: 2,
        rooms: &[
            "name",
            "language",
            "china_time",
            "outcome_kind",
            "reason",
            "mask",
            "masked_json",
            "next_step",
            "evidence",
            "intent",
            "recorder",
            "journal",
            "memory",
            "conformance",
            "record",
            "call",
            "fact",
            "store",
            "memory_store",
            "store_kit",
        ],
        never: &[
            "chrono/clock",
            "chrono/now",
            "getrandom",
            "http",
            "hyper",
            "libsqlite3-sys",
            "postgres-protocol",
            "rand",
            "ring",
            "rusqlite",
            "rustls",
            "tokio",
            "ums-cli",
            "ums-client",
            "ums-simulator",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &["base64", "md-5", "sha1"],
        at_most: None,
    },
    Layer {
        name: "ums-journal-sqlite",
        floor: 3,
        rooms: &["failure", "kept", "open", "read", "write", "store"],
        never: &[
            "chrono/clock",
            "chrono/now",
            "http",
            "hyper",
            "postgres-protocol",
            "rand",
            "ring",
            "rustls",
            "ums-cli",
            "ums-client",
            "ums-simulator",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &["base64", "hmac", "md-5", "sha1", "ums-auth", "ums-model"],
        at_most: None,
    },
    Layer {
        name: "ums-journal-postgres",
        floor: 3,
        rooms: &["failure", "open", "read", "write", "store"],
        never: &[
            "chrono/clock",
            "chrono/now",
            "http",
            "hyper",
            "libsqlite3-sys",
            "native-tls",
            "openssl-sys",
            "rusqlite",
            "ums-cli",
            "ums-client",
            "ums-simulator",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &[
            "base64",
            "hmac",
            "md-5",
            "rand",
            "sha1",
            "ums-auth",
            "ums-model",
        ],
        at_most: None,
    },
    Layer {
        name: "ums-client",
        floor: 3,
        rooms: &[
            "machine",
            "authentication",
            "outcome",
            "client",
            "resolve",
            "till",
            "blocking",
        ],
        never: &["ums-cli", "ums-explain", "ums-simulator"],
        not_by_default: &[],
        not_directly: &[
            "base64",
            "hmac",
            "hyper",
            "hyper-rustls",
            "hyper-util",
            "md-5",
            "rustls",
            "sha1",
            "sha2",
            "tokio-rustls",
        ],
        at_most: Some(75),
    },
    Layer {
        name: "ums-durable",
        floor: 4,
        rooms: &[
            "process",
            "answer",
            "call",
            "running",
            "shared",
            "submit",
            "resolver",
            "person",
            "summary",
            "till",
            "trace_numbers",
            "durable",
        ],
        never: &[
            "libsqlite3-sys",
            "postgres-protocol",
            "rusqlite",
            "ums-cli",
            "ums-explain",
            "ums-simulator",
        ],
        not_by_default: &[],
        not_directly: &[
            "base64",
            "getrandom",
            "hmac",
            "hyper",
            "hyper-util",
            "md-5",
            "ring",
            "rustls",
            "sha1",
            "sha2",
            "ums-auth",
            "ums-transport",
        ],
        at_most: None,
    },
    Layer {
        name: "ums-server",
        floor: 5,
        rooms: &[
            "access", "limits", "problem", "profile", "app", "caller", "guard", "request",
            "answer", "api", "listen", "server",
        ],
        never: &[
            "libsqlite3-sys",
            "postgres-protocol",
            "rusqlite",
            "ums-cli",
            "ums-explain",
            "ums-simulator",
        ],
        not_by_default: &[],
        not_directly: &[
            "base64",
            "hmac",
            "md-5",
            "sha1",
            "ums-auth",
            "ums-client",
            "ums-journal",
            "ums-model",
            "ums-transport",
        ],
        at_most: None,
    },
    Layer {
        name: "ums-simulator",
        floor: 2,
        rooms: &[
            "clock",
            "code",
            "own_file",
            "wire",
            "book",
            "orders",
            "operation",
            "access",
            "fault",
            "ledger",
            "gateway",
            "serve",
            "simulator",
            "builder",
            "control",
            "running",
        ],
        never: &[
            "hmac",
            "sha2",
            "ums-auth",
            "ums-cli",
            "ums-client",
            "ums-explain",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &[],
        at_most: None,
    },
    Layer {
        name: "ums-cli",
        floor: 6,
        rooms: &[],
        never: &[],
        not_by_default: &[],
        not_directly: &[
            "hmac",
            "hyper",
            "hyper-rustls",
            "hyper-util",
            "md-5",
            "rustls",
            "sha1",
            "sha2",
        ],
        at_most: None,
    },
    // A harness around the client and the simulator; it must not sign or speak HTTP on its own, or
    // it would prove itself.
    Layer {
        name: "ums-proof",
        floor: 6,
        rooms: &[],
        never: &["ums-cli", "ums-explain"],
        not_by_default: &[],
        not_directly: &[
            "hmac",
            "hyper",
            "hyper-util",
            "ring",
            "rustls",
            "sha2",
            "ums-auth",
            "ums-model",
            "ums-transport",
        ],
        at_most: None,
    },
    // A model that can be held against the rules of the journal; taken from them, it would say
    // nothing about them. Its tests use a model checker, it uses nothing.
    Layer {
        name: "ums-protocol-model",
        floor: 6,
        rooms: &[
            "rule",
            "scope",
            "scopes",
            "call",
            "gateway",
            "task",
            "state",
            "protocol",
            "step",
            "invariant",
            "landmark",
        ],
        never: &["stateright"],
        not_by_default: &[],
        not_directly: &[],
        at_most: Some(1),
    },
    Layer {
        name: "xtask",
        floor: 6,
        rooms: &[],
        never: &[
            "hyper",
            "rustls",
            "tokio",
            "ums-auth",
            "ums-client",
            "ums-simulator",
            "ums-transport",
        ],
        not_by_default: &[],
        not_directly: &[],
        at_most: None,
    },
];

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    if !arguments.is_empty() {
        bail!("takes no argument, got {arguments:?}");
    }
    let faults = check()?;
    if faults.is_empty() {
        println!(
            "layers: {} crates, each with what it may contain and use",
            LAYERS.len()
        );
        return Ok(());
    }
    bail!("{} faults\n  {}", faults.len(), faults.join("\n  "))
}

/// Every fault of the workspace as it is.
fn check() -> Result<Vec<String>> {
    let members = members()?;
    let mut faults = Vec::new();
    for member in &members {
        match LAYERS.iter().find(|layer| layer.name == member.name) {
            None => faults.push(format!(
                "{}: xtask/src/layers.rs does not say what it must never contain",
                member.name
            )),
            Some(layer) => {
                layer.check_direct(&member.manifest, &mut faults);
                layer.check_all(
                    &tree(&["--package", layer.name, "--all-features"])?,
                    &mut faults,
                );
                layer.check_default(&tree(&["--package", layer.name])?, &mut faults);
            }
        }
        check_manifest(&member.name, &member.manifest, &mut faults);
        check_floors(&member.name, &member.manifest, &mut faults);
        check_files(member, &mut faults)?;
    }
    let whole = tree(&["--workspace", "--exclude", "xtask", "--all-features"])?;
    check_versions(&whole, &mut faults);
    map::check(&root(), &mut faults)?;
    check_names(&members, &mut faults);
    Ok(faults)
}

/// What people take from the crates has one name each. The proofs are nobody's to take.
fn check_names(members: &[Member], faults: &mut Vec<String>) {
    let roots = members.iter().filter_map(|member| {
        let is_published = member.manifest["package"].get("publish").is_none();
        let text = std::fs::read_to_string(member.directory.join("src/lib.rs")).ok()?;
        is_published.then_some((member.name.clone(), text))
    });
    let roots: Vec<(String, String)> = roots.collect();
    let roots = roots.iter().map(|(name, text)| (&**name, &**text));
    faults.extend(names::check(roots));
}

/// A crate uses crates of lower floors only; its tests may use any.
fn check_floors(name: &str, manifest: &Table, faults: &mut Vec<String>) {
    let floor = |name: &str| {
        let layer = LAYERS.iter().find(|layer| layer.name == name)?;
        Some(layer.floor)
    };
    let Some(own) = floor(name) else { return };
    for (section, dependencies) in dependency_sections(manifest) {
        if section.ends_with("dev-dependencies") {
            continue;
        }
        for used in dependencies.keys() {
            if floor(used).is_some_and(|used| used >= own) {
                faults.push(format!(
                    "{name}: [{section}] {used} is not on a lower floor"
                ));
            }
        }
    }
}

/// The files of a crate's library and of its program: their circles, and their rooms.
fn check_files(member: &Member, faults: &mut Vec<String>) -> Result<()> {
    let mut all = Arrows::new();
    for root in ["lib.rs", "main.rs"] {
        let root = member.directory.join("src").join(root);
        if root.exists() {
            all.extend(arrows::of_crate(&root)?);
        }
    }
    circles::check(&member.name, &all, faults);
    let layer = LAYERS.iter().find(|layer| layer.name == member.name);
    if let Some(rooms) = layer
        .map(|layer| layer.rooms)
        .filter(|rooms| !rooms.is_empty())
    {
        circles::check_rooms(&member.name, rooms, &all, faults);
    }
    Ok(())
}

impl Layer {
    fn check_all(&self, tree: &[Package], faults: &mut Vec<String>) {
        for rule in self.never {
            if tree.iter().any(|package| package.is(rule)) {
                let (name, _) = rule.split_once('/').unwrap_or((rule, ""));
                let how = format!(
                    "cargo tree --package {} --edges features --all-features --invert {name}",
                    self.name
                );
                faults.push(format!(
                    "{}: must never contain {rule}; see `{how}`",
                    self.name
                ));
            }
        }
    }

    fn check_default(&self, tree: &[Package], faults: &mut Vec<String>) {
        for rule in self.not_by_default {
            if tree.iter().any(|package| package.is(rule)) {
                faults.push(format!(
                    "{}: contains {rule} with default features",
                    self.name
                ));
            }
        }
        let names: BTreeSet<&str> = tree.iter().map(|package| package.name.as_str()).collect();
        if let Some(at_most) = self.at_most
            && names.len() > at_most
        {
            faults.push(format!(
                "{}: {} crates with default features, at most {at_most}",
                self.name,
                names.len()
            ));
        }
    }

    fn check_direct(&self, manifest: &Table, faults: &mut Vec<String>) {
        for (section, dependencies) in dependency_sections(manifest) {
            if section.ends_with("dev-dependencies") {
                continue;
            }
            for name in self.not_directly {
                if dependencies.contains_key(*name) {
                    faults.push(format!("{}: [{section}] must not name {name}", self.name));
                }
            }
        }
    }
}

/// A crate in a tree, with the features it is built with there.
#[derive(Debug, PartialEq)]
struct Package {
    name: String,
    version: String,
    features: BTreeSet<String>,
}

impl Package {
    /// Whether this is the crate of `crate` or `crate/feature`, with that feature.
    fn is(&self, rule: &str) -> bool {
        match rule.split_once('/') {
            Some((name, feature)) => self.name == name && self.features.contains(feature),
            None => self.name == rule,
        }
    }
}

fn tree(selection: &[&str]) -> Result<Vec<Package>> {
    let mut arguments = vec![
        "tree", "--edges", "normal", "--prefix", "none", "--format", "{p}|{f}|",
    ];
    arguments.extend(selection);
    Ok(cargo(&arguments)?.lines().filter_map(package).collect())
}

/// One line of `cargo tree`: `NAME vVERSION (SOURCE)|FEATURE,FEATURE|`.
fn package(line: &str) -> Option<Package> {
    let mut parts = line.split('|');
    let mut words = parts.next()?.split(' ');
    Some(Package {
        name: words.next()?.to_owned(),
        version: words.next()?.to_owned(),
        features: parts.next()?.split(',').map(str::to_owned).collect(),
    })
}

/// Crates that are in the tree twice, as those that `ums-journal-postgres` takes are behind others:
/// of `postgres-protocol` (base64, fallible-iterator) and of its `rand` (getrandom). Whoever asks
/// for one journal only has each once.
const TWICE: &[&str] = &["base64", "fallible-iterator", "getrandom"];

fn check_versions(tree: &[Package], faults: &mut Vec<String>) {
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in tree {
        versions
            .entry(&package.name)
            .or_default()
            .insert(&package.version);
    }
    for (name, versions) in versions {
        if versions.len() > 1 && !TWICE.contains(&name) {
            let versions: Vec<_> = versions.into_iter().collect();
            faults.push(format!("{name}: in the tree as {}", versions.join(" and ")));
        }
    }
}

/// A crate of this workspace and its own manifest.
struct Member {
    name: String,
    manifest: Table,
    directory: PathBuf,
}

fn members() -> Result<Vec<Member>> {
    let mut members = Vec::new();
    for package in packages()? {
        let path = package.manifest_path;
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let manifest = toml::from_str(&text).with_context(|| format!("{path} is not good TOML"))?;
        members.push(Member {
            name: package.name,
            manifest,
            directory: Path::new(&path)
                .parent()
                .map(Path::to_owned)
                .unwrap_or_default(),
        });
    }
    if members.is_empty() {
        bail!("{} has no members", root().display());
    }
    Ok(members)
}

/// What a member takes from the workspace instead of saying it itself.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license"];

fn check_manifest(name: &str, manifest: &Table, faults: &mut Vec<String>) {
    let inherits = |value: Option<&Value>| {
        value.and_then(|value| value.get("workspace")) == Some(&Value::Boolean(true))
    };
    if !inherits(manifest.get("lints")) {
        faults.push(format!("{name}: lacks [lints] workspace = true"));
    }
    for key in INHERITED {
        if !inherits(manifest.get("package").and_then(|package| package.get(key))) {
            faults.push(format!("{name}: [package] lacks {key}.workspace = true"));
        }
    }
    for (section, dependencies) in dependency_sections(manifest) {
        for (dependency, value) in dependencies {
            // A crate that asks for its own features in its tests; `cargo package` leaves that out.
            let is_itself = dependency == name
                && section == "dev-dependencies"
                && value.get("path").and_then(Value::as_str) == Some(".");
            if !is_itself && !inherits(Some(value)) {
                faults.push(format!(
                    "{name}: [{section}] {dependency} is not taken from the workspace"
                ));
            }
        }
    }
}

/// Each table of dependencies of a manifest with its name, those of `[target.….dependencies]` too.
fn dependency_sections(manifest: &Table) -> Vec<(String, &Table)> {
    let mut sections = Vec::new();
    push_sections("", manifest, &mut sections);
    if let Some(Value::Table(targets)) = manifest.get("target") {
        for (target, table) in targets {
            if let Value::Table(table) = table {
                push_sections(&format!("target.{target}."), table, &mut sections);
            }
        }
    }
    sections
}

fn push_sections<'a>(prefix: &str, table: &'a Table, sections: &mut Vec<(String, &'a Table)>) {
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        if let Some(Value::Table(dependencies)) = table.get(kind) {
            sections.push((format!("{prefix}{kind}"), dependencies));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_workspace_keeps_its_layers() {
        let faults = check().unwrap();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    const LAYER: Layer = Layer {
        name: "low",
        floor: 1,
        rooms: &[],
        never: &["tokio", "chrono/clock"],
        not_by_default: &["http", "low/clock"],
        not_directly: &["hmac"],
        at_most: Some(2),
    };

    fn packages(lines: &[&str]) -> Vec<Package> {
        lines.iter().filter_map(|line| package(line)).collect()
    }

    #[test]
    fn a_line_of_cargo_tree_is_read() {
        let line = "ums-auth v0.1.0 (/work/crates/ums-auth)|default,http| (*)";
        let package = package(line).unwrap();
        assert_eq!(
            (package.name.as_str(), package.version.as_str()),
            ("ums-auth", "v0.1.0")
        );
        assert!(package.features.contains("http") && package.features.len() == 2);
    }

    #[test]
    fn a_crate_or_a_feature_that_must_never_be_there_is_found() {
        let mut faults = Vec::new();
        LAYER.check_all(
            &packages(&["chrono v0.4.0|alloc,std|", "http v1.0.0||"]),
            &mut faults,
        );
        assert!(faults.is_empty(), "{faults:?}");
        LAYER.check_all(
            &packages(&["chrono v0.4.0|alloc,clock|", "tokio v1.0.0||"]),
            &mut faults,
        );
        assert_eq!(faults.len(), 2, "{faults:?}");
    }

    #[test]
    fn what_may_only_be_optional_and_a_tree_too_long_are_found() {
        let mut faults = Vec::new();
        LAYER.check_default(
            &packages(&["low v0.1.0|clock|", "http v1.0.0||", "bytes v1.0.0||"]),
            &mut faults,
        );
        assert_eq!(
            faults,
            [
                "low: contains http with default features",
                "low: contains low/clock with default features",
                "low: 3 crates with default features, at most 2"
            ]
        );
    }

    #[test]
    fn two_versions_of_a_crate_are_found() {
        let mut faults = Vec::new();
        check_versions(
            &packages(&["a v1.0.0||", "b v1.0.0||", "a v1.0.0|x|", "b v2.0.0||"]),
            &mut faults,
        );
        assert_eq!(faults, ["b: in the tree as v1.0.0 and v2.0.0"]);
    }

    #[test]
    fn a_manifest_that_says_things_itself_is_found() {
        let manifest = "
            [package]
            version.workspace = true
            edition = '2021'
            rust-version.workspace = true
            license.workspace = true
            [dependencies]
            good.workspace = true
            hmac = '0.12'
            [target.'cfg(unix)'.dependencies]
            libc = { version = '1' }
            [dev-dependencies]
            good = { workspace = true, features = ['x'] }
            low = { path = '.', features = ['x'] }
        ";
        let manifest: Table = toml::from_str(manifest).unwrap();
        let mut faults = Vec::new();
        check_manifest("low", &manifest, &mut faults);
        LAYER.check_direct(&manifest, &mut faults);
        assert_eq!(
            faults,
            [
                "low: lacks [lints] workspace = true",
                "low: [package] lacks edition.workspace = true",
                "low: [dependencies] hmac is not taken from the workspace",
                "low: [target.cfg(unix).dependencies] libc is not taken from the workspace",
                "low: [dependencies] must not name hmac",
            ]
        );
    }

    #[test]
    fn a_crate_that_uses_one_of_its_own_floor_or_a_higher_is_found() {
        let manifest = "
            [dependencies]
            ums-client.workspace = true
            ums-transport.workspace = true
            serde.workspace = true
            [dev-dependencies]
            ums-simulator.workspace = true
        ";
        let manifest: Table = toml::from_str(manifest).unwrap();
        let mut faults = Vec::new();
        check_floors("ums-model", &manifest, &mut faults);
        assert_eq!(
            faults,
            [
                "ums-model: [dependencies] ums-client is not on a lower floor",
                "ums-model: [dependencies] ums-transport is not on a lower floor"
            ]
        );
        faults.clear();
        check_floors("ums-cli", &manifest, &mut faults);
        assert!(faults.is_empty(), "{faults:?}");
    }
}
