//! Connections to the server, each with bounded waits.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::config::{SslMode, TargetSessionAttrs};
use tokio_postgres::error::Severity;
use tokio_postgres::{AsyncMessage, Client, Config};
use ums_journal::{Stamp, StoreClock};

use crate::failure::Failure;
use crate::open::error::PostgresOpenError;
use crate::open::options::PostgresOptions;
use crate::open::password::with_password;
use crate::open::tls::Connector;

/// Where connections go.
#[derive(Clone)]
pub(crate) struct Target {
    config: Config,
    connector: Connector,
    /// The schema, as it stands in a statement.
    pub(crate) schema: String,
    pub(crate) patience: Duration,
    clock: Option<Arc<dyn StoreClock>>,
}

impl Target {
    pub(crate) fn new(options: &PostgresOptions) -> Result<Self, PostgresOpenError> {
        let mut config = with_password(options)?;
        config.connect_timeout(options.patience);
        config.tcp_user_timeout(options.patience);
        if config.get_hosts().len() < 2 {
            // Of one server it is said in words of this crate why it will not do.
            config.target_session_attrs(TargetSessionAttrs::Any);
        }
        let is_used = config.get_ssl_mode() != SslMode::Disable;
        let connector = options.roots.connector(is_used);
        let connector = connector.map_err(|error| PostgresOpenError::System {
            source: io::Error::other(error),
        })?;
        Ok(Self {
            config,
            connector,
            schema: format!("\"{}\"", options.schema),
            patience: options.patience,
            clock: options.clock.clone(),
        })
    }

    /// A statement about this schema.
    pub(crate) fn sql(&self, text: &str) -> String {
        text.replace("{schema}", &self.schema)
    }

    /// The server's time in milliseconds, as it stands in a statement.
    pub(crate) fn now_sql(&self) -> String {
        match &self.clock {
            Some(clock) => format!("{}::bigint", clock.now().at.timestamp_millis()),
            None => "floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint".to_owned(),
        }
    }

    /// The same of the clock that leases are counted by, and whose clock it is.
    pub(crate) fn ticks_sql(&self, system: &str) -> (String, String, String) {
        match &self.clock {
            Some(clock) => {
                let now = clock.now();
                (format!("{}::bigint", now.ticks), now.machine, now.boot)
            }
            None => (self.now_sql(), system.to_owned(), String::new()),
        }
    }

    /// The store's time, when the server's is so many milliseconds.
    pub(crate) fn stamp(&self, system: &str, now_ms: i64) -> Stamp {
        if let Some(clock) = &self.clock {
            return clock.now();
        }
        let ticks = Duration::from_millis(u64::try_from(now_ms).unwrap_or_default());
        let at = chrono::DateTime::from_timestamp_millis(now_ms).unwrap_or_default();
        // The server's clock is the same after a start of its machine.
        Stamp::new(system, "", ticks, at)
    }
}

/// A connection that stands.
pub(crate) struct Connection {
    pub(crate) client: Client,
    warnings: Rc<Cell<u64>>,
    driver: JoinHandle<()>,
}

impl Connection {
    pub(crate) async fn open(target: &Target) -> Result<Self, Failure> {
        let connecting = target.config.connect(target.connector.clone());
        let connected = tokio::time::timeout(target.patience, connecting).await;
        let (client, mut connection) = connected.map_err(|_| Failure::timed_out())??;
        let warnings = Rc::new(Cell::new(0));
        let heard = Rc::clone(&warnings);
        let driver = tokio::task::spawn_local(async move {
            loop {
                match poll_fn(|context| connection.poll_message(context)).await {
                    Some(Ok(AsyncMessage::Notice(notice)))
                        if notice.parsed_severity() == Some(Severity::Warning) =>
                    {
                        heard.set(heard.get() + 1);
                    }
                    Some(Ok(_)) => {}
                    // Whoever waits for an answer hears of it.
                    Some(Err(_)) | None => return,
                }
            }
        });
        Ok(Self {
            client,
            warnings,
            driver,
        })
    }

    /// How often the server has warned. It says in a warning that a commit took place here only,
    /// and on no standby, or that there was none to make.
    pub(crate) fn warnings(&self) -> u64 {
        self.warnings.get()
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // Its socket closes with it, and the server ends what it has not committed.
        self.driver.abort();
    }
}

/// An answer in time, or none.
pub(crate) async fn in_time<T>(
    patience: Duration,
    answer: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(patience, answer).await {
        Ok(answered) => answered,
        Err(_) => Err(Failure::timed_out()),
    }
}
