//! Screens, with their styles, at three sizes.
