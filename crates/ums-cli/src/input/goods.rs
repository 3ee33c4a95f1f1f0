//! The file of `--goods-file`: what is bought, as the API's own JSON.

use std::path::Path;

use serde::Deserialize;
use serde_json::error::Category;
use serde_json::value::RawValue;
use ums_client::model::{
    Fen, Goods, GoodsBody, GoodsCategory, GoodsDiscount, GoodsId, GoodsItem, GoodsName, GoodsPrice,
    InvalidField, Quantity,
};

use crate::failure::Failure;
use crate::files::named;
use crate::input::fields::missing;
use crate::language::{Message, Told, without_place};
use crate::print::entry::Label;
use crate::print::table::masked;
use crate::print::visible::excerpt;
use crate::print::visible::visible;

/// One of the goods, as the file has it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Item {
    goods_id: String,
    goods_name: String,
    quantity: u64,
    price: u64,
    goods_category: Option<String>,
    body: Option<String>,
    discount: Option<u64>,
}

/// The goods that the file lists.
///
/// # Errors
///
/// It cannot be read, or which of the goods breaks which rule.
pub(crate) fn of_file(flag: &'static str, path: &Path) -> Result<Goods, Failure> {
    let bytes = named::bytes(flag, path)?;
    let name = visible(&path.display().to_string());
    read(&bytes).map_err(|failure| failure.about(Message::name(name)).named(flag))
}

fn read(bytes: &[u8]) -> Result<Goods, Failure> {
    let items: Vec<&RawValue> = serde_json::from_slice(bytes).map_err(|error| {
        // What is said of another value than an array repeats it, and it may be a customer's code.
        match error.classify() {
            Category::Data => missing(NO_GOODS),
            _ => missing(error.told()).about(NO_GOODS),
        }
    })?;
    if items.is_empty() {
        return Err(missing((
            "the array is empty: list what is bought",
            "数组为空：请列出所购商品",
        )));
    }
    let items: Vec<GoodsItem> = items
        .into_iter()
        .enumerate()
        .map(|(index, item)| {
            let number = index + 1;
            goods(item).map_err(|error| {
                error.about((format!("item {number}"), format!("第 {number} 件商品")))
            })
        })
        .collect::<Result<_, _>>()?;
    Goods::new(items).map_err(|invalid| refuse(&invalid))
}

const NO_GOODS: Label = ("not a JSON array of goods", "不是 JSON 格式的商品数组");

fn goods(item: &RawValue) -> Result<GoodsItem, Failure> {
    if !item.get().starts_with('{') {
        return Err(missing(("not a JSON object", "不是 JSON 对象")));
    }
    let item: Item = serde_json::from_str(item.get()).map_err(|error| {
        // Where in the item is not where in the file.
        missing(without_place(&error).map(|text| masked(&excerpt(text))))
    })?;
    GoodsItem::try_from(item).map_err(|invalid| refuse(&invalid))
}

fn refuse(invalid: &InvalidField) -> Failure {
    missing(invalid.told().map(masked))
}

impl TryFrom<Item> for GoodsItem {
    type Error = InvalidField;

    fn try_from(item: Item) -> Result<Self, InvalidField> {
        let mut goods = Self::new(
            GoodsId::new(item.goods_id)?,
            GoodsName::new(item.goods_name)?,
            Quantity::new(item.quantity)?,
            GoodsPrice::new(Fen::new(item.price))?,
        );
        if let Some(category) = item.goods_category {
            goods = goods.with_goods_category(GoodsCategory::new(category)?);
        }
        if let Some(body) = item.body {
            goods = goods.with_body(GoodsBody::new(body)?);
        }
        if let Some(discount) = item.discount {
            goods = goods.with_discount(GoodsDiscount::new(Fen::new(discount))?);
        }
        Ok(goods)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn goods_are_sent_as_they_are_listed() {
        let text = r#"[{"goodsId":"001","goodsName":"鸡蛋","quantity":10,"price":1,"goodsCategory":"food","body":"two eggs","discount":5},{"goodsId":"2","goodsName":"n","quantity":1,"price":0}]"#;
        let goods = read(text.as_bytes()).unwrap();
        assert_eq!(serde_json::to_string(&goods).unwrap(), text);
    }

    #[test]
    fn what_is_wrong_is_named() {
        let refusals: Vec<_> = [
            "",
            "[]",
            "{}",
            "285668667587422761",
            "[285668667587422761]",
            r#"[{"goodsId":"1"}"#,
            r#"{"goodsId":"1","goodsName":"n","quantity":1,"price":1}"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":"1","price":1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":1.5,"price":1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":1,"price":-1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":1,"price":1,"colour":"red"}]"#,
            r#"[{"goodsId":"1","goodsId":"1","goodsName":"n","quantity":1,"price":1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":0,"price":1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":1,"price":1},{"goodsId":"2","goodsName":"","quantity":1,"price":1}]"#,
            r#"[{"goodsId":"1","goodsName":"n","quantity":"4111111111111111","price":1}]"#,
        ]
        .map(|text| read(text.as_bytes()).unwrap_err().to_string())
        .into();
        assert!(!refusals.join(" ").contains("285668667587422761"));
        insta::assert_snapshot!(refusals.join("\n"), @r#"
        not a JSON array of goods: EOF while parsing a value at line 1 column 0
        the array is empty: list what is bought
        not a JSON array of goods
        not a JSON array of goods
        item 1: not a JSON object
        not a JSON array of goods: EOF while parsing a list at line 1 column 16
        not a JSON array of goods
        item 1: missing field `price`
        item 1: invalid type: string "1", expected u64
        item 1: invalid type: floating point `1.5`, expected u64
        item 1: invalid value: integer `-1`, expected u64
        item 1: unknown field `colour`, expected one of `goodsId`, `goodsName`, `quantity`, `price`, `goodsCategory`, `body`, `discount`
        item 1: duplicate field `goodsId`
        item 1: quantity takes a whole number from 1 to 9999999999, but "0" was given
        item 2: goodsName takes 1 to 256 characters, but nothing was given
        item 1: invalid type: string "411111******1111", expected u64
        "#);
    }

    proptest! {
        #[test]
        fn any_bytes_are_goods_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = read(&bytes);
        }
    }
}
