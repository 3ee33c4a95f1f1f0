//! How far a process is with what was submitted to it.

use crate::call::{Answer, BeginDecision, CallId, Refusal};

/// What lets a process send an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Ticket {
    /// The call. `None` when the process knows that it never began.
    pub call: Option<CallId>,
    /// The attempt, from 0.
    pub attempt: u8,
    /// The epoch of the call in which it was given out.
    pub epoch: u8,
}

/// How an attempt ended, as its process learnt it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// The reply says that money moved.
    Approved,
    /// The reply says that it did not.
    Declined,
    /// No byte was written.
    NotSent,
    /// Anything else.
    Unknown,
}

impl Ending {
    /// What a caller is told of it.
    pub fn answer(self) -> Answer {
        match self {
            Self::Approved => Answer::Approved,
            Self::Declined => Answer::Declined,
            Self::NotSent => Answer::NotSent,
            Self::Unknown => Answer::Unknown,
        }
    }
}

/// What a process is about to commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Commit {
    /// That a call begins.
    Begin {
        /// What a read before the commit found; only without the rule that forbids it.
        read: Option<BeginDecision>,
        /// Whether a query has just found the operation missing.
        has_asked: bool,
    },
    /// `sending` of an attempt that was intended alone.
    Send(Ticket),
    /// `not_sent` of an attempt, and `sending` of the next.
    SendAgain(Ticket),
}

/// Why a process sends nothing more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Stop {
    /// Nobody knows whether its commit took place.
    DoubtfulCommit,
    /// Its commit failed.
    FailedCommit,
    /// The store refused `sending`.
    Fenced,
    /// Its caller waits no longer.
    WaitEnded,
}

/// By which row of the table a caller was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Told {
    /// Its own attempt.
    Own,
    /// It joined a call that ran.
    Joined,
    /// It was answered with today's knowledge.
    Replayed,
}

/// How far a process is with a submission. Between any two steps it may stall, for any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Not begun.
    Waiting,
    /// The connection stands, and the clock was read.
    Ready {
        /// The ticks since.
        age: u8,
        /// What it commits next.
        commit: Commit,
    },
    /// The call is written down as intended alone: its connection does not stand yet.
    Intended(Ticket),
    /// The commit took place; the process has not heard.
    Committed {
        /// The ticks since the clock was read.
        age: u8,
        /// What lets it send.
        ticket: Ticket,
    },
    /// The process has heard. Its request is queued.
    Acknowledged {
        /// The ticks since the clock was read.
        age: u8,
        /// What lets it send.
        ticket: Ticket,
    },
    /// The first part of the request was written.
    HeadWritten {
        /// The ticks since the clock was read.
        age: u8,
        /// What let it send.
        ticket: Ticket,
    },
    /// All of the request was written.
    Written(Ticket),
    /// It sends nothing more.
    Stopped {
        /// Its attempt.
        ticket: Ticket,
        /// Why.
        why: Stop,
    },
    /// It has learnt how its attempt ended.
    Learnt {
        /// Its attempt.
        ticket: Ticket,
        /// How it ended.
        ending: Ending,
    },
    /// Its caller was told with `recorded: false`, and the process tries on to write it down.
    Unrecorded {
        /// Its attempt.
        ticket: Ticket,
        /// How it ended.
        ending: Ending,
    },
    /// It waits for the end of the call that has its key.
    Joined,
    /// Its caller was told.
    Told {
        /// The call.
        call: Option<CallId>,
        /// The attempt that it is about.
        attempt: u8,
        /// What.
        answer: Answer,
        /// Whether as written down.
        recorded: bool,
        /// By which row.
        how: Told,
    },
    /// It was refused.
    Refused(Refusal),
    /// Its process died.
    Crashed,
}

impl Phase {
    /// Whether nothing happens any more.
    pub fn is_over(&self) -> bool {
        matches!(self, Self::Told { .. } | Self::Refused(_) | Self::Crashed)
    }

    /// The attempt that it is at, if it has one.
    pub fn ticket(&self) -> Option<Ticket> {
        match *self {
            Self::Intended(ticket)
            | Self::Committed { ticket, .. }
            | Self::Acknowledged { ticket, .. }
            | Self::HeadWritten { ticket, .. }
            | Self::Written(ticket)
            | Self::Stopped { ticket, .. }
            | Self::Learnt { ticket, .. }
            | Self::Unrecorded { ticket, .. }
            | Self::Ready {
                commit: Commit::Send(ticket) | Commit::SendAgain(ticket),
                ..
            } => Some(ticket),
            _ => None,
        }
    }

    pub(crate) fn tick(&mut self, send_window: u8) {
        if let Self::Ready { age, .. }
        | Self::Committed { age, .. }
        | Self::Acknowledged { age, .. }
        | Self::HeadWritten { age, .. } = self
        {
            *age = (*age + 1).min(send_window);
        }
    }
}
