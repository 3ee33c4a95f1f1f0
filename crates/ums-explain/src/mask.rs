//! Texts from outside, fit to be printed.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// The secrets that must not be shown, whatever letter case they come in.
pub(super) struct Mask<'a>(Vec<&'a str>);

impl<'a> Mask<'a> {
    pub(super) fn new(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        Self(secrets.into_iter().collect())
    }

    /// A text fit to be printed: escaped, cut, and without any secret.
    pub(super) fn show(&self, text: &str) -> String {
        let mut shown = String::from(text);
        for secret in &self.0 {
            shown = without(&shown, secret);
        }
        let cut: String = shown
            .chars()
            .take(400)
            .flat_map(char::escape_debug)
            .collect();
        match shown.chars().nth(400) {
            Some(_) => format!("{cut}…"),
            None => cut,
        }
    }
}

fn without(text: &str, secret: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let secret = secret.to_ascii_lowercase();
    let mut shown = String::new();
    let mut from = 0;
    while let Some(at) = lower.get(from..).and_then(|rest| rest.find(&secret)) {
        shown.push_str(text.get(from..from + at).unwrap_or_default());
        shown.push_str("<secret>");
        from += at + secret.len();
    }
    shown.push_str(text.get(from..).unwrap_or_default());
    shown
}
