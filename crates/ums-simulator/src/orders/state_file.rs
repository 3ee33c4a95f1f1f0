//! Keeps the order book in a file, so that it survives a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use crate::book::order::{Order, TradingDay};
use crate::book::rule;
use crate::book::{Book, DuplicateOrder};
use crate::clock::Moment;
use crate::orders::order_file::{OrdersError, check_orders, read_document};
use crate::own_file;

/// The file. It is written anew with each change, so that it is always one whole book, which only
/// its owner can read.
#[derive(Clone, Debug)]
pub(crate) struct StateFile {
    path: PathBuf,
}

impl StateFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// None if there is no such file yet.
    pub(crate) fn read(&self) -> Result<Option<Book>, StateFileError> {
        let read = own_file::read(&self.path);
        let read = read.map_err(|error| self.error(StateFileProblem::Io(error)))?;
        let Some(json) = read else {
            return Ok(None);
        };
        let book = parse(&json).map_err(|problem| self.error(problem))?;
        Ok(Some(book))
    }

    /// `elapsed` is the time since the simulator's start, by which payments wait.
    pub(crate) fn write(&self, book: &Book, elapsed: Duration) -> Result<(), StateFileError> {
        own_file::replace(&self.path, &document(book, elapsed))
            .map_err(|error| self.error(StateFileProblem::Io(error)))
    }

    fn error(&self, source: StateFileProblem) -> StateFileError {
        StateFileError {
            path: self.path.clone(),
            source,
        }
    }
}

/// A state file that cannot be used. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("state file {} cannot be used", path.display())]
#[non_exhaustive]
pub struct StateFileError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub source: StateFileProblem,
}

/// What is wrong with a state file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StateFileProblem {
    /// It is damaged, or was written by something else; the source names the key.
    #[error("it is not what a simulator wrote: mend it, or move it away to begin anew")]
    Damaged(#[source] OrdersError),
    /// Two orders in it have the same id.
    #[error("it is not what a simulator wrote: mend it, or move it away to begin anew")]
    Duplicate(#[source] DuplicateOrder),
    /// It cannot be read or written.
    #[error("it cannot be read or written")]
    Io(#[source] io::Error),
}

const FORMAT: &str = "ums-simulator-state-1";

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct State {
    #[serde(deserialize_with = "the_format")]
    format: String,
    #[serde(deserialize_with = "rule::signed")]
    days: i64,
    #[serde(deserialize_with = "rule::whole")]
    references: u64,
    terminals: BTreeMap<String, BTreeSet<String>>,
    /// A file of an older simulator does not have it.
    #[serde(default)]
    activated: BTreeMap<String, BTreeSet<String>>,
    orders: Vec<Order>,
}

fn the_format<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    rule::named(deserializer, &format!("must be {FORMAT:?}"), |text| {
        (text == FORMAT).then(|| text.to_owned())
    })
}

fn document(book: &Book, elapsed: Duration) -> Vec<u8> {
    let state = State {
        format: FORMAT.to_owned(),
        days: book.days,
        references: book.references,
        terminals: book.terminals.clone(),
        activated: book.activated.clone(),
        orders: book.as_of(elapsed),
    };
    // A value first, whose keys are in alphabetical order: files are compared by eye.
    format!("{:#}\n", json!(state)).into_bytes()
}

fn parse(json: &[u8]) -> Result<Book, StateFileProblem> {
    let document: Value = serde_json::from_slice(json).map_err(OrdersError::Json)?;
    let mut state: State = read_document(&document)?;
    check_orders(&document, &mut state.orders)?;
    // In a file of state, unlike in one written by hand, `today` would drift.
    let drifts = |order: &Order| !matches!(order.trading_day, TradingDay::On(_));
    if let Some(index) = state.orders.iter().position(drifts) {
        let key = format!("orders[{index}].tradingDay");
        let given = document.pointer(&format!("/orders/{index}/tradingDay"));
        return Err(OrdersError::key(key, "must be a date as yyyyMMdd", given).into());
    }
    let mut book = Book::default();
    (book.days, book.references) = (state.days, state.references);
    for (merchant, terminal) in listed(state.terminals) {
        book.register_terminal(merchant, terminal);
    }
    for (merchant, terminal) in listed(state.activated) {
        book.activate(merchant, terminal);
    }
    // Every order has its date, so the day of reading does not matter.
    book.insert_all(state.orders, Moment::at(chrono::DateTime::UNIX_EPOCH, 0))
        .map_err(StateFileProblem::Duplicate)?;
    Ok(book)
}

/// Merchant codes with their terminal codes.
fn listed(terminals: BTreeMap<String, BTreeSet<String>>) -> impl Iterator<Item = (String, String)> {
    terminals.into_iter().flat_map(|(merchant, terminals)| {
        terminals
            .into_iter()
            .map(move |terminal| (merchant.clone(), terminal))
    })
}

impl From<OrdersError> for StateFileProblem {
    fn from(error: OrdersError) -> Self {
        Self::Damaged(error)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::book::hold::{Hold, HoldEnd};
    use crate::book::order::OrderState;
    use crate::clock::{read_day, read_time};

    fn hold(name: &str, state: OrderState) -> Hold {
        let end = HoldEnd {
            terminal_code: "12340511".to_owned(),
            system_trace_num: format!("{:06}", 100 + name.len()),
            amount: 60,
            retrieval_ref_num: "00000000002W".to_owned(),
            trading_day: read_day("20230719").unwrap(),
            end_time: read_time("111340").unwrap(),
        };
        Hold {
            ended_by: (state != OrderState::Held).then_some(end),
            ..Hold::new(format!("{:06}", name.len())).authorization_code("A1")
        }
    }

    fn book() -> Book {
        let mut book = Book::default();
        (book.references, book.days) = (7, -2);
        let now = Moment::at("2023-07-18T03:13:40Z".parse().unwrap(), 0);
        let orders = OrderState::NAMES.map(|(name, state)| {
            let order = Order::paid(name)
                .merchant_order_id(format!("M-{name}"))
                .amount(100)
                .state(state);
            match state {
                OrderState::Pending => order.becoming(OrderState::Paid, Duration::from_secs(30)),
                OrderState::Completed | OrderState::Completing | OrderState::Held => {
                    order.hold(hold(name, state))
                }
                _ => order,
            }
        });
        book.insert_all(orders, now).unwrap();
        book.order_mut("unknown").unwrap().query_needed = true;
        book.register_terminal("1".to_owned(), "2".to_owned());
        book.activate("1".to_owned(), "2".to_owned());
        book
    }

    #[cfg(unix)]
    #[test]
    fn it_is_its_owners_and_never_behind_a_link() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        let victim = directory.path().join("victim");
        std::fs::write(&victim, "precious").unwrap();
        // Where it used to be written aside.
        symlink(&victim, directory.path().join("state.json.new")).unwrap();
        let file = StateFile::new(path.clone());
        file.write(&book(), Duration::ZERO).unwrap();
        file.write(&book(), Duration::ZERO).unwrap();
        let mode = std::fs::symlink_metadata(&path)
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(file.read().unwrap().is_some());
        std::fs::remove_file(&path).unwrap();
        symlink(&victim, &path).unwrap();
        assert!(file.write(&book(), Duration::ZERO).is_err());
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    }

    #[test]
    fn what_is_written_is_read() {
        let dir = tempfile::tempdir().unwrap();
        let file = StateFile::new(dir.path().join("state.json"));
        assert_eq!(file.read().unwrap(), None);
        for book in [Book::default(), book()] {
            file.write(&book, Duration::ZERO).unwrap();
            assert_eq!(file.read().unwrap(), Some(book));
        }
        // Nothing is left beside it.
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn what_is_left_to_wait_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let file = StateFile::new(dir.path().join("state.json"));
        file.write(&book(), Duration::from_secs(10)).unwrap();
        let mut read = file.read().unwrap().unwrap();
        let becomes = read.order_mut("pending").unwrap().becomes.clone().unwrap();
        assert_eq!((becomes.state, becomes.wait_ms), (OrderState::Paid, 20_000));
    }

    #[test]
    fn a_file_of_an_older_simulator_is_read() {
        let whole = String::from_utf8(document(&Book::default(), Duration::ZERO)).unwrap();
        let older = whole.replacen("\"activated\": {},", "", 1);
        assert_ne!(older, whole);
        assert_eq!(parse(older.as_bytes()).unwrap(), Book::default());
    }

    #[test]
    fn a_damaged_file_is_refused_by_file_and_key() {
        let whole = String::from_utf8(document(&book(), Duration::ZERO)).unwrap();
        let cases = [
            ("ums-simulator-state-1", "ums-simulator-state-2"),
            ("\"days\": -2", "\"days\": null"),
            ("\"days\": -2", "\"dais\": -2"),
            ("\"references\": 7", "\"references\": -7"),
            ("\"2\"", "2"),
            ("\"amount\": 100", "\"amount\": \"100\""),
            ("\"20230718\"", "\"today\""),
            ("\"state\": \"voided\"", "\"state\": \"void\""),
            ("\"orderId\": \"voided\"", "\"orderId\": \"failed\""),
        ];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.json");
        let mut lines = Vec::new();
        for (from, to) in cases {
            assert!(whole.contains(from), "{from}");
            std::fs::write(&path, whole.replacen(from, to, 1)).unwrap();
            let error = StateFile::new(path.clone()).read().unwrap_err();
            assert_eq!(error.path, path);
            let problem = std::error::Error::source(&error.source).unwrap();
            lines.push(problem.to_string());
        }
        insta::assert_snapshot!(lines.join("\n"), @r#"
        key format must be "ums-simulator-state-1"; given: "ums-simulator-state-2"
        key days must be a whole number; given: null
        key dais is not known; the keys are format, days, references, terminals, activated, orders; given: -2
        key references must be a whole number; given: -7
        key activated.1[0] must be text; given: 2
        key orders[0].amount must be a whole number of fen; given: "100"
        key orders[0].tradingDay must be a date as yyyyMMdd; given: "today"
        key orders[10].state must be one of "paid", "voided", "refunded", "failed", "reversed", "unknown", "pending", "unseen", "held", "completing", "completed"; given: "void"
        orderId "failed" is in the order book already: give each order its own
        "#);
        for length in 0..whole.trim_end().len() {
            assert!(parse(&whole.as_bytes()[..length]).is_err(), "{length}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }
    }
}
