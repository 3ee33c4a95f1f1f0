//! A canary for an AppKey goes through every fault of the simulator while everything is logged: it
//! must show nowhere.

use std::fmt::Write as _;
use std::time::Duration;

use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    Fen, MerchantCode, MerchantOrderId, MerchantRemark, Operation, Pay, PayCode, PayMode,
    TerminalCode, UmsOrderId, VoidPayment,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{AccessTokens, Client, Journal, Language, MemoryJournal, Resend, ResolvePolicy};
use ums_simulator::{FAULTS, FaultRule, Order, Simulator};

use crate::log::Log;

const CANARY: &str = "CANARY0c7e1f93b5d24a68CANARY0c7e1f93b5d24a68";
const REMARK: &str = "REMARKCANARY 4111111111111111";
const PAY_CODE: &str = "285668667587422761";
const ORDER: &str = "20230718110248029165883554";

struct InMemory(Simulator);

impl Connect for InMemory {
    fn connect(&self) -> ConnectFuture {
        let stream = self.0.connect();
        Box::pin(async { Ok(Box::new(stream?) as _) })
    }
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        UmsOrderId::new(ORDER).unwrap(),
    )
    .with_merchant_remark(MerchantRemark::new(REMARK).unwrap())
}

fn pay() -> Pay {
    Pay::new(
        MerchantCode::new(Simulator::DEMO_MERCHANT_CODE).unwrap(),
        TerminalCode::new(Simulator::DEMO_TERMINAL_CODE).unwrap(),
        MerchantOrderId::new("M1").unwrap(),
        Fen::new(100),
        MerchantRemark::new(REMARK).unwrap(),
        PayMode::CodeScan,
        PayCode::new(PAY_CODE).unwrap(),
    )
}

/// Base64 and hexadecimal of the canary, as a careless dump would have it.
fn disguises() -> [String; 3] {
    let hex: String = CANARY.bytes().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let bytes = format!("{:?}", CANARY.as_bytes());
    let list = bytes.trim_matches(['[', ']']).to_owned();
    // Base64 of the first 15 bytes, which stand at the start of its own.
    ["Q0FOQVJZMGM3ZTFmOTNi".to_owned(), hex, list]
}

#[tokio::test(start_paused = true)]
async fn the_key_shows_nowhere_whatever_goes_wrong() {
    let _listening = crate::listening_alone().await;
    // Everything that is logged, at every level, by any crate.
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::FULL)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let app_id = AppId::new("canary-app").unwrap();
    let app_key = AppKey::new(CANARY).unwrap();
    let mut shown = format!("{app_key:?} {app_id:?}");
    let mut books = String::new();
    let mut struck = 0;
    for fault in FAULTS.iter().filter(|fault| !fault.needs_tls) {
        let simulator = Simulator::builder()
            .credential("canary-app", CANARY)
            .order(Order::paid(ORDER).amount(100))
            .keep_bodies()
            .build()
            .unwrap();
        simulator
            .fault(FaultRule::named(fault.name).unwrap())
            .unwrap();
        let journal = MemoryJournal::new();
        let url: BaseUrl = "http://localhost".parse().unwrap();
        let builder = Client::builder(url, app_id, &app_key)
            .timeout(Duration::from_secs(2))
            .resend(Resend::UpTo(1))
            .recorder(journal.clone())
            .connector(InMemory(simulator.clone()));
        let _ = write!(shown, "{builder:?}");
        let client = builder.build().unwrap();
        let outcome = client.void_payment(&void()).await;
        let _ = write!(
            shown,
            "{client:?} {outcome:?} {outcome} {} {} {:?}",
            outcome.explain(Language::Chinese),
            outcome.evidence().excerpt(),
            journal.unfinished().await.unwrap(),
        );
        let four = Duration::from_secs(4);
        let policy = ResolvePolicy::builder().within(four).build().unwrap();
        let resolved = client.resolve(&void(), outcome, &policy).await;
        let _ = write!(
            shown,
            "{resolved:?} {:?}",
            client.close(Duration::ZERO).await
        );
        let ledger = serde_json::to_string(&simulator.ledger().snapshot()).unwrap();
        let _ = write!(
            books,
            "{ledger} {simulator:?} {:?}",
            simulator.armed_faults()
        );
        struck += 1;
    }
    assert_eq!(
        struck,
        FAULTS.iter().filter(|fault| !fault.needs_tls).count()
    );
    assert!(struck > 200, "{struck}");

    // The code a customer shows is money: whoever reads it can take a payment.
    let silent = Simulator::builder()
        .credential("canary-app", CANARY)
        .build()
        .unwrap();
    silent.fault(FaultRule::named("silence").unwrap()).unwrap();
    let journal = MemoryJournal::new();
    let client = Client::builder(
        "http://localhost".parse::<BaseUrl>().unwrap(),
        app_id,
        &app_key,
    )
    .timeout(Duration::from_secs(2))
    .recorder(journal.clone())
    .connector(InMemory(silent))
    .build()
    .unwrap();
    let outcome = client.pay(&pay()).await;
    assert!(outcome.is_unknown(), "{outcome}");
    let open = journal.unfinished().await.unwrap();
    assert_eq!(open.len(), 1);
    let body = String::from_utf8(open[0].body.to_vec()).unwrap();
    assert!(body.contains(PAY_CODE), "it is there to be settled by");
    let _ = write!(
        shown,
        "{:?} {open:#?} {journal:?} {outcome:?} {outcome} {}",
        pay(),
        outcome.explain(Language::Chinese)
    );

    let tokens = Client::builder(
        "http://localhost".parse::<BaseUrl>().unwrap(),
        app_id,
        &app_key,
    )
    .access_tokens(AccessTokens::new());
    let _ = write!(shown, "{tokens:?} {:?}", void());

    let logged = log.text();
    assert!(logged.contains("ums.outcome=\"unknown\""));
    assert!(logged.contains("ums.outcome=\"approved\""));
    assert!(logged.contains("http.response.status_code=200"));
    // The gateway's own books hold the header it received, as they should.
    for text in [&shown, &logged] {
        assert!(!text.contains("Signature"));
        assert!(!text.contains("OPEN-BODY-SIG"));
        assert!(!text.contains(PAY_CODE));
    }
    for text in [&shown, &logged, &books] {
        assert!(!text.contains(CANARY));
        for disguise in disguises() {
            assert!(!text.contains(&disguise), "{disguise}");
        }
    }
    // What a person wrote may name a card: neither logged nor in any Debug. The ledger and the
    // journal hold it, as they hold what was sent.
    assert!(!logged.contains("REMARKCANARY"));
    assert!(!format!("{:?}", void()).contains("REMARKCANARY"));
    assert!(void().encode().unwrap().starts_with(b"{"));
}
