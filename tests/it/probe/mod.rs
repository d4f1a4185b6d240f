//! The client's eye against the lab.
