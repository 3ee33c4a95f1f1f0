//! What the calls that take a payment back, or a part of it, say of that payment.

use serde::{Deserialize, Serialize};

use crate::call::ids::CallId;
use crate::fact::request::StoredRequest;
use crate::name::names;

names! {
    /// How a payment is taken back.
    #[non_exhaustive]
    pub enum TakeBackWay, "way to take a payment back" {
        /// As a whole, once it was made: there is nothing else to void.
        Void = "void",
        /// As a whole, whether it was made or not.
        Reversal = "reversal",
        /// By an amount of its own.
        Refund = "refund",
    }
}

impl TakeBackWay {
    /// How a call takes a payment back. `None` of one that does not.
    pub fn of(request: &StoredRequest) -> Option<Self> {
        match request.operation.as_str() {
            "void_payment" => Some(Self::Void),
            "reverse_payment" => Some(Self::Reversal),
            "refund" => Some(Self::Refund),
            _ => None,
        }
    }
}

names! {
    /// How far a call that takes a payment back is.
    #[non_exhaustive]
    pub enum TakeBackProgress, "progress of a call that takes a payment back" {
        /// It may be on the wire, or it is not known what became of it.
        Open = "open",
        /// It was carried out.
        Done = "done",
        /// It was not carried out, or not on this payment.
        NotDone = "not_done",
    }
}

/// What another call on the order means for a payment. Of each such call the last word counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TakenBack {
    /// The other call: what it rests on is written down there.
    pub by: CallId,
    /// How it takes the payment back.
    pub way: TakeBackWay,
    /// How far it is.
    pub progress: TakeBackProgress,
    /// By how much, in fen. `None` of what takes back the whole, and where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount_fen: Option<u64>,
}

impl TakenBack {
    /// That another call takes the payment back, and how far it is with that.
    pub fn new(
        by: CallId,
        way: TakeBackWay,
        progress: TakeBackProgress,
        amount_fen: Option<u64>,
    ) -> Self {
        Self {
            by,
            way,
            progress,
            amount_fen: amount_fen.filter(|_| way == TakeBackWay::Refund),
        }
    }

    /// What it says in one word.
    pub fn as_str(&self) -> &'static str {
        use TakeBackProgress as Progress;
        match (self.way, self.progress) {
            (TakeBackWay::Void, Progress::Open) => "void_open",
            (TakeBackWay::Void, Progress::Done) => "voided",
            (TakeBackWay::Void, Progress::NotDone) => "not_voided",
            (TakeBackWay::Reversal, Progress::Open) => "reversal_open",
            (TakeBackWay::Reversal, Progress::Done) => "reversed",
            (TakeBackWay::Reversal, Progress::NotDone) => "not_reversed",
            (TakeBackWay::Refund, Progress::Open) => "refund_open",
            (TakeBackWay::Refund, Progress::Done) => "refunded",
            (TakeBackWay::Refund, Progress::NotDone) => "not_refunded",
        }
    }
}

/// What all such calls say of one payment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TakeBacks {
    known: Vec<TakenBack>,
    /// Whether one that was said to be done turned out not to be.
    pub(super) is_withdrawn: bool,
}

impl TakeBacks {
    pub(super) fn hear(&mut self, word: &TakenBack) {
        match self.known.iter_mut().find(|known| known.by == word.by) {
            Some(known) => {
                self.is_withdrawn |= known.progress == TakeBackProgress::Done
                    && word.progress == TakeBackProgress::NotDone;
                known.clone_from(word);
            }
            None => self.known.push(word.clone()),
        }
    }

    pub(super) fn all(&self) -> &[TakenBack] {
        &self.known
    }

    /// Whether they show that a payment was made of which nothing else is known. A reversal shows
    /// nothing: it may be approved before the payment is carried out, or where it never is.
    pub(super) fn show_that_it_was_made(&self) -> bool {
        self.done().any(|word| word.way != TakeBackWay::Reversal)
    }

    /// How much was refunded. `None` when no refund was made, or not even one's amount is known.
    pub(super) fn refunded_fen(&self) -> Option<u64> {
        let refunds = self.done().filter(|word| word.way == TakeBackWay::Refund);
        let amounts = refunds.filter_map(|word| word.amount_fen);
        amounts.reduce(u64::saturating_add)
    }

    /// Whether nothing is left of so much money. `None` when that is not known.
    pub(super) fn leave_nothing_of(&self, whole: Option<u64>) -> Option<bool> {
        let (mut certain, mut possible) = (Some(0_u64), Some(0_u64));
        let add = |sum: Option<u64>, word: &TakenBack| sum?.checked_add(word.amount_fen?);
        for word in &self.known {
            match (word.progress, word.way) {
                (TakeBackProgress::NotDone, _) => {}
                (TakeBackProgress::Done, TakeBackWay::Refund) => {
                    certain = add(certain, word);
                    possible = add(possible, word);
                }
                (TakeBackProgress::Done, _) => return Some(true),
                (TakeBackProgress::Open, TakeBackWay::Refund) => possible = add(possible, word),
                (TakeBackProgress::Open, _) => possible = None,
            }
        }
        match (certain, possible, whole) {
            (Some(0), Some(0), _) => Some(false),
            (Some(certain), _, Some(whole)) if certain >= whole => Some(true),
            (_, Some(possible), Some(whole)) if possible < whole => Some(false),
            _ => None,
        }
    }

    fn done(&self) -> impl Iterator<Item = &TakenBack> {
        let known = self.known.iter();
        known.filter(|word| word.progress == TakeBackProgress::Done)
    }
}
