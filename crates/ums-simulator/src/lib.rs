//! A local UMS gateway for tests and demos, with an order book, a ledger and faults.

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
