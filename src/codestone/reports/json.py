"""The summary itself, as JSON: for scripts. Its fields are described in ``docs/reference/records.md``."""

from codestone.stats.summary import Summary


def render(summary: Summary) -> str:
    """Return the summary as indented ASCII JSON; ``Summary.model_validate_json`` reads it again."""
    return summary.model_dump_json(indent=2, ensure_ascii=True) + "\n"
