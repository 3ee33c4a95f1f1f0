//! The connection cut at each byte of the request and of the reply.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::matrix::MODES;
use crate::struck_call::{Reading, SetUpFailed, Strike, measure, modes, strike_all};
use crate::tally::counts;

/// What is cut, and how.
struct Cut {
    fault: &'static str,
    part: Part,
}

#[derive(Clone, Copy)]
enum Part {
    RequestHead,
    RequestBody,
    Approval,
    Refusal,
}

const CUTS: [Cut; 10] = {
    const fn cut(fault: &'static str, part: Part) -> Cut {
        Cut { fault, part }
    }
    [
        cut("fin-in-head", Part::RequestHead),
        cut("reset-in-head", Part::RequestHead),
        cut("fin-in-body", Part::RequestBody),
        cut("reset-in-body", Part::RequestBody),
        cut("fin-in-reply", Part::Refusal),
        cut("reset-in-reply", Part::Refusal),
        cut("truncate-in-reply", Part::Refusal),
        cut("fin-in-reply-applied", Part::Approval),
        cut("reset-in-reply-applied", Part::Approval),
        cut("truncate-in-reply-applied", Part::Approval),
    ]
};

/// What became of all cuts of one kind in one mode.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Row {
    /// The fault that makes the cut.
    pub fault: &'static str,
    /// One of [`MODES`].
    pub mode: &'static str,
    /// At how many different bytes it was cut.
    pub places: BTreeSet<u64>,
    /// How often each outcome was seen.
    pub seen: BTreeMap<&'static str, usize>,
    /// The most complete requests that arrived for one call.
    pub most_requests: usize,
}

/// All cuts, and what is wrong.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Cuts {
    /// One row for each kind of cut and mode.
    pub rows: Vec<Row>,
    /// How many calls were cut.
    pub runs: usize,
    /// Each violation. Empty when the client keeps what it promises.
    pub wrong: Vec<String>,
}

/// Cuts at every `strides[i]`-th byte in the i-th of [`MODES`]; 1 is every byte, 0 none. Outcomes
/// are read by `read`.
///
/// # Errors
///
/// When a run cannot be set up.
pub async fn run(strides: [usize; 4], read: Reading) -> Result<Cuts, SetUpFailed> {
    let mut cuts = Cuts::default();
    let mut strikes = Vec::new();
    let modes = modes(read)?;
    for ((mode, name), stride) in modes.iter().zip(MODES).zip(strides) {
        if stride == 0 {
            continue;
        }
        let approval = measure(mode, true).await?;
        let refusal = measure(mode, false).await?;
        for Cut { fault, part } in CUTS {
            // The first byte of a request is what tells that there is one; the cut before it is the
            // fault `fin-before-reading`.
            let bytes = match part {
                Part::RequestHead => 1..approval.request_head,
                Part::RequestBody => 0..approval.request_body,
                Part::Approval => 0..approval.reply,
                Part::Refusal => 0..refusal.reply,
            };
            let row = cuts.rows.len();
            cuts.rows.push(Row {
                fault,
                mode: name,
                ..Row::default()
            });
            strikes.extend(bytes.step_by(stride).map(|byte| Strike {
                cell: (row, byte),
                fault: format!("{fault}@{byte}"),
                mode: mode.clone(),
            }));
        }
    }
    for ((row, byte), struck) in strike_all(strikes.into_iter()).await? {
        cuts.runs += 1;
        let Some(row) = cuts.rows.get_mut(row) else {
            continue;
        };
        row.places.insert(byte);
        *row.seen.entry(struck.claim.kind.as_str()).or_default() += 1;
        row.most_requests = row.most_requests.max(struck.complete_requests);
        let (fault, mode) = (row.fault, row.mode);
        let wrong = struck.wrong.into_iter();
        cuts.wrong
            .extend(wrong.map(|wrong| format!("{fault}@{byte}, {mode}: {wrong}")));
    }
    cuts.wrong.sort();
    Ok(cuts)
}

impl Cuts {
    /// The table in Markdown.
    pub fn markdown(&self) -> String {
        let mut text = String::from(
            "| cut | mode | at how many bytes | outcomes | requests a call |\n|---|---|---:|---|---:|\n",
        );
        for row in &self.rows {
            let places = row.places.len();
            let seen = counts(&row.seen);
            let _ = writeln!(
                text,
                "| `{}` | {} | {places} | {seen} | {} |",
                row.fault, row.mode, row.most_requests
            );
        }
        text
    }
}
