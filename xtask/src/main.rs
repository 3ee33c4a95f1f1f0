//! Chores of this workspace: `cargo xtask` lists them.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a chore talks to the person who started it"
)]

mod bench;
mod clients;
mod examples;
mod faults;
mod features;
mod generate;
mod interop;
mod kills;
mod layers;
mod peers;
mod seeded;
mod simulate;
mod style;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;

/// One chore: its name, what its help says, and the function that does it.
struct Chore {
    name: &'static str,
    arguments: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const CHORES: &[Chore] = &[
    Chore {
        name: "fixtures",
        arguments: "[--check]",
        help: "regenerate fixtures/ from fixtures/documented/; with --check, only say what differs",
        run: generate::run,
    },
    Chore {
        name: "layers",
        arguments: "",
        help: "check which crates each crate may depend on, and that no crate is there twice",
        run: layers::run,
    },
    Chore {
        name: "style",
        arguments: "[--fix] [DIRECTORY ...]",
        help: "check the order of derives and the wrapping of comments; with --fix, mend them",
        run: style::run,
    },
    Chore {
        name: "features",
        arguments: "[CRATE ...]",
        help: "check each library crate alone, with each of its features alone",
        run: features::run,
    },
    Chore {
        name: "bench",
        arguments: "[PART ...]",
        help: "run the benchmarks of bench/; without a part all of them, which takes long; `bench help` lists them",
        run: bench::run,
    },
    Chore {
        name: "interop",
        arguments: "[--require LANGUAGE,...]",
        help: "run the signers of examples/signers/ through the signing suite, and the clients of clients/ against a real server; the languages required must be installed",
        run: interop::run,
    },
    Chore {
        name: "examples",
        arguments: "",
        help: "build and test the examples that are crates of their own",
        run: examples::run,
    },
    Chore {
        name: "faults",
        arguments: "[--runs N] [--write FILE]",
        help: "hold the client against every fault and every cut, over sockets, and write docs/faults.md",
        run: faults::run,
    },
    Chore {
        name: "simulate",
        arguments: "[--durable] [--histories N] [--seed S]",
        help: "hold the client, or durable calls, against random histories; a failure prints the seed that gives it again",
        run: simulate::run,
    },
    Chore {
        name: "kills",
        arguments: "[--runs N] [--stalls N] [--seed S] [--json FILE] [--write FILE]",
        help: "kill and stop processes with durable calls at every step, and write docs/kills.md",
        run: kills::run,
    },
    Chore {
        name: "seeded",
        arguments: "[--list] [PART ...]",
        help: "try each bug of xtask/seeded/ in a copy, and see that a test notices it; PART is of CRATE/NAME",
        run: seeded::run,
    },
    Chore {
        name: "peers",
        arguments: "",
        help: "install other HTTP clients, put them to the same faults, and write docs/peers.md; needs the network",
        run: peers::run,
    },
];

/// Tests that go on for longer when they are asked to.
const LONGER_TESTS: &[(&str, &str)] = &[
    (
        "UMS_DAYS=1000 cargo test -p ums-client --test client merchant_day",
        "a thousand days of a merchant instead of 25",
    ),
    (
        "UMS_EXPLAIN_SEEDS=12000 cargo test -p ums-explain generated",
        "12 000 generated headers instead of 1 200",
    ),
    (
        "UMS_CUT_SECONDS=300 cargo test -p ums-proof --test wire cut",
        "a network cut for five minutes instead of 40 seconds; needs root, and without it passes over",
    ),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        print!("{}", help());
        return ExitCode::SUCCESS;
    };
    if ["help", "--help", "-h"].contains(&name.as_str()) {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(chore) = CHORES.iter().find(|chore| chore.name == name) else {
        eprint!("xtask: there is no chore {name:?}\n\n{}", help());
        return ExitCode::from(2);
    };
    match (chore.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask {name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let mut text = String::from("Usage: cargo xtask <chore>\n\n");
    for Chore {
        name,
        arguments,
        help,
        ..
    } in CHORES
    {
        let call = format!("{name} {arguments}");
        text += &format!("  {call:34} {help}\n");
    }
    text += "\nTests that can be made longer:\n\n";
    for (call, what) in LONGER_TESTS {
        text += &format!("  {call}\n      {what}\n");
    }
    text
}
