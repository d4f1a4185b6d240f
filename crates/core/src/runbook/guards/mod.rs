//! The guards, each a question with an answer in figures.
