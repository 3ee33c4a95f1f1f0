//! What every secret of this crate has in common: wiped when the last clone goes, shared by clones
//! instead of copied, and silent.

use alloc::string::String;
use alloc::sync::Arc;

use zeroize::Zeroizing;

use crate::invalid::{InvalidValue, ValueName, ValueRule};

/// More of the stack, in bytes, than a computation with a secret takes here: so much is overwritten
/// after each. A compiler does not say how much it takes; `tests/memory.rs` looks whether this is
/// enough.
pub(crate) const STACK: usize = 2048;

/// Printable ASCII without spaces, in one place in memory.
#[derive(Clone)]
pub(crate) struct Secret(Arc<Zeroizing<String>>);

impl Secret {
    /// Takes the text over, and wipes it again if it is refused.
    pub(crate) fn new(field: ValueName, text: String) -> Result<Self, InvalidValue> {
        let text = Zeroizing::new(text);
        let rule = if text.is_empty() {
            ValueRule::Empty
        } else if text.trim() != text.as_str() {
            ValueRule::SurroundingSpace
        } else if let Some(at) = text.bytes().position(|byte| !byte.is_ascii_graphic()) {
            ValueRule::Character {
                at,
                character: None,
                allowed: "printable ASCII characters without spaces",
            }
        } else {
            return Ok(Self(Arc::new(text)));
        };
        Err(InvalidValue::new(field, rule))
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_share_one_place() {
        let secret = Secret::new(ValueName::AppKey, "k".into()).unwrap();
        assert!(core::ptr::eq(
            secret.expose().as_ptr(),
            secret.clone().expose().as_ptr()
        ));
    }
}
