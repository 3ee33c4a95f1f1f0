//! What the parts of one process share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use ums_client::Client;
use ums_journal::{Head, JournalKey, KeyScope, Store, StoreError};

use crate::process::amnesia::JournalMemory;
use crate::process::days::TradingDays;
use crate::process::ids::Ids;
use crate::process::rate::Rate;
use crate::process::sent::Sent;
use crate::process::settings::Settings;
use crate::process::tasks::Tasks;
use crate::running::Running;

/// What the parts of one process share.
pub(crate) struct Shared {
    pub(crate) client: Client,
    /// Those that ask about calls of other gateways or AppIds.
    pub(crate) others: Vec<Client>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) key: JournalKey,
    /// Those of other journals whose calls are in this one.
    pub(crate) other_keys: Vec<JournalKey>,
    pub(crate) ids: Ids,
    pub(crate) settings: Settings,
    pub(crate) profile: Option<String>,
    pub(crate) live: bool,
    pub(crate) memory: JournalMemory,
    pub(crate) running: Running,
    /// The nonces of attempts that were let go to be sent, until their end is written down.
    pub(crate) sent: Sent,
    pub(crate) rate: Rate,
    pub(crate) tasks: Tasks,
    /// How many calls are held by asking about them.
    pub(crate) held: AtomicUsize,
    /// A call has become unknown.
    pub(crate) unknown: Notify,
    pub(crate) closing: AtomicBool,
}

impl Shared {
    /// Whom the keys of a merchant belong to.
    pub(crate) fn scope(&self, merchant: &str) -> KeyScope {
        scope_of(&self.client, merchant)
    }

    /// The client that can ask about calls of this scope.
    pub(crate) fn client_for(&self, scope: &KeyScope) -> Option<&Client> {
        let clients = std::iter::once(&self.client).chain(&self.others);
        clients
            .into_iter()
            .find(|client| scope_of(client, &scope.merchant) == *scope)
    }

    pub(crate) fn days(&self) -> TradingDays {
        TradingDays {
            ends: self.settings.day_ends,
            alarm_from: self.settings.alarm_from,
        }
    }

    /// The journal's head, of which is taken note.
    pub(crate) async fn head(&self) -> Result<Head, StoreError> {
        let head = self.store.head().await?;
        self.memory.saw(&head);
        Ok(head)
    }

    /// Has the witness remember how far the journal is.
    pub(crate) async fn keep_witness(&self) {
        let kept = match self.head().await {
            Ok(head) if self.memory.check().is_ok() => self.memory.keep(&head).await,
            Ok(_) => Ok(()),
            Err(error) => {
                tracing::warn!(%error, "the journal's head cannot be read");
                Ok(())
            }
        };
        if let Err(error) = kept {
            tracing::warn!(%error, "the witness of the journal was not renewed");
        }
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Says that this process lives, for as long as it has calls.
    pub(crate) async fn beat(shared: std::sync::Weak<Self>) {
        loop {
            let Some(every) = shared.upgrade().map(|shared| shared.settings.lease / 3) else {
                return;
            };
            tokio::time::sleep(every.max(Duration::from_millis(10))).await;
            let Some(shared) = shared.upgrade() else {
                return;
            };
            if shared.running.is_empty() && shared.held.load(Ordering::Acquire) == 0 {
                continue;
            }
            let owner = shared.ids.owner();
            let beat = shared.store.heartbeat(owner, shared.settings.lease);
            match tokio::time::timeout(every.max(Duration::from_secs(1)), beat).await {
                Ok(Ok(false)) => shared.keep_witness().await,
                Ok(Ok(true)) => {
                    tracing::warn!(
                        "the lease had ended: calls of this process may be in other hands"
                    );
                }
                Ok(Err(error)) => tracing::warn!(%error, "the lease was not renewed"),
                Err(_) => tracing::warn!("the journal did not answer in time to renew the lease"),
            }
        }
    }
}

fn scope_of(client: &Client, merchant: &str) -> KeyScope {
    let app_id = client.app_id();
    KeyScope::new(client.base_url().to_string(), app_id.as_str(), merchant)
}

/// The moment that lies so long after now, or so far away that it never comes.
pub(crate) fn in_so_long(time: Duration) -> Instant {
    const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(time.min(LONGEST)).unwrap_or(now)
}
