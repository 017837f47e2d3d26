"""Wanted, known, plan, push: how accounts at an application are brought in step with the directory."""
