//! Connections that are cut around a commit.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use ums_journal::{Committed, Store, StoreErrorKind, StoreReceipt};
use ums_journal_postgres::PostgresStore;

use crate::calls::{begin, owner};
use crate::cluster::{Cluster, PORT, fresh_schema, options_of, runtime, shared};

/// What becomes of the next commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum AtCommit {
    #[default]
    Nothing,
    /// It arrives, and its answer does not.
    AnswerIsCut,
    /// It does not arrive.
    IsCut,
    /// It arrives when nobody waits for it any more.
    IsLate,
}

/// A way to a cluster on which things go wrong.
pub(crate) struct Proxy {
    port: u16,
    shared: Arc<Mutex<(String, AtCommit)>>,
}

impl Proxy {
    pub(crate) async fn start(socket: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Mutex::new((socket.to_owned(), AtCommit::Nothing)));
        let of_task = Arc::clone(&shared);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let socket = of_task.lock().unwrap().0.clone();
                let server = format!("{socket}/.s.PGSQL.{PORT}");
                if let Ok(server) = UnixStream::connect(server).await {
                    tokio::spawn(carry(client, server, Arc::clone(&of_task)));
                }
            }
        });
        Self { port, shared }
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://shop@127.0.0.1:{}/postgres", self.port)
    }

    /// What connects from now on comes there, and what is connected is cut at its next word.
    pub(crate) fn lead_to(&self, socket: &str) {
        self.shared.lock().unwrap().0 = socket.to_owned();
    }

    fn at_commit(&self, what: AtCommit) {
        self.shared.lock().unwrap().1 = what;
    }
}

async fn carry(client: TcpStream, server: UnixStream, shared: Arc<Mutex<(String, AtCommit)>>) {
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    let socket = shared.lock().unwrap().0.clone();
    let mut back = tokio::spawn(async move {
        let mut buffer = vec![0; 65_536];
        while let Ok(count @ 1..) = from_server.read(&mut buffer).await {
            if to_client.write_all(&buffer[..count]).await.is_err() {
                return;
            }
        }
    });
    let mut buffer = vec![0; 65_536];
    loop {
        let count = tokio::select! {
            count = from_client.read(&mut buffer) => count.unwrap_or(0),
            _ = &mut back => 0,
        };
        let bytes = &buffer[..count];
        let (leads_to, what) = shared.lock().unwrap().clone();
        if count == 0 || leads_to != socket {
            break;
        }
        let is_commit = bytes.windows(7).any(|word| word == b"COMMIT\0");
        if !is_commit || what == AtCommit::Nothing {
            if to_server.write_all(bytes).await.is_err() {
                break;
            }
            continue;
        }
        shared.lock().unwrap().1 = AtCommit::Nothing;
        match what {
            AtCommit::AnswerIsCut => {
                back.abort();
                to_server.write_all(bytes).await.unwrap();
                // The server has it before it sees the end.
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            AtCommit::IsLate => {
                back.abort();
                tokio::time::sleep(Duration::from_millis(700)).await;
                // The server may have given up the transaction.
                let _ = to_server.write_all(bytes).await;
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
            _ => {}
        }
        break;
    }
    back.abort();
}

/// Begins a call whose commit goes wrong so. Says whether it is there in the end.
fn begin_at(what: AtCommit) -> Option<bool> {
    let cluster = shared()?;
    let schema = fresh_schema();
    runtime().block_on(async {
        let proxy = Proxy::start(&cluster.socket()).await;
        let options = options_of(&proxy.url(), &schema);
        let options = options.with_patience(Duration::from_millis(400));
        let store = PostgresStore::open(&options).await.unwrap();
        let key = store.key().await.unwrap();
        let begin = |name: &str| begin(&key, name, &owner("process-1"));
        store.commit(vec![begin("0")]).await.unwrap();

        proxy.at_commit(what);
        let error = store.commit(vec![begin("1")]).await.unwrap_err();
        assert_eq!(error.committed(), Committed::NotKnown, "{error:?}");
        let kinds = [StoreErrorKind::Unavailable, StoreErrorKind::TimedOut];
        assert!(kinds.contains(&error.kind()), "{error:?}");
        // Once the server is done with it, the same command joins it or begins it.
        tokio::time::sleep(Duration::from_millis(1500)).await;
        let mut results = store.commit(vec![begin("1")]).await.unwrap();
        Some(match results.remove(0) {
            Ok(StoreReceipt::Joined(_)) => true,
            Ok(StoreReceipt::Begun(_)) => false,
            other => panic!("{other:?}"),
        })
    })
}

#[test]
fn a_commit_whose_answer_is_cut_off_is_not_known_and_is_there() {
    if let Some(is_there) = begin_at(AtCommit::AnswerIsCut) {
        assert!(is_there);
    }
}

#[test]
fn a_commit_that_is_cut_off_is_not_known_and_is_not_there() {
    if let Some(is_there) = begin_at(AtCommit::IsCut) {
        assert!(!is_there);
    }
}

#[test]
fn a_commit_that_comes_when_nobody_waits_for_it_any_more_takes_no_place() {
    if let Some(is_there) = begin_at(AtCommit::IsLate) {
        assert!(!is_there);
    }
}

#[test]
fn a_commit_that_waits_for_a_standby_in_vain_is_not_known_and_is_there() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let wait_for = |standbys: &str| {
        cluster.sql(&format!(
            "ALTER SYSTEM SET synchronous_standby_names = '{standbys}'"
        ));
        cluster.sql("SELECT pg_reload_conf()");
        std::thread::sleep(Duration::from_millis(500));
    };
    runtime().block_on(async {
        let options = cluster.options("journal");
        let options = options.with_patience(Duration::from_millis(400));
        let store = PostgresStore::open(&options).await.unwrap();
        let key = store.key().await.unwrap();
        let begin = |name: &str| begin(&key, name, &owner("process-1"));
        store.commit(vec![begin("0")]).await.unwrap();
        wait_for("nobody");
        // The server gives up the wait, has committed here only, and says so in a warning.
        let error = store.commit(vec![begin("1")]).await.unwrap_err();
        assert_eq!(error.committed(), Committed::NotKnown, "{error:?}");
        wait_for("");
        let mut results = store.commit(vec![begin("1")]).await.unwrap();
        assert!(matches!(results.remove(0), Ok(StoreReceipt::Joined(_))));
    });
}

#[test]
fn what_hangs_before_it_is_written_holds_nobody_up_for_long() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    runtime().block_on(async {
        let patience = Duration::from_millis(600);
        let options = cluster.options(&schema).with_patience(patience);
        let store = PostgresStore::open(&options).await.unwrap();
        let key = store.key().await.unwrap();
        // Another process stands still with the lock in its hands.
        let other = tokio::task::spawn_blocking({
            let words =
                format!("BEGIN; SELECT FROM {schema}.head FOR UPDATE; SELECT pg_sleep(2); COMMIT");
            move || cluster.sql(&words)
        });
        tokio::time::sleep(Duration::from_millis(300)).await;
        let command = begin(&key, "0", &owner("process-1"));
        let error = store.commit(vec![command.clone()]).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.committed()),
            (StoreErrorKind::TimedOut, Committed::No)
        );
        // A heartbeat and a reader do not wait for the lock.
        let lease = Duration::from_secs(15);
        store.heartbeat(&owner("process-1"), lease).await.unwrap();
        store.head().await.unwrap();
        other.await.unwrap();
        store.commit(vec![command]).await.unwrap();
    });
}
