//! The real binary at a real terminal.
