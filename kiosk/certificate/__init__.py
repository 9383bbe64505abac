"""From a verified registration to a page: fonts and their coverage, the check of every character, templates, the typesetter.

Layout lives in `templates/` (typst and a JSON of boxes in mm) and changes without touching Python; see `templates/README.md`.
"""
