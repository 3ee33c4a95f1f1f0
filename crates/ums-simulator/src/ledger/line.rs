//! A request as one line of a log: what a person wants to see of it, and nothing that must not be
//! seen.

use std::fmt::Write as _;

use crate::clock::in_china;
use crate::ledger::record::LedgerRequest;

impl LedgerRequest {
    /// Time in UTC+8, method, path, order, HTTP status, `errCode`, what the check of the signature
    /// found, the fault and the money moved. Neither the header nor anything of the body but the
    /// order is in it; a query string is left out, what a terminal would obey is escaped, and what
    /// is long is cut.
    ///
    /// ```text
    /// 2023-07-18T11:13:40.000+08:00 POST /v6/poslink/transaction/voidpayment order=20230718110248029165883554 200 00 signature=accepted fault=- moved=1
    /// ```
    pub fn line(&self) -> String {
        let time = in_china(self.started).format("%Y-%m-%dT%H:%M:%S%.3f%:z");
        let (path, _) = self.path.split_once('?').unwrap_or((&self.path, ""));
        let order = self.order.as_deref().unwrap_or_default();
        let signature = self.signature.map_or("-", |verdict| verdict.word());
        let mut line = format!(
            "{time} {} {} order={} {} {} signature={signature} fault={}",
            shown(&self.method, 16),
            shown(path, 80),
            shown(order, 50),
            self.reply_status
                .map_or_else(|| "-".to_owned(), |status| status.to_string()),
            shown(self.reply_code.as_deref().unwrap_or_default(), 16),
            self.fault.as_deref().unwrap_or("-"),
        );
        match &self.applied {
            // Writing into a String does not fail.
            Some(change) => _ = write!(line, " moved={}", change.amount),
            None if self.waiting => line.push_str(" moved=later"),
            None => line.push_str(" moved=-"),
        }
        if !self.body_complete {
            line.push_str(" incomplete");
        }
        line
    }
}

/// Visible ASCII as it is, the rest escaped, and no more than so many characters.
fn shown(text: &str, longest: usize) -> String {
    if text.is_empty() {
        return "-".to_owned();
    }
    let mut shown = String::new();
    for character in text.chars().take(longest) {
        if character.is_ascii_graphic() {
            shown.push(character);
        } else {
            shown.extend(character.escape_unicode());
        }
    }
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::authorization::SignatureVerdict;
    use crate::book::change::Change;
    use crate::book::order::OrderState;

    fn record() -> LedgerRequest {
        LedgerRequest {
            started: "2023-07-18T03:13:40.125Z".parse().unwrap(),
            method: "POST".to_owned(),
            path: "/v6/poslink/transaction/pay?payCode=134524350966727175".to_owned(),
            authorization: Some("OPEN-BODY-SIG AppId=\"MARKER\"".to_owned()),
            body: Some("{\"payCode\":\"134524350966727175\"}".to_owned()),
            body_complete: true,
            ..LedgerRequest::default()
        }
    }

    #[test]
    fn a_request_on_one_line() {
        let plain = record();
        let full = LedgerRequest {
            order: Some("M1".to_owned()),
            signature: Some(SignatureVerdict::Accepted),
            reply_status: Some(200),
            reply_code: Some("00".to_owned()),
            fault: Some("fin-in-reply@17".to_owned()),
            applied: Some(Change {
                order_id: "A".to_owned(),
                from: None,
                to: OrderState::Paid,
                amount: 4160,
                refund_request_id: None,
            }),
            ..record()
        };
        let waiting = LedgerRequest {
            waiting: true,
            body_complete: false,
            ..record()
        };
        let lines = [plain.line(), full.line(), waiting.line()];
        insta::assert_snapshot!(lines.join("\n"), @"
        2023-07-18T11:13:40.125+08:00 POST /v6/poslink/transaction/pay order=- - - signature=- fault=- moved=-
        2023-07-18T11:13:40.125+08:00 POST /v6/poslink/transaction/pay order=M1 200 00 signature=accepted fault=fin-in-reply@17 moved=4160
        2023-07-18T11:13:40.125+08:00 POST /v6/poslink/transaction/pay order=- - - signature=- fault=- moved=later incomplete
        ");
    }

    #[test]
    fn nothing_in_it_acts_on_a_terminal_or_makes_a_second_line() {
        let hostile = LedgerRequest {
            method: "\u{1b}[2J".to_owned(),
            path: format!("/a b\r\nforged\u{202e}{}", "x".repeat(200)),
            order: Some("银联\u{9b}".to_owned()),
            ..record()
        };
        let line = hostile.line();
        assert!(
            line.chars()
                .all(|c| c.is_ascii_graphic() || matches!(c, ' ' | '…')),
            "{line}"
        );
        assert!(line.len() < 400, "{line}");
        assert!(line.contains("order=\\u{94f6}"), "{line}");
    }
}
