//! Servers that go away and come back, and servers that are not what they should be.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use ums_journal::{
    Committed, OutcomeKind, RecordedOutcome, Store, StoreCommand, StoreErrorKind, StoreReceipt,
    Ticket,
};
use ums_journal_postgres::{InvalidUrl, PostgresOpenError, PostgresOptions, PostgresStore};

use crate::calls::{begin, ended, owner};
use crate::cluster::{Cluster, fresh_schema, options_of, runtime, shared};

/// Begins a call that nothing is in the way of.
async fn begun(store: &PostgresStore, name: &str) -> Ticket {
    let key = store.key().await.unwrap();
    let mut results = store
        .commit(vec![begin(&key, name, &owner("process-1"))])
        .await
        .unwrap();
    match results.remove(0) {
        Ok(StoreReceipt::Begun(ticket)) => ticket,
        other => panic!("{other:?}"),
    }
}

/// The error of a call that cannot begin, of which nothing was written.
async fn refused(store: &PostgresStore, name: &str) -> StoreErrorKind {
    let key = store.key().await.unwrap();
    let error = store
        .commit(vec![begin(&key, name, &owner("process-1"))])
        .await
        .unwrap_err();
    assert_eq!(error.committed(), Committed::No, "{error:?}");
    error.kind()
}

async fn not_opened(options: &PostgresOptions) -> PostgresOpenError {
    match PostgresStore::open(options).await {
        Ok(store) => panic!("it is opened: {store:?}"),
        Err(error) => error,
    }
}

#[test]
fn a_setting_that_loses_what_was_answered_is_refused_at_the_start_and_later() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let set = |setting: &str, value: &str| {
        cluster.sql(&format!("ALTER SYSTEM SET {setting} = {value}"));
        cluster.sql("SELECT pg_reload_conf()");
        let what = format!("SHOW {setting}");
        let until = Instant::now() + Duration::from_secs(20);
        while cluster.sql(&what) != value && Instant::now() < until {}
    };
    runtime().block_on(async {
        let store = cluster.open("journal").await;
        begun(&store, "0").await;
        for (number, setting) in ["fsync", "full_page_writes"].into_iter().enumerate() {
            set(setting, "off");
            let found = not_opened(&cluster.options("journal")).await;
            assert!(
                matches!(&found, PostgresOpenError::NotDurable { setting: named, .. } if *named == setting),
                "{found:?}"
            );
            // A server tells a connection that stands when it has read its settings anew.
            let until = Instant::now() + Duration::from_secs(20);
            let mut trials = 0;
            loop {
                let key = store.key().await.unwrap();
                let name = format!("{number}-{trials}");
                let group = vec![begin(&key, &name, &owner("process-1"))];
                match store.commit(group).await {
                    Err(error) => {
                        assert_eq!(error.kind(), StoreErrorKind::NotDurable);
                        assert_eq!(error.committed(), Committed::No);
                        break;
                    }
                    Ok(_) => assert!(Instant::now() < until, "{setting} is not seen"),
                }
                trials += 1;
            }
            set(setting, "on");
            begun(&cluster.open("journal").await, &format!("{number}-on")).await;
        }
        // Whatever is the default, each transaction says how it commits.
        set("synchronous_commit", "off");
        begun(&cluster.open("journal").await, "1").await;
        let needs = cluster.options("journal").with_standby();
        let found = not_opened(&needs).await;
        assert_eq!(found.kind(), StoreErrorKind::NotDurable, "{found:?}");
    });
}

#[test]
fn a_schema_with_something_else_is_left_as_it_is() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    cluster.sql(&format!(
        "CREATE SCHEMA {schema}; CREATE TABLE {schema}.journal (day date, words text)"
    ));
    let found = runtime().block_on(not_opened(&cluster.options(&schema)));
    assert!(
        matches!(found, PostgresOpenError::Foreign { .. }),
        "{found:?}"
    );
    let tables = "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace";
    let tables = cluster.sql(&format!("{tables} = '{schema}'::regnamespace"));
    assert_eq!(tables, "1");
}

#[test]
fn a_newer_journal_and_none_and_one_that_is_not_logged_are_refused() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    runtime().block_on(async {
        let found = not_opened(&cluster.options(&schema).must_exist()).await;
        assert!(
            matches!(found, PostgresOpenError::Missing { .. }),
            "{found:?}"
        );
        let store = cluster.open(&schema).await;
        begun(&store, "0").await;
        // Also of one who has it open already.
        cluster.sql(&format!("UPDATE {schema}.journal SET version = 2"));
        assert_eq!(refused(&store, "1").await, StoreErrorKind::NewerSchema);
        let found = not_opened(&cluster.options(&schema)).await;
        let is_newer = matches!(found, PostgresOpenError::NewerSchema { found: 2, known: 1 });
        assert!(is_newer, "{found:?}");
        cluster.sql(&format!("UPDATE {schema}.journal SET version = 1"));
        cluster.sql(&format!("ALTER TABLE {schema}.facts SET UNLOGGED"));
        let found = not_opened(&cluster.options(&schema)).await;
        assert_eq!(found.kind(), StoreErrorKind::NotDurable, "{found:?}");
        // Another journal in its place.
        cluster.sql(&format!("ALTER TABLE {schema}.facts SET LOGGED"));
        cluster.sql(&format!("UPDATE {schema}.journal SET id = 'another'"));
        assert_eq!(refused(&store, "1").await, StoreErrorKind::Foreign);
    });
}

#[test]
fn a_fact_that_was_changed_is_seen() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    runtime().block_on(async {
        let ticket = begun(&cluster.open(&schema).await, "0").await;
        cluster.sql(&format!(
            "UPDATE {schema}.facts SET text = replace(text, '4160', '4161') WHERE number = 1"
        ));
        let store = cluster.open(&schema).await;
        let error = store.call(&ticket.call).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Damaged);
        let end = ended(&ticket, OutcomeKind::Approved);
        let error = store.commit(vec![end]).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.committed()),
            (StoreErrorKind::Damaged, Committed::No)
        );
    });
}

#[test]
fn what_cannot_be_written_fails_nobody_else() {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    runtime().block_on(async {
        let store = Arc::new(cluster.open(&schema).await);
        let key = store.key().await.unwrap();
        let callers = (0..64).map(|number| {
            let mut command = begin(&key, &format!("{number}"), &owner("process-1"));
            if number == 7
                && let StoreCommand::Begin(begin) = &mut command
            {
                // PostgreSQL keeps no text with a NUL.
                begin.request.profile = Some("shop\0".to_owned());
            }
            let store = Arc::clone(&store);
            tokio::spawn(async move { (number, store.commit(vec![command]).await) })
        });
        for caller in callers.collect::<Vec<_>>() {
            let (number, result) = caller.await.unwrap();
            if number == 7 {
                assert_eq!(result.unwrap_err().committed(), Committed::No);
            } else {
                assert!(result.unwrap()[0].is_ok());
            }
        }
        assert_eq!(store.head().await.unwrap().facts, 63 * 2);
    });
}

#[test]
fn a_call_waits_for_a_server_that_starts_again() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    runtime().block_on(async {
        let options = cluster.options("journal");
        let options = options.with_patience(Duration::from_secs(30));
        let store = Arc::new(PostgresStore::open(&options).await.unwrap());
        let ticket = begun(&store, "0").await;
        cluster.down("fast");
        let waiting = {
            let store = Arc::clone(&store);
            tokio::spawn(async move { begun(&store, "1").await })
        };
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert!(!waiting.is_finished());
        cluster.up();
        waiting.await.unwrap();
        assert!(store.call(&ticket.call).await.unwrap().is_some());
        store
            .heartbeat(&owner("process-1"), Duration::from_secs(15))
            .await
            .unwrap();
    });
}

#[test]
fn a_server_that_is_away_is_waited_for_no_longer_than_said() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    runtime().block_on(async {
        let options = cluster.options("journal");
        let options = options.with_patience(Duration::from_millis(400));
        let store = PostgresStore::open(&options).await.unwrap();
        begun(&store, "0").await;
        cluster.down("immediate");
        let start = Instant::now();
        assert_eq!(refused(&store, "1").await, StoreErrorKind::Unavailable);
        assert!(store.head().await.is_err());
        let passed = start.elapsed();
        assert!(passed < Duration::from_secs(5), "{passed:?}");
    });
}

#[test]
fn what_was_answered_is_there_after_an_immediate_stop() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    runtime().block_on(async {
        let options = cluster.options("journal");
        let options = options.with_patience(Duration::from_millis(500));
        for run in 0..3 {
            let store = Arc::new(PostgresStore::open(&options).await.unwrap());
            let key = store.key().await.unwrap();
            let callers: Vec<_> = (0..16)
                .map(|caller| {
                    let (store, key) = (Arc::clone(&store), key.clone());
                    tokio::spawn(async move {
                        let mut answered = Vec::new();
                        for number in 0.. {
                            let name = format!("{run}-{caller}-{number}");
                            let group = vec![begin(&key, &name, &owner("process-1"))];
                            let Ok(mut results) = store.commit(group).await else {
                                break;
                            };
                            let Ok(StoreReceipt::Begun(ticket)) = results.remove(0) else {
                                panic!("{name} does not begin");
                            };
                            let end = ended(&ticket, OutcomeKind::Approved);
                            let is_ended = store.commit(vec![end]).await.is_ok();
                            answered.push((ticket, is_ended));
                        }
                        answered
                    })
                })
                .collect();
            tokio::time::sleep(Duration::from_millis(400)).await;
            cluster.down("immediate");
            let mut answered = Vec::new();
            for caller in callers {
                answered.extend(caller.await.unwrap());
            }
            drop(store);
            cluster.up();
            let store = PostgresStore::open(&options).await.unwrap();
            assert!(answered.len() > 16, "{} were answered", answered.len());
            for (ticket, is_ended) in answered {
                let call = store.call(&ticket.call).await.unwrap();
                let call = call.unwrap_or_else(|| panic!("{} is lost", ticket.call));
                if is_ended {
                    let expected = RecordedOutcome::from(OutcomeKind::Approved);
                    assert_eq!(call.view.outcome, Some(expected));
                }
            }
            check_chain(&store).await;
        }
    });
}

/// Every fact, held to the chain; and how many there are.
pub(crate) async fn check_chain(store: &dyn Store) -> u64 {
    let mut check = ums_journal::ChainCheck::new();
    loop {
        let (last, _) = check.head();
        let facts = store.facts(last, 1000).await.unwrap();
        if facts.is_empty() {
            break;
        }
        for fact in &facts {
            check.take(fact).unwrap();
        }
    }
    let head = store.head().await.unwrap();
    assert_eq!(check.head(), (head.facts, &head.chain));
    head.facts
}

#[test]
fn a_standby_is_refused_and_when_it_takes_over_a_person_must_say_so() {
    let Some(cluster) = Cluster::start("wal_level = replica\nmax_wal_senders = 4") else {
        return;
    };
    runtime().block_on(async {
        let store = cluster.open("journal").await;
        begun(&store, "0").await;
        let standby = cluster.standby();
        let found = not_opened(&standby.options("journal")).await;
        assert!(matches!(found, PostgresOpenError::Standby), "{found:?}");
        drop(store);
        // The standby takes over under the address of the primary, as an address that moves does.
        cluster.down("fast");
        standby.promote();
        let found = not_opened(&standby.options("journal")).await;
        assert!(
            matches!(found, PostgresOpenError::OtherSystem { .. }),
            "{found:?}"
        );
        assert_eq!(found.kind(), StoreErrorKind::OtherMachine);
        let options = standby.options("journal").with_other_system_accepted();
        let store = PostgresStore::open(&options).await.unwrap();
        begun(&store, "1").await;
        // The word is kept.
        drop(store);
        begun(&standby.open("journal").await, "2").await;
    });
}

#[test]
fn another_server_under_the_same_address_gets_no_money() {
    let (Some(one), Some(other)) = (Cluster::start(""), Cluster::start("")) else {
        return;
    };
    runtime().block_on(async {
        let proxy = crate::cut::Proxy::start(&one.socket()).await;
        let options = options_of(&proxy.url(), "journal");
        let options = options.with_patience(Duration::from_secs(2));
        let store = PostgresStore::open(&options).await.unwrap();
        begun(&store, "0").await;
        // The same tables in another cluster, as a restored dump has them.
        drop(other.open("journal").await);
        let (id, key) = (
            one.sql("SELECT id FROM journal.journal"),
            one.sql("SELECT key FROM journal.journal"),
        );
        other.sql(&format!(
            "UPDATE journal.journal SET id = '{id}', key = '{key}'"
        ));
        proxy.lead_to(&other.socket());
        assert_eq!(refused(&store, "1").await, StoreErrorKind::OtherMachine);
        let facts = other.sql("SELECT count(*) FROM journal.facts");
        assert_eq!(facts, "0");
    });
}

#[test]
fn another_machine_is_spoken_to_in_tls_and_its_certificate_is_verified() {
    let Some(cluster) = Cluster::start("") else {
        return;
    };
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.certificate();
    cluster.down("fast");
    cluster.write("data/server.crt", &certificate);
    cluster.write("data/server.key", &key);
    let port = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    cluster.set(&format!(
        "ssl = on\nlisten_addresses = '127.0.0.1'\nport = {port}"
    ));
    cluster.up();
    let options = |name: &str, roots: &Authority| {
        let url = format!("postgres://shop@{name}:{port}/postgres?sslmode=verify-full");
        let options = options_of(&url, "journal").with_roots(roots.pem.as_bytes());
        options.unwrap().with_patience(Duration::from_secs(2))
    };
    runtime().block_on(async {
        let options_of_it = options("localhost", &authority);
        let store = PostgresStore::open(&options_of_it).await.unwrap();
        begun(&store, "0").await;
        let found = not_opened(&options("localhost", &other)).await;
        assert!(found.to_string().contains("certificate"), "{found}");
        // The certificate is another name's.
        let found = not_opened(&options("127.0.0.1", &authority)).await;
        assert!(found.to_string().contains("certificate"), "{found}");
    });
    assert!(
        PostgresOptions::from_url("postgres://shop@localhost/postgres")
            .unwrap()
            .with_roots(b"no certificate")
            .is_err()
    );
}

/// An authority that the tests make.
struct Authority {
    issuer: rcgen::Issuer<'static, rcgen::KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = rcgen::CertificateParams::default();
        params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        let issuer = rcgen::Issuer::new(params, key);
        Self { issuer, pem }
    }

    /// A certificate of `localhost`, and its key.
    fn certificate(&self) -> (String, String) {
        let key = rcgen::KeyPair::generate().unwrap();
        let params = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        (certificate.pem(), key.serialize_pem())
    }
}

#[test]
fn a_url_shows_no_password_and_leads_nowhere_in_plain() {
    let refused = |url: &str| PostgresOptions::from_url(url).unwrap_err();
    let secret = refused("postgres://shop:made-up-secret@db.example/money");
    assert_eq!(secret, InvalidUrl::Password);
    let secret = refused("postgres://shop@db.example/money?password=made-up-secret");
    assert!(!format!("{secret} {secret:?}").contains("made-up-secret"));
    assert_eq!(
        refused("postgres://shop@db.example/money?sslmode=disable"),
        InvalidUrl::Plain
    );
    assert_eq!(
        refused("postgres://shop@db.example/money?sslmode=prefer"),
        InvalidUrl::Plain
    );
    assert_eq!(
        refused("postgres://shop@localhost,db.example/money?sslmode=disable"),
        InvalidUrl::Plain
    );
    assert_eq!(
        refused("postgres://shop@localhost/money?hostaddr=192.0.2.1&sslmode=disable"),
        InvalidUrl::Plain
    );
    assert_eq!(refused("db.example"), InvalidUrl::NoUrl);
    let options = PostgresOptions::from_url("postgres://shop@db.example/money").unwrap();
    let options = options.with_password("made-up-secret");
    assert!(!format!("{options:?}").contains("made-up-secret"));
    assert!(options.clone().with_schema("a\"b").is_err());
    assert!(options.with_schema("journal_2").is_ok());
}
