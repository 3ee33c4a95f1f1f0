//! The tables of a journal, and the way from each older schema to the newest.

use tokio_postgres::Client;
use tokio_postgres::types::Type;
use ums_journal::{ChainHash, JournalId, JournalKey};
use zeroize::Zeroizing;

use crate::failure::Failure;
use crate::open::connection::{Connection, Target, in_time};
use crate::open::error::PostgresOpenError;
use crate::open::options::PostgresOptions;
use crate::open::server::{Expected, Server, System, bytes_of, other_system};

/// The newest schema.
pub(crate) const NEWEST: i32 = 1;

/// What brings a journal from the schema before to the next one, the first from nothing.
const MIGRATIONS: [&str; 1] = [include_str!("schema/1.sql")];

/// The journal, once everything is as it must be: found, brought to the newest schema, or made.
pub(crate) async fn prepare(
    target: &Target,
    options: &PostgresOptions,
) -> Result<(Expected, JournalKey), PostgresOpenError> {
    let connection = Connection::open(target).await?;
    let client = &connection.client;
    let patience = target.patience;
    // Outside a transaction first: a standby has none that writes.
    let server = in_time(patience, Server::read(client, target)).await?;
    server.check(options.needs_standby, false)?;
    let begin = format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; \
         SET LOCAL synchronous_commit = on; SET LOCAL lock_timeout = '{0}ms'; \
         SET LOCAL client_min_messages = warning; \
         SELECT pg_advisory_xact_lock(hashtextextended('ums-journal {1}', 0))",
        patience.as_millis(),
        options.schema
    );
    in_time(patience, async { Ok(client.batch_execute(&begin).await?) }).await?;
    let server = in_time(patience, Server::read(client, target)).await?;
    server.check(options.needs_standby, true)?;
    let found = in_time(patience, contents(client, target, options)).await?;
    let version = match found {
        Contents::Foreign => {
            let schema = options.schema.clone();
            return Err(PostgresOpenError::Foreign { schema });
        }
        Contents::Nothing { .. } if !options.is_made => {
            let schema = options.schema.clone();
            return Err(PostgresOpenError::Missing { schema });
        }
        Contents::Journal { version } if version > NEWEST => {
            return Err(PostgresOpenError::NewerSchema {
                found: version,
                known: NEWEST,
            });
        }
        Contents::Nothing { has_schema } => {
            if !has_schema {
                let text = target.sql("CREATE SCHEMA {schema}");
                in_time(patience, async { Ok(client.batch_execute(&text).await?) }).await?;
            }
            0
        }
        Contents::Journal { version } => version,
    };
    let missing = usize::try_from(version).unwrap_or_default();
    for migration in MIGRATIONS.iter().skip(missing) {
        let text = target.sql(migration);
        in_time(patience, async { Ok(client.batch_execute(&text).await?) }).await?;
    }
    if version == 0 {
        in_time(patience, make(client, target, &server.system)).await??;
    } else if version < NEWEST {
        let text = target.sql(&format!("UPDATE {{schema}}.journal SET version = {NEWEST}"));
        in_time(patience, async { Ok(client.batch_execute(&text).await?) }).await?;
    }
    let opened = in_time(patience, identity(client, target, options, &server)).await??;
    let commit = async { Ok(client.batch_execute("COMMIT").await?) };
    in_time(patience, commit).await?;
    Ok(opened)
}

/// What a schema holds.
enum Contents {
    Nothing { has_schema: bool },
    Journal { version: i32 },
    Foreign,
}

async fn contents(
    client: &Client,
    target: &Target,
    options: &PostgresOptions,
) -> Result<Contents, Failure> {
    let query = "SELECT to_regnamespace($1) IS NOT NULL, count(c.oid), \
        coalesce(bool_or(c.relname = 'journal' AND EXISTS (SELECT FROM pg_attribute a \
        WHERE a.attrelid = c.oid AND a.attname = 'what')), false), \
        coalesce(bool_or(c.relkind = 'r' AND c.relpersistence <> 'p'), false) \
        FROM pg_class c WHERE c.relnamespace = to_regnamespace($1)";
    let row = client
        .query_typed_one(query, &[(&options.schema, Type::TEXT)])
        .await?;
    let (has_schema, tables): (bool, i64) = (row.try_get(0)?, row.try_get(1)?);
    let (is_journal, is_unlogged): (bool, bool) = (row.try_get(2)?, row.try_get(3)?);
    if tables == 0 {
        return Ok(Contents::Nothing { has_schema });
    }
    if !is_journal {
        return Ok(Contents::Foreign);
    }
    if is_unlogged {
        return Err(PostgresOpenError::NotDurable {
            setting: "persistence of a table",
            found: "unlogged".to_owned(),
        }
        .into());
    }
    let query = target.sql("SELECT what, version FROM {schema}.journal");
    let row = client.query_typed_one(&query, &[]).await?;
    let (what, version): (String, i32) = (row.try_get(0)?, row.try_get(1)?);
    Ok(if what == "ums-journal" {
        Contents::Journal { version }
    } else {
        Contents::Foreign
    })
}

/// Makes the one row of a new journal.
async fn make(
    client: &Client,
    target: &Target,
    system: &System,
) -> Result<Result<(), PostgresOpenError>, Failure> {
    let (journal, key) = match new_journal() {
        Ok(new) => new,
        Err(error) => return Ok(Err(error)),
    };
    let text = target.sql(
        "INSERT INTO {schema}.journal (one, what, version, id, key, system, timeline) \
         VALUES (true, 'ums-journal', $1, $2, $3, $4, $5)",
    );
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 5] = [
        (&NEWEST, Type::INT4),
        (&journal, Type::TEXT),
        (&key.as_slice(), Type::BYTEA),
        (&system.id, Type::TEXT),
        (&system.timeline, Type::TEXT),
    ];
    client.query_typed(&text, &values).await?;
    let text = target.sql(
        "INSERT INTO {schema}.head (one, facts, chain, places, commits) VALUES (true, 0, $1, 0, 0)",
    );
    let nothing = bytes_of(&ChainHash::of_nothing());
    client
        .query_typed(&text, &[(&nothing.as_slice(), Type::BYTEA)])
        .await?;
    Ok(Ok(()))
}

fn new_journal() -> Result<(String, Zeroizing<[u8; 32]>), PostgresOpenError> {
    let random = |bytes: &mut [u8]| {
        getrandom::getrandom(bytes).map_err(|error| PostgresOpenError::System {
            source: std::io::Error::other(error),
        })
    };
    let mut id = [0; 16];
    random(&mut id)?;
    let mut key = Zeroizing::new([0; 32]);
    random(key.as_mut_slice())?;
    Ok((base16ct::lower::encode_string(&id), key))
}

/// Which journal it is, and whether it is where it was last written.
async fn identity(
    client: &Client,
    target: &Target,
    options: &PostgresOptions,
    server: &Server,
) -> Result<Result<(Expected, JournalKey), PostgresOpenError>, Failure> {
    let query = target.sql("SELECT id, key, system, timeline FROM {schema}.journal");
    let row = client.query_typed_one(&query, &[]).await?;
    let last = System {
        id: row.try_get(2)?,
        timeline: row.try_get(3)?,
    };
    if last != server.system {
        if !options.is_other_system {
            return Ok(Err(other_system(&last, &server.system)));
        }
        let text = target.sql("UPDATE {schema}.journal SET system = $1, timeline = $2");
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] = [
            (&server.system.id, Type::TEXT),
            (&server.system.timeline, Type::TEXT),
        ];
        client.query_typed(&text, &values).await?;
    }
    let Ok(journal) = JournalId::new(row.try_get::<_, String>(0)?) else {
        let what = "it has no id";
        return Ok(Err(PostgresOpenError::Damaged { what }));
    };
    let Ok(key) = <[u8; 32]>::try_from(row.try_get::<_, &[u8]>(1)?) else {
        let what = "it has no key";
        return Ok(Err(PostgresOpenError::Damaged { what }));
    };
    let expected = Expected {
        system: server.system.clone(),
        journal,
        needs_standby: options.needs_standby,
    };
    Ok(Ok((expected, JournalKey::new(key))))
}
