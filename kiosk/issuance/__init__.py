"""From an authorisation to paper, exactly once: states, blanks, ledger, recovery. The rest of the house asks `issue`."""
