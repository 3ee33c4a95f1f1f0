//! What goes on the wire after a request, as steps: the language in which faults are written.

use std::time::Duration;

use crate::wire::reply::Reply;

/// The steps that answer one request. A script without an end leaves the connection open for the
/// next one.
#[derive(Clone, Debug)]
pub(crate) struct Script {
    /// Status of the reply that is begun, for the ledger.
    pub(crate) status: Option<u16>,
    /// `errCode` of the reply that is begun, for the ledger.
    pub(crate) err_code: Option<&'static str>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
pub(crate) enum Step {
    /// Ends the connection.
    Close(Close),
    /// Sends the bytes one at a time, this long apart.
    Drip(Vec<u8>, Duration),
    /// Sends the block again and again, one a millisecond, until the peer is gone.
    Flood(Vec<u8>),
    /// Says nothing until the peer is gone.
    Hold,
    /// Sends the block this many times, as fast as the peer takes it.
    Repeat(Vec<u8>, u64),
    Send(Vec<u8>),
    /// Sends the block after so long, unless a next request has begun by then.
    SendIfIdle(Vec<u8>, Duration),
    /// Waits this long, or until the peer is gone.
    Wait(Duration),
}

/// How the simulator ends a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Close {
    /// In order: close_notify if there is TLS, then FIN.
    Fin,
    /// RST.
    Reset,
    /// FIN without close_notify: under TLS, what an attacker can do.
    Truncate,
}

impl Script {
    /// Nothing is said; steps are added.
    pub(crate) fn silent() -> Self {
        Self {
            status: None,
            err_code: None,
            steps: Vec::new(),
        }
    }

    /// A reply is begun; steps are added.
    pub(crate) fn of(reply: &Reply) -> Self {
        Self {
            status: Some(reply.status),
            err_code: reply.err_code,
            steps: Vec::new(),
        }
    }

    /// The reply as it is meant.
    pub(crate) fn whole(reply: &Reply) -> Self {
        let script = Self::of(reply).send(reply.encode());
        if reply.keep_alive {
            script
        } else {
            script.close(Close::Fin)
        }
    }

    pub(crate) fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    pub(crate) fn send(self, bytes: impl Into<Vec<u8>>) -> Self {
        self.step(Step::Send(bytes.into()))
    }

    pub(crate) fn close(self, how: Close) -> Self {
        self.step(Step::Close(how))
    }

    pub(crate) fn wait_ms(self, milliseconds: u64) -> Self {
        self.step(Step::Wait(Duration::from_millis(milliseconds)))
    }
}
