//! The screen: `view(&Model)` and nothing else. It decides nothing and remembers nothing.

use drlab_core::app::Model;
use ratatui::Frame;

/// Draws the model.
pub fn view(_model: &Model, _frame: &mut Frame<'_>) {}
