//! `ums-peers measure WORK REPORT` measures each peer and writes the report;
//! `ums-peers peer NAME` is one of the peers written in Rust. `WORK` holds what
//! `cargo xtask peers` has installed.

mod faults;
mod measure;
mod peer;
mod report;

use std::path::Path;

use anyhow::{Result, bail};

fn main() -> Result<()> {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["peer", name] => peer::run(name),
        ["measure", work, report] => {
            let results = measure::all(Path::new(work))?;
            std::fs::write(report, report::page(&results))?;
            for result in &results {
                if let Err(why) = &result.calls {
                    eprintln!("NOT RUN: {}: {why}", result.name);
                }
            }
            Ok(())
        }
        _ => bail!("usage: ums-peers measure WORK REPORT | ums-peers peer NAME"),
    }
}
