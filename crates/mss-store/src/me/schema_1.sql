-- One registration of one person. The only place in the platform that holds people's names.
CREATE TABLE registration (
    row INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    registration_id TEXT NOT NULL,
    operator TEXT NOT NULL,
    ap_trans_id TEXT NOT NULL,
    msisdn TEXT NOT NULL,
    iccid TEXT NOT NULL,
    given_name TEXT NOT NULL,
    surname TEXT NOT NULL,
    serial_number TEXT NOT NULL,
    home TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    deadline INTEGER NOT NULL,
    -- running: the step that has to be done; active: both empty; failed: the fault.
    step TEXT,
    fault_code INTEGER,
    fault_sub INTEGER,
    fault_detail TEXT,
    fault_node TEXT
) STRICT;
CREATE INDEX registration_of_number ON registration (msisdn, row);
CREATE INDEX running_registration ON registration (row) WHERE step IS NOT NULL;

-- A person's keys, in the order of making; `path` is empty until the certificate is issued.
CREATE TABLE registered_key (
    row INTEGER NOT NULL REFERENCES registration (row),
    position INTEGER NOT NULL,
    operation TEXT NOT NULL,
    public_key BLOB NOT NULL,
    path BLOB NOT NULL,
    PRIMARY KEY (row, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    event TEXT NOT NULL,
    step TEXT,
    code INTEGER,
    operator TEXT NOT NULL,
    ap_trans_id TEXT NOT NULL,
    registration_id TEXT
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;
