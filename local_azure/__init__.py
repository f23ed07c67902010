"""The Azure services of the pipeline on one machine. Each package is one service and starts alone."""
