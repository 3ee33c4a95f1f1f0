//! The error of a value that a field cannot hold, and the rules that find it.

use std::fmt;
use std::ops::RangeInclusive;

/// A value that this field does not take: the field, the rule that was broken, and what was given.
///
/// What was given is shown escaped and cut after 16 characters, short enough that a key passed by
/// mistake is not shown whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {rule}, but {given}")]
pub struct InvalidField {
    field: &'static str,
    rule: Rule,
    given: Given,
}

impl InvalidField {
    /// The field's name on the wire.
    pub fn field(&self) -> &'static str {
        self.field
    }

    /// The rule that was broken.
    pub fn rule(&self) -> Rule {
        self.rule
    }

    /// The same value, refused by a field that has another name than the one its type is made for.
    pub(crate) fn of_field(self, field: &'static str) -> Self {
        Self { field, ..self }
    }

    pub(crate) fn new(field: &'static str, rule: Rule, given: &str) -> Self {
        Self {
            field,
            rule,
            given: Given::new(given),
        }
    }
}

/// A rule that a value can break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Rule {
    /// It must have at least this many and at most that many characters.
    Length {
        /// The fewest characters.
        min: usize,
        /// The most characters.
        max: usize,
    },
    /// It must not be empty; no document that could be read limits its length.
    NotEmpty,
    /// It must be a whole number in these bounds.
    Range {
        /// The smallest number.
        min: u64,
        /// The largest number.
        max: u64,
    },
    /// It must consist of these characters only.
    Characters(&'static str),
    /// It must be written like this.
    Form(&'static str),
    /// It must not begin or end with whitespace: codes and ids are compared as they are.
    OuterWhitespace,
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Length { min, max } if min == max => write!(f, "takes exactly {max} characters"),
            Self::Length { min, max } => write!(f, "takes {min} to {max} characters"),
            Self::NotEmpty => f.write_str("takes at least one character"),
            Self::Range { min, max } => write!(f, "takes a whole number from {min} to {max}"),
            Self::Characters(which) => write!(f, "takes {which} only"),
            Self::Form(form) => write!(f, "takes {form}"),
            Self::OuterWhitespace => f.write_str("takes no whitespace at its beginning or end"),
        }
    }
}

/// What was given, fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Given {
    /// `None` for a value that must not be shown.
    escaped: Option<String>,
    cut: bool,
    length: usize,
}

impl Given {
    const SHOWN: usize = 16;

    fn hidden(value: &str) -> Self {
        Self {
            escaped: None,
            cut: false,
            length: value.chars().count(),
        }
    }

    fn new(value: &str) -> Self {
        let length = value.chars().count();
        let escaped = value.chars().take(Self::SHOWN).flat_map(shown).collect();
        Self {
            escaped: Some(escaped),
            cut: length > Self::SHOWN,
            length,
        }
    }
}

impl fmt::Display for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            escaped,
            cut,
            length,
        } = self;
        match (length, escaped) {
            (0, _) => f.write_str("nothing was given"),
            (1, Some(escaped)) => write!(f, "\"{escaped}\" was given"),
            (_, Some(escaped)) => write!(
                f,
                "\"{escaped}{}\" was given, {length} characters",
                if *cut { "…" } else { "" }
            ),
            (_, None) => write!(
                f,
                "a value of length {length} was given, which is not shown here"
            ),
        }
    }
}

/// A character so that it can be seen: what does not print is escaped.
fn shown(character: char) -> impl Iterator<Item = char> {
    let escape = is_unprintable(character) || matches!(character, '"' | '\\');
    let escaped = escape.then(|| character.escape_default());
    let plain = (!escape).then_some(character);
    escaped.into_iter().flatten().chain(plain)
}

/// Control characters, the line and paragraph separators, and the byte order mark.
fn is_unprintable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// What a text field takes.
#[derive(Clone, Debug)]
pub(crate) struct TextRule {
    pub(crate) field: &'static str,
    /// `None` where no document that could be read limits the length.
    pub(crate) length: Option<RangeInclusive<usize>>,
    pub(crate) characters: Characters,
    /// Whether an error must not show the value: a payer's data.
    pub(crate) hidden: bool,
}

/// The characters that a text field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Characters {
    Digits,
    LettersAndDigits,
    VisibleAscii,
    Printable,
}

impl Characters {
    fn take(self, character: char) -> bool {
        match self {
            Self::Digits => character.is_ascii_digit(),
            Self::LettersAndDigits => character.is_ascii_alphanumeric(),
            Self::VisibleAscii => character.is_ascii_graphic(),
            Self::Printable => !is_unprintable(character),
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Digits => "ASCII digits",
            Self::LettersAndDigits => "ASCII letters and digits",
            Self::VisibleAscii => "visible ASCII characters",
            Self::Printable => {
                "printable characters (no control character, line separator or byte order mark)"
            }
        }
    }
}

/// Tells whether a field takes a value.
pub(crate) fn check(rule: &TextRule, value: &str) -> Result<(), InvalidField> {
    let broken = |broken| InvalidField {
        field: rule.field,
        rule: broken,
        given: match rule.hidden {
            true => Given::hidden(value),
            false => Given::new(value),
        },
    };
    if rule.characters != Characters::Printable && value.trim() != value {
        return Err(broken(Rule::OuterWhitespace));
    }
    if !value
        .chars()
        .all(|character| rule.characters.take(character))
    {
        return Err(broken(Rule::Characters(rule.characters.as_str())));
    }
    match &rule.length {
        Some(length) if !length.contains(&value.chars().count()) => Err(broken(Rule::Length {
            min: *length.start(),
            max: *length.end(),
        })),
        None if value.is_empty() => Err(broken(Rule::NotEmpty)),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODE: TextRule = TextRule {
        field: "merchantCode",
        length: Some(1..=15),
        hidden: false,
        characters: Characters::LettersAndDigits,
    };
    const TRACE: TextRule = TextRule {
        field: "systemTraceNum",
        length: Some(6..=6),
        hidden: false,
        characters: Characters::Digits,
    };
    const REMARK: TextRule = TextRule {
        field: "merchantRemark",
        length: Some(1..=50),
        hidden: false,
        characters: Characters::Printable,
    };

    const PAY_CODE: TextRule = TextRule {
        field: "payCode",
        length: None,
        hidden: true,
        characters: Characters::VisibleAscii,
    };

    fn message(rule: &TextRule, value: &str) -> String {
        check(rule, value).unwrap_err().to_string()
    }

    #[test]
    fn a_message_names_field_rule_and_what_was_given() {
        insta::assert_snapshot!(message(&CODE, ""), @"merchantCode takes 1 to 15 characters, but nothing was given");
        insta::assert_snapshot!(message(&CODE, "1032900701114170"), @r#"merchantCode takes 1 to 15 characters, but "1032900701114170" was given, 16 characters"#);
        insta::assert_snapshot!(message(&CODE, "10329007011141700"), @r#"merchantCode takes 1 to 15 characters, but "1032900701114170…" was given, 17 characters"#);
        insta::assert_snapshot!(message(&CODE, " 103290070111417"), @r#"merchantCode takes no whitespace at its beginning or end, but " 103290070111417" was given, 16 characters"#);
        insta::assert_snapshot!(message(&CODE, "103290070111417\n"), @r#"merchantCode takes no whitespace at its beginning or end, but "103290070111417\n" was given, 16 characters"#);
        insta::assert_snapshot!(message(&CODE, "1032-900"), @r#"merchantCode takes ASCII letters and digits only, but "1032-900" was given, 8 characters"#);
        insta::assert_snapshot!(message(&CODE, "商"), @r#"merchantCode takes ASCII letters and digits only, but "商" was given"#);
        insta::assert_snapshot!(message(&TRACE, "12345"), @r#"systemTraceNum takes exactly 6 characters, but "12345" was given, 5 characters"#);
        insta::assert_snapshot!(message(&TRACE, "１２３４５６"), @r#"systemTraceNum takes ASCII digits only, but "１２３４５６" was given, 6 characters"#);
        insta::assert_snapshot!(message(&REMARK, "a\u{0}\u{1b}[31m\"\\\u{2028}\u{feff}"), @r#"merchantRemark takes printable characters (no control character, line separator or byte order mark) only, but "a\u{0}\u{1b}[31m\"\\\u{2028}\u{feff}" was given, 11 characters"#);
    }

    #[test]
    fn a_hidden_value_is_in_no_message() {
        insta::assert_snapshot!(message(&PAY_CODE, ""), @"payCode takes at least one character, but nothing was given");
        insta::assert_snapshot!(message(&PAY_CODE, "134524350966727175 "), @"payCode takes no whitespace at its beginning or end, but a value of length 19 was given, which is not shown here");
        assert_eq!(check(&PAY_CODE, "134524350966727175"), Ok(()));
    }

    #[test]
    fn a_remark_takes_any_script_and_no_control_character() {
        for remark in [
            "test",
            "测试 – très bien 👍",
            " ",
            "\u{1f469}\u{200d}\u{1f4bb}",
        ] {
            assert_eq!(check(&REMARK, remark), Ok(()), "{remark:?}");
        }
        for character in [
            '\0', '\t', '\n', '\u{7f}', '\u{85}', '\u{2028}', '\u{2029}', '\u{feff}',
        ] {
            let error = check(&REMARK, &format!("a{character}b")).unwrap_err();
            assert!(matches!(error.rule(), Rule::Characters(_)), "{character:?}");
        }
    }

    #[test]
    fn length_counts_characters() {
        assert_eq!(check(&REMARK, &"测".repeat(50)), Ok(()));
        let error = check(&REMARK, &"测".repeat(51)).unwrap_err();
        assert_eq!(error.rule(), Rule::Length { min: 1, max: 50 });
        assert_eq!(error.field(), "merchantRemark");
    }

    proptest! {
        #[test]
        fn a_message_is_one_short_visible_line(value: String) {
            if let Err(error) = check(&CODE, &value) {
                let message = error.to_string();
                prop_assert!(!message.chars().any(is_unprintable), "{message:?}");
                prop_assert!(message.chars().count() < 300, "{message:?}");
            }
        }

        #[test]
        fn no_message_shows_a_whole_key(key in "[0-9a-f]{32}") {
            prop_assert!(!message(&CODE, &key).contains(&key[..17]));
        }
    }
}
