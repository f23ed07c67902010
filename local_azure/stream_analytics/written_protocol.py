"""The newest Delta protocol that a job writes: Microsoft Learn, "Write to Delta Lake table", limitations."""

READER, WRITER = 1, 2
