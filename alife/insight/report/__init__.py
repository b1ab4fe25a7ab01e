"""A run as one page: what was asked, what came out, and how it can be known. HTML that needs no network (docs/report.md)."""
