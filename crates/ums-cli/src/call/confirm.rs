//! The question before live money is moved.

use std::io::{self, BufRead, IsTerminal, Write};

use ums_client::Language;

use crate::failure::{Failure, FailureKind, OrFail};
use crate::language::{Message, say};
use crate::print::visible::visible;

/// Asks the person at the terminal whether to go on.
///
/// # Errors
///
/// They said no, or there is no terminal to ask on.
pub(crate) fn confirm(what: &Message, language: Language) -> Result<(), Failure> {
    let stdin = io::stdin();
    if !stdin.is_terminal() || !io::stderr().is_terminal() {
        return Err(Failure::text(
            FailureKind::NotConfirmed,
            what.clone().and((
                ": this moves live money and there is no terminal to ask on; pass --yes",
                "：当前为生产环境，将产生真实交易，而此处无法在命令行窗口确认；请加 --yes",
            )),
        ));
    }
    let agreed = ask(
        what.said(language),
        language,
        stdin.lock(),
        io::stderr().lock(),
    );
    if agreed.or_fail(FailureKind::System)? {
        Ok(())
    } else {
        let no = (
            "declined at the terminal; nothing was sent",
            "已取消，未发送任何请求",
        );
        Err(Failure::text(FailureKind::Declined, no))
    }
}

fn ask(
    what: &str,
    language: Language,
    mut answers: impl BufRead,
    mut screen: impl Write,
) -> io::Result<bool> {
    let question = say(
        language,
        "This moves live money. Go on?",
        "当前为生产环境，将产生真实交易，是否继续？",
    );
    write!(screen, "{}\n{question} [y/N] ", visible(what))?;
    screen.flush()?;
    let mut answer = String::new();
    answers.read_line(&mut answer)?;
    let answer = answer.trim().to_lowercase();
    Ok(["y", "yes", "是"].contains(&answer.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_yes_is_a_yes() {
        for (answer, yes) in [
            ("y\n", true),
            ("YES\n", true),
            (" 是 \n", true),
            ("\n", false),
            ("", false),
            ("n\n", false),
            ("yep\n", false),
            ("no\ny\n", false),
        ] {
            let mut screen = Vec::new();
            let agreed = ask(
                "Void order 1",
                Language::English,
                answer.as_bytes(),
                &mut screen,
            );
            assert_eq!(agreed.unwrap(), yes, "{answer:?}");
            let screen = String::from_utf8(screen).unwrap();
            assert_eq!(screen, "Void order 1\nThis moves live money. Go on? [y/N] ");
        }
    }
}
