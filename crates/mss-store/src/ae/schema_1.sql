-- What an AP asked and we accepted. Written once, keyed by arrival.
CREATE TABLE request (
    row INTEGER PRIMARY KEY,
    join_key BLOB NOT NULL,
    instant INTEGER NOT NULL,
    accepted_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    mode INTEGER NOT NULL,
    trans_id TEXT NOT NULL,
    ap_id TEXT NOT NULL,
    ap_trans_id TEXT NOT NULL,
    instant_text TEXT NOT NULL,
    content BLOB NOT NULL,
    home TEXT NOT NULL,
    operation TEXT NOT NULL,
    display_name TEXT NOT NULL,
    msisdn TEXT,
    msisdn_with_plus INTEGER NOT NULL,
    user_identifier TEXT,
    identity_issuer BLOB,
    home_mssp BLOB,
    dtbs_text TEXT,
    dtbs_sha256 BLOB,
    dtbd TEXT
) STRICT;

-- Which of them have no outcome yet: taken away by the outcome, so that a row ends once.
CREATE TABLE open_request (row INTEGER PRIMARY KEY REFERENCES request (row)) STRICT;

-- How they ended: a signature, or a fault.
CREATE TABLE outcome (
    row INTEGER PRIMARY KEY REFERENCES request (row),
    finished_at INTEGER NOT NULL,
    status INTEGER,
    profile_uri TEXT,
    cms BLOB,
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
    sub INTEGER,
    row INTEGER,
    trans_id TEXT,
    ap_id TEXT NOT NULL,
    ap_trans_id TEXT NOT NULL,
    content BLOB
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
