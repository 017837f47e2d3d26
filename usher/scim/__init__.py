"""One SCIM service provider: how requests are made, what answers mean, what it can do."""
