//! A run without a screen: declared or taken up again, carried out on one thread, and answered by what was said on the command line. It ends
//! when the run ends, when nothing moves any more without a person, or when it is asked to.

mod begin;
mod carry;
mod consent;
mod halt;
mod kept;
mod words;

pub use begin::{Declaring, NotBegun, Resuming, Script, Switching, declare, find_source, resume};
pub use carry::{Carried, End, Told};
pub use consent::Consent;
pub use halt::{Halt, Wait};
pub use kept::{Kept, overtaken_by, read};
pub(super) use words::restored;
pub use words::withheld;
