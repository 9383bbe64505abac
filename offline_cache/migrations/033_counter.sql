-- What the counter outside of the disk says when the newest act has begun; empty where there is no such counter.
CREATE TABLE counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT;
CREATE TRIGGER counter_goes_up BEFORE UPDATE ON counter WHEN NEW.value <> OLD.value + 1 BEGIN
    SELECT RAISE(ABORT, 'the count goes up, one by one');
END;
CREATE TRIGGER counter_is_not_forgotten BEFORE DELETE ON counter BEGIN
    SELECT RAISE(ABORT, 'the count is never forgotten');
END;
