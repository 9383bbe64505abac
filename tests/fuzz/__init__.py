"""Every parser of what comes from outside, thrown at by hypothesis in the usual run and by a million inputs each outside it."""
