//! Short ASCII text kept inside its owner, so that signing allocates nothing before the header
//! itself.

use core::fmt;
use core::hash::{Hash, Hasher};

/// At most `N` bytes of ASCII; the owner sees to it that nothing longer and nothing but ASCII is
/// pushed.
#[derive(Clone, Copy)]
pub(crate) struct InlineText<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> InlineText<N> {
    pub(crate) const fn new() -> Self {
        Self {
            bytes: [0; N],
            length: 0,
        }
    }

    pub(crate) fn of(text: &str) -> Self {
        let mut inline = Self::new();
        inline.push(text.as_bytes());
        inline
    }

    #[inline]
    pub(crate) fn push(&mut self, ascii: &[u8]) {
        let end = self.length + ascii.len();
        let Some(place) = self.bytes.get_mut(self.length..end) else {
            unreachable!("the capacity is the sum of the limits of what is pushed")
        };
        place.copy_from_slice(ascii);
        self.length = end;
    }

    #[inline]
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or(&self.bytes)
    }

    pub(crate) fn as_str(&self) -> &str {
        let Ok(text) = core::str::from_utf8(self.as_bytes()) else {
            unreachable!("only ASCII is pushed")
        };
        text
    }
}

impl<const N: usize> PartialEq for InlineText<N> {
    fn eq(&self, other: &Self) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl<const N: usize> Eq for InlineText<N> {}

impl<const N: usize> Hash for InlineText<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl<const N: usize> fmt::Debug for InlineText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl<const N: usize> fmt::Display for InlineText<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn holds_up_to_its_capacity_and_compares_by_content() {
        let mut text = InlineText::<4>::of("ab");
        assert_eq!(text.as_str(), "ab");
        text.push(b"cd");
        assert_eq!(text.to_string(), "abcd");
        assert_ne!(text, InlineText::of("abce"));
        assert_eq!(text, InlineText::of("abcd"));
        assert_eq!(InlineText::<0>::new().as_str(), "");
    }

    #[test]
    fn hashes_like_its_content() {
        extern crate std;
        use std::hash::DefaultHasher;

        let hash = |value: &dyn Fn(&mut DefaultHasher)| {
            let mut hasher = DefaultHasher::new();
            value(&mut hasher);
            hasher.finish()
        };
        let of_text = hash(&|hasher| InlineText::<8>::of("ab").hash(hasher));
        assert_eq!(of_text, hash(&|hasher| b"ab"[..].hash(hasher)));
        assert_ne!(of_text, hash(&|_| ()));
    }
}
