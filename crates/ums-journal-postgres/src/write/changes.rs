//! What a group has changed, as statements.

use std::collections::{BTreeSet, HashMap};

use ums_journal::{CallId, ChangedCall, Changes, FactKind, Identity, Owner, RecordedFact, Stamp};

use crate::open::connection::Target;
use crate::open::server::{Expected, bytes_of};
use crate::read::history::signed;
use crate::write::pipeline::{
    Pipeline, Value, flags, hashes, number, numbers, own_text, own_texts, some_numbers, some_texts,
    text, texts,
};
use crate::write::touched::{Places, number_of};

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
    pub(crate) fn put_into<'a>(
        &self,
        pipeline: &mut Pipeline<'a>,
        changes: &Changes<'a>,
        places: &mut Places,
    ) {
        if changes.facts.is_empty()
            && changes.buried.is_empty()
            && changes.calls.is_empty()
            && changes.leases.is_empty()
        {
            return;
        }
        self.facts(pipeline, changes);
        self.calls(pipeline, &changes.calls);
        self.orders(pipeline, changes, places);
        self.go_on(pipeline, changes, places.last);
        self.guards(pipeline, &changes.calls, places);
        self.buried(pipeline, changes);
        self.of_journal(pipeline, changes.facts);
        // Last: a heartbeat waits for this row until the commit.
        self.leases(pipeline, changes);
    }

    fn add<'a>(&self, pipeline: &mut Pipeline<'a>, text: &str, values: Vec<Value<'a>>) {
        pipeline.add(self.target.sql(text), values);
    }

    /// Moves the head on, from where this transaction has read it.
    fn go_on<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>, last_place: i64) {
        let (end, chain) = &changes.end;
        self.add(
            pipeline,
            "SELECT {schema}.go_on($1, $2, ($3::bytea[])[1], $4)",
            vec![
                number(self.had),
                number(signed(*end)),
                hashes(vec![bytes_of(chain)]),
                number(last_place),
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
    fn orders<'a>(&self, pipeline: &mut Pipeline<'a>, changes: &Changes<'a>, places: &mut Places) {
        let links = changes
            .facts
            .iter()
            .filter_map(|fact| match &fact.fact().what {
                FactKind::Linked(linked) => Some(linked),
                _ => None,
            });
        let new = || changes.calls.iter().filter(|call| call.is_new);
        let of_calls = new().flat_map(|call| call.view.request.order());
        let of_links = links.clone().flat_map(|link| [&link.one, &link.other]);
        let mut new_ids = Vec::new();
        for id in of_calls.chain(of_links) {
            if let (place, true) = places.get_or_new(id) {
                new_ids.push((id, place));
            }
        }
        if !new_ids.is_empty() {
            let ids = || new_ids.iter().map(|(id, _)| *id);
            self.add(
                pipeline,
                "INSERT INTO {schema}.order_ids (id, merchant, gateway, kind, place) \
                 SELECT * FROM unnest($1, $2, $3, $4, $5)",
                vec![
                    texts(ids().map(|id| id.id.as_str()).collect()),
                    texts(ids().map(|id| id.merchant.as_str()).collect()),
                    texts(ids().map(|id| id.gateway.as_str()).collect()),
                    texts(ids().map(|id| id.kind.as_str()).collect()),
                    numbers(new_ids.iter().map(|(_, place)| *place).collect()),
                ],
            );
        }
        for link in links {
            let (Some(kept), Some(gone)) = (places.get(&link.one), places.get(&link.other)) else {
                continue;
            };
            if kept != gone {
                places.join(kept, gone);
                self.add(
                    pipeline,
                    "SELECT {schema}.join_orders($1, $2)",
                    vec![number(kept), number(gone)],
                );
            }
        }
        let on: BTreeSet<(i64, i64)> = new()
            .flat_map(|call| {
                let ids = call.view.request.order().iter();
                ids.filter_map(|id| Some((number_of(call.view), places.get(id)?)))
            })
            .collect();
        if !on.is_empty() {
            let (calls, places) = on.into_iter().unzip();
            self.add(
                pipeline,
                "INSERT INTO {schema}.order_calls (call, place) SELECT * FROM unnest($1, $2)",
                vec![numbers(calls), numbers(places)],
            );
        }
    }

    /// Has calls take and give up the rows that hold identities.
    ///
    /// What may begin is decided by the contract's rules, from what is read under the lock on the
    /// head. These rows are unique in the statement that inserts them, so that no two calls hold
    /// the same even where a read has missed one: then the whole transaction fails.
    fn guards<'a>(&self, pipeline: &mut Pipeline<'a>, calls: &[ChangedCall<'a>], places: &Places) {
        let (mut freed, mut taken, mut shared) = (Vec::new(), BTreeSet::new(), Vec::new());
        for call in calls {
            let Some(what) = identity(call) else { continue };
            let number = number_of(call.view);
            match (call.held_identity, call.view.holds_identity()) {
                (true, false) => freed.push((number, what)),
                (false, true) if self.must_hold_alone(call) => {
                    let ids = call.view.request.order().iter();
                    let places = ids.filter_map(|id| places.get(id));
                    taken.extend(places.map(|place| (place, what.clone(), number)));
                }
                (false, true) => shared.push((number, what)),
                _ => {}
            }
        }
        let on_places = "FROM unnest($1::bigint[], $2::text[]) AS w (call, what) \
            JOIN {schema}.order_calls oc ON oc.call = w.call";
        if !freed.is_empty() {
            let (calls, whats) = freed.into_iter().unzip();
            let text = format!(
                "DELETE FROM {{schema}}.guards g USING (SELECT oc.place, w.what, w.call \
                 {on_places}) AS f \
                 WHERE g.place = f.place AND g.what = f.what AND g.call = f.call"
            );
            self.add(pipeline, &text, vec![numbers(calls), own_texts(whats)]);
        }
        if !taken.is_empty() {
            let calls = numbers(taken.iter().map(|(_, _, call)| *call).collect());
            let places = numbers(taken.iter().map(|(place, _, _)| *place).collect());
            let whats = taken.into_iter().map(|(_, what, _)| what).collect();
            self.add(
                pipeline,
                "INSERT INTO {schema}.guards (place, what, call) \
                 SELECT * FROM unnest($1, $2, $3)",
                vec![places, own_texts(whats), calls],
            );
        }
        if !shared.is_empty() {
            let (calls, whats) = shared.into_iter().unzip();
            let text = format!(
                "INSERT INTO {{schema}}.guards (place, what, call) \
                 SELECT oc.place, w.what, w.call {on_places} ON CONFLICT DO NOTHING"
            );
            self.add(pipeline, &text, vec![numbers(calls), own_texts(whats)]);
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
                    let day = own_text(line.day.to_string());
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
        let stamp = own_texts(vec![self.now.machine.clone(), self.now.boot.clone()]);
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
