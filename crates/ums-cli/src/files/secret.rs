//! A secret on its own: a file, or standard input, that holds it and nothing else.

use std::io;
use std::path::Path;

use crate::failure::{Failure, FailureKind};
use crate::files::exposure::{Exposure, Keep};
use crate::files::file::{self, Contents};
use crate::files::named;
use crate::language::{Message, Told};
use crate::print::entry::Label;
use crate::print::visible::visible;

/// Far above any key or code; enough to notice that a file is none.
const MOST: u64 = 4096;

/// The text of a file, or of standard input for `-`, and what to call the place.
///
/// # Errors
///
/// It cannot be read, holds something else, or lies open to others while live money is at stake.
/// Nothing of the content is told.
pub(crate) fn file(what: &str, path: &Path, is_live: bool) -> Result<(String, Message), Failure> {
    let kind = FailureKind::Credentials;
    if named::is_stdin(path) {
        let place = Message::new("standard input", "标准输入");
        let bytes = file::up_to(io::stdin().lock(), MOST)
            .map_err(|error| Failure::new(kind, &error).about(place.clone()))?;
        return text(bytes, &place).map(|text| (text, place));
    }
    // A Chinese name stands without a space.
    let between = if what.is_ascii() { " " } else { "" };
    let (english, chinese) = (format!("{what} file"), format!("{what}{between}文件"));
    let (Contents { bytes, metadata }, place) =
        contents((format!("the {english}"), chinese.clone()), path)
            .map_err(|failure| failure.of_kind(kind))?;
    if let Some(exposure) = Exposure::of((&english, &chinese), path, &metadata, Keep::Secret) {
        exposure.tolerate(is_live, kind)?;
    }
    text(bytes, &place).map(|text| (text, place))
}

/// What a file holds that should hold a secret, and what to call the file.
///
/// # Errors
///
/// It cannot be read. A name under which there is nothing is not told: it may be the secret, given
/// in place of the file.
pub(crate) fn contents(
    what: impl Into<Message>,
    path: &Path,
) -> Result<(Contents, Message), Failure> {
    let is_there = path.symlink_metadata().is_ok();
    let name = visible(&path.display().to_string());
    let place = match is_there {
        true => what.into().and(Message::name(format_args!(" {name}"))),
        false => what.into(),
    };
    let contents = file::read(path, MOST).map_err(|error| {
        let unnamed = (
            "; what was given is not repeated here, as it may be the secret itself: write that \
             to a file, and give the file's name",
            "；此处不重复所给内容，因为它可能就是机密本身：请将其写入文件，并给出文件名",
        );
        let why = match is_there {
            true => error.told(),
            false => error.told().and(unnamed),
        };
        Failure::text(FailureKind::InvalidInput, why).about(place.clone())
    })?;
    Ok((contents, place))
}

/// The secret in what was read, when it is one line of text and nothing around it. Editors end a
/// file with a newline; that is not part of it.
///
/// # Errors
///
/// Names the place and what to do, and nothing of the content.
pub(crate) fn text(bytes: Vec<u8>, place: &Message) -> Result<String, Failure> {
    let refuse =
        |slip: Slip| Failure::text(FailureKind::Credentials, slip.words()).about(place.clone());
    if let Some(slip) = Slip::of_encoding(&bytes) {
        return Err(refuse(slip));
    }
    let mut text = String::from_utf8(bytes).map_err(|_| refuse(Slip::NotText))?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    match Slip::of_text(&text) {
        Some(slip) => Err(refuse(slip)),
        None => Ok(text),
    }
}

/// What people and their editors do to a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Slip {
    ByteOrderMark,
    Utf16,
    NotText,
    Empty,
    Lines,
    Quotes,
    Name,
    Space,
    Invisible,
}

impl Slip {
    fn of_encoding(bytes: &[u8]) -> Option<Self> {
        const UTF_8: &[u8] = b"\xef\xbb\xbf";
        const UTF_16: [&[u8]; 2] = [b"\xff\xfe", b"\xfe\xff"];
        if bytes.starts_with(UTF_8) {
            Some(Self::ByteOrderMark)
        } else if UTF_16.iter().any(|mark| bytes.starts_with(mark)) || bytes.contains(&0) {
            // Without a mark: every other byte of ASCII is zero then.
            Some(Self::Utf16)
        } else {
            None
        }
    }

    fn of_text(text: &str) -> Option<Self> {
        let inner = text.trim();
        if inner.is_empty() {
            Some(Self::Empty)
        } else if text.contains(['\n', '\r']) {
            Some(Self::Lines)
        } else if is_named(inner) {
            Some(Self::Name)
        } else if is_quoted(inner) {
            Some(Self::Quotes)
        } else if inner != text {
            Some(Self::Space)
        } else if visible(text) != text {
            Some(Self::Invisible)
        } else {
            None
        }
    }

    /// What it is, and what to do.
    fn words(self) -> Label {
        match self {
            Self::ByteOrderMark => (
                "it begins with a byte order mark, which an editor put there; save it as UTF-8 \
                 without BOM",
                "开头有字节顺序标记（BOM），由编辑器写入；请另存为无 BOM 的 UTF-8",
            ),
            Self::Utf16 => (
                "it is UTF-16 (\"Unicode\" in Windows Notepad); save it as UTF-8 without BOM",
                "编码为 UTF-16（Windows 记事本中的“Unicode”）；请另存为无 BOM 的 UTF-8",
            ),
            Self::NotText => (
                "it is not text in UTF-8; it must hold the key as text, on one line",
                "不是 UTF-8 文本；其中应只有一行文本，即密钥",
            ),
            Self::Empty => (
                "it is empty; give the value the platform gave you",
                "内容为空；请填入平台分配的值",
            ),
            Self::Lines => (
                "it holds more than one line; it must hold the key on one line and nothing else",
                "内容超过一行；其中应只有一行，即密钥",
            ),
            Self::Quotes => (
                "the key stands in quotation marks; take them off",
                "密钥带有引号；请去掉引号",
            ),
            Self::Name => (
                "a name stands before the key, as in AppKey=…; leave only the key itself",
                "密钥前带有名称，例如 AppKey=……；请只保留密钥本身",
            ),
            Self::Space => (
                "white space stands before or after the key; remove it",
                "密钥前后有空白；请删除",
            ),
            Self::Invisible => (
                "an invisible character stands in the key, as copying from a page or a chat \
                 leaves it; type the key anew, or copy it from the platform's page",
                "密钥中有不可见字符，常由网页或聊天软件复制带入；请重新输入，或从平台页面复制",
            ),
        }
    }
}

/// Whether it is written as a setting or a label: `AppKey=…`, `"appKey": "…"`, `export
/// UMS_APP_KEY=…`, `开发者秘钥：…`.
fn is_named(text: &str) -> bool {
    text.split_once(['=', ':', '：'])
        .is_some_and(|(name, rest)| {
            let name = name.to_lowercase();
            let names_a_key = ["key", "秘钥", "密钥"]
                .iter()
                .any(|word| name.contains(word));
            names_a_key && !rest.is_empty()
        })
}

fn is_quoted(text: &str) -> bool {
    const QUOTES: [char; 12] = [
        '"', '\'', '`', '“', '”', '‘', '’', '「', '」', '＂', '«', '»',
    ];
    text.starts_with(QUOTES) || text.ends_with(QUOTES)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789ABCDEF";

    fn read(bytes: impl Into<Vec<u8>>) -> Result<String, String> {
        text(bytes.into(), &Message::name("app.key")).map_err(|failure| failure.to_string())
    }

    fn utf_16(text: &str, big: bool) -> Vec<u8> {
        text.encode_utf16()
            .flat_map(|unit| match big {
                true => unit.to_be_bytes(),
                false => unit.to_le_bytes(),
            })
            .collect()
    }

    #[test]
    fn a_key_on_its_own_is_taken_as_it_is() {
        for (given, key) in [
            (KEY.to_owned(), KEY),
            (format!("{KEY}\n"), KEY),
            (format!("{KEY}\r\n"), KEY),
            ("a+/b==".to_owned(), "a+/b=="),
            ("k:v".to_owned(), "k:v"),
        ] {
            assert_eq!(read(given).as_deref(), Ok(key));
        }
    }

    #[test]
    fn each_slip_has_its_own_words() {
        for (given, words) in [
            (format!("\u{feff}{KEY}").into_bytes(), "byte order mark"),
            (
                format!("\u{feff}\"{KEY}\"\n").into_bytes(),
                "byte order mark",
            ),
            (utf_16(&format!("\u{feff}{KEY}\r\n"), false), "UTF-16"),
            (utf_16(&format!("\u{feff}{KEY}"), true), "UTF-16"),
            (utf_16(KEY, false), "UTF-16"),
            (utf_16(KEY, true), "UTF-16"),
            (b"\xb9\xfe".to_vec(), "not text in UTF-8"),
            (Vec::new(), "empty"),
            (b"\n".to_vec(), "empty"),
            (b" \r\n".to_vec(), "empty"),
            (format!("{KEY}\n{KEY}\n").into_bytes(), "more than one line"),
            (format!("{KEY}\n\n").into_bytes(), "more than one line"),
            (format!("\n{KEY}").into_bytes(), "more than one line"),
            (format!("{KEY}\r{KEY}").into_bytes(), "more than one line"),
            (format!("\"{KEY}\"\n").into_bytes(), "quotation marks"),
            (format!("'{KEY}'").into_bytes(), "quotation marks"),
            (format!("“{KEY}”").into_bytes(), "quotation marks"),
            (format!("{KEY}\"").into_bytes(), "quotation marks"),
            (format!("AppKey={KEY}").into_bytes(), "a name"),
            (format!("appkey: {KEY}\n").into_bytes(), "a name"),
            (format!("export UMS_APP_KEY={KEY}").into_bytes(), "a name"),
            (format!("\"appKey\": \"{KEY}\",").into_bytes(), "a name"),
            (format!("开发者秘钥：{KEY}").into_bytes(), "a name"),
            (format!("{KEY} ").into_bytes(), "white space"),
            (format!("{KEY}\t\n").into_bytes(), "white space"),
            (format!("\u{a0}{KEY}").into_bytes(), "white space"),
            (format!("{KEY}\u{3000}").into_bytes(), "white space"),
            (format!("{KEY}\u{200b}").into_bytes(), "invisible"),
            ("01234\u{200d}567".into(), "invisible"),
            ("01234\u{a0}567".into(), "invisible"),
        ] {
            let told = read(given.clone()).unwrap_err();
            assert!(told.starts_with("app.key: "), "{told}");
            assert!(told.contains(words), "{given:?}: {told}");
        }
    }

    proptest! {
        #[test]
        fn no_message_repeats_the_content(
            before in "(AppKey=|\"|\u{feff}| |x\n)?",
            after in "(\"| |\n\n|\u{200b})?",
        ) {
            if let Err(told) = read(format!("{before}{KEY}{after}")) {
                prop_assert!(!told.contains("0123"));
            }
        }

        #[test]
        fn any_bytes_are_a_key_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = read(bytes);
        }
    }
}
