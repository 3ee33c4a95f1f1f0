//! What the kills tell people, and the pages `docs/kills.md` and `docs/kills-postgres.md`.

use serde_json::{Value, json};

use super::campaign::{KillStore, KillSummary};
use crate::tally::counts;

/// The page, made from one run.
pub fn page(summary: &KillSummary) -> String {
    let verdict = match summary.wrong.len() {
        0 => "No violation.".to_owned(),
        count => format!("**{count} violations.**"),
    };
    let (title, journal) = match summary.store {
        KillStore::Sqlite => ("Killed and stopped", "an SQLite journal in a file"),
        KillStore::Postgres => (
            "Killed and stopped, on PostgreSQL",
            "a journal in a PostgreSQL database",
        ),
    };
    let mut text = format!(
        "# {title}\n\n\
         Written by `cargo xtask kills`; do not edit.\n\n\
         Processes make one durable call each, with one key, on {journal}, against\n\
         a gateway in another process. They are killed (SIGKILL) or stopped (SIGSTOP, beyond lease and\n\
         send window, then SIGCONT) at a step or at random; others find the journal, and are killed\n\
         in their turn; the last one is let live, and finds out what became of the call. The gateway's\n\
         ledger is the judge.\n\n\
         {} cases with a kill ({} processes were killed), {} with a stop: {} intents lost, {} orders with\n\
         two complete requests. The calls in the end: {}. {verdict}\n\n\
         \"Reached\" counts the cases in which the process came to the step: one that is told of the\n\
         end by the journal sends nothing, and one at random may have ended before.\n\n\
         | what happened | cases | reached | calls in the end |\n|---|---|---|---|\n",
        summary.kills,
        summary.processes_killed,
        summary.stalls,
        summary.lost_intents,
        summary.sent_twice,
        counts(&summary.ends),
    );
    for (what, tally) in &summary.steps {
        text += &format!(
            "| {what} | {} | {} | {} |\n",
            tally.cases,
            tally.reached,
            counts(&tally.ends)
        );
    }
    text
}

/// The same for programs.
pub fn json(summary: &KillSummary) -> Value {
    let steps: serde_json::Map<String, Value> = summary
        .steps
        .iter()
        .map(|(what, tally)| {
            let tally = json!({"cases": tally.cases, "reached": tally.reached, "ends": tally.ends});
            (what.clone(), tally)
        })
        .collect();
    json!({
        "kills": summary.kills,
        "processes_killed": summary.processes_killed,
        "stalls": summary.stalls,
        "lost_intents": summary.lost_intents,
        "orders_with_two_complete_requests": summary.sent_twice,
        "ends": summary.ends,
        "violations": summary.wrong,
        "steps": steps,
    })
}
