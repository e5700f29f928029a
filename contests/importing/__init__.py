"""Importing units, people and questions: files -> checked rows -> one transaction."""
