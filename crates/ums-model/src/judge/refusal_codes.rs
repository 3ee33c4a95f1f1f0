//! Reply codes that a caller takes for refusals, beyond the documented table.

use std::fmt;

use crate::judge::pos_operation::PosOperation;
use crate::judge::reply_code::{ISSUER_REFUSALS, NEVER_DECLINED, ReplyCode, judge_code};
use crate::judge::verdict::Verdict;

/// Reply codes that the caller, for reasons of its own, takes to mean that an operation was not
/// carried out.
///
/// By default there are none: a code that no document lists leaves an outcome unknown. What is
/// added here is marked in the judgement with where the caller has it from.
///
/// ```
/// use ums_model::{PosOperation, RefusalCodes};
///
/// let codes = RefusalCodes::unionpay().with(PosOperation::Pay, "Z1", "letter of the branch, 2026-03-01")?;
/// assert!(codes.with(PosOperation::Pay, "94", "a guess").is_err());
/// # Ok::<(), ums_model::NotARefusal>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalCodes(Vec<Row>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    operation: PosOperation,
    code: String,
    provenance: String,
    known: Option<&'static ReplyCode>,
}

impl RefusalCodes {
    /// None.
    pub fn none() -> Self {
        Self::default()
    }

    /// The refusals of a payment by its issuer, [`ISSUER_REFUSALS`], with the provenance
    /// `standard`: not enough money, a wrong PIN, an expired card.
    pub fn unionpay() -> Self {
        let row = |row: &'static ReplyCode| Row {
            operation: PosOperation::Pay,
            code: row.code.to_owned(),
            provenance: "standard".to_owned(),
            known: Some(row),
        };
        Self(ISSUER_REFUSALS.iter().map(row).collect())
    }

    /// These and one more: `code` in the reply to `operation` refuses it, as is known from
    /// `provenance`.
    ///
    /// # Errors
    ///
    /// Returns an error if the code is one of [`NEVER_DECLINED`] in any spelling, is empty, or if
    /// the operation is a query: a query declines nothing.
    pub fn with(
        mut self,
        operation: PosOperation,
        code: impl Into<String>,
        provenance: impl Into<String>,
    ) -> Result<Self, NotARefusal> {
        let code = code.into();
        let may_refuse = operation.moves_money() != Some(false);
        if code.is_empty() || is_never_declined(&code) || !may_refuse {
            return Err(NotARefusal { operation, code });
        }
        self.0.push(Row {
            operation,
            known: ReplyCode::find(&code),
            code,
            provenance: provenance.into(),
        });
        Ok(self)
    }

    /// Where it is known from that the code refuses the operation, with its row in a table if it
    /// has one.
    pub(crate) fn find(
        &self,
        operation: PosOperation,
        code: &str,
    ) -> Option<(&str, Option<&'static ReplyCode>)> {
        let row = self
            .0
            .iter()
            .find(|row| row.operation == operation && row.code == code)?;
        Some((&row.provenance, row.known))
    }
}

/// Whether the code is one of [`NEVER_DECLINED`] in any spelling: with white space, in small or
/// full-width letters, with zeros before it.
fn is_never_declined(code: &str) -> bool {
    let narrow = |letter: char| match letter {
        '\u{ff01}'..='\u{ff5e}' => {
            let code = u32::from(letter) - 0xfee0;
            char::from_u32(code).unwrap_or(letter)
        }
        letter => letter,
    };
    let plain: String = code.trim().chars().map(narrow).collect();
    let plain = plain.trim().to_uppercase();
    let significant = plain.trim_start_matches('0');
    NEVER_DECLINED
        .iter()
        .any(|known| plain == *known || significant == known.trim_start_matches('0'))
}

/// Whether a code in the reply to a payment is of those that a query which reports a failure makes
/// a certain refusal: an issuer's refusal by the published meanings, or `ER`, under which most
/// refusals of wallets come (inferred).
pub fn is_likely_refusal(code: &str) -> bool {
    let listed = ISSUER_REFUSALS.iter().any(|row| row.code == code);
    (listed || code == "ER") && judge_code(PosOperation::Pay, code) != Verdict::Approved
}

/// A code that nothing may take for a refusal.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotARefusal {
    /// The operation it was given for.
    pub operation: PosOperation,
    /// The code.
    pub code: String,
}

impl fmt::Display for NotARefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { operation, code } = self;
        write!(
            f,
            "{code:?} cannot be taken for a refusal of {operation:?}: it may follow a booking, or says nothing certain"
        )
    }
}

impl std::error::Error for NotARefusal {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_makes_a_refusal_of_what_is_never_one() {
        for code in [
            "94", "er", " 94", "94\n", "094", "９４", "ｅｒ", "0", "000", " a0", "9", "006",
        ] {
            let codes = RefusalCodes::none().with(PosOperation::Pay, code, "letter");
            assert!(codes.is_err(), "{code:?}");
        }
        for code in ["Z1", "51", "051", "940"] {
            let codes = RefusalCodes::none().with(PosOperation::Pay, code, "letter");
            assert!(codes.is_ok(), "{code:?}");
        }
    }
}
