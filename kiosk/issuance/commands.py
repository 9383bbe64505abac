"""`kiosk blanks …`, `kiosk journal …`, `kiosk guard …`: what staff and integrator do with the ledgers from a shell.

Handlers return the exit status: 0 done or good, 1 the answer is no. What somebody must put right is raised typed (`BlankError`,
`StoreError`, …); `kiosk.__main__` says it in one line.
"""

from __future__ import annotations

from typing import Any

from kiosk.issuance.arguments import Access
from kiosk.issuance.blanks_commands import add_blanks
from kiosk.issuance.guard_commands import add_guard
from kiosk.issuance.journal_commands import add_journal


def add_commands(commands: Any, access: Access) -> None:
    """Add all three to an argparse sub-parser collection. Each handler returns the exit status."""
    add_blanks(commands.add_parser("blanks", help="the ledger of blank certificates"), access)
    add_journal(commands.add_parser("journal", help="the journal: show, verify, export"), access)
    add_guard(commands.add_parser("guard", help="the once-guard in front of the printer: install, check, prune"), access)
