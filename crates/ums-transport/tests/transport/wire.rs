//! One connection against peers that answer early, twice, late, in pieces or not at all, over
//! memory, sockets and TLS: which reply is believed, which connection is kept, and what is counted.

mod deadlines;
mod early_reply;
mod floods;
mod framing;
mod keeping;
mod late;
mod partial_tls;
mod peer;
mod runtimes;
