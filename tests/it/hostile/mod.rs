//! Hostile input: everything that reads bytes from outside is given what it must refuse, and judged by what becomes of it (`judge`).
//!
//! Each reader gets honest input (`seeds`), the committed corpus (`tests/corpus/hostile/<reader>`), what is bad on purpose (`monsters`) and
//! mutants of the honest ones (`mutant`): a fixed number, or `DRLAB_FUZZ=100000 cargo test --test it hostile::`. A failure names a file that
//! holds the bytes, and the command that tries them again. What was found once is put into the corpus.

mod answers;
mod ear;
mod files;
mod front;
mod journals;
mod judge;
mod monsters;
mod mutant;
mod names;
mod pages;
mod typed;
mod wire;
