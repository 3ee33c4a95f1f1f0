//! A merchant's day against the simulator: thirty payments of which some answers are lost, voids, a
//! change of day, refunds, and at the end the merchant's books beside the gateway's.
//!
//! ```sh
//! cargo run -p ums-client --example merchant_day
//! ```
//!
//! The hours pass on a paused clock: nobody waits for them.

#![allow(
    clippy::print_stdout,
    missing_docs,
    reason = "an example tells what it does"
)]

mod day;

use day::{Till, trade};
use ums_client::model::Fen;
use ums_simulator::FaultRule;

#[path = "../../tests/client/memory.rs"]
mod memory;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    tokio::time::pause();
    let gateway = memory::gateway()?;
    // One answer in eight is lost on its way, of whatever was done.
    gateway.fault(FaultRule::named("fin-after-request-applied")?.every(8))?;
    let client = memory::client(&gateway)?;

    println!("open: trading day {}", gateway.orders().trading_day());
    let mut till = Till::new(&client, memory::MERCHANT, memory::TERMINAL)?;
    let nightfall = async || {
        let day = gateway.orders().next_trading_day()?;
        Ok(format!("night: trading day {day}"))
    };
    trade(&mut till, 1, nightfall, |line| println!("{line}")).await?;

    let open = client.close(std::time::Duration::from_secs(10)).await;
    let theirs: u64 = gateway
        .orders()
        .list()
        .iter()
        .map(|order| order.balance())
        .sum();
    println!(
        "close: {} calls still open; the merchant's books say {} yuan, the gateway's {} yuan",
        open.len(),
        Fen::new(till.balance()).yuan(),
        Fen::new(theirs).yuan(),
    );
    if theirs != till.balance() {
        return Err("the books differ".into());
    }
    Ok(())
}
