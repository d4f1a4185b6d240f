//! Copying over any distance: the terminal is asked to, in its own language (OSC 52). It never says whether it did.

use crossterm::clipboard::CopyToClipboard;
use crossterm::queue;

/// Terminals drop longer ones without a word; xterm's limit is the best known.
const LONGEST: usize = 74_000;

/// What to write to the terminal. tmux passes it on only if it is wrapped, and only with `allow-passthrough`; it also takes the plain one
/// with `set-clipboard`, so it is given both.
pub(super) fn order(text: &str, in_tmux: bool) -> Result<Vec<u8>, String> {
    if text.is_empty() {
        return Err("there is nothing to copy".to_owned());
    }
    let mut plain = Vec::new();
    queue!(plain, CopyToClipboard::to_clipboard_from(text)).map_err(|error| error.to_string())?;
    if plain.len() > LONGEST {
        return Err(format!("{} bytes are more than terminals take into their clipboard", text.len()));
    }
    if !in_tmux {
        return Ok(plain);
    }
    let mut wrapped = plain.clone();
    wrapped.extend_from_slice(b"\x1bPtmux;");
    for byte in plain {
        if byte == 0x1b {
            wrapped.push(byte);
        }
        wrapped.push(byte);
    }
    wrapped.extend_from_slice(b"\x1b\\");
    Ok(wrapped)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_travels_as_base64_so_that_none_of_it_is_an_order() {
        let order = order("\u{1b}]0;mine\u{7}", false).unwrap();
        assert_eq!(String::from_utf8(order).unwrap(), "\u{1b}]52;c;G10wO21pbmUH\u{1b}\\");
    }

    #[test]
    fn tmux_gets_it_for_itself_and_for_the_terminal_around_it() {
        let order = String::from_utf8(order("a", true).unwrap()).unwrap();
        assert_eq!(order, "\u{1b}]52;c;YQ==\u{1b}\\\u{1b}Ptmux;\u{1b}\u{1b}]52;c;YQ==\u{1b}\u{1b}\\\u{1b}\\");
    }

    #[test]
    fn what_a_terminal_would_drop_is_refused_aloud() {
        assert!(order(&"x".repeat(60_000), false).unwrap_err().contains("60000 bytes"));
        assert!(order(&"x".repeat(50_000), false).is_ok());
        assert!(order("", false).is_err());
    }
}
