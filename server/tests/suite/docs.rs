//! `docs/security.md` against the sources, so that its tables can't rot: every test that it names is there, and every item of levels 1 and 2
//! of ASVS 5.0.0 stands in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The items of levels 1 and 2, by section: the last number of each, for they all begin with 1 and those of level 3 come last.
const SECTIONS: &[(&str, u32)] = &[
    ("1.1", 2),
    ("1.2", 9),
    ("1.3", 11),
    ("1.4", 3),
    ("1.5", 2),
    ("2.1", 3),
    ("2.2", 3),
    ("2.3", 4),
    ("2.4", 1),
    ("3.2", 2),
    ("3.3", 4),
    ("3.4", 6),
    ("3.5", 5),
    ("3.7", 2),
    ("4.1", 3),
    ("4.2", 1),
    ("4.3", 2),
    ("4.4", 4),
    ("5.1", 1),
    ("5.2", 3),
    ("5.3", 2),
    ("5.4", 3),
    ("6.1", 3),
    ("6.2", 12),
    ("6.3", 4),
    ("6.4", 4),
    ("6.5", 5),
    ("6.6", 3),
    ("6.8", 4),
    ("7.1", 3),
    ("7.2", 4),
    ("7.3", 2),
    ("7.4", 5),
    ("7.5", 2),
    ("7.6", 2),
    ("8.1", 2),
    ("8.2", 3),
    ("8.3", 1),
    ("8.4", 1),
    ("9.1", 3),
    ("9.2", 4),
    ("10.1", 2),
    ("10.2", 2),
    ("10.3", 4),
    ("10.4", 11),
    ("10.5", 5),
    ("10.6", 2),
    ("10.7", 3),
    ("11.1", 2),
    ("11.2", 3),
    ("11.3", 3),
    ("11.4", 4),
    ("11.5", 1),
    ("11.6", 1),
    ("12.1", 3),
    ("12.2", 2),
    ("12.3", 4),
    ("13.1", 1),
    ("13.2", 5),
    ("13.3", 2),
    ("13.4", 5),
    ("14.1", 2),
    ("14.2", 4),
    ("14.3", 3),
    ("15.1", 3),
    ("15.2", 3),
    ("15.3", 7),
    ("16.1", 1),
    ("16.2", 5),
    ("16.3", 4),
    ("16.4", 3),
    ("16.5", 3),
    ("17.1", 1),
    ("17.2", 4),
    ("17.3", 2),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn document() -> String {
    fs::read_to_string(root().join("docs/security.md")).unwrap()
}

/// The cells of the tables' rows, without the heads.
fn rows(document: &str) -> Vec<Vec<String>> {
    let rows = document.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| item"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect()).collect()
}

/// Items that the first cells name: `6.2.1, 6.2.3–6.2.5`.
fn named(cell: &str) -> Vec<String> {
    let mut items = Vec::new();
    for part in cell.split(',').map(str::trim) {
        let (first, last) = part.split_once('–').unwrap_or((part, part));
        let split = |item: &str| {
            let (section, number) = item.rsplit_once('.')?;
            Some((section.to_owned(), number.parse::<u32>().ok()?))
        };
        let (Some((section, from)), Some((until_section, to))) = (split(first), split(last)) else { continue };
        if section.contains('.') && section == until_section {
            items.extend((from..=to).map(|number| format!("{section}.{number}")));
        }
    }
    items
}

#[test]
fn every_item_of_levels_1_and_2_stands_in_the_tables() {
    let document = document();
    let there: BTreeSet<_> = rows(&document).iter().flat_map(|row| named(&row[0])).collect();
    let wanted =
        SECTIONS.iter().flat_map(|(section, last)| (1..=*last).map(move |number| format!("{section}.{number}")));
    let wanted: Vec<_> = wanted.collect();
    assert_eq!(wanted.len(), 253, "as many as ASVS 5.0.0 has");
    let missing: Vec<_> = wanted.into_iter().filter(|item| !there.contains(item)).collect();
    assert!(missing.is_empty(), "docs/security.md lacks {missing:?}");
}

/// Whether a word is written as Rust writes names of functions and modules.
fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// What the sources hold: names of functions, and of files, folders and modules.
#[derive(Default)]
struct Sources {
    functions: BTreeSet<String>,
    places: BTreeSet<String>,
    files: BTreeMap<String, String>,
}

impl Sources {
    fn read() -> Self {
        let mut sources = Self::default();
        for part in [
            "domain",
            "services",
            "migrations",
            "store",
            "search",
            "importer",
            "ai-worker",
            "app",
            "server",
            "director",
            "connections",
            "fuzz",
        ] {
            sources.add(&root().join(part));
            sources.places.insert(part.to_owned());
        }
        sources.add(&root().join("end2end/tests"));
        sources
    }

    fn add(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name().into_string().unwrap();
            if path.is_dir() {
                if !matches!(name.as_str(), "target" | "node_modules" | "corpus") {
                    self.places.insert(name);
                    self.add(&path);
                }
            } else if let Some(stem) = name.strip_suffix(".rs") {
                self.places.insert(stem.to_owned());
                let text = fs::read_to_string(&path).unwrap();
                let words = |before: &'static str| {
                    let rest = text.split(before).skip(1);
                    let word =
                        |rest: &str| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap().to_owned();
                    rest.map(word).collect::<Vec<_>>()
                };
                self.functions.extend(words("fn "));
                // Tests that a macro makes of a list of names.
                let listed = text.lines().filter_map(|line| line.trim_start().split_once(": ")).map(|(name, _)| name);
                self.functions
                    .extend(listed.filter(|name| is_name(name) && name.matches('_').count() > 2).map(str::to_owned));
                self.places.extend(words("mod "));
            } else if path.extension().is_some_and(|kind| kind == "ts") {
                self.files.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }

    /// Why there is no such test; `None` where there is, or where the text names none.
    fn lacks(&self, quoted: &str) -> Option<String> {
        if quoted.ends_with(".spec.ts") && !quoted.starts_with('*') {
            return (!self.files.contains_key(quoted)).then(|| format!("no file end2end/tests/{quoted}"));
        }
        let parts: Vec<_> = quoted.split("::").map(|part| part.strip_prefix("matinee-").unwrap_or(part)).collect();
        let is_test = parts.len() > 1 || quoted.matches('_').count() > 2;
        if !is_test || !parts.iter().all(|part| is_name(part)) {
            return None;
        }
        let (last, before) = parts.split_last()?;
        if let Some(place) = before.iter().find(|place| !self.places.contains(**place)) {
            return Some(format!("{quoted}: nothing is called {place}"));
        }
        let is_there = self.functions.contains(*last) || (parts.len() > 1 && self.places.contains(*last));
        (!is_there).then(|| format!("{quoted}: there is no test {last}"))
    }
}

#[test]
fn every_test_that_the_security_page_names_is_there() {
    let (document, sources) = (document(), Sources::read());
    // Between backticks, outside of blocks of code.
    let quoted: Vec<_> = document.split('`').skip(1).step_by(2).filter(|text| !text.contains('\n')).collect();
    assert!(quoted.iter().filter(|text| text.contains("::")).count() > 100, "the page is written in another way");
    let lacking: BTreeSet<_> = quoted.into_iter().filter_map(|text| sources.lacks(text)).collect();
    assert!(lacking.is_empty(), "docs/security.md names what is not there: {lacking:#?}");
}

#[test]
fn a_test_that_is_not_there_would_be_noticed() {
    let sources = Sources::read();
    for wrong in [
        "hostile::honest::nobody_wrote_this_test",
        "hostile::nowhere::x",
        "a_test_that_nobody_ever_wrote_here",
        "none.spec.ts",
    ] {
        assert!(sources.lacks(wrong).is_some(), "{wrong}");
    }
    assert_eq!(sources.lacks("docs::a_test_that_is_not_there_would_be_noticed"), None);
    assert_eq!(named("6.2.1, 6.2.3–6.2.5"), ["6.2.1", "6.2.3", "6.2.4", "6.2.5"]);
}
