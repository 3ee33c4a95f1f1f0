//! Which operation of the POS通 family a path leads to.

use crate::judge::pos_operation::PosOperation;
use crate::operation::registry::OPERATIONS;

impl PosOperation {
    /// The operation that a path leads to, at whatever version: [`Other`](Self::Other) when it is
    /// none of the family.
    ///
    /// Letter case, doubled slashes, percent-encoding and a query string are looked through, so
    /// that no spelling of a path that moves money passes for another.
    ///
    /// ```
    /// use ums_model::PosOperation;
    ///
    /// assert_eq!(PosOperation::of_path("/v6/poslink/transaction/pay"), PosOperation::Pay);
    /// assert_eq!(PosOperation::of_path("/v2//poslink/transaction/PAY/?a=b"), PosOperation::Pay);
    /// assert_eq!(PosOperation::of_path("/v1/netpay/query"), PosOperation::Other);
    /// ```
    pub fn of_path(path: &str) -> Self {
        let path = plain(path);
        let Some(wanted) = in_family(&path) else {
            return Self::Other;
        };
        let leads_there = |path: &str| in_family(path).is_some_and(|path| path == wanted);
        let described = OPERATIONS.iter().find(|operation| {
            let mut paths = operation.paths.iter();
            paths.any(|known| leads_there(known.path))
        });
        let otherwise = || {
            let mut spelt = SPELT_OTHERWISE.iter();
            spelt.find(|(path, _)| leads_there(path)).map(|(_, of)| *of)
        };
        described
            .map(|operation| operation.kind)
            .or_else(otherwise)
            .unwrap_or(Self::Other)
    }

    /// Whether what a path leads to moves money, or takes a movement back; `None` when that is not
    /// known.
    ///
    /// It knows that all of the pre-authorisations (担保) but the queries move money, the reversal
    /// of a hold that POS通担保交易接口 v20201204 (§1.3) withdraws included, which is no operation
    /// here.
    ///
    /// ```
    /// use ums_model::PosOperation;
    ///
    /// let family = "/v1/poslink/transaction/preauthorization";
    /// assert_eq!(PosOperation::path_moves_money("/v6/poslink/transaction/refund"), Some(true));
    /// assert_eq!(PosOperation::path_moves_money(&format!("{family}/completeauthorization")), Some(true));
    /// assert_eq!(PosOperation::path_moves_money(&format!("{family}/query-by-system-trace-num")), Some(false));
    /// assert_eq!(PosOperation::path_moves_money("/v1/netpay/query"), None);
    /// ```
    pub fn path_moves_money(path: &str) -> Option<bool> {
        match in_family(&plain(path)).as_deref() {
            Some(["preauthorization", last]) => Some(!last.starts_with("query")),
            _ => Self::of_path(path).moves_money(),
        }
    }
}

/// What follows version and family in a path of the POS通 family.
fn in_family(path: &str) -> Option<Vec<&str>> {
    let mut segments = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(segments.pop()),
            part => segments.push(part),
        }
    }
    let (version, rest) = segments.split_first()?;
    let number = version.strip_prefix('v')?;
    let is_version = number.bytes().all(|digit| digit.is_ascii_digit());
    let rest = rest.strip_prefix(&["poslink", "transaction"])?;
    is_version.then(|| rest.to_vec())
}

/// Paths that are no operation's own: `queryrefund` is the spelling of the platform's acceptance
/// report.
const SPELT_OTHERWISE: &[(&str, PosOperation)] = &[(
    "/v2/poslink/transaction/queryrefund",
    PosOperation::QueryRefund,
)];

/// The path in lower case, decoded, without its query string.
fn plain(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let encoded = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match encoded {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    let path = String::from_utf8_lossy(&bytes).to_ascii_lowercase();
    // Some servers take off what follows a semicolon in a segment.
    let segments = path
        .split('/')
        .filter_map(|segment| segment.split(';').next());
    segments.collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_spelling_of_a_path_hides_what_it_does() {
        for (path, operation) in [
            (
                "/v6/poslink/transaction/voidpayment",
                PosOperation::VoidPayment,
            ),
            (
                "/v2/poslink/transaction/reversepayment",
                PosOperation::ReversePayment,
            ),
            ("/v6/poslink/transaction/refund/", PosOperation::Refund),
            ("/v6/poslink/transaction/%70ay", PosOperation::Pay),
            ("/v6/poslink/./transaction//pay?x=/query", PosOperation::Pay),
            ("/V4/POSLINK/transaction/Pay#query", PosOperation::Pay),
            (
                "/v6/poslink/transaction/query-refund",
                PosOperation::QueryRefund,
            ),
            (
                "/v2/poslink/transaction/queryrefund",
                PosOperation::QueryRefund,
            ),
            ("/v6/poslink/transaction/query?pay", PosOperation::Query),
            ("/v6/poslink/transaction/query/../pay", PosOperation::Pay),
            (
                "/x/..//v6/poslink/%2e%2E/poslink/transaction/pay",
                PosOperation::Pay,
            ),
            (
                "/v1/poslink/transaction/activeterminal",
                PosOperation::ActivateTerminal,
            ),
            ("/v6/poslink/transaction/payment", PosOperation::Other),
            ("/poslink/transaction/pay", PosOperation::Other),
            ("/v6/poslink/pay", PosOperation::Other),
            (
                "/v6/poslink/transaction/voidpayment;a=b",
                PosOperation::VoidPayment,
            ),
            ("%", PosOperation::Other),
            ("", PosOperation::Other),
        ] {
            assert_eq!(PosOperation::of_path(path), operation, "{path}");
        }
    }
}
