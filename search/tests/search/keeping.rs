//! The index over time: films taken in, rebuilt, closed, damaged.

use std::{fs, path::Path, sync::Arc};

use matinee_domain::{SearchFilter, SearchQuery};
use matinee_search::{IndexError, RebuildReason, SearchOptions, TantivyIndex};
use matinee_services::ports::{SearchError, SearchIndex};

use crate::films::{Catalogue, films};

fn query(text: &str) -> SearchQuery {
    SearchQuery { text: text.to_owned(), filter: SearchFilter::default(), offset: 0, limit: 10 }
}

fn open(folder: &Path) -> (TantivyIndex, Option<RebuildReason>) {
    TantivyIndex::open(folder, SearchOptions::default()).unwrap()
}

fn generations(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("generation-")).collect()
}

#[tokio::test]
async fn an_empty_index_finds_nothing() {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    for text in ["", "alien", "alein 1979"] {
        assert_eq!(index.search(&query(text)).await.unwrap().total, 0);
    }
    assert_eq!(index.count().await.unwrap(), 0);
    index.put(Vec::new()).await.unwrap();
}

#[tokio::test]
async fn a_film_taken_in_is_found_at_once_in_place_of_what_it_was() {
    let index = TantivyIndex::in_memory(SearchOptions::default()).unwrap();
    let mut film = films()[0].clone();
    index.put(vec![film.clone()]).await.unwrap();
    assert_eq!(index.search(&query("godfather")).await.unwrap().movies, [film.id]);
    film.title = "The Grandmother".to_owned();
    index.put(vec![film.clone(), films()[1].clone()]).await.unwrap();
    assert_eq!(index.search(&query("grandmother")).await.unwrap().movies, [film.id]);
    assert_eq!(index.search(&query("godfather")).await.unwrap().movies, [films()[1].id]);
    assert_eq!(index.count().await.unwrap(), 2);
}

#[tokio::test]
async fn an_index_is_there_again_after_it_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let (index, reason) = open(folder.path());
    assert_eq!(reason, Some(RebuildReason::Missing));
    let mut told = Vec::new();
    let catalogue = Catalogue::of(films());
    let built = index.rebuild(&catalogue, |films| told.push(films)).await.unwrap();
    assert_eq!((built, told), (films().len() as u64, vec![films().len() as u64]));
    index.put(vec![films()[0].clone()]).await.unwrap();
    drop(index);

    let (index, reason) = open(folder.path());
    assert_eq!(reason, None);
    assert_eq!(index.count().await.unwrap(), films().len() as u64);
    assert_eq!(index.search(&query("alein")).await.unwrap().movies[0], films()[5].id);
    assert_eq!(generations(folder.path()).len(), 1);
}

#[tokio::test]
async fn an_index_that_was_never_filled_asks_for_it_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(open(folder.path()));
    assert_eq!(open(folder.path()).1, Some(RebuildReason::Missing));
    assert_eq!(generations(folder.path()).len(), 1);
}

#[tokio::test]
async fn damage_is_noticed_and_mended() {
    let damages: [fn(&Path); 4] = [
        |folder| fs::write(folder.join("CURRENT"), [0xff, 0x00]).unwrap(),
        |folder| fs::remove_dir_all(folder.join(&generations(folder)[0])).unwrap(),
        |folder| fs::write(folder.join(&generations(folder)[0]).join("meta.json"), "{").unwrap(),
        |folder| {
            let generation = folder.join(&generations(folder)[0]);
            let mut files = fs::read_dir(&generation).unwrap().map(|entry| entry.unwrap().path());
            let terms = files.find(|path| path.extension().is_some_and(|extension| extension == "term")).unwrap();
            let mut bytes = fs::read(&terms).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 0xff;
            fs::write(&terms, bytes).unwrap();
        },
    ];
    for damage in damages {
        let folder = tempfile::tempdir().unwrap();
        let catalogue = Catalogue::of(films());
        open(folder.path()).0.rebuild(&catalogue, |_| ()).await.unwrap();
        damage(folder.path());
        let (index, reason) = open(folder.path());
        assert!(matches!(reason, Some(RebuildReason::Damaged(_))), "{reason:?}");
        assert_eq!(index.search(&query("alien")).await.unwrap().total, 0);
        index.rebuild(&catalogue, |_| ()).await.unwrap();
        assert_eq!(index.count().await.unwrap(), films().len() as u64);
        drop(index);
        assert_eq!(open(folder.path()).1, None);
    }
}

#[tokio::test]
async fn an_index_of_another_format_is_out_of_date() {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).0.rebuild(&Catalogue::of(films()), |_| ()).await.unwrap();
    fs::write(folder.path().join("CURRENT"), "0 generation-1\n").unwrap();
    assert_eq!(open(folder.path()).1, Some(RebuildReason::OutOfDate));
}

#[tokio::test]
async fn one_process_at_a_time_uses_a_folder() {
    let folder = tempfile::tempdir().unwrap();
    let first = open(folder.path());
    let second = TantivyIndex::open(folder.path(), SearchOptions::default());
    assert!(matches!(second, Err(IndexError::InUse { .. })));
    drop(first);
    open(folder.path());
}

#[tokio::test]
async fn a_rebuild_that_fails_leaves_the_old_index() {
    let folder = tempfile::tempdir().unwrap();
    let (index, _) = open(folder.path());
    index.rebuild(&Catalogue::of(films()), |_| ()).await.unwrap();
    let broken = Catalogue { fails_after: Some(0), ..Catalogue::of(films()) };
    assert!(matches!(index.rebuild(&broken, |_| ()).await, Err(IndexError::Catalogue(_))));
    assert_eq!(index.search(&query("alien 1979")).await.unwrap().movies[0], films()[5].id);
    assert_eq!(generations(folder.path()).len(), 1);
    drop(index);
    assert_eq!(open(folder.path()).1, None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_go_on_while_the_index_is_rebuilt() {
    let folder = tempfile::tempdir().unwrap();
    let (index, _) = open(folder.path());
    let index = Arc::new(index);
    let catalogue = Catalogue::of(films());
    index.rebuild(&catalogue, |_| ()).await.unwrap();
    let rebuilding = Arc::clone(&index);
    let rebuilds = tokio::spawn(async move {
        for _ in 0..5 {
            rebuilding.rebuild(&catalogue, |_| ()).await.unwrap();
        }
    });
    let mut searches = 0;
    while !rebuilds.is_finished() || searches == 0 {
        let hits = index.search(&query("alien 1979")).await.unwrap();
        assert_eq!((hits.movies[0], hits.total), (films()[5].id, 3));
        searches += 1;
    }
    rebuilds.await.unwrap();
    assert_eq!(generations(folder.path()).len(), 1);
}

#[tokio::test]
async fn a_search_that_takes_too_long_is_ended() {
    let options = SearchOptions { timeout_ms: 0, ..SearchOptions::default() };
    let index = TantivyIndex::in_memory(options).unwrap();
    index.put(films()).await.unwrap();
    assert!(matches!(index.search(&query("alien")).await, Err(SearchError::TimedOut(0))));
}
