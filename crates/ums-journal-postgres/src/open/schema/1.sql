-- One row: which journal it is, the key that its hashes are made under, and where it was last
-- written.
CREATE TABLE {schema}.journal (
    one boolean PRIMARY KEY CHECK (one),
    what text NOT NULL CHECK (what = 'ums-journal'),
    version integer NOT NULL,
    id text NOT NULL,
    key bytea NOT NULL CHECK (octet_length(key) = 32),
    system text NOT NULL,
    timeline text NOT NULL,
    -- The fact by which a person last accepted it.
    accepted bigint
);

-- One row, locked from the beginning of each transaction that writes to its end: how many facts
-- there are, the hash that binds all of them, how many places of orders, and how often anything was
-- written.
CREATE TABLE {schema}.head (
    one boolean PRIMARY KEY CHECK (one),
    facts bigint NOT NULL,
    chain bytea NOT NULL CHECK (octet_length(chain) = 32),
    places bigint NOT NULL,
    commits bigint NOT NULL
);

-- What is known, in the order of commits and without gaps. All other tables are made from it, but
-- for who holds a call, which is no fact.
CREATE TABLE {schema}.facts (
    number bigint PRIMARY KEY,
    -- The number of the call's first fact.
    call bigint,
    text text NOT NULL,
    -- Whether details were taken out of the text, which the digest is of no longer then.
    is_buried boolean NOT NULL DEFAULT false,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    chain bytea NOT NULL CHECK (octet_length(chain) = 32)
);
CREATE INDEX facts_of_calls ON {schema}.facts (call, number) WHERE call IS NOT NULL;

-- The ids that somebody outside has made. The id of a step that a store takes has its call's id in
-- it, and is looked for among the facts of that call.
CREATE TABLE {schema}.fact_ids (
    id text COLLATE "C" PRIMARY KEY,
    fact bigint NOT NULL
);

-- What never changes of a call. It is numbered by its first fact.
CREATE TABLE {schema}.calls (
    number bigint PRIMARY KEY,
    id text COLLATE "C" NOT NULL UNIQUE,
    gateway text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    operation text COLLATE "C" NOT NULL,
    profile text COLLATE "C",
    amount_fen bigint,
    began_ms bigint NOT NULL
);
CREATE INDEX calls_by_operation ON {schema}.calls (operation, number);
CREATE INDEX calls_by_profile ON {schema}.calls (profile, number) WHERE profile IS NOT NULL;
CREATE INDEX calls_by_amount ON {schema}.calls (amount_fen, number) WHERE amount_fen IS NOT NULL;
CREATE INDEX calls_by_time ON {schema}.calls (began_ms);

-- What changes: apart, so that a change touches none of the indexes above.
CREATE TABLE {schema}.states (
    call bigint PRIMARY KEY,
    epoch bigint NOT NULL,
    holder text COLLATE "C",
    is_open boolean NOT NULL,
    -- Whether the details may go once it is old enough.
    may_go boolean NOT NULL,
    state text COLLATE "C" NOT NULL,
    outcome text COLLATE "C",
    changed_ms bigint NOT NULL
);
CREATE INDEX states_open ON {schema}.states (call) WHERE is_open;
CREATE INDEX states_held ON {schema}.states (holder) WHERE holder IS NOT NULL;
-- Most calls are approved: an index finds the others.
CREATE INDEX states_by_outcome ON {schema}.states (outcome, call)
    WHERE outcome IS NOT NULL AND outcome <> 'approved';

-- One call for each key. A call that was restored beside the one that has its key is its twin.
CREATE TABLE {schema}.keys (
    key text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    app_id text COLLATE "C" NOT NULL,
    gateway text COLLATE "C" NOT NULL,
    twin bigint NOT NULL,
    call bigint NOT NULL,
    PRIMARY KEY (key, merchant, app_id, gateway, twin)
);

-- The ids of orders. Those of one order have one place.
CREATE TABLE {schema}.order_ids (
    id text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    gateway text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (id, merchant, gateway, kind)
);
CREATE INDEX order_ids_of_places ON {schema}.order_ids (place);

-- The calls on each order.
CREATE TABLE {schema}.order_calls (
    call bigint NOT NULL,
    place bigint NOT NULL,
    PRIMARY KEY (call, place)
);
CREATE INDEX order_calls_of_places ON {schema}.order_calls (place, call);

-- Who holds an identity on an order: one call each.
CREATE TABLE {schema}.guards (
    place bigint NOT NULL,
    what text COLLATE "C" NOT NULL,
    call bigint NOT NULL,
    PRIMARY KEY (place, what)
);

-- Until when each process lives without a word, by the server's clock.
CREATE TABLE {schema}.leases (
    owner text COLLATE "C" PRIMARY KEY,
    machine text NOT NULL,
    boot text NOT NULL,
    ticks bigint NOT NULL,
    lease_ms bigint NOT NULL
);

-- The last trace number that anybody got.
CREATE TABLE {schema}.trace_numbers (
    gateway text COLLATE "C" NOT NULL,
    merchant text COLLATE "C" NOT NULL,
    terminal text COLLATE "C" NOT NULL,
    day date NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (gateway, merchant, terminal, day)
);

-- Moves the head on, if it is where the transaction has read it.
CREATE FUNCTION {schema}.go_on(had bigint, has bigint, bound_by bytea, last_place bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {schema}.head SET facts = has, chain = bound_by, places = last_place,
        commits = commits + 1
        WHERE commits = had;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'another transaction has written under this one''s lock';
    END IF;
END
$$;

-- Makes two orders one.
CREATE FUNCTION {schema}.join_orders(kept bigint, gone bigint) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF kept = gone THEN
        RETURN;
    END IF;
    UPDATE {schema}.order_ids SET place = kept WHERE place = gone;
    INSERT INTO {schema}.order_calls (call, place)
        SELECT call, kept FROM {schema}.order_calls WHERE place = gone
        ON CONFLICT DO NOTHING;
    DELETE FROM {schema}.order_calls WHERE place = gone;
    -- Of two calls that hold the same, the one that was there goes on.
    INSERT INTO {schema}.guards (place, what, call)
        SELECT kept, what, call FROM {schema}.guards WHERE place = gone
        ON CONFLICT DO NOTHING;
    DELETE FROM {schema}.guards WHERE place = gone;
END
$$;
