//! The payment (支付): takes the money that a payer's code stands for.

use chrono::{NaiveDate, NaiveTime};

use crate::field::invalid_field::InvalidField;
use crate::field::misfit::Misfit;
use crate::field::spec::{FieldKind, FieldSpec, Sensitivity};
use crate::field::text_field::text_field;
use crate::field::wire_type::WireType;
use crate::field::written::Written;
use crate::json::object::{Scalar, Token};
use crate::json::text::Text;
use crate::json::value::Fields;
use crate::operation::declare::operation;
use crate::operation::discrepancy::Discrepancy;
use crate::operation::resolve::{Finding, RequestTrace};
use crate::operation::spec::Meaning;
use crate::poslink::query::{Query, QueryReply};
use crate::reply::field::Field;
use crate::request::declare::request;
use crate::request::read::read_inner;
use crate::value::amount::Fen;
use crate::value::card_attr::CardAttr;
use crate::value::currency::Currency;
use crate::value::date::MonthDay;
use crate::value::goods::{Goods, check_json_length};
use crate::value::identifier::{
    BizIdentifier, MerchantCode, MerchantOrderId, MerchantRemark, OperatorId, PayCode, SrcReserved,
    StoreId, SystemTraceNumber, TerminalCode,
};
use crate::value::location::{
    BaseStation, DeviceType, Latitude, LocationFields, Longitude, TerminalIp, TerminalLocation,
};
use crate::value::pay_mode::PayMode;
use crate::value::promotion::{DiscountStatus, Promotion};
use crate::value::query_state::QueryState;
use crate::value::sample_text::{
    AppVersion, CertNo, CertType, CostSubsidy, EduScene, EduSchoolId, EncryptRandNum, FeeRatio,
    FixBuyer, InvocationMode, NetworkLicense, OrderDesc, ParkId, PayerMobile, PayerName, PwdEnc,
    PwdTransKeyEnc, SecretText, SerialNum, SubAppId, TargetChnl, ThirdPartyInstalSubsFlag,
    TransChnl, VehicleNo,
};
use crate::value::version::PayVersion;

operation! {
    /// A payment (支付) by a payer's code, `POST /v6/poslink/transaction/pay` (sample of the
    /// official page); at v2 `/v2/poslink/…` (POS通交易接口 v20200527 §1.2.2 p.4), and at v4 as
    /// live traffic has it.
    ///
    /// A payment whose outcome is not known is queried on the same day; only when the query gives a
    /// definite state may the order be refunded (POS通交易接口 v20200527 §3 p.26). Paying again
    /// under another merchant order id before that can take the money twice.
    ///
    /// The fields are v2's and those of the v6 page's sample, of which no more than the name is
    /// known: they are marked so. Their order is the sample's, then v2's.
    ///
    /// ```
    /// use bytes::Bytes;
    /// use ums_model::{
    ///     Fen, MerchantCode, MerchantOrderId, MerchantRemark, Operation, Pay, PayCode, PayMode, TerminalCode, Verdict,
    /// };
    ///
    /// let pay = Pay::new(
    ///     MerchantCode::new("123456789900081")?,
    ///     TerminalCode::new("00810001")?,
    ///     MerchantOrderId::new("20123333644493200")?,
    ///     Fen::new(1),
    ///     MerchantRemark::new("测试")?,
    ///     PayMode::CodeScan,
    ///     PayCode::new("285668667587422761")?,
    /// );
    /// let reply = pay.decode(Bytes::from(r#"{"errCode":"00","transactionAmount":1,"amount":"1"}"#))?;
    /// assert_eq!(pay.judge(&reply).verdict(), Verdict::Approved);
    /// assert_eq!(reply.amount.typed(), Some(&Fen::new(1)));
    ///
    /// // When no answer comes: what became of this very order?
    /// assert_eq!(pay.query().merchant_order_id(), Some(pay.merchant_order_id()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub struct Pay at PayVersion {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in "§1.2.3 p.5",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in "§1.2.3 p.5",
        /// How much is to be paid (交易金额), in fen.
        required transaction_amount: Written<Fen> = "transactionAmount" in "§1.2.3 p.5",
        /// The currency (交易币种).
        constant transaction_currency_code: Currency = "transactionCurrencyCode" in "§1.2.3 p.5",
        /// The merchant's own id of the order (商户订单号): another one for each payment, ever.
        required merchant_order_id: MerchantOrderId = "merchantOrderId" in "§1.2.3 p.5",
        /// The merchant's remark (商户备注).
        required merchant_remark: MerchantRemark = "merchantRemark" in "§1.2.3 p.5",
        /// How the payer's code was read (支付方式).
        required pay_mode: PayMode = "payMode" in "§1.2.3 p.5",
        /// The payer's code (支付码).
        required pay_code: PayCode = "payCode" in "§1.2.3 p.5",
        /// The type of the terminal: set together with its location.
        unknown device_type: DeviceType = "deviceType" in sample,
        /// The terminal's serial number of this transaction (系统跟踪号). Known from the v6 sample
        /// only.
        unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum" in sample,
        /// Words of the merchant's own (商户冗余信息).
        optional src_reserved, with_src_reserved: SrcReserved = "srcReserved" in "§1.2.3 p.5",
        /// The store (门店号).
        optional store_id, with_store_id: StoreId = "storeId" in "§1.2.3 p.5",
        /// Whether credit cards are refused (是否限制信用卡).
        optional limit_credit_card, with_limit_credit_card: Written<bool> = "limitCreditCard" in "§1.2.3 p.5",
        /// The operator (操作员编号).
        optional operator_id, with_operator_id: OperatorId = "operatorId" in "§1.2.3 p.6",
        /// The business that the call belongs to (业务标识). Normally not sent.
        optional biz_identifier, with_biz_identifier: BizIdentifier = "bizIdentifier" in "§1.2.3 p.6",
        /// A mark that discounts go by (商品标识).
        optional goods_tag, with_goods_tag: GoodsTag = "goodsTag" in "§1.2.3 p.6",
        /// That the payment is by instalments (分期标志), which one by instalments must say: `HBF`
        /// for Huabei.
        conditional installment_flag, with_installment_flag: InstallmentFlag = "installmentFlag" in "§1.2.3 p.6",
        /// The number of Huabei instalments (分期期数), for now of the Alipay channel only.
        optional installment_number, with_installment_number: Written<u64> = "installmentNumber" in "§1.2.3 p.6",
        /// Known from the v6 sample only.
        unknown trans_chnl, with_trans_chnl: TransChnl = "transChnl" in sample,
        /// Known from the v6 sample only.
        unknown third_party_instal_subs_flag, with_third_party_instal_subs_flag: ThirdPartyInstalSubsFlag = "thirdPartyInstalSubsFlag" in sample,
        /// Known from the v6 sample only.
        unknown fee_ratio, with_fee_ratio: FeeRatio = "feeRatio" in sample,
        /// Known from the v6 sample only.
        unknown cost_subsidy, with_cost_subsidy: CostSubsidy = "costSubsidy" in sample,
        /// Known from the v6 sample only; a merchant's client sends the app id of a WeChat account
        /// here.
        unknown sub_app_id, with_sub_app_id: SubAppId = "subAppId" in sample,
        /// Known from the v6 sample only; a merchant's client sends the serial number of the device
        /// here.
        unknown serial_num, with_serial_num: SerialNum = "serialNum" in sample,
        /// Known from the v6 sample only.
        unknown encrypt_rand_num, with_encrypt_rand_num: EncryptRandNum = "encryptRandNum" in sample,
        /// Known from the v6 sample only.
        unknown secret_text, with_secret_text: SecretText = "secretText" in sample,
        /// Known from the v6 sample only.
        unknown app_version, with_app_version: AppVersion = "appVersion" in sample,
        /// The longitude of the terminal.
        conditional longitude: Longitude = "longitude" in community,
        /// The latitude of the terminal.
        conditional latitude: Latitude = "latitude" in community,
        /// Known from the v6 sample only.
        unknown network_license, with_network_license: NetworkLicense = "networkLicense" in sample,
        /// The IP address of the terminal.
        conditional ip: TerminalIp = "ip" in community,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown payer_name, with_payer_name: PayerName = "name" in sample,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown payer_mobile, with_payer_mobile: PayerMobile = "mobile" in sample,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown cert_type, with_cert_type: CertType = "certType" in sample,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown cert_no, with_cert_no: CertNo = "certNo" in sample,
        /// Known from the v6 sample only.
        unknown fix_buyer, with_fix_buyer: FixBuyer = "fixBuyer" in sample,
        /// Known from the v6 sample only.
        unknown target_chnl, with_target_chnl: TargetChnl = "targetChnl" in sample,
        /// Known from the v6 sample only.
        unknown invocation_mode, with_invocation_mode: InvocationMode = "invocationMode" in sample,
        /// Known from the v6 sample; a merchant sends a description of the order here, at v4 too.
        unknown order_desc, with_order_desc: OrderDesc = "orderDesc" in sample,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown pwd_enc, with_pwd_enc: PwdEnc = "pwdEnc" in sample,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown pwd_trans_key_enc, with_pwd_trans_key_enc: PwdTransKeyEnc = "pwdTransKeyEnc" in sample,
        /// The base station of the terminal.
        conditional cust2: BaseStation = "cust2" in community,
        /// The goods that are bought (商品信息).
        optional goods, with_goods: Written<Goods> = "goods" in "§1.2.3 p.5",
        /// What the payment channels want to know of some businesses (返佣字段), for now the Alipay
        /// channel only: set by [`with_ret_comm_params`](Pay::with_ret_comm_params).
        optional ret_comm_params: Written<RetCommParams> = "retCommParams" in "§1.2.3 p.6",
    }

    /// The reply to a [`Pay`]: the fields of POS通交易接口 v20200527 (§1.2.3 p.6-9) first, then
    /// those that only live replies have.
    ///
    /// Live replies do not have every field that the document requires, so all but `errCode` and
    /// `errInfo` should be expected to stay away.
    pub struct PayReply {
        /// The code that says what became of the payment: the platform's or the business system's.
        err_code: Text = "errCode" in "§1.2.3 p.6", need Required, holds Public;
        /// The code in words (错误说明), for people. It is never parsed.
        err_info: Text = "errInfo" in "§1.2.3 p.6", need Required;
        /// The time of the payment (交易时间).
        transaction_time: NaiveTime = "transactionTime" in "§1.2.3 p.6", need Required;
        /// The day of the payment (交易日期).
        transaction_date_with_year: NaiveDate = "transactionDateWithYear" in "§1.2.3 p.6", need Required;
        /// The day of settlement (结算日期).
        settlement_date_with_year: NaiveDate = "settlementDateWithYear" in "§1.2.3 p.6", need Required;
        /// The retrieval reference number (检索参考号): 12 characters, letters among them.
        retrieval_ref_num: Text = "retrievalRefNum" in "§1.2.3 p.6", max 12, need Required, holds Public;
        /// The order's amount (订单金额) as it was sent, in fen.
        transaction_amount: Fen = "transactionAmount" in "§1.2.3 p.6", need Optional;
        /// The amount after the discounts of the UMS alliance (营销联盟优惠后交易金额), in fen.
        actual_transaction_amount: Fen = "actualTransactionAmount" in "§1.2.3 p.6", max 12, need Optional;
        /// The amount that the payer really paid (实际支付金额), in fen.
        amount: Fen = "amount" in "§1.2.3 p.6", max 12, need Required;
        /// The order by the platform's id (订单号): what a void or a refund names it by.
        order_id: Text = "orderId" in "§1.2.3 p.6", max 50, need Required, holds Public;
        /// What the UMS alliance discounted (营销联盟优惠说明), in words.
        marketing_alliance_discount_instruction: Text = "marketingAllianceDiscountInstruction" in "§1.2.3 p.6", max 200, need Optional;
        /// What the payment channel discounted (第三方优惠说明), in words.
        third_party_discount_instruction: Text = "thirdPartyDiscountInstruction" in "§1.2.3 p.7", max 200, need Optional;
        /// The wallet's name (第三方名称).
        third_party_name: Text = "thirdPartyName" in "§1.2.3 p.7", max 60, need Optional;
        /// The payer's id in the wallet (第三方买家Id). `Debug` does not show it.
        third_party_buyer_id: Text = "thirdPartyBuyerId" in "§1.2.3 p.7", max 32, need Optional, holds Personal;
        /// The payer's name in the wallet (第三方买家用户名). `Debug` does not show it.
        third_party_buyer_user_name: Text = "thirdPartyBuyerUserName" in "§1.2.3 p.7", need Optional, holds Personal;
        /// The order's id in the wallet (第三方订单号).
        third_party_order_id: Text = "thirdPartyOrderId" in "§1.2.3 p.7", need Optional, holds Public;
        /// How the payment was made up (第三方支付信息), `kind:amount|kind:amount`, in fen.
        third_party_pay_information: Text = "thirdPartyPayInformation" in "§1.2.3 p.7", need Optional;
        /// The discounts' sum (优惠金额（合计）), in fen.
        total_discount_amount: Fen = "totalDiscountAmount" in "§1.2.3 p.7", need Optional;
        /// What is known of the discounts (优惠状态).
        discount_status: DiscountStatus = "discountStatus" in "§1.2.3 p.7", need Optional;
        /// The discounts of the payment (优惠活动).
        promotion_list: Vec<Promotion> = "promotionList" in "§1.2.3 p.7", need Optional;
        /// The channels' own records of the discounts: `channel_info` and `acq_info`, whose types
        /// are not documented.
        raw_promotion_list: Fields = "rawPromotionList" in "§1.2.3 p.8", need Optional;
        /// The kind of account that paid (卡类型).
        card_attr: CardAttr = "cardAttr" in "§1.2.3 p.8", need Optional;
        /// What the merchant bore of the discounts (商户让利金额), in fen.
        merchant_allowance: Fen = "merchantAllowance" in "§1.2.3 p.9", need Optional;
        /// What the payment channel bore of the discounts (第三方补贴金额), in fen.
        third_party_allowance: Fen = "thirdPartyAllowance" in "§1.2.3 p.9", need Optional;
        /// What was paid in points of the payment channel (积分抵扣金额), in fen.
        third_party_point_discount_amount: Fen = "thirdPartyPointDiscountAmount" in "§1.2.3 p.9", need Optional;
        /// The number of Huabei instalments (花呗分期期数).
        installment_number: u64 = "installmentNumber" in "§1.2.3 p.9", need Optional;
        /// The merchant's share of the instalments' cost (付息方) in per cent: 0, or 100 when the
        /// merchant bears it.
        installment_seller_percent: u64 = "installmentSellerPercent" in "§1.2.3 p.9", need Optional;
        /// The merchant's name (商户名称).
        mchnt_name: Text = "mchntName" in "§1.2.3 p.9", need Optional;
        /// The day of the payment, without its year (seen live).
        transaction_date: MonthDay = "transactionDate" in live;
        /// The day of settlement (结算日期), without its year (seen live).
        settlement_date: MonthDay = "settlementDate" in live;
        /// `thirdPartyDiscountInstrution`: the platform repeats the words under a misspelt name
        /// (seen live).
        third_party_discount_instruction_misspelt: Text = "thirdPartyDiscountInstrution" in live;
        /// The payer's id in the wallet, again (seen live). `Debug` does not show it.
        user_id: Text = "userId" in live, holds Personal;
        /// The channel, for example `WXPay` (seen live).
        chnl_type: Text = "chnlType" in live, holds Public;
        /// A sum of discounts, as a string (seen live). That it is in fen is inferred.
        promotion_amt: Fen = "promotionAmt" in live, kind String;
        /// The system trace number (系统跟踪号) that the platform gave (seen live).
        system_trace_num: Text = "systemTraceNum" in live, holds Public;
    }

    name "pay", "支付", "payment by the payer's code";
    path PayVersion::V6 => "/v6/poslink/transaction/pay" in sample;
    path PayVersion::V4 => "/v4/poslink/transaction/pay" in live;
    path PayVersion::V2 => "/v2/poslink/transaction/pay" in "§1.2.2 p.4";
    effect MovesMoney;
    judged as Pay;
    order merchant merchant_order_id;
    needs holds of device_type, longitude, latitude, ip, cust2: Pay::is_location_whole,
        "a device type is there with the place that it wants, or none of them is";
    identity merchant_order_id;
    // `actualTransactionAmount` and `amount` differ from the amount where there is a discount, and
    // repeat nothing.
    echo merchant_order_id as "merchantOrderId";
    echo transaction_amount as transaction_amount;
    asked by Query with Pay::query {
        echo merchant_order_id as merchant_order_id;
        echo transaction_amount as original_transaction_amount, "transactionAmount";
        echo terminal_code as "terminalCode";
        state QueryState::Paid says Executed;
        state QueryState::Voided says ExecutedAndUndone;
        state QueryState::Refunded says ExecutedUnlessAllRefunded;
        state QueryState::Reversed says StatedFailure;
        state QueryState::Failed says StatedFailure;
        state QueryState::TimedOut says Pending;
        state QueryState::Unknown says Open;
        concluded Pay::conclude;
        repeatable false;
    }
}

impl Pay {
    /// A payment of this much, in yuan as every payment is, by this payer's code.
    pub fn new(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        merchant_order_id: MerchantOrderId,
        amount: impl Into<Written<Fen>>,
        merchant_remark: MerchantRemark,
        pay_mode: PayMode,
        pay_code: PayCode,
    ) -> Self {
        Self::of_required(
            merchant_code,
            terminal_code,
            amount.into(),
            merchant_order_id,
            merchant_remark,
            pay_mode,
            pay_code,
        )
    }

    /// Sets the type of the terminal and where it stands.
    #[must_use]
    pub fn with_location(self, location: TerminalLocation) -> Self {
        let LocationFields {
            device_type,
            longitude,
            latitude,
            ip,
            cust2,
        } = location.into_fields();
        Self {
            device_type: Some(device_type),
            longitude,
            latitude,
            ip,
            cust2,
            ..self
        }
    }

    /// Sets what the payment channels want to know of some businesses.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when it is longer than 255 characters as JSON (POS通交易接口 v20200527
    /// §1.2.3 p.6).
    pub fn with_ret_comm_params(
        self,
        params: impl Into<Written<RetCommParams>>,
    ) -> Result<Self, InvalidField> {
        let params = params.into();
        check_json_length("retCommParams", params.value(), RET_COMM_PARAMS_LENGTH)?;
        Ok(Self {
            ret_comm_params: Some(params),
            ..self
        })
    }

    /// Whether the fields of a location are those that a [`TerminalLocation`] has.
    fn is_location_whole(&self) -> bool {
        let place = (
            self.longitude.is_some() && self.latitude.is_some(),
            self.longitude.is_some() || self.latitude.is_some(),
            self.ip.is_some(),
            self.cust2.is_some(),
        );
        matches!(
            (&self.device_type, place),
            (None, (_, false, false, false))
                | (Some(_), (true, _, false, false))
                | (Some(DeviceType::Virtual(_)), (_, false, true, false))
                | (Some(DeviceType::Physical(_)), (_, false, false, true))
        )
    }

    /// The query about the order that this payment makes, by its merchant order id: the only one
    /// there is before a reply.
    pub fn query(&self) -> Query {
        Query::by_merchant_order_id(
            self.merchant_code.clone(),
            self.terminal_code.clone(),
            self.merchant_order_id.clone(),
        )
        .at_version(self.version.of_query())
    }
}

request! {
    /// What the payment channels want to know of some businesses (返佣字段, `retCommParams`).
    /// `foodOrderType` is that of POS通交易接口 v20200527, a document of v2, which knows no other
    /// and requires it; the others are known from the v6 sample only.
    pub struct RetCommParams {
        /// How a meal was ordered (扫码点餐字段).
        required food_order_type: FoodOrderType = "foodOrderType" in "§1.2.3 p.6",
        /// Known from the v6 sample only.
        unknown edu_school_id, with_edu_school_id: EduSchoolId = "eduSchoolId" in sample,
        /// Known from the v6 sample only.
        unknown edu_scene, with_edu_scene: EduScene = "eduScene" in sample,
        /// Known from the v6 sample only.
        unknown park_id, with_park_id: ParkId = "parkId" in sample,
        /// Known from the v6 sample only. `Debug` does not show it.
        unknown vehicle_no, with_vehicle_no: VehicleNo = "vehicleNo" in sample,
    }
}

impl RetCommParams {
    /// Parameters with what the document requires.
    pub fn new(food_order_type: FoodOrderType) -> Self {
        Self::of_required(food_order_type)
    }
}

impl WireType for RetCommParams {
    const KIND: FieldKind = FieldKind::Object;
    const MAX_LENGTH: Option<usize> = Some(RET_COMM_PARAMS_LENGTH);
    const SENSITIVITY: Sensitivity = Sensitivity::Text;
    const ITEMS: &'static [FieldSpec] = Self::FIELDS;

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        let object = match token.scalar {
            Scalar::Compound => token.inner_json(),
            _ => None,
        };
        let object = object.ok_or_else(|| Misfit::wrong_type(Self::KIND))?;
        let params: Self = read_inner(&object)?;
        check_json_length("retCommParams", &params, RET_COMM_PARAMS_LENGTH)?;
        Ok(params)
    }
}

const RET_COMM_PARAMS_LENGTH: usize = 255;

/// A payment with this merchant order id can be another customer's: it is this call's only if it
/// was made neither before the request was signed nor after it was over. When the request was
/// called a duplicate, that must be shown.
impl Pay {
    fn conclude(
        &self,
        answer: &QueryReply,
        request: &RequestTrace,
        mut discrepancies: Vec<Discrepancy>,
        meaning: Meaning,
    ) -> Finding {
        // A time that cannot be read may be that of an earlier payment.
        if let Field::AsReceived(time) = &answer.original_transaction_time {
            let wanted = "a time as yyyyMMddHHmmss";
            let name = "originalTransactionTime";
            discrepancies.push(Discrepancy::new(name, wanted, time.to_string()));
        }
        if !discrepancies.is_empty() {
            return Finding::AboutAnother(discrepancies);
        }
        let finding = match (meaning, self.is_all_refunded(answer)) {
            // Paid, and all of it refunded: the answer contradicts itself.
            (Meaning::Executed, Some(true)) => Finding::Open,
            // All of it may have been refunded.
            (Meaning::Executed, _) if answer.refunded_amount.as_received().is_some() => {
                Finding::Open
            }
            // Live answers to a partial refund had 0 for the refunded amount, so without one it is
            // not known whether any money is left.
            (Meaning::ExecutedUnlessAllRefunded, None) => Finding::Open,
            (Meaning::ExecutedUnlessAllRefunded, Some(all)) => Finding::Executed { stands: !all },
            (Meaning::Open, _) if answer.is_not_known() => Finding::Pending,
            (meaning, _) => meaning.into(),
        };
        match (answer.was_made_in_time(request), finding) {
            (Some(false), _) => Finding::OrderIdInUse,
            (None, Finding::Executed { .. }) if request.called_duplicate => Finding::OrderIdInUse,
            (Some(true), Finding::StatedFailure { .. }) => Finding::StatedFailure {
                corroborates: !answer.merchant_order_id.is_absent()
                    && !answer.original_transaction_amount.is_absent(),
            },
            (_, finding) => finding,
        }
    }

    /// Whether all of the payment was refunded; `None` when the answer does not say that anything
    /// was.
    fn is_all_refunded(&self, answer: &QueryReply) -> Option<bool> {
        let whole = answer.original_transaction_amount.typed();
        let whole = whole.unwrap_or(self.transaction_amount().value());
        Some(answer.refunded()? >= whole)
    }
}

text_field! {
    /// A mark of the goods (商品标识, `goodsTag`; POS通交易接口 v20200527 §1.2.3 p.6), of which the
    /// document says no more; that discounts go by it is inferred. No document that could be read
    /// limits it.
    GoodsTag = "goodsTag", any, Printable;
    holds Text
}

text_field! {
    /// That a payment is by instalments (分期标志, `installmentFlag`): `HBF` for Huabei
    /// (POS通交易接口 v20200527 §1.2.3 p.6), `true` in the v6 sample.
    InstallmentFlag = "installmentFlag", any, Printable;
    holds Public
}

text_field! {
    /// How a meal was ordered (扫码点餐字段, `foodOrderType`): `pre_order` is the one value that
    /// the document has (POS通交易接口 v20200527 §1.2.3 p.6), which does not say that there is no
    /// other.
    FoodOrderType = "foodOrderType", any, Printable;
    holds Public
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::Operation;
    use crate::value::location::{PhysicalDevice, VirtualDevice};

    fn pay() -> Pay {
        Pay::new(
            MerchantCode::new("123456789900081").unwrap(),
            TerminalCode::new("00810001").unwrap(),
            MerchantOrderId::new("20123333644493200").unwrap(),
            Fen::new(1),
            MerchantRemark::new("测试").unwrap(),
            PayMode::CodeScan,
            PayCode::new("285668667587422761").unwrap(),
        )
    }

    fn reply(body: &str) -> PayReply {
        PayReply::decode(Bytes::copy_from_slice(body.as_bytes())).unwrap()
    }

    #[test]
    fn what_was_not_given_is_not_written() {
        assert_eq!(
            pay().encode().unwrap(),
            r#"{"merchantCode":"123456789900081","terminalCode":"00810001","transactionAmount":1,"transactionCurrencyCode":"156","merchantOrderId":"20123333644493200","merchantRemark":"测试","payMode":"CODE_SCAN","payCode":"285668667587422761"}"#
        );
    }

    #[test]
    fn a_location_writes_what_its_device_type_wants() {
        let longitude = || Longitude::new("+121.48352").unwrap();
        let latitude = || Latitude::new("+31.221345").unwrap();
        let physical = || PhysicalDevice::new("02").unwrap();
        let cases = [
            (
                TerminalLocation::at(physical(), longitude(), latitude()),
                r#""deviceType":"02","longitude":"+121.48352","latitude":"+31.221345""#,
            ),
            (
                TerminalLocation::by_base_station(physical(), BaseStation::new("460").unwrap()),
                r#""deviceType":"02","cust2":"460""#,
            ),
            (
                TerminalLocation::by_ip(
                    VirtualDevice::Type11,
                    std::net::IpAddr::from([192, 0, 2, 1]),
                ),
                r#""deviceType":"11","ip":"192.0.2.1""#,
            ),
        ];
        for (location, fields) in cases {
            // A later location replaces an earlier one whole.
            let moved = pay()
                .with_location(TerminalLocation::at(physical(), longitude(), latitude()))
                .with_location(location);
            let body = moved.encode().unwrap();
            assert!(
                body.ends_with(format!(r#",{fields}}}"#).as_bytes()),
                "{body:?}"
            );
        }
    }

    #[test]
    fn params_are_no_longer_than_255_characters() {
        let params = |length| {
            let words = "测".repeat(length);
            RetCommParams::new(FoodOrderType::new(words).unwrap())
        };
        let around = r#"{"foodOrderType":""}"#.len();
        // In either form, and counted as JSON in both.
        for form in [Written::json, Written::text] {
            let taken = pay().with_ret_comm_params(form(params(255 - around)));
            assert!(taken.is_ok());
            let refused = pay().with_ret_comm_params(form(params(256 - around)));
            assert_eq!(refused.unwrap_err().field(), "retCommParams");
        }
    }

    #[test]
    fn debug_shows_no_payer_and_no_secret() {
        let secret = "13800138000";
        let pay = Pay {
            pay_code: PayCode::new(secret).unwrap(),
            ..pay()
        }
        .with_payer_name(PayerName::new(secret).unwrap())
        .with_payer_mobile(PayerMobile::new(secret).unwrap())
        .with_cert_type(CertType::new(secret).unwrap())
        .with_cert_no(CertNo::new(secret).unwrap())
        .with_encrypt_rand_num(EncryptRandNum::new(secret).unwrap())
        .with_secret_text(SecretText::new(secret).unwrap())
        .with_pwd_enc(PwdEnc::new(secret).unwrap())
        .with_pwd_trans_key_enc(PwdTransKeyEnc::new(secret).unwrap())
        .with_ret_comm_params(
            RetCommParams::new(FoodOrderType::new("pre_order").unwrap())
                .with_vehicle_no(VehicleNo::new(secret).unwrap()),
        )
        .unwrap();
        let shown = format!("{pay:?}");
        assert!(!shown.contains("13800"), "{shown}");
        assert_eq!(shown.matches("(hidden)").count(), 10, "{shown}");

        let body = r#"{"thirdPartyBuyerId":"13800138000","thirdPartyBuyerUserName":["13800138000"],"userId":13800138000}"#;
        insta::assert_snapshot!(format!("{:?}", reply(body)), @"PayReply { third_party_buyer_id: hidden, third_party_buyer_user_name: hidden, user_id: hidden, unlisted: [] }");
    }

    #[test]
    fn another_amount_is_a_discrepancy() {
        for (body, count) in [
            (r#"{"transactionAmount":1,"amount":0}"#, 0),
            (r#"{"transactionAmount":"1"}"#, 0),
            (r#"{"transactionAmount":""}"#, 0),
            (r#"{"transactionAmount":2}"#, 1),
            (r#"{"transactionAmount":0.01}"#, 1),
        ] {
            assert_eq!(pay().discrepancies(&reply(body)).len(), count, "{body}");
        }
    }

    #[test]
    fn discounts_are_read_from_an_array_and_from_a_string_that_holds_one() {
        let array = r#"[{"channelName":"WXPAY","eventDiscountAmount":"100","goodsList":[{"goodsId":"1"}],"new":1}]"#;
        let in_text = serde_json::to_string(array).unwrap();
        for list in [array, &in_text] {
            let reply = reply(&format!(
                r#"{{"promotionList":{list},"rawPromotionList":{{"channel_info":"x"}}}}"#
            ));
            let [promotion] = reply.promotion_list.typed().unwrap().as_slice() else {
                panic!("{list}");
            };
            assert_eq!(
                promotion.event_discount_amount.typed(),
                Some(&Fen::new(100))
            );
            assert_eq!(promotion.goods_list.typed().unwrap().len(), 1);
            assert_eq!(promotion.unlisted().len(), 1);
            let raw = reply.raw_promotion_list.typed().unwrap();
            assert!(raw.named("channel_info").is_some());
        }
    }
}
