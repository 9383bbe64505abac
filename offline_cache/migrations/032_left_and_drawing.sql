-- Two more states in which an issuance is open: no other of that certificate may begin.
DROP INDEX issuances_one_open;
CREATE UNIQUE INDEX issuances_one_open ON issuances (certificate_id)
    WHERE state IN ('authorised', 'reserved', 'drawing', 'spooling', 'printing', 'printed', 'presented', 'left', 'unknown');
