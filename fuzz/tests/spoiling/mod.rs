//! Inputs that are kept, and what comes of spoiling them: some bytes changed, a piece left out or said twice.

use std::{fs, path::Path};

/// Spoilt ones of each input.
const SPOILT: u64 = 40;

/// What means something to one parser or another.
const SIGNS: &[u8] = b"\0\"\\,\t\n{}[]<>:-%\x1e\xff";

/// Numbers that look random, the same each time (Knuth's MMIX).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).expect("31 bits") % end.max(1)
    }

    fn spoil(&mut self, input: &[u8]) -> Vec<u8> {
        let mut spoilt = input.to_vec();
        for _ in 0..=self.below(4) {
            let (from, length) = (self.below(spoilt.len()), self.below(16));
            let piece = from..(from + length).min(spoilt.len());
            match self.below(4) {
                0 => drop(spoilt.drain(piece)),
                1 => {
                    let again = spoilt[piece].to_vec();
                    spoilt.splice(from..from, again);
                }
                2 => spoilt.insert(from, SIGNS[self.below(SIGNS.len())]),
                _ => {
                    if let Some(byte) = spoilt.get_mut(from) {
                        *byte ^= 1 << self.below(8);
                    }
                }
            }
        }
        spoilt
    }
}

/// Gives `read` every input of the folder, and forty spoilt ones of each.
pub fn read_all(folder: &Path, read: fn(&[u8])) {
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("each target has inputs").map(|file| file.expect("readable").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} has no inputs", folder.display());
    read(b"");
    let mut chance = Chance(1);
    for file in files {
        let input = fs::read(&file).expect("readable");
        println!("{}", file.display());
        read(&input);
        for _ in 0..SPOILT {
            read(&chance.spoil(&input));
        }
    }
}
