-- A card's unchanging part.
CREATE TABLE card (
    id INTEGER PRIMARY KEY,
    iccid TEXT NOT NULL UNIQUE,
    msisdn TEXT NOT NULL UNIQUE,
    tar BLOB NOT NULL,
    sealed_keys BLOB NOT NULL
) STRICT;

-- What changes with every transaction, kept narrow so that many cards share a page.
CREATE TABLE card_state (
    id INTEGER PRIMARY KEY REFERENCES card (id),
    version INTEGER NOT NULL,
    next_counter INTEGER NOT NULL,
    mo_highest INTEGER NOT NULL,
    mo_bitmap INTEGER NOT NULL,
    last_row INTEGER
) STRICT;

CREATE TABLE user (
    id INTEGER PRIMARY KEY,
    card INTEGER NOT NULL UNIQUE REFERENCES card (id),
    serial TEXT NOT NULL
) STRICT;

CREATE TABLE key (
    id INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    card INTEGER NOT NULL REFERENCES card (id),
    user INTEGER NOT NULL REFERENCES user (id),
    operation TEXT NOT NULL,
    public_key BLOB NOT NULL UNIQUE,
    state TEXT NOT NULL,
    path BLOB NOT NULL
) STRICT;
CREATE INDEX key_of_card ON key (card);

-- What was settled when a transaction was opened. Written once, keyed by arrival.
CREATE TABLE opening (
    row INTEGER PRIMARY KEY,
    asker TEXT NOT NULL,
    trace TEXT NOT NULL,
    content_hash BLOB NOT NULL,
    ap_id TEXT NOT NULL,
    card INTEGER,
    key INTEGER,
    txn INTEGER NOT NULL,
    opened_at INTEGER NOT NULL,
    card_deadline INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    task TEXT NOT NULL,
    operation TEXT,
    text TEXT,
    digest BLOB,
    label TEXT,
    title TEXT,
    signing_time INTEGER,
    certificate_hash BLOB,
    imported INTEGER
) STRICT;
-- The AE's numbers rise with its rows, so this index grows at one end.
CREATE UNIQUE INDEX opening_of_asker ON opening (asker, trace);

-- Which of them have no outcome yet: taken away by the outcome, so that a row ends once.
CREATE TABLE open_transaction (
    row INTEGER PRIMARY KEY REFERENCES opening (row),
    version INTEGER NOT NULL,
    attempt INTEGER NOT NULL
) STRICT;

-- How they ended.
CREATE TABLE outcome (
    row INTEGER PRIMARY KEY REFERENCES opening (row),
    version INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    kind TEXT NOT NULL,
    signature BLOB,
    key INTEGER,
    fault_code INTEGER,
    fault_sub INTEGER,
    fault_detail TEXT,
    fault_node TEXT
) STRICT;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    code INTEGER,
    trace TEXT NOT NULL,
    ap_id TEXT NOT NULL,
    row INTEGER,
    card INTEGER
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;

-- The time of the last commit that left no audit record; the others are in the audit trail.
CREATE TABLE quiet_commit (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL) STRICT;
