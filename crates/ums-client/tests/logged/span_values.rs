//! What a call tells `tracing` of whom it is about, and that nothing in it steers a terminal or
//! shows a card number.

use std::fmt;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, SubscriberExt};
use ums_client::auth::{AppId, AppKey};
use ums_client::model::{
    Effect, EncodeError, JsonReply, Judgement, MalformedReply, MerchantCode, Operation, OrderIds,
    PosOperation, TerminalCode, UmsOrderId, VoidPayment,
};
use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
use ums_client::{Client, Ended, Intent, Outcome, Recorder, Recording, Sending};

const HOSTILE: &str = "a\u{1b}[2Jb\u{202e}c\u{9b}d\u{2066}e\u{2028}f\u{7f}g\r\nh\u{200b}i\u{feff}";
const HARMLESS: &str =
    r"a\u{1b}[2Jb\u{202e}c\u{9b}d\u{2066}e\u{2028}f\u{7f}g\r\nh\u{200b}i\u{feff}";
const CARD: &str = "4111 1111 1111 1111";

/// Every value as it is given, spans and events alike, as a writer of JSON would have it.
#[derive(Clone, Default)]
struct Values(Arc<Mutex<Vec<(String, String)>>>);

impl Values {
    fn of(&self, name: &str) -> Vec<String> {
        let values = self.0.lock().unwrap();
        let named = values.iter().filter(|(given, _)| given == name);
        named.map(|(_, value)| value.clone()).collect()
    }

    fn clear(&self) {
        self.0.lock().unwrap().clear();
    }
}

impl Visit for &Values {
    fn record_str(&mut self, field: &Field, value: &str) {
        let value = (field.name().to_owned(), value.to_owned());
        self.0.lock().unwrap().push(value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

impl<S: Subscriber> Layer<S> for Values {
    fn on_new_span(&self, span: &Attributes<'_>, _: &Id, _: Context<'_, S>) {
        span.record(&mut &*self);
    }

    fn on_record(&self, _: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut &*self);
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target().starts_with("ums_client") {
            event.record(&mut &*self);
        }
    }
}

/// Says hostile things of itself.
struct Hostile {
    path: &'static str,
    name: String,
}

impl Operation for Hostile {
    type Reply = JsonReply;

    fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> &str {
        self.path
    }

    fn effect(&self) -> Effect {
        Effect::MovesMoney
    }

    fn order(&self) -> OrderIds<'_> {
        OrderIds::of_merchant(HOSTILE)
    }

    fn merchant(&self) -> Option<&str> {
        Some(HOSTILE)
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        Ok(Bytes::from_static(b"{}"))
    }

    fn decode(&self, body: Bytes) -> Result<JsonReply, MalformedReply> {
        JsonReply::decode(body)
    }

    fn judge(&self, reply: &JsonReply) -> Judgement {
        reply.judge_as(PosOperation::VoidPayment)
    }
}

/// Cannot record an end, and says so in hostile words.
struct Failing(String);

impl Recorder for Failing {
    fn intent<'a>(&'a self, _: &'a Intent<'a>) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn sending<'a>(&'a self, _: &'a Sending) -> Recording<'a> {
        Box::pin(async { Ok(()) })
    }

    fn ended<'a>(&'a self, _: &'a Ended<'a>) -> Recording<'a> {
        Box::pin(async { Err(self.0.clone().into()) })
    }
}

/// Answers with a code that is hostile too.
#[derive(Clone)]
struct Gateway(String);

impl Connect for Gateway {
    fn connect(&self) -> ConnectFuture {
        let body = self.0.clone();
        let (ours, mut theirs) = tokio::io::duplex(16 * 1024);
        tokio::spawn(async move {
            assert!(theirs.read(&mut [0; 4096]).await.unwrap() > 0);
            let length = body.len();
            let reply = format!("HTTP/1.1 200 x\r\nContent-Length: {length}\r\n\r\n{body}");
            theirs.write_all(reply.as_bytes()).await.unwrap();
        });
        Box::pin(async { Ok(Box::new(ours) as _) })
    }
}

async fn call<O: Operation>(operation: &O) -> Outcome<O::Reply> {
    let hostile = format!("{HOSTILE} {CARD}");
    let body = serde_json::json!({ "errCode": hostile, "errInfo": hostile });
    let url: BaseUrl = "http://localhost".parse().unwrap();
    let app_id = AppId::new("made-up-app").unwrap();
    let client = Client::builder(url, app_id, &AppKey::new("made-up-key").unwrap())
        .connector(Gateway(body.to_string()))
        .recorder(Failing(hostile))
        .build()
        .unwrap();
    client.execute(operation).await
}

fn void() -> VoidPayment {
    VoidPayment::by_ums_order_id(
        MerchantCode::new("103290070111417").unwrap(),
        TerminalCode::new("12340511").unwrap(),
        UmsOrderId::new("20230718110248029165883554").unwrap(),
    )
}

#[tokio::test(start_paused = true)]
async fn who_is_meant_is_named_and_nothing_hostile_comes_through() {
    let _listening = crate::listening_alone().await;
    let values = Values::default();
    let subscriber = tracing_subscriber::registry().with(values.clone());
    let guard = tracing::subscriber::set_default(subscriber);

    let outcome = call(&void()).await;
    assert!(outcome.is_unknown(), "{outcome}");
    for (name, value) in [
        ("ums.app_id", "made-up-app"),
        ("ums.merchant", "103290070111417"),
        ("ums.order", "20230718110248029165883554"),
        ("app_id", "made-up-app"),
        ("merchant", "103290070111417"),
        ("order", "20230718110248029165883554"),
        ("operation", "void_payment"),
    ] {
        assert_eq!(values.of(name), [value], "{name}");
    }

    for path in ["/v1/x", "/v1/\u{202e} 4111111111111111"] {
        let operation = Hostile {
            path,
            name: format!("{HOSTILE} {CARD}"),
        };
        let outcome = call(&operation).await;
        if let Some(not_recorded) = &outcome.evidence().not_recorded {
            assert_shown(not_recorded);
        }
    }
    let seen = values.0.lock().unwrap().clone();
    assert!(seen.len() > 40, "{seen:?}");
    for (name, value) in &seen {
        assert!(!value.contains(CARD), "{name}: {value:?}");
        assert!(!value.contains("4111111111111111"), "{name}: {value:?}");
        let raw = value
            .chars()
            .find(|c| HOSTILE.contains(*c) && !c.is_ascii_graphic());
        assert_eq!(raw, None, "{name}: {value:?}");
    }
    for name in ["otel.name", "operation"] {
        assert_shown(values.of(name).last().unwrap());
    }
    for name in ["ums.order", "ums.merchant", "order", "merchant"] {
        assert_eq!(values.of(name).last().unwrap(), HARMLESS, "{name}");
    }
    assert_shown(&values.of("ums.err_code")[0]);
    assert_shown(&values.of("error")[0]);
    assert_eq!(
        values.of("url.path").last().unwrap(),
        "/v1/\\u{202e} 411111******1111"
    );

    // A subscriber for warnings alone has no span.
    drop(guard);
    values.clear();
    let warnings = values
        .clone()
        .with_filter(LevelFilter::from_level(Level::WARN));
    let subscriber = tracing_subscriber::registry().with(warnings);
    let _guard = tracing::subscriber::set_default(subscriber);
    let _ = call(&void()).await;
    assert!(values.of("ums.order").is_empty());
    assert_eq!(values.of("order"), ["20230718110248029165883554"]);
    assert_eq!(values.of("merchant"), ["103290070111417"]);
    assert_eq!(values.of("app_id"), ["made-up-app"]);
}

/// The hostile text, harmless.
fn assert_shown(text: &str) {
    assert_eq!(text, format!("{HARMLESS} 4111 11** **** 1111"));
}
