//! Reads a request back from its bytes, as strictly as it is written.

use bytes::Bytes;

use crate::field::misfit::{FieldProblem, Misfit};
use crate::field::spec::FieldKind;
use crate::field::wire_type::WireType;
use crate::json::object::{Put, Slots, Token, read_body};
use crate::json::text::Text;
use crate::reply::malformed_reply::{Malformation, MalformedReply};

/// A request, or an object inside one, that can be read back.
pub(crate) trait FromObject: Sized {
    /// Reads one JSON object.
    fn from_object(body: Bytes) -> Result<Self, Unreadable>;
}

/// Why an object cannot be read back.
pub(crate) enum Unreadable {
    Malformed(MalformedReply),
    Misfit(Misfit),
}

impl From<Misfit> for Unreadable {
    fn from(misfit: Misfit) -> Self {
        Self::Misfit(misfit)
    }
}

/// Reads an object inside a request, which was found to be well-formed.
pub(crate) fn read_inner<T: FromObject>(object: &Text) -> Result<T, Misfit> {
    T::from_object(object.as_bytes().clone()).map_err(|unreadable| match unreadable {
        Unreadable::Misfit(misfit) => misfit,
        Unreadable::Malformed(_) => Misfit::wrong_type(FieldKind::Object),
    })
}

/// What is wrong with the fields of an object: the first of it counts.
#[derive(Default)]
pub(crate) struct Faults {
    first: Option<Misfit>,
    stopped: Option<String>,
}

impl Faults {
    /// Reads a field into its slot.
    pub(crate) fn take<T: WireType>(
        &mut self,
        name: &'static str,
        slot: &mut Option<T>,
        token: &Token<'_>,
    ) -> Put {
        if slot.is_some() {
            return Put::Repeated;
        }
        match T::from_token(token) {
            Ok(value) => *slot = Some(value),
            Err(misfit) => self.note(misfit.of_field(name)),
        }
        Put::Taken
    }

    /// Notes a field that the object does not have.
    pub(crate) fn unlisted(&mut self, name: &str) -> Put {
        self.note(Misfit::new(name, FieldProblem::Unlisted));
        Put::Taken
    }

    /// Notes in which field the reading stopped.
    pub(crate) fn stopped(&mut self, name: &str) {
        self.stopped = Some(name.to_owned());
    }

    fn note(&mut self, misfit: Misfit) {
        self.first.get_or_insert(misfit);
    }
}

/// Reads an object's fields into `slots`, whose faults `faults` gives.
pub(crate) fn read_object<S: Slots>(
    body: Bytes,
    slots: &mut S,
    faults: fn(&mut S) -> &mut Faults,
) -> Result<(), Unreadable> {
    let read = read_body(body, slots);
    let faults = faults(slots);
    match (read, faults.stopped.take(), faults.first.take()) {
        (Err(malformed), Some(name), _) if malformed.kind() == Malformation::DuplicateKey => {
            Err(Misfit::new(name, FieldProblem::Repeated).into())
        }
        (Err(malformed), ..) => Err(Unreadable::Malformed(malformed)),
        (Ok(_), _, Some(misfit)) => Err(misfit.into()),
        (Ok(_), _, None) => Ok(()),
    }
}

/// The value of a field that must be there.
pub(crate) fn required<T>(name: &'static str, value: Option<T>) -> Result<T, Misfit> {
    value.ok_or_else(|| Misfit::new(name, FieldProblem::Missing))
}
