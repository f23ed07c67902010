"""A sample customer REST API: seeded customers and events, or real CSV files, behind the same pages."""
