"""The pipeline as it is in production: events flow without end, and the marts follow in small rounds."""
