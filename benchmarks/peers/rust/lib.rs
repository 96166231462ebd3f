//! The workloads are the examples.
