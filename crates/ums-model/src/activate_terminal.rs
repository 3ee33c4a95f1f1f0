//! The activation of a terminal (激活终端), at v2 only.

use bytes::Bytes;
use chrono::NaiveTime;

use crate::date::MonthDay;
use crate::identifier::{MerchantCode, SystemTraceNumber, TerminalCode};
use crate::judgement::Judgement;
use crate::malformed_reply::MalformedReply;
use crate::operation::{Effect, EncodeError, Operation, encode_json};
use crate::pos_operation::PosOperation;
use crate::reply::reply;
use crate::request::request;
use crate::text::Text;

request! {
    /// The activation of a terminal (激活终端), `POST /v2/poslink/transaction/activeterminal` (path and fields: community).
    ///
    /// **Known at v2 only.** The official PDF v2 says that it need not be called without special need; the
    /// guaranteed-payment family wants it called at least once.
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
        required merchant_code: MerchantCode = "merchantCode",
        /// The terminal (终端号).
        required terminal_code: TerminalCode = "terminalCode",
        /// The terminal's serial number of this call (系统跟踪号), which community clients send at v1.
        unknown system_trace_num, with_system_trace_num: SystemTraceNumber = "systemTraceNum",
    }
}

impl ActivateTerminal {
    /// The activation of this terminal.
    pub fn new(merchant_code: MerchantCode, terminal_code: TerminalCode) -> Self {
        Self {
            merchant_code,
            terminal_code,
            system_trace_num: None,
        }
    }
}

impl Operation for ActivateTerminal {
    type Reply = ActivateTerminalReply;

    fn name(&self) -> &str {
        "activate_terminal"
    }

    fn path(&self) -> &str {
        "/v2/poslink/transaction/activeterminal"
    }

    /// It moves no money. That a repeat does no harm is inferred from "at least once".
    fn effect(&self) -> Effect {
        Effect::ReadOnly
    }

    fn merchant(&self) -> Option<&str> {
        Some(self.merchant_code.as_str())
    }

    fn encode(&self) -> Result<Bytes, EncodeError> {
        encode_json(self)
    }

    fn decode(&self, body: Bytes) -> Result<ActivateTerminalReply, MalformedReply> {
        ActivateTerminalReply::decode(body)
    }

    fn judge(&self, reply: &ActivateTerminalReply) -> Judgement {
        Judgement::of_pos_code(
            PosOperation::ActivateTerminal,
            reply.err_code.typed().cloned(),
            reply.err_info.typed().cloned(),
            reply.unlisted(),
        )
    }
}

reply! {
    /// The reply to an [`ActivateTerminal`], as a community client reads it.
    pub struct ActivateTerminalReply {
        /// The code that says what became of the activation.
        err_code: Text = "errCode";
        /// The code in words, for people. It is never parsed.
        err_info: Text = "errInfo";
        /// The time of the call.
        transaction_time: NaiveTime = "transactionTime";
        /// The day of the call, without its year.
        transaction_date: MonthDay = "transactionDate";
        /// The day of settlement (结算日期), without its year.
        settlement_date: MonthDay = "settlementDate";
    }
}
