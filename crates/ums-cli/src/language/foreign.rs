//! For tests: which English words stand in a Chinese text.

/// The words of Latin letters that are neither names nor codes.
///
/// A name is a flag, a placeholder, a variable, a key of JSON or of a profile, a file, an address,
/// a command line, or one of those that have no other name in Chinese; and the codes that are given
/// are none either.
pub(crate) fn foreign_words(line: &str, codes: &[&str]) -> Vec<String> {
    if is_command(line) {
        return Vec::new();
    }
    let text = [('{', '}'), ('"', '"'), ('“', '”'), ('<', '>')]
        .into_iter()
        .fold(line.to_owned(), |text, (open, close)| {
            without(&text, open, close)
        });
    let mut after_ums = false;
    text.split(|c: char| !c.is_ascii() || c.is_ascii_whitespace() || "(){},;'`…".contains(c))
        .map(|word| word.trim_matches(['.', ':', '?', '!', '|', '#', '[', ']']))
        .filter(|word| {
            // The name of a command follows that of the program.
            let is_command = std::mem::replace(&mut after_ums, *word == "ums");
            !is_command && word.bytes().filter(u8::is_ascii_alphabetic).count() > 1
        })
        .filter(|word| !is_name(word) && !codes.contains(word))
        .map(str::to_owned)
        .collect()
}

/// A line for a shell, or the rest of one.
fn is_command(line: &str) -> bool {
    let starts = ["ums ", "printf ", "UMS_APP_ID=", "--"];
    line.starts_with("  ")
        && starts
            .iter()
            .any(|start| line.trim_start().starts_with(start))
}

/// The text without what stands between two marks: values, objects, placeholders.
fn without(text: &str, open: char, close: char) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((_, after)) = after
            .rsplit_once(close)
            .filter(|_| open == '{')
            .or(after.split_once(close))
        else {
            // Cut short, as an excerpt of a reply is.
            rest = before;
            break;
        };
        kept.push_str(before);
        kept.push(' ');
        rest = after;
    }
    kept.push_str(rest);
    kept
}

fn is_name(word: &str) -> bool {
    let has = |what: fn(char) -> bool| word.contains(what);
    let is_code = has(|c| c.is_ascii_digit() || "_./:=@$~%*+\\&-".contains(c));
    let is_upper = !has(|c| c.is_ascii_lowercase());
    let is_camel =
        word.starts_with(|c: char| c.is_ascii_lowercase()) && has(|c| c.is_ascii_uppercase());
    is_code || is_upper || is_camel || NAMES.contains(&word)
}

const NAMES: &[&str] = &[
    // What things are called in Chinese too.
    "ums",
    "AppId",
    "AppKey",
    "AccessToken",
    "AppIds",
    "Timestamp",
    "Nonce",
    "Signature",
    "Authorization",
    "MiB",
    "Unicode",
    "Windows",
    "Unix",
    "Linux",
    "SQLite",
    "PostgreSQL",
    "Cargo",
    "Ctrl-C",
    "https",
    "http",
    "Host",
    "Content-Length",
    "HHmmss",
    "MMdd",
    "localhost",
    "chmod",
];
