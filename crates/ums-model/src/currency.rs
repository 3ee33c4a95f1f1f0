//! The currency of an amount.

use serde::Serialize;

use crate::request::WireType;
use crate::spec::FieldKind;

/// A currency (交易币种, `transactionCurrencyCode`). POS通交易接口 v20200527 (§1.2.3 p.5)
/// knows one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub enum Currency {
    /// `156`, the yuan.
    #[default]
    #[serde(rename = "156")]
    Cny,
}

impl WireType for Currency {
    const KIND: FieldKind = FieldKind::String;
}
