//! The peers written in Rust: reqwest, ureq, and the client of this project.

use std::io::{BufRead, Write};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
use ums_client::transport::BaseUrl;
use ums_client::{Client, Outcome, OutcomeKind, Resend};
use ums_simulator::Simulator;

/// One call, as a peer reads it.
struct Call {
    url: String,
    timeout: Duration,
    /// Authorization and body of the good exchange before.
    before: Option<(String, String)>,
    authorization: String,
    body: String,
    order: String,
}

/// The order of the good exchange.
pub(crate) const WARM_ORDER: &str = "20230718110248029165883555";
pub(crate) const VOID_PATH: &str = "/v6/poslink/transaction/voidpayment";

/// `reply` or `error`, its value, its message.
type Told = (&'static str, String, String);

pub(crate) fn run(name: &str) -> Result<()> {
    let (title, call): (&str, fn(&Call) -> Result<Told>) = match name {
        "reqwest" => ("reqwest 0.13", reqwest),
        "ureq" => ("ureq 3", ureq),
        "ums" => ("ums-client, as it is", |call| ums(call, Resend::Never)),
        "ums-resend" => ("ums-client, Resend::UpTo(2)", |call| {
            ums(call, Resend::UpTo(2))
        }),
        _ => bail!("no peer {name}"),
    };
    let mut out = std::io::stdout();
    writeln!(out, "{title}")?;
    out.flush()?;
    for line in std::io::stdin().lock().lines() {
        let (kind, value, message) = call(&parse(&line?)?)?;
        let message: String = message.chars().filter(|c| !c.is_control()).collect();
        writeln!(out, "{kind}\t{value}\t{message}")?;
        out.flush()?;
    }
    Ok(())
}

fn parse(line: &str) -> Result<Call> {
    let fields: Vec<_> = line.split('\t').collect();
    let [url, authorization, body, timeout, warm, warm_body, order] = fields[..] else {
        bail!("{} fields", fields.len());
    };
    Ok(Call {
        url: url.to_owned(),
        timeout: Duration::from_millis(timeout.parse()?),
        before: (!warm.is_empty()).then(|| (warm.to_owned(), warm_body.to_owned())),
        authorization: authorization.to_owned(),
        body: body.to_owned(),
        order: order.to_owned(),
    })
}

fn reqwest(call: &Call) -> Result<Told> {
    let client = reqwest::blocking::Client::builder()
        .timeout(call.timeout)
        .build()?;
    let post = |authorization: &str, body: &str| {
        client
            .post(&call.url)
            .header("authorization", authorization)
            .header("content-type", "application/json")
            .body(body.to_owned())
            .send()
            .and_then(|reply| {
                let status = reply.status();
                reply.bytes().map(|_| status)
            })
    };
    if let Some((authorization, body)) = &call.before {
        post(authorization, body).context("the good exchange")?;
    }
    Ok(match post(&call.authorization, &call.body) {
        Ok(status) => ("reply", status.as_u16().to_string(), String::new()),
        Err(error) => {
            let kinds = [
                (error.is_builder(), "is_builder"),
                (error.is_redirect(), "is_redirect"),
                (error.is_timeout(), "is_timeout"),
                (error.is_connect(), "is_connect"),
                (error.is_request(), "is_request"),
                (error.is_body(), "is_body"),
                (error.is_decode(), "is_decode"),
            ];
            let held: Vec<_> = kinds
                .iter()
                .filter(|(held, _)| *held)
                .map(|(_, name)| *name)
                .collect();
            ("error", held.join("+"), format!("{error:?}"))
        }
    })
}

fn ureq(call: &Call) -> Result<Told> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(call.timeout))
        .build()
        .into();
    let post = |authorization: &str, body: &str| -> Result<u16, ureq::Error> {
        let mut reply = agent
            .post(&call.url)
            .header("authorization", authorization)
            .header("content-type", "application/json")
            .send(body)?;
        reply.body_mut().read_to_vec()?;
        Ok(reply.status().as_u16())
    };
    if let Some((authorization, body)) = &call.before {
        post(authorization, body).context("the good exchange")?;
    }
    Ok(match post(&call.authorization, &call.body) {
        Ok(status) => ("reply", status.to_string(), String::new()),
        Err(ureq::Error::StatusCode(status)) => ("reply", status.to_string(), String::new()),
        Err(ureq::Error::Io(error)) => (
            "error",
            format!("Io({:?})", error.kind()),
            error.to_string(),
        ),
        Err(error) => {
            let debug = format!("{error:?}");
            let variant = debug.split(['(', ' ']).next().unwrap_or_default();
            ("error", variant.to_owned(), error.to_string())
        }
    })
}

fn ums(call: &Call, resend: Resend) -> Result<Told> {
    let gateway = call.url.strip_suffix(VOID_PATH).context("the URL's path")?;
    let client = Client::builder(
        gateway.parse::<BaseUrl>()?,
        AppId::new(Simulator::DEMO_APP_ID)?,
        &AppKey::new(Simulator::DEMO_APP_KEY)?,
    )
    .timeout(call.timeout)
    .resend(resend)
    .build()?;
    let void = |order: &str| -> Result<VoidPayment> {
        Ok(VoidPayment::by_ums_order_id(
            MerchantCode::new(Simulator::DEMO_MERCHANT_CODE)?,
            TerminalCode::new(Simulator::DEMO_TERMINAL_CODE)?,
            UmsOrderId::new(order)?,
        ))
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        if call.before.is_some() {
            let outcome = client.void_payment(&void(WARM_ORDER)?).await;
            anyhow::ensure!(outcome.is_approved(), "the good exchange: {outcome}");
        }
        let outcome = client.void_payment(&void(&call.order)?).await;
        let kind = match outcome {
            Outcome::Approved(_) | Outcome::Declined(_) => "reply",
            _ => "error",
        };
        let value = match outcome.kind() {
            OutcomeKind::Approved => "Approved",
            OutcomeKind::Declined => "Declined",
            OutcomeKind::NotSent => "NotSent",
            OutcomeKind::Unknown => "Unknown",
        };
        Ok((kind, value.to_owned(), outcome.to_string()))
    })
}
