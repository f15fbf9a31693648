"""From records to a summary: every number that a report may show is computed here, once."""
