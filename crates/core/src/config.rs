//! drlab.toml.
