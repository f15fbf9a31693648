"""What ``engine/serving.py`` looks at, asking apart from judging.

``asking`` asks; ``tools``, ``system`` and ``prompts`` have their questions; every ``judge_…`` is a pure
function of what came back.

What only the model did not do is "not measured" here, never "broken": a weak model has no broken server.
"""
