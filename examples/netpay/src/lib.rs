//! An order query of netpay (网付), which `ums-model` does not know, described
//! with nothing but the public trait `Operation`.
//!
//! ```no_run
//! use netpay::{NetpayQuery, TradeStatus};
//! use ums_client::auth::{AppId, AppKey};
//! use ums_client::{Client, Environment, Outcome};
//!
//! # async fn ask() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new(Environment::Test, AppId::new("made-up-app")?, &AppKey::new("made-up-key")?)?;
//! let query = NetpayQuery::new("898340149000005", "88880001", "31940000201700002");
//! match client.execute(&query).await {
//!     Outcome::Approved(answer) if answer.reply.status() == TradeStatus::Success => println!("paid"),
//!     Outcome::Approved(_) => println!("not paid"),
//!     other => println!("not known: {other}"),
//! }
//! # Ok(())
//! # }
//! ```

use bytes::Bytes;
use serde::Serialize;
use ums_client::model::{
    Discrepancy, Effect, EncodeError, GatewayCodes, JsonReply, Judgement, MalformedReply,
    Operation, OrderIds, PosOperation, Refusal, Verdict, encode_json, judge_code,
};

/// An order query, `POST /v1/netpay/query` (community).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NetpayQuery {
    mid: String,
    tid: String,
    mer_order_id: String,
}

impl NetpayQuery {
    /// A query about the order with this merchant's id.
    pub fn new(
        mid: impl Into<String>,
        tid: impl Into<String>,
        mer_order_id: impl Into<String>,
    ) -> Self {
        Self {
            mid: mid.into(),
            tid: tid.into(),
            mer_order_id: mer_order_id.into(),
        }
    }
}

impl Operation for NetpayQuery {
    type Reply = NetpayQueryReply;

    fn name(&self) -> &str {
        "netpay_query"
    }

    fn path(&self) -> &str {
        "/v1/netpay/query"
    }

    fn effect(&self) -> Effect {
        Effect::ReadOnly
    }

    fn order(&self) -> OrderIds<'_> {
        OrderIds::of_merchant(&self.mer_order_id)
    }

    /// The gateway in front of netpay is that of POS通.
    fn gateway_codes(&self) -> GatewayCodes {
        GatewayCodes::POSLINK
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        encode_json(self)
    }

    fn decode(&self, body: Bytes) -> Result<NetpayQueryReply, MalformedReply> {
        JsonReply::decode(body).map(NetpayQueryReply)
    }

    /// `SUCCESS` is netpay's, and answers the query; the refusals before any
    /// processing are the gateway's own, whatever the product. Nothing is known of
    /// all other codes, `00` of POS通 included.
    fn judge(&self, reply: &NetpayQueryReply) -> Judgement {
        reply
            .0
            .judge_with(|code| match (code, judge_code(PosOperation::Other, code)) {
                ("SUCCESS", _) => Verdict::Approved,
                (_, refused @ Verdict::Declined(Refusal::BeforeProcessing)) => refused,
                _ => Verdict::Unknown,
            })
    }

    /// An answer about another order is no answer.
    fn discrepancies(&self, reply: &NetpayQueryReply) -> Vec<Discrepancy> {
        reply
            .text("merOrderId")
            .filter(|received| *received != self.mer_order_id)
            .map(|received| Discrepancy::new("merOrderId", &self.mer_order_id, received))
            .into_iter()
            .collect()
    }
}

/// The reply to a [`NetpayQuery`].
#[derive(Debug)]
pub struct NetpayQueryReply(JsonReply);

impl NetpayQueryReply {
    /// What became of the order.
    pub fn status(&self) -> TradeStatus {
        match self.text("status").as_deref() {
            Some("NEW_ORDER") => TradeStatus::New,
            Some("WAIT_BUYER_PAY") => TradeStatus::Waiting,
            Some("TRADE_SUCCESS") => TradeStatus::Success,
            Some("TRADE_CLOSED") => TradeStatus::Closed,
            Some("TRADE_REFUND") => TradeStatus::Refunded,
            _ => TradeStatus::Unknown,
        }
    }

    fn text(&self, name: &str) -> Option<String> {
        let text = self.0.fields().named(name)?.text()?;
        Some(text.as_str().to_owned())
    }
}

/// The state of an order. The names on the wire are official, for a product beside
/// netpay; what they mean is inferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TradeStatus {
    /// `NEW_ORDER`: nothing has happened yet.
    New,
    /// `WAIT_BUYER_PAY`: the customer has not paid yet.
    Waiting,
    /// `TRADE_SUCCESS`: paid.
    Success,
    /// `TRADE_CLOSED`: not paid, and it never will be.
    Closed,
    /// `TRADE_REFUND`: refunded, wholly or in part.
    Refunded,
    /// `UNKNOWN`, anything else, or nothing.
    Unknown,
}
