//! `cargo xtask seeded`: seeded bugs, one at a time, and whether a test notices each.
//!
//! The bugs are patches in `xtask/seeded/CRATE/`; a patch's first line says what the bug is. They
//! are tried in a copy of the last commit, so that the working tree is left alone.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Of the bugs in each crate, this many per cent at least must be noticed.
const WANTED: usize = 95;

/// Longer than any crate's tests take: a test that hangs has noticed the bug.
const LIMIT: &str = "600";

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let choice = Choice::of(arguments)?;
    let patches = choice.patches(&workspace::root().join("xtask/seeded"))?;
    if patches.is_empty() {
        bail!("no patch has such a name");
    }
    if choice.list {
        for patch in &patches {
            println!("{}: {}", patch.name(), patch.bug);
        }
        return Ok(());
    }
    let copy = Copy::make()?;
    let mut tally: BTreeMap<&str, Vec<(&Patch, Fate)>> = BTreeMap::new();
    for patch in &patches {
        if !tally.contains_key(patch.krate.as_str()) {
            copy.passes(&patch.krate)
                .with_context(|| format!("{} without any bug", patch.krate))?;
        }
        let fate = copy.try_out(patch)?;
        println!("{:10} {}: {}", fate.word(), patch.name(), patch.bug);
        tally.entry(&patch.krate).or_default().push((patch, fate));
    }
    judge(&tally)
}

/// What the command line asks for.
#[derive(Default)]
struct Choice {
    list: bool,
    /// Parts of `CRATE/NAME`; any one of them chooses a patch.
    parts: Vec<String>,
}

impl Choice {
    fn of(arguments: &[String]) -> Result<Self> {
        let mut choice = Self::default();
        for argument in arguments {
            match argument.as_str() {
                "--list" => choice.list = true,
                flag if flag.starts_with('-') => bail!("there is no flag {flag}"),
                part => choice.parts.push(part.to_owned()),
            }
        }
        Ok(choice)
    }

    fn patches(&self, directory: &Path) -> Result<Vec<Patch>> {
        let mut patches = Vec::new();
        for krate in entries(directory)? {
            for file in entries(&krate)? {
                let patch = Patch::read(&file)?;
                let name = patch.name();
                if self.parts.is_empty() || self.parts.iter().any(|part| name.contains(part)) {
                    patches.push(patch);
                }
            }
        }
        Ok(patches)
    }
}

fn entries(directory: &Path) -> Result<Vec<PathBuf>> {
    let list = fs::read_dir(directory).with_context(|| directory.display().to_string())?;
    let mut paths: Vec<PathBuf> = list.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.sort();
    Ok(paths)
}

/// One bug.
struct Patch {
    file: PathBuf,
    krate: String,
    bug: String,
}

impl Patch {
    fn read(file: &Path) -> Result<Self> {
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let bug = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# "))
            .with_context(|| format!("{}: the first line does not say the bug", file.display()))?;
        let krate = file
            .parent()
            .and_then(Path::file_name)
            .context("a patch lies in the directory of its crate")?;
        Ok(Self {
            file: file.to_owned(),
            krate: krate.to_string_lossy().into_owned(),
            bug: bug.to_owned(),
        })
    }

    fn name(&self) -> String {
        let stem = self.file.file_stem().unwrap_or_default();
        format!("{}/{}", self.krate, stem.to_string_lossy())
    }
}

/// What became of a bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// A test failed, or did not end.
    Caught,
    /// Every test passed.
    Missed,
    /// The patch no longer fits the code.
    Stale,
    /// The code with the bug does not compile, so it is none that could be shipped.
    NoBug,
}

impl Fate {
    fn word(self) -> &'static str {
        match self {
            Self::Caught => "caught",
            Self::Missed => "MISSED",
            Self::Stale => "STALE",
            Self::NoBug => "NO BUG",
        }
    }
}

fn judge(tally: &BTreeMap<&str, Vec<(&Patch, Fate)>>) -> Result<()> {
    let mut short = Vec::new();
    for (krate, tried) in tally {
        let count = |fate| tried.iter().filter(|(_, found)| *found == fate).count();
        let caught = count(Fate::Caught);
        let unusable = count(Fate::Stale) + count(Fate::NoBug);
        println!(
            "{krate}: {caught} of {} caught, {unusable} unusable",
            tried.len()
        );
        if unusable > 0 || caught * 100 < WANTED * tried.len() {
            short.push(*krate);
        }
    }
    if !short.is_empty() {
        bail!(
            "fewer than {WANTED} of 100 caught, or patches that do not fit: {}",
            short.join(", ")
        );
    }
    Ok(())
}

/// A clone of the last commit with build products of its own.
struct Copy {
    root: PathBuf,
    target: PathBuf,
}

impl Copy {
    fn make() -> Result<Self> {
        let target = workspace::root().join("target/seeded");
        let root = target.join("tree");
        if root.exists() {
            fs::remove_dir_all(&root)?;
        }
        fs::create_dir_all(&target)?;
        let mut clone = Command::new("git");
        clone
            .args(["clone", "--quiet", "--shared", "--no-tags"])
            .arg(workspace::root())
            .arg(&root);
        demand(&mut clone)?;
        Ok(Self {
            root,
            target: target.join("build"),
        })
    }

    fn passes(&self, krate: &str) -> Result<()> {
        for suite in suites(krate) {
            if !self.cargo(&["test", "--no-run"], &suite)?.status.success() {
                bail!("it does not build");
            }
            let output = self.test(&suite)?;
            if !output.status.success() {
                bail!(
                    "its tests fail:\n{}",
                    String::from_utf8_lossy(&output.stdout)
                );
            }
        }
        Ok(())
    }

    fn try_out(&self, patch: &Patch) -> Result<Fate> {
        let mut apply = self.git(&["apply", "--recount", "-C1"]);
        apply.arg(&patch.file);
        if !apply.output()?.status.success() {
            return Ok(Fate::Stale);
        }
        let fate = self.fate_of(&patch.krate);
        demand(&mut self.git(&["checkout", "--quiet", "--", "."]))?;
        demand(&mut self.git(&["clean", "--quiet", "--force", "-d"]))?;
        fate
    }

    fn fate_of(&self, krate: &str) -> Result<Fate> {
        for suite in suites(krate) {
            if !self.cargo(&["test", "--no-run"], &suite)?.status.success() {
                return Ok(Fate::NoBug);
            }
            if !self.test(&suite)?.status.success() {
                return Ok(Fate::Caught);
            }
        }
        Ok(Fate::Missed)
    }

    fn test(&self, suite: &[&str]) -> Result<Output> {
        self.cargo(&["test"], suite)
    }

    fn cargo(&self, command: &[&str], suite: &[&str]) -> Result<Output> {
        let mut cargo = Command::new("timeout");
        cargo
            .args([LIMIT, "cargo"])
            .args(command)
            .arg("--quiet")
            .args(suite)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .env("INSTA_UPDATE", "no")
            .stdin(Stdio::null());
        Ok(cargo.output()?)
    }

    fn git(&self, arguments: &[&str]) -> Command {
        let mut git = Command::new("git");
        git.args(arguments).current_dir(&self.root);
        git
    }
}

/// The tests that may notice a bug in a crate, quickest first: its own, and of the crates that an
/// outcome rests on, those of the client and of the proof.
fn suites(krate: &str) -> Vec<Vec<&str>> {
    let mut suites = vec![vec!["--package", krate]];
    if ["ums-model", "ums-transport", "ums-client"].contains(&krate) {
        if krate != "ums-client" {
            suites.push(vec!["--package", "ums-client"]);
        }
        suites.push(vec!["--package", "ums-proof"]);
    }
    suites
}

fn demand(command: &mut Command) -> Result<()> {
    let output = command.output()?;
    if !output.status.success() {
        bail!(
            "{command:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn patch(krate: &str) -> Patch {
        Patch {
            file: PathBuf::from(format!("{krate}/01-a.patch")),
            krate: krate.to_owned(),
            bug: "a bug".to_owned(),
        }
    }

    #[test]
    fn every_patch_says_its_bug_and_names_a_crate() {
        let directory = workspace::root().join("xtask/seeded");
        let patches = Choice::default().patches(&directory).unwrap();
        assert!(patches.len() >= 150, "{}", patches.len());
        for patch in &patches {
            let krate = match patch.krate.as_str() {
                "xtask" => workspace::root().join("xtask"),
                krate => workspace::root().join("crates").join(krate),
            };
            assert!(krate.is_dir(), "{}", patch.name());
            assert!(!patch.bug.is_empty(), "{}", patch.name());
        }
    }

    #[test]
    fn one_missed_in_twenty_is_let_pass_and_two_are_not() {
        let patch = patch("ums-model");
        let tried = |missed: usize, other: Fate| {
            let fates = (0..20).map(|number| match number < missed {
                true => (&patch, other),
                false => (&patch, Fate::Caught),
            });
            judge(&BTreeMap::from([("ums-model", fates.collect())]))
        };
        assert!(tried(0, Fate::Missed).is_ok());
        assert!(tried(1, Fate::Missed).is_ok());
        assert!(tried(2, Fate::Missed).is_err());
        assert!(tried(1, Fate::Stale).is_err());
        assert!(tried(1, Fate::NoBug).is_err());
    }
}
