//! The real binary dies at every boundary of its journal, and whoever takes the run up has nothing but what is on the disk. The lab's own
//! account and its log of what it was asked judge: the world ends as if nobody had died, and nothing was done twice.
//!
//! A record can be the last thing that was done (`Way::After`), or everything up to it has happened and it itself is not written, or only
//! in part (`Way::Before`). A sample is tried by default; `DRLAB_CRASHES=all` tries every boundary, `DRLAB_CRASHES="80 81"` those
//! at the records of these numbers.

mod boundaries;
mod death;
mod end;
mod owed;
pub(crate) mod stage;
mod twice;
