-- Enrolment codes; of a code only its hash is kept. Few: made by hand.
CREATE TABLE code (
    row INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    network TEXT NOT NULL,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    alternative_names TEXT NOT NULL,
    made_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at INTEGER
) STRICT;

-- What was issued, keyed by arrival: to a node, or on an ME's order for a person.
CREATE TABLE certificate (
    row INTEGER PRIMARY KEY,
    serial BLOB NOT NULL,
    der BLOB NOT NULL,
    issued_at INTEGER NOT NULL,
    identity TEXT,
    me TEXT,
    order_id TEXT,
    content BLOB,
    operation TEXT
) STRICT;

-- An order becomes one certificate.
CREATE UNIQUE INDEX certificate_of_order ON certificate (order_id, me) WHERE order_id IS NOT NULL;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    subject TEXT NOT NULL,
    order_id TEXT,
    detail TEXT
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
