//! What the proofs tell people, and the page `docs/faults.md`.

use crate::cuts::Cuts;
use crate::matrix::{HoldMatrix, Matrix};
use crate::tally::counts;

/// The page, made from one run of both proofs.
pub fn page(matrix: &Matrix, holds: &HoldMatrix, cuts: &Cuts) -> String {
    let wrong = wrong(matrix, holds, cuts);
    let verdict = match wrong.len() {
        0 => "No violation.".to_owned(),
        count => format!("**{count} violations:**"),
    };
    let mut text = format!(
        "# Every fault, every cut\n\n\
         Written by `cargo xtask faults`; do not edit. What the words mean, and what is\n\
         promised, is in [outcomes.md](outcomes.md).\n\n\
         {} calls struck by one of {} faults, and {} calls cut at one byte, over real sockets. Each\n\
         call had a gateway of its own, whose ledger was the judge: at most one complete request a\n\
         call; never approved, declined or not sent against the ledger; not sent whenever no byte\n\
         left. Each struck call was followed by another one on the same client, without a fault,\n\
         under the same rules: {}.\n\n\
         {} more calls about holds (担保) were struck by the same faults, but for those of the\n\
         connection itself, and followed by another one: {}.\n\n{verdict}\n",
        matrix.runs,
        matrix.rows.len(),
        cuts.runs,
        counts(&matrix.next),
        holds.runs,
        counts(&holds.next),
    );
    for wrong in wrong {
        text += &format!("\n* {wrong}");
    }
    text += "\n## Faults\n\n\
             \"Conclude\" is what the simulator's table says that a client should conclude. A fault of\n\
             the connection itself (\"connect\") strikes a reusing client when it has to open a second\n\
             connection. — is a fault that only TLS has.\n\n";
    text += &matrix.markdown();
    text += "\n## Holds\n\n\
             Outcomes over all faults and modes. What to conclude differs from operation to operation;\n\
             the ledger was the judge.\n\n";
    text += &holds.markdown();
    text += "\n## Cuts\n\n\
             The simulator reads, or sends, so many bytes and no more, then closes with FIN or RST.\n\
             `truncate` is FIN without TLS's close_notify. `-applied` means that the void was carried\n\
             out before its reply was cut.\n\n";
    text += &cuts.markdown();
    text
}

/// Every violation that any of the proofs found.
pub fn wrong<'a>(matrix: &'a Matrix, holds: &'a HoldMatrix, cuts: &'a Cuts) -> Vec<&'a str> {
    let all = matrix.wrong.iter().chain(&holds.wrong).chain(&cuts.wrong);
    all.map(String::as_str).collect()
}
