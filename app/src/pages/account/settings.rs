//! My account: who I am here, what is kept of me, and how to end it.

use leptos::prelude::*;
use leptos_meta::Title;
use matinee_domain::{Account, activity::Mark};

use super::{failed::Failed, history::History, marks::Marks, removal::Removal, sign_out::SignOutForm};
use crate::{
    api::activity::{AccountPage as LoadAccountPage, AccountPageData},
    components::{
        skeletons::ListingSkeleton,
        words::{day, fill, iso},
    },
    i18n::{t_string, use_i18n},
    language::tr,
    remote::load,
};

/// `/account`
#[component]
pub fn AccountPage() -> impl IntoView {
    let data = load(|| LoadAccountPage {});
    let content = move || {
        data.get().map(|result| match result {
            Ok(data) => view! { <Settings data=data /> }.into_any(),
            Err(error) => view! {
                <div class="opening">
                    <h1 class="opening__title">{tr!(account.account.title)}</h1>
                </div>
                <Failed error=error back="/account".to_owned() />
            }
            .into_any(),
        })
    };
    view! {
        <Title text=tr!(account.account.title) />
        <Transition fallback=|| view! { <ListingSkeleton /> }>{content}</Transition>
    }
}

#[component]
fn Settings(data: AccountPageData) -> impl IntoView {
    let i18n = use_i18n();
    let AccountPageData { account, history, not_interested, not_because, ratings } = data;
    let name = account.name.clone();
    let title = move || fill(t_string!(i18n, account.account.title_of), &[("name", &name)]);
    let keeps = account.keeps_history;
    view! {
        <div class="opening">
            <h1 class="opening__title">{title}</h1>
        </div>
        <div class="settings">
            <Person account=account />
            <History history=history keeps=keeps />
            <Marks mark=Mark::NotInterested films=not_interested />
            <Marks mark=Mark::NotBecause films=not_because />
            <section class="settings__part">
                <h2>{tr!(account.account.look_title)}</h2>
                <p>{tr!(account.account.look_note)}</p>
            </section>
            <Removal ratings=ratings />
        </div>
    }
}

#[component]
fn Person(account: Account) -> impl IntoView {
    let i18n = use_i18n();
    let since = account.created_at;
    // Who came by another account may have none.
    let has_no_email = account.email.is_empty();
    view! {
        <section class="settings__part">
            <h2>{tr!(account.account.you)}</h2>
            <dl class="settings__facts">
                <dt>{tr!(account.account.name)}</dt>
                <dd>{account.name}</dd>
                <dt hidden=has_no_email>{tr!(account.account.email)}</dt>
                <dd hidden=has_no_email>{account.email}</dd>
                <dt>{tr!(account.account.since)}</dt>
                <dd>
                    <time datetime=iso(since)>{move || day(i18n.get_locale(), since)}</time>
                </dd>
            </dl>
            <div class="cluster">
                <SignOutForm />
                <a class="quiet" href="/ratings">
                    {tr!(account.account.ratings_link)}
                </a>
                <a class="quiet" href="/account/data" rel="external">
                    {tr!(account.account.data_link)}
                </a>
            </div>
        </section>
    }
}
