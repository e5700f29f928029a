"""The tests, in the order of the rooms; what several rooms share lies beside this file."""
