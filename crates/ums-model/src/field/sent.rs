//! What a request holds of a field, for comparing it with a reply.

use std::fmt;

/// A value of a request as it is compared with what a reply repeats: an id as its text, an amount
/// whatever its form.
pub(crate) trait Plain {
    /// The value that is compared.
    type Plain: fmt::Display + ?Sized;

    /// The value.
    fn plain(&self) -> &Self::Plain;
}

/// What a request's getter gives: a value that is always there, or one that may be missing.
pub(crate) trait Sent<'a> {
    /// The value that is compared.
    type Value: ?Sized;

    /// The value, if it was given.
    fn sent(self) -> Option<&'a Self::Value>;
}

/// Whether a field that may be missing was given.
pub(crate) fn is_given<T>(value: Option<&T>) -> bool {
    value.is_some()
}

impl<'a, T: Plain> Sent<'a> for &'a T {
    type Value = T::Plain;

    fn sent(self) -> Option<&'a T::Plain> {
        Some(self.plain())
    }
}

impl<'a, T: Plain> Sent<'a> for Option<&'a T> {
    type Value = T::Plain;

    fn sent(self) -> Option<&'a T::Plain> {
        self.map(T::plain)
    }
}
