"""The wire: where a contestant is served, how it is asked, and when its words arrived."""
