//! Why a command could not do what it was asked to do.

use std::fmt;

use ums_client::journal::MayRepeat;
use ums_client::{Language, NextStep};

use crate::exit::Exit;
use crate::language::{Message, Told, of_this_run};

/// A command that stopped before anything was sent.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    kind: FailureKind,
    /// The outermost first.
    chain: Vec<Message>,
    /// The call in the journal that is the reason.
    call: Option<String>,
}

/// What kind of failure it is: one row of [`FailureKind::row`] each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailureKind {
    /// A value on the command line breaks a rule, or is missing.
    InvalidInput,
    /// Live money, no terminal to ask on, and no `--yes`.
    NotConfirmed,
    /// The person at the terminal said no.
    Declined,
    /// The configuration cannot be used.
    Configuration,
    /// The AppId or the AppKey cannot be used.
    Credentials,
    /// The machine refused something: a socket, a file.
    System,
    /// The journal cannot be used.
    Journal,
    /// The journal has forgotten something, or is another one than was meant.
    JournalNotAccepted,
    /// Another call on the order is open, or was carried out.
    CallInTheWay,
    /// The key belongs to another request.
    KeyOfAnotherRequest,
    /// Whether it was carried out already was asked first, and is not certain.
    NotCertain,
}

impl FailureKind {
    /// A stable name in `snake_case`.
    pub(crate) fn code(self) -> &'static str {
        self.row().0
    }

    pub(crate) fn exit(self) -> Exit {
        self.row().1
    }

    /// What to do, when the failure stopped a call.
    pub(crate) fn next_step(self) -> NextStep {
        self.row().2
    }

    /// Whether what was stopped by it may be done again.
    pub(crate) fn may_repeat(self) -> MayRepeat {
        match self {
            Self::CallInTheWay => MayRepeat::No,
            Self::KeyOfAnotherRequest => MayRepeat::NewKey,
            _ => MayRepeat::SameKey,
        }
    }

    fn row(self) -> (&'static str, Exit, NextStep) {
        match self {
            Self::InvalidInput => ("invalid_input", Exit::Usage, NextStep::FixRequest),
            Self::NotConfirmed => ("not_confirmed", Exit::Usage, NextStep::ConfirmLive),
            Self::Declined => ("declined_by_operator", Exit::NotSent, NextStep::ConfirmLive),
            Self::Configuration => ("configuration", Exit::Setup, NextStep::FixSetup),
            Self::Credentials => ("credentials", Exit::Setup, NextStep::FixCredentials),
            Self::System => ("system", Exit::Other, NextStep::FixSetup),
            Self::Journal => ("journal", Exit::Setup, NextStep::FixJournal),
            Self::JournalNotAccepted => {
                ("journal_not_accepted", Exit::Setup, NextStep::AcceptJournal)
            }
            Self::CallInTheWay => ("call_in_the_way", Exit::NotSent, NextStep::LookAtCall),
            Self::KeyOfAnotherRequest => {
                ("key_of_another_request", Exit::Usage, NextStep::OtherKey)
            }
            Self::NotCertain => ("not_certain", Exit::NotSent, NextStep::Query),
        }
    }
}

impl Failure {
    pub(crate) fn new(kind: FailureKind, cause: &impl Told) -> Self {
        Self::text(kind, cause.told())
    }

    pub(crate) fn text(kind: FailureKind, message: impl Into<Message>) -> Self {
        Self {
            kind,
            chain: vec![message.into()],
            call: None,
        }
    }

    /// The same failure, for which this call in the journal is the reason.
    pub(crate) fn for_call(self, call: Option<String>) -> Self {
        Self { call, ..self }
    }

    /// The call in the journal that is the reason.
    pub(crate) fn call(&self) -> Option<&str> {
        self.call.as_deref()
    }

    /// The same failure, said to be about `what`.
    pub(crate) fn about(mut self, what: impl Into<Message>) -> Self {
        self.chain.insert(0, what.into());
        self
    }

    /// The same failure, said to be about a flag, a variable or a key.
    pub(crate) fn named(self, name: &'static str) -> Self {
        debug_assert!(!name.contains(' '), "{name:?} is a text, not a name");
        self.about(Message::name(name))
    }

    /// The same failure, with this after what is said of it.
    pub(crate) fn and(mut self, more: Message) -> Self {
        if let Some(last) = self.chain.pop() {
            self.chain.push(last.and(more));
        }
        self
    }

    /// The same failure, of another kind.
    pub(crate) fn of_kind(self, kind: FailureKind) -> Self {
        Self { kind, ..self }
    }

    /// What is said of it, in both languages.
    pub(crate) fn told(&self) -> Message {
        Message::chain(&self.chain)
    }

    pub(crate) fn kind(&self) -> FailureKind {
        self.kind
    }

    /// The failure and its causes, outermost first, on one line.
    pub(crate) fn said(&self, language: Language) -> String {
        Message::chain(&self.chain).said(language).to_owned()
    }

    /// The same in English, whatever language is spoken: for a script.
    pub(crate) fn detail(&self) -> String {
        self.said(Language::English)
    }
}

/// In the language of this run.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.said(of_this_run()))
    }
}

/// Turns an error into a [`Failure`] of some kind.
pub(crate) trait OrFail<T> {
    fn or_fail(self, kind: FailureKind) -> Result<T, Failure>;
}

impl<T, E: Told> OrFail<T> for Result<T, E> {
    fn or_fail(self, kind: FailureKind) -> Result<T, Failure> {
        self.map_err(|error| Failure::new(kind, &error))
    }
}
