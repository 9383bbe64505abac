-- A blank's whole life: what was delivered and by whom counted, every move, and what was counted in the bins.

CREATE TABLE blank_deliveries (
    delivery INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    serials TEXT NOT NULL,
    count INTEGER NOT NULL,
    counted_by TEXT NOT NULL,
    counted_and TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
INSERT INTO blank_deliveries (kind, serials, count, counted_by, counted_and, at)
    SELECT kind, first_serial || '+' || count, count, loaded_by, '', at FROM blank_batches;
CREATE TRIGGER blank_deliveries_are_not_changed BEFORE UPDATE ON blank_deliveries BEGIN
    SELECT RAISE(ABORT, 'a delivery is never changed');
END;
CREATE TRIGGER blank_deliveries_are_not_forgotten BEFORE DELETE ON blank_deliveries BEGIN
    SELECT RAISE(ABORT, 'a delivery is never forgotten');
END;

-- Written by the schema itself, so that nothing moves a blank without a trace.
CREATE TABLE blank_moves (
    move INTEGER PRIMARY KEY,
    serial TEXT NOT NULL,
    at TEXT NOT NULL,
    before TEXT,
    after TEXT NOT NULL,
    bin TEXT,
    reason TEXT
) STRICT;
CREATE INDEX blank_moves_by_serial ON blank_moves (serial);
INSERT INTO blank_moves (serial, at, before, after, bin, reason)
    SELECT serial, changed_at, NULL, state, bin, reason FROM blanks ORDER BY bin, position;
CREATE TRIGGER blanks_begin_with_a_move AFTER INSERT ON blanks BEGIN
    INSERT INTO blank_moves (serial, at, before, after, bin, reason)
        VALUES (NEW.serial, NEW.changed_at, NULL, NEW.state, NEW.bin, NEW.reason);
END;
CREATE TRIGGER blanks_move_with_a_trace AFTER UPDATE ON blanks WHEN NEW.state IS NOT OLD.state OR NEW.bin IS NOT OLD.bin BEGIN
    INSERT INTO blank_moves (serial, at, before, after, bin, reason)
        VALUES (NEW.serial, NEW.changed_at, OLD.state, NEW.state, coalesce(NEW.bin, OLD.bin), NEW.reason);
END;
CREATE TRIGGER blank_moves_are_not_changed BEFORE UPDATE ON blank_moves BEGIN
    SELECT RAISE(ABORT, 'a move is never changed');
END;
CREATE TRIGGER blank_moves_are_not_forgotten BEFORE DELETE ON blank_moves BEGIN
    SELECT RAISE(ABORT, 'a move is never forgotten');
END;

-- What is printed on or void stays that; a retained certificate may still be handed over, and void paper is destroyed in the end.
DROP TRIGGER blanks_end_once;
CREATE TRIGGER blanks_end_once BEFORE UPDATE OF state ON blanks
    WHEN NEW.state IS NOT OLD.state AND (
        OLD.state IN ('issued', 'returned', 'destroyed')
        OR (OLD.state = 'spoiled' AND NEW.state IS NOT 'destroyed')
        OR (OLD.state = 'retained' AND NEW.state NOT IN ('issued', 'destroyed'))
    ) BEGIN
    SELECT RAISE(ABORT, 'this blank is at its end');
END;

-- Shift's and day's end: sheets counted in a bin, held against the ledger. While one differs and is not settled, nothing prints.
CREATE TABLE bin_counts (
    number INTEGER PRIMARY KEY,
    at TEXT NOT NULL,
    bin TEXT NOT NULL,
    kind TEXT NOT NULL,
    expected INTEGER NOT NULL,
    counted INTEGER NOT NULL,
    expected_top TEXT,
    top TEXT,
    counted_by TEXT NOT NULL,
    differs INTEGER NOT NULL,
    settled_at TEXT,
    settled_by TEXT,
    settled_and TEXT
) STRICT;
CREATE INDEX bin_counts_open ON bin_counts (number) WHERE differs = 1 AND settled_at IS NULL;
CREATE TRIGGER bin_counts_are_settled_once BEFORE UPDATE ON bin_counts
    WHEN OLD.settled_at IS NOT NULL OR NEW.settled_by IS NULL OR NEW.settled_and IS NULL OR NEW.settled_by = NEW.settled_and
        OR NEW.expected IS NOT OLD.expected OR NEW.counted IS NOT OLD.counted OR NEW.differs IS NOT OLD.differs BEGIN
    SELECT RAISE(ABORT, 'a count is settled once, by two, and not changed');
END;
CREATE TRIGGER bin_counts_are_not_forgotten BEFORE DELETE ON bin_counts BEGIN
    SELECT RAISE(ABORT, 'a count is never forgotten');
END;
