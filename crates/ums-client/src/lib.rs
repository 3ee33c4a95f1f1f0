//! Client for the UMS (银联商务) open platform: an operation in, an outcome out, never a guess.
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
//!     Outcome::NotSent(not_sent) => panic!("nothing was sent: {}", not_sent.reason),
//!     Outcome::Unknown(unknown) => panic!("query the order: {}", unknown.reason),
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Four outcomes
//!
//! The platform has no idempotency key, so after a broken call the question is whether the money
//! moved. [`Outcome`] has exactly one variant for each answer, and [`Outcome::NotSent`] and
//! [`Outcome::Unknown`] are told apart by a count of the bytes that were written, not by the kind
//! of an error. Each outcome carries its [`Evidence`], says in a sentence what happened
//! ([`Outcome::explain`], English and Chinese), and what to do ([`Outcome::next_step`]).
//!
//! # One call, at most one request
//!
//! Nothing that may have reached the gateway is ever sent again. What provably was not sent may be,
//! if asked for ([`Resend`]), within the same deadline and signed anew.
//!
//! [`Client::execute_with`] takes a call with a deadline of its own ([`CallOptions`]).
//!
//! # Many merchants, and keys that change
//!
//! A client acts for one AppId. Those of several share their connections by
//! [`ClientBuilder::connections`]. [`Client::replace_app_key`] replaces a key while calls are in
//! flight.
//!
//! # Other operations
//!
//! [`Client::execute`] takes any [`Operation`](model::Operation); describe an API that this
//! workspace does not know by implementing it. [`Client::call`] takes a path and a JSON body, for a
//! call that is not worth a type.
//!
//! # Resolving
//!
//! [`Client::resolve`] finds out by query what became of an operation whose outcome is unknown, at
//! a stated pace up to a stated time; [`Client::inquire`] does so when only the request is known.
//! "Carried out" is believed at once, "not carried out" only when it is said twice, and late.
//! [`Client::pay_at_till`] takes a payment back that stays open while the customer waits.
//!
//! # For operations that outlive the process
//!
//! A [`Recorder`] is told of each call before it is sent, so that after a crash it is known which
//! orders to query. A [`Journal`] can be read back: each [`JournalEntry`] has the request, where it
//! went, and when it was signed, and [`PastCall`] is made of one for [`Client::inquire`].
//!
//! # For a log, a queue or a database
//!
//! [`OutcomeRecord`] is one JSON object that has all of an outcome and nothing that must not be
//! written down: the code that a customer shows, a person's or a card's data. It is what `ums …
//! --json` prints.
//!
//! ```
//! use ums_client::{Gateway, Outcome, OutcomeRecord};
//! # use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
//! # let void = VoidPayment::by_ums_order_id(
//! #     MerchantCode::new("103290070111417")?,
//! #     TerminalCode::new("12340511")?,
//! #     UmsOrderId::new("20230718110248029165883554")?,
//! # );
//! # let outcome = Outcome::from_reply(&void, 200, r#"{"errCode":"00"}"#);
//!
//! let record = OutcomeRecord::of(&void, &outcome, Gateway::live("https://gateway.example"));
//! let json = serde_json::to_string(&record)?;
//! assert!(json.starts_with(r#"{"version":1,"outcome":"approved""#));
//! let read: OutcomeRecord = serde_json::from_str(&json)?;
//! assert_eq!(read, record);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # In your tests
//!
//! Code that decides by an outcome is tested with outcomes made without a gateway:
//! [`Outcome::from_reply`], [`Outcome::not_sent`], [`Outcome::unknown`]. Code that holds a
//! [`Client`] is tested with a client whose connections lead to `ums-simulator` in memory: no port,
//! no thread, and tokio's clock can be paused. There is no trait to stand in for the client, as a
//! stand-in would not know which replies to believe.
//!
//! ```
//! use ums_client::auth::{AppId, AppKey};
//! use ums_client::transport::{BaseUrl, Connect, ConnectFuture};
//! use ums_client::Client;
//! use ums_simulator::{Order, Simulator};
//! # use ums_client::model::{MerchantCode, TerminalCode, UmsOrderId, VoidPayment};
//!
//! struct InMemory(Simulator);
//!
//! impl Connect for InMemory {
//!     fn connect(&self) -> ConnectFuture {
//!         let stream = self.0.connect();
//!         Box::pin(async { Ok(Box::new(stream?) as _) })
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let void = VoidPayment::by_ums_order_id(
//! #     MerchantCode::new("103290070111417")?,
//! #     TerminalCode::new("12340511")?,
//! #     UmsOrderId::new("20230718110248029165883554")?,
//! # );
//! let order = Order::paid("20230718110248029165883554").amount(100);
//! let gateway = Simulator::builder().order(order).build()?;
//! let app_id = AppId::new(Simulator::DEMO_APP_ID)?;
//! let app_key = AppKey::new(Simulator::DEMO_APP_KEY)?;
//! let client = Client::builder("http://localhost".parse::<BaseUrl>()?, app_id, &app_key)
//!     .connector(InMemory(gateway.clone()))
//!     .build()?;
//!
//! gateway.fault("fin-after-request-applied")?; // carried out, and the answer lost
//! assert!(client.void_payment(&void).await.is_unknown());
//! assert_eq!(gateway.ledger().totals().applied, 1);
//! # Ok(())
//! # }
//! ```
//!
//! # Crate features
//!
//! * `platform-roots` (default): trust the operating system's certificate authorities. Without it,
//!   give a private CA for `https`.
//! * `blocking`: `blocking::Client`, which waits instead of being awaited.
//! * `sha1`: token requests of the old kind.
//! * `test-util`: `check_journal`, what every journal is held to.

mod authentication;
#[cfg(feature = "blocking")]
pub mod blocking;
mod client;
mod machine;
mod outcome;
mod resolve;
mod till;

pub use authentication::token::{AccessTokens, StoredToken, Storing, TokenError, TokenStore};
pub use client::Client;
pub use client::builder::{ClientBuildError, ClientBuilder};
pub use client::call::Call;
pub use client::environment::Environment;
pub use client::in_flight::{Concurrency, OpenCall};
pub use client::options::CallOptions;
pub use client::resend::Resend;
pub use machine::clock::{Clock, SystemClock};
pub use machine::jitter::{Jitter, RandomJitter};
pub use machine::nonce_source::{NonceSource, NonceUnavailable, RandomNonces};
pub use machine::runtime::RuntimeUnavailable;
pub use outcome::judge::OnDiscrepancy;
pub use outcome::{Approved, Declined, NotSent, NotSentReason, Outcome, Unknown, UnknownReason};
pub use resolve::{
    Answered, Asked, Basis, Conclusion, Inquiry, InvalidResolvePolicy, PastCall, Questions,
    Resolution, ResolvePolicy, ResolvePolicyBuilder, StillOpen,
};
pub use till::{TakeBack, TakeBackWith, TillPolicy, TillReport, TillResult};

#[cfg(feature = "test-util")]
pub use ums_journal::check_journal;
pub use ums_journal::{
    Attempt, AttemptPhase, AttemptProgress, AttemptTimings, CallState, Ended, Evidence, Gateway,
    Intent, Journal, JournalEntry, Language, MemoryJournal, NextStep, OutOfOrder, OutcomeKind,
    OutcomeRecord, Reading, Reason, Recorder, Recording, Sending, UnknownName, mask_card_numbers,
};

pub use ums_auth as auth;
pub use ums_journal as journal;
pub use ums_model as model;
pub use ums_transport as transport;
