//! Made-up histories: what two processes on one journal are answered, and what is written down, is
//! what a store in memory answers and writes.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use ums_journal::{
    Begin, CallId, ClaimCall, Close, Closed, ClosedAs, EndedFact, Fact, FactId, FactKind,
    Fingerprints, Identity, JournalId, JournalKey, Key, KeyScope, Link, ManualClock, MemoryStore,
    OrderIdKind, OrderRole, OutcomeKind, Owner, SendPlan, Store, StoreClock, StoreCommand,
    StoreReceipt, StoredBody, StoredOrderId, StoredRequest, TakeTraceNumbers, Ticket, TraceLine,
};
use ums_journal_postgres::PostgresStore;
use ums_model::Effect;

use crate::calls::LEASE;
use crate::cluster::{fresh_schema, runtime, shared};

/// What happens: few keys and few orders, so that they meet.
struct Happening {
    rng: Rng,
    key: JournalKey,
    tickets: Vec<Ticket>,
    count: usize,
}

impl Happening {
    fn scope() -> KeyScope {
        KeyScope::new("https://gateway.example", "made-up-app", "103290070111417")
    }

    fn order_id(&mut self) -> StoredOrderId {
        let kinds = [OrderIdKind::Ums, OrderIdKind::Merchant];
        let kind = kinds[self.rng.usize(..2)];
        StoredOrderId::new(&Self::scope(), kind, format!("O{}", self.rng.u8(..8)))
    }

    fn owner(&mut self) -> Owner {
        Owner::new(format!("process-{}", self.rng.u8(..3))).unwrap()
    }

    fn fact_id(&mut self) -> FactId {
        // Now and then one that is taken.
        let number = self.count - usize::from(self.rng.u8(..8) == 0).min(self.count);
        FactId::new(format!("fact-{number}")).unwrap()
    }

    fn ticket(&mut self) -> Option<Ticket> {
        // Mostly one of the last: they are still open.
        let from = self.tickets.len().saturating_sub(8);
        let from = if self.rng.u8(..4) == 0 { 0 } else { from };
        let recent = self.tickets.get(from..)?;
        (!recent.is_empty()).then(|| recent[self.rng.usize(..recent.len())].clone())
    }

    fn begin(&mut self) -> StoreCommand {
        let names = ["void_payment", "pay", "refund"];
        let roles = [OrderRole::TakeBack, OrderRole::Payment, OrderRole::Other];
        let which = self.rng.usize(..3);
        let mut ids = vec![self.order_id()];
        if self.rng.u8(..3) == 0 {
            ids.push(self.order_id());
        }
        let body = format!(r#"{{"merchantCode":"103290070111417","amount":"{which}"}}"#);
        let prints = Fingerprints::new(&self.key, names[which], &body).unwrap();
        let mut identity = Identity::new(names[which], ids);
        if which == 2 {
            let refund = format!("R{}", self.rng.u8(..2));
            identity = identity.map(|identity| identity.with_refund_request_id(refund));
        }
        let key = Key::new(format!("key-{}", self.rng.u16(..200))).unwrap();
        let request = StoredRequest::new(
            Self::scope().key(key),
            prints.newest().unwrap().clone(),
            names[which],
            "/v6/made-up",
            Effect::MovesMoney,
            StoredBody::new(&self.key, body.as_bytes()),
        )
        .with_identity(identity, roles[which])
        .with_repeat(which == 0);
        let call = CallId::new(format!("call-{}", self.count)).unwrap();
        let mut begin = Begin::new(call, request, prints, self.owner(), LEASE);
        if self.rng.u8(..4) > 0 {
            let at = chrono::DateTime::UNIX_EPOCH;
            begin = begin.with_plan(SendPlan::new("made-up-nonce", at, LEASE));
        }
        if self.rng.u8(..5) == 0
            && let Some(ticket) = self.ticket()
        {
            begin = begin.with_despite(vec![ticket.call]);
        }
        StoreCommand::Begin(Box::new(begin))
    }

    fn next(&mut self) -> StoreCommand {
        self.count += 1;
        let Some(ticket) = self.ticket() else {
            return self.begin();
        };
        match self.rng.u8(..20) {
            0..7 => self.begin(),
            7..14 => {
                let outcome = OutcomeKind::ALL[self.rng.usize(..OutcomeKind::ALL.len())];
                let what = FactKind::Ended(EndedFact::new(outcome));
                let fact = Fact::new(self.fact_id(), ticket.call, ticket.attempt, what);
                StoreCommand::Record(Box::new(fact))
            }
            14..16 => {
                let (one, other) = (self.order_id(), self.order_id());
                let link = Link::new(self.fact_id(), ticket.call, ticket.attempt, one, other);
                StoreCommand::Link(Box::new(link))
            }
            16 => StoreCommand::Claim(ClaimCall::new(ticket.call, self.owner(), LEASE)),
            17 => StoreCommand::Release(ticket),
            18 => {
                let words = |text: &str| ums_journal::CallerText::new(text).unwrap();
                let closed_as = if self.rng.bool() {
                    ClosedAs::Approved
                } else {
                    ClosedAs::Declined
                };
                let (by, why, slip) = (words("a person"), words("a reason"), words("a slip"));
                let closed = Closed::new(closed_as, by, why, slip);
                let close = Close::new(self.fact_id(), ticket.call, closed);
                StoreCommand::Close(Box::new(close.with_statement()))
            }
            _ => {
                let line = TraceLine::new("gateway", "merchant", "terminal", Default::default());
                let take = TakeTraceNumbers::new(self.fact_id(), line, 16);
                StoreCommand::TakeTraceNumbers(take)
            }
        }
    }
}

fn history(seed: u64, groups: usize) {
    let Some(cluster) = shared() else { return };
    let schema = fresh_schema();
    runtime().block_on(async {
        let at = "2023-07-18T15:04:05+08:00".parse().unwrap();
        let clock = Arc::new(ManualClock::new(at));
        let handed = || Arc::clone(&clock) as Arc<dyn StoreClock>;
        let options = cluster.options(&schema).with_clock_for_tests(handed());
        let one = PostgresStore::open(&options).await.unwrap();
        let other = PostgresStore::open(&options).await.unwrap();
        let (key, journal) = (one.key().await.unwrap(), one.head().await.unwrap().journal);
        let journal = JournalId::new(journal.as_str()).unwrap();
        let memory = MemoryStore::new(journal, key.clone(), handed());
        let mut happening = Happening {
            rng: Rng::with_seed(seed),
            key,
            tickets: Vec::new(),
            count: 0,
        };
        let mut refused = 0;
        for number in 0..groups {
            let size = 1 + happening.rng.usize(..4);
            let group: Vec<_> = (0..size).map(|_| happening.next()).collect();
            // For a while one process writes alone, then the other one comes in between.
            let store = if number % 40 < 28 || happening.rng.bool() {
                &one
            } else {
                &other
            };
            let expected = memory.commit(group.clone()).await.unwrap();
            let found = store.commit(group.clone()).await.unwrap();
            assert_eq!(found, expected, "seed {seed}, group {number}: {group:?}");
            for result in expected {
                match result {
                    Ok(StoreReceipt::Begun(ticket) | StoreReceipt::Claimed(ticket, _)) => {
                        happening.tickets.push(ticket);
                    }
                    Ok(_) => {}
                    Err(_) => refused += 1,
                }
            }
            if happening.rng.u8(..10) == 0 {
                clock.advance(Duration::from_secs(happening.rng.u64(..20)));
            }
        }
        let expected = memory.facts(0, 100_000).await.unwrap();
        let found = other.facts(0, 100_000).await.unwrap();
        assert_eq!(found, expected, "seed {seed}");
        assert!(expected.len() > groups / 2 && refused > groups / 4);
        for ticket in &happening.tickets {
            let found = other.call(&ticket.call).await.unwrap();
            assert_eq!(found, memory.call(&ticket.call).await.unwrap());
        }
    });
}

#[test]
fn two_processes_are_answered_as_a_store_in_memory_answers() {
    for seed in 0..3 {
        history(seed, 200);
    }
}
