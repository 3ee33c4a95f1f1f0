//! `ums demo`.

use std::time::Duration;

use serde::Serialize;
use ums_client::auth::{AppId, AppKey};
use ums_client::journal::RequestRecord;
use ums_client::model::{
    MerchantCode, Operation, TerminalCode, UmsOrderId, VoidPayment, VoidPaymentReply,
};
use ums_client::{Client, Outcome, Resolution, ResolvePolicy};
use ums_simulator::{FaultRule, Order, OrderState, Running, Simulator};

use crate::call::carry_out::runtime;
use crate::context::Context;
use crate::exit::Exit;
use crate::failure::{Failure, FailureKind, OrFail};
use crate::print::output;
use crate::print::visible::visible;
use crate::report::{Found, Named, Place, Report};

/// See a payment voided, refused, lost and found out, on this machine and without an account
///
/// Starts a gateway inside this process and talks to it over real HTTP.
#[derive(Debug, clap::Args)]
#[command(after_long_help = HELP)]
pub(crate) struct Args {}

const HELP: &str = "\
With --json, stdout holds one object on one line: gateway; calls, each as
ums void --json prints it; and orders, each with order_id and voided, by the
gateway's own book.

Example:
  ums demo --lang zh";

/// Paid, then voided, then voided again.
const FIRST: &str = "20230718110248029165883554";
/// Paid; the answer to its void is lost.
const SECOND: &str = "20230718110248029165883555";

impl Args {
    pub(crate) fn run(&self, context: &Context<'_>) -> Result<Exit, Failure> {
        runtime()?.block_on(tell(context))
    }
}

async fn tell(context: &Context<'_>) -> Result<Exit, Failure> {
    let running = Simulator::builder()
        .order(Order::paid(FIRST).amount(4160))
        .order(Order::paid(SECOND).amount(1250))
        .keep_bodies()
        .start()
        .await
        .or_fail(FailureKind::System)?;
    let client = client(&running)?;
    let mut story = Story {
        context,
        running,
        told: Told::default(),
    };

    story.say(&[(
        "A gateway runs inside this process. It checks signatures and keeps two paid orders.",
        "本进程内运行着一个网关：它验证签名，并有两笔已支付的订单。",
    )])?;
    story.line(&format!("  {}", story.running.url()))?;

    story.chapter("1. Void (撤销) the first order", "1. 撤销第一笔订单")?;
    let first = void(FIRST)?;
    let outcome = client.void_payment(&first).await;
    story.request()?;
    story.outcome(&outcome)?;
    story.call(&first, &outcome, None);

    story.chapter("2. Void it again", "2. 再次撤销同一笔订单")?;
    let outcome = client.void_payment(&first).await;
    story.outcome(&outcome)?;
    story.call(&first, &outcome, None);

    story.chapter(
        "3. Void the second order; the gateway does it, but its answer is lost",
        "3. 撤销第二笔订单：网关已执行，但应答丢失",
    )?;
    let lost = FaultRule::named("silence-applied").or_fail(FailureKind::System)?;
    story.running.fault(lost).or_fail(FailureKind::System)?;
    let lost = void(SECOND)?;
    let outcome = client.void_payment(&lost).await;
    story.outcome(&outcome)?;

    story.chapter(
        "4. Find out by query what became of it",
        "4. 通过查询核实结果",
    )?;
    let resolution = client.resolve(&lost, outcome, &quick()?).await;
    story.resolution(&lost, &resolution)?;
    let (outcome, found) = Found::of(resolution);
    story.call(&lost, &outcome, Some(found));
    story.say(&[("The gateway's own book says:", "网关侧的订单记录：")])?;
    story.truth(SECOND)?;
    story.object()?;
    story.say(&[
        (
            "Sending again would have been a second operation; \"failed\" would have been a lie.",
            "此时若重发，就可能重复操作；若报“失败”，则与事实不符。",
        ),
        (
            "To try by hand: ums simulator, and ums void --help.",
            "自己动手试：ums simulator，并参看 ums void --help。",
        ),
    ])?;
    story.running.shutdown().await;
    Ok(Exit::Success)
}

/// A client that gives up soon: the lost answer should not keep the audience.
fn client(running: &Running) -> Result<Client, Failure> {
    let url: ums_client::transport::BaseUrl = running.url().parse().or_fail(FailureKind::System)?;
    let app_id = AppId::new(Simulator::DEMO_APP_ID).or_fail(FailureKind::System)?;
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).or_fail(FailureKind::System)?;
    Client::builder(url, app_id, &app_key)
        .timeout(Duration::from_millis(800))
        .build()
        .or_fail(FailureKind::System)
}

/// Nobody waits three seconds for a gateway in the same process.
fn quick() -> Result<ResolvePolicy, Failure> {
    ResolvePolicy::builder()
        .pace(Duration::from_millis(200))
        .build()
        .or_fail(FailureKind::System)
}

fn void(order: &str) -> Result<VoidPayment, Failure> {
    Ok(VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).or_fail(FailureKind::System)?,
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).or_fail(FailureKind::System)?,
        UmsOrderId::new(order).or_fail(FailureKind::System)?,
    ))
}

/// Tells what happens, in one language, on stdout; or gathers it, when one object is to be printed.
struct Story<'c> {
    context: &'c Context<'c>,
    running: Running,
    told: Told,
}

/// What `--json` prints.
#[derive(Default, Serialize)]
struct Told {
    gateway: String,
    calls: Vec<Report>,
    orders: Vec<TrueState>,
}

/// What became of an order, by the gateway's own book.
#[derive(Serialize)]
struct TrueState {
    order_id: String,
    voided: bool,
}

impl Story<'_> {
    fn chapter(&mut self, english: &str, chinese: &str) -> Result<(), Failure> {
        self.line("")?;
        self.say(&[(english, chinese)])
    }

    fn say(&mut self, sentences: &[(&str, &str)]) -> Result<(), Failure> {
        for (english, chinese) in sentences {
            self.line(self.context.say(english, chinese))?;
        }
        Ok(())
    }

    /// The last request, as the gateway received it.
    fn request(&mut self) -> Result<(), Failure> {
        let requests = self.running.ledger().requests();
        let Some(request) = requests.last() else {
            return Ok(());
        };
        self.line(&format!("  {} {}", request.method, request.path))?;
        if let Some(header) = &request.authorization {
            self.line(&format!("  Authorization: {header}"))?;
        }
        if let Some(body) = &request.body {
            self.line(&format!("  {body}"))?;
        }
        Ok(())
    }

    fn outcome(&mut self, outcome: &Outcome<VoidPaymentReply>) -> Result<(), Failure> {
        let status = outcome.evidence().attempt.status();
        let reply = outcome.evidence().excerpt();
        match status {
            Some(status) => self.line(&format!("  ← {status} {}", visible(&reply)))?,
            None => self.line(self.context.say("  ← nothing came back", "  ← 没有应答"))?,
        }
        let sentence = outcome.explain(self.context.language);
        self.line(&format!("  ⇒ {sentence}"))
    }

    /// Each query's answer, and what they say together.
    fn resolution(
        &self,
        void: &VoidPayment,
        resolution: &Resolution<VoidPaymentReply>,
    ) -> Result<(), Failure> {
        for asked in &resolution.queries {
            let answer = visible(&asked.evidence.excerpt());
            self.line(&format!("  ← {answer}"))?;
        }
        let language = self.context.language;
        let asked = resolution.queries.len();
        let sentence = resolution.conclusion.explain(void.name(), asked, language);
        self.line(&format!("  ⇒ {sentence}"))
    }

    /// What became of the order, by the gateway's own book.
    fn truth(&mut self, order: &str) -> Result<(), Failure> {
        let state = self.running.orders().find(order).map(|order| order.state);
        let voided = state == Some(OrderState::Voided);
        let state = match voided {
            true => self.context.say("voided", "已撤销"),
            false => self.context.say("not voided", "未撤销"),
        };
        let between = self.context.say(": ", "：");
        self.line(&format!("  {order}{between}{state}"))?;
        self.told.orders.push(TrueState {
            order_id: order.to_owned(),
            voided,
        });
        Ok(())
    }

    /// The call as `ums void --json` would print it.
    fn call(
        &mut self,
        void: &VoidPayment,
        outcome: &Outcome<VoidPaymentReply>,
        found: Option<Found>,
    ) {
        let language = self.context.language;
        let place = Place {
            gateway: self.running.url().to_owned(),
            path: void.path().to_owned(),
            is_live: false,
        };
        let named = Named {
            name: void.name(),
            effect: void.effect(),
            asks: false,
        };
        let body = void.encode().unwrap_or_default();
        let request = RequestRecord::new(void.name(), void.path(), &body);
        let report =
            Report::of_outcome(outcome, named, &place, language).with_request(Some(request));
        self.told.calls.push(match found {
            Some(found) => report.with_found(found, language),
            None => report,
        });
    }

    /// All of it, if it was gathered.
    fn object(&mut self) -> Result<(), Failure> {
        if !self.context.json {
            return Ok(());
        }
        self.told.gateway = self.running.url().to_owned();
        let text = serde_json::to_string(&self.told).or_fail(FailureKind::System)?;
        output::result(text).or_fail(FailureKind::System)
    }

    fn line(&self, text: &str) -> Result<(), Failure> {
        if self.context.json {
            return Ok(());
        }
        output::result(text).or_fail(FailureKind::System)
    }
}
