//! The rules between the operations of the POS通 family: what a merchant may do after what.
//!
//! They are advice, from facts that the caller has. The platform decides: no rule here forbids a
//! call.

use std::fmt;

use chrono::NaiveDate;

use crate::poslink::refund::Refund;
use crate::value::amount::Fen;
use crate::value::query_state::QueryState;

/// Whether an order in this state can be voided. A void takes back a whole payment of the same
/// trading day (POS通交易接口 v20200527 §3 p.26); the rest is inferred from what the states mean.
///
/// ```
/// use ums_model::{QueryState, rules::{self, Advice}};
///
/// assert_eq!(rules::void_after(QueryState::Paid), Advice::Possible);
/// assert_eq!(rules::void_after(QueryState::TimedOut), Advice::QueryFirst);
/// ```
pub fn void_after(state: QueryState) -> Advice {
    match state {
        QueryState::Paid => Advice::Possible,
        QueryState::Refunded => Advice::Pointless(Obstacle::PartlyRefunded),
        QueryState::Voided => Advice::Pointless(Obstacle::Voided),
        QueryState::Reversed => Advice::Pointless(Obstacle::Reversed),
        QueryState::Failed => Advice::Pointless(Obstacle::NeverPaid),
        QueryState::TimedOut | QueryState::Unknown => Advice::QueryFirst,
    }
}

/// Whether an order in this state can be refunded. An order whose payment has no definite state
/// must be queried until it has one, and is refunded only then (POS通交易接口 v20200527 §3 p.26).
pub fn refund_after(state: QueryState) -> Advice {
    match state {
        QueryState::Paid => Advice::Possible,
        QueryState::Refunded => Advice::Doubtful(Doubt::PerhapsRefundedWhole),
        QueryState::Voided => Advice::Pointless(Obstacle::Voided),
        QueryState::Reversed => Advice::Pointless(Obstacle::Reversed),
        QueryState::Failed => Advice::Pointless(Obstacle::NeverPaid),
        QueryState::TimedOut | QueryState::Unknown => Advice::QueryFirst,
    }
}

/// Whether a void can give this much of a payment back: it has no amount, so it gives all or
/// nothing (official page).
pub fn void_of(paid: Fen, wanted: Fen) -> Advice {
    match refund_of(paid, wanted) {
        Advice::Possible if wanted < paid => Advice::Pointless(Obstacle::WholeOrderOnly),
        advice => advice,
    }
}

/// Whether a refund can give this much of a payment back: something (inferred), and no more than
/// was paid (community).
pub fn refund_of(paid: Fen, wanted: Fen) -> Advice {
    match wanted {
        Fen::ZERO => Advice::Pointless(Obstacle::NothingWanted),
        _ if wanted > paid => Advice::Pointless(Obstacle::MoreThanPaid),
        _ => Advice::Possible,
    }
}

/// What speaks against a void by the calendar. The payment must be of the same trading day
/// (POS通交易接口 v20200527 §3 p.26), and when a trading day ends is not published: another local
/// day is a warning and no more, and the same local day is no promise.
pub fn void_on_day(paid_on: NaiveDate, today: NaiveDate) -> Option<Doubt> {
    (paid_on != today).then_some(Doubt::AnotherDay)
}

/// What speaks against a refund by the calendar: it is possible within 30 days (POS通交易接口
/// v20200527 §3 p.26). How the platform counts them is not published, so this is a warning and no
/// more.
pub fn refund_on_day(paid_on: NaiveDate, today: NaiveDate) -> Option<Doubt> {
    let days = (today - paid_on).num_days();
    (!(0..=REFUND_DAYS).contains(&days)).then_some(Doubt::MoreThan30Days)
}

/// For how many days after a payment it can be refunded (POS通交易接口 v20200527 §3 p.26).
pub const REFUND_DAYS: i64 = 30;

/// What a refund is to an earlier one that was sent, by its refund request id: each refund of an
/// order needs its own (POS通交易接口 v20200527 §1.4.3 p.11), and a repeat keeps it.
///
/// Orders are compared by the id that both refunds name, the UMS order id first. Two refunds that
/// name no id in common are taken to be of one order.
pub fn refund_again(earlier: &Refund, later: &Refund) -> RefundAgain {
    if earlier.refund_request_id() != later.refund_request_id() {
        return RefundAgain::AnotherRefund;
    }
    let by_ums = earlier.original_order_id().zip(later.original_order_id());
    let by_merchant = earlier.merchant_order_id().zip(later.merchant_order_id());
    let same_order = match (by_ums, by_merchant) {
        (Some((earlier, later)), _) => earlier == later,
        (None, Some((earlier, later))) => earlier == later,
        (None, None) => true,
    };
    let same_merchant = earlier.merchant_code() == later.merchant_code();
    let same_amount = earlier.transaction_amount().value() == later.transaction_amount().value();
    match same_merchant && same_order && same_amount {
        true => RefundAgain::Repeat,
        false => RefundAgain::IdUsedTwice,
    }
}

/// What is to be thought of a step before it is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Advice {
    /// Nothing that is known speaks against it.
    Possible,
    /// It may be refused.
    Doubtful(Doubt),
    /// The order's state is not final: query until it is.
    QueryFirst,
    /// It cannot do what is wanted.
    Pointless(Obstacle),
}

/// Why a step may be refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Doubt {
    /// The payment was made on another local day, so its trading day has probably ended.
    AnotherDay,
    /// More than 30 local days lie between payment and refund, or less than none.
    MoreThan30Days,
    /// Something was refunded already, and the state does not say whether that was all.
    PerhapsRefundedWhole,
}

/// Why a step cannot do what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Obstacle {
    /// The payment was voided already.
    Voided,
    /// The payment was reversed: no money moved.
    Reversed,
    /// The payment failed: no money moved.
    NeverPaid,
    /// A part, or all, was refunded, and a void takes back the whole.
    PartlyRefunded,
    /// Less than the payment is wanted back, and a void takes back the whole.
    WholeOrderOnly,
    /// More than the payment is wanted back.
    MoreThanPaid,
    /// Nothing is wanted back.
    NothingWanted,
}

/// What a refund is to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(
    clippy::exhaustive_enums,
    reason = "the same refund, another one, or a contradiction"
)]
pub enum RefundAgain {
    /// The same refund again: same id, order and amount.
    Repeat,
    /// Another refund, which moves money again.
    AnotherRefund,
    /// The id of the earlier refund on another order or amount: what the platform makes of it is
    /// not known.
    IdUsedTwice,
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Possible => f.write_str("nothing that is known speaks against it"),
            Self::Doubtful(doubt) => write!(f, "it may be refused: {doubt}"),
            Self::QueryFirst => f.write_str("query first: the order's state is not final"),
            Self::Pointless(obstacle) => write!(f, "it cannot do what is wanted: {obstacle}"),
        }
    }
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AnotherDay => {
                "the payment is of another day, and only the same trading day can be voided; refund instead"
            }
            Self::MoreThan30Days => "a payment can be refunded within 30 days",
            Self::PerhapsRefundedWhole => {
                "the order was refunded already, and perhaps wholly; query the refunds"
            }
        })
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Voided => "the payment was voided already",
            Self::Reversed => "the payment was reversed, no money moved",
            Self::NeverPaid => "the payment failed, no money moved",
            Self::PartlyRefunded => {
                "the order was refunded, and a void takes back the whole; refund the rest"
            }
            Self::WholeOrderOnly => "a void takes back the whole payment; refund a part",
            Self::MoreThanPaid => "more is wanted back than was paid",
            Self::NothingWanted => "nothing is wanted back",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field::written::Written;
    use crate::value::identifier::{
        MerchantCode, MerchantOrderId, RefundRequestId, TerminalCode, UmsOrderId,
    };
    use crate::value::order_ref::OrderRef;

    #[test]
    fn what_can_follow_each_state() {
        use Advice::*;

        let table = [
            (QueryState::Paid, Possible, Possible),
            (QueryState::TimedOut, QueryFirst, QueryFirst),
            (
                QueryState::Voided,
                Pointless(Obstacle::Voided),
                Pointless(Obstacle::Voided),
            ),
            (
                QueryState::Refunded,
                Pointless(Obstacle::PartlyRefunded),
                Doubtful(Doubt::PerhapsRefundedWhole),
            ),
            (
                QueryState::Reversed,
                Pointless(Obstacle::Reversed),
                Pointless(Obstacle::Reversed),
            ),
            (
                QueryState::Failed,
                Pointless(Obstacle::NeverPaid),
                Pointless(Obstacle::NeverPaid),
            ),
            (QueryState::Unknown, QueryFirst, QueryFirst),
        ];
        assert_eq!(table.map(|(state, ..)| state), QueryState::ALL);
        for (state, void, refund) in table {
            assert_eq!(
                (void_after(state), refund_after(state)),
                (void, refund),
                "{state}"
            );
            let not_final = void == QueryFirst || refund == QueryFirst;
            assert_eq!(not_final, !state.is_final(), "{state}");
        }
    }

    #[test]
    fn a_void_gives_all_back_and_a_refund_up_to_all() {
        use Advice::*;

        for (wanted, void, refund) in [
            (
                0,
                Pointless(Obstacle::NothingWanted),
                Pointless(Obstacle::NothingWanted),
            ),
            (1, Pointless(Obstacle::WholeOrderOnly), Possible),
            (99, Pointless(Obstacle::WholeOrderOnly), Possible),
            (100, Possible, Possible),
            (
                101,
                Pointless(Obstacle::MoreThanPaid),
                Pointless(Obstacle::MoreThanPaid),
            ),
        ] {
            let (paid, wanted) = (Fen::new(100), Fen::new(wanted));
            assert_eq!(
                (void_of(paid, wanted), refund_of(paid, wanted)),
                (void, refund),
                "{wanted}"
            );
        }
    }

    #[test]
    fn a_local_date_warns_and_no_more() {
        let day = |month, day| NaiveDate::from_ymd_opt(2024, month, day).unwrap();
        for (today, void, refund) in [
            (
                day(2, 28),
                Some(Doubt::AnotherDay),
                Some(Doubt::MoreThan30Days),
            ),
            (day(2, 29), None, None),
            (day(3, 1), Some(Doubt::AnotherDay), None),
            (day(3, 30), Some(Doubt::AnotherDay), None),
            (
                day(3, 31),
                Some(Doubt::AnotherDay),
                Some(Doubt::MoreThan30Days),
            ),
        ] {
            let paid_on = day(2, 29);
            assert_eq!(void_on_day(paid_on, today), void, "{today}");
            assert_eq!(refund_on_day(paid_on, today), refund, "{today}");
        }
    }

    #[test]
    fn a_refund_is_told_from_another_by_its_request_id() {
        let merchant = |id: &str| OrderRef::from(MerchantOrderId::new(id).unwrap());
        let ums = |id: &str| OrderRef::from(UmsOrderId::new(id).unwrap());
        let both = |merchant: &str, ums: &str| OrderRef::Both {
            merchant: MerchantOrderId::new(merchant).unwrap(),
            ums: UmsOrderId::new(ums).unwrap(),
        };
        let refund = |order: OrderRef, id: &str, amount: Written<Fen>| {
            Refund::new(
                MerchantCode::new("898340149000005").unwrap(),
                TerminalCode::new("00000001").unwrap(),
                order,
                RefundRequestId::new(id).unwrap(),
                amount,
            )
        };
        let earlier = refund(both("M1", "U1"), "R1", Fen::new(1).into());
        for (order, id, amount, expected) in [
            (
                both("M1", "U1"),
                "R1",
                Written::json(Fen::new(1)),
                RefundAgain::Repeat,
            ),
            (
                both("M9", "U1"),
                "R1",
                Written::json(Fen::new(1)),
                RefundAgain::Repeat,
            ),
            (
                merchant("M1"),
                "R1",
                Written::text(Fen::new(1)),
                RefundAgain::Repeat,
            ),
            (
                ums("U1"),
                "R1",
                Written::json(Fen::new(1)),
                RefundAgain::Repeat,
            ),
            (
                ums("U1"),
                "R2",
                Written::json(Fen::new(1)),
                RefundAgain::AnotherRefund,
            ),
            (
                ums("U2"),
                "R2",
                Written::json(Fen::new(2)),
                RefundAgain::AnotherRefund,
            ),
            (
                ums("U1"),
                "R1",
                Written::json(Fen::new(2)),
                RefundAgain::IdUsedTwice,
            ),
            (
                ums("U2"),
                "R1",
                Written::json(Fen::new(1)),
                RefundAgain::IdUsedTwice,
            ),
            (
                merchant("M2"),
                "R1",
                Written::json(Fen::new(1)),
                RefundAgain::IdUsedTwice,
            ),
            (
                both("M1", "U2"),
                "R1",
                Written::json(Fen::new(1)),
                RefundAgain::IdUsedTwice,
            ),
        ] {
            let later = refund(order, id, amount);
            assert_eq!(refund_again(&earlier, &later), expected, "{later:?}");
        }
        let by_merchant = refund(merchant("M1"), "R1", Fen::new(1).into());
        let by_ums = refund(ums("U1"), "R1", Fen::new(1).into());
        assert_eq!(refund_again(&by_merchant, &by_ums), RefundAgain::Repeat);
    }

    #[test]
    fn advice_is_one_sentence() {
        let of = |advice: Advice| advice.to_string();
        insta::assert_snapshot!(of(void_after(QueryState::Paid)), @"nothing that is known speaks against it");
        insta::assert_snapshot!(of(void_after(QueryState::Unknown)), @"query first: the order's state is not final");
        insta::assert_snapshot!(of(void_after(QueryState::Refunded)), @"it cannot do what is wanted: the order was refunded, and a void takes back the whole; refund the rest");
        insta::assert_snapshot!(of(refund_after(QueryState::Refunded)), @"it may be refused: the order was refunded already, and perhaps wholly; query the refunds");
        insta::assert_snapshot!(of(void_of(Fen::new(2), Fen::new(1))), @"it cannot do what is wanted: a void takes back the whole payment; refund a part");
    }
}
