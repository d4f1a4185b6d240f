//! Pixels, and the file they are kept in.

use std::collections::BTreeMap;

use super::terminal::Rgb;

/// What a palette holds.
const PALETTE: usize = 256;

pub(super) struct Canvas {
    pub(super) width: u32,
    pub(super) height: u32,
    pixels: Vec<Rgb>,
}

impl Canvas {
    pub(super) fn new(width: u32, height: u32, color: Rgb) -> Self {
        Self { width, height, pixels: vec![color; (width * height) as usize] }
    }

    pub(super) fn fill(&mut self, (x, y): (u32, u32), (width, height): (u32, u32), color: Rgb) {
        for row in y..(y + height).min(self.height) {
            for column in x..(x + width).min(self.width) {
                self.pixels[(row * self.width + column) as usize] = color;
            }
        }
    }

    /// Lays a colour over a pixel. How much of it is covered is told in sixteenths: the eye sees no more, and the file stays small.
    pub(super) fn blend(&mut self, x: u32, y: u32, color: Rgb, cover: f32) {
        if x >= self.width || y >= self.height {
            return;
        }
        let sixteenths = (cover.clamp(0.0, 1.0) * 16.0).round() as u16;
        let mixed = |under: u8, over: u8| ((u16::from(under) * (16 - sixteenths) + u16::from(over) * sixteenths + 8) / 16) as u8;
        for (under, over) in self.pixels[(y * self.width + x) as usize].iter_mut().zip(color) {
            *under = mixed(*under, over);
        }
    }

    pub(super) fn at(&self, x: u32, y: u32) -> Rgb {
        self.pixels[(y * self.width + x) as usize]
    }

    /// The same in no more colours than a palette holds: the rarest become the nearest of the others.
    pub(super) fn reduced(mut self) -> Self {
        let mut counted: BTreeMap<Rgb, usize> = BTreeMap::new();
        for pixel in &self.pixels {
            *counted.entry(*pixel).or_default() += 1;
        }
        let mut often: Vec<(usize, Rgb)> = counted.into_iter().map(|(color, count)| (count, color)).collect();
        often.sort_unstable_by(|one, other| other.cmp(one));
        let (kept, rare) = often.split_at(often.len().min(PALETTE));
        let distance = |one: Rgb, other: Rgb| (0..3).map(|i| (i32::from(one[i]) - i32::from(other[i])).pow(2)).sum::<i32>();
        let nearest = |color: Rgb| kept.iter().map(|(_, kept)| *kept).min_by_key(|kept| distance(*kept, color)).unwrap();
        let instead: BTreeMap<Rgb, Rgb> = rare.iter().map(|(_, color)| (*color, nearest(*color))).collect();
        for pixel in &mut self.pixels {
            *pixel = *instead.get(pixel).unwrap_or(pixel);
        }
        self
    }

    /// As a file, with a palette.
    pub(super) fn png(&self) -> Vec<u8> {
        let mut index: BTreeMap<Rgb, u8> = self.pixels.iter().map(|pixel| (*pixel, 0)).collect();
        assert!(index.len() <= PALETTE, "{} colours", index.len());
        for (number, place) in (0..=255).zip(index.values_mut()) {
            *place = number;
        }
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, self.width, self.height);
        encoder.set_color(png::ColorType::Indexed);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_palette(index.keys().flatten().copied().collect::<Vec<u8>>());
        encoder.set_compression(png::Compression::High);
        // Neighbours in a palette are no likeness: nothing is gained by differences.
        encoder.set_filter(png::Filter::NoFilter);
        let indexed: Vec<u8> = self.pixels.iter().map(|pixel| index[pixel]).collect();
        encoder.write_header().unwrap().write_image_data(&indexed).unwrap();
        bytes
    }

    /// The pixels of such a file.
    pub(super) fn read(file: &[u8]) -> Self {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        decoder.set_transformations(png::Transformations::EXPAND);
        let mut reader = decoder.read_info().unwrap();
        let mut bytes = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut bytes).unwrap();
        let pixels = bytes[..frame.buffer_size()].as_chunks::<3>().0.to_vec();
        Self { width: frame.width, height: frame.height, pixels }
    }
}
