"""Flights of New York's airports: one data set that all pipelines share.

The records are those of 2013, moved so that today is the same day of that
year. Modules import their libraries late or are small, because a task pays
for every import: ``from maestro_flights import feed`` costs pandas, Feast and
MLflow cost seconds and are only imported by those who call them.
"""
