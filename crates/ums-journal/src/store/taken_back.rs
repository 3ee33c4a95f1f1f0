//! What the other calls on an order mean for its payments: what every store writes down on them.

use crate::call::identity::OrderRole;
use crate::call::ids::{AttemptNumber, CallId, FactId};
use crate::fact::entry::{Fact, FactKind};
use crate::fact::taken_back::{TakeBackProgress, TakeBackWay, TakenBack};
use crate::fact::view::View;

/// A word that is to be written down on a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TakenBackNow {
    /// The payment.
    pub payment: CallId,
    /// The attempt of it that counts.
    pub attempt: AttemptNumber,
    /// What is to be said of it.
    pub word: TakenBack,
}

impl TakenBackNow {
    /// The same as a fact beside the one that it follows from, in a journal with so many facts.
    pub fn into_fact(self, beside: &FactId, facts: u64) -> Fact {
        let (payment, by) = (&self.payment, &self.word.by);
        let id = FactId::beside(beside, &format!("taken_back/{payment}/{by}/{facts}"));
        let what = FactKind::TakenBack(self.word);
        Fact::new(id, self.payment, self.attempt, what)
    }
}

/// Whether a call takes a payment back, or a part of it.
pub fn takes_back(view: &View) -> bool {
    view.request.moves_money && TakeBackWay::of(&view.request).is_some()
}

/// Whether what a call means for its order is another thing after a fact than before: then
/// [`taken_back_now`] may have something to write down.
pub fn speaks_anew(before: &View, after: &View) -> bool {
    match takes_back(after) {
        true => progress_of(before) != progress_of(after),
        false => is_payment(after) && before.executed != after.executed,
    }
}

/// What is to be written down on the payments of an order, from what is known of all its calls.
///
/// It is said of the payment that was made; where none is known to have been, of those that may
/// have been; and else of those that were found not to have been, as a void that was carried out
/// shows that one was. Nothing is said of a payment that began when the other call was over, and
/// nothing that was said already.
pub fn taken_back_now(on_order: &[(&CallId, &View)]) -> Vec<TakenBackNow> {
    let payments: Vec<_> = on_order
        .iter()
        .filter(|(_, view)| is_payment(view))
        .collect();
    let rank = payments.iter().filter_map(|(_, view)| rank_of(view)).max();
    let mut words = Vec::new();
    for (payment, view) in payments {
        for (by, other) in on_order.iter().filter(|(_, other)| takes_back(other)) {
            let (Some(way), Some(progress)) = (TakeBackWay::of(&other.request), progress_of(other))
            else {
                continue;
            };
            let known = view.taken_back().iter().find(|known| known.by == **by);
            let is_meant = rank_of(view) == rank && rank.is_some();
            let is_before = other.changed.at < view.began.at;
            let progress = match is_meant && !is_before {
                true => progress,
                false => TakeBackProgress::NotDone,
            };
            let is_said = match known {
                Some(known) => known.progress == progress,
                None => progress == TakeBackProgress::NotDone,
            };
            if !is_said {
                let word = TakenBack::new((*by).clone(), way, progress, other.request.amount_fen);
                words.push(TakenBackNow {
                    payment: (*payment).clone(),
                    attempt: view.attempt(),
                    word,
                });
            }
        }
    }
    words
}

fn is_payment(view: &View) -> bool {
    view.request.moves_money && view.request.role == OrderRole::Payment
}

/// How near a payment is to be the one that is taken back. `None` when it was not made for certain.
fn rank_of(view: &View) -> Option<u8> {
    match view.executed {
        Some(true) => Some(2),
        None if view.may_have_been_sent() => Some(1),
        Some(false) if view.is_held_not_executed() => Some(0),
        _ => None,
    }
}

/// How far a call that takes a payment back is. `None` of one that was never sent.
fn progress_of(view: &View) -> Option<TakeBackProgress> {
    match view.executed {
        // What another call counts was done by that one.
        Some(true) if view.counted_by.is_none() => Some(TakeBackProgress::Done),
        Some(_) => Some(TakeBackProgress::NotDone),
        None if view.may_have_been_sent() => Some(TakeBackProgress::Open),
        None => None,
    }
}
