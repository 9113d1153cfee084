//! People who make films and play in them; few are in many films.

use std::{
    io::{self, Write as _},
    path::Path,
};

use super::{
    Size, begin,
    films::{imdb_number, word},
    random::{Random, Shuffled, Zipf},
};

pub fn write(imdb: &Path, size: Size) -> io::Result<()> {
    let mut names = begin(imdb, "name.basics.tsv", "nconst\tprimaryName")?;
    for person in 1..=size.people {
        let mut random = Random::new(size.seed, person << 32);
        let (first, last) = (word(1 + random.below(2_000)), word(1 + random.below(200_000)));
        writeln!(names, "nm{person:07}\t{first} {last} {}", word(person % 977 + 1))?;
    }
    names.flush()?;
    let mut crew = begin(imdb, "title.crew.tsv", "tconst\tdirectors\twriters")?;
    let mut principals = begin(imdb, "title.principals.tsv", "tconst\tordering\tnconst\tcategory")?;
    let order = Shuffled::new(size.people, &mut Random::new(size.seed, 3 << 60));
    let fame = Zipf::new(size.people, 1.05, 50.0);
    for film in 1..=size.films {
        let mut random = Random::new(size.seed ^ 0xf11e, film);
        let mut somebody = || format!("nm{:07}", order.at(fame.draw(&mut random)));
        let id = imdb_number(film);
        writeln!(crew, "tt{id:07}\t{}\t{},{}", somebody(), somebody(), somebody())?;
        for place in 1..=4 + film % 5 {
            writeln!(principals, "tt{id:07}\t{place}\t{}\tactor", somebody())?;
        }
    }
    crew.flush()?;
    principals.flush()
}
