//! What happens to the whole machine: it starts anew, or its journal is lost and a copy put back.

use std::time::Duration;

use tokio::time::sleep_until;
use ums_client::Clock as _;
use ums_durable::journal::{
    Accept, Accepted, CallerText, FactId, Store as _, StoreCommand, StoreReceipt,
};

use super::ground::Ground;
use super::plan::{Mishap, Upheaval};
use crate::history::clock::SetClock;
use crate::history::in_words;

/// Has it happen, once its time has come.
pub(crate) async fn happen(ground: Ground, upheaval: Upheaval) -> Result<(), String> {
    match upheaval {
        Upheaval::Reboot { at, lasts } => {
            sleep_until(ground.start + at).await;
            end_all(&ground, lasts);
            ground.machine.boot();
            ground.witness.note(|| "the machine starts anew".to_owned());
            ground.book.count("reboots");
        }
        Upheaval::Amnesia { copied, at, lasts } => {
            sleep_until(ground.start + copied).await;
            let copy = ground.store.copy();
            sleep_until(ground.start + at).await;
            let facts = ground.store.head().await.map_err(in_words)?.facts;
            end_all(&ground, lasts);
            ground.store.put_back(copy);
            ground.book.lock().forgotten = Some((copied, at));
            let left = accept(&ground).await?;
            ground
                .witness
                .note(|| format!("a copy of the journal is put back and accepted: {left} facts"));
            if left <= facts {
                ground.book.count("journals that have forgotten");
            }
        }
    }
    Ok(())
}

fn end_all(ground: &Ground, lasts: Duration) {
    for process in ground.processes() {
        // Not at one moment: which of two timers of one moment comes first, no seed decides.
        let apart = Duration::from_millis(37 * (process.number() as u64 + 1));
        process.suffer(Mishap::Death(lasts + apart));
    }
}

/// A person accepts the journal as it is, before any process comes back. Says how many facts it
/// has.
async fn accept(ground: &Ground) -> Result<u64, String> {
    let text = |text: &str| CallerText::new(text).map_err(in_words);
    let journal = ground.store.head().await.map_err(in_words)?.journal;
    let now = SetClock::starting(ground.start, ground.plan.begins, &[]).now();
    let accepted = Accepted::new(journal, text("somebody")?, text("a backup")?).with_own_time(now);
    let fact = FactId::new("accepted").map_err(in_words)?;
    let group = vec![StoreCommand::Accept(Accept::new(fact, accepted))];
    let answer = ground.store.commit(group).await.map_err(in_words)?;
    match answer.first() {
        Some(Ok(StoreReceipt::Accepted)) => {}
        other => return Err(format!("the journal was not accepted: {other:?}")),
    }
    Ok(ground.store.head().await.map_err(in_words)?.facts)
}
