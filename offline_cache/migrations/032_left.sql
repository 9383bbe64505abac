-- A certificate that was left is open, too: no other issuance of it may begin.
DROP INDEX issuances_one_open;
CREATE UNIQUE INDEX issuances_one_open ON issuances (certificate_id)
    WHERE state IN ('authorised', 'reserved', 'spooling', 'printing', 'printed', 'presented', 'left', 'unknown');
