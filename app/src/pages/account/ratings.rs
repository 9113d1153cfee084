//! My ratings: sorted, filtered, changed, removed.

use leptos::{html, prelude::*, server_fn::ServerFn};
use leptos_meta::Title;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use matinee_domain::{MyRating, Page, Stars};

use super::rating_query::{PAGE, RatingQuery, SORTS};
use crate::{
    AppError,
    api::{activity::my_ratings, ratings::Rate},
    components::{
        empty_state::EmptyState,
        icons::{Icon, IconName},
        poster::Poster,
        skeletons::ListingSkeleton,
        stars_input::StarsInput,
        words::{day, fill, iso, stars_in_short},
    },
    feedback::use_feedback,
    i18n::{t_string, use_i18n},
    language::{genre_name, tr},
};

/// `/ratings?sort=…&title=…&stars=…&page=…`
#[component]
pub fn RatingsPage() -> impl IntoView {
    let params = use_query_map();
    let query = Memo::new(move |_| params.with(RatingQuery::read));
    let ratings = Resource::new_blocking(move || query.get(), my_ratings);
    let title = tr!(account.ratings.title);
    let content = move || {
        ratings.get().map(|result| match result {
            Ok((page, all)) => view! { <Ratings query=query page=page all=all /> }.into_any(),
            Err(error) => view! { <Failed error=error back=query.get().path(1) /> }.into_any(),
        })
    };
    view! {
        <Title text=title />
        <div class="opening">
            <h1 class="opening__title">{title}</h1>
        </div>
        <Transition fallback=|| view! { <ListingSkeleton /> }>{content}</Transition>
    }
}

/// Why the page has nothing to show.
#[component]
pub fn Failed(
    error: AppError,
    /// The page to come back to.
    back: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let sign_in = super::door::with_back("/sign-in", &back);
    let needed = error == AppError::SignInNeeded;
    let text = Signal::derive(move || match &error {
        AppError::SignInNeeded => t_string!(i18n, account.account.sign_in_first).to_owned(),
        other => other.text(i18n.get_locale()),
    });
    view! {
        <EmptyState text=text>
            {if needed {
                view! {
                    <a class="button button--main" href=sign_in>
                        {tr!(account.sign_in.title)}
                    </a>
                }
                    .into_any()
            } else {
                view! {
                    <a class="button button--main" href=back rel="external">
                        {tr!(account.failed_retry)}
                    </a>
                }
                    .into_any()
            }}
        </EmptyState>
    }
}

#[component]
fn Ratings(query: Memo<RatingQuery>, page: Page<MyRating>, all: u64) -> impl IntoView {
    let i18n = use_i18n();
    if all == 0 {
        let text = Signal::derive(move || t_string!(i18n, account.ratings.empty_note).to_owned());
        return view! {
            <EmptyState text=text>
                <a class="button button--main" href="/">
                    {tr!(account.ratings.empty_action)}
                </a>
                <a class="quiet" href="/search">
                    {tr!(account.ratings.empty_search)}
                </a>
            </EmptyState>
        }
        .into_any();
    }
    let count = move || match all {
        1 => t_string!(i18n, account.ratings.count_one).to_owned(),
        all => fill(t_string!(i18n, account.ratings.count), &[("count", &all.to_string())]),
    };
    let found = page.total;
    let found = move || {
        query
            .with(RatingQuery::is_filtered)
            .then(|| format!(", {}", fill(t_string!(i18n, account.ratings.found), &[("found", &found.to_string())])))
    };
    let list = if page.items.is_empty() {
        let text = Signal::derive(move || t_string!(i18n, account.ratings.no_match_note).to_owned());
        view! {
            <EmptyState text=text>
                <a class="button" href="/ratings">
                    {tr!(account.ratings.reset)}
                </a>
            </EmptyState>
        }
        .into_any()
    } else {
        let items = page.items.into_iter().map(|rating| view! { <RatedFilm rating=rating /> });
        view! { <ul class="listing">{items.collect_view()}</ul> }.into_any()
    };
    view! {
        <Sorting query=query />
        <p class="strand__note" role="status">
            {count}
            {found}
            ". "
            {tr!(account.ratings.note)}
        </p>
        {list}
        <Pages query=query total=page.total />
    }
    .into_any()
}

/// Order and filters: a form that writes the address.
#[component]
fn Sorting(query: Memo<RatingQuery>) -> impl IntoView {
    let i18n = use_i18n();
    let title = NodeRef::<html::Input>::new();
    let sort = NodeRef::<html::Select>::new();
    let stars = NodeRef::<html::Select>::new();
    let navigate = use_navigate();
    let go = move || {
        let (Some(title), Some(sort), Some(stars)) =
            (title.get_untracked(), sort.get_untracked(), stars.get_untracked())
        else {
            return;
        };
        let wanted = RatingQuery::from_form(&sort.value(), &title.value(), &stars.value());
        navigate(&wanted.path(1), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let submitted = go.clone();
    let order = move |name: &'static str| match name {
        "highest" => t_string!(i18n, account.ratings.sort_highest),
        "lowest" => t_string!(i18n, account.ratings.sort_lowest),
        "title" => t_string!(i18n, account.ratings.sort_title),
        "year" => t_string!(i18n, account.ratings.sort_year),
        _ => t_string!(i18n, account.ratings.sort_recent),
    };
    let orders = SORTS.map(|(sort, name)| {
        let selected = move || query.with(|query| query.sort == sort);
        view! {
            <option value=name selected=selected prop:selected=selected>
                {move || order(name)}
            </option>
        }
    });
    let choices = Stars::all().rev().map(|stars| {
        let selected = move || query.with(|query| query.stars() == Some(stars));
        view! {
            <option value=stars.value().to_string() selected=selected prop:selected=selected>
                {move || stars_in_short(i18n.get_locale(), stars)}
            </option>
        }
    });
    view! {
        <form
            class="sorting"
            method="get"
            action="/ratings"
            on:submit=move |event| {
                event.prevent_default();
                submitted();
            }
            on:change=move |_| go()
        >
            <div class="field">
                <label class="field__label" for="title">
                    {tr!(account.ratings.title_filter)}
                </label>
                <input
                    class="input"
                    id="title"
                    type="search"
                    name="title"
                    autocomplete="off"
                    value=move || query.with(|query| query.title.clone())
                    node_ref=title
                />
            </div>
            <div class="field">
                <label class="field__label" for="sort">
                    {tr!(account.ratings.sort)}
                </label>
                <select class="select" id="sort" name="sort" autocomplete="off" node_ref=sort>
                    {orders.collect_view()}
                </select>
            </div>
            <div class="field">
                <label class="field__label" for="stars">
                    {tr!(account.ratings.stars)}
                </label>
                <select class="select" id="stars" name="stars" autocomplete="off" node_ref=stars>
                    <option value="">{tr!(account.ratings.any_stars)}</option>
                    {choices.collect_view()}
                </select>
            </div>
            <button class="button without-script">{tr!(account.ratings.apply)}</button>
        </form>
    }
}

/// One rating. It stays in its place when it is removed, so that nothing jumps and it can be rated again.
#[component]
fn RatedFilm(rating: MyRating) -> impl IntoView {
    let i18n = use_i18n();
    let feedback = use_feedback();
    let MyRating { movie, stars, rated_at } = rating;
    let id = movie.id;
    let removed = move || feedback.rating(id) == Some(None);
    let (genres, year) = (movie.genres.clone(), movie.year);
    let facts = move || {
        let genres = genres.iter().map(|genre| genre_name(i18n.get_locale(), genre)).collect::<Vec<_>>().join(", ");
        let year = year.map(|year| year.to_string());
        year.into_iter().chain((!genres.is_empty()).then_some(genres)).collect::<Vec<_>>().join(" · ")
    };
    let when = move || {
        if removed() {
            tr!(account.ratings.removed).into_any()
        } else {
            view! {
                {tr!(account.ratings.rated_on)}
                " "
                <time datetime=iso(rated_at)>{day(i18n.get_locale(), rated_at)}</time>
            }
            .into_any()
        }
    };
    let title = movie.title.clone();
    let remove = move || fill(t_string!(i18n, account.ratings.remove_of), &[("title", &title)]);
    view! {
        <li class="listing__item">
            <Poster film=&movie class="poster--small" />
            <div>
                <h2 class="listing__title">
                    <a href=movie.path()>{movie.title.clone()}</a>
                </h2>
                <p class="listing__facts">{facts}</p>
                <p class="listing__when">{when}</p>
            </div>
            <div class="listing__do">
                <StarsInput movie=id current=Some(stars) title=movie.title.clone() small=true />
                <form
                    method="post"
                    action=Rate::url()
                    on:submit=move |event| {
                        event.prevent_default();
                        if !removed() {
                            feedback.rate(id, None, Some(feedback.rating(id).flatten().unwrap_or(stars)));
                        }
                    }
                >
                    <input type="hidden" name="movie" value=id.to_string() />
                    <input type="hidden" name="clear" value="1" />
                    <button class="icon-button" aria-label=remove aria-disabled=move || removed().then_some("true")>
                        <Icon name=IconName::Remove />
                    </button>
                </form>
            </div>
        </li>
    }
}

/// Links to the pages beside this one; nothing where all is on one.
#[component]
fn Pages(query: Memo<RatingQuery>, total: u64) -> impl IntoView {
    let i18n = use_i18n();
    let last = u32::try_from(total.div_ceil(u64::from(PAGE))).unwrap_or(u32::MAX);
    (last > 1).then(|| {
        let at = query.get_untracked();
        let page = at.page.clamp(1, last);
        let of = move || {
            let (page, last) = (page.to_string(), last.to_string());
            fill(t_string!(i18n, account.ratings.page_of), &[("page", &page), ("pages", &last)])
        };
        let previous = (page > 1).then(|| {
            view! {
                <a class="button" rel="prev" href=at.path(page - 1)>
                    {tr!(account.ratings.previous)}
                </a>
            }
            .into_any()
        });
        let next = (page < last).then(|| {
            view! {
                <a class="button" rel="next" href=at.path(page + 1)>
                    {tr!(account.ratings.next)}
                </a>
            }
            .into_any()
        });
        let none = || view! { <span></span> }.into_any();
        view! {
            <nav class="pages" aria-label=tr!(account.ratings.pages)>
                {previous.unwrap_or_else(none)}
                <span class="figures">{of}</span>
                {next.unwrap_or_else(none)}
            </nav>
        }
    })
}
