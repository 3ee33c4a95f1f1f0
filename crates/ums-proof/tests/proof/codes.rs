//! Each reply code in answer to each operation: a code that declines one says nothing of another.

use ums_client::Client;
use ums_client::OutcomeKind::{self, Declined, Unknown};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Operation, Pay, PayCode, PayMode, Query,
    Refund, RefundRequestId, ReversePayment, TerminalCode, UmsOrderId, VoidPayment,
};
use ums_client::transport::{Connect, ConnectFuture};
use ums_simulator::{FAULTS, FaultRule, Order, Simulator};

const ORDER: &str = "20230718110248029165880001";

/// Refused at the gateway, before any processing: of every operation.
const AT_THE_GATEWAY: [&str; 3] = ["1000", "1001", "9001"];
/// Refused by the business system, of what moves money.
const OF_EACH: [&str; 6] = ["03", "13", "30", "57", "61", "97"];
/// There is no such original: of what takes a payment back.
const OF_WHAT_TAKES_BACK: [&str; 2] = ["22", "25"];

#[tokio::test(start_paused = true)]
async fn a_code_declines_only_what_it_is_known_to_decline() {
    let codes = FAULTS
        .iter()
        .filter_map(|spec| spec.name.strip_prefix("code-"))
        .filter(|code| !code.contains('-'));
    let mut asked = 0;
    for code in codes {
        asked += 1;
        let gateway = AT_THE_GATEWAY.contains(&code);
        let each = gateway || OF_EACH.contains(&code);
        let back = each || OF_WHAT_TAKES_BACK.contains(&code);
        let expected = |declines| if declines { Declined } else { Unknown };
        assert_eq!(answered(code, &pay()).await, expected(each), "pay {code}");
        assert_eq!(answered(code, &void()).await, expected(back), "void {code}");
        assert_eq!(
            answered(code, &refund()).await,
            expected(back),
            "refund {code}"
        );
        assert_eq!(
            answered(code, &reversal()).await,
            expected(back),
            "reversal {code}"
        );
        assert_eq!(
            answered(code, &query()).await,
            expected(gateway),
            "query {code}"
        );
    }
    assert!(asked >= 22, "{asked}");
}

/// How an operation ends that is answered with this code.
async fn answered<O: Operation>(code: &str, operation: &O) -> OutcomeKind {
    let simulator = Simulator::builder()
        .order(Order::paid(ORDER).merchant_order_id("M1"))
        .fault(FaultRule::named(&format!("code-{code}")).unwrap())
        .build()
        .unwrap();
    let app_id = AppId::new(Simulator::DEMO_APP_ID).unwrap();
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).unwrap();
    let url: ums_client::transport::BaseUrl = "http://localhost".parse().unwrap();
    let client = Client::builder(url, app_id, &app_key)
        .connector(Memory(simulator))
        .build()
        .unwrap();
    let outcome = client.execute(operation).await;
    let seen = outcome.err_code().unwrap();
    assert!(seen == code || code == "unlisted", "{seen}");
    outcome.kind()
}

struct Memory(Simulator);

impl Connect for Memory {
    fn connect(&self) -> ConnectFuture {
        let stream = self.0.connect();
        Box::pin(async move { Ok(Box::new(stream?) as _) })
    }
}

fn pay() -> Pay {
    Pay::new(
        merchant(),
        terminal(),
        MerchantOrderId::new("M2").unwrap(),
        Fen::new(100),
        MerchantRemark::new("-").unwrap(),
        PayMode::CodeScan,
        PayCode::new("134500000000000001").unwrap(),
    )
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(merchant(), terminal(), UmsOrderId::new(ORDER).unwrap())
}

fn refund() -> Refund {
    Refund::new(
        merchant(),
        terminal(),
        UmsOrderId::new(ORDER).unwrap(),
        RefundRequestId::new("R1").unwrap(),
        Fen::new(1),
    )
}

fn reversal() -> ReversePayment {
    ReversePayment::new(
        merchant(),
        terminal(),
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(1),
    )
}

fn query() -> Query {
    Query::by_ums_order_id(merchant(), terminal(), UmsOrderId::new(ORDER).unwrap())
}

fn merchant() -> MerchantCode {
    MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap()
}

fn terminal() -> TerminalCode {
    TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap()
}
