#![doc = include_str!("../README.md")]

mod kept {
    //! How ids and texts are kept, so that a call takes little room.

    pub(crate) mod db;
    pub(crate) mod difference;
    pub(crate) mod id;
}
mod open {
    //! What a file, its place and its contents must be before money rests on them.

    pub(crate) mod clock;
    pub(crate) mod connection;
    pub(crate) mod error;
    pub(crate) mod options;
    pub(crate) mod place;
    pub(crate) mod schema;
    pub(crate) mod still_there;
}
mod read {
    //! What readers ask of the file, each on a connection of its own.

    pub(crate) mod check;
    pub(crate) mod history;
    pub(crate) mod readers;
    pub(crate) mod search;
    pub(crate) mod tables;
}
mod write {
    //! The one thread that writes, and what it writes.

    pub(crate) mod carry_out;
    pub(crate) mod guards;
    pub(crate) mod orders;
    pub(crate) mod rows;
    pub(crate) mod stop;
    pub(crate) mod texts;
    pub(crate) mod writer;
}
mod failure;
mod store;

pub use open::error::OpenError;
pub use open::options::SqliteOptions;
pub use store::SqliteStore;
