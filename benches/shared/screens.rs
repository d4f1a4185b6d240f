//! The tests' screens: what a terminal shows of a model.

#[path = "../../tests/it/screens/styled.rs"]
pub(crate) mod styled;
