//! The generated files: what they should be, how the disk differs, and how that is mended.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

use anyhow::{Context, Result, bail};

/// What is written by hand, relative to `fixtures/`: never generated, never removed.
const BY_HAND: &[&str] = &[
    "README.md",
    "clients",
    "documented",
    "schema",
    "signing/README.md",
    "signing/schema.json",
];

/// Generated files by their path, with `/` between the parts: relative to `fixtures/`, where
/// nothing else may be, or to the workspace, where they stand among others.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Tree {
    files: BTreeMap<String, Vec<u8>>,
    among_others: bool,
}

impl Tree {
    /// Files of the workspace that stand among others.
    pub(crate) fn among_others() -> Self {
        Self {
            among_others: true,
            ..Self::default()
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.files.len()
    }

    /// Adds a file. Two generators that want the same path contradict each other.
    pub(crate) fn add(&mut self, path: String, content: impl Into<Vec<u8>>) -> Result<()> {
        if self.files.contains_key(&path) {
            bail!("{}{path} would be generated twice", self.folder());
        }
        self.files.insert(path, content.into());
        Ok(())
    }

    /// The text of the file whose path ends so.
    #[cfg(test)]
    pub(crate) fn text(&self, end: &str) -> String {
        let end = format!("/{end}");
        let mut files = self.files.iter();
        let content = files.find_map(|(path, content)| path.ends_with(&end).then_some(content));
        String::from_utf8(content.cloned().unwrap_or_default()).unwrap_or_default()
    }

    /// How the files under `root` differ from this tree.
    pub(crate) fn drift(&self, root: &Path) -> Result<Drift> {
        let mut found = BTreeSet::new();
        if self.among_others {
            let paths = self.files.keys().filter(|path| root.join(path).exists());
            found.extend(paths.cloned());
        } else {
            list(root, "", &mut found)?;
        }
        let mut drift = Drift {
            folder: self.folder(),
            ..Drift::default()
        };
        for (path, wanted) in &self.files {
            if !found.remove(path) {
                drift.faults.push((MISSING, path.clone()));
            } else if read(&root.join(path))? != *wanted {
                drift.faults.push((DIFFERS, path.clone()));
            }
        }
        drift
            .faults
            .extend(found.into_iter().map(|path| (EXTRA, path)));
        drift.faults.sort();
        Ok(drift)
    }

    /// Makes `root` equal to this tree, touching only what differs.
    pub(crate) fn write(&self, root: &Path, drift: &Drift) -> Result<()> {
        for (_, path) in &drift.faults {
            let target = root.join(path);
            let written = match (self.files.get(path), target.parent()) {
                (Some(content), Some(directory)) => std::fs::create_dir_all(directory)
                    .and_then(|()| std::fs::write(&target, content)),
                _ => std::fs::remove_file(&target),
            };
            written.with_context(|| format!("{} cannot be mended", target.display()))?;
        }
        match self.among_others {
            true => Ok(()),
            false => remove_empty(root),
        }
    }

    fn folder(&self) -> &'static str {
        match self.among_others {
            true => "",
            false => "fixtures/",
        }
    }
}

/// The paths at which the disk is not as generated, each with what is wrong.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Drift {
    /// What the paths are relative to.
    folder: &'static str,
    faults: Vec<(Fault, String)>,
}

type Fault = (u8, &'static str);
const MISSING: Fault = (0, "missing");
const DIFFERS: Fault = (1, "differs");
const EXTRA: Fault = (2, "should not be there");

impl Drift {
    pub(crate) fn is_empty(&self) -> bool {
        self.faults.is_empty()
    }

    /// Those of the files.
    pub(crate) fn paths(&self) -> impl Iterator<Item = String> {
        let paths = self.faults.iter().map(|(_, path)| path);
        paths.map(|path| format!("{}{path}", self.folder))
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} generated files are not as they should be",
            self.faults.len()
        )?;
        let mut faults = self.faults.iter();
        faults.try_for_each(|((_, fault), path)| write!(f, "\n  {fault}: {}{path}", self.folder))
    }
}

/// The names of the JSON files directly in `directory`, sorted.
pub(crate) fn json_files(directory: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(directory)
        .with_context(|| format!("{} cannot be read", directory.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = name(&entry)?;
        if entry.file_type()?.is_file() && name.ends_with(".json") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

fn list(root: &Path, prefix: &str, found: &mut BTreeSet<String>) -> Result<()> {
    let directory = root.join(prefix);
    let entries = std::fs::read_dir(&directory)
        .with_context(|| format!("{} cannot be read", directory.display()))?;
    for entry in entries {
        let entry = entry?;
        let name = name(&entry)?;
        let path = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        if BY_HAND.contains(&path.as_str()) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            list(root, &path, found)?;
        } else {
            found.insert(path);
        }
    }
    Ok(())
}

/// Removes directories below `directory` that hold no file.
fn remove_empty(directory: &Path) -> Result<()> {
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_empty(&entry.path())?;
            if std::fs::read_dir(entry.path())?.next().is_none() {
                std::fs::remove_dir(entry.path())?;
            }
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))
}

fn name(entry: &std::fs::DirEntry) -> Result<String> {
    match entry.file_name().into_string() {
        Ok(name) => Ok(name),
        Err(name) => bail!("{name:?} is not a UTF-8 file name"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::default();
        for (path, content) in files {
            tree.add((*path).to_owned(), *content).unwrap();
        }
        tree
    }

    #[test]
    fn drift_names_what_is_missing_differs_or_is_extra_and_writing_mends_it() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        for (path, content) in [
            ("README.md", "by hand"),
            ("signing/README.md", "by hand"),
            ("documented/a.json", "{}"),
            ("signing/a/same", "1"),
            ("signing/a/other", "2"),
            ("old/b/c", "3"),
        ] {
            std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            std::fs::write(root.join(path), content).unwrap();
        }
        let wanted = tree(&[
            ("signing/a/same", "1"),
            ("signing/a/other", "9"),
            ("signing/b/new", "4"),
        ]);

        let drift = wanted.drift(root).unwrap();
        assert_eq!(
            drift.to_string(),
            "3 generated files are not as they should be\
             \n  missing: fixtures/signing/b/new\
             \n  differs: fixtures/signing/a/other\
             \n  should not be there: fixtures/old/b/c"
        );
        assert!(
            !root.join("signing/b/new").exists(),
            "looking changes nothing"
        );

        wanted.write(root, &drift).unwrap();
        assert!(wanted.drift(root).unwrap().is_empty());
        assert!(
            !root.join("old").exists(),
            "an empty directory is removed too"
        );
        for by_hand in ["README.md", "documented/a.json", "signing/README.md"] {
            assert!(root.join(by_hand).exists(), "{by_hand} is not generated");
        }
    }

    #[test]
    fn a_path_is_generated_once() {
        let mut tree = tree(&[("a", "1")]);
        let error = tree.add("a".to_owned(), "2").unwrap_err();
        assert_eq!(error.to_string(), "fixtures/a would be generated twice");
    }
}
