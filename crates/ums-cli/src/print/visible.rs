//! Text of others, made fit for a terminal, a log, a JSON line or a shell.

use std::fmt::Write;
use std::path::Path;

/// The text on one line, in which nothing can move the cursor, change colours, turn the reading
/// direction or hide: each such character, line breaks included, stands as JSON writes it, for
/// example `\u202e`.
///
/// Done twice it is the same as once.
pub(crate) fn visible(text: &str) -> String {
    // Most of what is shown, and most of what was shown before.
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            harmless if is_harmless(harmless) => shown.push(harmless),
            other => {
                for unit in other.encode_utf16(&mut [0; 2]) {
                    // Writing to a string does not fail.
                    let _ = write!(shown, "\\u{unit:04x}");
                }
            }
        }
    }
    shown
}

/// As [`visible`], but line breaks stay, and a tab is a space: what ends a line here was put there
/// by this program.
///
/// A JSON text stays the same JSON, since a character that is replaced stands in a string of it,
/// and is replaced as JSON writes it.
pub(crate) fn visible_lines(text: &str) -> String {
    let lines: Vec<_> = text
        .split('\n')
        .map(|line| visible(&line.replace('\t', " ")))
        .collect();
    lines.join("\n")
}

/// The path as one word of a shell's command. `None` when quoting alone cannot make it one that a
/// person can read and paste.
pub(crate) fn for_shell(path: &Path) -> Option<String> {
    let text = path.to_str()?;
    if text.is_empty() || visible(text) != text {
        return None;
    }
    // Else a command would take it for an option.
    let dashed = text.starts_with('-');
    let text = if dashed {
        format!("./{text}")
    } else {
        text.to_owned()
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%=".contains(&byte);
    Some(if text.bytes().all(is_plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    })
}

/// The beginning of a text.
pub(crate) fn excerpt(text: &str) -> String {
    const MOST: usize = 200;
    let start: String = text.chars().take(MOST).collect();
    let cut = if start.len() < text.len() { "…" } else { "" };
    format!("{start}{cut}")
}

/// Whether a character shows as what it is. The standard library's table knows which characters
/// print; of ASCII it escapes some for another reason, and the ideographic space is a character of
/// Chinese text.
fn is_harmless(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{3000}') || {
        let mut escaped = character.escape_debug();
        escaped.next() == Some(character) && escaped.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Control characters and characters of format, lines and paragraphs, as the Unicode Character
    /// Database lists them.
    const HIDDEN: [(u32, u32); 25] = [
        (0x0000, 0x001f),
        (0x007f, 0x009f),
        (0x00ad, 0x00ad),
        (0x0600, 0x0605),
        (0x061c, 0x061c),
        (0x06dd, 0x06dd),
        (0x070f, 0x070f),
        (0x0890, 0x0891),
        (0x08e2, 0x08e2),
        (0x180e, 0x180e),
        (0x200b, 0x200f),
        (0x2028, 0x2029),
        (0x202a, 0x202e),
        (0x2060, 0x2064),
        (0x2066, 0x206f),
        (0xd800, 0xdfff),
        (0xfeff, 0xfeff),
        (0xfff9, 0xfffb),
        (0x110bd, 0x110bd),
        (0x110cd, 0x110cd),
        (0x13430, 0x1343f),
        (0x1bca0, 0x1bca3),
        (0x1d173, 0x1d17a),
        (0xe0001, 0xe0001),
        (0xe0020, 0xe007f),
    ];

    fn is_hidden(character: char) -> bool {
        let number = u32::from(character);
        HIDDEN
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&number))
    }

    /// Every character of Unicode, none left out.
    #[test]
    fn no_hidden_character_of_unicode_comes_through() {
        let all: Vec<char> = ('\0'..=char::MAX).collect();
        let mut escaped = 0;
        for some in all.chunks(4096) {
            let text: String = some.iter().collect();
            let one_line = visible(&text);
            assert!(!one_line.chars().any(is_hidden));
            assert_eq!(visible(&one_line), one_line, "once is enough");
            let lines = visible_lines(&text);
            assert!(!lines.chars().any(|c| is_hidden(c) && c != '\n'));
            escaped += usize::from(one_line != text);
            // As JSON writes it, but for what JSON has a use of its own for.
            let is_plain = !text.contains(['"', '\\']);
            let text = text.replace(['"', '\\'], "");
            let one_line = if is_plain { one_line } else { visible(&text) };
            let json = format!("\"{one_line}\"");
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
        assert!(escaped > 10, "{escaped}");
    }

    #[test]
    fn what_people_read_stays() {
        for text in [
            "",
            "Approved: errCode \"00\".",
            "已成功：errCode “00”，商户（北京）¥41.60 ￥",
            "全角　空格",
            "C:\\ums\\app.key",
            "≠ → ⇒ … ← 👍 é ß",
        ] {
            assert_eq!(visible(text), text);
        }
        assert_eq!(
            visible("\u{1b}[31mred\u{9b}\u{202e}\n\t\u{7f}\u{e0041}"),
            r"\u001b[31mred\u009b\u202e\n\t\u007f\udb40\udc41"
        );
        assert_eq!(visible_lines("a\tb\n\u{1b}c\r\n"), "a b\n\\u001bc\\r\n");
    }

    #[test]
    fn a_path_is_one_word_for_a_shell() {
        for (path, word) in [
            ("app.key", Some("app.key")),
            ("/home/a-b/ums_1.key", Some("/home/a-b/ums_1.key")),
            ("-rf", Some("./-rf")),
            ("my key", Some("'my key'")),
            ("$(id>x)", Some("'$(id>x)'")),
            ("a'b", Some(r"'a'\''b'")),
            ("~/x", Some("'~/x'")),
            ("密钥", Some("'密钥'")),
            ("a\u{1b}b", None),
            ("a\nb", None),
            ("", None),
        ] {
            assert_eq!(for_shell(Path::new(path)).as_deref(), word, "{path:?}");
        }
    }

    proptest! {
        #[test]
        fn json_stays_the_same_json(text: String, name: String) {
            let json = serde_json::json!({ name: [text, 1, null] });
            let shown = visible_lines(&json.to_string());
            prop_assert_eq!(shown.lines().count(), 1);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&shown).unwrap(), json);
        }

        /// A shell gives the name back, byte for byte.
        #[cfg(unix)]
        #[test]
        fn a_shell_reads_the_word_as_the_path(path in "[ -~\\PC]{1,12}") {
            if let Some(word) = for_shell(Path::new(&path)) {
                let printed = std::process::Command::new("sh")
                    .args(["-c", &format!("printf %s {word}")])
                    .output()
                    .unwrap();
                let printed = String::from_utf8(printed.stdout).unwrap();
                prop_assert_eq!(printed.strip_prefix("./-").map_or(printed.clone(), |rest| format!("-{rest}")), path);
            }
        }
    }
}
