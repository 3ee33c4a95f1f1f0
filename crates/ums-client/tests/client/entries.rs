//! What a journal holds is enough: each operation is rebuilt from its entry alone, and what became
//! of it is found out.

use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    ActivateTerminal, AnyRequest, Fen, MerchantCode, MerchantOrderId, MerchantRemark, Operation,
    OrderRef, Pay, PayCode, PayMode, Refund, RefundRequestId, ReversePayment, TerminalCode,
    UmsOrderId, VoidPayment,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{
    CallState, Client, ClientBuilder, Conclusion, Journal, JournalEntry, MemoryJournal, PastCall,
    ResolvePolicy,
};
use ums_simulator::{FaultRule, Order, Simulator};

const MERCHANT: &str = Simulator::DEMO_MERCHANT_CODE;
const TERMINAL: &str = Simulator::DEMO_TERMINAL_CODE;

/// The simulator's orders, and the merchant's own ids of them.
const ORDERS: [(&str, &str); 3] = [
    ("20230718110248029165883554", "M-void"),
    ("20230718110248029165883555", "M-refund"),
    ("20230718110248029165883556", "M-reverse"),
];

struct Memory(Simulator);

impl Connect for Memory {
    fn connect(&self) -> ConnectFuture {
        let stream = self.0.connect();
        Box::pin(async { Ok(Box::new(stream?) as _) })
    }
}

fn simulator() -> Simulator {
    let orders = ORDERS.map(|(ums, merchant)| {
        let order = Order::paid(ums).merchant_order_id(merchant);
        order.amount(100)
    });
    Simulator::builder().orders(orders).build().unwrap()
}

fn merchant() -> (MerchantCode, TerminalCode) {
    (
        MerchantCode::new(MERCHANT).unwrap(),
        TerminalCode::new(TERMINAL).unwrap(),
    )
}

fn merchant_order(id: &str) -> MerchantOrderId {
    MerchantOrderId::new(id).unwrap()
}

/// The operation of an entry, by its name, its path and its bytes alone.
fn rebuilt(entry: &JournalEntry) -> AnyRequest {
    let operation = AnyRequest::from_wire(&entry.operation, &entry.path, &entry.body).unwrap();
    assert_eq!(operation.encode().unwrap(), entry.body);
    assert_eq!(operation.effect(), entry.effect);
    operation
}

/// A client as the stored entry says, of a process that knows no more than it.
fn client_of(entry: &JournalEntry, gateway: &Simulator, journal: &MemoryJournal) -> Client {
    let url = entry.gateway.as_deref().unwrap();
    builder(url, entry.app_id.unwrap(), gateway)
        .recorder(journal.clone())
        .build()
        .unwrap()
}

fn builder(url: &str, app_id: AppId, gateway: &Simulator) -> ClientBuilder {
    let url: BaseUrl = url.parse().unwrap();
    let app_key = AppKey::new(Simulator::DEMO_APP_KEY).unwrap();
    Client::builder(url, app_id, &app_key)
        .connector(Memory(gateway.clone()))
        .timeout(Duration::from_secs(10))
}

/// Sends every operation of the family once. Every answer is lost, and all of them were carried
/// out.
async fn lose_every_answer(client: &Client, gateway: &Simulator) {
    let lost = FaultRule::named("fin-after-request-applied").unwrap();
    let rule = gateway.fault(lost.always()).unwrap();
    let (merchant, terminal) = merchant();
    let ums = |at: usize| UmsOrderId::new(ORDERS[at].0).unwrap();
    let hundred = || Fen::new(100);

    let pay = Pay::new(
        merchant.clone(),
        terminal.clone(),
        merchant_order("M-pay"),
        hundred(),
        MerchantRemark::new("一杯茶").unwrap(),
        PayMode::CodeScan,
        PayCode::new("285668667587422761").unwrap(),
    );
    assert!(client.pay(&pay).await.is_unknown());
    let void = VoidPayment::by_ums_order_id(merchant.clone(), terminal.clone(), ums(0));
    assert!(client.void_payment(&void).await.is_unknown());
    let both = OrderRef::Both {
        merchant: merchant_order(ORDERS[1].1),
        ums: ums(1),
    };
    let refund = Refund::new(
        merchant.clone(),
        terminal.clone(),
        both,
        RefundRequestId::new("R-1").unwrap(),
        hundred(),
    );
    assert!(client.refund(&refund).await.is_unknown());
    let reverse = ReversePayment::new(
        merchant.clone(),
        terminal.clone(),
        merchant_order(ORDERS[2].1),
        hundred(),
    );
    assert!(client.execute(&reverse).await.is_unknown());
    let query = void.query();
    assert!(client.query(&query).await.is_unknown());
    let query_refund = refund.query_refund();
    assert!(client.query_refund(&query_refund).await.is_unknown());
    let activate = ActivateTerminal::new(merchant, terminal);
    let _ = client.execute(&activate).await;
    assert!(gateway.disarm(rule));
}

#[tokio::test(start_paused = true)]
async fn every_operation_is_rebuilt_from_its_entry_and_found_out() {
    let gateway = simulator();
    let journal = MemoryJournal::new();
    let app_id = AppId::new(Simulator::DEMO_APP_ID).unwrap();
    let client = builder("http://localhost", app_id, &gateway)
        .recorder(journal.clone())
        .build()
        .unwrap();
    lose_every_answer(&client, &gateway).await;
    drop(client);

    let open = journal.unfinished().await.unwrap();
    let names: Vec<_> = open.iter().map(|entry| entry.operation.as_str()).collect();
    // What only asks may be asked again, so that nothing of it is open.
    assert_eq!(names, ["pay", "void_payment", "refund", "reverse_payment"]);
    for entry in &open {
        assert_eq!(entry.state, CallState::Unknown);
        assert_eq!(entry.merchant.as_deref(), Some(MERCHANT));
        let operation = rebuilt(entry);
        let call = PastCall::from(entry);
        assert_eq!(call.signed_at(), entry.signed_at());
        let client = client_of(entry, &gateway, &journal);
        let policy = ResolvePolicy::default();
        let inquiry = client.inquire(&operation, &call, &policy).await;
        let stands = Conclusion::Approved { stands: true };
        assert_eq!(inquiry.conclusion, stands, "{entry:?}");
        assert_eq!(inquiry.not_recorded, None);
    }
    // Each is closed in the journal by what was found out.
    assert!(journal.unfinished().await.unwrap().is_empty());
}
