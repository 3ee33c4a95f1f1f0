//! The currency of an amount.

use crate::field::coded::coded;

coded! {
    /// A currency (交易币种, `transactionCurrencyCode`). POS通交易接口 v20200527 (§1.2.3 p.5) knows
    /// one, the default.
    #[derive(Default)]
    pub enum Currency in requests {
        /// `156`, the yuan.
        #[default]
        Cny = "156",
    }
}
