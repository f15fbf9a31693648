"""Durations on the command line: ``8h``, ``90m``, ``1h30m``, ``45s``."""

import re

import click

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}
_NUMBER = r"(?:(\d+(?:\.\d+)?){})?"
_FORM = re.compile("".join(_NUMBER.format(unit) for unit in _UNITS), re.ASCII | re.IGNORECASE)


class Duration(click.ParamType[float]):
    """Seconds, more than 0, from hours, minutes and seconds in that order, each at most once."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return seconds; fail (exit code 2) with the form that is understood."""
        if not isinstance(value, str):
            return value
        match = _FORM.fullmatch(value)
        parts = match.groups() if match else ()
        seconds = sum(
            float(part) * unit for part, unit in zip(parts, _UNITS.values(), strict=False) if part is not None
        )
        if seconds <= 0:
            self.fail(f"{value!r} is no duration: 8h, 90m, 1h30m or 45s", param, ctx)
        return seconds


DURATION = Duration()
