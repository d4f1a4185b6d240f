//! The lab on sockets. Nothing here knows what the world does; it carries questions in and answers out.

pub mod dns;
