//! The tasks that read, each on a connection of its own.

use std::rc::Rc;

use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::time::Instant;
use ums_journal::{
    CallId, CallPage, CheckedJournal, Committed, Cursor, Filter, Head, JournalId, JournalKey,
    ListOrder, RecordedFact, StoreError, StoredCall,
};

use crate::failure::Failure;
use crate::open::connection::{Target, in_time};
use crate::open::link::Link;
use crate::open::server::Expected;
use crate::read::history::{call, facts_after, head, other_keys};
use crate::read::search::search;
use crate::read::tables::check;

/// Something to be read.
pub(crate) struct Read {
    pub(crate) until: Instant,
    pub(crate) what: What,
}

pub(crate) enum What {
    OtherKeys(Answer<Vec<JournalKey>>),
    Head(Answer<Head>),
    Call(CallId, Answer<Option<StoredCall>>),
    Search(Box<Search>, Answer<CallPage>),
    Facts(u64, usize, Answer<Vec<RecordedFact>>),
    Check(Answer<CheckedJournal>),
}

pub(crate) type Answer<T> = oneshot::Sender<Result<T, StoreError>>;

pub(crate) struct Search {
    pub(crate) filter: Filter,
    pub(crate) order: ListOrder,
    pub(crate) after: Option<Cursor>,
    pub(crate) limit: usize,
}

/// Reads until nobody can ask any more.
pub(crate) async fn run(
    target: Target,
    expected: Expected,
    waiting: Rc<Mutex<mpsc::Receiver<Read>>>,
) {
    let (target, system) = (&target, expected.system.id.as_str());
    let mut link = Link::new(target.clone(), expected.clone());
    loop {
        let next = waiting.lock().await.recv().await;
        let Some(Read { until, what }) = next else {
            return;
        };
        match what {
            What::Head(answer) => {
                let journal = &expected.journal;
                let read = again(&mut link, target, until, async |client| {
                    head(client, target, system, journal).await
                });
                // Whoever asked may have gone; so with all the others.
                let _ = answer.send(read.await);
            }
            What::OtherKeys(answer) => {
                let read = again(&mut link, target, until, async |client| {
                    other_keys(client, target).await
                });
                let _ = answer.send(read.await);
            }
            What::Call(id, answer) => {
                let read = again(&mut link, target, until, async |client| {
                    call(client, target, system, &id).await
                });
                let _ = answer.send(read.await);
            }
            What::Search(wanted, answer) => {
                let read = again(&mut link, target, until, async |client| {
                    let Search {
                        filter,
                        order,
                        after,
                        limit,
                    } = &*wanted;
                    search(client, target, system, filter, *order, *after, *limit).await
                });
                let _ = answer.send(read.await);
            }
            What::Facts(after, limit, answer) => {
                let read = again(&mut link, target, until, async |client| {
                    facts_after(client, target, after, limit).await
                });
                let _ = answer.send(read.await);
            }
            What::Check(answer) => {
                let _ = answer.send(checked(&mut link, target, until, &expected.journal).await);
            }
        }
    }
}

/// Goes through the whole journal, which takes as long as it takes: each of its answers comes in
/// time.
async fn checked(
    link: &mut Link,
    target: &Target,
    until: Instant,
    journal: &JournalId,
) -> Result<CheckedJournal, StoreError> {
    let connection = link.get(until).await;
    let connection = connection.map_err(|failure| failure.with_committed(Committed::No))?;
    let checked = check(&connection.client, target, journal).await;
    checked.map_err(|failure| {
        // A transaction is open on it.
        link.cut();
        failure.with_committed(Committed::No)
    })
}

/// Reads, and once more when the connection was cut.
async fn again<T>(
    link: &mut Link,
    target: &Target,
    until: Instant,
    read: impl AsyncFn(&tokio_postgres::Client) -> Result<T, Failure>,
) -> Result<T, StoreError> {
    let mut is_first = true;
    loop {
        let connection = link.get(until).await;
        let connection = connection.map_err(|failure| failure.with_committed(Committed::No))?;
        let failure = match in_time(target.patience, read(&connection.client)).await {
            Ok(read) => return Ok(read),
            Err(failure) => failure,
        };
        if failure.is_cut {
            link.cut();
        }
        if !failure.is_cut || !is_first || Instant::now() >= until {
            return Err(failure.with_committed(Committed::No));
        }
        is_first = false;
    }
}
