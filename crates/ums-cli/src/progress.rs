//! One line on stderr while an outcome is being settled, for a person who waits.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use ums_client::Language;

/// The line. Nothing is written when stderr is no terminal.
pub(crate) struct Progress {
    on: bool,
    language: Language,
    width: usize,
}

impl Progress {
    pub(crate) fn new(language: Language) -> Self {
        Self {
            on: io::stderr().is_terminal(),
            language,
            width: 0,
        }
    }

    /// Writes the line over the one before.
    pub(crate) fn show(&mut self, queries: usize, elapsed: Duration) {
        let line = line(queries, elapsed, self.language);
        self.write(&line);
        self.width = line.chars().count();
    }

    /// Takes the line away.
    pub(crate) fn clear(&mut self) {
        if self.width > 0 {
            // Chinese takes two columns a character.
            let blank = " ".repeat(self.width * 2);
            self.write(&blank);
            self.write("");
            self.width = 0;
        }
    }

    fn write(&self, line: &str) {
        if self.on {
            let mut screen = io::stderr().lock();
            // There is nobody to tell when the terminal is gone.
            let _ = write!(screen, "\r{line}").and_then(|()| screen.flush());
        }
    }
}

fn line(queries: usize, elapsed: Duration, language: Language) -> String {
    let seconds = elapsed.as_secs();
    match (language, queries) {
        (Language::Chinese, _) => format!("正在核实：已查询 {queries} 次，{seconds} 秒……"),
        (_, 1) => format!("Settling: 1 query, {seconds} s …"),
        (_, _) => format!("Settling: {queries} queries, {seconds} s …"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_in_either_language() {
        let lines: Vec<_> = [
            (0, Language::English),
            (1, Language::English),
            (2, Language::Chinese),
        ]
        .map(|(queries, language)| line(queries, Duration::from_millis(12_900), language))
        .into();
        insta::assert_snapshot!(lines.join("\n"), @"
        Settling: 0 queries, 12 s …
        Settling: 1 query, 12 s …
        正在核实：已查询 2 次，12 秒……
        ");
    }
}
