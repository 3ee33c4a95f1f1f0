//! The kind of account that a payment was made from.

use crate::field::coded::coded;
use crate::field::spec::FieldKind;
use crate::json::object::Token;
use crate::reply::field::Read;

coded! {
    /// The kind of account that had paid (卡类型, `cardAttr`; codes of the official page of the
    /// void). A code that the page does not list stays
    /// [`Field::AsReceived`](crate::Field::AsReceived).
    pub enum CardAttr {
        /// `01`, a debit card (借记).
        Debit = "01",
        /// `03`, a credit card (贷记).
        Credit = "03",
        /// `91`, a balance (账户余额).
        Balance = "91",
    }
}

impl Read for CardAttr {
    const KIND: FieldKind = FieldKind::String;

    fn read(token: &Token<'_>) -> Option<Self> {
        Self::of_code(token.string()?)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::VoidPaymentReply;

    fn reply(body: &str) -> VoidPaymentReply {
        VoidPaymentReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn card_attr_keeps_what_is_not_listed() {
        assert_eq!(
            reply(r#"{"cardAttr":"01"}"#).card_attr.typed(),
            Some(&CardAttr::Debit)
        );
        assert_eq!(
            reply(r#"{"cardAttr":"03"}"#).card_attr.typed(),
            Some(&CardAttr::Credit)
        );
        assert_eq!(
            reply(r#"{"cardAttr":"91"}"#).card_attr.typed(),
            Some(&CardAttr::Balance)
        );
        let unlisted = reply(r#"{"cardAttr":"92"}"#);
        assert_eq!(
            unlisted
                .card_attr
                .as_received()
                .and_then(|json| json.text())
                .as_deref(),
            Some("92")
        );
    }
}
