//! The operations that the simulator knows, and the paths on which it takes them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Path of the activation (激活终端) at v2.
pub const ACTIVATE_PATH: &str = "/v2/poslink/transaction/activeterminal";
/// Path of the payment (支付) at v6.
pub const PAY_PATH: &str = "/v6/poslink/transaction/pay";
/// Path of the query (交易状态查询) at v6.
pub const QUERY_PATH: &str = "/v6/poslink/transaction/query";
/// Path of the refund query (交易退款查询) at v6.
pub const QUERY_REFUND_PATH: &str = "/v6/poslink/transaction/query-refund";
/// Path of the refund (交易退款) at v6.
pub const REFUND_PATH: &str = "/v6/poslink/transaction/refund";
/// Path of the reversal (支付冲正) at v2.
pub const REVERSE_PATH: &str = "/v2/poslink/transaction/reversepayment";
/// Path of the void (支付撤销) at v6, as its page documents it.
pub const VOID_PATH: &str = "/v6/poslink/transaction/voidpayment";

/// An operation of POS通.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Operation {
    /// The activation of a terminal (激活终端).
    Activate,
    /// The payment (支付).
    Pay,
    /// The query (交易状态查询) about an order.
    Query,
    /// The query (交易退款查询) about a refund.
    QueryRefund,
    /// The refund (交易退款).
    Refund,
    /// The reversal of a payment (支付冲正).
    Reverse,
    /// The void (支付撤销).
    Void,
}

impl Operation {
    /// What the table says of it.
    pub(crate) fn row(self) -> &'static Row {
        match self {
            Self::Activate => &ACTIVATE,
            Self::Pay => &PAY,
            Self::Query => &QUERY,
            Self::QueryRefund => &QUERY_REFUND,
            Self::Refund => &REFUND,
            Self::Reverse => &REVERSE,
            Self::Void => &VOID,
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().name)
    }
}

/// A path and what is taken on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    pub(crate) version: Version,
}

impl Route {
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        OPERATIONS.iter().find_map(|row| {
            let (version, _) = row.paths.iter().find(|(_, known)| *known == path)?;
            Some(Self {
                operation: row.operation,
                version: *version,
            })
        })
    }
}

/// The version of the interface, which is part of the path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Version {
    V1,
    V2,
    V4,
    V6,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
            Self::V4 => "v4",
            Self::V6 => "v6",
        })
    }
}

/// What is known of one operation beside its behaviour, and said nowhere else here.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) operation: Operation,
    /// As rules and control calls call it.
    pub(crate) name: &'static str,
    pub(crate) paths: &'static [(Version, &'static str)],
    /// The fields that it must send, by their names on the wire.
    pub(crate) required: &'static [&'static str],
    /// Those that it must send at one version only.
    pub(crate) required_at: &'static [(Version, &'static str)],
    /// Whether it must send one of the two order ids.
    pub(crate) names_an_order: bool,
}

/// The operations. v6 is known from the pages of the platform, v2 from POS通交易接口 v20200527,
/// v4 from live traffic, where only payments were seen, v1 from POS通担保交易接口 v20201204. The
/// reversal and the refund query spelt `queryrefund` are named by the template of the acceptance
/// report (接入测试报告), and by no document that tells their fields.
pub(crate) static OPERATIONS: [&Row; 7] = [
    &ACTIVATE,
    &PAY,
    &QUERY,
    &QUERY_REFUND,
    &REFUND,
    &REVERSE,
    &VOID,
];

static ACTIVATE: Row = Row {
    operation: Operation::Activate,
    name: "activate",
    paths: &[
        (Version::V2, ACTIVATE_PATH),
        (Version::V1, "/v1/poslink/transaction/activeterminal"),
    ],
    required: TERMINAL,
    required_at: &[(Version::V1, "systemTraceNum")],
    names_an_order: false,
};

static PAY: Row = Row {
    operation: Operation::Pay,
    name: "pay",
    paths: &[
        (Version::V6, PAY_PATH),
        (Version::V4, "/v4/poslink/transaction/pay"),
        (Version::V2, "/v2/poslink/transaction/pay"),
    ],
    required: &[
        "merchantCode",
        "terminalCode",
        "merchantOrderId",
        "merchantRemark",
        "transactionCurrencyCode",
        "payMode",
        "payCode",
        "transactionAmount",
    ],
    required_at: &[],
    names_an_order: true,
};

static QUERY: Row = Row {
    operation: Operation::Query,
    name: "query",
    paths: &[
        (Version::V6, QUERY_PATH),
        (Version::V2, "/v2/poslink/transaction/query"),
    ],
    required: TERMINAL,
    required_at: &[],
    names_an_order: true,
};

static QUERY_REFUND: Row = Row {
    operation: Operation::QueryRefund,
    name: "query_refund",
    paths: &[
        (Version::V6, QUERY_REFUND_PATH),
        (Version::V2, "/v2/poslink/transaction/query-refund"),
        (Version::V2, "/v2/poslink/transaction/queryrefund"),
    ],
    required: &["merchantCode", "terminalCode", "refundRequestId"],
    required_at: &[],
    names_an_order: true,
};

static REFUND: Row = Row {
    operation: Operation::Refund,
    name: "refund",
    paths: &[
        (Version::V6, REFUND_PATH),
        (Version::V2, "/v2/poslink/transaction/refund"),
    ],
    required: &[
        "merchantCode",
        "terminalCode",
        "refundRequestId",
        "transactionAmount",
    ],
    required_at: &[],
    names_an_order: true,
};

static REVERSE: Row = Row {
    operation: Operation::Reverse,
    name: "reverse",
    paths: &[(Version::V2, REVERSE_PATH)],
    required: TERMINAL,
    required_at: &[],
    names_an_order: true,
};

static VOID: Row = Row {
    operation: Operation::Void,
    name: "void",
    paths: &[
        (Version::V6, VOID_PATH),
        (Version::V2, "/v2/poslink/transaction/voidpayment"),
    ],
    required: TERMINAL,
    required_at: &[],
    names_an_order: true,
};

const TERMINAL: &[&str] = &["merchantCode", "terminalCode"];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_path_is_there_once_and_says_its_version() {
        let mut paths = HashSet::new();
        for row in OPERATIONS {
            for (version, path) in row.paths {
                assert!(path.starts_with(&format!("/{version}/poslink/transaction/")));
                assert!(paths.insert(*path), "{path}");
                let found = Route::of_path(path).unwrap();
                assert_eq!((found.operation, found.version), (row.operation, *version));
            }
        }
        assert_eq!(paths.len(), 15);
        assert!(Route::of_path("/v4/poslink/transaction/query").is_none());
        assert!(Route::of_path("/v6/poslink/transaction/pay/").is_none());
    }

    #[test]
    fn each_operation_has_its_own_row_and_one_name() {
        for row in OPERATIONS {
            assert_eq!(row.operation.row().name, row.name);
            let written = serde_json::to_value(row.operation).unwrap();
            assert_eq!(written, row.name);
        }
    }
}
