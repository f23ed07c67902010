"""The command line that ties the steps together: `pipeline --help`."""
