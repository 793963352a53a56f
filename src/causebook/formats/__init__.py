"""One file, one way to show a report: ``render(report) -> str``, found by file name; entry points add more."""
