//! Stores that do not keep the contract, each in one way, and the case that refuses it.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use super::in_memory::InMemory;
use crate::{
    Begin, CallId, CallPage, CommandResult, Cursor, EndedFact, Fact, FactId, FactKind, Filter,
    Head, JournalId, JournalKey, Key, ListOrder, ManualClock, MemoryStore, OrderRole, OutcomeKind,
    Owner, RecordedFact, RecordedOutcome, Resolved, Store, StoreCommand, StoreFuture, StoreReceipt,
    StoreRefusal, StoreUnderTest, StoredCall, StoredFinding, Ticket, check_store, check_store_case,
    store_cases,
};

/// What is wrong with a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    /// It keeps the contract: what wraps a store is no flaw by itself.
    None,
    LosesTheLastCommit,
    ForgetsEpochs,
    ForgetsOwners,
    SendsTwice,
    SendsWhateverIsInTheWay,
    SendsOnlyToAFreeOrder,
    TakesAnythingAsProof,
    TakesNotSentOfAnyAttempt,
    AnswersAReusedKey,
    RunsAReplayAgain,
    ReadsBeforeItBegins,
    SkipsTheIdentityOfFurtherAttempts,
    PutsTheTerminalIntoTheIdentity,
    LiftsEverythingInSpiteOfAnything,
    LetsAnyOrderBeTakenBack,
    LetsNoPaymentBeTakenBack,
    ForgetsLinks,
    ClosesWhatJoins,
    ClosesUnknownCallsByTime,
    ClosesUnknownCallsByTries,
    FencesEnds,
    TakesFactsOfOtherAttempts,
    WritesFactsTwice,
    LosesDetails,
    BelievesAbsenceAtOnce,
    CountsFromTheAnswer,
    ClosesAsDeclinedAtOnce,
    LeasesForEver,
    LeasesForNothing,
    BeatsForEverybody,
    GrantsEveryClaim,
    FailsAGroupForOne,
    CarriesGroupsOutBackwards,
    ListsTheWrongWayRound,
    RepeatsTheLastOfAPage,
    IgnoresAmounts,
    HidesOldCalls,
    SwapsFacts,
    LeavesFactsOut,
    BecomesAnotherJournal,
    MakesAnotherKey,
    ForgetsKeysOfOthers,
    AnswersForAnotherJournal,
    GivesTraceNumbersAgain,
    ForgetsWhatItBuried,
    RestoresNothing,
}

/// Each flaw, and a case that must find it.
const FOUND_BY: &[(Flaw, &str)] = &[
    (Flaw::LosesTheLastCommit, "the_last_fact_survives_a_crash"),
    (Flaw::ForgetsEpochs, "an_older_epoch_sends_nothing"),
    (Flaw::ForgetsOwners, "only_its_owner_sends_an_attempt"),
    (Flaw::SendsTwice, "an_attempt_is_sent_once"),
    (
        Flaw::SendsTwice,
        "nothing_is_sent_once_money_has_moved_by_an_earlier_attempt",
    ),
    (
        Flaw::SendsWhateverIsInTheWay,
        "what_another_id_of_the_order_has_done_is_not_sent",
    ),
    (
        Flaw::SendsWhateverIsInTheWay,
        "what_another_id_of_the_order_has_done_is_not_sent_again",
    ),
    (
        Flaw::SendsWhateverIsInTheWay,
        "a_linked_order_that_is_busy_is_not_sent_to",
    ),
    (
        Flaw::SendsWhateverIsInTheWay,
        "what_was_found_missing_by_another_id_is_not_sent",
    ),
    (
        Flaw::SendsWhateverIsInTheWay,
        "a_payment_that_is_being_taken_back_is_not_sent",
    ),
    (
        Flaw::SendsOnlyToAFreeOrder,
        "what_takes_an_open_payment_back_is_sent",
    ),
    (
        Flaw::SendsOnlyToAFreeOrder,
        "what_began_in_spite_of_a_call_is_sent_in_spite_of_it",
    ),
    (
        Flaw::AnswersForAnotherJournal,
        "a_call_is_refused_by_a_journal_that_has_forgotten",
    ),
    (
        Flaw::ForgetsWhatItBuried,
        "a_key_is_known_after_its_call_was_buried",
    ),
    (
        Flaw::ForgetsWhatItBuried,
        "an_identity_is_held_after_its_call_was_buried",
    ),
    (
        Flaw::RestoresNothing,
        "a_call_that_is_lost_is_written_down_again",
    ),
    (
        Flaw::TakesAnythingAsProof,
        "nothing_else_proves_that_nothing_was_sent",
    ),
    (
        Flaw::TakesNotSentOfAnyAttempt,
        "what_is_sending_was_not_sent_by_its_nonce_only",
    ),
    (
        Flaw::TakesNotSentOfAnyAttempt,
        "an_attempt_of_another_process_is_not_ended_as_not_sent",
    ),
    (
        Flaw::AnswersAReusedKey,
        "a_key_of_another_request_is_refused",
    ),
    (
        Flaw::RunsAReplayAgain,
        "the_same_key_is_answered_with_the_end_of_its_call",
    ),
    (
        Flaw::ReadsBeforeItBegins,
        "what_begins_at_once_under_two_keys_begins_once",
    ),
    (
        Flaw::ReadsBeforeItBegins,
        "what_begins_at_once_under_one_key_begins_once",
    ),
    (
        Flaw::ReadsBeforeItBegins,
        "a_void_and_a_refund_at_once_begin_one_of_them",
    ),
    (
        Flaw::SkipsTheIdentityOfFurtherAttempts,
        "a_further_attempt_passes_the_identity_again",
    ),
    (
        Flaw::SkipsTheIdentityOfFurtherAttempts,
        "a_further_attempt_passes_the_order_again",
    ),
    (
        Flaw::PutsTheTerminalIntoTheIdentity,
        "the_terminal_belongs_to_no_identity",
    ),
    (
        Flaw::LiftsEverythingInSpiteOfAnything,
        "every_open_call_must_be_named",
    ),
    (
        Flaw::LiftsEverythingInSpiteOfAnything,
        "naming_calls_of_other_orders_lifts_nothing",
    ),
    (
        Flaw::LetsAnyOrderBeTakenBack,
        "only_one_call_takes_an_open_payment_back",
    ),
    (
        Flaw::LetsNoPaymentBeTakenBack,
        "an_open_payment_may_be_voided_or_reversed",
    ),
    (Flaw::ForgetsLinks, "a_link_makes_two_ids_one_identity"),
    (
        Flaw::ClosesWhatJoins,
        "a_link_that_joins_two_open_calls_leaves_both_open",
    ),
    (
        Flaw::ClosesUnknownCallsByTime,
        "an_unknown_call_is_open_however_long_it_takes",
    ),
    (
        Flaw::ClosesUnknownCallsByTime,
        "an_order_stays_guarded_however_long_it_takes",
    ),
    (Flaw::ClosesUnknownCallsByTries, "asking_closes_nothing"),
    (
        Flaw::FencesEnds,
        "an_end_is_accepted_after_the_lease_was_lost",
    ),
    (
        Flaw::TakesFactsOfOtherAttempts,
        "a_fact_of_an_attempt_that_was_never_made_is_refused",
    ),
    (
        Flaw::TakesFactsOfOtherAttempts,
        "a_late_end_of_one_attempt_moves_no_other",
    ),
    (
        Flaw::WritesFactsTwice,
        "a_fact_that_is_written_twice_is_one",
    ),
    (
        Flaw::LosesDetails,
        "what_a_fact_rests_on_is_kept_word_for_word",
    ),
    (
        Flaw::BelievesAbsenceAtOnce,
        "that_it_is_missing_is_not_believed_early",
    ),
    (
        Flaw::CountsFromTheAnswer,
        "the_time_of_the_question_counts_and_not_that_of_its_answer",
    ),
    (
        Flaw::ClosesAsDeclinedAtOnce,
        "it_is_closed_as_declined_only_after_the_wait",
    ),
    (Flaw::LeasesForEver, "what_was_sending_is_unknown"),
    (
        Flaw::LeasesForNothing,
        "a_call_of_a_process_that_lives_is_not_taken",
    ),
    (
        Flaw::BeatsForEverybody,
        "a_heartbeat_keeps_no_other_process_alive",
    ),
    (
        Flaw::GrantsEveryClaim,
        "an_unknown_call_is_asked_about_by_one",
    ),
    (Flaw::GrantsEveryClaim, "one_of_many_claims_is_granted"),
    (Flaw::FailsAGroupForOne, "a_refusal_fails_itself_only"),
    (
        Flaw::CarriesGroupsOutBackwards,
        "a_command_sees_what_those_before_it_wrote",
    ),
    (
        Flaw::ListsTheWrongWayRound,
        "open_calls_are_listed_as_they_began",
    ),
    (
        Flaw::RepeatsTheLastOfAPage,
        "a_list_is_the_same_in_pages_of_any_size",
    ),
    (
        Flaw::IgnoresAmounts,
        "calls_are_found_by_each_thing_that_is_known_of_them",
    ),
    (
        Flaw::HidesOldCalls,
        "an_unknown_call_is_open_however_long_it_takes",
    ),
    (Flaw::SwapsFacts, "facts_have_numbers_without_gaps"),
    (
        Flaw::LeavesFactsOut,
        "every_fact_is_bound_to_the_one_before",
    ),
    (
        Flaw::BecomesAnotherJournal,
        "a_journal_keeps_its_id_and_its_key",
    ),
    (Flaw::MakesAnotherKey, "a_journal_keeps_its_id_and_its_key"),
    (
        Flaw::ForgetsKeysOfOthers,
        "the_key_of_another_journal_is_there_once_its_calls_are",
    ),
    (
        Flaw::AnswersForAnotherJournal,
        "a_call_that_belongs_into_another_journal_is_refused",
    ),
    (
        Flaw::GivesTraceNumbersAgain,
        "no_trace_number_is_given_out_again_after_a_crash",
    ),
];

#[tokio::test]
async fn every_bad_store_is_refused_by_the_case_that_names_its_fault() {
    for (flaw, name) in FOUND_BY {
        let case = store_cases().find(|case| case.name == *name);
        let case = case.unwrap_or_else(|| panic!("there is no case {name}"));
        let make = async || Box::new(BadJournal::new(*flaw)) as Box<dyn StoreUnderTest>;
        let refused = check_store_case(case, &make).await;
        assert!(refused.is_err(), "{flaw:?} passes {name}");
    }
}

#[tokio::test]
async fn what_wraps_a_store_is_no_flaw() {
    let faults =
        check_store(async || Box::new(BadJournal::new(Flaw::None)) as Box<dyn StoreUnderTest>);
    let faults: Vec<_> = faults.await.iter().map(ToString::to_string).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn there_are_many_ways_to_be_bad() {
    let flaws: BTreeSet<_> = FOUND_BY
        .iter()
        .map(|(flaw, _)| format!("{flaw:?}"))
        .collect();
    assert!(flaws.len() >= 12, "{}", flaws.len());
}

type Soon<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A journal whose store has a flaw.
struct BadJournal {
    flaw: Flaw,
    memory: InMemory,
    state: Arc<State>,
}

/// What a bad store keeps beside what it wraps.
#[derive(Default)]
struct State {
    /// The store after the last crash.
    store: Mutex<Option<MemoryStore>>,
    /// How many facts there were before the last commit.
    before_last: AtomicU64,
    opened: AtomicU64,
    owners: Mutex<Vec<(Owner, Duration)>>,
    trace_numbers: AtomicU64,
}

impl BadJournal {
    fn new(flaw: Flaw) -> Self {
        Self {
            flaw,
            memory: InMemory::new(),
            state: Arc::default(),
        }
    }

    fn inner(&self) -> MemoryStore {
        let store = self.state.store.lock().unwrap();
        store.clone().unwrap_or_else(|| self.memory.store.clone())
    }

    fn handle(&self) -> Arc<dyn Store> {
        Arc::new(Bad {
            flaw: self.flaw,
            inner: self.inner(),
            state: Arc::clone(&self.state),
            opened: self.state.opened.fetch_add(1, Ordering::Relaxed),
        })
    }
}

impl StoreUnderTest for BadJournal {
    fn open(&self) -> Soon<'_, Arc<dyn Store>> {
        let handle = self.handle();
        Box::pin(async { handle })
    }

    fn reopen(&self) -> Soon<'_, Arc<dyn Store>> {
        Box::pin(async {
            if self.flaw == Flaw::LosesTheLastCommit {
                let old = self.inner();
                let kept = self.state.before_last.load(Ordering::Relaxed);
                let kept = usize::try_from(kept).unwrap();
                let facts = old.facts(0, kept).await.unwrap();
                let head = old.head().await.unwrap();
                let key = old.key().await.unwrap();
                let clock = Arc::new(ManualClock::new(head.now.at));
                let new = MemoryStore::new(head.journal, key, clock);
                new.commit(vec![StoreCommand::Restore(facts)])
                    .await
                    .unwrap();
                *self.state.store.lock().unwrap() = Some(new);
            }
            self.state.trace_numbers.store(0, Ordering::Relaxed);
            self.handle()
        })
    }

    fn advance(&self, by: Duration) -> Soon<'_, ()> {
        self.memory.pass(by);
        Box::pin(async {})
    }
}

struct Bad {
    flaw: Flaw,
    inner: MemoryStore,
    state: Arc<State>,
    opened: u64,
}

impl Bad {
    /// The group as this store hears it.
    async fn misheard(&self, group: Vec<StoreCommand>) -> Vec<StoreCommand> {
        let mut heard = Vec::new();
        for command in group {
            heard.push(match command {
                StoreCommand::Begin(mut begin) => {
                    self.mishear_begin(&mut begin).await;
                    StoreCommand::Begin(begin)
                }
                StoreCommand::Send(mut send) => {
                    let call = self.inner.call(&send.ticket.call).await.unwrap();
                    if let Some(call) = call {
                        match self.flaw {
                            Flaw::ForgetsEpochs => send.ticket.epoch = call.epoch,
                            Flaw::ForgetsOwners => {
                                if let Some(holder) = call.holder {
                                    send.ticket.owner = holder.owner;
                                }
                            }
                            _ => {}
                        }
                    }
                    if self.flaw == Flaw::TakesAnythingAsProof
                        && let Some(proof) = &mut send.not_sent
                    {
                        proof.attempt = Some(send.ticket.attempt);
                        proof.call = Some(send.ticket.call.clone());
                        proof.what = FactKind::Ended(EndedFact::new(OutcomeKind::NotSent));
                    }
                    StoreCommand::Send(send)
                }
                StoreCommand::Record(mut fact) => {
                    self.mishear_fact(&mut fact).await;
                    StoreCommand::Record(fact)
                }
                StoreCommand::Claim(mut claim) => {
                    claim.lease = self.lease(claim.lease);
                    StoreCommand::Claim(claim)
                }
                StoreCommand::Close(mut close) => {
                    close.with_statement |= self.flaw == Flaw::ClosesAsDeclinedAtOnce;
                    StoreCommand::Close(close)
                }
                StoreCommand::Link(mut link) if self.flaw == Flaw::ForgetsLinks => {
                    link.linked.other = link.linked.one.clone();
                    StoreCommand::Link(link)
                }
                StoreCommand::Restore(_) if self.flaw == Flaw::RestoresNothing => {
                    StoreCommand::Restore(Vec::new())
                }
                other => other,
            });
        }
        heard
    }

    async fn mishear_begin(&self, begin: &mut Begin) {
        begin.lease = self.lease(begin.lease);
        let owner = (begin.owner.clone(), begin.lease);
        self.state.owners.lock().unwrap().push(owner);
        let request = &mut begin.request;
        match self.flaw {
            Flaw::PutsTheTerminalIntoTheIdentity => {
                if let Some(identity) = &mut request.identity {
                    identity.operation += request.terminal.as_deref().unwrap_or_default();
                }
            }
            Flaw::LetsNoPaymentBeTakenBack => request.role = OrderRole::Other,
            Flaw::AnswersForAnotherJournal => begin.journal = None,
            Flaw::SkipsTheIdentityOfFurtherAttempts => {
                let key = Filter::new().with_key(request.key.clone());
                if !self.find(&key).await.is_empty() {
                    request.identity = None;
                }
            }
            Flaw::ForgetsWhatItBuried => {
                let page = self.inner.search(&ALL, ListOrder::OldestFirst, None, 1000);
                let mut calls = page.await.unwrap().calls.into_iter();
                if calls.any(|call| call.view.request.body.is_none()) {
                    request.identity = None;
                    request.key.key = Key::new(format!("{}-new", request.key.key)).unwrap();
                }
            }
            Flaw::LiftsEverythingInSpiteOfAnything if !begin.despite.is_empty() => {
                begin.despite = self.find(&Filter::open()).await;
            }
            Flaw::LetsAnyOrderBeTakenBack if request.role == OrderRole::TakeBack => {
                begin.despite = self.find(&Filter::open()).await;
            }
            _ => {}
        }
    }

    async fn mishear_fact(&self, fact: &mut Fact) {
        match (self.flaw, &mut fact.what) {
            (Flaw::TakesFactsOfOtherAttempts, _) => {
                if let Some(call) = &fact.call
                    && let Some(call) = self.inner.call(call).await.unwrap()
                {
                    fact.attempt = Some(call.view.attempt());
                }
            }
            (Flaw::TakesNotSentOfAnyAttempt, FactKind::Ended(ended)) => {
                if let Some(call) = &fact.call
                    && let Some(call) = self.inner.call(call).await.unwrap()
                {
                    let attempts = call.view.attempts.into_iter();
                    let mut named = attempts.filter(|known| Some(known.number) == fact.attempt);
                    let sending = named.next().and_then(|attempt| attempt.sending);
                    ended.nonce = sending.map(|(_, plan)| plan.nonce);
                }
            }
            (Flaw::WritesFactsTwice, _) => fact.id = fresh(),
            (Flaw::LosesDetails, FactKind::Ended(ended)) => {
                ended.evidence = None;
                ended.reply = None;
            }
            (Flaw::BelievesAbsenceAtOnce, FactKind::Resolved(resolved))
                if resolved.finding == StoredFinding::Absent =>
            {
                resolved.finding = StoredFinding::StatedFailure;
            }
            (Flaw::CountsFromTheAnswer, FactKind::Resolved(Resolved { asked_at, .. })) => {
                *asked_at = self.inner.head().await.unwrap().now;
            }
            _ => {}
        }
    }

    fn lease(&self, lease: Duration) -> Duration {
        match self.flaw {
            Flaw::LeasesForEver => lease * 1_000_000,
            Flaw::LeasesForNothing => Duration::ZERO,
            _ => lease,
        }
    }

    async fn find(&self, filter: &Filter) -> Vec<CallId> {
        let page = self
            .inner
            .search(filter, ListOrder::OldestFirst, None, 100_000);
        let calls = page.await.unwrap().calls.into_iter();
        calls.map(|call| call.id).collect()
    }

    /// Ends a call in a way that nobody has learnt.
    async fn invent_end(&self, call: &StoredCall) {
        let what = FactKind::Ended(EndedFact::new(OutcomeKind::Declined));
        let fact = Fact::new(fresh(), call.id.clone(), call.view.attempt(), what);
        let command = StoreCommand::Record(Box::new(fact));
        self.inner.commit(vec![command]).await.unwrap();
    }

    /// What this store does when nobody looks.
    async fn tidy_up(&self) {
        if self.flaw == Flaw::ClosesUnknownCallsByTime {
            let old = Filter {
                older_than: Some(Duration::from_secs(24 * 3600)),
                outcome: Some(RecordedOutcome::Unknown),
                ..Filter::open()
            };
            let page = self.inner.search(&old, ListOrder::OldestFirst, None, 1000);
            for call in page.await.unwrap().calls {
                self.invent_end(&call).await;
            }
        }
    }

    /// What this store answers in place of what came of a command.
    async fn misanswered(&self, command: &StoreCommand, result: CommandResult) -> CommandResult {
        match (self.flaw, command, result) {
            (Flaw::SendsTwice, StoreCommand::Send(send), Err(StoreRefusal::Fenced { .. })) => {
                Ok(StoreReceipt::Sent(send.ticket.clone()))
            }
            (
                Flaw::SendsWhateverIsInTheWay,
                StoreCommand::Send(send),
                Err(
                    StoreRefusal::SameIdentity { .. }
                    | StoreRefusal::NotCertain { .. }
                    | StoreRefusal::OrderBusy { .. },
                ),
            ) => Ok(StoreReceipt::Sent(send.ticket.clone())),
            (Flaw::SendsOnlyToAFreeOrder, StoreCommand::Send(send), Ok(receipt)) => {
                let mut open = self.find(&Filter::open()).await;
                open.retain(|call| *call != send.ticket.call);
                match open.is_empty() {
                    true => Ok(receipt),
                    false => Err(StoreRefusal::OrderBusy { calls: open }),
                }
            }
            (Flaw::AnswersAReusedKey, _, Err(StoreRefusal::KeyOfAnotherRequest { call })) => {
                let known = self.inner.call(&call).await.unwrap().unwrap();
                Ok(StoreReceipt::Replayed(Box::new(known)))
            }
            (
                Flaw::RunsAReplayAgain,
                StoreCommand::Begin(begin),
                Ok(StoreReceipt::Replayed(call)),
            ) => {
                let (attempt, epoch) = (call.view.attempt(), call.epoch.next());
                let ticket = Ticket::new(call.id, attempt, begin.owner.clone(), epoch);
                Ok(StoreReceipt::Begun(ticket))
            }
            (
                Flaw::GrantsEveryClaim,
                StoreCommand::Claim(claim),
                Err(StoreRefusal::Held { .. }),
            ) => {
                let call = self.inner.call(&claim.call).await.unwrap().unwrap();
                let (attempt, epoch) = (call.view.attempt(), call.epoch);
                let ticket = Ticket::new(claim.call.clone(), attempt, claim.owner.clone(), epoch);
                Ok(StoreReceipt::Claimed(ticket, Box::new(call)))
            }
            (Flaw::ClosesWhatJoins, _, Ok(StoreReceipt::Linked(pairs))) => {
                for (_, other) in &pairs {
                    let call = self.inner.call(other).await.unwrap().unwrap();
                    self.invent_end(&call).await;
                }
                Ok(StoreReceipt::Linked(pairs))
            }
            (Flaw::ClosesUnknownCallsByTries, StoreCommand::Record(fact), result) => {
                let call = fact.call.as_ref().unwrap();
                if let Some(call) = self.inner.call(call).await.unwrap() {
                    let asked =
                        |fact: &&RecordedFact| matches!(fact.fact().what, FactKind::Asked(_));
                    if call.facts.iter().filter(asked).count() > 10 && call.view.is_open() {
                        self.invent_end(&call).await;
                    }
                }
                result
            }
            (Flaw::GivesTraceNumbersAgain, StoreCommand::TakeTraceNumbers(take), Ok(_)) => {
                let count = u64::from(take.count);
                let taken = self.state.trace_numbers.fetch_add(count, Ordering::Relaxed);
                let first = u32::try_from(taken + 1).unwrap();
                Ok(StoreReceipt::TraceNumbers(first, take.count))
            }
            (_, _, result) => result,
        }
    }

    /// Decides on a copy, and writes what came of it down a moment later.
    async fn begin_by_reading(&self, command: StoreCommand) -> CommandResult {
        let head = self.inner.head().await.unwrap();
        let key = self.inner.key().await.unwrap();
        let clock = ManualClock::new(head.now.at);
        let copy = MemoryStore::new(head.journal, key, Arc::new(clock));
        let facts = self.inner.facts(0, 100_000).await.unwrap();
        copy.commit(vec![StoreCommand::Restore(facts)])
            .await
            .unwrap();
        let result = copy.commit(vec![command]).await.unwrap().remove(0);
        tokio::task::yield_now().await;
        if result.is_ok() {
            let new = copy.facts(head.facts, 100).await.unwrap();
            self.inner
                .commit(vec![StoreCommand::Restore(new)])
                .await
                .unwrap();
        }
        result
    }
}

static ALL: LazyLock<Filter> = LazyLock::new(Filter::new);

fn fresh() -> FactId {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let number = LAST.fetch_add(1, Ordering::Relaxed);
    FactId::new(format!("invented-{number}")).unwrap()
}

impl Store for Bad {
    fn key(&self) -> StoreFuture<'_, JournalKey> {
        if self.flaw == Flaw::MakesAnotherKey {
            let byte = u8::try_from(self.opened).unwrap();
            return Box::pin(async move { Ok(JournalKey::new([byte; 32])) });
        }
        self.inner.key()
    }

    fn other_keys(&self) -> StoreFuture<'_, Vec<JournalKey>> {
        if self.flaw == Flaw::ForgetsKeysOfOthers {
            return Box::pin(async { Ok(Vec::new()) });
        }
        self.inner.other_keys()
    }

    fn head(&self) -> StoreFuture<'_, Head> {
        Box::pin(async {
            let mut head = self.inner.head().await?;
            if self.flaw == Flaw::BecomesAnotherJournal {
                head.journal = JournalId::new(format!("journal-of-{}", self.opened)).unwrap();
            }
            Ok(head)
        })
    }

    fn commit(&self, group: Vec<StoreCommand>) -> StoreFuture<'_, Vec<CommandResult>> {
        Box::pin(async move {
            self.tidy_up().await;
            let before = self.inner.head().await?.facts;
            self.state.before_last.store(before, Ordering::Relaxed);
            let mut heard = self.misheard(group).await;
            if self.flaw == Flaw::CarriesGroupsOutBackwards {
                heard.reverse();
            }
            if self.flaw == Flaw::ReadsBeforeItBegins
                && matches!(heard[..], [StoreCommand::Begin(_)])
            {
                return Ok(vec![self.begin_by_reading(heard.remove(0)).await]);
            }
            let results = self.inner.commit(heard.clone()).await?;
            let mut answers = Vec::new();
            for (command, result) in heard.iter().zip(results) {
                answers.push(self.misanswered(command, result).await);
            }
            if self.flaw == Flaw::FencesEnds {
                for (command, answer) in heard.iter().zip(&mut answers) {
                    if let StoreCommand::Record(fact) = command
                        && let Some(call) = self.inner.call(fact.call.as_ref().unwrap()).await?
                        && call.epoch.get() > 1
                    {
                        *answer = Err(StoreRefusal::Fenced { call: call.id });
                    }
                }
            }
            if self.flaw == Flaw::FailsAGroupForOne
                && let Some(refused) = answers.iter().find(|answer| answer.is_err()).cloned()
            {
                answers.fill(refused);
            }
            if self.flaw == Flaw::CarriesGroupsOutBackwards {
                answers.reverse();
            }
            Ok(answers)
        })
    }

    fn heartbeat<'a>(&'a self, owner: &'a Owner, lease: Duration) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            if self.flaw == Flaw::BeatsForEverybody {
                let owners = self.state.owners.lock().unwrap().clone();
                for (owner, lease) in owners {
                    self.inner.heartbeat(&owner, lease).await?;
                }
            }
            self.inner.heartbeat(owner, self.lease(lease)).await
        })
    }

    fn call<'a>(&'a self, call: &'a CallId) -> StoreFuture<'a, Option<StoredCall>> {
        Box::pin(async move {
            self.tidy_up().await;
            self.inner.call(call).await
        })
    }

    fn search<'a>(
        &'a self,
        filter: &'a Filter,
        order: ListOrder,
        after: Option<Cursor>,
        limit: usize,
    ) -> StoreFuture<'a, CallPage> {
        Box::pin(async move {
            self.tidy_up().await;
            let (mut filter, mut order, mut after) = (filter.clone(), order, after);
            match self.flaw {
                Flaw::ListsTheWrongWayRound => {
                    order = match order {
                        ListOrder::OldestFirst => ListOrder::NewestFirst,
                        ListOrder::NewestFirst => ListOrder::OldestFirst,
                    };
                }
                Flaw::RepeatsTheLastOfAPage => {
                    after = after.map(|after| match order {
                        ListOrder::OldestFirst => Cursor::new(after.get() - 1),
                        ListOrder::NewestFirst => Cursor::new(after.get() + 1),
                    });
                }
                Flaw::IgnoresAmounts => filter.amount_fen = None,
                Flaw::HidesOldCalls if filter.open == Some(true) => {
                    let now = self.inner.head().await?.now.at;
                    filter.since = Some(now - Duration::from_secs(24 * 3600));
                }
                _ => {}
            }
            self.inner.search(&filter, order, after, limit).await
        })
    }

    fn facts(&self, after: u64, limit: usize) -> StoreFuture<'_, Vec<RecordedFact>> {
        Box::pin(async move {
            let mut facts = self.inner.facts(after, limit).await?;
            match self.flaw {
                Flaw::SwapsFacts if facts.len() > 1 => facts.swap(0, 1),
                Flaw::LeavesFactsOut if facts.len() > 2 => {
                    facts.remove(1);
                }
                _ => {}
            }
            Ok(facts)
        })
    }
}
