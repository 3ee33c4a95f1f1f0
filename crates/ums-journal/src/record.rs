//! The record of a call: one JSON object, the same wherever it is printed, stored or sent.

mod end;
mod evidence;
mod history;
mod outcome;
mod particulars;
mod reply;
mod resolution;
mod secrets;

use std::collections::BTreeMap;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use ums_model::{Judgement, OPERATIONS, Operation};

pub use self::end::CallEnd;
pub use self::evidence::{AttemptRecord, DiscrepancyRecord, EvidenceRecord, TimingsRecord};
pub use self::history::HistoryRecord;
pub use self::outcome::{MayRepeat, RecordedOutcome};
use self::particulars::Fields;
pub use self::particulars::OrderRecord;
pub(crate) use self::particulars::set;
pub use self::reply::{ReplyRecord, RequestRecord};
pub use self::resolution::{AskedRecord, RepeatedRecord, ResolutionRecord, StepRecord};
pub use self::secrets::RequestSecrets;
use crate::language::Language;
use crate::mask::mask_card_numbers;
use crate::next_step::NextStep;

/// What a call came to: the object that `ums … --json` prints, for a log, a queue or a database.
///
/// It is safe to be written down: data about a person, a card or a secret is taken out of the
/// request and of the reply, the code that a customer shows (`payCode`) included, and what looks
/// like a card number is masked wherever words may stand. Identifiers, codes, dates and amounts are
/// as they came.
///
/// Its members and their JSON Schema are in `fixtures/schema/outcome-record.json`. Members may be
/// added under the same [`version`](Self::version), so a reader must let those pass that it does
/// not know; nothing is taken away or changes its meaning without another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutcomeRecord {
    /// The version of this object: [`OutcomeRecord::VERSION`]. Objects from before there were
    /// versions are of the first.
    #[serde(default = "first_version", deserialize_with = "known_version")]
    pub version: u32,
    /// How it ended.
    pub outcome: RecordedOutcome,
    /// Of "not executed": when the question was sent whose answer said so (RFC 3339).
    pub as_of: Option<String>,
    /// Of an approval that was found out: whether it is still in force.
    pub stands: Option<bool>,
    /// `errCode` of the reply.
    pub err_code: Option<String>,
    /// `errInfo` of the reply: text for people.
    pub err_info: Option<String>,
    /// Where a refusal by a code of the caller's own is known from.
    pub provenance: Option<String>,
    /// The reply, masked.
    pub reply: Option<ReplyRecord>,
    /// What the outcome rests on.
    pub evidence: EvidenceRecord,
    /// What to do now, in words.
    pub next: String,
    /// What to do now.
    pub next_step: NextStep,
    /// Whether it may be done again.
    pub may_repeat: MayRepeat,
    /// Of an answered query: what became of the order or the refund. Of a call that a journal has:
    /// how far it is, from `intended` to `closed`.
    pub state: Option<String>,
    /// Whether that state is final.
    pub r#final: Option<bool>,
    /// The request, masked. `None` when it did not come to a call.
    pub request: Option<RequestRecord>,
    /// What queries found after an unknown outcome.
    pub resolution: Option<ResolutionRecord>,
    /// Of a payment at the till: what the cashier is told.
    pub till: Option<String>,
    /// Of a payment at the till: each call.
    pub steps: Option<Vec<StepRecord>>,
    /// Whether the money is real.
    pub live: Option<bool>,
    /// The gateway.
    pub gateway: Option<String>,
    /// The call's id in the journal.
    pub id: Option<String>,
    /// The key that it was submitted with.
    pub key: Option<String>,
    /// The operation's name.
    pub operation: Option<String>,
    /// The profile that it was made with.
    pub profile: Option<String>,
    /// The merchant code (商户号).
    pub merchant: Option<String>,
    /// The terminal code (终端号).
    pub terminal: Option<String>,
    /// The store (门店号).
    pub store_id: Option<String>,
    /// The operator (操作员编号).
    pub operator_id: Option<String>,
    /// The ids of the order, as far as they are known.
    #[serde(default)]
    pub order: OrderRecord,
    /// The refund's own id (退款请求标识).
    pub refund_request_id: Option<String>,
    /// The order's id at the wallet (`thirdPartyOrderId`), as it stands in the customer's bill.
    pub third_party_order_id: Option<String>,
    /// The retrieval reference number (检索参考号).
    pub retrieval_ref_num: Option<String>,
    /// The wallet or the scheme that paid (`thirdPartyName`).
    pub wallet: Option<String>,
    /// What kind of account paid (卡类型).
    pub card_attr: Option<String>,
    /// The amount that was asked for, in fen.
    pub amount_fen: Option<u64>,
    /// What the customer paid, in fen, where the reply says it (`amount`).
    pub paid_fen: Option<u64>,
    /// What was refunded, in fen, where the reply says it.
    pub refunded_fen: Option<u64>,
    /// The day of the transaction, `yyyy-MM-dd`, where the reply says it with its year.
    pub transaction_date: Option<String>,
    /// The day on which it is cleared (结算), likewise.
    pub settlement_date: Option<String>,
    /// Whether a journal holds what is told here. `None` where none is kept.
    pub recorded: Option<bool>,
    /// Whether it was known before, so that nothing was sent now. `None` where no journal is kept.
    pub replayed: Option<bool>,
    /// The call that is in the way, of one that was refused for it.
    pub call: Option<String>,
    /// The caller's own labels.
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// What is known of it step by step, where that was asked for.
    #[serde(default)]
    pub history: Vec<HistoryRecord>,
}

impl OutcomeRecord {
    /// The version of records that this crate writes, and the latest that it reads.
    pub const VERSION: u32 = 1;

    /// The record of an operation and of how it ended, with `next` in English.
    ///
    /// `end` is the client's `Outcome`. The operation is encoded once more, so that the record has
    /// the request.
    pub fn of<O: Operation>(operation: &O, end: &impl CallEnd, gateway: Gateway<'_>) -> Self {
        let body = operation.encode().ok();
        let request = end
            .evidence()
            .call
            .and(body.as_deref())
            .map(|body| RequestRecord::new(operation.name(), operation.path(), body));
        let mut record = Self {
            request,
            ..Self::of_end(end).at_gateway(gateway, operation.path())
        };
        RequestSecrets::of_body(body.as_deref().unwrap_or_default()).hide_in(&mut record);
        record.with_particulars()
    }

    /// The record of how a call ended, without what it was about and where it went.
    pub fn of_end(end: &impl CallEnd) -> Self {
        let evidence = end.evidence();
        let outcome = RecordedOutcome::of(end.kind(), evidence);
        let next_step = end.next_step();
        let judgement = end.judgement();
        let of_judgement = |text: fn(&Judgement) -> Option<&str>| {
            let text = judgement.and_then(text);
            text.map(|text| mask_card_numbers(text).into_owned())
        };
        Self {
            err_code: of_judgement(|judgement| judgement.err_code().map(|code| code.as_str())),
            err_info: of_judgement(|judgement| judgement.err_info().map(|info| info.as_str())),
            provenance: of_judgement(Judgement::provenance),
            reply: ReplyRecord::of(&evidence.received),
            evidence: EvidenceRecord::of_end(end),
            ..Self::new(&evidence.operation, outcome, next_step)
        }
    }

    /// The record of an operation of this name, of which nothing is known but how it ended and what
    /// to do now.
    pub fn new(operation: &str, outcome: RecordedOutcome, next_step: NextStep) -> Self {
        Self {
            version: Self::VERSION,
            outcome,
            as_of: None,
            stands: None,
            err_code: None,
            err_info: None,
            provenance: None,
            reply: None,
            evidence: EvidenceRecord::new(operation),
            next: next_step.sentence(Language::English).to_owned(),
            next_step,
            may_repeat: MayRepeat::of(outcome, operation),
            state: None,
            r#final: None,
            request: None,
            resolution: None,
            till: None,
            steps: None,
            live: None,
            gateway: None,
            id: None,
            key: None,
            operation: Some(operation.to_owned()),
            profile: None,
            merchant: None,
            terminal: None,
            store_id: None,
            operator_id: None,
            order: OrderRecord::default(),
            refund_request_id: None,
            third_party_order_id: None,
            retrieval_ref_num: None,
            wallet: None,
            card_attr: None,
            amount_fen: None,
            paid_fen: None,
            refunded_fen: None,
            transaction_date: None,
            settlement_date: None,
            recorded: None,
            replayed: None,
            call: None,
            labels: BTreeMap::new(),
            history: Vec::new(),
        }
    }

    /// The same, of a call to this gateway and this path.
    #[must_use]
    pub fn at_gateway(mut self, gateway: Gateway<'_>, path: &str) -> Self {
        self.live = Some(gateway.is_live);
        self.gateway = Some(gateway.url.to_owned());
        self.evidence.url = Some(format!("{}{path}", gateway.url));
        self
    }

    /// The same, with what its request and its reply say of it: who asked, on which order, for how
    /// much, and what came of it. Of a reply that is about something else nothing is taken.
    #[must_use]
    pub fn with_particulars(mut self) -> Self {
        let request = self.request.as_ref();
        let asked = Fields::of(request.and_then(|request| Some(request.body.as_ref()?.get())));
        let said = match &self.reply {
            Some(ReplyRecord::Object(reply)) if self.evidence.discrepancies.is_empty() => {
                Fields::of(Some(reply.get()))
            }
            _ => Fields::of(None),
        };
        let named = request.and_then(|request| {
            let mut all = OPERATIONS.iter();
            all.find(|spec| spec.name == request.operation)
        });
        let order = named.map(|spec| spec.order).unwrap_or_default();
        set(&mut self.merchant, asked.text("merchantCode"));
        set(&mut self.terminal, asked.text("terminalCode"));
        set(&mut self.store_id, asked.text("storeId"));
        set(&mut self.operator_id, asked.text("operatorId"));
        let merchants = order.merchant.and_then(|name| asked.text(name));
        let ums = order.ums.and_then(|name| asked.text(name));
        set(&mut self.order.merchant, merchants);
        set(&mut self.order.merchant, said.text("merchantOrderId"));
        set(&mut self.order.ums, ums);
        set(&mut self.order.ums, said.text("orderId"));
        set(&mut self.refund_request_id, asked.text("refundRequestId"));
        set(&mut self.amount_fen, asked.fen("transactionAmount"));
        set(&mut self.amount_fen, said.fen("transactionAmount"));
        set(&mut self.paid_fen, said.fen("amount"));
        set(&mut self.refunded_fen, said.fen("refundInvoiceAmount"));
        set(&mut self.refunded_fen, said.fen("refundedAmount"));
        for (member, name) in [
            (&mut self.third_party_order_id, "thirdPartyOrderId"),
            (&mut self.retrieval_ref_num, "retrievalRefNum"),
            (&mut self.wallet, "thirdPartyName"),
            (&mut self.card_attr, "cardAttr"),
        ] {
            set(member, said.text(name));
        }
        set(
            &mut self.transaction_date,
            said.day("transactionDateWithYear"),
        );
        set(
            &mut self.settlement_date,
            said.day("settlementDateWithYear"),
        );
        self
    }

    /// The same, with what to do now in another language.
    #[must_use]
    pub fn in_language(mut self, language: Language) -> Self {
        self.next = self.next_step.sentence(language).to_owned();
        self
    }
}

fn first_version() -> u32 {
    1
}

fn known_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        version @ 1..=OutcomeRecord::VERSION => Ok(version),
        version => Err(D::Error::custom(format_args!(
            "a record of version {version}, of which only up to {} can be read",
            OutcomeRecord::VERSION
        ))),
    }
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gateway<'a> {
    /// Its address, for example `https://gateway.example`.
    pub url: &'a str,
    /// Whether its money is real.
    pub is_live: bool,
}

impl<'a> Gateway<'a> {
    /// A gateway whose money is real.
    pub fn live(url: &'a str) -> Self {
        Self { url, is_live: true }
    }

    /// A gateway for tests.
    pub fn test(url: &'a str) -> Self {
        Self {
            url,
            is_live: false,
        }
    }
}
