-- One row: which journal it is, and the key that its hashes are made under.
CREATE TABLE journal (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 32),
    -- The fact by which a person last accepted it.
    accepted INTEGER
) STRICT;

-- What is known, in the order of commits and without gaps. All other tables are made from it, but
-- for who holds a call, which is no fact.
CREATE TABLE facts (
    number INTEGER PRIMARY KEY,
    -- The number of the call's first fact.
    call INTEGER,
    text TEXT NOT NULL,
    -- Whether details were taken out of the text, which the digest is of no longer then.
    is_buried INTEGER NOT NULL DEFAULT 0,
    digest BLOB NOT NULL CHECK (length(digest) = 32),
    chain BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;
CREATE INDEX facts_of_calls ON facts (call) WHERE call IS NOT NULL;

-- The ids that somebody outside has made. The id of a step that a store takes has its call's id in
-- it, and is looked for among the facts of that call.
CREATE TABLE fact_ids (
    id TEXT PRIMARY KEY,
    fact INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A call is numbered by its first fact.
CREATE TABLE calls (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    epoch INTEGER NOT NULL,
    holder TEXT,
    is_open INTEGER NOT NULL,
    is_buried INTEGER NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    gateway TEXT NOT NULL,
    merchant TEXT NOT NULL,
    operation TEXT NOT NULL,
    profile TEXT,
    amount_fen INTEGER,
    began_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_open ON calls (is_open) WHERE is_open = 1;
CREATE INDEX calls_held ON calls (holder) WHERE holder IS NOT NULL;
CREATE INDEX calls_by_outcome ON calls (outcome) WHERE outcome IS NOT NULL;
CREATE INDEX calls_by_operation ON calls (operation);
CREATE INDEX calls_by_profile ON calls (profile) WHERE profile IS NOT NULL;
CREATE INDEX calls_by_amount ON calls (amount_fen) WHERE amount_fen IS NOT NULL;
CREATE INDEX calls_by_time ON calls (began_ms);

-- One call for each key. A call that was restored beside the one that has its key is its twin.
CREATE TABLE keys (
    key TEXT NOT NULL,
    merchant TEXT NOT NULL,
    app_id TEXT NOT NULL,
    gateway TEXT NOT NULL,
    twin INTEGER NOT NULL,
    call INTEGER NOT NULL,
    PRIMARY KEY (key, merchant, app_id, gateway, twin)
) STRICT, WITHOUT ROWID;

-- The ids of orders. Those of one order have one place.
CREATE TABLE order_ids (
    id TEXT NOT NULL,
    merchant TEXT NOT NULL,
    gateway TEXT NOT NULL,
    kind TEXT NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (id, merchant, gateway, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX order_ids_of_places ON order_ids (place);

-- The calls on each order.
CREATE TABLE order_calls (
    place INTEGER NOT NULL,
    call INTEGER NOT NULL,
    PRIMARY KEY (place, call)
) STRICT, WITHOUT ROWID;

-- Who holds an order, and who an identity on it: one call each.
CREATE TABLE guards (
    place INTEGER NOT NULL,
    what TEXT NOT NULL,
    call INTEGER NOT NULL,
    PRIMARY KEY (place, what)
) STRICT, WITHOUT ROWID;

-- Until when each process lives without a word, by the clock of one run of one machine.
CREATE TABLE leases (
    owner TEXT PRIMARY KEY,
    machine TEXT NOT NULL,
    boot TEXT NOT NULL,
    ticks INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last trace number that anybody got.
CREATE TABLE trace_numbers (
    gateway TEXT NOT NULL,
    merchant TEXT NOT NULL,
    terminal TEXT NOT NULL,
    day TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (gateway, merchant, terminal, day)
) STRICT, WITHOUT ROWID;
