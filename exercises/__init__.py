"""Exercises: derivative rules to write, and a checker that says where they are wrong."""
