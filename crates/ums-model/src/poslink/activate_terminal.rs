//! The activation of a terminal (激活终端), at v2 and at v1.

use crate::json::text::Text;
use crate::operation::declare::operation;
use crate::value::identifier::{MerchantCode, SystemTraceNumber, TerminalCode};
use crate::value::version::ActivationVersion;

operation! {
    /// The activation of a terminal (激活终端), `POST /v2/poslink/transaction/activeterminal`
    /// (POS通交易接口 v20200527 §1.1.2 p.3); before pre-authorisations at v1 (POS通担保交易接口
    /// v20201204 §1.1.2 p.2), with a system trace number.
    ///
    /// The first document says that it need not be called without special need (§3 p.26); the
    /// second wants it called at least once before a pre-authorisation (§2 p.15). No v6 is known.
    ///
    /// ```
    /// use ums_model::{ActivateTerminal, Effect, MerchantCode, Operation, SystemTraceNumber, TerminalCode};
    ///
    /// let (merchant, terminal) = (MerchantCode::new("123456789900081")?, TerminalCode::new("00810001")?);
    /// let activate = ActivateTerminal::new(merchant.clone(), terminal.clone());
    /// assert_eq!(activate.path(), "/v2/poslink/transaction/activeterminal");
    /// assert_eq!(activate.effect(), Effect::ReadOnly);
    ///
    /// let trace = SystemTraceNumber::new("000100")?;
    /// let before_holds = ActivateTerminal::for_preauthorization(merchant, terminal, trace);
    /// assert_eq!(before_holds.path(), "/v1/poslink/transaction/activeterminal");
    /// # Ok::<(), ums_model::InvalidField>(())
    /// ```
    pub struct ActivateTerminal at ActivationVersion only {
        /// The merchant (商户号).
        required merchant_code: MerchantCode = "merchantCode" in "§1.1.3 p.4",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode" in "§1.1.3 p.4",
        /// The terminal's serial number of this transaction (系统跟踪号): at v1, where it is
        /// required, and not at v2.
        conditional system_trace_num: SystemTraceNumber = "systemTraceNum" in (authorization "§1.1.3 p.2"),
    }

    /// The reply to an [`ActivateTerminal`]: no more than the code is documented.
    pub struct ActivateTerminalReply {
        /// The code that says what became of the activation.
        err_code: Text = "errCode" in "§1.1.3 p.4", need Required, holds Public;
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo" in "§1.1.3 p.4", need Required;
    }

    name "activate_terminal", "激活终端", "activation of a terminal";
    path ActivationVersion::V2 => "/v2/poslink/transaction/activeterminal" in "§1.1.2 p.3";
    path ActivationVersion::V1 => "/v1/poslink/transaction/activeterminal" in (authorization "§1.1.2 p.2");
    // That a repeat does no harm is inferred from "at least once".
    effect ReadOnly;
    judged as Activation;
    needs holds of system_trace_num: ActivateTerminal::is_numbered_at_v1, "it is there at v1, and not at v2";
    identity merchant_code, terminal_code;
}

impl ActivateTerminal {
    /// The activation of this terminal.
    pub fn new(merchant_code: MerchantCode, terminal_code: TerminalCode) -> Self {
        Self::of_required(merchant_code, terminal_code)
    }

    /// The activation of this terminal before pre-authorisations, at v1.
    pub fn for_preauthorization(
        merchant_code: MerchantCode,
        terminal_code: TerminalCode,
        system_trace_num: SystemTraceNumber,
    ) -> Self {
        Self {
            system_trace_num: Some(system_trace_num),
            ..Self::new(merchant_code, terminal_code)
        }
        .at_version(ActivationVersion::V1)
    }

    fn is_numbered_at_v1(&self) -> bool {
        self.system_trace_num.is_some() == (self.version == ActivationVersion::V1)
    }
}
