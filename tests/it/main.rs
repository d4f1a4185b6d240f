//! The house as a whole: its walls, its commands, and the lab driven by the SDK.

mod architecture;
