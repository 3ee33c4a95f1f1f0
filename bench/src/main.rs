//! Benchmarks of the workspace beside its peers. Start it with `cargo xtask bench`.

mod allocations;
mod by_hand;
mod caller;
mod counts;
mod gateway;
mod load;
mod payload;
mod peer;
mod process;
mod responder;
mod results;
mod round_trips;
mod statistics;
mod step;

use std::path::Path;

use anyhow::{Result, bail};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((part, rest)) = arguments.split_first() else {
        bail!("expected a part");
    };
    match (part.as_str(), rest) {
        ("caller", rest) => caller::main(rest),
        ("round-trips", rest) => round_trips::main(rest),
        ("counts", rest) => counts::main(rest),
        ("step", [name, repetitions]) => step::main(name, repetitions),
        ("responder", [ca_file]) => responder::serve(Path::new(ca_file)),
        _ => bail!("there is no part {part:?}"),
    }
}
