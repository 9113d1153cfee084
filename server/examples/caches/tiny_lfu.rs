//! W-TinyLFU (Einziger, Friedman, Manes: "`TinyLFU`: A Highly Efficient Cache Admission Policy", 2017), simulated: what a cache of so many bytes
//! would have hit. A window of 1 % in order of use before a main part in two segments (80 % protected); who leaves the window stays
//! only by having been asked for more often than those who would have to go. Frequencies are counted exactly up to 15, and halved after
//! ten times as many askings as there are entries, where real ones estimate them.

use std::collections::{BTreeMap, HashMap};

const WINDOW_PERCENT: u64 = 1;
const PROTECTED_PERCENT: u64 = 80;
const MOST_COUNTED: u8 = 15;
/// The counts cover so many askings for each entry.
const SAMPLE: u64 = 10;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Window,
    Probation,
    Protected,
}

/// Entries in order of their last use, with their bytes.
#[derive(Default)]
struct Segment {
    by_use: BTreeMap<u64, u64>,
    bytes: u64,
}

impl Segment {
    fn add(&mut self, key: u64, turn: u64, bytes: u64) {
        self.by_use.insert(turn, key);
        self.bytes += bytes;
    }

    fn remove(&mut self, turn: u64, bytes: u64) {
        self.by_use.remove(&turn);
        self.bytes -= bytes;
    }

    fn oldest(&self) -> Option<u64> {
        self.by_use.values().next().copied()
    }
}

struct Entry {
    part: Part,
    turn: u64,
    bytes: u64,
}

pub struct TinyLfu {
    window_bytes: u64,
    protected_bytes: u64,
    main_bytes: u64,
    entries: HashMap<u64, Entry>,
    parts: [Segment; 3],
    counts: HashMap<u64, u8>,
    counted: u64,
    turn: u64,
    pub hits: u64,
}

impl TinyLfu {
    pub fn new(bytes: u64) -> Self {
        let window_bytes = bytes * WINDOW_PERCENT / 100;
        let main_bytes = bytes - window_bytes;
        Self {
            window_bytes,
            main_bytes,
            protected_bytes: main_bytes * PROTECTED_PERCENT / 100,
            entries: HashMap::new(),
            parts: std::array::from_fn(|_| Segment::default()),
            counts: HashMap::new(),
            counted: 0,
            turn: 0,
            hits: 0,
        }
    }

    /// Somebody asks for this; it is put in where it isn't there.
    pub fn ask(&mut self, key: u64, bytes: u64) {
        self.turn += 1;
        self.count(key);
        match self.entries.get(&key).map(|entry| entry.part) {
            Some(part) => {
                self.hits += 1;
                self.place(key, if part == Part::Window { Part::Window } else { Part::Protected });
                while self.part(Part::Protected).bytes > self.protected_bytes {
                    let Some(oldest) = self.part(Part::Protected).oldest() else { break };
                    self.place(oldest, Part::Probation);
                }
            }
            None if bytes <= self.main_bytes => {
                self.entries.insert(key, Entry { part: Part::Window, turn: self.turn, bytes });
                let turn = self.turn;
                self.part(Part::Window).add(key, turn, bytes);
                while self.part(Part::Window).bytes > self.window_bytes {
                    let Some(candidate) = self.part(Part::Window).oldest() else { break };
                    self.admit(candidate);
                }
            }
            None => {}
        }
    }

    /// Lets one that leaves the window into the main part, or go.
    fn admit(&mut self, candidate: u64) {
        let own = self.frequency(candidate);
        self.place(candidate, Part::Probation);
        while self.part(Part::Probation).bytes + self.part(Part::Protected).bytes > self.main_bytes {
            let oldest = |part: &Segment| part.by_use.values().copied().find(|key| *key != candidate);
            let victim = oldest(self.part(Part::Probation)).or_else(|| oldest(self.part(Part::Protected)));
            match victim {
                Some(victim) if own > self.frequency(victim) => self.remove(victim),
                _ => {
                    self.remove(candidate);
                    return;
                }
            }
        }
    }

    fn part(&mut self, part: Part) -> &mut Segment {
        &mut self.parts[part as usize]
    }

    /// Moves an entry, as the one that was used last.
    fn place(&mut self, key: u64, into: Part) {
        self.turn += 1;
        let turn = self.turn;
        let Some(entry) = self.entries.get_mut(&key) else { return };
        let (from, before, bytes) = (entry.part, entry.turn, entry.bytes);
        (entry.part, entry.turn) = (into, turn);
        self.part(from).remove(before, bytes);
        self.part(into).add(key, turn, bytes);
    }

    fn remove(&mut self, key: u64) {
        if let Some(Entry { part, turn, bytes }) = self.entries.remove(&key) {
            self.part(part).remove(turn, bytes);
        }
    }

    fn frequency(&self, key: u64) -> u8 {
        self.counts.get(&key).copied().unwrap_or(0)
    }

    fn count(&mut self, key: u64) {
        let count = self.counts.entry(key).or_default();
        *count = (*count + 1).min(MOST_COUNTED);
        self.counted += 1;
        if self.counted >= SAMPLE * (self.entries.len() as u64).max(100) {
            self.counts.retain(|_, count| {
                *count /= 2;
                *count > 0
            });
            self.counted /= 2;
        }
    }
}
