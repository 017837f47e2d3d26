"""The stand-in service provider of the demo: an application on loopback that answers as Calendly's documents say.

`provider` is the program (a process of its own), `scim` what it answers, `rules` and `accounts` what it
accepts and how many, `faults` what can be made to go wrong, `control` how a rehearsal steers it, `people`
who is in the demo's directory, `rehearsal` the throw-away store and folder around all that.
"""
