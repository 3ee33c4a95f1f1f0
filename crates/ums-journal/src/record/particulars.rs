//! What a call was about, as its own request and reply say it: by the description of its operation,
//! and by names that mean the same wherever they stand.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ums_model::OPERATIONS;

use super::{OutcomeRecord, ReplyRecord};

/// The ids of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OrderRecord {
    /// The platform's (银商订单号).
    pub ums: Option<String>,
    /// The merchant's own (商户订单号).
    pub merchant: Option<String>,
}

impl OutcomeRecord {
    /// The same, with what its request and its reply say of it: who asked, on which order, for how
    /// much, and what came of it. Of a reply that is about something else nothing is taken.
    #[must_use]
    pub fn with_particulars(mut self) -> Self {
        let request = self.request.as_ref();
        let asked = Fields::of(request.and_then(|request| Some(request.body.as_ref()?.get())));
        let said = match &self.reply {
            Some(ReplyRecord::Object(reply)) if self.evidence.discrepancies.is_empty() => {
                Fields::of(Some(reply.get()))
            }
            _ => Fields::of(None),
        };
        let named = request.and_then(|request| {
            let mut all = OPERATIONS.iter();
            all.find(|spec| spec.name == request.operation)
        });
        let order = named.map(|spec| spec.order).unwrap_or_default();
        set(&mut self.merchant, asked.text("merchantCode"));
        set(&mut self.terminal, asked.text("terminalCode"));
        set(&mut self.store_id, asked.text("storeId"));
        set(&mut self.operator_id, asked.text("operatorId"));
        let merchants = order.merchant.and_then(|name| asked.text(name));
        let ums = order.ums.and_then(|name| asked.text(name));
        set(&mut self.order.merchant, merchants);
        set(&mut self.order.merchant, said.text("merchantOrderId"));
        set(&mut self.order.ums, ums);
        set(&mut self.order.ums, said.text("orderId"));
        set(&mut self.refund_request_id, asked.text("refundRequestId"));
        set(&mut self.amount_fen, asked.fen("transactionAmount"));
        set(&mut self.amount_fen, said.fen("transactionAmount"));
        set(&mut self.paid_fen, said.fen("amount"));
        set(&mut self.refunded_fen, said.fen("refundInvoiceAmount"));
        set(&mut self.refunded_fen, said.fen("refundedAmount"));
        for (member, name) in [
            (&mut self.third_party_order_id, "thirdPartyOrderId"),
            (&mut self.retrieval_ref_num, "retrievalRefNum"),
            (&mut self.wallet, "thirdPartyName"),
            (&mut self.card_attr, "cardAttr"),
        ] {
            set(member, said.text(name));
        }
        set(
            &mut self.transaction_date,
            said.day("transactionDateWithYear"),
        );
        set(
            &mut self.settlement_date,
            said.day("settlementDateWithYear"),
        );
        self
    }
}

/// What is known stays.
pub(crate) fn set<T>(member: &mut Option<T>, value: Option<T>) {
    if member.is_none() {
        *member = value;
    }
}

struct Fields(Value);

impl Fields {
    fn of(text: Option<&str>) -> Self {
        let value = text.and_then(|text| serde_json::from_str(text).ok());
        Self(value.unwrap_or_default())
    }

    fn text(&self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    fn fen(&self, name: &str) -> Option<u64> {
        self.text(name)?.parse().ok()
    }

    /// `yyyyMMdd` as `yyyy-MM-dd`.
    fn day(&self, name: &str) -> Option<String> {
        let digits = self.text(name)?;
        let day = chrono::NaiveDate::parse_from_str(&digits, "%Y%m%d").ok()?;
        (digits.len() == 8).then(|| day.to_string())
    }
}
