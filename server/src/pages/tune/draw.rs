//! The page itself.

use leptos::{nonce::use_nonce, prelude::*};
use matinee_app::{
    components::{markup::push_text, poster::Posters, reasons::push_because, stars::push_mean},
    i18n::Locale,
    language::genre_name,
    plain::{KnobWords, Sheet, TuneWords, tune},
};
use matinee_domain::{RecommendationSource, knobs::Dial};
use matinee_services::tuning::{Lifted, TunedFilm};

use super::{super::pieces::opening, Shown};

/// How many places up are worth a word.
const WORTH_SAYING: usize = 3;

pub fn page(locale: Locale, shown: &Shown) -> Sheet {
    let words = tune(locale);
    let kept = shown.is_kept.then(|| view! { <p class="said tune__kept" role="status">{words.kept}</p> });
    let body = view! {
        {opening(words.title, words.note)}
        {kept}
        <div class="tune">
            {form(locale, words, shown)}
            {list(locale, words, shown)}
        </div>
        <script type="module" src="/tune.js" nonce=use_nonce()></script>
    };
    Sheet { title: words.title.to_owned(), body: body.into_any() }
}

fn form(locale: Locale, words: &'static TuneWords, shown: &Shown) -> AnyView {
    let knobs = &shown.tuned.knobs;
    view! {
        <form class="tune__form" method="post" action="/tune" data-tune aria-label=words.knobs>
            {knob("popularity", &words.popularity, knobs.popularity)}
            {knob("recency", &words.recency, knobs.recency)}
            {knob("diversity", &words.diversity, knobs.diversity)}
            <label class="switch tune__seen">
                {words.hide_seen}
                <input type="checkbox" role="switch" name="hide_seen" checked=knobs.hide_seen autocomplete="off" />
            </label>
            {genres(locale, words, shown)}
            <div class="cluster tune__do">
                <button class="button button--main" data-tune-show>{words.show}</button>
                <button class="button" name="reset" value="1">
                    {words.reset}
                </button>
            </div>
            <p class="visually-hidden" role="status" data-tune-status=words.begins></p>
            <p class="tune__failed" role="alert" data-tune-failed hidden>
                {words.failed}
            </p>
        </form>
    }
    .into_any()
}

fn knob<const FIRST: i16, const LAST: i16>(
    name: &'static str,
    words: &'static KnobWords,
    dial: Dial<FIRST, LAST>,
) -> AnyView {
    let said =
        usize::try_from(dial.place() - FIRST).ok().and_then(|at| words.places.get(at)).copied().unwrap_or_default();
    view! {
        <div class="knob">
            <label class="knob__label" for=name>
                {words.label}
            </label>
            <span class="knob__said" id=format!("{name}-said")>
                {said}
            </span>
            <input
                class="knob__dial"
                type="range"
                id=name
                name=name
                min=FIRST
                max=LAST
                step="1"
                value=dial.place()
                autocomplete="off"
                aria-describedby=format!("{name}-said")
                data-places=words.places.join("|")
            />
        </div>
    }
    .into_any()
}

fn genres(locale: Locale, words: &'static TuneWords, shown: &Shown) -> AnyView {
    let excluded = &shown.tuned.knobs.excluded_genres;
    let summary = match excluded.len() {
        0 => words.leave_out.to_owned(),
        count => words.leave_out_some.replace("{count}", &count.to_string()),
    };
    let mut named: Vec<_> = shown.genres.iter().map(|genre| (genre_name(locale, genre), genre.clone())).collect();
    named.sort_unstable();
    let chips = named.into_iter().map(|(name, genre)| {
        let checked = excluded.contains(&genre);
        view! {
            <label class="chip chip--out">
                <input type="checkbox" name="exclude" value=genre checked=checked autocomplete="off" />
                {name}
            </label>
        }
    });
    view! {
        <details class="filters__box" open=!excluded.is_empty()>
            <summary class="filters__summary" data-tune-genres>
                {summary}
            </summary>
            <fieldset>
                <legend class="tune__legend">{words.leave_out}</legend>
                <div class="filters__chips">{chips.collect_view()}</div>
            </fieldset>
        </details>
    }
    .into_any()
}

fn list(locale: Locale, words: &'static TuneWords, shown: &Shown) -> AnyView {
    let tuned = &shown.tuned;
    let (title, how) = match (tuned.items.is_empty(), tuned.source, tuned.knobs.is_neutral()) {
        (true, ..) => (words.nothing, words.nothing_note),
        (_, RecommendationSource::Popular, _) => (words.list, words.resting),
        (.., true) => (words.list, words.how_neutral),
        (.., false) => (words.list, words.how_tuned),
    };
    view! {
        <section class="tune__list" id="list" aria-labelledby="list-title">
            <h2 id="list-title">{title}</h2>
            <p class="described__how">{how}</p>
            <ol class="grid" inner_html=cards(locale, words, &tuned.items)></ol>
            <p class="desk__more">
                <a class="button" href="/" rel="external">
                    {words.home}
                </a>
            </p>
        </section>
    }
    .into_any()
}

fn cards(locale: Locale, words: &TuneWords, films: &[TunedFilm]) -> String {
    let mut html = String::with_capacity(films.len() * 2048);
    let mut posters = Posters::default();
    for (place, film) in films.iter().enumerate() {
        let movie = &film.recommendation.movie;
        html.push_str("<li class=\"card\"><div class=\"card__poster\">");
        posters.push_next(&mut html, movie);
        html.push_str("</div><div class=\"card__text\"><h3 class=\"card__title\"><a class=\"card__link\" rel=\"external\" href=\"");
        push_text(&mut html, &movie.path());
        html.push_str("\">");
        push_text(&mut html, &movie.title);
        html.push_str("</a></h3><p class=\"card__facts\">");
        if let Some(year) = movie.year {
            html.push_str("<span>");
            push_text(&mut html, &year.to_string());
            html.push_str("</span>");
        }
        push_mean(&mut html, locale, movie.rating.mean);
        html.push_str("</p>");
        if let Some(text) = moved(words, film, place + 1) {
            html.push_str("<p class=\"tune__moved\">");
            push_text(&mut html, &text);
            html.push_str("</p>");
        }
        html.push_str("<p class=\"card__why\">");
        push_because(&mut html, locale, &film.recommendation.reasons, 1);
        html.push_str("</p></div></li>");
    }
    html
}

/// What is to be said of a film's place, beside why it suits the person.
fn moved(words: &TuneWords, film: &TunedFilm, place: usize) -> Option<String> {
    if film.is_seen {
        return Some(words.seen.to_owned());
    }
    if film.place_before < place + WORTH_SAYING {
        return None;
    }
    let template = match film.lifted? {
        Lifted::BetterKnown => words.better_known,
        Lifted::LessKnown => words.less_known,
        Lifted::Newer => words.newer,
        Lifted::Older => words.older,
    };
    Some(template.replace("{place}", &film.place_before.to_string()))
}
