//! A local UMS (银联商务) gateway for tests and demos: it checks signatures, keeps an order book, writes a ledger, and fails as it is told.
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
//! - It takes `POST /v6/poslink/transaction/voidpayment` ([`VOID_PATH`]), the void (撤销) of POS通, over
//!   http or https, or over any stream in memory ([`Simulator::serve`], [`Simulator::connect`]).
//! - It verifies OPEN-BODY-SIG over the body bytes as received: AppId, timestamp, nonce reuse, HMAC in
//!   constant time. It uses `ring`, not this project's own signer, so that an error there cannot hide.
//! - It voids orders of its [order book](Orders) and answers with the documented fields.
//! - It makes each of the [faults](FAULTS) of one table, which also says what a client should conclude;
//!   [`FaultRule`] says when. [`list_faults`] prints the table.
//! - It keeps a [ledger](Ledger): bytes received, complete or not, signature, what changed, what was sent.
//!
//! # What it does not do
//!
//! - It is not UMS, and where UMS is not documented, **its choices are not facts about UMS**; they are below.
//! - It knows no operation but the void: no payment, query, refund, token, notification or settlement file.
//! - It knows one kind of authentication, OPEN-BODY-SIG: no OPEN-ACCESS-TOKEN, no OPEN-FORM-PARAM.
//! - It does not check `Content-Type` or `Host`, gives no `100 Continue`, and speaks no HTTP/2.
//! - It has no list of allowed addresses, no limit of rate, no fees, no settlement, no permission by merchant.
//! - Its replies carry no instalment and no converted merchant or terminal.
//! - It keeps nothing when it ends, and nothing in it protects money: it must never face a real client.
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
//! | no order of this merchant in the book | `03` | the code is official, the case is inferred |
//! | terminal of no order and not registered | `97` | likewise |
//! | order not found, or another merchant's | `25` | likewise |
//! | `limitCrossDevice` true and another terminal | `57` | likewise; absent counts as false, which is not known |
//! | order of another trading day | `57` | that a void must be of the same day is official, the code is inferred |
//! | order refunded | `57` | the code is inferred |
//! | order voided before | `57`, or as [`RepeatedVoid`] says | not known; nor is whether a void is idempotent |
//!
//! Of two order ids, `originalOrderId` wins (official page). The reply's `orderId` is that of the order
//! voided (seen live; the page's example pair differs). Amounts in replies are text, as in the page's
//! example. The trading day is the date in UTC+8: no cut-off time is published.
//!
//! # Control calls
//!
//! For a simulator in another process, [`Builder::control`] opens a second port, on loopback only, which no
//! fault strikes and no ledger counts:
//!
//! | Call | Does |
//! |---|---|
//! | `GET /simulator/ledger` | gives the [`Snapshot`] |
//! | `GET /simulator/orders`, `POST /simulator/orders` | gives the order book; adds orders ([`parse_orders`]) |
//! | `GET /simulator/faults` | gives the armed rules and the table of faults |
//! | `POST /simulator/faults` | arms a rule: `{"fault": "fin-in-reply@17"}`, and if wanted `order`, `connection` (`any`, `fresh`, `reused`), `every`, `probability` with `seed`, `times`, `always` |
//! | `DELETE /simulator/faults` | disarms all rules |

mod authorization;
mod clock;
mod code;
mod connection;
mod control;
mod fault;
mod gateway;
mod http1;
mod ledger;
mod mangle;
mod order;
mod order_file;
mod reply;
mod rule;
mod script;
mod server;
mod settings;
mod simulator;
mod socket;
mod tls;
mod void;

pub use authorization::SignatureVerdict;
pub use clock::{Clock, SystemClock};
pub use fault::{Conclusion, FAULTS, Fault, FaultError, FaultSpec, Parameter, Phase, list_faults};
pub use ledger::{
    ConnectionEnd, ConnectionRecord, ExchangeEnd, Ledger, RequestRecord, Snapshot, Totals,
};
pub use order::{DuplicateOrder, Order, OrderState, Orders, TradingDay};
pub use order_file::{OrdersError, OrdersFileError, parse_orders, read_orders};
pub use rule::{ArmedRule, ConnectionUse, FaultRule, RuleId};
pub use server::{Running, StartError};
pub use settings::{BuildError, Builder};
pub use simulator::Simulator;
pub use tls::{CaFileError, Tls, TlsError};
pub use void::{Change, RepeatedVoid, VOID_PATH};
