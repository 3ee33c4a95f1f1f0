//! The activation of a terminal (激活终端), at v2 only.

use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::value::identifier::{MerchantCode, TerminalCode};

operation! {
    /// The activation of a terminal (激活终端), `POST /v2/poslink/transaction/activeterminal` (POS通交易接口 v20200527 §1.1.2
    /// p.3).
    ///
    /// **At v2 only.** That document says that it need not be called without special need (§3 p.26); POS通担保交易接口
    /// v20201204 (§2 p.15) wants it called at least once before a pre-authorisation, and has it at v1, with a third
    /// field, `systemTraceNum` (§1.1.3 p.2).
    ///
    /// ```
    /// use ums_model::{ActivateTerminal, Effect, MerchantCode, Operation, TerminalCode};
    ///
    /// let activate = ActivateTerminal::new(MerchantCode::new("123456789900081")?, TerminalCode::new("00810001")?);
    /// assert_eq!(activate.path(), "/v2/poslink/transaction/activeterminal");
    /// assert_eq!(activate.effect(), Effect::ReadOnly);
    /// # Ok::<(), ums_model::InvalidField>(())
    /// ```
    pub struct ActivateTerminal {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in "§1.1.3 p.4",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in "§1.1.3 p.4",
    }

    /// The reply to an [`ActivateTerminal`]: no more than the code is documented.
    pub struct ActivateTerminalReply {
        /// The code that says what became of the activation.
        err_code: Text = "errCode" in "§1.1.3 p.4", need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in "§1.1.3 p.4", need Required;
    }

    name "activate_terminal", "激活终端", "activation of a terminal";
    path "/v2/poslink/transaction/activeterminal" in "§1.1.2 p.3";
    // That a repeat does no harm is inferred from "at least once".
    effect ReadOnly;
    identity merchant_code, terminal_code;
}

impl ActivateTerminal {
    /// The activation of this terminal.
    pub fn new(merchant_code: MerchantCode, terminal_code: TerminalCode) -> Self {
        Self::of_required(merchant_code, terminal_code)
    }
}
