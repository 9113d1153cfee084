//! The first recommendation, large.

use leptos::prelude::*;
use matinee_domain::{Recommendation, activity::Mark};

use crate::{
    components::{
        facts::Genres,
        poster::Poster,
        reasons::{Because, MarkForm, WhyButton},
        stars::MeanScore,
        stars_input::StarsInput,
    },
    language::{tr, tr_signal},
};

#[component]
pub fn Tonight(first: Recommendation) -> impl IntoView {
    let Recommendation { movie, reasons, .. } = first;
    let legend = tr_signal!(home.seen_it);
    view! {
        <section class="tonight" aria-labelledby="tonight">
            <div class="tonight__poster">
                <Poster film=&movie />
            </div>
            <div class="tonight__body">
                <p class="tonight__kicker">{tr!(home.kicker)}</p>
                <h1 class="tonight__title" id="tonight">
                    <a href=movie.path()>{movie.title.clone()}</a>
                </h1>
                <p class="film__facts">
                    {movie.year.map(|year| view! { <span>{year.get()}</span> })}
                    <Genres genres=movie.genres.clone() links=false /> <MeanScore mean=movie.rating.mean />
                </p>
                <Because reasons=reasons.clone() />
                <StarsInput movie=movie.id current=Signal::stored(None) legend=legend id_prefix="tonight" />
                <div class="cluster">
                    <WhyButton card=movie.clone() reasons=reasons />
                    <MarkForm movie=movie.id mark=Mark::NotInterested class="quiet quiet--ink">
                        {tr!(rating.not_interested)}
                    </MarkForm>
                </div>
            </div>
        </section>
    }
}
