//! One line on stderr while an outcome is being found out, for a person who waits.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use ums_client::Language;

use crate::call::interrupt::Step;

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
    pub(crate) fn show(&mut self, step: Option<&Step>, queries: usize, elapsed: Duration) {
        let line = line(step, queries, elapsed, self.language);
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

fn line(step: Option<&Step>, queries: usize, elapsed: Duration, language: Language) -> String {
    let seconds = elapsed.as_secs();
    let operation = step.map_or("", |step| step.operation.as_str());
    let asking = queries > 0 || step.is_none_or(|step| step.outcome.is_some());
    match (language, operation) {
        (Language::Chinese, "void_payment" | "reverse_payment") if queries > 0 => {
            format!("正在撤回：{seconds} 秒……")
        }
        (Language::Chinese, _) if asking => {
            format!("正在核实：已查询 {queries} 次，{seconds} 秒……")
        }
        (Language::Chinese, _) => format!("正在处理：{seconds} 秒……"),
        (_, "void_payment" | "reverse_payment") if queries > 0 => {
            format!("Taking back: {seconds} s …")
        }
        (_, _) if asking && queries == 1 => format!("Finding out: 1 query, {seconds} s …"),
        (_, _) if asking => format!("Finding out: {queries} queries, {seconds} s …"),
        (_, _) => format!("Under way: {seconds} s …"),
    }
}

#[cfg(test)]
mod tests {
    use ums_client::OutcomeKind;
    use ums_client::model::Effect;

    use super::*;

    #[test]
    fn one_line_in_either_language() {
        let step = |operation: &str, outcome| {
            Some(Step {
                operation: operation.to_owned(),
                effect: Effect::ReadOnly,
                sending: None,
                outcome,
                err_code: None,
            })
        };
        let unknown = Some(OutcomeKind::Unknown);
        let lines: Vec<_> = [
            (None, 0),
            (step("pay", None), 0),
            (step("pay", unknown), 0),
            (step("query", None), 1),
            (step("query", unknown), 2),
            (step("void_payment", None), 2),
        ]
        .into_iter()
        .flat_map(|(step, queries)| {
            let line = |language| {
                line(
                    step.as_ref(),
                    queries,
                    Duration::from_millis(12_900),
                    language,
                )
            };
            [line(Language::English), line(Language::Chinese)]
        })
        .collect();
        insta::assert_snapshot!(lines.join("\n"), @"
        Finding out: 0 queries, 12 s …
        正在核实：已查询 0 次，12 秒……
        Under way: 12 s …
        正在处理：12 秒……
        Finding out: 0 queries, 12 s …
        正在核实：已查询 0 次，12 秒……
        Finding out: 1 query, 12 s …
        正在核实：已查询 1 次，12 秒……
        Finding out: 2 queries, 12 s …
        正在核实：已查询 2 次，12 秒……
        Taking back: 12 s …
        正在撤回：12 秒……
        ");
    }
}
