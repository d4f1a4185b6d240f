use drlab_core::app::{SessionKind, Theme};
use drlab_core::domain::Verdict;
use ratatui::style::{Color, Modifier, Style};

/// What a theme makes of every meaning on the screen. Nothing else in this room names a colour.
#[derive(Clone, Debug)]
pub(super) struct Paint {
    /// The whole screen, before anything is drawn.
    pub base: Style,
    pub strong: Style,
    /// What is there to be read second: labels, ages, passed checks.
    pub quiet: Style,
    pub title: Style,
    pub border: Style,
    pub accent: Style,
    /// What lies under the edge of a chart.
    pub body: Style,
    pub key: Style,
    /// Laid over a whole row.
    pub selected: Style,
    /// Letters that were found.
    pub found: Style,
    /// A mark or a short word, by verdict.
    marks: [Style; 4],
    /// Whole sentences, by verdict.
    words: [Style; 4],
    /// Blocks that are seen from across a room, by verdict.
    banners: [Style; 4],
    pub watch: Style,
    pub frozen: Style,
    lab: Style,
    live: Style,
    elsewhere: Style,
    asking: Style,
}

/// The colours of a true-colour theme.
struct Hues {
    ground: Color,
    text: Color,
    strong: Color,
    quiet: Color,
    border: Color,
    raised: Color,
    accent: Color,
    healthy: Color,
    degraded: Color,
    unknown: Color,
    critical: Color,
    live: Color,
    /// The letters on a block of colour.
    on_block: Color,
}

const DARK: Hues = Hues {
    ground: hue(0x12161d),
    text: hue(0xd5dbe4),
    strong: hue(0xffffff),
    quiet: hue(0x949fb0),
    border: hue(0x4a5668),
    raised: hue(0x2b3647),
    accent: hue(0x6cc4f5),
    healthy: hue(0x6bd08c),
    degraded: hue(0xf2b845),
    unknown: hue(0xc9a2ff),
    critical: hue(0xff7777),
    live: hue(0xff9d5c),
    on_block: hue(0x101318),
};

const LIGHT: Hues = Hues {
    ground: hue(0xfafaf7),
    text: hue(0x22272e),
    strong: hue(0x000000),
    quiet: hue(0x58626e),
    border: hue(0x9aa3ad),
    raised: hue(0xdce6f2),
    accent: hue(0x0654a0),
    healthy: hue(0x0f6832),
    degraded: hue(0x855000),
    unknown: hue(0x692da6),
    critical: hue(0xb0121c),
    live: hue(0x9c3d00),
    on_block: hue(0xffffff),
};

const CONTRAST: Hues = Hues {
    ground: hue(0x000000),
    text: hue(0xffffff),
    strong: hue(0xffffff),
    quiet: hue(0xffffff),
    border: hue(0xd0d0d0),
    raised: hue(0x002c5c),
    accent: hue(0x40e0ff),
    healthy: hue(0x3dff7e),
    degraded: hue(0xffd800),
    unknown: hue(0xf0b0ff),
    critical: hue(0xff8080),
    live: hue(0xffa540),
    on_block: hue(0x000000),
};

const fn hue(rgb: u32) -> Color {
    let [_, r, g, b] = rgb.to_be_bytes();
    Color::Rgb(r, g, b)
}

impl Paint {
    pub(super) fn of(theme: Theme) -> Self {
        match theme {
            Theme::Terminal => Self::terminal(),
            Theme::Dark => Self::hues(&DARK),
            Theme::Light => Self::hues(&LIGHT),
            Theme::Contrast => Self::hues(&CONTRAST),
            Theme::Mono => Self::mono(),
        }
    }

    /// Nothing here supposes a background: text keeps the terminal's own colour, dim is the terminal's dim, and only marks, short words and
    /// blocks are coloured. A sentence in yellow would be lost on white.
    fn terminal() -> Self {
        let plain = Style::new();
        let mark = |colour| plain.fg(colour).add_modifier(Modifier::BOLD);
        let block = |ground| plain.fg(Color::Black).bg(ground).add_modifier(Modifier::BOLD);
        let bold = plain.add_modifier(Modifier::BOLD);
        Self {
            base: plain,
            strong: bold,
            quiet: plain.add_modifier(Modifier::DIM),
            title: bold,
            border: plain.add_modifier(Modifier::DIM),
            accent: mark(Color::Cyan),
            body: plain.fg(Color::Cyan).add_modifier(Modifier::DIM),
            key: mark(Color::Cyan),
            selected: plain.fg(Color::Reset).bg(Color::Reset).remove_modifier(Modifier::DIM).add_modifier(Modifier::REVERSED),
            found: bold.add_modifier(Modifier::UNDERLINED),
            marks: [mark(Color::Green), mark(Color::Yellow), mark(Color::Magenta), mark(Color::Red)],
            words: [plain, bold, bold, bold],
            banners: [
                block(Color::Green),
                block(Color::Yellow),
                block(Color::Magenta),
                plain.fg(Color::White).bg(Color::Red).add_modifier(Modifier::BOLD),
            ],
            watch: bold.add_modifier(Modifier::REVERSED),
            frozen: block(Color::Cyan),
            lab: block(Color::Cyan),
            live: block(Color::LightYellow),
            elsewhere: block(Color::Magenta),
            asking: plain.add_modifier(Modifier::REVERSED | Modifier::DIM),
        }
    }

    fn hues(hues: &Hues) -> Self {
        let base = Style::new().fg(hues.text).bg(hues.ground);
        let plain = Style::new();
        let mark = |colour| plain.fg(colour).add_modifier(Modifier::BOLD);
        let block = |ground| plain.fg(hues.on_block).bg(ground).add_modifier(Modifier::BOLD);
        Self {
            base,
            strong: mark(hues.strong),
            quiet: plain.fg(hues.quiet),
            title: mark(hues.strong),
            border: plain.fg(hues.border),
            accent: mark(hues.accent),
            body: plain.fg(hues.border),
            key: mark(hues.accent),
            selected: plain.bg(hues.raised).add_modifier(Modifier::BOLD),
            found: mark(hues.accent).add_modifier(Modifier::UNDERLINED),
            marks: [mark(hues.healthy), mark(hues.degraded), mark(hues.unknown), mark(hues.critical)],
            words: [plain.fg(hues.text), plain.fg(hues.degraded), plain.fg(hues.unknown), plain.fg(hues.critical)],
            banners: [block(hues.healthy), block(hues.degraded), block(hues.unknown), block(hues.critical)],
            watch: plain.fg(hues.ground).bg(hues.text).add_modifier(Modifier::BOLD),
            frozen: block(hues.accent),
            lab: block(hues.accent),
            live: block(hues.live),
            elsewhere: block(hues.unknown),
            asking: plain.fg(hues.text).bg(hues.raised),
        }
    }

    /// `NO_COLOR`: weight, underline and inversion only.
    fn mono() -> Self {
        let plain = Style::new();
        let bold = plain.add_modifier(Modifier::BOLD);
        let block = bold.add_modifier(Modifier::REVERSED);
        let dim = plain.add_modifier(Modifier::DIM);
        Self {
            base: plain,
            strong: bold,
            quiet: dim,
            title: bold,
            border: dim,
            accent: bold,
            body: dim,
            key: bold,
            selected: plain.remove_modifier(Modifier::DIM).add_modifier(Modifier::REVERSED),
            found: bold.add_modifier(Modifier::UNDERLINED),
            marks: [plain, bold, bold, bold.add_modifier(Modifier::UNDERLINED)],
            words: [plain, bold, bold, bold],
            banners: [block; 4],
            watch: block,
            frozen: block,
            lab: block,
            live: block,
            elsewhere: block,
            asking: plain.add_modifier(Modifier::REVERSED),
        }
    }

    pub(super) const fn mark(&self, verdict: Verdict) -> Style {
        self.marks[index(verdict)]
    }

    pub(super) const fn word(&self, verdict: Verdict) -> Style {
        self.words[index(verdict)]
    }

    pub(super) const fn banner(&self, verdict: Verdict) -> Style {
        self.banners[index(verdict)]
    }

    pub(super) const fn session(&self, kind: SessionKind) -> Style {
        match kind {
            SessionKind::Asking => self.asking,
            SessionKind::Live => self.live,
            SessionKind::Lab { .. } => self.lab,
            SessionKind::Elsewhere => self.elsewhere,
        }
    }
}

const fn index(verdict: Verdict) -> usize {
    match verdict {
        Verdict::Healthy => 0,
        Verdict::Degraded => 1,
        Verdict::Unknown => 2,
        Verdict::Critical => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color) -> f64 {
        let Color::Rgb(r, g, b) = colour else { panic!("{colour:?} is the terminal's own") };
        let part = |channel: u8| {
            let part = f64::from(channel) / 255.0;
            if part <= 0.040_45 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
    }

    fn contrast(one: Color, other: Color) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    /// WCAG's 4.5 for text, on the screen's ground and on a selected row; 7 for the projector's theme.
    #[test]
    fn every_word_can_be_read_on_its_ground() {
        for (name, hues, least) in [("dark", DARK, 4.5), ("light", LIGHT, 4.5), ("contrast", CONTRAST, 7.0)] {
            let letters = [hues.text, hues.strong, hues.quiet, hues.accent, hues.healthy, hues.degraded, hues.unknown, hues.critical];
            for colour in letters {
                for ground in [hues.ground, hues.raised] {
                    let least = if ground == hues.raised { 4.5 } else { least };
                    let found = contrast(colour, ground);
                    assert!(found >= least, "{name}: {colour:?} on {ground:?} is {found:.1}");
                }
            }
            for block in [hues.accent, hues.healthy, hues.degraded, hues.unknown, hues.critical, hues.live] {
                let found = contrast(hues.on_block, block);
                assert!(found >= 4.5, "{name}: letters on {block:?} are {found:.1}");
            }
        }
    }
}
