-- Who may open the admin screen, what they have tried, and what they have set.

-- A closed account stays: the journal names its number.
CREATE TABLE staff (
    number TEXT PRIMARY KEY,
    role TEXT NOT NULL CHECK (role IN ('operator', 'supervisor', 'auditor')),
    pin TEXT NOT NULL,
    card BLOB,
    closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
    changed_at TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX staff_by_card ON staff (card) WHERE card IS NOT NULL AND closed = 0;
CREATE TRIGGER staff_are_not_forgotten BEFORE DELETE ON staff BEGIN
    SELECT RAISE(ABORT, 'a member of staff is never forgotten');
END;

-- Wrong tries by keyed hash of the number that was typed, whether it is anybody's or not: what a stranger types tells him nothing.
CREATE TABLE staff_tries (
    number_hash BLOB PRIMARY KEY,
    wrong INTEGER NOT NULL,
    last_at TEXT NOT NULL
) STRICT;

-- Out of service, by hand: the newest one counts while it has not been ended.
CREATE TABLE pauses (
    pause INTEGER PRIMARY KEY,
    reason TEXT NOT NULL,
    until TEXT,
    by_staff TEXT NOT NULL,
    at TEXT NOT NULL,
    ended_at TEXT
) STRICT;

-- How the printer was found to sit against its paper; the newest counts, before the settings file.
CREATE TABLE calibrations (
    calibration INTEGER PRIMARY KEY,
    dx_mm REAL NOT NULL,
    dy_mm REAL NOT NULL,
    scale REAL NOT NULL,
    rotation_deg REAL NOT NULL,
    by_staff TEXT NOT NULL,
    at TEXT NOT NULL
) STRICT;
