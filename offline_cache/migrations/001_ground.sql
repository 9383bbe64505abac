-- The ground: sealed records, journal, outbox, and the ledgers of blanks and issuances.

-- Signed bytes of others, found by keyed hash of whom they concern; gone when they expire.
CREATE TABLE records (
    record_id TEXT PRIMARY KEY,
    holder_hash BLOB NOT NULL,
    content BLOB NOT NULL,
    expires_at TEXT NOT NULL
) STRICT;
CREATE INDEX records_by_holder ON records (holder_hash);

-- Append-only: each entry's hash covers the one before it.
CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    case_number TEXT,
    kind TEXT NOT NULL,
    data TEXT NOT NULL,
    previous BLOB NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX journal_by_case ON journal (case_number);
CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;

-- Events for the platform, delivered in order, each under one stable key.
CREATE TABLE outbox (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    idempotency_key TEXT NOT NULL UNIQUE,
    path TEXT NOT NULL,
    body BLOB NOT NULL,
    created_at TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_attempt_at TEXT NOT NULL,
    acknowledged_at TEXT,
    refused_code TEXT
) STRICT;
CREATE INDEX outbox_open ON outbox (seq) WHERE acknowledged_at IS NULL;

-- Every blank certificate from delivery to its end.
CREATE TABLE blanks (
    serial TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    bin TEXT,
    position INTEGER,
    state TEXT NOT NULL,
    reason TEXT,
    changed_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX blanks_in_bin ON blanks (bin, position) WHERE bin IS NOT NULL;
CREATE INDEX blanks_by_state ON blanks (kind, state);

-- One row an authorisation; the blank is bound once.
CREATE TABLE issuances (
    authorisation_id TEXT PRIMARY KEY,
    certificate_id TEXT NOT NULL,
    record_version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    case_number TEXT NOT NULL,
    state TEXT NOT NULL,
    serial TEXT UNIQUE REFERENCES blanks (serial),
    page_digest TEXT,
    reason TEXT,
    evidence TEXT,
    expires_at TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;
CREATE INDEX issuances_by_state ON issuances (state);
CREATE UNIQUE INDEX issuances_one_open ON issuances (certificate_id)
    WHERE state IN ('authorised', 'reserved', 'spooling', 'printing', 'printed', 'presented', 'unknown');
