//! One discount of a payment, as replies list them.

use crate::amount::Fen;
use crate::json::Fields;
use crate::reply::reply;
use crate::text::Text;

reply! {
    /// A discount (`promotionList` of a reply, official PDF v2). The PDF's table gives the names, the channels and one
    /// length; what `discountType` can be is not known.
    pub struct Promotion {
        /// Who gave the discount: `ACP`, `UMS`, `ALIPAY` or `WXPAY`.
        channel_name: Text = "channelName";
        /// The discount's own id (优惠流水).
        discount_id: Text = "discountId", max 50;
        /// The campaign's number.
        event_no: Text = "eventNo";
        /// The campaign's name.
        event_name: Text = "eventName";
        /// What was discounted: `GLOBAL` the order, `SINGLE` single goods.
        discount_scope: Text = "discountScope";
        /// The kind of discount.
        discount_type: Text = "discountType";
        /// The discount's amount.
        event_discount_amount: Fen = "eventDiscountAmount";
        /// What the platform bore of it.
        platform_discount_amount: Fen = "platformDiscountAmount";
        /// What the merchant bore of it.
        merchant_discount_amount: Fen = "merchantDiscountAmount";
        /// What the payment channel bore of it.
        third_party_discount_amount: Fen = "thirdPartyDiscountAmount";
        /// The payment channel's own details.
        third_party_discount_detail: Text = "thirdPartyDiscountDetail";
        /// The goods that were discounted.
        goods_list: Vec<Fields> = "goodsList";
    }
}
