//! A local UMS (银联商务) gateway for tests and demos: it checks signatures, keeps an order book,
//! writes a ledger, and fails as it is told.
//!
//! ```
//! use ums_simulator::{FaultRule, Order, OrderState, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let simulator = Simulator::builder()
//!     .credential("my-app-id", "my-app-key")
//!     .order(Order::paid("20230718110248029165883554").amount(1))
//!     .start()
//!     .await?;
//!
//! // Apply the next void of this order, and cut its reply after 17 bytes.
//! let rule = FaultRule::named("fin-in-reply-applied@17")?.for_order("20230718110248029165883554");
//! simulator.fault(rule)?;
//!
//! let base_url = simulator.url(); // Let a client void the order here, then ask:
//! # let _ = base_url;
//! assert_eq!(simulator.ledger().totals().applied, 0);
//! let order = simulator.orders().find("20230718110248029165883554");
//! assert_eq!(order.map(|order| order.state), Some(OrderState::Paid));
//! simulator.shutdown().await;
//! # Ok(()) }
//! ```
//!
//! # What it does
//!
//! - It takes the operations of POS通, over http or https, or over any stream in memory
//!   ([`Simulator::serve`], [`Simulator::connect`]): `POST /v6/poslink/transaction/` and then
//!   `pay`, `query`, `voidpayment`, `refund` or `query-refund`; the same at v2; `pay` at v4 too.
//!   Further `reversepayment` and `queryrefund` (as the acceptance report spells it) at v2, and
//!   `activeterminal` at v1 and v2.
//! - It takes those of POS通担保: `POST /v1/poslink/transaction/preauthorization/` and then
//!   `preauthorize`, `completeauthorization`, `voidauthorization`, `quickcompleteauthorization`,
//!   `quickvoidauthorization`, `query-by-system-trace-num` or `query`. All share one book.
//! - It verifies OPEN-BODY-SIG over the body bytes as received: AppId, timestamp, nonce reuse, HMAC
//!   in constant time. It uses `ring`, not this project's own signer, so that an error there cannot
//!   hide.
//! - It pays, voids, reverses and refunds orders of its [order book](Orders), and holds, completes
//!   and releases. The book can [survive a restart](Builder::state_file), and its [trading
//!   day](Orders::set_trading_day) can be moved. Queries tell the truth about it, unless a fault
//!   strikes them.
//! - It makes each of the [faults](FAULTS) of one table, which also says what a client should
//!   conclude; [`FaultRule`] says when. [`list_faults`] prints the table.
//! - It keeps a [ledger](Ledger): bytes received, complete or not, signature, money moved, what was
//!   sent.
//!
//! # What it does not do
//!
//! - It is not UMS, and where UMS is not documented, **its choices are not facts about UMS**; they
//!   are below.
//! - It knows no token, notification or settlement file.
//! - It knows one kind of authentication, OPEN-BODY-SIG: no OPEN-ACCESS-TOKEN, no OPEN-FORM-PARAM.
//! - Of a payment it checks the fields that every payment has, not goods, location, instalments or
//!   what only v6's sample names. It knows no discount: what is asked for is what is paid.
//! - It does not check `Content-Type` or `Host`, gives no `100 Continue`, and speaks no HTTP/2.
//! - It has no list of allowed addresses, no limit of rate, no fees, no settlement, no permission
//!   by merchant.
//! - Its replies carry no instalment and no converted merchant or terminal.
//! - Nothing in it protects money: it must never face a real client.
//!
//! # What becomes of a payment
//!
//! By the payer's code (`payCode`), of [`PAY_CODES`]. No wallet is known to begin its codes
//! with 99.
//!
//! | Code begins with | The payment | The answer | Queries say |
//! |---|---|---|---|
//! | anything else | is made | `00` | `0` |
//! | `9957` | is refused | `57` | `5` |
//! | `9961` | is refused | `61` | `5` |
//! | `9900` | is made | none: the connection is held | `0` |
//! | `9951` | is refused | `51` 余额不足 | `5` 失败:余额不足 |
//! | `99ER` | is refused | `ER` 余额不足 | `5` 失败:余额不足 |
//! | `9901` | is not made | none | `5` |
//! | `9910` | is made | none | twice `1`, then `0` |
//! | `9911` | is not made | none | twice `1`, then `5` |
//! | `99FF` | is not known | none | `FF` |
//! | `9920`, seconds | waits so long for the payer, then is made | none | `1`, then `0` |
//! | `9921`, seconds | waits so long for the payer, then is not made | none | `1`, then `5` |
//! | `9922`, seconds | waits so long, then the platform cancels it | none | `1`, then `4` |
//! | `9930`, seconds | as `9920` | `00` with `autoQueryFlag` `Y` | `1`, then `0` |
//! | `9931`, seconds | as `9921` | `00` with `autoQueryFlag` `Y` | `1`, then `5` |
//! | `9932`, seconds | as `9922` | `00` with `autoQueryFlag` `Y` | `1`, then `4` |
//! | `9940`, seconds | is not in the book so long, then is made | none | refused with `25`, then `0` |
//! | `9950`, seconds | is made so long after it failed | none | `5`, then `0` |
//!
//! The seconds are the four digits that follow the prefix: `992000300000000001` waits 30 seconds.
//! They are tokio's, like those of faults; `0000` is at once, and other than four digits a minute.
//! What waits counts as [`Totals::waiting`]. Where a fault makes an answer of none, it is made of
//! `FF`.
//!
//! `9940` is a payment that a void does not find (`25`) and that is made all the same. A void of
//! one that waits (`9920`, `9930` …) is answered as [`PendingVoid`] says; after a refusal the
//! payment goes on. That POS通 has an `autoQueryFlag` is inferred from 担保, whose reply has it.
//!
//! # What becomes of a hold
//!
//! A pre-authorization (担保) makes a hold: an [`Order`] with a [`Hold`], in a book that
//! [`Order::held`] can seed. Its pay code makes of it what it makes of a payment, but that nothing
//! is paid: what would be made is held, and what the platform would cancel fails. A query by order
//! id says:
//!
//! | State | `queryResCode` | `secureStatus` | `autoQueryFlag` | `status` |
//! |---|---|---|---|---|
//! | it waits, or is not told yet | `1` | none | `Y` | `WAIT_BUYER_PAY` |
//! | [`Unknown`](OrderState::Unknown) | `FF` | none | `Y` | `UNKNOWN` |
//! | [`Failed`](OrderState::Failed) | `5` | 6 | none | `TRADE_CLOSED` |
//! | [`Held`](OrderState::Held) | `0` | 0 | none | `TRADE_SUCCESS` |
//! | [`Completing`](OrderState::Completing) | `0` | 3 | none | `TRADE_SUCCESS` |
//! | [`Completed`](OrderState::Completed) | `0` | 2 | none | `TRADE_SUCCESS` |
//! | [`Voided`](OrderState::Voided), or run out | `0` | 1 | none | `TRADE_CLOSED` |
//!
//! A query by trace number says it of the transaction that had the number: of a completion or a
//! void the `queryResCode` is `0`, of a completion that is [still being
//! made](Builder::completion_time) `1`. One completion or void ends a hold. A completion may take
//! less than was held; the rest is released. The ledger tells what was held ([`Change::from`] is
//! none), taken ([`Change::to`] is `Completed`) or released (`Voided`); [`Order::balance`] and
//! [`Order::held_amount`] are what the merchant has, and what is set aside.
//!
//! # A gateway that is late
//!
//! A fault whose name ends in `-applied-late` takes the request, says what its name says, and
//! executes it as many seconds later as the number after `@`, whether or not the connection is
//! still there. The time is tokio's, so that a test can pause it. Until then the order book and
//! queries know nothing of the request; then it meets the order as it is by then, and is refused if
//! another request was first.
//!
//! In the ledger, [`Totals::waiting`] counts the requests that are still to be executed, and a
//! [`LedgerRequest`] says when its money moved (`applied_us`) and what the order book decided
//! (`decided_code`). [`Running::shutdown`] drops what still waits.
//!
//! ```
//! # use ums_simulator::{FaultRule, SimulatedOperation, Simulator};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let simulator = Simulator::builder().build()?;
//! // 504 now, and the void is executed 90 seconds later.
//! simulator.fault("status-504-applied-late@90")?;
//! // The same, for voids only; over HTTP it is
//! // POST /simulator/faults {"fault": "status-504-applied-late@90", "operation": "void"}.
//! simulator.fault(FaultRule::named("status-504-applied-late@90")?.for_operation(SimulatedOperation::Void))?;
//! # Ok(()) }
//! ```
//!
//! # Its choices
//!
//! Checked in this order; the first that fails answers. `errInfo` is text for people.
//!
//! | Situation | Answer | What is known |
//! |---|---|---|
//! | another path | 404, HTML | 404 was measured on a sister product |
//! | another method | 405 | not known |
//! | signature: header, AppId, timestamp, nonce or HMAC wrong | 412, `1000` | measured on a sister product of the same gateway, for a bad timestamp; inferred for the rest |
//! | timestamp more than five minutes off ([configurable](Builder::timestamp_window)) | 412, `1000` | that there is a check is known, its window is not |
//! | nonce used before, while its timestamp could still pass | 412, `1000` | not known |
//! | body no JSON object, a field missing, too long or of another type | 412, `9001` | the code is official, the status and the cases are inferred |
//! | merchant without order or terminal in the book | `03` | the code is official, the case is inferred |
//! | terminal of no order and not registered | `97` | likewise |
//! | merchant that is not one of its AppId's, if that has [any](Accounts) | 412, `1001` | likewise |
//! | payment or refund of nothing | `13` | likewise |
//! | payment under a merchant order id that any merchant has used, whatever became of it | `94` | that it is to be unique globally is documented (POS通交易接口 v20200527 §1.2), the code's case is inferred; a query then speaks of the first payment |
//! | order not found, or another merchant's | `25` | likewise; nothing says what a query about an order that never arrived is answered with |
//! | query that names another day than the order's | `25` | inferred |
//! | query that names no day, about another day's order | `25`, or as [`LateQuery`] says | that queries know the same day only is documented (POS通交易接口 v20200527 §3.3), the answer is not known, and that `oriTransDate` opens another day is inferred |
//! | `limitCrossDevice` true and another terminal | `57` | inferred; absent counts as false, which is not known |
//! | void of an order of another trading day | `57` | that a void must be of the same day is official, the code is inferred |
//! | void of an order that is not paid, or refunded, even in part; refund of one that is neither | `57` | the code is inferred |
//! | refund while queries still say `1` | `57` | likewise |
//! | void while queries still say `1` | `57`, or as [`PendingVoid`] says | not known |
//! | order voided before | `22`, or as [`RepeatedVoid`] says | not known for UMS, nor is whether a void is idempotent; `22` is what card schemes commonly answer |
//! | void of an order that was reversed | `22` | likewise |
//! | refund by merchant order id of a payment without a clear answer, which no query has given a definite state (neither `1` nor `FF`) on the payment's day | `57` | the rule is documented (POS通交易接口 v20200527 §3.6), the code is not known |
//! | reversal of a payment that is made, or that waits, on its trading day | `00` | no document describes the reversal; that both must be of the same day is documented (POS通交易接口 v20200527 §3.2) |
//! | reversal again, or of a payment that failed | `00`, nothing changes | not known |
//! | reversal of another day's payment; of another amount; of a voided or refunded one; of one whose state is not known; of an unknown one | `57`; `64`; `22`; `96`; `25` | not known |
//! | activation of a known terminal, also again | `00` | the reply's two fields are official, the rest is inferred |
//! | refund later than 30 days | `57` | the 30 days are official, the code and how they are counted are not known |
//! | refund of more than is left | `61` | the code is inferred |
//! | refund under the request id of an earlier one of the order, same amount | `00`, the earlier one again | documented for a sister product |
//! | the same, another amount | `94` | not known |
//! | pre-authorization from a terminal that was not activated | `97` | that it must be once is documented (POS通担保交易接口 v20201204 §2.2), the code is not; that the follow-ups need it is not asked |
//! | pre-authorization, completion or void under a trace number that one of these had on the same day from the same terminal | `94` | that it must be unique is documented (POS通担保交易接口 v20201204 §2.1), the code is not; those of queries and activations are not remembered |
//! | pre-authorization of nothing; under a merchant order id that any merchant has used | `13`; `94` | as for payments |
//! | completion or void of an unknown hold, another merchant's, a payment or one that failed; or whose authorization code, day or trace number is another's | `25` | that they must agree is documented, the code is not |
//! | the same from another terminal than the hold's | taken | not known |
//! | completion of one that waits, or whose state is not known; void of the latter | `57` | not known |
//! | void of one that waits | `57`, or as [`PendingVoid`] says | not known |
//! | completion after a completion, or while one is being made, or after a void | `22` | not known; `22` is what card schemes commonly answer, and that there is one completion is inferred |
//! | void after a completion, or while one is being made | `22` | likewise |
//! | void after a void | `22`, or as [`RepeatedVoid`] says | likewise |
//! | completion of nothing; of more than was authorized | `13`; `61` | no rule is documented; wallets are not known to take more than was held |
//! | void of another amount than was authorized | `64` | the amount is documented as required, not what it must be |
//! | completion, void or query of a hold that is older than 30 days | `22`; `22`; `secureStatus` 1 | the 30 days are another product's (全民付C扫B), the code is not known |
//! | query by a trace number that was used on another day, or from another terminal | `25` | inferred from where the numbers are unique |
//! | query by order id on another day | the truth | no document of 担保 says that queries know the same day only |
//! | payment's operation about a hold, and the other way round | `25` | not known |
//! | refund query about a request id that is not known | `00`, `queryResCode` `25` | that it is not `00` is official |
//! | the state file cannot be written | 412, `9999` | |
//!
//! Of two order ids, `originalOrderId` wins (the void's page, POS通交易接口 v20200527), but
//! `merchantOrderId` in a query (POS通交易接口 v20200527; an older copy says the opposite). The
//! void reply's `orderId` is that of the order voided (seen live; the page's example pair differs),
//! and its amounts are text, as in the page's example; the other replies are as [`ReplyStyle`]
//! says, by default as seen live. The trading day is the date in UTC+8: no cut-off time is
//! published. What is done from 23:00 on is settled on the next day (`settlementDate`), as
//! UnionPay's switch is said to do; no UMS document states it.
//!
//! In 担保 `originalOrderId` wins over the trace number (POS通担保交易接口 v20201204 §1.9), dates
//! in replies are `MMdd`, and the amounts of queries text, as documented. Made up are: `dealType`
//! (the last part of the operation's path), the form of `dealDate` (`yyyyMMdd`) and of the
//! authorization code (`A` and five digits), and `status` where §1.9 does not place a value. The
//! document says that authorization code and order id are in every reply of a pre-authorization, so
//! they are in one with `autoQueryFlag`, too. There is no reversal (担保冲正), which was withdrawn
//! (§1.3).
//!
//! A payment is without a clear answer when its pay code has none or one with `autoQueryFlag`, or
//! when a fault struck it after which a client could conclude nothing.
//!
//! # Several teams
//!
//! [`Accounts`] are AppIds with keys, merchants and terminals of their own, from a file;
//! [`Builder::any_merchant`] knows every merchant. [`LedgerRequest::line`] is a request as one line
//! of a log, and [`Builder::on_request`] gives each record as it comes. [`Tls::generate_for`] makes
//! the certificate for the names by which other machines reach this one.
//!
//! # Limits
//!
//! A port holds 512 connections at once ([configurable](Builder::connection_limit)) and closes one
//! more; a request that takes a minute to come is answered 408, a connection that rests ten minutes
//! is closed ([`Builder::request_timeout`], [`Builder::idle_timeout`]). Connections in memory have
//! no such limits. The ledger keeps its newest 10,000 records and counts what it forgot
//! ([`Builder::ledger_limit`], [`Builder::whole_ledger`]); 100,000 nonces are remembered. The order
//! book keeps every order.
//!
//! The state file and the CA certificate are written for their owner alone (mode 0600), whole or
//! not at all, and never through a symbolic link.
//!
//! # Control calls
//!
//! For a simulator in another process, [`Builder::control`] opens a second port, on loopback only,
//! which no fault strikes and no ledger counts. It is for programs on this machine and for no web
//! page: `Host` must be the port's own address, or `localhost` with its port (else 421), an
//! `Origin` must be the port's own (else 403), and a body must come as `Content-Type:
//! application/json`, exactly (else 415).
//!
//! | Call | Does |
//! |---|---|
//! | `GET /simulator/ledger` | gives the [`Snapshot`] |
//! | `GET /simulator/orders`, `POST /simulator/orders` | gives the order book; adds orders ([`parse_orders`]) |
//! | `GET /simulator/faults` | gives the armed rules and the table of faults |
//! | `POST /simulator/faults` | arms a rule: `{"fault": "fin-in-reply@17"}`, and if wanted `operation` (a [`SimulatedOperation`], written `query_refund`), `order`, `connection` (`any`, `fresh`, `reused`), `every`, `probability` with `seed`, `times`, `always` |
//! | `DELETE /simulator/faults` | disarms all rules |
//! | `GET /simulator/trading-day`, `POST /simulator/trading-day` | gives the trading day; moves it: `{"tradingDay": "next"}`, or to a `yyyyMMdd` |

// From the lowest room to the highest: clock, code and own_file; wire; book; orders; operation;
// access; fault; ledger; gateway; serve; simulator; builder; control; running. A room knows only
// those before it, which `cargo xtask layers` checks.
mod access;
mod book;
mod builder;
mod clock;
mod code;
mod control;
mod fault;
mod gateway;
mod ledger;
mod operation;
mod orders;
mod own_file;
mod running;
mod serve;
mod simulator;
mod wire;

pub use access::accounts::{Accounts, AccountsError, AccountsFileError};
pub use access::authorization::SignatureVerdict;
pub use book::DuplicateOrder;
pub use book::change::Change;
pub use book::hold::{Hold, HoldEnd};
pub use book::order::{Becomes, Order, OrderRefund, OrderState, TradingDay};
pub use builder::{BuildError, Builder};
pub use clock::{GatewayClock, MachineClock};
pub use fault::named::{Fault, FaultError};
pub use fault::rule::{ArmedRule, ConnectionUse, FaultRule, RuleId};
pub use fault::spec::{ExpectedOutcome, FaultPhase, FaultSpec, Parameter};
pub use fault::table::{FAULTS, list_faults};
pub use ledger::Ledger;
pub use ledger::record::{
    ConnectionEnd, ConnectionRecord, ExchangeEnd, LedgerRequest, Snapshot, Totals,
};
pub use operation::body::ReplyStyle;
pub use operation::choices::{LateQuery, PendingVoid, RepeatedVoid};
pub use operation::pay_code::{PAY_CODES, PayCodeRule};
pub use operation::table::{
    ACTIVATE_PATH, COMPLETE_AUTHORIZATION_PATH, PAY_PATH, PREAUTHORIZE_PATH,
    QUERY_AUTHORIZATION_BY_TRACE_PATH, QUERY_AUTHORIZATION_PATH, QUERY_PATH, QUERY_REFUND_PATH,
    QUICK_COMPLETE_AUTHORIZATION_PATH, QUICK_VOID_AUTHORIZATION_PATH, REFUND_PATH, REVERSE_PATH,
    SimulatedOperation, VOID_AUTHORIZATION_PATH, VOID_PATH,
};
pub use orders::order_file::{OrdersError, OrdersFileError, parse_orders, read_orders};
pub use orders::state_file::{StateFileError, StateFileProblem};
pub use orders::{BookError, Orders};
pub use running::{Running, StartError};
pub use simulator::Simulator;
pub use wire::tls::{CaFileError, Tls, TlsError};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct ReadmeExample;
