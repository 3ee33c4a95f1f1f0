//! Each fault of the simulator, on fresh and reused connections, plain and TLS.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ums_simulator::{FAULTS, FaultPhase, FaultSpec};

use crate::struck_call::{
    Mode, Reading, SetUpFailed, Strike, Struck, StruckOperation, modes, strike_all,
};
use crate::tally::counts;

/// The four columns of the table.
pub const MODES: [&str; 4] = ["plain, fresh", "plain, reused", "TLS, fresh", "TLS, reused"];

/// What became of all runs of one fault.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// The fault.
    pub fault: &'static FaultSpec,
    /// How often each outcome was seen, for each of [`MODES`]. `None` where the fault cannot be
    /// made.
    pub seen: [Option<BTreeMap<&'static str, usize>>; 4],
    /// The most complete requests that arrived for one call.
    pub most_requests: usize,
}

/// The whole table, and what is wrong.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Matrix {
    /// One row a fault, in the order of [`FAULTS`].
    pub rows: Vec<Row>,
    /// How many calls were struck.
    pub runs: usize,
    /// Outcomes of the calls that followed, on the same client.
    pub next: BTreeMap<&'static str, usize>,
    /// Each violation, with the fault and the mode. Empty when the client keeps what it promises.
    pub wrong: Vec<String>,
}

/// Strikes a call with each of `faults`, `runs` times in each mode, and reads its outcome so.
///
/// # Errors
///
/// When a run cannot be set up.
pub async fn run(
    faults: Vec<&'static FaultSpec>,
    runs: usize,
    read: Reading,
) -> Result<Matrix, SetUpFailed> {
    let modes = modes(read)?;
    let mut jobs = Vec::new();
    for (row, &fault) in faults.iter().enumerate() {
        for (column, mode) in modes.iter().enumerate() {
            if fault.needs_tls && mode.tls.is_none() {
                continue;
            }
            jobs.extend(std::iter::repeat_n(
                (row, column, fault, mode.clone()),
                runs,
            ));
        }
    }

    let mut matrix = Matrix {
        rows: faults.into_iter().map(Row::new).collect(),
        ..Matrix::default()
    };
    let strikes = jobs.into_iter().map(|(row, column, spec, mode)| Strike {
        cell: (row, column),
        fault: with_time(spec),
        mode,
    });
    for ((row, column), struck) in strike_all(strikes).await? {
        matrix.note(row, column, struck);
    }
    matrix.wrong.sort();
    Ok(matrix)
}

/// What became of the operations about holds (担保) under the same faults.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct HoldMatrix {
    /// How often each outcome was seen, by operation.
    pub seen: BTreeMap<StruckOperation, BTreeMap<&'static str, usize>>,
    /// How many calls were struck.
    pub runs: usize,
    /// Outcomes of the calls that followed, on the same client.
    pub next: BTreeMap<&'static str, usize>,
    /// Each violation, with the fault and the operation.
    pub wrong: Vec<String>,
}

/// Strikes each operation about holds (担保) with each of `faults`, `runs` times in each of the
/// first `modes` of [`MODES`]. A fault of the connection itself, which knows no operation, is left
/// out.
///
/// # Errors
///
/// When a run cannot be set up.
pub async fn run_holds(
    faults: &[&'static FaultSpec],
    runs: usize,
    modes_used: usize,
    read: Reading,
) -> Result<HoldMatrix, SetUpFailed> {
    let modes = modes(read)?;
    let modes = modes.get(..modes_used).unwrap_or(&modes);
    let mut strikes = Vec::new();
    for fault in faults
        .iter()
        .filter(|fault| fault.phase != FaultPhase::Connect)
    {
        for (mode, operation) in modes
            .iter()
            .flat_map(|mode| StruckOperation::OF_HOLDS.map(|operation| (mode, operation)))
        {
            if fault.needs_tls && mode.tls.is_none() {
                continue;
            }
            let strike = Strike {
                cell: (operation, fault.name),
                fault: with_time(fault),
                mode: Mode {
                    operation,
                    ..mode.clone()
                },
            };
            strikes.extend(std::iter::repeat_n(strike, runs));
        }
    }
    let mut matrix = HoldMatrix::default();
    for ((operation, fault), struck) in strike_all(strikes.into_iter()).await? {
        matrix.runs += 1;
        *matrix.next.entry(struck.next.as_str()).or_default() += 1;
        let seen = matrix.seen.entry(operation).or_default();
        *seen.entry(struck.claim.kind.as_str()).or_default() += 1;
        let name = operation.as_str();
        let wrong = struck.wrong.into_iter();
        matrix
            .wrong
            .extend(wrong.map(|wrong| format!("{fault}, {name}: {wrong}")));
    }
    matrix.wrong.sort();
    Ok(matrix)
}

impl HoldMatrix {
    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| operation | outcomes |\n|---|---|\n");
        for (operation, seen) in &self.seen {
            let _ = writeln!(text, "| `{}` | {} |", operation.as_str(), counts(seen));
        }
        text
    }
}

/// The fault; one that sends something into the connection's rest leaves the client the time to
/// come to rest, on a busy machine too.
fn with_time(spec: &FaultSpec) -> String {
    match spec.name.starts_with("stray-reply") {
        true => format!("{}@300", spec.name),
        false => spec.name.to_owned(),
    }
}

/// All faults whose names contain `part`.
pub fn faults_with(part: &str) -> Vec<&'static FaultSpec> {
    let faults = FAULTS.iter();
    faults.filter(|spec| spec.name.contains(part)).collect()
}

impl Row {
    fn new(fault: &'static FaultSpec) -> Self {
        Self {
            fault,
            seen: [const { None }; 4],
            most_requests: 0,
        }
    }
}

impl Matrix {
    fn note(&mut self, row: usize, column: usize, struck: Struck) {
        self.runs += 1;
        *self.next.entry(struck.next.as_str()).or_default() += 1;
        let Some(row) = self.rows.get_mut(row) else {
            return;
        };
        row.most_requests = row.most_requests.max(struck.complete_requests);
        if let Some(seen) = row.seen.get_mut(column) {
            let seen = seen.get_or_insert_default();
            *seen.entry(struck.claim.kind.as_str()).or_default() += 1;
        }
        let mode = MODES.get(column).copied().unwrap_or_default();
        let name = row.fault.name;
        let wrong = struck.wrong.into_iter();
        self.wrong
            .extend(wrong.map(|wrong| format!("{name}, {mode}: {wrong}")));
    }

    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from("| fault | strikes | conclude | ");
        text += &MODES.join(" | ");
        text += " | requests a call |\n|---|---|---|---|---|---|---|---:|\n";
        for row in &self.rows {
            let FaultSpec {
                name,
                phase,
                conclusion,
                ..
            } = row.fault;
            let _ = write!(text, "| `{name}` | {phase} | {conclusion} |");
            for seen in &row.seen {
                let _ = write!(text, " {} |", seen.as_ref().map_or("—".to_owned(), counts));
            }
            let _ = writeln!(text, " {} |", row.most_requests);
        }
        text
    }
}
