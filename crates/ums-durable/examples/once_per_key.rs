//! A void once per key, in a journal on disk: run it twice, and the second run sends nothing.
//!
//! ```sh
//! cargo run -p ums-durable --example once_per_key
//! ```

use std::time::Duration;

use ums_client::Client;
use ums_client::auth::{AppId, AppKey};
use ums_client::transport::BaseUrl;
use ums_durable::Durable;
use ums_journal::Key;
use ums_journal_sqlite::{SqliteOptions, SqliteStore};
use ums_model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_simulator::{Order, Simulator};

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "an example")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let order = "20230718110248029165883554";
    let simulator = Simulator::builder().order(Order::paid(order).amount(100));
    // A fixed address: the keys of a journal belong to a gateway.
    let gateway = simulator.listen("127.0.0.1:18080".parse()?).start().await?;
    gateway.fault("fin-after-request-applied")?; // carried out, and the answer lost

    let app_key = AppKey::new(Simulator::DEMO_APP_KEY)?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID)?;
    let client = Client::new(gateway.url().parse::<BaseUrl>()?, app_id, &app_key)?;
    let directory = std::env::temp_dir().join("ums-once-per-key");
    std::fs::create_dir_all(&directory)?;
    let store = SqliteStore::open(&SqliteOptions::new(directory.join("journal.sqlite3")))?;
    let durable = Durable::builder(client, store)
        .profile("shop")
        .build()
        .await?;

    let void = VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE)?,
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE)?,
        UmsOrderId::new(order)?,
    );
    let answer = durable
        .submit(Key::new("order-42/void")?, void.clone())
        .await?;
    println!("{:?}, replayed: {}", answer.outcome(), answer.is_replay);
    durable.resolve_open(Duration::from_secs(10)).await?;
    let answer = durable.submit(Key::new("order-42/void")?, void).await?;
    println!("{:?}, replayed: {}", answer.outcome(), answer.is_replay);
    println!(
        "voids sent to the gateway: {}",
        gateway.ledger().totals().applied
    );
    durable.close(Duration::from_secs(1)).await;
    Ok(())
}
