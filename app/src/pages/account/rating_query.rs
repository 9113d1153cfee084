//! Which of my ratings the page shows: in its address, so that it can be kept, sent and gone back to.

use leptos_router::{location::Url, params::ParamsMap};
use matinee_domain::{
    Stars,
    rating::{RatingFilter, RatingSort},
};

/// Ratings on one page.
pub const PAGE: u32 = 24;
/// The last page that is asked for.
const LAST_PAGE: u32 = 10_000;

/// The orders, with their names in the address.
pub const SORTS: [(RatingSort, &str); 5] = [
    (RatingSort::Recent, "recent"),
    (RatingSort::Highest, "highest"),
    (RatingSort::Lowest, "lowest"),
    (RatingSort::Title, "title"),
    (RatingSort::Year, "year"),
];

/// What is asked for. Whatever can't be read counts as not asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RatingQuery {
    pub sort: RatingSort,
    pub title: String,
    /// Half stars; 0 for any.
    pub half_stars: u8,
    /// From 1; 0 means 1.
    pub page: u32,
}

impl RatingQuery {
    /// Reads an address's query.
    pub fn read(params: &ParamsMap) -> Self {
        let text = |name: &str| params.get_str(name).unwrap_or_default();
        let page = text("page").parse().unwrap_or(1);
        Self { page: u32::clamp(page, 1, LAST_PAGE), ..Self::from_form(text("sort"), text("title"), text("stars")) }
    }

    /// Reads the page's address, as [`RatingQuery::path`] writes it.
    #[cfg(feature = "ssr")]
    pub fn at(address: &str) -> Self {
        Self::read(&crate::api::query_of(address))
    }

    /// The first page of what a form asks for.
    pub fn from_form(sort: &str, title: &str, stars: &str) -> Self {
        let sort = SORTS.iter().find(|(_, name)| *name == sort).map(|(sort, _)| *sort);
        let stars = stars.trim().parse().ok();
        Self {
            sort: sort.unwrap_or_default(),
            title: title.trim().to_owned(),
            half_stars: stars.map_or(0, |stars: Stars| stars.half_stars()),
            page: 1,
        }
    }

    /// The stars asked for.
    pub fn stars(&self) -> Option<Stars> {
        Stars::from_half_stars(self.half_stars).ok()
    }

    /// Whether anything is left out.
    pub fn is_filtered(&self) -> bool {
        !self.title.is_empty() || self.half_stars != 0
    }

    /// The name of the order in the address.
    pub fn sort_name(&self) -> &'static str {
        SORTS.iter().find(|(sort, _)| *sort == self.sort).map_or("recent", |(_, name)| name)
    }

    /// The path of another page of the same.
    pub fn path(&self, page: u32) -> String {
        let mut pairs = Vec::new();
        if self.sort != RatingSort::default() {
            pairs.push(("sort", self.sort_name().to_owned()));
        }
        if !self.title.is_empty() {
            pairs.push(("title", Url::escape(&self.title)));
        }
        pairs.extend(self.stars().map(|stars| ("stars", stars.decimal())));
        if page > 1 {
            pairs.push(("page", page.to_string()));
        }
        let pairs: Vec<_> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { "/ratings".to_owned() } else { format!("/ratings?{}", pairs.join("&")) }
    }

    /// What the use case takes.
    pub fn filter(&self) -> RatingFilter {
        RatingFilter {
            sort: self.sort,
            title: (!self.title.is_empty()).then(|| self.title.clone()),
            stars: self.stars(),
            offset: self.page.clamp(1, LAST_PAGE).saturating_sub(1) * PAGE,
            limit: PAGE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&'static str, &str)]) -> RatingQuery {
        let mut params = ParamsMap::new();
        for (name, value) in pairs {
            params.insert(*name, (*value).to_owned());
        }
        RatingQuery::read(&params)
    }

    #[test]
    fn an_address_can_be_read_and_written_again() {
        let query = read(&[("sort", "highest"), ("title", " alien "), ("stars", "4.5"), ("page", "3")]);
        assert_eq!((query.title.as_str(), query.half_stars, query.page), ("alien", 9, 3));
        assert_eq!(query.path(2), "/ratings?sort=highest&title=alien&stars=4.5&page=2");
        assert_eq!(query.filter().offset, 48);
    }

    #[test]
    fn what_can_not_be_read_counts_as_not_asked_for() {
        let query = read(&[("sort", "upside-down"), ("stars", "7"), ("page", "-1")]);
        assert_eq!(query, RatingQuery { page: 1, ..RatingQuery::default() });
        assert!(!query.is_filtered());
        assert_eq!(query.path(1), "/ratings");
    }
}
