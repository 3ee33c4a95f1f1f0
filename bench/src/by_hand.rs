//! Signing and JSON as somebody writes them for one call, with good crates and no library: what the clients beside
//! ours are given to do, so that all do the same work.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{FixedOffset, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::payload;

pub(crate) struct ByHand {
    key: Hmac<Sha256>,
    random: SystemRandom,
    zone: FixedOffset,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VoidRequest<'a> {
    merchant_code: &'a str,
    terminal_code: &'a str,
    system_trace_num: &'a str,
    original_order_id: &'a str,
    merchant_remark: &'a str,
}

/// The documented fields of the reply, owned.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(dead_code, reason = "what a caller would read")]
pub(crate) struct VoidReply {
    pub(crate) err_code: String,
    pub(crate) err_info: Option<String>,
    pub(crate) order_id: Option<String>,
    pub(crate) transaction_time: Option<String>,
    pub(crate) transaction_date: Option<String>,
    pub(crate) transaction_date_with_year: Option<String>,
    pub(crate) settlement_date: Option<String>,
    pub(crate) settlement_date_with_year: Option<String>,
    pub(crate) retrieval_ref_num: Option<String>,
    pub(crate) transaction_amount: Option<String>,
    pub(crate) actual_transaction_amount: Option<String>,
    pub(crate) third_party_name: Option<String>,
    pub(crate) card_attr: Option<String>,
    pub(crate) installment_number: Option<String>,
    pub(crate) installment_seller_percent: Option<String>,
    pub(crate) conv_mchnt_no: Option<String>,
    pub(crate) conv_term_no: Option<String>,
}

impl ByHand {
    pub(crate) fn new() -> Self {
        Self {
            key: Hmac::new_from_slice(payload::APP_KEY.as_bytes()).expect("any length"),
            random: SystemRandom::new(),
            zone: FixedOffset::east_opt(8 * 3600).expect("UTC+8"),
        }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let request = VoidRequest {
            merchant_code: payload::MERCHANT_CODE,
            terminal_code: payload::TERMINAL_CODE,
            system_trace_num: payload::SYSTEM_TRACE_NUM,
            original_order_id: payload::ORDER_ID,
            merchant_remark: payload::MERCHANT_REMARK,
        };
        serde_json::to_vec(&request).expect("strings")
    }

    pub(crate) fn authorization(&self, body: &[u8]) -> String {
        let mut random = [0; 16];
        self.random.fill(&mut random).expect("random bytes");
        let nonce = base16ct::lower::encode_string(&random);
        let timestamp = Utc::now()
            .with_timezone(&self.zone)
            .format("%Y%m%d%H%M%S")
            .to_string();
        self.header(&timestamp, &nonce, body)
    }

    pub(crate) fn header(&self, timestamp: &str, nonce: &str, body: &[u8]) -> String {
        let digest = base16ct::lower::encode_string(&Sha256::digest(body));
        let text = format!("{}{timestamp}{nonce}{digest}", payload::APP_ID);
        let mut mac = self.key.clone();
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        format!(
            "OPEN-BODY-SIG AppId=\"{}\", Timestamp=\"{timestamp}\", Nonce=\"{nonce}\", Signature=\"{signature}\"",
            payload::APP_ID
        )
    }

    /// Whether the reply approves.
    pub(crate) fn approves(&self, body: &[u8]) -> bool {
        serde_json::from_slice::<VoidReply>(body).is_ok_and(|reply| reply.err_code == "00")
    }
}
