//! The watch on a paused clock: how often it asks, what it makes of silence, what it costs.
