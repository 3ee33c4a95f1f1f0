//! Benchmarks of the workspace beside its peers. Start it with `cargo xtask bench`.

mod allocations;
mod by_hand;
mod caller;
mod command_line;
mod counts;
mod gateway;
mod load;
mod memory;
mod payload;
mod peer;
mod plot;
mod process;
mod report;
mod responder;
mod results;
mod round_trips;
mod signing;
mod simulator;
mod soak;
mod statistics;
mod step;
mod weight;

use std::path::Path;

use anyhow::{Result, bail};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// One part of the benchmarks: its name, what its help says, and the function that runs it.
struct Part {
    name: &'static str,
    help: &'static str,
    run: fn(&[String]) -> Result<()>,
}

const PARTS: &[Part] = &[
    Part {
        name: "counts",
        help: "[--check] [STEP ...]: instructions of each step of a call, into counts.json, or compared with it",
        run: counts::main,
    },
    Part {
        name: "signing",
        help: "signing beside its compressions and beside other languages",
        run: |_| signing::main(),
    },
    Part {
        name: "round-trips",
        help: "[--rounds N] [--concurrency N,...] [--plain | --tls] [--clients NAME,...]: client beside client",
        run: round_trips::main,
    },
    Part {
        name: "memory",
        help: "what thousands of calls in flight weigh",
        run: |_| memory::main(),
    },
    Part {
        name: "command-line",
        help: "ums beside curl and other languages, whole processes",
        run: |_| command_line::main(),
    },
    Part {
        name: "simulator",
        help: "voids that the simulator verifies in a second",
        run: |_| simulator::main(),
    },
    Part {
        name: "weight",
        help: "crates in the tree of ums-client, and a build from nothing",
        run: |_| weight::main(),
    },
    Part {
        name: "soak",
        help: "[--minutes N]: half the highest rate with 5 % faults; 30 minutes unless told otherwise",
        run: soak::main,
    },
    Part {
        name: "report",
        help: "docs/performance.md and its plots, from what was measured last",
        run: |_| report::main(),
    },
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        for part in PARTS {
            println!("== {}", part.name);
            (part.run)(&[])?;
        }
        return Ok(());
    };
    if let Some(part) = PARTS.iter().find(|part| part.name == name) {
        return (part.run)(rest);
    }
    // What the parts start as processes of their own.
    match (name.as_str(), rest) {
        ("caller", rest) => caller::main(rest),
        ("held", [base, ca_file]) => memory::child(base, ca_file),
        ("responder", [ca_file]) => responder::serve(Path::new(ca_file)),
        ("simulator-child", rest) => simulator::child(rest),
        ("step", [name, repetitions]) => step::main(name, repetitions),
        _ => {
            for part in PARTS {
                println!("{:14} {}", part.name, part.help);
            }
            if name == "help" {
                return Ok(());
            }
            bail!("there is no part {name:?}")
        }
    }
}
