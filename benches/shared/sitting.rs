//! The tests' seat before the console, with who sits there for a day and who carries a failover out by keys.

#[path = "../../tests/it/sitting/hands.rs"]
pub(crate) mod hands;
#[path = "../../tests/it/sitting/seat.rs"]
pub(crate) mod seat;
#[path = "../../tests/it/sitting/soak.rs"]
pub(crate) mod soak;
