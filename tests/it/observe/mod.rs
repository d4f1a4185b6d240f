//! What the console reads, against the lab: every question, answered by the SDK in this process.

mod estate;
mod platform;
