//! What surrounds every screen: whose it is, how it is, which AWS this is, what the time is; and which keys lead on.

mod footer;
mod header;

pub(super) use footer::{footer, height as footer_height, typed};
pub(super) use header::{armed, banner, header, mode, session, status};
