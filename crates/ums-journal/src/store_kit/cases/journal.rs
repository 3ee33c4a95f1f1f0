//! A journal is one, keeps everything in one order, and notices what is missing.

use crate::call::ids::JournalId;
use crate::call::journal_key::JournalKey;
use crate::fact::entry::{Accepted, KeyOfJournal};
use crate::fact::recorded::{ChainHash, RecordedFact};
use crate::outcome_kind::OutcomeKind;
use crate::store::command::{Accept, StoreCommand, StoreReceipt};
use crate::store::head::{Memory, Witness};
use crate::store::lines::{ChainCheck, compare_with_witness, fact_of_line, line_of_fact};
use crate::store::refused::StoreRefusal;
use crate::store_kit::ask::Ask;
use crate::store_kit::case::cases;
use crate::store_kit::fault::{CaseResult, Fault, equal, must};
use crate::store_kit::ground::{Process, ended, fresh_fact, side_by_side, text};

/// Every fact follows the one before, and the head is that of the last.
async fn check_chain(process: &Process) -> CaseResult<u64> {
    let mut check = ChainCheck::new();
    for fact in process.facts().await? {
        check
            .take(&fact)
            .map_err(|broken| Fault(broken.to_string()))?;
    }
    let head = process.store.head().await?;
    equal(
        check.head(),
        (head.facts, &head.chain),
        "the head of all facts",
    )?;
    Ok(check.without_details())
}

async fn some_calls(process: &Process) -> CaseResult {
    for outcome in OutcomeKind::ALL {
        process
            .ended(&Ask::void(outcome.as_str()), *outcome)
            .await?;
    }
    process.begun(&Ask::pay("open")).await?;
    Ok(())
}

fn accept(journal: &JournalId) -> CaseResult<StoreCommand> {
    let accepted = Accepted::new(journal.clone(), text("a person")?, text("a new disk")?);
    Ok(StoreCommand::Accept(Accept::new(fresh_fact()?, accepted)))
}

cases! {
    a_new_journal_is_empty(ground) {
        let one = ground.process().await?;
        let head = one.store.head().await?;
        equal((head.facts, &head.chain), (0, &ChainHash::of_nothing()), "its head")?;
        must(head.accepted.is_none(), "a new journal is accepted")?;
        equal(one.facts().await?, Vec::new(), "its facts")?;
        equal(one.open().await?, Vec::new(), "its open calls")?;
    }

    a_journal_keeps_its_id_and_its_key(ground) {
        let (one, two) = ground.two().await?;
        let first = one.store.head().await?.journal;
        let after = ground.after_crash().await?;
        for process in [&two, &after] {
            equal(&process.store.head().await?.journal, &first, "the journal's id")?;
            must(process.key.expose() == one.key.expose(), "the journal has another key")?;
        }
    }

    facts_have_numbers_without_gaps(ground) {
        let one = ground.process().await?;
        some_calls(&one).await?;
        one.refused(&Ask::void("approved")).await?;
        let numbers: Vec<_> = one.facts().await?.iter().map(|fact| fact.number()).collect();
        let expected: Vec<_> = (1..).take(numbers.len()).collect();
        must(numbers.len() > 10, "facts are missing")?;
        equal(numbers, expected, "the numbers")?;
    }

    every_fact_is_bound_to_the_one_before(ground) {
        let one = ground.process().await?;
        some_calls(&one).await?;
        equal(check_chain(&one).await?, 0, "the number of facts without their details")?;
        equal(check_chain(&ground.after_crash().await?).await?, 0, "the same after a crash")?;
    }

    every_handle_sees_the_same_facts(ground) {
        let (one, two) = ground.two().await?;
        some_calls(&one).await?;
        two.begun(&Ask::void("M9")).await?;
        let facts = one.facts().await?;
        equal(two.facts().await?, facts.clone(), "the facts of another process")?;
        equal(ground.after_crash().await?.facts().await?, facts, "the facts after a crash")?;
    }

    facts_are_read_on_from_any_of_them(ground) {
        let one = ground.process().await?;
        some_calls(&one).await?;
        let all = one.facts().await?;
        for page in [1, 2, 5] {
            let mut read = Vec::new();
            loop {
                let after = read.len() as u64;
                let part = one.store.facts(after, page).await?;
                must(part.len() <= page, "a page is longer than was asked for")?;
                if part.is_empty() {
                    break;
                }
                read.extend(part);
            }
            equal(&read, &all, "the facts, page by page")?;
        }
    }

    the_head_counts_every_fact(ground) {
        let one = ground.process().await?;
        let mut last = one.store.head().await?;
        for round in 0..5 {
            one.begun(&Ask::void(&format!("M{round}")).intended()).await?;
            let head = one.store.head().await?;
            equal(head.facts, last.facts + 1, "the commit counter")?;
            must(head.chain != last.chain, "the chain stands still")?;
            last = head;
        }
    }

    processes_that_write_at_once_leave_no_gap(ground) {
        let mut processes = Vec::new();
        for _ in 0..4 {
            processes.push(ground.process().await?);
        }
        for round in 0..8 {
            let asks: Vec<_> = (0..4).map(|number| Ask::void(&format!("{round}-{number}"))).collect();
            let begins = processes.iter().zip(&asks).map(|(process, ask)| process.begun(ask));
            for result in side_by_side(begins).await {
                result?;
            }
        }
        equal(processes[0].count().await?, 64, "the number of facts")?;
        check_chain(&processes[1]).await?;
    }

    a_journal_that_is_whole_is_recognised(ground) {
        let one = ground.process().await?;
        let empty = Witness::of(&one.store.head().await?);
        some_calls(&one).await?;
        let witness = Witness::of(&one.store.head().await?);
        one.begun(&Ask::void("later")).await?;
        let after = ground.after_crash().await?;
        for witness in [&empty, &witness] {
            let memory = compare_with_witness(&*after.store, witness).await?;
            equal(memory, Memory::Whole, "what became of it")?;
        }
    }

    a_journal_that_has_forgotten_is_recognised(ground) {
        let one = ground.process().await?;
        some_calls(&one).await?;
        let mut witness = Witness::of(&one.store.head().await?);
        witness.facts += 1;
        let memory = compare_with_witness(&*one.store, &witness).await?;
        equal(memory, Memory::Younger, "a journal with fewer facts")?;
        witness.facts -= 2;
        let memory = compare_with_witness(&*one.store, &witness).await?;
        equal(memory, Memory::OtherHistory, "a journal with other facts")?;
        witness.journal = JournalId::new("another").map_err(|error| error.to_string())?;
        let memory = compare_with_witness(&*one.store, &witness).await?;
        equal(memory, Memory::OtherJournal, "another journal")?;
    }

    a_call_that_belongs_into_another_journal_is_refused(ground) {
        let one = ground.process().await?;
        let found = one.store.head().await?.journal;
        let another = JournalId::new("another").map_err(|error| error.to_string())?;
        let refused = one.refused(&Ask::void("M1").journal(another, 0)).await?;
        equal(refused, StoreRefusal::OtherJournal { found: found.clone() }, "the refusal")?;
        equal(one.count().await?, 0, "the number of facts")?;
        one.begun(&Ask::void("M1").journal(found, 0)).await?;
    }

    a_call_is_refused_by_a_journal_that_has_forgotten(ground) {
        let one = ground.process().await?;
        one.begun(&Ask::void("M1")).await?;
        let head = one.store.head().await?;
        let next = Ask::void("M2").journal(head.journal.clone(), head.facts + 1);
        equal(one.refused(&next).await?, StoreRefusal::Younger { found: head.facts }, "the refusal")?;
        one.begun(&Ask::void("M2").journal(head.journal, head.facts)).await?;
    }

    a_journal_is_accepted_by_a_person(ground) {
        let one = ground.process().await?;
        let journal = one.store.head().await?.journal;
        equal(one.done(accept(&journal)?).await?, StoreReceipt::Accepted, "the result")?;
        let head = ground.after_crash().await?.store.head().await?;
        let (number, accepted) = head.accepted.ok_or("it is not accepted")?;
        equal((number, accepted.reason.as_str()), (1, "a new disk"), "how it is accepted")?;
    }

    a_person_accepts_the_journal_that_was_looked_at(ground) {
        let one = ground.process().await?;
        let found = one.store.head().await?.journal;
        let another = JournalId::new("another").map_err(|error| error.to_string())?;
        let refused = one.refusal(accept(&another)?).await?;
        equal(refused, StoreRefusal::OtherJournal { found }, "the refusal")?;
        must(one.store.head().await?.accepted.is_none(), "it is accepted")?;
    }

    a_fact_is_the_same_as_a_line_of_an_export(ground) {
        let one = ground.process().await?;
        some_calls(&one).await?;
        for fact in one.facts().await? {
            let read = fact_of_line(&line_of_fact(&fact)).map_err(|error| error.to_string())?;
            equal(read, fact, "a fact read back")?;
        }
    }

    the_key_of_another_journal_is_there_once_its_calls_are(ground) {
        let one = ground.process().await?;
        equal(one.store.other_keys().await?.len(), 0, "the number of keys")?;
        let head = one.store.head().await?;
        let another = JournalId::new("another").map_err(|error| error.to_string())?;
        let key = JournalKey::new([9; 32]);
        let fact = KeyOfJournal::new(another, &key).fact().map_err(|error| error.to_string())?;
        let fact = RecordedFact::new(1, &ChainHash::of_nothing(), head.now, fact);
        let fact = fact.map_err(|error| error.to_string())?;
        for added in [1, 0] {
            let restored = one.done(StoreCommand::Restore(vec![fact.clone()])).await?;
            equal(restored, StoreReceipt::Restored(added), "the result")?;
        }
        let keys = ground.after_crash().await?.store.other_keys().await?;
        let keys: Vec<_> = keys.iter().map(|key| *key.expose()).collect();
        equal(keys, vec![[9; 32]], "the keys")?;
    }

    a_group_of_nothing_is_done(ground) {
        let one = ground.process().await?;
        equal(one.store.commit(Vec::new()).await?, Vec::new(), "the results")?;
    }

    a_refusal_fails_itself_only(ground) {
        let one = ground.process().await?;
        let open = one.begun(&Ask::void("M0")).await?;
        let begin = |ask: Ask| -> CaseResult<StoreCommand> {
            Ok(StoreCommand::Begin(Box::new(ask.begin(&one)?)))
        };
        let mut group = Vec::new();
        for number in 0..64 {
            group.push(begin(Ask::void(&format!("M{number}")))?);
        }
        let results = one.store.commit(group).await?;
        equal(results.len(), 64, "the number of results")?;
        let expected = StoreRefusal::SameIdentity { call: open.call };
        equal(results[0].clone(), Err(expected), "the result of the one that is refused")?;
        must(results[1..].iter().all(Result::is_ok), "a refusal has failed another command")?;
        let after = ground.after_crash().await?;
        equal(after.open().await?.len(), 64, "the number of open calls")?;
    }

    a_command_sees_what_those_before_it_wrote(ground) {
        let one = ground.process().await?;
        let first = Ask::void("M1").begin(&one)?;
        let second = Ask::void("M1").begin(&one)?;
        let expected = StoreRefusal::SameIdentity { call: first.call.clone() };
        let group = [first, second].map(|begin| StoreCommand::Begin(Box::new(begin)));
        let results = one.store.commit(group.into()).await?;
        must(results[0].is_ok(), "the first of a group is refused")?;
        equal(results[1].clone(), Err(expected), "the result of the second")?;
    }

    a_group_is_carried_out_in_its_order(ground) {
        let one = ground.process().await?;
        let ticket = one.begun(&Ask::void("M1")).await?;
        let group = vec![
            StoreCommand::Record(Box::new(ended(&ticket, OutcomeKind::Declined)?)),
            StoreCommand::Begin(Box::new(Ask::void("M1").begin(&one)?)),
        ];
        let results = one.store.commit(group).await?;
        must(results.iter().all(Result::is_ok), "an end does not free what follows it")?;
    }
}
