//! `ums serve --demo`: a simulator inside, a journal in memory, and a token that is told.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;
use ums_client::auth::{AppId, AppKey};
use ums_client::{Client, Clock, NonceSource, RandomNonces, SystemClock};
use ums_durable::journal::{JournalId, JournalKey, MemoryStore, Stamp, Store, StoreClock};
use ums_server::{NewGrant, Role, ServedProfile, Server, TokenFile};
use ums_simulator::{Order, Simulator};

use super::ServeArgs;
use super::told::token_failure;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::print::output::talk;

/// Paid orders of the simulator.
const ORDERS: [&str; 3] = [
    "20230718110248029165883554",
    "20230718110248029165883555",
    "20230718110248029165883556",
];

pub(super) async fn serve(args: &ServeArgs, context: &Context<'_>) -> Result<Exit, Failure> {
    let mut simulator = Simulator::builder();
    for order in ORDERS {
        simulator = simulator.order(Order::paid(order).amount(100));
    }
    let simulator = simulator.start().await.or_fail(FailureKind::System)?;
    let credentials = FailureKind::Credentials;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).or_fail(credentials)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).or_fail(credentials)?;
    let url: ums_client::transport::BaseUrl =
        simulator.url().parse().or_fail(FailureKind::System)?;
    let client = Client::new(url, app_id, &app_key).or_fail(FailureKind::System)?;
    let now = client.time();

    let directory = OwnDirectory::make()?;
    let tokens = TokenFile::new(directory.0.join("tokens.json"));
    let everything = NewGrant::new("demo", Role::ALL.iter().copied());
    let token = tokens.add(everything, now);
    let token = token.map_err(|error| token_failure(&error))?;

    let profile = ServedProfile::new("demo", client)
        .merchant(Simulator::DEMO_MERCHANT_CODE)
        .terminal(Simulator::DEMO_TERMINAL_CODE)
        .live(false);
    let server = Server::builder(journal()?, tokens)
        .profile(profile)
        .one_person();
    let ended = args.serve(server, context, |serving| {
        let url = serving.url();
        let (token, order) = (token.reveal(), ORDERS[0]);
        talk(context.say(
            "A simulator behind it, a journal in memory: nothing is left when it ends. Try:",
            "其后为模拟网关，交易流水只在内存中，结束后不留任何数据。可以试试：",
        ));
        talk(format_args!(
            "  curl -i {url}/v1/operations/void_payment -H 'Authorization: Bearer {token}' \
             -H 'Content-Type: application/json' -H 'Idempotency-Key: demo-1' \
             -d '{{\"request\": {{\"originalOrderId\": \"{order}\"}}}}'"
        ));
        talk(context.say("Ctrl-C ends it.", "按 Ctrl-C 结束。"));
    });
    let exit = ended.await?;
    simulator.shutdown().await;
    Ok(exit)
}

fn journal() -> Result<Arc<dyn Store>, Failure> {
    let mut nonces = Vec::new();
    for _ in 0..2 {
        let nonce = RandomNonces::new().next_nonce();
        nonces.push(nonce.or_fail(FailureKind::System)?.as_str().to_owned());
    }
    let id = JournalId::new(nonces[0].as_str()).or_fail(FailureKind::System)?;
    let mut key = [0; 32];
    for (to, from) in key.iter_mut().zip(nonces[1].bytes()) {
        *to = from;
    }
    let clock = Arc::new(DemoClock {
        began: Instant::now(),
    });
    Ok(Arc::new(MemoryStore::new(id, JournalKey::new(key), clock)))
}

/// The clock of a journal that ends with the process.
struct DemoClock {
    began: Instant,
}

impl StoreClock for DemoClock {
    fn now(&self) -> Stamp {
        let ticks = Duration::from_secs(1) + self.began.elapsed();
        Stamp::new("demo", "demo", ticks, SystemClock::default().now())
    }
}

/// A directory that is this process's alone, and goes away with it.
struct OwnDirectory(PathBuf);

impl OwnDirectory {
    fn make() -> Result<Self, Failure> {
        let nonce = RandomNonces::new().next_nonce();
        let nonce = nonce.or_fail(FailureKind::System)?;
        let path = std::env::temp_dir().join(format!("ums-demo-{}", nonce.as_str()));
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).or_fail(FailureKind::System)?;
        Ok(Self(path))
    }
}

impl Drop for OwnDirectory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
