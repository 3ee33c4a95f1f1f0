//! `ums-proof faults` and `ums-proof simulate`: the proofs as commands.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command talks to the person who started it"
)]

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

use tokio::time::Instant;
use ums_client::OutcomeKind;
#[cfg(unix)]
use ums_proof::clients::{self, ClientUnderTest};
use ums_proof::durable::breakage::Breakage;
use ums_proof::durable::{self, DurableCampaign};
use ums_proof::history::{Campaign, World, play};
#[cfg(unix)]
use ums_proof::kills;
use ums_proof::struck_call::SetUpFailed;
use ums_proof::verdict::{Claim, Said};
use ums_proof::{cuts, matrix, report, tally};

const HELP: &str = "\
Usage: ums-proof faults [--runs N] [--only PART] [--write FILE]
       ums-proof simulate [--histories N] [--seed S] [--threads N] [--trace yes]
                          [--beyond yes] [--holds yes]
       ums-proof simulate --durable [--histories N] [--seed S] [--threads N]
                          [--trace yes] [--broken NAME]
       ums-proof kills [--runs N] [--stalls N] [--seed S] [--at-once N] [--store sqlite|postgres]
                          [--write FILE] [--json FILE]
       ums-proof clients --ums FILE --cases FILE --work DIRECTORY --name LANGUAGE
                          --in DIRECTORY --suite COMMAND --example COMMAND [--flow COMMAND]

  faults     strike a call with every fault, and cut one at every byte, over
             real sockets; --runs is how often each fault strikes a void in each
             mode (20; a call about a hold a quarter as often), --only takes the faults whose names contain PART, without
             the cuts, --write is where the table goes instead of stdout
  simulate   play random histories, the first from seed S, each further one
             from the next number; the seed of a failure is printed, and
             --seed S --histories 1 --trace yes tells everything that happens;
             --beyond yes lets gateways do what the promises do not cover;
             --holds yes leaves out the histories that are not about holds;
             --durable plays histories of durable calls by several processes,
             which die and stand still, on one journal; --broken NAME takes
             a rule out of them, which must be found wrong
  kills      kill processes with durable calls at every step and at random, and stop
             others at every step for longer than they may send; --store is where
             their journals are (sqlite; for postgres a cluster is made), --at-once
             how many cases are played at once (24), --write is where the page
             goes, --json where the counts go instead of stdout
  clients    hold a client in another language against a real ums serve, the
             program --ums, with faults on both sides; a COMMAND is a JSON list
             of words, run in the directory --in; --work is one that is made
             for it

  --misread yes, with either: takes what is unknown for declined, which must
                 be found wrong

Exit: 0 nothing wrong, 1 a promise broken, 2 could not be run";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.split_first() {
        Some((&"faults", options)) => {
            Options::parse(options, &["--runs", "--only", "--write", "--misread"])
                .and_then(|options| faults(&options))
        }
        Some((&"simulate", options)) => {
            let known = [
                "--histories",
                "--seed",
                "--threads",
                "--trace",
                "--beyond",
                "--holds",
                "--misread",
                "--durable",
                "--broken",
            ];
            Options::parse(options, &known).and_then(|options| match options.text("--durable") {
                None => simulate(&options),
                Some(_) => simulate_durable(&options),
            })
        }
        #[cfg(unix)]
        Some((&"kills", options)) => {
            let known = [
                "--runs",
                "--stalls",
                "--seed",
                "--at-once",
                "--store",
                "--write",
                "--json",
            ];
            Options::parse(options, &known).and_then(|options| kill(&options))
        }
        #[cfg(unix)]
        Some((&"clients", options)) => {
            let known = [
                "--ums",
                "--cases",
                "--work",
                "--name",
                "--in",
                "--suite",
                "--example",
                "--flow",
            ];
            Options::parse(options, &known).and_then(|options| hold_client(&options))
        }
        #[cfg(unix)]
        Some((&"kill-runner", options)) => {
            let known = [
                "--journal",
                "--schema",
                "--gateway",
                "--operation",
                "--order",
                "--key",
                "--resolve-ms",
                "--at",
                "--do",
            ];
            Options::parse(options, &known).and_then(|options| kill_runner(&options))
        }
        Some((&("help" | "--help" | "-h"), _)) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        _ => Err(HELP.to_owned()),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Whether nothing was wrong with a client in another language.
#[cfg(unix)]
fn hold_client(options: &Options<'_>) -> Result<bool, String> {
    let needed = |name: &str| {
        options
            .text(name)
            .ok_or_else(|| format!("{name} is missing"))
    };
    let words = |name: &str| -> Result<Vec<String>, String> {
        let words = serde_json::from_str(needed(name)?);
        words.map_err(|error| format!("{name} is no list of words: {error}"))
    };
    let flow = options.text("--flow").map(|_| words("--flow"));
    let client = ClientUnderTest::new(
        needed("--name")?,
        PathBuf::from(needed("--in")?),
        words("--suite")?,
        words("--example")?,
        flow.transpose()?,
    );
    let (ums, cases) = (
        PathBuf::from(needed("--ums")?),
        PathBuf::from(needed("--cases")?),
    );
    let work = PathBuf::from(needed("--work")?);
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let wrong = runtime.block_on(clients::run(&client, &ums, &cases, &work))?;
    for wrong in &wrong {
        eprintln!("{wrong}");
    }
    Ok(wrong.is_empty())
}

/// Options with their values; a switch has none.
struct Options<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Options<'a> {
    fn parse(words: &[&'a str], known: &[&str]) -> Result<Self, String> {
        let mut options = Vec::new();
        let mut words = words.iter().peekable();
        while let Some(name) = words.next() {
            if !known.contains(name) {
                return Err(format!("{name} is not known here: {}", known.join(", ")));
            }
            if *name == "--durable" {
                words.next_if_eq(&&"yes");
                options.push((*name, "yes"));
                continue;
            }
            let value = words
                .next()
                .ok_or_else(|| format!("{name} needs a value"))?;
            options.push((*name, *value));
        }
        Ok(Self(options))
    }

    fn text(&self, name: &str) -> Option<&'a str> {
        let found = self.0.iter().rev().find(|(option, _)| *option == name);
        found.map(|(_, value)| *value)
    }

    /// What is made of outcomes.
    fn reading(&self) -> fn(&Said<'_>) -> Claim {
        match self.text("--misread") {
            None => Claim::of,
            Some(_) => misread,
        }
    }

    fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> Result<N, String> {
        match self.text(name) {
            None => Ok(default),
            Some(text) => text
                .replace('_', "")
                .parse()
                .map_err(|_| format!("{name} takes a whole number, got {text:?}")),
        }
    }
}

/// A reading that must be caught.
fn misread(said: &Said<'_>) -> Claim {
    let mut claim = Claim::of(said);
    if claim.kind == OutcomeKind::Unknown {
        claim.kind = OutcomeKind::Declined;
    }
    claim
}

/// Whether nothing was wrong.
fn faults(options: &Options<'_>) -> Result<bool, String> {
    let runs: usize = options.number("--runs", 20)?;
    let only = options.text("--only");
    let faults = matrix::faults_with(only.unwrap_or_default());
    if faults.is_empty() {
        return Err(format!(
            "no fault's name contains {:?}",
            only.unwrap_or_default()
        ));
    }
    let run = async {
        let holds = matrix::run_holds(&faults, runs.div_ceil(4), 4, options.reading()).await?;
        let matrix = matrix::run(faults, runs, options.reading()).await?;
        // Every byte over plain connections; a seventh of them elsewhere.
        let strides = if only.is_some() { [0; 4] } else { [1, 7, 7, 7] };
        let cuts = cuts::run(strides, options.reading()).await?;
        Ok((matrix, holds, cuts))
    };
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let (matrix, holds, cuts) = runtime
        .block_on(run)
        .map_err(|error: SetUpFailed| error.to_string())?;
    let page = report::page(&matrix, &holds, &cuts);
    match options.text("--write").map(PathBuf::from) {
        None => print!("{page}"),
        Some(path) => std::fs::write(&path, page)
            .map_err(|error| format!("{} cannot be written: {error}", path.display()))?,
    }
    let wrong = report::wrong(&matrix, &holds, &cuts);
    for wrong in &wrong {
        eprintln!("{wrong}");
    }
    eprintln!(
        "faults: {} calls struck, {} cut, {} violations",
        matrix.runs + holds.runs,
        cuts.runs,
        wrong.len()
    );
    Ok(wrong.is_empty())
}

/// Whether nothing was wrong.
fn simulate(options: &Options<'_>) -> Result<bool, String> {
    let mut campaign = Campaign::new(
        options.number("--histories", 100_000)?,
        options.number("--seed", 1)?,
    );
    campaign.threads = options.number("--threads", campaign.threads)?;
    campaign.conduct = campaign.conduct.reading(options.reading());
    if options.text("--beyond").is_some() {
        campaign.world = World::BeyondLimits;
    }
    campaign.only_holds = options.text("--holds").is_some();
    if options.text("--trace").is_some() {
        return trace(&campaign);
    }
    let shown = std::io::stderr().is_terminal();
    let started = Instant::now();
    let summary = campaign.run(|done| {
        if shown {
            eprint!("\r{done} of {} histories", campaign.histories);
        }
    })?;
    if shown {
        eprint!("\r");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} histories of {} calls from seed {}: {}",
        summary.histories,
        summary.calls(),
        campaign.seed,
        tally::counts(&summary.outcomes),
    );
    println!(
        "{} complete requests, {} on reused connections, {} movements of money, {} calls tried again",
        summary.complete_requests, summary.reused, summary.applied, summary.resent
    );
    println!(
        "{} questions about operations, which found: {}",
        summary.questions,
        tally::counts(&summary.found),
    );
    println!(
        "{seconds:.1} s on {} threads, {:.0} histories a second",
        campaign.threads,
        summary.histories as f64 / seconds
    );
    for (seed, wrong) in &summary.failed {
        println!("seed {seed}:");
        for wrong in wrong {
            println!("  {wrong}");
        }
        println!("  again: cargo xtask simulate --seed {seed} --histories 1 --trace yes");
    }
    println!("{} histories with a violation", summary.failed.len());
    Ok(summary.failed.is_empty())
}

/// Whether nothing was wrong in histories of durable calls.
fn simulate_durable(options: &Options<'_>) -> Result<bool, String> {
    let mut campaign = DurableCampaign::new(
        options.number("--histories", 100_000)?,
        options.number("--seed", 1)?,
    );
    campaign.threads = options.number("--threads", campaign.threads)?;
    if let Some(name) = options.text("--broken") {
        let found = Breakage::ALL.into_iter().find(|known| known.name() == name);
        campaign.breakage = found.ok_or_else(|| {
            let known: Vec<String> = Breakage::ALL.map(Breakage::name).into();
            format!("there is no rule {name:?}, but {}", known.join(", "))
        })?;
    }
    if options.text("--trace").is_some() {
        return trace_durable(&campaign);
    }
    let shown = std::io::stderr().is_terminal();
    let started = Instant::now();
    let summary = campaign.run(|done| {
        if shown {
            eprint!("\r{done} of {} histories", campaign.histories);
        }
    })?;
    if shown {
        eprint!("\r");
    }
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} durable histories of {} calls from seed {}: {}",
        summary.histories,
        summary.calls,
        campaign.seed,
        tally::counts(&summary.ends),
    );
    println!(
        "{} complete requests, {} movements of money; {}",
        summary.complete_requests,
        summary.applied,
        tally::counts(&summary.counts),
    );
    println!(
        "{seconds:.1} s on {} threads, {:.0} histories a second",
        campaign.threads,
        summary.histories as f64 / seconds
    );
    for (seed, wrong) in &summary.failed {
        println!("seed {seed}:");
        for wrong in wrong {
            println!("  {wrong}");
        }
        println!("  again: cargo xtask simulate --durable --seed {seed} --histories 1 --trace yes");
    }
    println!("{} histories with a violation", summary.failed.len());
    Ok(summary.failed.is_empty())
}

/// Whether nothing was wrong with what was killed and stopped.
#[cfg(unix)]
fn kill(options: &Options<'_>) -> Result<bool, String> {
    let store = match options.text("--store") {
        None | Some("sqlite") => kills::KillStore::Sqlite,
        Some("postgres") => kills::KillStore::Postgres,
        Some(other) => return Err(format!("--store takes sqlite or postgres, got {other:?}")),
    };
    let runs: u64 = options.number("--runs", 2000)?;
    let stalls = options.number("--stalls", runs.div_ceil(10))?;
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let seed = options.number("--seed", 1)?;
    let mut campaign = kills::KillCampaign::new(program, runs, stalls, seed);
    campaign.at_once = options.number("--at-once", campaign.at_once)?;
    campaign.store = store;
    let shown = std::io::stderr().is_terminal();
    let started = Instant::now();
    let summary = campaign.run(|done| {
        if shown {
            eprint!("\r{done} of {} cases", runs + stalls);
        }
    })?;
    let json = format!("{:#}", kills::report::json(&summary));
    let write = |path: &str, text: &str| {
        let written = std::fs::write(path, text);
        written.map_err(|error| format!("{path} cannot be written: {error}"))
    };
    match options.text("--json") {
        None => println!("{json}"),
        Some(path) => write(path, &json)?,
    }
    if let Some(path) = options.text("--write") {
        write(path, &kills::report::page(&summary))?;
    }
    for wrong in &summary.wrong {
        eprintln!("{wrong}");
    }
    eprintln!(
        "kills: {} cases with a kill, {} with a stop, {} violations, {:.0} s",
        summary.kills,
        summary.stalls,
        summary.wrong.len(),
        started.elapsed().as_secs_f64()
    );
    Ok(summary.wrong.is_empty())
}

/// What is started to be killed.
#[cfg(unix)]
fn kill_runner(options: &Options<'_>) -> Result<bool, String> {
    let needed = |name: &str| {
        let text = options.text(name);
        text.map(str::to_owned)
            .ok_or_else(|| format!("{name} is needed"))
    };
    let gateway = needed("--gateway")?;
    let gateway = gateway
        .parse()
        .map_err(|_| format!("{gateway:?} is no address"))?;
    let journal = needed("--journal")?;
    let journal = match options.text("--schema") {
        None => kills::Place::sqlite(PathBuf::from(journal)),
        Some(schema) => kills::Place::postgres(journal, schema),
    };
    let mut orders = kills::runner::Orders::new(journal, gateway);
    orders.submit = Some((needed("--operation")?, needed("--order")?, needed("--key")?));
    orders.resolve = std::time::Duration::from_millis(options.number("--resolve-ms", 0)?);
    orders.trap = match (options.text("--at"), options.text("--do")) {
        (Some(step), Some(deed)) => Some((step.parse()?, deed.parse()?)),
        _ => None,
    };
    kills::runner::run(&orders, &|line| println!("{line}"))?;
    Ok(true)
}

/// Tells the histories of durable calls instead of counting them.
fn trace_durable(campaign: &DurableCampaign) -> Result<bool, String> {
    let mut good = true;
    for number in 0..campaign.histories {
        let seed = campaign.seed.wrapping_add(number);
        let played = durable::play(seed, campaign.breakage, true)?;
        println!("seed {seed}\n{}", played.trace.unwrap_or_default());
        for wrong in &played.wrong {
            println!("violation: {wrong}");
        }
        good &= played.wrong.is_empty();
    }
    Ok(good)
}

/// Tells the histories instead of counting them.
fn trace(campaign: &Campaign) -> Result<bool, String> {
    let mut good = true;
    for number in 0..campaign.histories {
        let seed = campaign.seed.wrapping_add(number);
        let played = play(seed, campaign.world, campaign.conduct, true)?;
        println!("seed {seed}\n{}", played.trace.unwrap_or_default());
        for wrong in &played.wrong {
            println!("violation: {wrong}");
        }
        good &= played.wrong.is_empty();
    }
    Ok(good)
}
