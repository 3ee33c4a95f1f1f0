//! Why a call was not sent, or why its outcome is unknown.

use crate::name::names;

names! {
    /// Why a call ended as not sent or as unknown, or what broke an attempt off.
    #[non_exhaustive]
    pub enum Reason, "reason" {
        /// The operation cannot be written as a request.
        InvalidInput = "invalid_input",
        /// The path of the operation is not one.
        InvalidPath = "invalid_path",
        /// The clock shows a time that a signature cannot carry.
        Clock = "clock",
        /// No nonce could be drawn.
        Nonce = "nonce",
        /// The intent, or that it was about to be sent, could not be recorded.
        NotRecorded = "not_recorded",
        /// There is no access token to show.
        Token = "token",
        /// Too many calls at once.
        Overloaded = "overloaded",
        /// The client is closed.
        ClientClosed = "client_closed",
        /// The host name could not be resolved.
        Resolve = "resolve",
        /// The host name of a plain `http` address leads to another machine.
        NotLoopback = "not_loopback",
        /// The TCP connection could not be opened.
        Connect = "connect",
        /// The proxy opened no way to the gateway.
        Proxy = "proxy",
        /// The TLS handshake failed, or the certificate was not accepted.
        Tls = "tls",
        /// Opening the connection took too long.
        ConnectTimeout = "connect_timeout",
        /// The deadline of the call passed.
        Deadline = "deadline",
        /// The call is not awaited on the runtime of its connection.
        Runtime = "runtime",
        /// The request cannot be expressed in HTTP.
        InvalidRequest = "invalid_request",
        /// The connection was closed before the whole reply was read.
        Closed = "closed",
        /// Reading or writing failed, for example by a reset.
        Io = "io",
        /// What was read is not one HTTP reply with one end, or its body is not well-formed.
        MalformedReply = "malformed_reply",
        /// The reply is larger than the cap.
        ReplyTooLarge = "reply_too_large",
        /// A reply came before the request was wholly written.
        EarlyReply = "early_reply",
        /// The send window was over before the request was wholly written.
        SendWindow = "send_window",
        /// The HTTP status says nothing certain.
        Status = "status",
        /// The reply has no code, or one that does not settle it.
        Code = "code",
        /// The reply names another order, amount or refund.
        Discrepancy = "discrepancy",
    }
}
