//! Where a reply does not fit the request.

use std::borrow::Cow;
use std::fmt;

use crate::json::value::Fields;
use crate::reply::field::Field;

/// A reply that does not fit the request in one field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Discrepancy {
    /// The reply's field, by its name on the wire.
    pub field: Cow<'static, str>,
    /// What the request leads one to expect.
    pub expected: String,
    /// What the reply says.
    pub received: String,
}

impl Discrepancy {
    /// A discrepancy in the reply's field `field`.
    pub fn new(
        field: impl Into<Cow<'static, str>>,
        expected: impl Into<String>,
        received: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            expected: expected.into(),
            received: received.into(),
        }
    }

    /// A field that should repeat what was sent, and does not. What was not sent, or does not come
    /// back, says nothing either way.
    pub(crate) fn of_echo<S, T>(
        name: &'static str,
        sent: Option<&S>,
        received: &Field<T>,
    ) -> Option<Self>
    where
        S: fmt::Display + ?Sized,
        T: fmt::Display + PartialEq<S>,
    {
        let sent = sent?;
        let received = match received {
            Field::Absent => return None,
            Field::Typed(value) if value == sent => return None,
            Field::Typed(value) => value.to_string(),
            Field::AsReceived(json) => json.raw().to_owned(),
        };
        Some(Self::new(name, sent.to_string(), received))
    }

    /// A field that does not read as documented, so that it may tell of something else.
    pub(crate) fn of_unreadable<T>(
        name: &'static str,
        wanted: &'static str,
        received: &Field<T>,
    ) -> Option<Self> {
        let received = received.as_received()?;
        Some(Self::new(name, wanted, received.raw()))
    }

    /// A field that no document lists for the reply, and should repeat what was sent. It is
    /// compared by its characters: whether a number comes as one or as a string is no difference,
    /// and `1.0` is another amount than `1`.
    pub(crate) fn of_unlisted<S>(
        name: &'static str,
        sent: Option<&S>,
        unlisted: &Fields,
    ) -> Option<Self>
    where
        S: fmt::Display + ?Sized,
    {
        // Nearly no reply has such a field, so nothing is made for it before it is there.
        let (sent, received) = sent.zip(unlisted.named(name))?;
        if matches!(received.raw(), "null" | r#""""#) {
            return None;
        }
        let sent = sent.to_string();
        let received = received.to_string();
        (received != sent).then(|| Self::new(name, sent, received))
    }
}

/// Those that were found.
pub(crate) fn found<const N: usize>(compared: [Option<Discrepancy>; N]) -> Vec<Discrepancy> {
    compared.into_iter().flatten().collect()
}

impl fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            field,
            expected,
            received,
        } = self;
        write!(f, "{field} is {received:?}, and {expected:?} was expected")
    }
}
