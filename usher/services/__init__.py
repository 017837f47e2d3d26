"""The verbs of the product, a file a noun: rules, state, activity and event in one place.

The console, the command line and (later) the portal write through these alone.
"""
