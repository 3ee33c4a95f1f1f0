//! The key that a request has of itself: its operation, and what tells it from others.

use chrono::{NaiveDate, TimeDelta};
use ums_client::model::{AnyRequest, Operation};
use ums_client::{Clock, SystemClock};
use ums_durable::journal::{Fingerprint, JournalKey, Key, KeyScope, StoredRequest};

use crate::failure::{Failure, FailureKind, OrFail};
use crate::input::fields::missing;

/// The operation and its identity, by the description that the journal goes by.
///
/// # Errors
///
/// It names no order: then a key must be given.
pub(crate) fn own_key(request: &AnyRequest) -> Result<Key, Failure> {
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
    let ids = identity.order.iter();
    let ids = ids.map(|id| format!("{}:{}", id.kind.as_str(), id.id));
    let parts: Vec<String> = std::iter::once(request.name().to_owned())
        .chain(ids)
        .chain(identity.refund_request_id.clone())
        .collect();
    Key::new(parts.join("/")).map_err(|_| none())
}

/// Today in China: a hold is told by its trace number and its day.
fn today() -> NaiveDate {
    const EAST: i32 = 8 * 3600;
    let there = SystemClock::default().now() + TimeDelta::seconds(EAST.into());
    there.date_naive()
}
