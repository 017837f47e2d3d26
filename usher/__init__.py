"""What is done: protocols, the provisioning engine and the verbs of the product."""

__version__ = "0.1.0"
