"""The sections that every report draws alike, each left out where it has nothing to say."""

from itertools import chain

from codestone.reports import _answer_sections as answers
from codestone.reports import _derived_sections as derived
from codestone.reports._table import Section
from codestone.stats.summary import Summary


def sections(summary: Summary) -> tuple[Section, ...]:
    """Return them in the order in which they are read."""
    drawn = (
        derived.passes,
        derived.value,
        derived.twins,
        answers.bugs,
        answers.facts,
        derived.reliability,
    )
    return tuple(chain.from_iterable(draw(summary) for draw in drawn))
