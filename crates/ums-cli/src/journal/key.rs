//! The key that a request has of itself: its operation, and what tells it from others.

use chrono::{NaiveDate, TimeDelta};
use ums_client::model::{AnyRequest, Operation};
use ums_client::{Clock, SystemClock};
use ums_durable::journal::{
    Fingerprint, Identity, JournalKey, Key, KeyScope, OrderIdKind, StoredRequest,
};

use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;

/// The key of a call.
pub(crate) struct CallKey {
    pub(crate) key: Key,
    /// How the same key was written before a slash in an id was told from one between two ids, and
    /// the identity that it was made of. Two identities may have been written alike.
    pub(crate) as_before: Option<(Key, Identity)>,
}

impl CallKey {
    /// A key that somebody gave.
    pub(crate) fn given(key: Key) -> Self {
        Self {
            key,
            as_before: None,
        }
    }
}

/// The operation and its identity, by the description that the journal goes by.
///
/// # Errors
///
/// It names no order: then a key must be given.
pub(crate) fn own_key(request: &AnyRequest) -> Result<CallKey, Failure> {
    let none = || {
        missing((
            "nothing tells this call from another one like it; give --key",
            "无法将本次操作与其他操作区分；请给出 --key",
        ))
    };
    let body = request.encode().or_fail(FailureKind::InvalidInput)?;
    let text = String::from_utf8_lossy(&body);
    // Only the ids of the order are looked at, which no key of a journal changes.
    let hidden = JournalKey::new([0; 32]);
    let print = Fingerprint::new(&hidden, request.name(), &text).map_err(|_| none())?;
    let any = Key::new("any").or_fail(FailureKind::InvalidInput)?;
    let scope = KeyScope::new("", "", request.merchant().unwrap_or_default());
    let kept = StoredRequest::of_request(request, scope.key(any), print, &hidden, today())
        .or_fail(FailureKind::InvalidInput)?;
    let identity = kept.identity.ok_or_else(none)?;
    let now = written(&identity, escaped);
    let before = written(&identity, str::to_owned);
    Ok(CallKey {
        as_before: match before == now {
            true => None,
            false => Key::new(before).ok().map(|before| (before, identity)),
        },
        key: Key::new(now).map_err(|_| none())?,
    })
}

/// Whether both are one operation on orders that are named alike. The gateway and the merchant are
/// those of the key.
pub(crate) fn are_alike(one: &Identity, other: &Identity) -> bool {
    let ids = |identity: &Identity| -> Vec<_> {
        let ids = identity.order.iter();
        ids.map(|id| (id.kind, id.id.clone())).collect()
    };
    one.is_like(other) && ids(one) == ids(other)
}

fn written(identity: &Identity, part: fn(&str) -> String) -> String {
    let ids = identity.order.iter().map(|id| match id.kind {
        // Its slashes are between a terminal, a day and a number, none of which has one.
        OrderIdKind::Trace => format!("{}:{}", id.kind.as_str(), id.id),
        kind => format!("{}:{}", kind.as_str(), part(&id.id)),
    });
    let refund = identity.refund_request_id.as_deref();
    let refund = refund.map(part);
    let parts = std::iter::once(identity.operation.clone());
    let parts: Vec<String> = parts.chain(ids).chain(refund).collect();
    parts.join("/")
}

fn escaped(id: &str) -> String {
    id.replace('%', "%25").replace('/', "%2F")
}

/// Today in China: a hold is told by its trace number and its day.
fn today() -> NaiveDate {
    const EAST: i32 = 8 * 3600;
    let there = SystemClock::default().now() + TimeDelta::seconds(EAST.into());
    there.date_naive()
}

#[cfg(test)]
mod tests {
    use ums_durable::journal::StoredOrderId;

    use super::*;

    fn refund(order: &str, refund: &str) -> Identity {
        let scope = KeyScope::new("", "", "");
        let order = StoredOrderId::new(&scope, OrderIdKind::Merchant, order);
        let identity = Identity::new("refund", [order]).unwrap();
        identity.with_refund_request_id(refund)
    }

    #[test]
    fn no_two_calls_have_one_key() {
        let key = |order: &str, id: &str| written(&refund(order, id), escaped);
        assert_eq!(key("A", "B"), "refund/merchant:A/B");
        let all = [
            key("A/B", "C"),
            key("A", "B/C"),
            key("A%2FB", "C"),
            key("A", "B%2FC"),
            key("A%252FB", "C"),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[..at].contains(one), "{one}");
        }
        // As it was.
        let before = |order: &str, id: &str| written(&refund(order, id), str::to_owned);
        assert_eq!(before("A/B", "C"), before("A", "B/C"));
        assert!(!are_alike(&refund("A/B", "C"), &refund("A", "B/C")));
        assert!(are_alike(&refund("A/B", "C"), &refund("A/B", "C")));
    }
}
