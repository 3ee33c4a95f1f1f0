//! What was sold: the goods of a payment or a refund.

use std::ops::RangeInclusive;

use serde::Serialize;

use crate::field::invalid_field::{InvalidField, Rule};
use crate::field::misfit::Misfit;
use crate::field::spec::{FieldKind, FieldSpec, Format, Sensitivity};
use crate::field::text_field::text_field;
use crate::field::wire_type::WireType;
use crate::field::written::Written;
use crate::json::object::{Scalar, Token};
use crate::request::declare::request;
use crate::request::read::read_inner;
use crate::value::amount::Fen;

/// A list of goods (商品信息, `goods`): at least one, and no more than 6,000 characters as JSON
/// (POS通交易接口 v20200527 §1.2.3 p.5, which does not say whether it counts characters or bytes;
/// characters are counted here).
///
/// That document's type column says array; the sample of the v6 page prints a string that holds
/// one. Both can be sent:
///
/// ```
/// use ums_model::{Fen, Goods, GoodsId, GoodsItem, GoodsName, GoodsPrice, Quantity, Written};
///
/// let eggs = GoodsItem::new(
///     GoodsId::new("001")?,
///     GoodsName::new("鸡蛋")?,
///     Quantity::new(10)?,
///     GoodsPrice::new(Fen::new(1))?,
/// );
/// let goods = Goods::new([eggs])?;
/// assert_eq!(
///     serde_json::to_string(&Written::json(goods))?,
///     r#"[{"goodsId":"001","goodsName":"鸡蛋","quantity":10,"price":1}]"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Goods(Vec<GoodsItem>);

impl Goods {
    /// A list of these goods.
    ///
    /// # Errors
    ///
    /// [`InvalidField`] when there are none, or when they are longer than 6,000 characters as JSON.
    pub fn new(items: impl IntoIterator<Item = GoodsItem>) -> Result<Self, InvalidField> {
        let goods = Self(items.into_iter().collect());
        if goods.0.is_empty() {
            return Err(InvalidField::new("goods", Rule::NotEmpty, ""));
        }
        check_json_length("goods", &goods, GOODS_LENGTH)?;
        Ok(goods)
    }

    /// The goods.
    pub fn items(&self) -> &[GoodsItem] {
        &self.0
    }
}

impl WireType for Goods {
    const KIND: FieldKind = FieldKind::Array;
    const MAX_LENGTH: Option<usize> = Some(GOODS_LENGTH);
    const SENSITIVITY: Sensitivity = Sensitivity::Text;
    const ITEMS: &'static [FieldSpec] = GoodsItem::FIELDS;

    fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
        let elements = match token.scalar {
            Scalar::Compound => token.elements(),
            _ => None,
        };
        let elements = elements.ok_or_else(|| Misfit::wrong_type(Self::KIND))?;
        let items = elements.into_iter().enumerate().map(|(at, element)| {
            read_inner(&element).map_err(|misfit| misfit.inside(&format!("[{at}]")))
        });
        let items: Vec<GoodsItem> = items.collect::<Result<_, _>>()?;
        Ok(Self::new(items)?)
    }
}

const GOODS_LENGTH: usize = 6000;

/// That a value is no longer than this as JSON.
pub(crate) fn check_json_length(
    field: &'static str,
    value: &impl Serialize,
    max: usize,
) -> Result<(), InvalidField> {
    // What is checked here has string keys and whole numbers only, so it always has a JSON text.
    let json = serde_json::to_string(value).unwrap_or_default();
    if json.chars().count() > max {
        return Err(InvalidField::new(
            field,
            Rule::Length { min: 1, max },
            &json,
        ));
    }
    Ok(())
}

request! {
    /// One kind of goods.
    pub struct GoodsItem {
        /// The merchant's id of the goods (商品ID).
        required goods_id: GoodsId = "goodsId" in "§1.2.3 p.5, §1.4.3 p.12",
        /// What the goods are called (商品名称).
        required goods_name: GoodsName = "goodsName" in "§1.2.3 p.5, §1.4.3 p.12",
        /// How many (商品数量).
        required quantity: Written<Quantity> = "quantity" in "§1.2.3 p.5, §1.4.3 p.12",
        /// The price of one (商品单价), in fen.
        required price: Written<GoodsPrice> = "price" in "§1.2.3 p.5, §1.4.3 p.12",
        /// The kind of goods (商品分类).
        optional goods_category, with_goods_category: GoodsCategory = "goodsCategory" in "§1.2.3 p.5, §1.4.3 p.12",
        /// What the goods are, in words (商品说明).
        optional body, with_body: GoodsBody = "body" in "§1.2.3 p.5, §1.4.3 p.12",
        /// The discount on the goods (商品折扣), in fen.
        optional discount, with_discount: Written<GoodsDiscount> = "discount" in "§1.2.3 p.5, §1.4.3 p.12",
    }
}

impl GoodsItem {
    /// Goods with what the document requires.
    pub fn new(
        goods_id: GoodsId,
        goods_name: GoodsName,
        quantity: impl Into<Written<Quantity>>,
        price: impl Into<Written<GoodsPrice>>,
    ) -> Self {
        Self::of_required(goods_id, goods_name, quantity.into(), price.into())
    }
}

text_field! {
    /// The id of goods (商品ID, `goodsId`): 1 to 32 printable characters (POS通交易接口 v20200527
    /// §1.2.3 p.5).
    GoodsId = "goodsId", 1..=32, Printable;
    holds Public
}

text_field! {
    /// The name of goods (`goodsName`): 1 to 256 printable characters (POS通交易接口 v20200527
    /// §1.2.3 p.5).
    GoodsName = "goodsName", 1..=256, Printable;
    holds Text
}

text_field! {
    /// The category of goods (`goodsCategory`): 1 to 24 printable characters (POS通交易接口
    /// v20200527 §1.2.3 p.5).
    GoodsCategory = "goodsCategory", 1..=24, Printable;
    holds Text
}

text_field! {
    /// The description of goods (`body`): 1 to 100 printable characters (POS通交易接口 v20200527
    /// §1.2.3 p.5).
    GoodsBody = "body", 1..=100, Printable;
    holds Text
}

/// Makes a type around one number of goods, with the documented length in digits.
macro_rules! number_field {
    ($(#[$meta:meta])* $name:ident($inner:ident) = $field:literal, $range:expr, $digits:literal $(, $format:ident)?) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name($inner);

        impl $name {
            /// Takes a value that the field takes.
            ///
            /// # Errors
            ///
            /// [`InvalidField`] when the value is out of the field's bounds.
            pub fn new(value: $inner) -> Result<Self, InvalidField> {
                check_range($field, u64::from(value), $range)?;
                Ok(Self(value))
            }

            /// The value.
            pub const fn get(self) -> $inner {
                self.0
            }
        }

        impl WireType for $name {
            const KIND: FieldKind = FieldKind::Number;
            const MAX_LENGTH: Option<usize> = Some($digits);
            const FORMAT: Option<Format> = number_field!(@format $($format)?);

            fn from_token(token: &Token<'_>) -> Result<Self, Misfit> {
                Ok(Self::new(<$inner as WireType>::from_token(token)?)?)
            }
        }
    };
    (@format) => { None };
    (@format $format:ident) => { Some(Format::$format) };
}

number_field! {
    /// How many of the goods (`quantity`): at most 10 digits, and not 0 (POS通交易接口 v20200527
    /// §1.2.3 p.5).
    Quantity(u64) = "quantity", 1..=9_999_999_999, 10
}

number_field! {
    /// The price of one of the goods (`price`): at most 12 digits of fen (POS通交易接口 v20200527
    /// §1.2.3 p.5).
    GoodsPrice(Fen) = "price", 0..=999_999_999_999, 12, Fen
}

number_field! {
    /// The discount on goods (`discount`): at most 12 digits of fen (POS通交易接口 v20200527 §1.2.3
    /// p.5).
    GoodsDiscount(Fen) = "discount", 0..=999_999_999_999, 12, Fen
}

fn check_range(
    field: &'static str,
    value: u64,
    range: RangeInclusive<u64>,
) -> Result<(), InvalidField> {
    if range.contains(&value) {
        return Ok(());
    }
    let (min, max) = range.into_inner();
    let rule = Rule::Range { min, max };
    Err(InvalidField::new(field, rule, &value.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(name: &str) -> GoodsItem {
        GoodsItem::new(
            GoodsId::new("001").unwrap(),
            GoodsName::new(name).unwrap(),
            Quantity::new(1).unwrap(),
            GoodsPrice::new(Fen::ZERO).unwrap(),
        )
    }

    #[test]
    fn numbers_have_the_documented_bounds() {
        assert_eq!(
            Quantity::new(9_999_999_999).map(Quantity::get),
            Ok(9_999_999_999)
        );
        let error = Quantity::new(0).unwrap_err();
        insta::assert_snapshot!(error, @r#"quantity takes a whole number from 1 to 9999999999, but "0" was given"#);
        assert!(Quantity::new(10_000_000_000).is_err());
        for (fen, taken) in [
            (0, true),
            (999_999_999_999, true),
            (1_000_000_000_000, false),
        ] {
            assert_eq!(GoodsPrice::new(Fen::new(fen)).is_ok(), taken, "{fen}");
            assert_eq!(GoodsDiscount::new(Fen::new(fen)).is_ok(), taken, "{fen}");
        }
    }

    #[test]
    fn a_list_has_at_least_one_item_and_at_most_6000_characters() {
        assert_eq!(Goods::new([]).unwrap_err().rule(), Rule::NotEmpty);
        let length = |goods: &Goods| serde_json::to_string(goods).unwrap().chars().count();
        let empty = length(&Goods::new([item("测")]).unwrap()) - 1 - 2;
        let mut items = vec![item(&"测".repeat(256)); 6000 / (empty + 256 + 1)];
        let used = length(&Goods::new(items.clone()).unwrap());
        let left = 6000 - used - 1 - empty;
        items.push(item(&"测".repeat(left)));
        assert_eq!(length(&Goods::new(items.clone()).unwrap()), 6000);
        items.pop();
        items.push(item(&"测".repeat(left + 1)));
        let error = Goods::new(items).unwrap_err();
        assert_eq!(
            (error.field(), error.rule()),
            ("goods", Rule::Length { min: 1, max: 6000 })
        );
    }
}
