//! `cargo xtask interop`: the signers of `examples/signers/` go through the whole signing suite,
//! and the clients of `clients/` through every case with a real server.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::clients::{ClientPrograms, Harness};
use crate::workspace::root;

struct Language {
    name: &'static str,
    /// What has to be installed: a program, and the argument with which it tells its version.
    tools: &'static [(&'static str, &'static str)],
    /// The commands, run one after the other in the language's directory. `{suite}` is the path of
    /// the suite, `{out}` a directory for what is compiled.
    commands: &'static [&'static [&'static str]],
    client: ClientPrograms,
}

const LANGUAGES: &[Language] = &[
    Language {
        name: "python",
        tools: &[("python3", "--version")],
        commands: &[&["python3", "-B", "suite.py", "{suite}"]],
        client: ClientPrograms {
            build: &[],
            suite: &["python3", "-B", "suite.py"],
            example: &["python3", "-B", "take_payment.py"],
            flow: Some(&["python3", "-B", "platform_flow.py"]),
        },
    },
    Language {
        name: "node",
        tools: &[("node", "--version")],
        commands: &[&["node", "suite.mjs", "{suite}"]],
        client: ClientPrograms {
            build: &[],
            suite: &["node", "suite.mjs"],
            example: &["node", "take_payment.mjs"],
            flow: None,
        },
    },
    Language {
        name: "java",
        tools: &[("javac", "-version"), ("java", "-version")],
        commands: &[
            &[
                "javac",
                "-encoding",
                "UTF-8",
                "-d",
                "{out}",
                "Signer.java",
                "Verifier.java",
                "Suite.java",
            ],
            &["java", "-cp", "{out}", "Suite", "{suite}"],
        ],
        client: ClientPrograms {
            build: &[&[
                "javac",
                "--release",
                "8",
                "-Xlint:-options",
                "-encoding",
                "UTF-8",
                "-d",
                "{out}",
                "Ums.java",
                "Suite.java",
                "TakePayment.java",
                "PlatformFlow.java",
            ]],
            suite: &["java", "-cp", "{out}", "Suite"],
            example: &["java", "-cp", "{out}", "TakePayment"],
            flow: Some(&["java", "-cp", "{out}", "PlatformFlow"]),
        },
    },
    Language {
        name: "php",
        tools: &[("php", "--version")],
        commands: &[&["php", "suite.php", "{suite}"]],
        client: ClientPrograms {
            build: &[],
            suite: &["php", "suite.php"],
            example: &["php", "take_payment.php"],
            flow: Some(&["php", "platform_flow.php"]),
        },
    },
    Language {
        name: "go",
        tools: &[("go", "version")],
        commands: &[
            &["go", "build", "-o", "{out}/suite", "."],
            &["{out}/suite", "{suite}"],
        ],
        client: ClientPrograms {
            build: &[&["go", "build", "-o", "{out}/", "./suite", "./take_payment"]],
            suite: &["{out}/suite"],
            example: &["{out}/take_payment"],
            flow: None,
        },
    },
];

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let required = required(arguments)?;
    let mut failed = Vec::new();
    let mut absent = Vec::new();
    let mut passed = 0;
    let harness = Harness::build()?;
    for language in LANGUAGES {
        if let Some(tool) = language.missing_tool()? {
            absent.push((language.name, tool));
            continue;
        }
        let held = harness.hold(language.name, &language.client);
        match language.run().and(held) {
            Ok(()) => passed += 1,
            Err(error) => failed.push(format!("{}: {error:#}", language.name)),
        }
    }
    if !absent.is_empty() {
        eprintln!(
            "interop: ATTENTION, {} of {} languages WERE NOT RUN:",
            absent.len(),
            LANGUAGES.len()
        );
        for (name, tool) in &absent {
            eprintln!("interop:   NOT RUN: {name} ({tool} is not installed)");
        }
    }
    for (name, tool) in absent {
        if required.contains(&name) {
            failed.push(format!("{name} is required, and {tool} is not installed"));
        }
    }
    if !failed.is_empty() {
        bail!("{}", failed.join("\n"));
    }
    println!(
        "interop: {passed} of {} languages went through the suites",
        LANGUAGES.len()
    );
    Ok(())
}

/// The languages of `--require python,node`.
fn required(arguments: &[String]) -> Result<Vec<&'static str>> {
    let list = match arguments {
        [] => return Ok(Vec::new()),
        [flag, list] if flag == "--require" => list,
        other => bail!("expected nothing or --require LANGUAGE,…, got {other:?}"),
    };
    let known = |wanted: &str| {
        let found = LANGUAGES.iter().find(|language| language.name == wanted);
        found.map(|language| language.name).with_context(|| {
            let names: Vec<_> = LANGUAGES.iter().map(|language| language.name).collect();
            format!("--require: {wanted:?} is none of {}", names.join(", "))
        })
    };
    list.split(',').map(known).collect()
}

impl Language {
    fn missing_tool(&self) -> Result<Option<&'static str>> {
        for (tool, version) in self.tools {
            let started = Command::new(tool)
                .arg(version)
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status();
            match started {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Some(tool)),
                other => drop(other.with_context(|| format!("{tool} could not be started"))?),
            }
        }
        Ok(None)
    }

    fn run(&self) -> Result<()> {
        let suite = root().join("fixtures/signing");
        let out = root().join("target/interop").join(self.name);
        std::fs::create_dir_all(&out)
            .with_context(|| format!("{} cannot be made", out.display()))?;
        for command in self.commands {
            let fill = |part: &&str| {
                part.replace("{suite}", &text(&suite))
                    .replace("{out}", &text(&out))
            };
            let parts: Vec<String> = command.iter().map(fill).collect();
            let (program, arguments) = parts.split_first().context("an empty command")?;
            let status = Command::new(program)
                .args(arguments)
                .current_dir(root().join("examples/signers").join(self.name))
                .status()
                .with_context(|| format!("{program} could not be started"))?;
            if !status.success() {
                bail!("`{}` failed", parts.join(" "));
            }
        }
        Ok(())
    }
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn required_languages_are_known_ones() {
        assert_eq!(required(&[]).unwrap(), [""; 0]);
        assert_eq!(
            required(&strings(&["--require", "php,python"])).unwrap(),
            ["php", "python"]
        );
        let error = required(&strings(&["--require", "pyhton"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "--require: \"pyhton\" is none of python, node, java, php, go"
        );
        assert!(required(&strings(&["--requires", "php"])).is_err());
    }

    #[test]
    fn each_language_has_its_directory_and_none_is_forgotten() {
        let mut listed: Vec<_> = LANGUAGES.iter().map(|language| language.name).collect();
        listed.sort_unstable();
        for place in ["examples/signers", "clients"] {
            let mut found = Vec::new();
            for entry in std::fs::read_dir(root().join(place)).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    found.push(entry.file_name().into_string().unwrap());
                }
            }
            found.sort();
            assert_eq!(found, listed, "{place}");
        }
    }

    #[test]
    fn a_tool_that_is_not_installed_is_told_apart_from_one_that_fails() {
        let language = |tools| Language {
            name: "x",
            tools,
            commands: &[],
            client: ClientPrograms {
                build: &[],
                suite: &[],
                example: &[],
                flow: None,
            },
        };
        let absent = language(&[("ums-no-such-tool", "--version")])
            .missing_tool()
            .unwrap();
        assert_eq!(absent, Some("ums-no-such-tool"));
        assert_eq!(
            language(&[(env!("CARGO"), "--no-such-flag")])
                .missing_tool()
                .unwrap(),
            None
        );
    }
}
