//! What a person is shown of a request and of its reply: names in both languages, and how a value
//! is written.

use ums_client::Language;
use ums_client::model::Fen;

use crate::language::{Message, say};
use crate::print::table::Row;

/// A name in English and in Chinese.
pub(crate) type Label = (&'static str, &'static str);

/// A value under its name, or nothing where there is none to show.
pub(crate) type Entry = (Label, Option<Message>);

pub(crate) const AMOUNT: Label = ("amount", "订单金额");
pub(crate) const ANSWER: Label = ("answer", "查询结果");
pub(crate) const DATE: Label = ("date", "交易日期");
pub(crate) const MERCHANT_ORDER_ID: Label = ("merchant order id", "商户订单号");
pub(crate) const PAID: Label = ("paid", "实付金额");
pub(crate) const REFUND_AMOUNT: Label = ("amount", "退款金额");
pub(crate) const REFUND_REQUEST_ID: Label = ("refund request id", "退款请求标识");
pub(crate) const REFUNDED: Label = ("refunded", "实退金额");
pub(crate) const RETRIEVAL_REF: Label = ("retrieval ref. no.", "检索参考号");
pub(crate) const TIME: Label = ("time", "交易时间");
pub(crate) const UMS_ORDER_ID: Label = ("UMS order id", "银商订单号");
pub(crate) const WALLET: Label = ("wallet", "支付渠道");

pub(crate) const MERCHANT_CODE: Label = ("merchant code", "商户号");
pub(crate) const TERMINAL_CODE: Label = ("terminal code", "终端号");

/// An amount for a person.
pub(crate) fn in_yuan(amount: Fen) -> Message {
    let yuan = amount.yuan();
    Message::new(format!("{yuan} CNY"), format!("{yuan} 元"))
}

/// The entries that have a value, in one language.
pub(crate) fn rows(entries: impl IntoIterator<Item = Entry>, language: Language) -> Vec<Row> {
    entries
        .into_iter()
        .filter_map(|((english, chinese), value)| {
            let value = value?.said(language).to_owned();
            Some((say(language, english, chinese), value))
        })
        .collect()
}
