//! A search as it stands in the address bar: `?q=alien&genre=Horror&from=1979&to=1989&min=3.5&page=2`.

use leptos_router::{location::Url, params::ParamsMap};
use matinee_domain::{SearchFilter, SearchQuery, Stars, Year};

/// What is asked. Parts that make no sense are left out rather than refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Question {
    pub q: String,
    /// Genres, in the catalogue's words.
    pub genre: Vec<String>,
    pub from: Option<u16>,
    pub to: Option<u16>,
    /// The least mean rating.
    pub min: Option<Stars>,
    /// From 1.
    pub page: Option<u32>,
}

impl Question {
    /// Reads a query string's values.
    pub fn from_params(params: &ParamsMap) -> Self {
        let number = |key: &str| params.get_str(key).and_then(|value| value.trim().parse::<u16>().ok());
        Self {
            q: params.get("q").unwrap_or_default(),
            genre: params.get_all("genre").unwrap_or_default().into_iter().filter(|name| !name.is_empty()).collect(),
            from: number("from"),
            to: number("to"),
            min: params.get_str("min").and_then(|value| value.trim().parse().ok()),
            page: number("page").map(u32::from).filter(|page| *page > 1),
        }
    }

    /// Reads the search page's address, as [`Question::path`] writes it.
    #[cfg(feature = "ssr")]
    pub fn at(address: &str) -> Self {
        Self::from_params(&crate::api::query_of(address))
    }

    /// The page's number, from 1.
    pub fn page(&self) -> u32 {
        self.page.unwrap_or(1).max(1)
    }

    /// Whether anything but text is asked.
    pub fn is_filtered(&self) -> bool {
        !self.genre.is_empty() || self.from.is_some() || self.to.is_some() || self.min.is_some()
    }

    /// As the search use case takes it.
    pub fn query(&self, per_page: u32) -> SearchQuery {
        let year = |year: Option<u16>| year.and_then(|year| Year::new(i32::from(year)).ok());
        SearchQuery {
            text: self.q.clone(),
            filter: SearchFilter {
                genres: self.genre.clone(),
                from: year(self.from),
                to: year(self.to),
                min_rating: self.min.map(|min| f32::from(min.half_stars()) / 2.0),
            },
            offset: (self.page() - 1).saturating_mul(per_page),
            limit: per_page,
        }
    }

    /// The search page's path with this question.
    pub fn path(&self) -> String {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        if !self.q.is_empty() {
            pairs.push(("q", self.q.clone()));
        }
        pairs.extend(self.genre.iter().map(|genre| ("genre", genre.clone())));
        pairs.extend(self.from.map(|year| ("from", year.to_string())));
        pairs.extend(self.to.map(|year| ("to", year.to_string())));
        pairs.extend(self.min.map(|min| ("min", min.decimal())));
        if self.page() > 1 {
            pairs.push(("page", self.page().to_string()));
        }
        let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| format!("{key}={}", Url::escape(&value))).collect();
        if pairs.is_empty() { "/search".to_owned() } else { format!("/search?{}", pairs.join("&")) }
    }
}

#[cfg(test)]
mod tests {
    use leptos_router::location::RequestUrl;

    use super::*;

    #[test]
    fn a_question_survives_the_address_bar() {
        let question = Question {
            q: "alien & co".into(),
            genre: vec!["Sci-Fi".into(), "Children's".into()],
            from: Some(1979),
            to: None,
            min: Stars::from_half_stars(7).ok(),
            page: Some(2),
        };
        let path = question.path();
        let url = RequestUrl::new(&format!("http://x.test{path}")).parse().unwrap();
        assert_eq!(Question::from_params(url.search_params()), question);
    }

    #[test]
    fn nonsense_in_the_address_is_left_out() {
        let mut params = ParamsMap::new();
        for (key, value) in [("from", "soon"), ("min", "-1"), ("page", "0"), ("genre", "")] {
            params.insert(key, value.to_owned());
        }
        assert_eq!(Question::from_params(&params), Question::default());
    }
}
