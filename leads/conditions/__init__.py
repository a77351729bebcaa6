"""Who: one small language of fields, operators and values, joined by all, any and not.

A tree is plain JSON: {"all": [...]}, {"any": [...]}, {"not": {...}} or a leaf such as
{"field": "industry", "op": "is", "value": "dairy"}; the empty tree {} is everybody. It compiles to one SQL
predicate, is read in Python, and is written as one English sentence, and the three agree: each has three
values, and a fact that is missing, or is not of its field's type, makes a leaf unknown. Only the operators
known and unknown always have an answer.

Dates are days. An instant, and `at` itself, count as the day they fall on in `zone`, which is UTC unless
another is passed. Text is compared without regard to case, letter by letter, so "Ø" is "ø" but "ß" is not
"ss"; values are brought to NFC, as intake does with facts.
"""

from leads.conditions.change import next_change
from leads.conditions.possible import could_hold
from leads.conditions.sentence import sentence
from leads.conditions.sql import Predicate, compile_sql
from leads.conditions.tree import InvalidCondition, Problem, fields, read, validate
from leads.conditions.truth import evaluate
from leads.conditions.vocabulary import OPS, Term, Vocabulary, vocabulary

__all__ = [
    "OPS",
    "InvalidCondition",
    "Predicate",
    "Problem",
    "Term",
    "Vocabulary",
    "compile_sql",
    "could_hold",
    "evaluate",
    "fields",
    "next_change",
    "read",
    "sentence",
    "validate",
    "vocabulary",
]
