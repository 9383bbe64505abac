-- What an account is held against, and what nobody may do even with the key at hand.

-- What was put into the terminal, told independently of where each blank is now: the two must agree.
CREATE TABLE blank_batches (
    batch INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    bin TEXT NOT NULL,
    first_serial TEXT NOT NULL,
    count INTEGER NOT NULL,
    loaded_by TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
INSERT INTO blank_batches (kind, bin, first_serial, count, loaded_by, at)
    SELECT kind, coalesce(bin, ''), min(serial), count(*), 'migration', min(changed_at) FROM blanks GROUP BY kind, bin;

CREATE TRIGGER blanks_are_not_forgotten BEFORE DELETE ON blanks BEGIN
    SELECT RAISE(ABORT, 'a blank is never forgotten');
END;
CREATE TRIGGER blank_batches_are_not_changed BEFORE UPDATE ON blank_batches BEGIN
    SELECT RAISE(ABORT, 'a batch is never changed');
END;
CREATE TRIGGER blank_batches_are_not_forgotten BEFORE DELETE ON blank_batches BEGIN
    SELECT RAISE(ABORT, 'a batch is never forgotten');
END;

-- A blank at its end stays there, whatever the software believes.
CREATE TRIGGER blanks_end_once BEFORE UPDATE OF state ON blanks
    WHEN OLD.state IN ('issued', 'retained', 'spoiled', 'returned') AND NEW.state IS NOT OLD.state BEGIN
    SELECT RAISE(ABORT, 'this blank is at its end');
END;
CREATE TRIGGER issuances_are_not_forgotten BEFORE DELETE ON issuances BEGIN
    SELECT RAISE(ABORT, 'an issuance is never forgotten');
END;
CREATE TRIGGER issuances_end_once BEFORE UPDATE OF state ON issuances
    WHEN OLD.state IN ('taken', 'retained', 'spoiled', 'given-back') BEGIN
    SELECT RAISE(ABORT, 'this issuance is at its end');
END;

CREATE TRIGGER journal_is_not_forgotten BEFORE DELETE ON journal BEGIN
    SELECT RAISE(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_grows_at_its_end BEFORE INSERT ON journal
    WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM journal) BEGIN
    SELECT RAISE(ABORT, 'the journal grows at its end');
END;

-- Looking for the oldest open event must not walk past ten thousand refused ones.
DROP INDEX outbox_open;
CREATE INDEX outbox_open ON outbox (seq) WHERE acknowledged_at IS NULL AND refused_code IS NULL;
