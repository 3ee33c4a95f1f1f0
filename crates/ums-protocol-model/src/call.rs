//! A call in the journal: its facts, and what they say.

use crate::scope::{Operation, Scope, Submission};

/// What is written down of an attempt, beside `intended` and `sending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[non_exhaustive]
pub enum Word {
    /// `ended(unknown)`.
    Unknown,
    /// It was `recovered`: another process found it running, and wrote down what that means.
    Recovered,
    /// `awaiting_statement`.
    AwaitingStatement,
    /// `ended(approved)`.
    Approved,
    /// `resolved(executed)`.
    FoundExecuted,
    /// `stated`: the statement has it.
    StatedExecuted,
    /// `ended(declined)`.
    Declined,
    /// `ended(not_sent)`.
    NotSent,
    /// `stated`: the statement does not have it.
    StatedAbsent,
    /// `resolved(absent)`: not carried out as of the question.
    Absent,
    /// `closed(approved)`.
    ClosedApproved,
    /// `closed(declined)`.
    ClosedDeclined,
    /// `intended_again`: the attempt began under a key whose call had ended as not sent.
    Again,
}

impl Word {
    const MOVED: [Self; 3] = [Self::Approved, Self::FoundExecuted, Self::StatedExecuted];
    const NOT_MOVED: [Self; 3] = [Self::Declined, Self::NotSent, Self::StatedAbsent];
}

/// The words of an attempt.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Words(u16);

impl Words {
    /// Whether this was written down.
    pub fn has(self, word: Word) -> bool {
        self.0 & (1 << word as u16) != 0
    }

    /// Whether any of these was.
    pub fn has_any(self, words: &[Word]) -> bool {
        words.iter().any(|word| self.has(*word))
    }

    pub(crate) fn add(&mut self, word: Word) {
        self.0 |= 1 << word as u16;
    }
}

impl std::fmt::Debug for Words {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const ALL: [Word; 13] = [
            Word::Unknown,
            Word::Recovered,
            Word::AwaitingStatement,
            Word::Approved,
            Word::FoundExecuted,
            Word::StatedExecuted,
            Word::Declined,
            Word::NotSent,
            Word::StatedAbsent,
            Word::Absent,
            Word::ClosedApproved,
            Word::ClosedDeclined,
            Word::Again,
        ];
        let said = ALL.iter().filter(|word| self.has(**word));
        formatter.debug_list().entries(said).finish()
    }
}

/// When an attempt was written down as `sending`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Sent {
    /// The ticks since, which stop counting at the wait.
    pub age: u8,
    /// Whether the store's clock has jumped ahead since.
    pub clock_jumped: bool,
    /// For the invariants alone: whether a reply that carries both ids of the order was written
    /// down before.
    pub link_was_known: bool,
}

/// An attempt of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Attempt {
    /// When it may have put its first byte on the wire.
    pub sending: Option<Sent>,
    /// What else is known of it.
    pub words: Words,
}

impl Attempt {
    /// Whether money moved by it; `None` while that is not known.
    ///
    /// That it moved is believed from the platform whenever it says so; then come a refusal, the
    /// proof that nothing was sent, and the statement; then a person; then what was found missing.
    pub fn executed(&self) -> Option<bool> {
        let words = self.words;
        if words.has_any(&Word::MOVED) {
            return Some(true);
        }
        if words.has_any(&Word::NOT_MOVED) {
            return Some(false);
        }
        if words.has(Word::ClosedApproved) {
            return Some(true);
        }
        if words.has(Word::ClosedDeclined) || words.has(Word::Absent) {
            return Some(false);
        }
        None
    }

    /// Whether the platform, and no person, says that money moved.
    pub fn is_said_to_have_moved(&self) -> bool {
        self.words.has_any(&Word::MOVED)
    }

    /// Whether anything says that money did not move.
    pub fn is_said_not_to_have_moved(&self) -> bool {
        self.words.has_any(&Word::NOT_MOVED)
            || self.words.has_any(&[Word::ClosedDeclined, Word::Absent])
    }

    /// Whether two facts about it differ.
    pub fn is_contradicted(&self) -> bool {
        let moved = self.is_said_to_have_moved() || self.words.has(Word::ClosedApproved);
        moved && self.is_said_not_to_have_moved()
    }

    /// Whether nothing says how it ended, not even that this is unknown.
    pub fn is_running(&self) -> bool {
        let ended = [Word::Unknown, Word::AwaitingStatement];
        self.executed().is_none() && !self.words.has_any(&ended)
    }

    fn answer(&self) -> Option<Answer> {
        match self.executed() {
            Some(true) => Some(Answer::Approved),
            Some(false) if self.words.has(Word::NotSent) => Some(Answer::NotSent),
            Some(false) if self.words.has_any(&[Word::Declined, Word::ClosedDeclined]) => {
                Some(Answer::Declined)
            }
            Some(false) => Some(Answer::NotExecuted),
            None if self.is_running() => None,
            None => Some(Answer::Unknown),
        }
    }
}

/// What a caller is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Answer {
    /// The money moved.
    Approved,
    /// The platform, or a person, says that it did not.
    Declined,
    /// No complete request was sent.
    NotSent,
    /// It was found not to have been carried out.
    NotExecuted,
    /// Nobody knows.
    Unknown,
}

/// A call in the journal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct Call {
    /// Its id: the journal that it began in, and which call of its key it is there.
    pub id: CallId,
    /// What it asks for.
    pub request: Submission,
    /// How often it has changed hands. Each epoch has one owner.
    pub epoch: u8,
    /// Its attempts, the oldest first.
    pub attempts: [Option<Attempt>; Scope::ATTEMPTS],
    /// Whether an alarm says that it is contradicted.
    pub alarm: bool,
}

/// The id of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub struct CallId {
    /// The journal: how many were lost before it.
    pub journal: u8,
    /// Which call of its key it is. More than one is a fault.
    pub number: u8,
}

impl Call {
    pub(crate) fn new(id: CallId, request: Submission) -> Self {
        let mut attempts = [None; Scope::ATTEMPTS];
        attempts[0] = Some(Attempt::default());
        Self {
            id,
            request,
            epoch: 0,
            attempts,
            alarm: false,
        }
    }

    /// Which attempt it is at, from 0.
    pub fn attempt(&self) -> u8 {
        let made = self.attempts.iter().flatten().count();
        u8::try_from(made.saturating_sub(1)).unwrap_or(u8::MAX)
    }

    /// The attempt that it is at.
    pub fn last(&self) -> Attempt {
        let last = self.attempts.iter().flatten().last();
        last.copied().unwrap_or_default()
    }

    pub(crate) fn attempt_mut(&mut self, number: u8) -> Option<&mut Attempt> {
        self.attempts.get_mut(usize::from(number))?.as_mut()
    }

    fn decides(&self) -> Attempt {
        let mut made = self.attempts.iter().flatten().rev();
        let moved = made.find(|attempt| attempt.executed() == Some(true));
        moved.copied().unwrap_or_else(|| self.last())
    }

    /// Whether the money moved; `None` while that is not known.
    pub fn executed(&self) -> Option<bool> {
        self.decides().executed()
    }

    /// Whether a process may still be at it.
    pub fn is_running(&self) -> bool {
        self.last().is_running()
    }

    /// Whether it is not known what became of it.
    pub fn is_open(&self) -> bool {
        self.last().executed().is_none()
    }

    /// Whether two facts about it differ.
    pub fn is_contradicted(&self) -> bool {
        self.attempts.iter().flatten().any(Attempt::is_contradicted)
    }

    /// What is known of it today. `None` while it runs.
    pub fn answer(&self) -> Option<Answer> {
        if self.is_open() {
            return self.last().answer();
        }
        self.decides().answer()
    }

    /// Whether it was found missing, and is nothing that may be made again.
    pub fn is_held_not_executed(&self) -> bool {
        let words = self.last().words;
        let is_final = words.has_any(&Word::NOT_MOVED) || words.has(Word::ClosedDeclined);
        self.executed() == Some(false)
            && words.has(Word::Absent)
            && !is_final
            && !self.request.operation.may_be_repeated()
    }

    /// Whether no other call may be the same operation on the order.
    pub fn holds_identity(&self) -> bool {
        self.is_open() || self.executed() == Some(true) || self.is_held_not_executed()
    }

    /// Whether it is on the same order as another request, as far as the journal knows.
    pub fn is_on_order_of(&self, other: Submission, ids_are_linked: bool) -> bool {
        ids_are_linked || self.request.order_id == other.order_id
    }

    pub(crate) fn add_attempt(&mut self, attempt: Attempt) -> bool {
        let Some(free) = self.attempts.iter_mut().find(|place| place.is_none()) else {
            return false;
        };
        *free = Some(attempt);
        true
    }
}

/// The calls of a journal, by their key.
pub type Calls = [Option<Call>; Scope::KEYS];

/// What a call that is to begin comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum BeginDecision {
    /// A new call.
    New,
    /// A further attempt of the call that has the key.
    Again,
    /// The call that has the key runs.
    Join,
    /// The call that has the key has ended, or is unknown.
    Replay,
    /// It is refused.
    Refused(Refusal),
}

/// Why a submission is refused. Nothing was sent for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Refusal {
    /// The key belongs to another request.
    KeyOfAnotherRequest,
    /// The same operation is open or was carried out.
    SameIdentity,
    /// The same operation was found missing, and is held.
    NotCertain,
    /// Another call on the order is open.
    OrderBusy,
    /// The journal could not be written.
    NotWritten,
    /// In a journal that a person has accepted, a query found the operation carried out.
    FoundFirst,
}

/// What a call that is to begin comes to, by all that is in the journal.
///
/// `checks_further_attempts` is [`Rule::FurtherAttemptIsChecked`](crate::Rule).
pub fn decide_begin(
    begin: Submission,
    calls: &Calls,
    ids_are_linked: bool,
    checks_further_attempts: bool,
) -> BeginDecision {
    let mut decision = BeginDecision::New;
    if let Some(call) = &calls[usize::from(begin.key)] {
        if call.request != begin {
            return BeginDecision::Refused(Refusal::KeyOfAnotherRequest);
        }
        if call.is_running() {
            return BeginDecision::Join;
        }
        if call.answer() != Some(Answer::NotSent) {
            return BeginDecision::Replay;
        }
        if !checks_further_attempts {
            return BeginDecision::Again;
        }
        decision = BeginDecision::Again;
    }
    match check_others(begin, calls, ids_are_linked) {
        Some(refusal) => BeginDecision::Refused(refusal),
        None => decision,
    }
}

/// Why the other calls of the order are in the way of a request, if they are: the identity and the
/// order.
pub fn check_others(request: Submission, calls: &Calls, ids_are_linked: bool) -> Option<Refusal> {
    let others = || {
        let others = calls.iter().flatten();
        others.filter(|call| {
            call.request.key != request.key && call.is_on_order_of(request, ids_are_linked)
        })
    };
    let mut same = others()
        .filter(|call| call.request.operation == request.operation && call.holds_identity());
    if let Some(call) = same.next() {
        return Some(if call.is_held_not_executed() {
            Refusal::NotCertain
        } else {
            Refusal::SameIdentity
        });
    }
    others()
        .any(|call| call.is_open() && !may_take_back(request.operation, call))
        .then_some(Refusal::OrderBusy)
}

/// A payment that is open may be taken back: that is what taking back is for.
fn may_take_back(operation: Operation, call: &Call) -> bool {
    operation == Operation::TakeBack && call.request.operation == Operation::Payment
}

/// Whether an attempt may be written down as `sending`: the fence. Each epoch has one owner, so
/// that the epoch stands for both.
pub fn decide_send(call: &Call, attempt: u8, epoch: u8, after_not_sent: bool) -> bool {
    let is_sending = call.last().sending.is_some();
    call.epoch == epoch
        && call.attempt() == attempt
        && call.is_running()
        && call.executed() != Some(true)
        && is_sending == after_not_sent
}

/// Whether the two ids are of one order as far as a reader of all facts could know: a reply that
/// carries both was written down.
pub fn is_link_in_replies(calls: &Calls) -> bool {
    let attempts = calls.iter().flatten().flat_map(|call| call.attempts);
    let mut words = attempts.flatten().map(|attempt| attempt.words);
    words.any(|words| words.has_any(&[Word::Approved, Word::Declined]))
}
