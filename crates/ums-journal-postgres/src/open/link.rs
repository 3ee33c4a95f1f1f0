//! A connection that is made again when it is cut, for as long as somebody can wait.

use std::time::Duration;

use tokio::time::{Instant, sleep};
use ums_journal::StoreErrorKind;

use crate::failure::Failure;
use crate::open::connection::{Connection, Target, in_time};
use crate::open::server::{Expected, HeadRow, Server};

/// A connection to the server that was opened, or to none.
pub(crate) struct Link {
    target: Target,
    expected: Expected,
    connection: Option<Connection>,
}

impl Link {
    pub(crate) fn new(target: Target, expected: Expected) -> Self {
        Self {
            target,
            expected,
            connection: None,
        }
    }

    /// The connection, made if there is none that stands, for so long as it takes until then.
    pub(crate) async fn get(&mut self, until: Instant) -> Result<&Connection, Failure> {
        let mut pause = Duration::from_millis(20);
        loop {
            let standing = self.connection.take();
            let standing = standing.filter(|connection| !connection.client.is_closed());
            let failure = match standing {
                Some(connection) => return Ok(self.connection.insert(connection)),
                None => match self.connect().await {
                    Ok(connection) => return Ok(self.connection.insert(connection)),
                    Err(failure) => failure,
                },
            };
            let may_pass = matches!(
                failure.kind,
                StoreErrorKind::Unavailable | StoreErrorKind::TimedOut
            );
            if !may_pass || Instant::now() + pause >= until {
                return Err(failure);
            }
            sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        let connection = Connection::open(&self.target).await?;
        let client = &connection.client;
        let check = async {
            let (server, head) = tokio::join!(
                biased;
                Server::read(client, &self.target),
                HeadRow::read(client, &self.target)
            );
            server?.check_connection(&self.expected)?;
            head?.check(&self.expected.journal)
        };
        in_time(self.target.patience, check).await?;
        Ok(connection)
    }

    /// Whatever is on its way on the connection is not wanted any more.
    pub(crate) fn cut(&mut self) {
        self.connection = None;
    }
}
