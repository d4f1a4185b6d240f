//! How much of a request is believed: a body, its nesting and the number of its values are bounded before anything is built from them.

/// The largest body, sent or inflated, that is taken in.
pub const MAX_BODY: usize = 16 * 1024 * 1024;

/// How deep values may nest. AWS's own inputs stay below ten; a state machine's input may be deeper, but is text.
pub(super) const MAX_DEPTH: usize = 64;

/// How many values one request may hold.
const MAX_VALUES: usize = 200_000;

/// Counts the values of one request down.
#[derive(Debug)]
pub(super) struct Budget {
    left: usize,
}

/// There is more of it than is believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Exhausted;

impl Default for Budget {
    fn default() -> Self {
        Self { left: MAX_VALUES }
    }
}

impl Budget {
    /// Takes one value at `depth`.
    pub(super) fn take(&mut self, depth: usize) -> Result<(), Exhausted> {
        self.left = self.left.checked_sub(1).ok_or(Exhausted)?;
        if depth > MAX_DEPTH { Err(Exhausted) } else { Ok(()) }
    }
}
