//! `cargo xtask features`: each library crate alone, with each of its features alone.
//!
//! Crates built together lend each other features; only alone does a crate show that it lacks one.

use anyhow::{Result, bail};

use crate::workspace::{Package, cargo, packages};

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let libraries = libraries()?;
    for name in arguments {
        if !libraries.iter().any(|library| library.name == *name) {
            bail!("{name:?} is not a library crate of this workspace");
        }
    }
    let chosen = libraries
        .iter()
        .filter(|library| arguments.is_empty() || arguments.contains(&library.name));
    let mut failed = Vec::new();
    let mut checked = 0;
    for library in chosen {
        for selection in library.selections() {
            let mut call = vec!["check", "--quiet", "--package", &library.name];
            call.extend(selection.iter().map(String::as_str));
            println!("features: cargo {}", call.join(" "));
            checked += 1;
            if let Err(error) = cargo(&call) {
                eprintln!("{error:#}");
                failed.push(format!("cargo {}", call.join(" ")));
            }
        }
    }
    if !failed.is_empty() {
        bail!(
            "{} of {checked} combinations failed:\n  {}",
            failed.len(),
            failed.join("\n  ")
        );
    }
    println!("features: {checked} combinations, all good");
    Ok(())
}

struct Library {
    name: String,
    features: Vec<String>,
}

impl Library {
    /// The arguments of each combination: default, none, each feature alone, all.
    fn selections(&self) -> Vec<Vec<String>> {
        let mut selections = vec![vec![], vec!["--no-default-features".to_owned()]];
        for feature in self.features.iter().filter(|feature| *feature != "default") {
            selections.push(
                ["--no-default-features", "--features", feature]
                    .map(str::to_owned)
                    .to_vec(),
            );
        }
        if !self.features.is_empty() {
            selections.push(vec!["--all-features".to_owned()]);
        }
        selections
    }
}

fn libraries() -> Result<Vec<Library>> {
    let mut packages = packages()?;
    packages.retain(|package| {
        let mut kinds = package.targets.iter().flat_map(|target| &target.kind);
        kinds.any(|kind| kind == "lib")
    });
    let library = |package: Package| Library {
        name: package.name,
        features: package.features.into_keys().collect(),
    };
    Ok(packages.into_iter().map(library).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_library_crate_is_found_and_no_program() {
        let libraries = libraries().unwrap();
        let names: Vec<_> = libraries
            .iter()
            .map(|library| library.name.as_str())
            .collect();
        for name in [
            "ums-auth",
            "ums-model",
            "ums-transport",
            "ums-client",
            "ums-explain",
            "ums-simulator",
        ] {
            assert!(names.contains(&name), "{name} is not in {names:?}");
        }
        assert!(!names.contains(&"xtask"));
    }

    #[test]
    fn each_feature_is_checked_alone_and_together() {
        let library = Library {
            name: "a".to_owned(),
            features: ["default", "http", "log"].map(str::to_owned).to_vec(),
        };
        let selections: Vec<_> = library
            .selections()
            .iter()
            .map(|selection| selection.join(" "))
            .collect();
        assert_eq!(
            selections,
            [
                "",
                "--no-default-features",
                "--no-default-features --features http",
                "--no-default-features --features log",
                "--all-features"
            ]
        );
    }
}
