//! Lines of Chinese: clap breaks a line at spaces, of which Chinese has none.

/// The text in lines of at most so many columns, of which a Chinese character takes two. A word of
/// Latin letters is not broken, and no line begins with a closing mark.
pub(super) fn folded(text: &str, columns: usize) -> String {
    let mut lines = vec![String::new()];
    let mut width = 0;
    for piece in pieces(text) {
        let piece_width = width_of(&piece);
        if width + width_of(piece.trim_end()) > columns && width > 0 {
            if let Some(line) = lines.last_mut() {
                line.truncate(line.trim_end().len());
            }
            lines.push(piece.trim_start().to_owned());
            width = width_of(piece.trim_start());
        } else {
            if let Some(line) = lines.last_mut() {
                line.push_str(&piece);
            }
            width += piece_width;
        }
    }
    lines.join("\n")
}

/// What is never torn apart: a word, or a character with the marks around it.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    for character in text.chars() {
        let joins = pieces
            .last()
            .and_then(|piece| piece.chars().last())
            .is_some_and(|last| {
                let in_word = is_narrow(last) && is_narrow(character) && last != ' ';
                in_word || CLOSING.contains(character) || OPENING.contains(last)
            });
        // What clap has in brackets, such as a default, stays on one line.
        let in_brackets = pieces
            .last()
            .is_some_and(|piece| piece.starts_with('[') && !piece.ends_with(']'));
        match pieces.last_mut() {
            Some(piece) if joins || in_brackets => piece.push(character),
            _ => pieces.push(character.to_string()),
        }
    }
    pieces
}

const CLOSING: &str = "，。；：、）》”！？…";
const OPENING: &str = "（《“";

fn is_narrow(character: char) -> bool {
    character.is_ascii()
}

fn width_of(text: &str) -> usize {
    text.chars().map(|c| if is_narrow(c) { 1 } else { 2 }).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_line_is_broken_where_a_reader_expects_it() {
        let text = "网关地址，代替 --env（见 --help）。完";
        assert_eq!(folded(text, 80), text);
        assert_eq!(folded(text, 14), "网关地址，代替\n--env（见\n--help）。完");
        assert_eq!(folded("一二三四，五", 8), "一二三\n四，五");
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_no_line_is_too_long(text in "[一二三，。（）a-z -]{0,60}", columns in 20_usize..40) {
            let lines = folded(&text, columns);
            let without_spaces = |text: &str| text.replace([' ', '\n'], "");
            prop_assert_eq!(without_spaces(&lines), without_spaces(&text));
            for line in lines.lines() {
                let is_one_piece = pieces(line.trim()).len() <= 1;
                prop_assert!(width_of(line.trim_end()) <= columns || is_one_piece, "{}", line);
            }
        }
    }
}
