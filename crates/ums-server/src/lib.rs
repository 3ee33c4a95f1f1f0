#![doc = include_str!("../README.md")]

mod access {
    //! Who may do what: tokens, what they grant, and the file that they are kept in.

    pub(crate) mod grant;
    pub(crate) mod role;
    pub(crate) mod slow;
    pub(crate) mod token;
    pub(crate) mod token_file;
}
mod app;
mod caller;
mod guard;
mod limits;
mod problem;
mod profile;
mod request {
    //! What a request says, read strictly.

    pub(crate) mod idempotency_key;
    pub(crate) mod json;
    pub(crate) mod listing;
    pub(crate) mod submission;
}
mod answer {
    //! What a request is answered.

    pub(crate) mod record;
    pub(crate) mod refusal;
}
mod api {
    //! What is at each address.

    pub(crate) mod body;
    pub(crate) mod calls;
    pub(crate) mod close;
    pub(crate) mod health;
    pub(crate) mod operations;
    pub(crate) mod routes;
}
mod listen {
    //! Where connections come from, and how each is served.

    pub(crate) mod accept;
    pub(crate) mod place;
    pub(crate) mod tls;
    #[cfg(unix)]
    pub(crate) mod unix;
}
mod server;

pub use access::grant::{Grant, NewGrant};
pub use access::role::Role;
pub use access::token::ServerToken;
pub use access::token_file::{TokenFile, TokenFileError};
pub use limits::ServerLimits;
pub use listen::place::{ListenAt, ListenError};
pub use listen::tls::{TlsFiles, TlsFilesError};
pub use profile::ServedProfile;
pub use server::{Server, ServerBuildError, ServerBuilder, Serving};

pub use ums_durable as durable;
