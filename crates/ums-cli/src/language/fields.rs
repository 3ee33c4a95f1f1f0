//! What the documents call the fields in Chinese.

/// The Chinese name of a field of a request, by its name on the wire. A field that the documents
/// give no name has none here.
pub(super) fn chinese(field: &str) -> Option<&'static str> {
    NAMES
        .iter()
        .find(|(wire, _)| *wire == field)
        .map(|(_, chinese)| *chinese)
}

const NAMES: [(&str, &str); 39] = [
    ("attachedData", "附加信息"),
    ("authorizationCode", "授权码"),
    ("bizIdentifier", "业务标识"),
    ("body", "商品说明"),
    ("cust2", "基站信息"),
    ("deviceType", "终端类型"),
    ("discount", "商品折扣"),
    ("goods", "商品信息"),
    ("goodsCategory", "商品分类"),
    ("goodsId", "商品ID"),
    ("goodsName", "商品名称"),
    ("goodsTag", "商品标识"),
    ("installmentFlag", "分期标志"),
    ("installmentNumber", "分期期数"),
    ("ip", "终端地址"),
    ("latitude", "纬度"),
    ("limitCreditCard", "是否限制信用卡"),
    ("limitCrossDevice", "是否限制跨终端"),
    ("longitude", "经度"),
    ("merchantCode", "商户号"),
    ("merchantOrderId", "商户订单号"),
    ("merchantRemark", "商户备注"),
    ("operatorId", "操作员编号"),
    ("orderDesc", "订单描述"),
    ("orderId", "银商订单号"),
    ("originalOrderId", "银商订单号"),
    ("originalSystemTraceNum", "原系统跟踪号"),
    ("originalTransactionDate", "原交易日期"),
    ("payCode", "支付码"),
    ("payMode", "支付方式"),
    ("price", "商品单价"),
    ("quantity", "商品数量"),
    ("refundDesc", "退款说明"),
    ("refundRequestId", "退款请求标识"),
    ("srcReserved", "商户冗余信息"),
    ("storeId", "门店号"),
    ("systemTraceNum", "系统跟踪号"),
    ("terminalCode", "终端号"),
    ("transactionAmount", "交易金额"),
];

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;

    use serde_json::Value;
    use ums_client::model::OPERATIONS;

    use super::*;

    /// The names of the requests' fields, by the transcription of the documents.
    fn documented() -> BTreeMap<String, BTreeSet<String>> {
        fn gather(value: &Value, names: &mut BTreeMap<String, BTreeSet<String>>) {
            match value {
                Value::Array(all) => all.iter().for_each(|one| gather(one, names)),
                Value::Object(members) => {
                    if let (Some(name), Some(chinese)) = (
                        members.get("name").and_then(Value::as_str),
                        members.get("chinese").and_then(Value::as_str),
                    ) {
                        let all = names.entry(name.to_owned()).or_default();
                        all.insert(chinese.to_owned());
                    }
                    members.values().for_each(|one| gather(one, names));
                }
                _ => {}
            }
        }
        let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/documented");
        let mut names = BTreeMap::new();
        for operation in OPERATIONS {
            let file = documented.join(format!("{}.json", operation.name));
            let document: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
            gather(&document["request"], &mut names);
        }
        names
    }

    #[test]
    fn the_names_are_those_of_the_documents() {
        let documented = documented();
        assert!(documented.len() > 20);
        for (field, name) in NAMES {
            if let Some(documented) = documented.get(field) {
                assert!(documented.contains(name), "{field} {documented:?}");
            }
            let is_sent = |field: &str| {
                OPERATIONS
                    .iter()
                    .flat_map(|operation| operation.request)
                    .flat_map(|spec| std::iter::once(spec).chain(spec.items))
                    .any(|spec| spec.name == field)
            };
            assert!(is_sent(field), "{field} is in no request");
        }
    }
}
