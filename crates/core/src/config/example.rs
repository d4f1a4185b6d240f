/// A drlab.toml with everything that can be said in it, and why one would: what the README points at, and what the tests hold against the reader.
pub const EXAMPLE: &str = include_str!("../../../../docs/drlab.example.toml");
