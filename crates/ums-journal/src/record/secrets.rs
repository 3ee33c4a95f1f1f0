//! Taking a request's own secrets out of what comes back: a gateway may echo the code that a
//! customer showed in words, whatever its shape.

use std::fmt;

use serde_json::Value;

use super::OutcomeRecord;
use super::evidence::{AttemptRecord, DiscrepancyRecord};
use super::reply::ReplyRecord;
use crate::mask::mask_card_numbers;
use crate::masked_json::{MaskedJson, is_secret, quoted_length};

/// The values of a request's secret fields, to be taken out of what comes back.
pub struct RequestSecrets(Vec<String>);

/// Only how many there are.
impl fmt::Debug for RequestSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RequestSecrets")
            .field(&self.0.len())
            .finish()
    }
}

impl RequestSecrets {
    /// Those of a request with this body.
    pub fn of_body(body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let mut secrets = Vec::new();
        for (name, value) in body.as_object().into_iter().flatten() {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => continue,
            };
            if is_secret(name) && text.len() >= SHORTEST {
                // What a record has may have been masked by its shape before.
                secrets.push(mask_card_numbers(&text).into_owned());
                secrets.push(text);
            }
        }
        Self(secrets)
    }

    /// Takes them out of a record, wherever the gateway repeated them.
    pub fn hide_in(&self, record: &mut OutcomeRecord) {
        if self.0.is_empty() {
            return;
        }
        self.hide_in_texts([
            &mut record.err_code,
            &mut record.err_info,
            &mut record.provenance,
        ]);
        self.hide_in_reply(&mut record.reply);
        self.hide_in_attempt(&mut record.evidence.last);
        for attempt in &mut record.evidence.attempts {
            self.hide_in_attempt(attempt);
        }
        self.hide_in_discrepancies(&mut record.evidence.discrepancies);
        let Some(resolution) = &mut record.resolution else {
            return;
        };
        self.hide_in_texts([&mut resolution.detail]);
        for asked in &mut resolution.queries {
            self.hide_in_discrepancies(&mut asked.discrepancies);
            self.hide_in_reply(&mut asked.reply);
            self.hide_in_attempt(&mut asked.attempt);
        }
        if let Some(repeated) = &mut resolution.repeated {
            self.hide_in_texts([&mut repeated.err_code]);
            self.hide_in_attempt(&mut repeated.attempt);
        }
    }

    /// A text without them.
    pub fn hide(&self, text: &str) -> String {
        let secrets = self.0.iter();
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, HIDDEN))
    }

    fn hide_in_texts<const N: usize>(&self, texts: [&mut Option<String>; N]) {
        for text in texts.into_iter().flatten() {
            *text = self.hide(text);
        }
    }

    fn hide_in_attempt(&self, attempt: &mut AttemptRecord) {
        self.hide_in_texts([&mut attempt.detail]);
    }

    fn hide_in_discrepancies(&self, discrepancies: &mut [DiscrepancyRecord]) {
        for discrepancy in discrepancies {
            discrepancy.expected = self.hide(&discrepancy.expected);
            discrepancy.received = self.hide(&discrepancy.received);
        }
    }

    fn hide_in_reply(&self, reply: &mut Option<ReplyRecord>) {
        match reply {
            Some(ReplyRecord::Object(object)) => {
                let shown = self.hide_in_json(object.get());
                if shown != object.get() {
                    // What cannot be read any more is not shown.
                    *reply = MaskedJson::object(&shown).map(ReplyRecord::Object);
                }
            }
            Some(ReplyRecord::Text(text)) => *text = self.hide(text),
            None => {}
        }
    }

    /// JSON without them in its strings and its numbers. Every other token stays.
    fn hide_in_json(&self, json: &str) -> String {
        let mut shown = String::with_capacity(json.len());
        let mut rest = json;
        while let Some(first) = rest.chars().next() {
            let length = match first {
                '"' => quoted_length(rest),
                '-' | '0'..='9' => rest.find([',', '}', ']', ' ']).unwrap_or(rest.len()),
                _ => first.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            let text = match first {
                '"' => serde_json::from_str(token).unwrap_or_default(),
                _ => token.to_owned(),
            };
            match self.hide(&text) {
                hidden if hidden == text => shown.push_str(token),
                hidden => shown.push_str(&Value::from(hidden).to_string()),
            }
            rest = after;
        }
        shown
    }
}

/// What stands in the place of a secret.
const HIDDEN: &str = "******";

/// A text of fewer characters is no secret, and stands in too much else.
const SHORTEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_of_any_shape_is_taken_out_of_strings_and_numbers() {
        let secrets = RequestSecrets::of_body(
            br#"{"payCode":"ABCD-9911-wx","orderId":"20230718110248029165883554"}"#,
        );
        for (json, shown) in [
            (
                r#"{ "errInfo" : "code ABCD-9911-wx expired","amount":1.10}"#,
                r#"{ "errInfo" : "code ****** expired","amount":1.10}"#,
            ),
            (r#"{"x":["\u0041BCD-9911-wx"]}"#, r#"{"x":["******"]}"#),
            (
                r#"{"orderId":"20230718110248029165883554","x":"\u0041"}"#,
                r#"{"orderId":"20230718110248029165883554","x":"\u0041"}"#,
            ),
        ] {
            assert_eq!(secrets.hide_in_json(json), shown);
        }
        let number = RequestSecrets::of_body(br#"{"payCode":"9911991199"}"#);
        assert_eq!(
            number.hide_in_json(r#"{"a":9911991199}"#),
            r#"{"a":"******"}"#
        );
        assert_eq!(number.hide("<b>9911991199</b>"), "<b>******</b>");
        let masked = RequestSecrets::of_body(br#"{"payCode":"******","amount":"9911991199"}"#);
        assert!(masked.0.is_empty());
    }
}
