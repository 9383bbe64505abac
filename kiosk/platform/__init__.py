"""The integrated platform as the terminal sees it: `openapi.yaml` is the contract, `client` speaks it, `types` are its values."""
