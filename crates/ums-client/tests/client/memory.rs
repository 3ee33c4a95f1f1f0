//! A simulator and a client that talk over memory, and keep one time: tokio's.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::time::Instant;
use ums_client::Client;
use ums_client::auth::{AppId, AppKey};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_simulator::Simulator;

pub(crate) const MERCHANT: &str = Simulator::DEMO_MERCHANT_CODE;
pub(crate) const TERMINAL: &str = Simulator::DEMO_TERMINAL_CODE;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// A gateway that opens at nine in the morning, in UTC+8.
pub(crate) fn gateway() -> Result<Simulator> {
    // After nightfall the till asks without naming the payment's day.
    Ok(Simulator::builder()
        .late_query(ums_simulator::LateQuery::Answer)
        .clock(clock())
        .build()?)
}

/// A client that knows it. Ten seconds are enough for any call that is answered.
pub(crate) fn client(gateway: &Simulator) -> Result<Client> {
    let url: BaseUrl = "http://localhost".parse()?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY)?;
    let client = Client::builder(url, app_id, &app_key)
        .connector(Memory(gateway.clone()))
        .clock(Time(clock()))
        .timeout(std::time::Duration::from_secs(10));
    Ok(client.build()?)
}

/// Every clock made within one tick of tokio's clock shows the same time.
fn clock() -> impl Fn() -> DateTime<Utc> + Send + Sync + 'static {
    let start = Instant::now();
    let nine = DateTime::from_timestamp(1_689_642_000, 0).unwrap_or_default();
    move || nine + TimeDelta::from_std(start.elapsed()).unwrap_or_default()
}

struct Time<F>(F);

impl<F: Fn() -> DateTime<Utc> + Send + Sync + 'static> ums_client::Clock for Time<F> {
    fn now(&self) -> DateTime<Utc> {
        (self.0)()
    }
}

struct Memory(Simulator);

impl Connect for Memory {
    fn connect(&self) -> ConnectFuture {
        let stream = self.0.connect();
        Box::pin(async { Ok(Box::new(stream?) as _) })
    }
}
