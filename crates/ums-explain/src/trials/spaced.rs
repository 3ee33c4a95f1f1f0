//! A text with something around it that does not belong there.

use alloc::string::String;
use alloc::vec::Vec;

/// How many of the spaced texts are common.
pub(crate) const COMMONLY_SPACED: usize = 4;

/// A text as it may come from a page or a file, with something around it; the common ways first.
pub(crate) fn spaced(text: &str) -> Vec<String> {
    const SPACES: [&str; 9] = [
        "\n", "\r\n", " ", "  ", "\t", "\u{feff}", "\u{a0}", "\u{3000}", "\u{200b}",
    ];
    let after = SPACES.iter().map(|space| [text, space].concat());
    let before = SPACES.iter().rev().map(|space| [space, text].concat());
    let around = SPACES.iter().map(|space| [space, text, space].concat());
    let (common, rare) = (after.clone().take(3), after.skip(3));
    common
        .chain([[" ", text].concat()])
        .chain(rare)
        .chain(before)
        .chain(around)
        .collect()
}
