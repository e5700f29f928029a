"""The benchmarks: figures of the program beside a floor measured in the same run."""
