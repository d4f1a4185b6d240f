mod days;
mod fixture;
mod picture;
mod properties;
mod ready;
mod trouble;
mod whereabouts;
