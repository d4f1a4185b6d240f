mod days;
pub(crate) mod fixture;
mod picture;
pub(crate) mod properties;
mod ready;
mod trouble;
mod whereabouts;
