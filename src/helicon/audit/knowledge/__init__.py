"""What is known of models, licences, names, closings, packages and replacements, with where and when it was read.

The tables are the YAML and JSON files in ``data``. ``knowledge()`` reads them once.
"""

from helicon.audit.knowledge.loading import knowledge
from helicon.audit.knowledge.predicates import OTHER_RULES, PREDICATES, Predicate, rules
from helicon.audit.knowledge.tables import Brought, Candidate, Closings, Family, Knowledge, Tag

__all__ = [
    "OTHER_RULES",
    "PREDICATES",
    "Brought",
    "Candidate",
    "Closings",
    "Family",
    "Knowledge",
    "Predicate",
    "Tag",
    "knowledge",
    "rules",
]
