//! `cargo xtask style`: the rules of style that no lint knows: the order of derives, that the
//! paragraphs of comments are wrapped at one width, and where `#[must_use]` and `#[allow]` have no
//! place.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Where the rules hold.
const HELD: &[&str] = &["crates", "xtask"];

/// In which order the derives stand; any other stands before the last.
const DERIVES: [&str; 12] = [
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "PartialEq",
    "Eq",
    "PartialOrd",
    "Ord",
    "Hash",
    "Serialize",
    "Deserialize",
    "thiserror::Error",
];

/// How many columns a line of a comment has at the most; a Chinese character is two wide.
const WIDTH: usize = 100;

pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let (fix, places): (Vec<_>, Vec<_>) = arguments.iter().partition(|word| *word == "--fix");
    let held: Vec<&str> = match places.as_slice() {
        [] => HELD.to_vec(),
        places => places.iter().map(|place| place.as_str()).collect(),
    };
    let unlike = unlike(&workspace::root(), &held)?;
    for (path, wanted) in &unlike {
        if fix.is_empty() {
            println!("  {}", path.display());
        } else {
            std::fs::write(path, wanted)
                .with_context(|| format!("{} cannot be written", path.display()))?;
        }
    }
    if fix.is_empty() && !unlike.is_empty() {
        bail!(
            "the derives, the comments or the `#[must_use]` of {} files are not as they should be\n\
             Run `cargo xtask style --fix` and `cargo fmt`.",
            unlike.len()
        );
    }
    println!("style: {} files mended", unlike.len());
    Ok(())
}

/// The files below these directories that are not as they should be, and what they should be.
fn unlike(root: &Path, held: &[&str]) -> Result<Vec<(PathBuf, String)>> {
    let mut unlike = Vec::new();
    for place in held {
        let mut files = Vec::new();
        sources(&root.join(place), &mut files)?;
        for file in files {
            let text = std::fs::read_to_string(&file)
                .with_context(|| format!("{} cannot be read", file.display()))?;
            let wanted = wrapped(&in_order(&expected(&used_where_it_matters(&text))));
            if wanted != text {
                unlike.push((file, wanted));
            }
        }
    }
    Ok(unlike)
}

fn sources(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = std::fs::read_dir(directory);
    for entry in entries.with_context(|| format!("{} cannot be read", directory.display()))? {
        let path = entry?.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, found)?;
        } else if path.extension().is_some_and(|end| end == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The text with its derives in their order.
fn in_order(text: &str) -> String {
    let mut parts = text.split("#[derive(");
    let mut ordered = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (names, rest) = part.split_once(")]").unwrap_or((part, ""));
        let mut sorted: Vec<&str> = names.split(',').map(str::trim).collect();
        sorted.retain(|name| !name.is_empty());
        sorted.sort_by_key(|name| {
            let rank = DERIVES.iter().position(|known| known == name);
            // Twice the place, so that there is one before the last.
            rank.map_or(2 * DERIVES.len() - 3, |rank| 2 * rank)
        });
        let unsorted: Vec<&str> = names.split(',').map(str::trim).collect();
        let names = match unsorted.iter().filter(|name| !name.is_empty()).eq(&sorted) {
            true => names.to_owned(),
            false => sorted.join(", "),
        };
        ordered.push_str(&format!("#[derive({names})]{rest}"));
    }
    ordered
}

/// The text without `#[must_use]` on functions that do not give their `self` back: whose loss is a
/// defect has it on its type, or says why.
fn used_where_it_matters(text: &str) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let kept = lines.iter().enumerate().filter(|(index, line)| {
        let after = &lines[index + 1..];
        line.trim() != "#[must_use]" || !is_function(after) || gives_itself_back(after)
    });
    kept.map(|(_, line)| *line).collect()
}

/// The text with `#[expect]` for `#[allow]`, but for macros, where what is silenced need not be.
fn expected(text: &str) -> String {
    match text.contains("macro_rules!") {
        true => text.to_owned(),
        false => text.replace("\n#[allow(", "\n#[expect("),
    }
}

/// What follows attributes and comments, up to the body.
fn signature(lines: &[&str]) -> String {
    let is_before = |line: &&&str| {
        ["#[", "//"]
            .iter()
            .any(|lead| line.trim().starts_with(lead))
    };
    let text: String = lines
        .iter()
        .skip_while(is_before)
        .take(12)
        .copied()
        .collect();
    let end = text.find(['{', ';']).unwrap_or(text.len());
    text[..end].to_owned()
}

fn is_function(lines: &[&str]) -> bool {
    signature(lines).split_whitespace().any(|word| word == "fn")
}

fn gives_itself_back(lines: &[&str]) -> bool {
    let signature = signature(lines);
    let receiver = signature.split_once('(').map_or("", |(_, rest)| rest);
    let receiver = receiver.split([',', ')']).next().unwrap_or_default();
    let is_method = receiver
        .split([' ', '&', ':'])
        .any(|word| word.trim() == "self");
    is_method && signature.trim_end().ends_with("Self")
}

/// The text with the paragraphs of its comments filled.
pub(crate) fn wrapped(text: &str) -> String {
    let mut lines = Vec::new();
    let mut paragraph: Option<Paragraph> = None;
    let (mut in_fence, mut in_string) = (false, false);
    for line in text.lines() {
        let comment = Comment::of(line).filter(|_| !in_string);
        let Some(comment) = comment else {
            lines.extend(paragraph.take().map(Paragraph::filled).unwrap_or_default());
            in_fence = false;
            if line.contains("r#\"") || line.contains("\"#") {
                in_string = line.rfind("r#\"") > line.rfind("\"#");
            }
            lines.push(line.to_owned());
            continue;
        };
        let is_fence = comment.text.trim_start().starts_with("```");
        in_fence ^= is_fence;
        if is_fence || in_fence || comment.is_verbatim() {
            lines.extend(paragraph.take().map(Paragraph::filled).unwrap_or_default());
            lines.push(line.to_owned());
            continue;
        }
        match &mut paragraph {
            Some(paragraph) if paragraph.goes_on_with(&comment) => {
                paragraph
                    .words
                    .extend(comment.text.split_whitespace().map(str::to_owned));
            }
            _ => {
                lines.extend(paragraph.take().map(Paragraph::filled).unwrap_or_default());
                paragraph = Some(Paragraph::new(&comment));
            }
        }
    }
    lines.extend(paragraph.take().map(Paragraph::filled).unwrap_or_default());
    lines.join("\n") + "\n"
}

/// A line that is a comment and nothing else.
struct Comment<'l> {
    /// What stands before its text: the indent, and the slashes.
    lead: &'l str,
    /// What follows, without the first space.
    text: &'l str,
}

impl<'l> Comment<'l> {
    fn of(line: &'l str) -> Option<Self> {
        let indent = line.len() - line.trim_start().len();
        let slashes = line[indent..].split([' ', '\t']).next()?;
        ["//", "///", "//!"].contains(&slashes).then(|| {
            let (lead, text) = line.split_at(indent + slashes.len());
            let text = text.strip_prefix(' ').unwrap_or(text);
            Self { lead, text }
        })
    }

    /// Whether the line stands as it is: nothing, a heading, a row of a table, a link's target,
    /// code, or one that a break ends.
    fn is_verbatim(&self) -> bool {
        let starts = |lead: &[&str]| lead.iter().any(|lead| self.text.starts_with(lead));
        self.text.trim().is_empty()
            || starts(&["#", "|", ">", "<", "    ", "\t"])
            || (starts(&["["]) && self.text.contains("]: "))
            || self.text.ends_with(['\\', ' '])
    }

    /// How far the lines of a list's item are indented after its first; none if it begins no item.
    fn item(&self) -> Option<usize> {
        let indent = self.text.len() - self.text.trim_start().len();
        let (mark, _) = self.text[indent..].split_once(' ')?;
        let number = mark.strip_suffix('.').unwrap_or_default();
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        (is_number || ["-", "*"].contains(&mark)).then_some(indent + mark.len() + 1)
    }
}

/// Lines that are filled together.
struct Paragraph {
    lead: String,
    /// Of its first line, and of the others.
    indent: [usize; 2],
    words: Vec<String>,
}

impl Paragraph {
    fn new(comment: &Comment<'_>) -> Self {
        let first = comment.text.len() - comment.text.trim_start().len();
        Self {
            lead: comment.lead.to_owned(),
            indent: [first, comment.item().unwrap_or(first)],
            words: comment.text.split_whitespace().map(str::to_owned).collect(),
        }
    }

    fn goes_on_with(&self, comment: &Comment<'_>) -> bool {
        let indent = comment.text.len() - comment.text.trim_start().len();
        comment.lead == self.lead && indent == self.indent[1] && comment.item().is_none()
    }

    fn filled(self) -> Vec<String> {
        let begin = |indent: usize| format!("{} {}", self.lead, " ".repeat(indent));
        let mut lines = vec![begin(self.indent[0])];
        let mut is_empty = true;
        for (index, word) in self.words.iter().enumerate() {
            let line = lines.last().map_or(0, |line| columns(line));
            let fits = line + 1 + columns(word) <= WIDTH;
            // What would begin a list, a heading or a table does not begin a line, nor does what
            // would leave it no other place.
            let next = self.words.get(index + 1);
            let would_begin = |word: &String| {
                let end = word.trim_end_matches('.');
                ["-", "*", "+", "|", ">"].contains(&word.as_str())
                    || word.starts_with('#')
                    || (end.len() < word.len() && end.bytes().all(|byte| byte.is_ascii_digit()))
            };
            let carried = next.is_some_and(|next| {
                let both = line + 2 + columns(word) + columns(next);
                would_begin(next) && both > WIDTH
            });
            if !is_empty && (!fits || carried) && !would_begin(word) {
                lines.push(begin(self.indent[1]));
                is_empty = true;
            }
            if let Some(line) = lines.last_mut() {
                if !is_empty {
                    line.push(' ');
                }
                line.push_str(word);
                is_empty = false;
            }
        }
        lines
    }
}

fn columns(text: &str) -> usize {
    let width = |character| match character {
        '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff00}'..='\u{ff60}' => 2,
        _ => 1,
    };
    text.chars().map(width).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_as_it_should_be() {
        let unlike = unlike(&workspace::root(), HELD).unwrap();
        let paths: Vec<&PathBuf> = unlike.iter().map(|(path, _)| path).collect();
        assert!(
            paths.is_empty(),
            "{paths:?}\nRun `cargo xtask style --fix`."
        );
    }

    #[test]
    fn derives_are_put_in_order() {
        for (given, wanted) in [
            ("Eq, PartialEq, Clone", "Clone, PartialEq, Eq"),
            ("Args, Debug", "Debug, Args"),
            (
                "thiserror::Error, Other, Serialize",
                "Serialize, Other, thiserror::Error",
            ),
            ("\n    Debug,\n    Eq,\n", "\n    Debug,\n    Eq,\n"),
        ] {
            let text = |names: &str| format!("a\n#[derive({names})]\nstruct A;\n");
            assert_eq!(in_order(&text(given)), text(wanted));
        }
    }

    #[test]
    fn only_what_gives_itself_back_must_be_used() {
        let kept = "#[must_use]\n#[inline]\n    pub fn with(\n mut self, a: A) -> Self {\n";
        assert_eq!(used_where_it_matters(kept), kept);
        for kept in [
            "#[must_use]\npub enum Outcome {",
            "#[must_use = \"why\"]\nfn a() {",
        ] {
            assert_eq!(used_where_it_matters(kept), kept);
        }
        for idle in ["pub fn name(&self) -> &str {\n", "fn new(a: A) -> Self;\n"] {
            assert_eq!(used_where_it_matters(&format!("#[must_use]\n{idle}")), idle);
        }
    }

    #[test]
    fn a_lint_is_expected_where_there_is_no_macro() {
        let text = "use a;\n#[allow(lint, reason = \"why\")]\nenum A {}\n";
        assert_eq!(expected(text), text.replace("allow", "expect"));
        let of_macro = format!("macro_rules! a {{}}\n{text}");
        assert_eq!(expected(&of_macro), of_macro);
    }

    #[test]
    fn paragraphs_are_filled_and_nothing_else_is() {
        let long = "word ".repeat(30);
        let lines: Vec<&str> = long.trim().split_inclusive(' ').collect();
        let (first, rest) = lines.split_at(18);
        let given = format!("    /// {}\n    /// and more.\n", long.trim());
        let wanted = format!(
            "    /// {}\n    /// {} and more.\n",
            first.concat().trim(),
            rest.concat()
        );
        assert_eq!(wrapped(&given), wanted);
        assert_eq!(wrapped("// One\n// and two.\n"), "// One and two.\n");
        assert_eq!(
            wrapped("/// - One\n///   and two.\n"),
            "/// - One and two.\n"
        );
        for kept in [
            "/// One.\n///\n/// Two.\n",
            "/// | a |\n/// | b |\n",
            "/// - One.\n/// - Two.\n/// 1. Three.\n/// 2. Four.\n",
            "//! ```\n//! let a = 1;\n//! let b = 2;\n//! ```\n",
            "// One.\nlet a = 1; // Two\n// Three.\n",
            "let a = r#\"\n// One\n// two\n\"#;\n",
            "/// # One\n/// two\n",
        ] {
            assert_eq!(wrapped(kept), kept);
        }
    }
}
