//! Client for the UMS (银联商务) open platform: an operation in, an outcome
//! out, never a guess.
//!
//! ```
//! use ums_client::auth::{AppId, AppKey};
//! use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
//! use ums_client::{Client, Outcome};
//! use ums_simulator::{Order, Simulator};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A gateway on this machine with one paid order. For the real one, give
//! // `Environment::Test` or `Environment::Production` in place of its address.
//! let gateway = Simulator::builder()
//!     .order(Order::paid("20230718110248029165883554").amount(100))
//!     .start()
//!     .await?;
//!
//! let client = Client::new(
//!     gateway.url().parse::<ums_client::transport::BaseUrl>()?,
//!     AppId::new(Simulator::DEMO_APP_ID)?,
//!     &AppKey::new(Simulator::DEMO_APP_KEY)?,
//! )?;
//!
//! let void = VoidPayment::by_ums_order_id(
//!     MerchantCode::new("103290070111417")?,
//!     TerminalCode::new("12340511")?,
//!     UmsOrderId::new("20230718110248029165883554")?,
//! );
//! match client.void_payment(&void).await {
//!     Outcome::Approved(approved) => {
//!         let amount = approved.reply.transaction_amount.typed();
//!         assert_eq!(amount.map(|fen| fen.as_u64()), Some(100));
//!     }
//!     Outcome::Declined(declined) => panic!("not voided: {:?}", declined.judgement.err_code()),
//!     Outcome::NotSent(not_sent) => panic!("nothing left: {}", not_sent.reason),
//!     Outcome::Unknown(unknown) => panic!("query the order: {}", unknown.reason),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Four outcomes
//!
//! The platform has no idempotency key, so after a broken call the question is
//! whether the money moved. [`Outcome`] has exactly one variant for each
//! answer, and [`Outcome::NotSent`] and [`Outcome::Unknown`] are told apart by
//! a count of the bytes that left, not by the kind of an error. Each outcome
//! carries its [`Evidence`], says in a sentence what happened
//! ([`Outcome::explain`], English and Chinese), and what to do
//! ([`Outcome::next_step`]).
//!
//! # One call, at most one request
//!
//! Nothing that may have reached the gateway is ever sent again. What provably
//! was not sent may be, if asked for ([`Resend`]), within the same deadline and
//! signed anew.
//!
//! # Other operations
//!
//! [`Client::execute`] takes any [`Operation`](model::Operation); describe an
//! API that this workspace does not know by implementing it. [`Client::call`]
//! takes a path and a JSON body, for a call that is not worth a type.
//!
//! # Settling
//!
//! [`Client::settle`] finds out by query what became of an operation whose
//! outcome is unknown, at a stated pace up to a stated time; [`Client::inquire`]
//! does so when only the request is known.
//!
//! # For operations that outlive the process
//!
//! A [`Recorder`] is told of each call before it is sent, so that after a
//! crash it is known which orders to query.
//!
//! # Crate features
//!
//! * `platform-roots` (default): trust the operating system's certificate
//!   authorities. Without it, give a private CA for `https`.
//! * `sha1`: token requests of the old kind.

mod authentication;
mod call;
mod client;
mod clock;
mod deadline;
mod environment;
mod evidence;
mod in_flight;
mod jitter;
mod journal;
mod judge;
mod language;
mod mask;
mod next_step;
mod nonce_source;
mod outcome;
mod recorder;
mod resend;
mod sentence;
mod settle;
mod skew;
mod span;
mod token;

pub use call::Call;
pub use client::{BuildError, Client, ClientBuilder};
pub use clock::{Clock, SystemClock};
pub use environment::Environment;
pub use evidence::{Attempt, Evidence};
pub use in_flight::{Concurrency, OpenCall};
pub use jitter::{Jitter, RandomJitter};
pub use journal::{Journal, MemoryJournal, OutOfOrder, Reading, Unfinished, check_journal};
pub use judge::OnDiscrepancy;
pub use language::Language;
pub use mask::mask_card_numbers;
pub use next_step::NextStep;
pub use nonce_source::{NonceSource, NonceUnavailable, RandomNonces};
pub use outcome::{
    Approved, Declined, NotSent, NotSentReason, Outcome, OutcomeKind, Unknown, UnknownReason,
};
pub use recorder::{Ended, Intent, Recorder, Recording, Sending};
pub use resend::Resend;
pub use settle::{Asked, Finding, Inquiry, Settle, SettlePolicy, Settlement};
pub use token::{AccessTokens, StoredToken, Storing, TokenError, TokenStore};

pub use ums_auth as auth;
pub use ums_model as model;
pub use ums_transport as transport;
