//! A process that makes one durable call, or finds out what became of those in a journal. It is
//! started to be killed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use ums_client::Client;
use ums_client::auth::{AppId, AppKey};
use ums_durable::journal::{Key, Store};
use ums_durable::{Durable, Settings};
use ums_simulator::Simulator;

use super::gateway::{LATE_WINDOW, LEASE, SEND_WINDOW, TIMEOUT, What};
use super::link::TrapLinks;
use super::place::Place;
use super::step::{Deed, Step, Trap};
use super::store::TrapStore;
use crate::history::in_words;

/// What a process is to do.
#[derive(Debug)]
#[non_exhaustive]
pub struct Orders {
    /// Where the journal is.
    pub journal: Place,
    /// Where the gateway listens.
    pub gateway: SocketAddr,
    /// The operation, the order and the key that it submits.
    pub submit: Option<(String, String, String)>,
    /// How long it finds out what became of open calls.
    pub resolve: Duration,
    /// What happens to it, and where.
    pub trap: Option<(Step, Deed)>,
}

impl Orders {
    /// A process that submits nothing.
    pub fn new(journal: Place, gateway: SocketAddr) -> Self {
        Self {
            journal,
            gateway,
            submit: None,
            resolve: Duration::ZERO,
            trap: None,
        }
    }
}

/// Does it. Each line that `tell` gets is of what is certain by then.
///
/// # Errors
///
/// In words, when it cannot be done.
pub fn run(orders: &Orders, tell: &dyn Fn(&str)) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(in_words)?;
    runtime.block_on(run_orders(orders, tell))
}

async fn run_orders(orders: &Orders, tell: &dyn Fn(&str)) -> Result<(), String> {
    let trap = Arc::new(Trap::new(orders.trap));
    let store = TrapStore {
        store: orders.journal.open().await?,
        trap: Arc::clone(&trap),
    };
    let durable = durable(orders, store, &trap).await?;
    tell("ready");
    if let Some((operation, order, key)) = &orders.submit {
        let what: What = operation.parse()?;
        let key = Key::new(key).map_err(in_words)?;
        match durable.submit(key, what.request(order)?).await {
            Ok(answer) => {
                let outcome = answer
                    .outcome()
                    .map_or("running", |outcome| outcome.as_str());
                tell(&format!(
                    "told {outcome} {} {}",
                    answer.call, answer.recorded
                ));
            }
            Err(error) => tell(&format!("refused {}", in_words(error))),
        }
    }
    if !orders.resolve.is_zero() {
        // A call may still be held by a process that has died a moment ago.
        let until = tokio::time::Instant::now() + orders.resolve;
        while tokio::time::Instant::now() < until {
            let recovered = durable.recover().await;
            let open = durable.resolve_open(Duration::from_millis(500)).await;
            if let (Ok(_), Ok(_)) = (&recovered, &open)
                && open_calls(&durable).await? == 0
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        tell(&format!("open {}", open_calls(&durable).await?));
    }
    durable.close(Duration::from_secs(5)).await;
    Ok(())
}

async fn open_calls(durable: &Durable) -> Result<usize, String> {
    use ums_durable::journal::{Filter, ListOrder};

    let open = Filter::open();
    let found = durable.calls(&open, ListOrder::OldestFirst, None, 1000);
    Ok(found.await.map_err(in_words)?.calls.len())
}

async fn durable(orders: &Orders, store: impl Store, trap: &Arc<Trap>) -> Result<Durable, String> {
    let url = format!("http://{}", orders.gateway);
    let url: ums_client::transport::BaseUrl = url.parse().map_err(in_words)?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).map_err(in_words)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).map_err(in_words)?;
    let mut client = Client::builder(url, app_id, &app_key).timeout(TIMEOUT);
    if trap.is_on_the_wire() {
        client = client.connector(TrapLinks {
            gateway: orders.gateway,
            trap: Arc::clone(trap),
        });
    }
    let client = client.build().map_err(in_words)?;
    let settings = Settings::new()
        .lease(LEASE)
        .send_window(SEND_WINDOW)
        .late_window(LATE_WINDOW)
        .pace(Duration::from_millis(200), Duration::from_secs(1))
        .question_limit(Duration::from_secs(1))
        .questions_per_second(1000);
    let built = Durable::builder(client, store).settings(settings).build();
    built.await.map_err(in_words)
}
