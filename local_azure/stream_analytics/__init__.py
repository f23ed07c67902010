"""Azure Stream Analytics on one machine: runs a project's own .asaql over Event Hubs.

Event hub in, Delta tables and a warehouse table out. What it does not implement it refuses, with the line.
"""
