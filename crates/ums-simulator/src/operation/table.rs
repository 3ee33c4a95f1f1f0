//! The operations that the simulator knows, and the paths on which it takes them.

use std::fmt;

use serde::{Deserialize, Serialize};
use ums_model::{
    ActivateTerminal, CompleteAuthorization, OperationSpec, Pay, Preauthorize, Query,
    QueryAuthorization, QueryAuthorizationByTrace, QueryRefund, QuickCompleteAuthorization,
    QuickVoidAuthorization, Refund, ReversePayment, VoidAuthorization, VoidPayment,
};

use crate::code::same;
use crate::operation::behaviour::{Behaviour, Execution};
use crate::operation::decision::Decision;
use crate::operation::needs::Needs;
use crate::operation::request::Request;

/// Path of the activation (激活终端) at v2.
pub const ACTIVATE_PATH: &str = path(&ActivateTerminal::SPEC, "v2");
/// Path of the completion of a hold (担保完成).
pub const COMPLETE_AUTHORIZATION_PATH: &str = path(&CompleteAuthorization::SPEC, "v1");
/// Path of the payment (支付) at v6.
pub const PAY_PATH: &str = path(&Pay::SPEC, "v6");
/// Path of the pre-authorization (担保).
pub const PREAUTHORIZE_PATH: &str = path(&Preauthorize::SPEC, "v1");
/// Path of the query (交易状态查询) at v6.
pub const QUERY_PATH: &str = path(&Query::SPEC, "v6");
/// Path of the query about a hold (担保) by order id or trace number.
pub const QUERY_AUTHORIZATION_PATH: &str = path(&QueryAuthorization::SPEC, "v1");
/// Path of the query about a hold (担保) by trace number.
pub const QUERY_AUTHORIZATION_BY_TRACE_PATH: &str = path(&QueryAuthorizationByTrace::SPEC, "v1");
/// Path of the refund query (交易退款查询) at v6.
pub const QUERY_REFUND_PATH: &str = path(&QueryRefund::SPEC, "v6");
/// Path of the quick completion of a hold (快速担保完成).
pub const QUICK_COMPLETE_AUTHORIZATION_PATH: &str = path(&QuickCompleteAuthorization::SPEC, "v1");
/// Path of the quick void of a hold (快速担保撤销).
pub const QUICK_VOID_AUTHORIZATION_PATH: &str = path(&QuickVoidAuthorization::SPEC, "v1");
/// Path of the refund (交易退款) at v6.
pub const REFUND_PATH: &str = path(&Refund::SPEC, "v6");
/// Path of the reversal (支付冲正) at v2.
pub const REVERSE_PATH: &str = path(&ReversePayment::SPEC, "v2");
/// Path of the void (支付撤销) at v6, as its page documents it.
pub const VOID_PATH: &str = path(&VoidPayment::SPEC, "v6");
/// Path of the void of a hold (担保撤销).
pub const VOID_AUTHORIZATION_PATH: &str = path(&VoidAuthorization::SPEC, "v1");

/// The path of an operation at this version. A version that it does not have is no path.
const fn path(spec: &OperationSpec, version: &str) -> &'static str {
    let mut index = 0;
    while index < spec.paths.len() {
        if same(spec.paths[index].version, version) {
            return spec.paths[index].path;
        }
        index += 1;
    }
    ""
}

/// Makes the enum from the list of the operations.
macro_rules! operations {
    ($($(#[$meta:meta])* $file:ident::$operation:ident $name:literal;)*) => {
        /// An operation of POS通.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[non_exhaustive]
        pub enum SimulatedOperation {
            $($(#[$meta])* $operation,)*
        }

        impl SimulatedOperation {
            /// What is known of it.
            pub(crate) fn row(self) -> &'static Row {
                match self {
                    $(Self::$operation => {
                        static ROW: Row = Row::of::<crate::operation::$file::$operation>($name);
                        &ROW
                    })*
                }
            }
        }

        static OPERATIONS: &[SimulatedOperation] = &[$(SimulatedOperation::$operation),*];
    };
}

every_operation!(operations);

/// What is known of one operation, its behaviour included, and said nowhere else here.
pub(crate) struct Row {
    /// As rules and control calls call it.
    pub(crate) name: &'static str,
    more_paths: &'static [&'static str],
    needs: Needs,
    execute: fn(Execution<'_, '_>) -> Decision,
}

impl Row {
    const fn of<B: Behaviour>(name: &'static str) -> Self {
        Self {
            name,
            more_paths: B::MORE_PATHS,
            needs: B::NEEDS,
            execute: B::execute,
        }
    }

    /// Whether it is a query, which moves no money.
    pub(crate) fn is_query(&self) -> bool {
        let declared = self.needs.declared;
        declared.is_some_and(|declared| declared.codes == "query")
    }

    #[cfg(test)]
    fn has(&self, path: &str) -> bool {
        self.paths().any(|known| known == path)
    }

    fn paths(&self) -> impl Iterator<Item = &'static str> {
        let declared = self.needs.declared.iter();
        let declared = declared.flat_map(|declared| declared.paths);
        let more = self.more_paths.iter().copied();
        declared.map(|declared| declared.path).chain(more)
    }
}

impl fmt::Display for SimulatedOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.row().name)
    }
}

/// A path and what is taken on it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    pub(crate) operation: SimulatedOperation,
    /// As the path has it.
    pub(crate) version: &'static str,
}

impl Route {
    pub(crate) fn of_path(path: &str) -> Option<Self> {
        OPERATIONS.iter().find_map(|operation| {
            let known = operation.row().paths().find(|known| *known == path)?;
            Some(Self {
                operation: *operation,
                version: known.split('/').nth(1).unwrap_or_default(),
            })
        })
    }

    /// Reads and checks a body; the error is the text for `errInfo` beside 9001.
    pub(crate) fn read(self, body: &[u8]) -> Result<Request<'_>, String> {
        let row = self.operation.row();
        Request::parse(row.name, &row.needs, self.version, body)
    }

    /// Executes a request that was read and admitted.
    pub(crate) fn execute(self, call: Execution<'_, '_>) -> Decision {
        (self.operation.row().execute)(call)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeSet, HashSet};
    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;
    use ums_model::OPERATIONS as DECLARED;

    use super::*;

    /// The names under `fixtures/documented` of what is documented there as an operation.
    fn documented() -> BTreeSet<String> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/documented");
        let files = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().path());
        let files = files.filter(|path| path.extension().is_some_and(|end| end == "json"));
        let names = files.filter_map(|path| {
            let fixture: serde_json::Value =
                serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
            Some(fixture.get("operation")?.as_str()?.to_owned())
        });
        names.collect()
    }

    /// What is missing of an operation of which the fixture, the declaration, or the behaviour is
    /// there.
    fn missing(
        documented: &BTreeSet<String>,
        declared: &[OperationSpec],
        behaving: &[SimulatedOperation],
    ) -> Vec<String> {
        let behaves = |spec: &OperationSpec| {
            let mut paths = spec.paths.iter();
            paths.all(|path| behaving.iter().any(|row| row.row().has(path.path)))
        };
        let is_declared = |operation: &SimulatedOperation| {
            let mut paths = declared.iter().flat_map(|spec| spec.paths);
            paths.any(|path| operation.row().has(path.path))
        };
        let mut missing = Vec::new();
        for spec in declared {
            if !behaves(spec) {
                missing.push(format!(
                    "{}: a file in crates/ums-simulator/src/operation",
                    spec.name
                ));
            }
            if !documented.contains(spec.name) {
                missing.push(format!(
                    "{}: fixtures/documented/{}.json",
                    spec.name, spec.name
                ));
            }
        }
        for operation in behaving.iter().filter(|it| !is_declared(it)) {
            missing.push(format!("{operation}: a declaration in crates/ums-model"));
        }
        for name in documented {
            if !declared.iter().any(|spec| spec.name == name) {
                missing.push(format!("{name}: a declaration in crates/ums-model"));
            }
        }
        missing
    }

    #[test]
    fn no_operation_lacks_its_fixture_declaration_or_behaviour() {
        let documented = documented();
        assert_eq!(missing(&documented, DECLARED, OPERATIONS), [""; 0]);

        // Each is missed by its name when it is left out.
        for (index, spec) in DECLARED.iter().enumerate() {
            let mut fixtures = documented.clone();
            fixtures.remove(spec.name);
            let declared = [&DECLARED[..index], &DECLARED[index + 1..]].concat();
            let is_other = |operation: &&SimulatedOperation| {
                let mut paths = spec.paths.iter();
                !paths.any(|path| operation.row().has(path.path))
            };
            let behaving: Vec<_> = OPERATIONS.iter().filter(is_other).copied().collect();
            assert_eq!(behaving.len() + 1, OPERATIONS.len(), "{}", spec.name);
            for left in [
                missing(&fixtures, DECLARED, OPERATIONS),
                missing(&documented, DECLARED, &behaving),
            ] {
                assert_eq!(left.len(), 1, "{left:?}");
                assert!(left[0].starts_with(&format!("{}: ", spec.name)), "{left:?}");
            }
            let left = missing(&documented, &declared, OPERATIONS);
            assert_eq!(left.len(), 2, "{left:?}");
            assert!(left[1].starts_with(&format!("{}: ", spec.name)), "{left:?}");
        }
    }

    #[test]
    fn each_path_is_there_once_and_says_its_version() {
        let mut paths = HashSet::new();
        for operation in OPERATIONS {
            for path in operation.row().paths() {
                assert!(paths.insert(path), "{path}");
                let found = Route::of_path(path).unwrap();
                assert_eq!(found.operation, *operation);
                assert!(["v1", "v2", "v4", "v6"].contains(&found.version), "{path}");
            }
        }
        // Those that are declared, and the refund query as the acceptance report spells it.
        let declared = DECLARED.iter().map(|spec| spec.paths.len());
        assert_eq!(paths.len(), declared.sum::<usize>() + 1);
        for path in [
            ACTIVATE_PATH,
            PAY_PATH,
            QUERY_PATH,
            QUERY_REFUND_PATH,
            REFUND_PATH,
            REVERSE_PATH,
            VOID_PATH,
            PREAUTHORIZE_PATH,
            COMPLETE_AUTHORIZATION_PATH,
            VOID_AUTHORIZATION_PATH,
            QUICK_COMPLETE_AUTHORIZATION_PATH,
            QUICK_VOID_AUTHORIZATION_PATH,
            QUERY_AUTHORIZATION_PATH,
            QUERY_AUTHORIZATION_BY_TRACE_PATH,
        ] {
            assert!(paths.contains(path), "{path}");
        }
        assert!(Route::of_path("/v4/poslink/transaction/query").is_none());
        assert!(Route::of_path("/v6/poslink/transaction/pay/").is_none());
        // Withdrawn (POS通担保交易接口 v20201204 §1.3).
        let reversal = "/v1/poslink/transaction/preauthorization/reverseauthorization";
        assert!(Route::of_path(reversal).is_none());
    }

    #[test]
    fn each_operation_has_one_name() {
        let mut names = HashSet::new();
        for operation in OPERATIONS {
            let name = operation.row().name;
            assert_eq!(serde_json::to_value(operation).unwrap(), name);
            assert!(names.insert(name), "{name}");
        }
    }

    #[test]
    fn what_an_operation_needs_is_a_field_that_is_checked() {
        for operation in OPERATIONS {
            for name in operation.row().needs.names() {
                assert!(Request::checks(name), "{operation}: {name}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            for operation in OPERATIONS {
                let route = Route { operation: *operation, version: "v6" };
                let _ = route.read(&bytes);
            }
        }
    }
}
