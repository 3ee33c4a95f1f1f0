-- One row: which journal it is, and the key that its hashes are made under.
CREATE TABLE journal (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    key BLOB NOT NULL CHECK (length(key) = 32),
    -- The fact by which a person last accepted it.
    accepted INTEGER
) STRICT;

-- Texts that many calls share, such as a merchant or a state. Where a column of another table is a
-- `word`, it is a number of these. None is ever taken out.
CREATE TABLE words (
    number INTEGER PRIMARY KEY,
    text TEXT NOT NULL UNIQUE
) STRICT;

-- Texts of facts that the texts of facts like them are kept as the difference from. None has
-- anything in it that retention takes out of facts.
CREATE TABLE templates (
    number INTEGER PRIMARY KEY,
    shape TEXT NOT NULL,
    text TEXT NOT NULL
) STRICT;

-- What is known, in the order of commits and without gaps. All other tables are made from it, but
-- for who holds a call, which is no fact.
CREATE TABLE facts (
    number INTEGER PRIMARY KEY,
    -- The call's fact before this one; null for its first, and for a fact of the journal.
    before INTEGER,
    -- What the text is the difference from, when it is a BLOB.
    template INTEGER,
    text ANY NOT NULL CHECK (typeof(text) IN ('text', 'blob')),
    -- Of the text as it was first written, where details were taken out of it since. Else it is
    -- made from the text, and held to the chain.
    digest BLOB CHECK (length(digest) = 32),
    chain BLOB NOT NULL CHECK (length(chain) = 32)
) STRICT;

-- An id of hexadecimal digits is kept as the bytes that they stand for, here and below.

-- The ids that somebody outside has made. The id of a step that a store takes has its call's id in
-- it, and is looked for among the facts of that call.
CREATE TABLE fact_ids (
    id ANY PRIMARY KEY,
    fact INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE call_ids (
    id ANY PRIMARY KEY,
    call INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A call is numbered by its first fact. All but numbers and times are words.
CREATE TABLE calls (
    number INTEGER PRIMARY KEY,
    last_fact INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    holder INTEGER,
    is_open INTEGER NOT NULL,
    is_buried INTEGER NOT NULL,
    state INTEGER NOT NULL,
    outcome INTEGER,
    gateway INTEGER NOT NULL,
    merchant INTEGER NOT NULL,
    operation INTEGER NOT NULL,
    profile INTEGER,
    amount_fen INTEGER,
    began_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX calls_at_work ON calls (is_open) WHERE is_open = 1 OR holder IS NOT NULL;
CREATE INDEX calls_by_amount ON calls (amount_fen) WHERE amount_fen IS NOT NULL;
CREATE INDEX calls_by_time ON calls (began_ms);

-- One call for each key. A call that was restored beside the one that has its key is its twin.
-- Merchant, AppId and gateway are words.
CREATE TABLE keys (
    key ANY NOT NULL,
    merchant INTEGER NOT NULL,
    app_id INTEGER NOT NULL,
    gateway INTEGER NOT NULL,
    twin INTEGER NOT NULL,
    call INTEGER NOT NULL,
    PRIMARY KEY (key, merchant, app_id, gateway, twin)
) STRICT, WITHOUT ROWID;

-- The ids of orders, each with a place of its own. Merchant, gateway and kind are words.
CREATE TABLE order_ids (
    id ANY NOT NULL,
    merchant INTEGER NOT NULL,
    gateway INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    place INTEGER NOT NULL,
    PRIMARY KEY (id, merchant, gateway, kind)
) STRICT, WITHOUT ROWID;

-- The places that turned out to be those of one order, and the one that is kept of them.
CREATE TABLE joined_places (
    place INTEGER PRIMARY KEY,
    kept INTEGER NOT NULL
) STRICT;
CREATE INDEX joined_places_by_kept ON joined_places (kept);

-- The calls on each order.
CREATE TABLE order_calls (
    place INTEGER NOT NULL,
    call INTEGER NOT NULL,
    PRIMARY KEY (place, call)
) STRICT, WITHOUT ROWID;

-- Who holds an order (0), and who an identity on it (an operation as a word, or with its refund as a
-- text): one call each.
CREATE TABLE guards (
    place INTEGER NOT NULL,
    what ANY NOT NULL,
    call INTEGER NOT NULL,
    PRIMARY KEY (place, what)
) STRICT, WITHOUT ROWID;

-- Until when each process lives without a word, by the clock of one run of one machine. The owner
-- is a word.
CREATE TABLE leases (
    owner INTEGER PRIMARY KEY,
    machine TEXT NOT NULL,
    boot TEXT NOT NULL,
    ticks INTEGER NOT NULL,
    lease_ms INTEGER NOT NULL
) STRICT;

-- The last trace number that anybody got.
CREATE TABLE trace_numbers (
    gateway TEXT NOT NULL,
    merchant TEXT NOT NULL,
    terminal TEXT NOT NULL,
    day TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (gateway, merchant, terminal, day)
) STRICT, WITHOUT ROWID;
