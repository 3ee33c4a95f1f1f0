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

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Activate => "activate",
            Self::Pay => "pay",
            Self::Query => "query",
            Self::QueryRefund => "query_refund",
            Self::Refund => "refund",
            Self::Reverse => "reverse",
            Self::Void => "void",
        })
    }
}

/// A path and what is taken on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) operation: Operation,
    pub(crate) version: Version,
}

impl Route {
    pub(crate) fn of_path(path: &str) -> Option<&'static Self> {
        ROUTES.iter().find(|route| route.path == path)
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

/// The versions at which each operation is known: v6 from the official pages,
/// v2 from the official PDF, v4 from live traffic, where only payments were seen;
/// the activation at v1 from the official document of 担保. The reversal and the
/// refund query spelt `queryrefund` are named by the template of the acceptance
/// report (接入测试报告), and by no document that tells their fields.
static ROUTES: &[Route] = &[
    route(VOID_PATH, Operation::Void, Version::V6),
    route(PAY_PATH, Operation::Pay, Version::V6),
    route(QUERY_PATH, Operation::Query, Version::V6),
    route(REFUND_PATH, Operation::Refund, Version::V6),
    route(QUERY_REFUND_PATH, Operation::QueryRefund, Version::V6),
    route("/v4/poslink/transaction/pay", Operation::Pay, Version::V4),
    route("/v2/poslink/transaction/pay", Operation::Pay, Version::V2),
    route(
        "/v2/poslink/transaction/query",
        Operation::Query,
        Version::V2,
    ),
    route(
        "/v2/poslink/transaction/voidpayment",
        Operation::Void,
        Version::V2,
    ),
    route(
        "/v2/poslink/transaction/refund",
        Operation::Refund,
        Version::V2,
    ),
    route(
        "/v2/poslink/transaction/query-refund",
        Operation::QueryRefund,
        Version::V2,
    ),
    route(
        "/v2/poslink/transaction/queryrefund",
        Operation::QueryRefund,
        Version::V2,
    ),
    route(REVERSE_PATH, Operation::Reverse, Version::V2),
    route(ACTIVATE_PATH, Operation::Activate, Version::V2),
    route(
        "/v1/poslink/transaction/activeterminal",
        Operation::Activate,
        Version::V1,
    ),
];

const fn route(path: &'static str, operation: Operation, version: Version) -> Route {
    Route {
        path,
        operation,
        version,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_path_is_there_once_and_says_its_version() {
        let paths: HashSet<_> = ROUTES.iter().map(|route| route.path).collect();
        assert_eq!((paths.len(), ROUTES.len()), (15, 15));
        for route in ROUTES {
            let version = format!("{:?}", route.version).to_lowercase();
            assert!(
                route
                    .path
                    .starts_with(&format!("/{version}/poslink/transaction/"))
            );
            let found = Route::of_path(route.path).unwrap();
            assert_eq!(found.operation, route.operation);
        }
        assert!(Route::of_path("/v4/poslink/transaction/query").is_none());
        assert!(Route::of_path("/v6/poslink/transaction/pay/").is_none());
    }
}
