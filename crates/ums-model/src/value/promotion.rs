//! Discounts, as replies list them: what a payment had of them, and what a refund takes back of
//! them.

use crate::field::coded::coded;
use crate::field::spec::FieldKind;
use crate::json::object::Token;
use crate::json::text::Text;
use crate::reply::declare::reply;
use crate::reply::field::Read;
use crate::value::amount::Fen;

reply! {
    /// A discount of a payment (优惠活动, `promotionList`), as the replies to a payment and to a
    /// query list them.
    pub struct Promotion {
        /// Who gave the discount (渠道方): `ACP` (UnionPay), `UMS`, `ALIPAY` or `WXPAY`.
        channel_name: Text = "channelName" in "§1.2.3 p.7, §1.5.3 p.18", need Required, holds Public;
        /// The discount's own id (优惠流水ID).
        discount_id: Text = "discountId" in "§1.2.3 p.7, §1.5.3 p.19", max 50, need Required, holds Public;
        /// The campaign's number (活动编号).
        event_no: Text = "eventNo" in "§1.2.3 p.7, §1.5.3 p.19", max 50, need Optional, holds Public;
        /// The campaign's name (活动名称).
        event_name: Text = "eventName" in "§1.2.3 p.7, §1.5.3 p.19", max 64, need Optional;
        /// What was discounted (优惠范围): `GLOBAL` the order, `SINGLE` single goods.
        discount_scope: Text = "discountScope" in "§1.2.3 p.7, §1.5.3 p.19", need Optional, holds Public;
        /// The kind of discount (优惠类型): `COUPON` or `DISCOUNT` of WeChat, `ALIPAY_FIX_VOUCHER`,
        /// `ALIPAY_DISCOUNT_VOUCHER` or `ALIPAY_ITEM_VOUCHER` of Alipay.
        discount_type: Text = "discountType" in "§1.2.3 p.7, §1.5.3 p.19", need Optional, holds Public;
        /// The discount's amount (活动优惠金额), in fen.
        event_discount_amount: Fen = "eventDiscountAmount" in "§1.2.3 p.8, §1.5.3 p.19", max 15, need Required;
        /// What the platform bore of it (平台优惠金额), in fen.
        platform_discount_amount: Fen = "platformDiscountAmount" in "§1.2.3 p.8, §1.5.3 p.19", max 15, need Required;
        /// What the merchant bore of it (商户优惠金额), in fen.
        merchant_discount_amount: Fen = "merchantDiscountAmount" in "§1.2.3 p.8, §1.5.3 p.19", max 15, need Required;
        /// What the payment channel bore of it (第三方优惠金额), in fen.
        third_party_discount_amount: Fen = "thirdPartyDiscountAmount" in "§1.2.3 p.8, §1.5.3 p.19", max 15, need Required;
        /// The payment channel's own details (第三方出资详情).
        third_party_discount_detail: Text = "thirdPartyDiscountDetail" in "§1.2.3 p.8, §1.5.3 p.19", need Optional;
        /// The goods that were discounted (单品列表).
        goods_list: Vec<DiscountedGoods> = "goodsList" in "§1.2.3 p.8, §1.5.3 p.19", need Optional;
    }
}

reply! {
    /// Goods that a payment had a discount on (单品列表, `goodsList` of a [`Promotion`]).
    pub struct DiscountedGoods {
        /// The id of the goods (商品编号).
        goods_id: Text = "goodsId" in "§1.2.3 p.8, §1.5.3 p.19", max 50, need Required, holds Public;
        /// The discount on them (单品优惠金额), in fen.
        discount_amount: Fen = "discountAmount" in "§1.2.3 p.8, §1.5.3 p.19", max 15, need Required;
        /// How many (商品数量).
        goods_number: u64 = "goodsNumber" in "§1.2.3 p.8, §1.5.3 p.19", max 15, need Required;
        /// Their price (商品价格), in fen.
        goods_price: Fen = "goodsPrice" in "§1.2.3 p.8, §1.5.3 p.19", need Optional;
        /// A remark about them (商品备注).
        goods_remark: Text = "goodsRemark" in "§1.2.3 p.8, §1.5.3 p.19", need Optional;
    }
}

reply! {
    /// What a refund takes back of one campaign's discount (活动列表, `eventList`), as the replies
    /// to a refund and to a refund query list them.
    ///
    /// The document says for each channel (`ACP` UnionPay, `UMS`, `ALIPAY`, `WXPAY`) where a value
    /// is taken from, and of most values that some channels have none.
    pub struct RefundedPromotion {
        /// Who had given the discount (渠道方): `ACP`, `UMS`, `ALIPAY` or `WXPAY`.
        promotion_provider_code: Text = "promotionProviderCode" in "§1.4.3 p.13, §1.6.3 p.22", max 50, need Required, holds Public;
        /// The discount's own id (优惠流水ID): of `ACP` and `WXPAY`.
        flow_id: Text = "flowId" in "§1.4.3 p.13, §1.6.3 p.23", max 50, need Required, holds Public;
        /// The campaign's number (活动编号): of `ACP`.
        event_no: Text = "eventNo" in "§1.4.3 p.13, §1.6.3 p.23", max 50, need Optional, holds Public;
        /// The campaign's name (活动名称): of `ACP`.
        event_name: Text = "eventName" in "§1.4.3 p.14, §1.6.3 p.23", max 64, need Optional;
        /// What was discounted (优惠范围), of `ACP`: `GLOBAL` where there is no list of goods,
        /// `SINGLE` where there is one.
        promotion_range: Text = "promotionRange" in "§1.4.3 p.14, §1.6.3 p.23", max 32, need Optional, holds Public;
        /// The kind of discount (优惠类型), of `ACP`: `DD01` a random reduction, `CP01` a voucher
        /// given afterwards, `CP02` one taken before.
        promotion_type: Text = "promotionType" in "§1.4.3 p.14, §1.6.3 p.23", max 32, need Optional, holds Public;
        /// What is taken back of the discount (退货优惠金额), in fen.
        refund_promotion_amt: Fen = "refundPromotionAmt" in "§1.4.3 p.14, §1.6.3 p.23", max 15, need Optional;
        /// What the platform had borne of it (平台金额), in fen.
        plat_promotion_amt: Fen = "platPromotionAmt" in "§1.4.3 p.14, §1.6.3 p.23", max 15, need Optional;
        /// What the merchant had borne of it (商户优惠金额), in fen.
        mchnt_promotion_amt: Fen = "mchntPromotionAmt" in "§1.4.3 p.14, §1.6.3 p.24", max 15, need Optional;
        /// What a third party had borne of it (第三方优惠金额), in fen.
        third_party_promotion_amt: Fen = "thirdPartyPromotionAmt" in "§1.4.3 p.15, §1.6.3 p.24", max 15, need Optional;
        /// Details of that in Base64 (第三方出资详情), of `ACP`.
        third_party_promotion_detail: Text = "thirdPartyPromotionDetail" in "§1.4.3 p.15, §1.6.3 p.24", need Optional;
        /// The goods that were discounted (单品列表): required where single goods were.
        goods_list: Vec<RefundedGoods> = "goodsList" in "§1.4.3 p.15, §1.6.3 p.24", need Conditional;
    }
}

reply! {
    /// Goods whose discount a refund takes back (单品列表, `goodsList` of a [`RefundedPromotion`]).
    pub struct RefundedGoods {
        /// The id of the goods (商品编号).
        goods_id: Text = "goodsId" in "§1.4.3 p.15, §1.6.3 p.24", max 50, need Required, holds Public;
        /// The discount on them (单品优惠金额), in fen.
        promotion_amt: Fen = "promotionAmt" in "§1.4.3 p.15, §1.6.3 p.24", max 15, need Optional;
        /// How many (商品数量).
        goods_num: u64 = "goodsNum" in "§1.4.3 p.15, §1.6.3 p.24", max 15, need Optional;
        /// Their price (商品价格), in fen.
        goods_price: Fen = "goodsPrice" in "§1.4.3 p.15, §1.6.3 p.24", max 15, need Optional;
        /// A remark about them (商品备注).
        goods_remark: Text = "goodsRemark" in "§1.4.3 p.15, §1.6.3 p.25", max 128, need Optional;
    }
}

coded! {
    /// What is known of the discounts of an order (优惠状态, `discountStatus`; POS通交易接口
    /// v20200527 §1.2.3 p.7, §1.5.3 p.18). Another number stays
    /// [`Field::AsReceived`](crate::Field::AsReceived).
    pub enum DiscountStatus {
        /// `1`: the order has a discount that was not found.
        NotFound = "1",
        /// `2`: the order has a discount, and it was found.
        Found = "2",
    }
}

/// Documented as a number.
impl Read for DiscountStatus {
    const KIND: FieldKind = FieldKind::Number;

    fn read(token: &Token<'_>) -> Option<Self> {
        Self::of_code(token.string_or_number()?)
    }
}

coded! {
    /// What is known of the discounts of an order that is refunded (订单优惠状态,
    /// `orderPromotionStatus`; POS通交易接口 v20200527 §1.4.3 p.13, §1.6.3 p.22). Another code
    /// stays [`Field::AsReceived`](crate::Field::AsReceived).
    pub enum OrderPromotionStatus {
        /// `0`: the order has no discount.
        None = "0",
        /// `1`: the order has a discount that was not found.
        NotFound = "1",
        /// `2`: the order has a discount, and its data are complete.
        Complete = "2",
    }
}

/// Documented as a string.
impl Read for OrderPromotionStatus {
    const KIND: FieldKind = FieldKind::String;

    fn read(token: &Token<'_>) -> Option<Self> {
        Self::of_code(token.string_or_number()?)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::reply::field::Field;
    use crate::{PayReply, RefundReply};

    fn refund(body: &str) -> RefundReply {
        RefundReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    fn pay(body: &str) -> PayReply {
        PayReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn each_status_is_read_as_a_string_and_as_a_number() {
        for status in OrderPromotionStatus::ALL {
            for value in [format!("\"{}\"", status.code()), status.code().to_owned()] {
                let reply = refund(&format!(r#"{{"orderPromotionStatus":{value}}}"#));
                assert_eq!(
                    reply.order_promotion_status,
                    Field::Typed(*status),
                    "{value}"
                );
            }
        }
        for status in DiscountStatus::ALL {
            for value in [format!("\"{}\"", status.code()), status.code().to_owned()] {
                let reply = pay(&format!(r#"{{"discountStatus":{value}}}"#));
                assert_eq!(reply.discount_status, Field::Typed(*status), "{value}");
            }
        }
    }

    #[test]
    fn another_status_is_kept_as_it_came() {
        for value in ["3", "\"3\"", "\"02\"", "2.0", "\" 2\"", "true", "[2]"] {
            let status =
                refund(&format!(r#"{{"orderPromotionStatus":{value}}}"#)).order_promotion_status;
            assert_eq!(status.as_received().map(crate::Json::raw), Some(value));
        }
        for value in ["0", "\"0\"", "3", "true"] {
            let status = pay(&format!(r#"{{"discountStatus":{value}}}"#)).discount_status;
            assert_eq!(status.as_received().map(crate::Json::raw), Some(value));
        }
    }

    #[test]
    fn what_a_refund_takes_back_is_read_at_every_depth() {
        let list = r#"[{"promotionProviderCode":"ACP","flowId":"F1","refundPromotionAmt":"50","goodsList":[{"goodsId":"G1","promotionAmt":50,"goodsNum":"1","new":2}]}]"#;
        let in_text = serde_json::to_string(list).unwrap();
        for list in [list, &in_text] {
            let reply = refund(&format!(
                r#"{{"eventList":{list},"oriInfo":{{"chnlInfo":{{}}}}}}"#
            ));
            let [event] = reply.event_list.typed().unwrap().as_slice() else {
                panic!("{list}");
            };
            assert_eq!(event.refund_promotion_amt.typed(), Some(&Fen::new(50)));
            let [goods] = event.goods_list.typed().unwrap().as_slice() else {
                panic!("{list}");
            };
            assert_eq!(goods.goods_num.typed(), Some(&1));
            assert_eq!(goods.promotion_amt.typed(), Some(&Fen::new(50)));
            assert_eq!(goods.unlisted().len(), 1);
            assert!(reply.ori_info.typed().unwrap().named("chnlInfo").is_some());
        }
    }
}
