//! What a group has changed, as statements.

use std::collections::{BTreeSet, HashMap};

use ums_journal::{
    CallId, ChangedCall, Changes, FactKind, Identity, Owner, RecordedFact, Stamp, StoredOrderId,
};

use crate::open::connection::Target;
use crate::open::server::{Expected, bytes_of};
use crate::read::history::signed;
use crate::write::pipeline::{
    Pipeline, flags, hashes, number, numbers, some_numbers, some_texts, text, texts,
};
use crate::write::touched::number_of;

/// What statements are made from.
pub(crate) struct Writing<'a> {
    pub(crate) target: &'a Target,
    pub(crate) expected: &'a Expected,
    /// How often anything was written before.
    pub(crate) had: i64,
    pub(crate) now: &'a Stamp,
    /// The calls of which facts come from elsewhere, and stay whatever they take.
    pub(crate) restored: &'a BTreeSet<CallId>,
}

impl Writing<'_> {
    /// Puts the statements into the pipeline; none when nothing has changed.
    pub(crate) fn put_into<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>) {
        if changes.facts.is_empty()
            && changes.buried.is_empty()
            && changes.calls.is_empty()
            && changes.leases.is_empty()
        {
            return;
        }
        self.go_on(pipeline, changes);
        self.facts(pipeline, changes);
        self.calls(pipeline, &changes.calls);
        self.orders(pipeline, changes);
        self.guards(pipeline, &changes.calls);
        self.buried(pipeline, changes);
        self.of_journal(pipeline, changes.facts);
        // Last: a heartbeat waits for this row until the commit.
        self.leases(pipeline, changes);
    }

    fn add<'a>(
        &self,
        pipeline: &mut Pipeline<'a>,
        text: &str,
        values: Vec<crate::write::pipeline::Value<'a>>,
    ) {
        pipeline.add(self.target.sql(text), values);
    }

    /// Moves the head on, from where this transaction has read it.
    fn go_on<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>) {
        let (end, chain) = &changes.end;
        self.add(
            pipeline,
            "SELECT {schema}.go_on($1, $2, ($3::bytea[])[1])",
            vec![
                number(self.had),
                number(signed(*end)),
                hashes(vec![bytes_of(chain)]),
            ],
        );
    }

    fn facts<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>) {
        let facts = changes.facts;
        if facts.is_empty() {
            return;
        }
        let calls: HashMap<&CallId, i64> = changes
            .calls
            .iter()
            .map(|call| (call.id, number_of(call.view)))
            .collect();
        let call = |fact: &RecordedFact| {
            let call = fact.fact().call.as_ref()?;
            calls.get(call).copied()
        };
        let numbers_of =
            |facts: &[&RecordedFact]| facts.iter().map(|fact| signed(fact.number())).collect();
        let all: Vec<&RecordedFact> = facts.iter().collect();
        self.add(
            pipeline,
            "INSERT INTO {schema}.facts (number, call, text, digest, chain) \
             SELECT * FROM unnest($1, $2, $3, $4, $5)",
            vec![
                numbers(numbers_of(&all)),
                some_numbers(facts.iter().map(call).collect()),
                texts(facts.iter().map(RecordedFact::text).collect()),
                hashes(facts.iter().map(|fact| bytes_of(fact.digest())).collect()),
                hashes(facts.iter().map(|fact| bytes_of(fact.chain())).collect()),
            ],
        );
        // The id of a step that a store takes has a slash; a caller's own has none.
        let own = |fact: &&&RecordedFact| !fact.fact().id.as_str().contains('/');
        let own: Vec<&RecordedFact> = all.iter().filter(own).copied().collect();
        if !own.is_empty() {
            self.add(
                pipeline,
                "INSERT INTO {schema}.fact_ids (id, fact) SELECT * FROM unnest($1, $2)",
                vec![
                    texts(own.iter().map(|fact| fact.fact().id.as_str()).collect()),
                    numbers(numbers_of(&own)),
                ],
            );
        }
    }

    fn calls<'a>(&self, pipeline: &mut Pipeline<'a>, calls: &[ChangedCall<'a>]) {
        let new = || calls.iter().filter(|call| call.is_new);
        let requests = || new().map(|call| &call.view.request);
        let numbers_of_new = || new().map(|call| number_of(call.view)).collect();
        if new().next().is_some() {
            self.add(
                pipeline,
                "INSERT INTO {schema}.calls \
                 (number, id, gateway, merchant, operation, profile, amount_fen, began_ms) \
                 SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8)",
                vec![
                    numbers(numbers_of_new()),
                    texts(new().map(|call| call.id.as_str()).collect()),
                    texts(requests().map(|it| it.key.scope.gateway.as_str()).collect()),
                    texts(
                        requests()
                            .map(|it| it.key.scope.merchant.as_str())
                            .collect(),
                    ),
                    texts(requests().map(|it| it.operation.as_str()).collect()),
                    some_texts(requests().map(|it| it.profile.as_deref()).collect()),
                    some_numbers(requests().map(|it| it.amount_fen.map(signed)).collect()),
                    numbers(
                        new()
                            .map(|call| call.view.began.at.timestamp_millis())
                            .collect(),
                    ),
                ],
            );
            let twin = |call: &ChangedCall<'_>| {
                if call.has_key {
                    0
                } else {
                    number_of(call.view)
                }
            };
            self.add(
                pipeline,
                "INSERT INTO {schema}.keys (key, merchant, app_id, gateway, twin, call) \
                 SELECT * FROM unnest($1, $2, $3, $4, $5, $6)",
                vec![
                    texts(requests().map(|it| it.key.key.as_str()).collect()),
                    texts(
                        requests()
                            .map(|it| it.key.scope.merchant.as_str())
                            .collect(),
                    ),
                    texts(requests().map(|it| it.key.scope.app_id.as_str()).collect()),
                    texts(requests().map(|it| it.key.scope.gateway.as_str()).collect()),
                    numbers(new().map(twin).collect()),
                    numbers(numbers_of_new()),
                ],
            );
        }
        if calls.is_empty() {
            return;
        }
        let views = || calls.iter().map(|call| call.view);
        self.add(
            pipeline,
            "INSERT INTO {schema}.states \
             (call, epoch, holder, is_open, may_go, state, outcome, changed_ms) \
             SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8) \
             ON CONFLICT (call) DO UPDATE SET epoch = excluded.epoch, holder = excluded.holder, \
             is_open = excluded.is_open, may_go = excluded.may_go, state = excluded.state, \
             outcome = excluded.outcome, changed_ms = excluded.changed_ms",
            vec![
                numbers(views().map(number_of).collect()),
                numbers(calls.iter().map(|call| signed(call.epoch.get())).collect()),
                some_texts(
                    calls
                        .iter()
                        .map(|call| call.holder.map(Owner::as_str))
                        .collect(),
                ),
                flags(views().map(|view| view.is_open()).collect()),
                flags(
                    views()
                        .map(|view| {
                            !view.is_open() && view.request.body.is_some() && !view.contradicted
                        })
                        .collect(),
                ),
                texts(views().map(|view| view.state.as_str()).collect()),
                some_texts(
                    views()
                        .map(|view| view.outcome.map(|outcome| outcome.as_str()))
                        .collect(),
                ),
                numbers(
                    views()
                        .map(|view| view.changed.at.timestamp_millis())
                        .collect(),
                ),
            ],
        );
    }

    /// Puts calls on their orders, and makes orders one.
    fn orders<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>) {
        let links = changes
            .facts
            .iter()
            .filter_map(|fact| match &fact.fact().what {
                FactKind::Linked(linked) => Some(linked),
                _ => None,
            });
        let new = changes.calls.iter().filter(|call| call.is_new);
        let on: Vec<(i64, &StoredOrderId)> = new
            .flat_map(|call| {
                let ids = call.view.request.order().iter();
                ids.map(|id| (number_of(call.view), id))
            })
            .collect();
        let mut ids: BTreeSet<&StoredOrderId> = on.iter().map(|(_, id)| *id).collect();
        ids.extend(links.clone().flat_map(|link| [&link.one, &link.other]));
        if ids.is_empty() {
            return;
        }
        self.add(
            pipeline,
            "INSERT INTO {schema}.order_ids (id, merchant, gateway, kind) \
             SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            columns_of(&ids.into_iter().collect::<Vec<_>>()).into(),
        );
        for link in links {
            let [one, other] = [&link.one, &link.other];
            let place = |first: usize| {
                format!(
                    "(SELECT place FROM {{schema}}.order_ids WHERE id = ${} AND merchant = ${} \
                     AND gateway = ${} AND kind = ${})",
                    first,
                    first + 1,
                    first + 2,
                    first + 3
                )
            };
            let values = [one, other].into_iter().flat_map(|id| {
                [
                    text(&id.id),
                    text(&id.merchant),
                    text(&id.gateway),
                    text(id.kind.as_str()),
                ]
            });
            self.add(
                pipeline,
                &format!("SELECT {{schema}}.join_orders({}, {})", place(1), place(5)),
                values.collect(),
            );
        }
        if on.is_empty() {
            return;
        }
        let ids: Vec<_> = on.iter().map(|(_, id)| *id).collect();
        let mut values = Vec::from(columns_of(&ids));
        values.push(numbers(on.iter().map(|(call, _)| *call).collect()));
        self.add(
            pipeline,
            "INSERT INTO {schema}.order_calls (call, place) SELECT DISTINCT w.call, o.place \
             FROM unnest($1, $2, $3, $4, $5) AS w (id, merchant, gateway, kind, call) \
             JOIN {schema}.order_ids o USING (id, merchant, gateway, kind)",
            values,
        );
    }

    /// Has calls take and give up the rows that hold identities.
    ///
    /// What may begin is decided by the contract's rules, from what is read under the lock on the
    /// head. These rows are unique in the statement that inserts them, so that no two calls hold
    /// the same even where a read has missed one: then the whole transaction fails.
    fn guards<'a>(&self, pipeline: &mut Pipeline<'a>, calls: &[ChangedCall<'a>]) {
        let (mut freed, mut taken, mut shared) = (Vec::new(), Vec::new(), Vec::new());
        for call in calls {
            let Some(what) = identity(call) else { continue };
            let held = (number_of(call.view), what);
            match (call.held_identity, call.view.holds_identity()) {
                (true, false) => freed.push(held),
                (false, true) if self.must_hold_alone(call) => taken.push(held),
                (false, true) => shared.push(held),
                _ => {}
            }
        }
        let on_places = "FROM unnest($1::bigint[], $2::text[]) AS w (call, what) \
            JOIN {schema}.order_calls oc ON oc.call = w.call";
        for (held, text) in [
            (
                freed,
                format!(
                    "DELETE FROM {{schema}}.guards g USING (SELECT oc.place, w.what, w.call \
                     {on_places}) AS f \
                     WHERE g.place = f.place AND g.what = f.what AND g.call = f.call"
                ),
            ),
            (
                taken,
                format!(
                    "INSERT INTO {{schema}}.guards (place, what, call) \
                     SELECT oc.place, w.what, w.call {on_places}"
                ),
            ),
            (
                shared,
                format!(
                    "INSERT INTO {{schema}}.guards (place, what, call) \
                     SELECT oc.place, w.what, w.call {on_places} ON CONFLICT DO NOTHING"
                ),
            ),
        ] {
            if held.is_empty() {
                continue;
            }
            let (calls, whats): (Vec<i64>, Vec<String>) = held.into_iter().unzip();
            let whats = (
                Box::new(whats) as Box<dyn tokio_postgres::types::ToSql + Sync>,
                tokio_postgres::types::Type::TEXT_ARRAY,
            );
            self.add(pipeline, &text, vec![numbers(calls), whats]);
        }
    }

    /// Whether a call begins that nothing excuses: neither a person's word, nor that it has
    /// happened already.
    fn must_hold_alone(&self, call: &ChangedCall<'_>) -> bool {
        call.is_new && !self.restored.contains(call.id) && !call.is_despite
    }

    fn buried<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>) {
        let facts = &changes.buried;
        if facts.is_empty() {
            return;
        }
        self.add(
            pipeline,
            "UPDATE {schema}.facts f SET text = w.text, is_buried = true \
             FROM unnest($1, $2) AS w (number, text) WHERE f.number = w.number",
            vec![
                numbers(facts.iter().map(|fact| signed(fact.number())).collect()),
                texts(facts.iter().map(|fact| fact.text()).collect()),
            ],
        );
    }

    /// What follows from facts about the journal itself.
    fn of_journal<'a>(&self, pipeline: &mut Pipeline<'a>, facts: &'a [RecordedFact]) {
        for fact in facts {
            match &fact.fact().what {
                FactKind::TraceNumbersTaken(taken) => {
                    let line = &taken.line;
                    let last = i64::from(taken.first) + i64::from(taken.count) - 1;
                    let day = (
                        Box::new(line.day.to_string())
                            as Box<dyn tokio_postgres::types::ToSql + Sync>,
                        tokio_postgres::types::Type::TEXT,
                    );
                    self.add(
                        pipeline,
                        "INSERT INTO {schema}.trace_numbers AS t \
                         (gateway, merchant, terminal, day, last) \
                         VALUES ($1, $2, $3, $4::date, $5) \
                         ON CONFLICT (gateway, merchant, terminal, day) \
                         DO UPDATE SET last = greatest(t.last, excluded.last)",
                        vec![
                            text(&line.gateway),
                            text(&line.merchant),
                            text(&line.terminal),
                            day,
                            number(last),
                        ],
                    );
                }
                FactKind::Accepted(accepted) if accepted.journal == self.expected.journal => {
                    self.add(
                        pipeline,
                        "UPDATE {schema}.journal SET accepted = $1",
                        vec![number(signed(fact.number()))],
                    );
                }
                _ => {}
            }
        }
    }

    fn leases<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>) {
        let leases = &changes.leases;
        if leases.is_empty() {
            return;
        }
        let stamp = (
            Box::new(vec![self.now.machine.clone(), self.now.boot.clone()])
                as Box<dyn tokio_postgres::types::ToSql + Sync>,
            tokio_postgres::types::Type::TEXT_ARRAY,
        );
        let milliseconds =
            |lease: std::time::Duration| i64::try_from(lease.as_millis()).unwrap_or(i64::MAX);
        self.add(
            pipeline,
            "INSERT INTO {schema}.leases (owner, machine, boot, ticks, lease_ms) \
             SELECT w.owner, ($3::text[])[1], ($3::text[])[2], $4, w.lease_ms \
             FROM unnest($1::text[], $2::bigint[]) AS w (owner, lease_ms) \
             ON CONFLICT (owner) DO UPDATE SET machine = excluded.machine, \
             boot = excluded.boot, ticks = excluded.ticks, lease_ms = excluded.lease_ms",
            vec![
                texts(leases.iter().map(|(owner, _)| owner.as_str()).collect()),
                numbers(
                    leases
                        .iter()
                        .map(|(_, lease)| milliseconds(*lease))
                        .collect(),
                ),
                stamp,
                number(signed(self.now.ticks)),
            ],
        );
    }
}

fn columns_of<'a>(ids: &[&'a StoredOrderId]) -> [crate::write::pipeline::Value<'a>; 4] {
    let ids = || ids.iter();
    [
        texts(ids().map(|id| id.id.as_str()).collect()),
        texts(ids().map(|id| id.merchant.as_str()).collect()),
        texts(ids().map(|id| id.gateway.as_str()).collect()),
        texts(ids().map(|id| id.kind.as_str()).collect()),
    ]
}

/// An operation, and the refund where it is one: unique on an order among calls that hold theirs.
fn identity(call: &ChangedCall<'_>) -> Option<String> {
    let Identity {
        operation,
        refund_request_id,
        ..
    } = call.view.request.identity.as_ref()?;
    Some(match refund_request_id {
        Some(refund) => format!("{operation} {refund}"),
        None => operation.clone(),
    })
}
