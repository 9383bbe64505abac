-- How the journal stood at intervals, signed with the terminal's key.
CREATE TABLE journal_heads (
    seq INTEGER PRIMARY KEY,
    hash BLOB NOT NULL,
    at TEXT NOT NULL,
    terminal TEXT NOT NULL,
    signature BLOB NOT NULL
) STRICT;
CREATE TRIGGER journal_heads_are_not_changed BEFORE UPDATE ON journal_heads BEGIN
    SELECT RAISE(ABORT, 'a signed head is never changed');
END;
CREATE TRIGGER journal_heads_are_not_forgotten BEFORE DELETE ON journal_heads BEGIN
    SELECT RAISE(ABORT, 'a signed head is never forgotten');
END;
