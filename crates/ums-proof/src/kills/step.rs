//! The steps of a durable call at which its process is killed or stopped, by name.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::signal::{Signal, raise};

/// A step of a durable call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Step {
    /// The commit that begins the call is about to be asked for.
    BeforeBegin,
    /// It took place, and the process has not heard of it yet.
    AfterBegin,
    /// The journal has the call, and the first byte is about to leave.
    BeforeFirstByte,
    /// Half a request has left.
    HalfRequest,
    /// The whole request has left, and nothing of its reply was read.
    AfterRequest,
    /// The commit that writes down the end is about to be asked for.
    BeforeEnd,
    /// It took place, and the process has not heard of it yet.
    AfterEnd,
    /// A call of a dead process is about to be taken up.
    BeforeClaim,
    /// It was.
    AfterClaim,
    /// What was found out is about to be written down.
    BeforeResolved,
    /// It was.
    AfterResolved,
}

impl Step {
    /// Every step.
    pub const ALL: [Self; 11] = [
        Self::BeforeBegin,
        Self::AfterBegin,
        Self::BeforeFirstByte,
        Self::HalfRequest,
        Self::AfterRequest,
        Self::BeforeEnd,
        Self::AfterEnd,
        Self::BeforeClaim,
        Self::AfterClaim,
        Self::BeforeResolved,
        Self::AfterResolved,
    ];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BeforeBegin => "before-begin",
            Self::AfterBegin => "after-begin",
            Self::BeforeFirstByte => "before-first-byte",
            Self::HalfRequest => "half-request",
            Self::AfterRequest => "after-request",
            Self::BeforeEnd => "before-end",
            Self::AfterEnd => "after-end",
            Self::BeforeClaim => "before-claim",
            Self::AfterClaim => "after-claim",
            Self::BeforeResolved => "before-resolved",
            Self::AfterResolved => "after-resolved",
        }
    }

    /// Whether it belongs to a call that runs, and not to the recovery of another one.
    pub fn is_of_running(self) -> bool {
        self < Self::BeforeClaim
    }

    /// Whether it lies in the connection.
    pub fn is_on_the_wire(self) -> bool {
        matches!(
            self,
            Self::BeforeFirstByte | Self::HalfRequest | Self::AfterRequest
        )
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Step {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|step| step.as_str() == text);
        found.ok_or_else(|| format!("there is no step {text:?}"))
    }
}

/// What a process does to itself at a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Deed {
    /// SIGKILL: nothing of it runs any more.
    Die,
    /// SIGSTOP: it stands still until somebody lets it go on.
    Stop,
}

impl FromStr for Deed {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "die" => Ok(Self::Die),
            "stop" => Ok(Self::Stop),
            _ => Err(format!("there is no deed {text:?}")),
        }
    }
}

/// The step at which this process does something to itself, the first time that it comes to it.
#[derive(Debug)]
pub(crate) struct Trap {
    at: Option<(Step, Deed)>,
    sprung: AtomicBool,
}

impl Trap {
    pub(crate) fn new(at: Option<(Step, Deed)>) -> Self {
        Self {
            at,
            sprung: AtomicBool::new(false),
        }
    }

    pub(crate) fn is_on_the_wire(&self) -> bool {
        self.at.is_some_and(|(step, _)| step.is_on_the_wire())
    }

    pub(crate) fn is_set_for(&self, step: Step) -> bool {
        let is_it = self.at.is_some_and(|(at, _)| at == step);
        is_it && !self.sprung.load(Ordering::Relaxed)
    }

    /// Springs if it is set for this step. Says so, where the process still runs or runs again.
    pub(crate) fn step(&self, step: Step) -> bool {
        let Some((at, deed)) = self.at else {
            return false;
        };
        if at != step || self.sprung.swap(true, Ordering::Relaxed) {
            return false;
        }
        let signal = match deed {
            Deed::Die => Signal::SIGKILL,
            Deed::Stop => Signal::SIGSTOP,
        };
        // To this thread: of a signal to the whole process another thread may take notice, and this
        // one would go on for a moment, past the step.
        let _ = raise(signal);
        true
    }
}
