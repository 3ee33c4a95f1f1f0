//! Codes, ids and short texts of a request, as types that hold only what their field takes.

use crate::field::text_field::text_field;

text_field! {
    /// A merchant code (商户号, `merchantCode`): 1 to 15 ASCII letters and digits.
    ///
    /// The maximum is the official page's; it does not say whether it counts characters or bytes,
    /// which here is the same. Every published example has 15 digits; that letters are taken as
    /// well is inferred from the type column.
    MerchantCode = "merchantCode", 1..=15, LettersAndDigits;
    holds Public
}

text_field! {
    /// A terminal code (终端号, `terminalCode`): 1 to 8 ASCII letters and digits.
    ///
    /// The maximum is the official page's. Every published example has 8 characters; the character
    /// set is inferred.
    TerminalCode = "terminalCode", 1..=8, LettersAndDigits;
    holds Public
}

text_field! {
    /// A system trace number (系统跟踪号, `systemTraceNum`): exactly 6 ASCII digits (official
    /// page).
    ///
    /// POS通担保交易接口 v20201204 (§2 p.15) asks for one that is unique for the merchant, the
    /// terminal and the trading day; in live replies the platform assigns one when none was sent.
    SystemTraceNumber = "systemTraceNum", 6..=6, Digits, Digits;
    holds Public
}

text_field! {
    /// A merchant order id (商户订单号, `merchantOrderId`): 1 to 50 visible ASCII characters.
    ///
    /// The maximum is the official page's and that of POS通交易接口 v20200527 (§1.2.3 p.5), which
    /// wants another one for each payment, ever; the character set is inferred from the examples.
    MerchantOrderId = "merchantOrderId", 1..=50, VisibleAscii;
    holds Public
}

text_field! {
    /// A UMS order id (银商订单号, `originalOrderId`): the `orderId` that the reply to the payment
    /// named, 1 to 50 visible ASCII characters.
    ///
    /// The maximum, and that it must equal the payment's id, are the official page's; the character
    /// set is inferred from its examples.
    UmsOrderId = "originalOrderId", 1..=50, VisibleAscii;
    holds Public
}

text_field! {
    /// A merchant's remark (商户备注, `merchantRemark`): 1 to 50 printable characters of any
    /// script.
    ///
    /// The maximum is the official page's; it does not say whether it counts characters or bytes,
    /// and characters are counted here. `Debug` shows the length only.
    MerchantRemark = "merchantRemark", 1..=50, Printable;
    holds Text
}

text_field! {
    /// A business identifier (业务标识, `bizIdentifier`): 1 to 3 visible ASCII characters.
    ///
    /// The maximum is the official page's, and so is that it is normally not sent; the character
    /// set is inferred.
    BizIdentifier = "bizIdentifier", 1..=3, VisibleAscii;
    holds Public
}

text_field! {
    /// A refund request id (退款请求标识, `refundRequestId`): 1 to 50 visible ASCII characters,
    /// another one for each refund of an order and the same one for a repeat of a refund.
    ///
    /// The maximum, and that each refund of an order needs its own, are from POS通交易接口
    /// v20200527 (§1.4.3 p.11); that a repeat should keep it is inferred from another UMS product,
    /// which answers such a repeat with the refund that exists. The character set is inferred.
    RefundRequestId = "refundRequestId", 1..=50, VisibleAscii;
    holds Public
}

text_field! {
    /// Words of the merchant's own (商户冗余信息, `srcReserved`) that a payment channel may use: 1
    /// to 100 printable characters of any script.
    ///
    /// The maximum is from POS通交易接口 v20200527 (§1.2.3 p.5, §1.4.3 p.12); an older document has
    /// 255 (community). `Debug` shows the length only.
    SrcReserved = "srcReserved", 1..=100, Printable;
    holds Text
}

text_field! {
    /// A store's number (门店号, `storeId`; POS通交易接口 v20200527 §1.2.3 p.5). No document that
    /// could be read limits it.
    StoreId = "storeId", any, Printable;
    holds Public
}

text_field! {
    /// An operator's number (操作员编号, `operatorId`; POS通交易接口 v20200527 §1.2.3 p.6). No
    /// document that could be read limits it.
    OperatorId = "operatorId", any, Printable;
    holds Public
}

text_field! {
    /// Why a refund is made (`refundDesc`), known from the v6 sample and a merchant's client only.
    /// `Debug` shows the length only.
    RefundDesc = "refundDesc", any, Printable;
    holds Text
}

text_field! {
    /// `transparentFields` of a refund, known from the v6 sample only, which has the string `{}`.
    /// What it may hold is not known, so it is taken as the text that is sent. `Debug` shows the
    /// length only.
    TransparentFields = "transparentFields", any, Printable;
    holds Text
}

text_field! {
    /// A payer's code (支付码, `payCode`), as scanned: visible ASCII characters, which is inferred
    /// from the examples. No document that could be read limits its length.
    ///
    /// Whoever has a fresh one can take the payer's money, so neither `Debug` nor an error shows
    /// it.
    PayCode = "payCode", any, VisibleAscii;
    holds Secret
}

text_field! {
    /// A hold's authorisation code (授权码, `authorizationCode`), as its reply named it: visible
    /// ASCII characters, which is inferred. No document that could be read limits its length.
    AuthorizationCode = "authorizationCode", any, VisibleAscii;
    holds Public
}

text_field! {
    /// The merchant's remark on a hold (商户备注, `merchantRemark`): 1 to 30 printable characters
    /// of any script, where that of a payment has up to 50 (POS通担保交易接口 v20201204 §1.2.3
    /// p.3). `Debug` shows the length only.
    AuthorizationRemark = "merchantRemark", 1..=30, Printable;
    holds Text
}

text_field! {
    /// Further data of a hold (附加信息, `attachedData`), of which POS通担保交易接口 v20201204
    /// (§1.2.3 p.3) says no more. `Debug` shows the length only.
    AttachedData = "attachedData", any, Printable;
    holds Text
}

impl SystemTraceNumber {
    /// A number for a query about the call with this one, as far from it as can be: each call of a
    /// day wants one of its own, and nothing here counts them.
    pub(crate) fn for_query(&self) -> Self {
        let number: u32 = self.as_str().parse().unwrap_or_default();
        Self(format!("{:06}", (number + 500_000) % 1_000_000).into_boxed_str())
    }
}
