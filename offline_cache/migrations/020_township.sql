-- What a terminal keeps that may lose its link: what it was granted beforehand, what the platform last said, how late it was then,
-- and requests whose answer may have been lost.

-- One permission each, exclusive to this terminal, sealed with what its holder will show; used once.
CREATE TABLE pre_grants (
    grant_id TEXT PRIMARY KEY,
    certificate_id TEXT NOT NULL,
    holder_hash BLOB NOT NULL,
    code_hash BLOB NOT NULL,
    salt BLOB NOT NULL,
    sealed BLOB NOT NULL,
    expires_at TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('held', 'used'))
) STRICT;
CREATE INDEX pre_grants_by_holder ON pre_grants (holder_hash);
CREATE INDEX pre_grants_by_code ON pre_grants (code_hash);
CREATE TRIGGER pre_grants_are_used_once BEFORE UPDATE OF state ON pre_grants WHEN OLD.state = 'used' BEGIN
    SELECT RAISE(ABORT, 'this permission was used');
END;

-- Requests for an authorisation, written before they are sent; gone when their end is known.
CREATE TABLE authorisation_requests (
    request_key TEXT PRIMARY KEY,
    certificate_id TEXT NOT NULL,
    asked_at TEXT NOT NULL,
    grant_id TEXT
) STRICT;

-- The newest answer of each kind, for a start without a link.
CREATE TABLE last_answers (
    name TEXT PRIMARY KEY,
    content BLOB NOT NULL,
    at TEXT NOT NULL
) STRICT;
