//! Which server it is, and whether it keeps its word.

use tokio_postgres::{Client, Row};
use ums_journal::{ChainHash, JournalId, StoreErrorKind};

use crate::failure::Failure;
use crate::open::connection::Target;
use crate::open::error::PostgresOpenError;
use crate::open::schema::NEWEST;

const OLDEST: i32 = 150_000;

/// A database cluster, and the line of its history that it is on: both change when a copy takes its
/// place, the second one when a standby or a backup does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct System {
    pub(crate) id: String,
    pub(crate) timeline: String,
}

/// What must be true of each transaction that writes.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) system: System,
    pub(crate) journal: JournalId,
    pub(crate) needs_standby: bool,
}

/// What a server says of itself.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) system: System,
    is_standby: bool,
    version: i32,
    settings: Vec<(&'static str, String)>,
    /// Its time in milliseconds.
    pub(crate) now_ms: i64,
}

const SETTINGS: [&str; 7] = [
    "fsync",
    "full_page_writes",
    "server_encoding",
    "synchronous_commit",
    "synchronous_standby_names",
    "transaction_read_only",
    "zero_damaged_pages",
];

impl Server {
    /// Reads it, after what was asked before on the same connection.
    pub(crate) async fn read(client: &Client, target: &Target) -> Result<Self, Failure> {
        let settings = SETTINGS.map(|name| format!("current_setting('{name}')"));
        let query = format!(
            "SELECT system_identifier::text, pg_is_in_recovery(), \
             CASE WHEN pg_is_in_recovery() THEN '' \
             ELSE left(pg_walfile_name(pg_current_wal_insert_lsn()), 8) END, \
             current_setting('server_version_num')::integer, {}, {} FROM pg_control_system()",
            target.now_sql(),
            settings.join(", ")
        );
        let row = client.query_typed_one(&query, &[]).await?;
        let mut settings = Vec::with_capacity(SETTINGS.len());
        for (index, name) in SETTINGS.into_iter().enumerate() {
            settings.push((name, row.try_get(5 + index)?));
        }
        Ok(Self {
            system: System {
                id: row.try_get(0)?,
                timeline: row.try_get(2)?,
            },
            is_standby: row.try_get(1)?,
            version: row.try_get(3)?,
            settings,
            now_ms: row.try_get(4)?,
        })
    }

    /// Whether money may rest on it. `is_writing` says whether it was asked in a transaction that
    /// writes, where more must be as it should.
    pub(crate) fn check(
        &self,
        needs_standby: bool,
        is_writing: bool,
    ) -> Result<(), PostgresOpenError> {
        if self.version < OLDEST {
            let found = self.version / 10_000;
            return Err(PostgresOpenError::OldServer { found });
        }
        if self.is_standby {
            return Err(PostgresOpenError::Standby);
        }
        for (setting, found) in &self.settings {
            let is_good = match *setting {
                "server_encoding" => found == "UTF8",
                "synchronous_commit" => !is_writing || found == "on",
                "synchronous_standby_names" => !needs_standby || !found.is_empty(),
                "transaction_read_only" => !is_writing || found == "off",
                "zero_damaged_pages" => found == "off",
                _ => found == "on",
            };
            if !is_good {
                return Err(PostgresOpenError::NotDurable {
                    setting,
                    found: found.clone(),
                });
            }
        }
        Ok(())
    }

    /// Whether a new connection leads to the server that was opened, as good as it was then.
    pub(crate) fn check_connection(&self, expected: &Expected) -> Result<(), Failure> {
        self.check_again(expected, false)
    }

    /// The same in a transaction that writes.
    pub(crate) fn check_transaction(&self, expected: &Expected) -> Result<(), Failure> {
        self.check_again(expected, true)
    }

    fn check_again(&self, expected: &Expected, is_writing: bool) -> Result<(), Failure> {
        self.check(expected.needs_standby, is_writing)?;
        if self.system != expected.system {
            return Err(other_system(&expected.system, &self.system).into());
        }
        Ok(())
    }
}

pub(crate) fn other_system(expected: &System, found: &System) -> PostgresOpenError {
    let words = |system: &System| format!("{}/{}", system.id, system.timeline);
    PostgresOpenError::OtherSystem {
        expected: words(expected),
        found: words(found),
    }
}

/// How far a journal is.
#[derive(Clone, Debug)]
pub(crate) struct HeadRow {
    pub(crate) facts: i64,
    pub(crate) chain: ChainHash,
    /// How often anything was written.
    pub(crate) commits: i64,
    /// How many places of orders there are.
    pub(crate) places: i64,
    journal: String,
    version: i32,
}

impl HeadRow {
    pub(crate) async fn read(client: &Client, target: &Target) -> Result<Self, Failure> {
        let query = target
            .sql("SELECT facts, chain, id, version, commits, places FROM {schema}.head, {schema}.journal");
        let row = client.query_typed_one(&query, &[]).await?;
        Ok(Self {
            facts: row.try_get(0)?,
            chain: hash(&row, 1)?,
            journal: row.try_get(2)?,
            version: row.try_get(3)?,
            commits: row.try_get(4)?,
            places: row.try_get(5)?,
        })
    }

    pub(crate) fn check(&self, journal: &JournalId) -> Result<(), Failure> {
        if self.journal != journal.as_str() {
            return Err(Failure::new(
                StoreErrorKind::Foreign,
                "another journal is in the place of the one that was opened",
            ));
        }
        if self.version != NEWEST {
            return Err(PostgresOpenError::NewerSchema {
                found: self.version,
                known: NEWEST,
            }
            .into());
        }
        Ok(())
    }
}

pub(crate) fn hash(row: &Row, column: usize) -> Result<ChainHash, Failure> {
    let bytes: &[u8] = row.try_get(column)?;
    let hash = ChainHash::from_text(&base16ct::lower::encode_string(bytes));
    hash.ok_or_else(|| Failure::new(StoreErrorKind::Damaged, "a hash is none"))
}

/// A hash as it is kept.
pub(crate) fn bytes_of(hash: &ChainHash) -> [u8; 32] {
    let mut bytes = [0; 32];
    // A hash has 64 hexadecimal digits.
    let _ = base16ct::lower::decode(hash.as_str(), &mut bytes);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(change: impl FnOnce(&mut Server)) -> Result<(), PostgresOpenError> {
        let good = ["on", "on", "UTF8", "on", "", "off", "off"];
        let mut server = Server {
            system: System {
                id: "7".to_owned(),
                timeline: "00000001".to_owned(),
            },
            is_standby: false,
            version: 150_018,
            settings: SETTINGS.into_iter().zip(good.map(str::to_owned)).collect(),
            now_ms: 0,
        };
        change(&mut server);
        server.check(false, true)
    }

    #[test]
    fn each_setting_that_loses_what_was_answered_is_refused() {
        assert!(server(|_| {}).is_ok());
        for (setting, value) in [
            ("fsync", "off"),
            ("full_page_writes", "off"),
            ("server_encoding", "SQL_ASCII"),
            ("synchronous_commit", "off"),
            ("synchronous_commit", "local"),
            ("transaction_read_only", "on"),
            ("zero_damaged_pages", "on"),
        ] {
            let refused = server(|server| {
                for (name, found) in &mut server.settings {
                    if *name == setting {
                        value.clone_into(found);
                    }
                }
            });
            let is_named = matches!(refused, Err(PostgresOpenError::NotDurable { setting: named, .. }) if named == setting);
            assert!(is_named, "{setting} = {value}");
        }
    }

    #[test]
    fn an_old_server_and_a_standby_are_refused() {
        let old = server(|server| server.version = 140_012);
        assert!(matches!(
            old,
            Err(PostgresOpenError::OldServer { found: 14 })
        ));
        let standby = server(|server| server.is_standby = true);
        assert!(matches!(standby, Err(PostgresOpenError::Standby)));
    }

    #[test]
    fn a_server_without_a_standby_is_refused_where_one_is_wanted() {
        let mut found = None;
        let _ = server(|server| found = Some(server.clone()));
        let server = found.unwrap();
        assert!(server.check(true, false).is_err());
    }

    #[test]
    fn a_hash_is_kept_and_read_back() {
        let hash = ChainHash::of_nothing();
        let kept = base16ct::lower::encode_string(&bytes_of(&hash));
        assert_eq!(kept, hash.as_str());
    }
}
