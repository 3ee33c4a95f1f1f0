//! Our client, whole: the fields validated, the body signed, the reply judged, the evidence kept.

use std::time::Duration;

use anyhow::Result;
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    MerchantCode, MerchantRemark, SystemTraceNumber, TerminalCode, UmsOrderId, VoidPayment,
};
use ums_client::transport::{BaseUrl, Connect, Trust};
use ums_client::{Client, Outcome};

use super::Task;
use crate::load::{self, Sample};
use crate::payload;

pub(super) fn run(task: &Task) -> Result<Sample> {
    let client = client(&task.base, &Trust::ca_file(&task.ca_file)?)?;
    load::run(task.plan, move || {
        let client = client.clone();
        async move { approved(&client).await }
    })
}

/// The pattern of the public SDKs: a client and its TLS handshake for each call.
pub(super) fn run_anew(task: &Task) -> Result<Sample> {
    let base = task.base.clone();
    let trust = Trust::ca_file(&task.ca_file)?;
    load::run(task.plan, move || {
        let client = client(&base, &trust);
        async move {
            match client {
                Ok(client) => approved(&client).await,
                Err(_) => false,
            }
        }
    })
}

fn client(base: &str, trust: &Trust) -> Result<Client> {
    let app_id = AppId::new(payload::APP_ID)?;
    let app_key = AppKey::new(payload::APP_KEY)?;
    Ok(Client::builder(base.parse::<BaseUrl>()?, app_id, &app_key)
        .trust(trust.clone())
        .build()?)
}

pub(crate) async fn approved(client: &Client) -> bool {
    let Ok(void) = void() else { return false };
    matches!(client.void_payment(&void).await, Outcome::Approved(_))
}

/// A client whose calls may wait long.
pub(crate) fn patient_client(task: &Task) -> Result<Client> {
    let app_key = AppKey::new(payload::APP_KEY)?;
    let client = Client::builder(
        task.base.parse::<BaseUrl>()?,
        AppId::new(payload::APP_ID)?,
        &app_key,
    )
    .trust(Trust::ca_file(&task.ca_file)?)
    .connect_timeout(Duration::from_secs(300))
    .timeout(Duration::from_secs(300));
    Ok(client.build()?)
}

/// A client of a plain gateway.
pub(crate) fn client_for(base: &str, timeout: Duration) -> Result<Client> {
    let app_key = AppKey::new(payload::APP_KEY)?;
    let client = Client::builder(
        base.parse::<BaseUrl>()?,
        AppId::new(payload::APP_ID)?,
        &app_key,
    );
    Ok(client.timeout(timeout).build()?)
}

/// How one call ends, by its name.
pub(crate) async fn outcome(client: &Client) -> &'static str {
    match void() {
        Ok(void) => client.void_payment(&void).await.kind().as_str(),
        Err(_) => "invalid",
    }
}

/// A client over a stream of the bench's own.
pub(crate) fn client_over(base: &str, dial: impl Connect) -> Result<Client> {
    let app_id = AppId::new(payload::APP_ID)?;
    let app_key = AppKey::new(payload::APP_KEY)?;
    Ok(Client::builder(base.parse::<BaseUrl>()?, app_id, &app_key)
        .connector(dial)
        .build()?)
}

/// The request, each field checked.
pub(crate) fn void() -> Result<VoidPayment> {
    Ok(VoidPayment::by_ums_order_id(
        MerchantCode::new(payload::MERCHANT_CODE)?,
        TerminalCode::new(payload::TERMINAL_CODE)?,
        UmsOrderId::new(payload::ORDER_ID)?,
    )
    .with_system_trace_num(SystemTraceNumber::new(payload::SYSTEM_TRACE_NUM)?)
    .with_merchant_remark(MerchantRemark::new(payload::MERCHANT_REMARK)?))
}
