//! A catalogue and a recommender that make up their answers, of all sizes, and count how often they are asked.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use async_trait::async_trait;
use matinee_domain::{Histogram, Movie, MovieCard, MovieId, RatingSummary, search::GenreCount};
use matinee_services::ports::{
    IndexedMovie, ModelStatus, MovieRepository, RankedBy, RecommendRequest, Recommender, RecommenderError,
    RepositoryResult, ScoreTerm, ScoredMovie, SimilarMovie, SitemapEntry, TermSource,
};
use uuid::Uuid;

/// A number that looks like chance.
pub fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn size_of_text(id: MovieId, most: u64) -> usize {
    let number = u64::try_from(id.0.as_u128() & u128::from(u64::MAX)).unwrap_or(0);
    usize::try_from(mix(number) % most).unwrap_or(0)
}

/// A film whose title and plot are of some length that follows from its number.
pub fn movie(id: MovieId) -> Movie {
    Movie {
        card: MovieCard {
            id,
            title: "t".repeat(5 + size_of_text(id, 60)),
            year: None,
            genres: vec!["Drama".to_owned(); 1 + size_of_text(id, 4)],
            rating: RatingSummary::default(),
        },
        original_title: None,
        alternative_titles: Vec::new(),
        runtime_min: None,
        plot: Some("p".repeat(size_of_text(id, 3_000))),
        poster: None,
        credits: Vec::new(),
        histogram: Histogram::default(),
        external_ids: Vec::new(),
        elsewhere: None,
    }
}

/// Some recommendations: how many follows from the number.
pub fn scored(key: u64) -> Vec<ScoredMovie> {
    let term = ScoreTerm { source: TermSource::Popularity, value: 1.0, share: 1.0 };
    let count = 10 + mix(key) % 40;
    let film = |number| MovieId(Uuid::from_u128(u128::from(number)));
    (0..count)
        .map(|number| ScoredMovie { movie: film(number), score: 1.0, terms: vec![term.clone(); 3], stars: None })
        .collect()
}

#[derive(Default)]
pub struct MadeUpCatalogue {
    pub asked: AtomicU64,
}

#[async_trait]
impl MovieRepository for MadeUpCatalogue {
    async fn lookup(&self, id: MovieId) -> RepositoryResult<Option<Movie>> {
        self.asked.fetch_add(1, Relaxed);
        Ok(Some(movie(id)))
    }

    async fn lookup_many(&self, movies: &[MovieId]) -> RepositoryResult<Vec<Movie>> {
        self.asked.fetch_add(1, Relaxed);
        Ok(movies.iter().copied().map(movie).collect())
    }

    async fn list_cards(&self, movies: &[MovieId]) -> RepositoryResult<Vec<MovieCard>> {
        self.asked.fetch_add(1, Relaxed);
        Ok(movies.iter().map(|id| movie(*id).card).collect())
    }

    async fn list_popular(&self, _: Option<&str>, _: u32) -> RepositoryResult<Vec<MovieCard>> {
        Ok(Vec::new())
    }

    async fn list_most_rated(&self, _: u32) -> RepositoryResult<Vec<MovieCard>> {
        Ok(Vec::new())
    }

    async fn list_genres(&self) -> RepositoryResult<Vec<GenreCount>> {
        Ok(Vec::new())
    }

    async fn list_for_index(&self, _: Option<MovieId>, _: u32) -> RepositoryResult<Vec<IndexedMovie>> {
        Ok(Vec::new())
    }

    async fn list_for_sitemap(&self, _: Option<MovieId>, _: u32) -> RepositoryResult<Vec<SitemapEntry>> {
        Ok(Vec::new())
    }

    async fn count(&self) -> RepositoryResult<u64> {
        Ok(0)
    }

    async fn ping(&self) -> RepositoryResult<()> {
        Ok(())
    }
}

#[derive(Default)]
pub struct MadeUpRecommender {
    pub asked: AtomicU64,
}

#[async_trait]
impl Recommender for MadeUpRecommender {
    async fn recommend(&self, request: RecommendRequest) -> Result<Vec<ScoredMovie>, RecommenderError> {
        self.asked.fetch_add(1, Relaxed);
        let number = request.person.map_or(0, |person| person.id.0.as_u128() & u128::from(u64::MAX));
        Ok(scored(u64::try_from(number).unwrap_or(0)))
    }

    async fn rank(&self, _: RecommendRequest, _: Vec<MovieId>) -> Result<RankedBy, RecommenderError> {
        Err(RecommenderError::NoModel)
    }

    async fn explain(&self, _: RecommendRequest, _: MovieId) -> Result<ScoredMovie, RecommenderError> {
        Err(RecommenderError::NoModel)
    }

    async fn similar(&self, _: MovieId, _: u32) -> Result<Vec<SimilarMovie>, RecommenderError> {
        Err(RecommenderError::NoModel)
    }

    async fn status(&self) -> Result<ModelStatus, RecommenderError> {
        Err(RecommenderError::NoModel)
    }
}
