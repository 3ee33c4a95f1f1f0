#![doc = include_str!("../README.md")]

mod open {
    //! What a server, a connection and a journal must be before money rests on them.

    pub(crate) mod connection;
    pub(crate) mod error;
    pub(crate) mod link;
    pub(crate) mod options;
    pub(crate) mod password;
    pub(crate) mod schema;
    pub(crate) mod server;
    pub(crate) mod tls;
}
mod read {
    //! What is asked of the journal beside what is written.

    pub(crate) mod history;
    pub(crate) mod readers;
    pub(crate) mod search;
    pub(crate) mod tables;
}
mod write {
    //! The one task that writes, and what it writes.

    pub(crate) mod beats;
    pub(crate) mod changes;
    pub(crate) mod pipeline;
    pub(crate) mod touched;
    pub(crate) mod transaction;
    pub(crate) mod writer;
}
mod failure;
mod store;

pub use open::error::PostgresOpenError;
pub use open::options::{InvalidUrl, PostgresOptions};
pub use open::tls::InvalidRoots;
pub use store::PostgresStore;
