use matinee_domain::{MovieId, UserId};
use matinee_services::ports::{Arm, Counts, DayCounts, Happened, Observed, RepositoryError, Trial};
use uuid::Uuid;

use super::fixture::{Db, at, imported, nobody, on_every_engine, stars};

/// Begins at second 0.
pub fn trial(number: u128) -> Trial {
    Trial {
        id: Uuid::from_u128(number),
        model: format!("m-{number}"),
        against: "m-0".to_owned(),
        share_permille: 200,
        started_at: at(i64::try_from(number).unwrap()),
        ended_at: None,
    }
}

const DAY_S: i64 = 86_400;

async fn happens(db: &Db, person: UserId, seconds: i64, what: Happened) {
    db.trials.observe(&Observed { trial: trial(1).id, person, what, at: at(seconds) }).await.unwrap();
}

async fn shown(db: &Db, person: UserId, arm: Arm, movies: &[MovieId], seconds: i64) {
    happens(db, person, seconds, Happened::Shown { arm, movies: movies.to_vec() }).await;
}

async fn films(db: &Db, count: u32) -> Vec<MovieId> {
    db.add_films((0..count).map(|n| imported(&n.to_string(), &format!("Film {n}"), 1990)).collect()).await
}

/// What was counted of an arm, on all days together.
async fn counts(db: &Db, arm: Arm) -> Counts {
    let days = db.trials.list_counts(trial(1).id).await.unwrap();
    days.iter().filter(|day| day.arm == arm).fold(Counts::default(), |sum, day| sum + day.counts)
}

#[tokio::test]
async fn one_trial_runs_at_a_time_and_the_latest_is_listed_first() {
    on_every_engine(async |db| {
        assert_eq!(db.trials.lookup_running_trial().await.unwrap(), None);
        db.trials.add_trial(&trial(1)).await.unwrap();
        let second = db.trials.add_trial(&trial(2)).await;
        assert!(matches!(second, Err(RepositoryError::Exists { what: "trial", .. })), "{second:?}");
        assert_eq!(db.trials.lookup_running_trial().await.unwrap(), Some(trial(1)));
        assert!(db.trials.end_trial(trial(1).id, at(9)).await.unwrap());
        assert!(!db.trials.end_trial(trial(1).id, at(10)).await.unwrap(), "it has ended already");
        db.trials.add_trial(&trial(2)).await.unwrap();
        let ended = Trial { ended_at: Some(at(9)), ..trial(1) };
        assert_eq!(db.trials.list_trials(5).await.unwrap(), [trial(2), ended]);
    })
    .await;
}

#[tokio::test]
async fn what_people_do_with_films_they_were_shown_counts_once_for_their_arm() {
    on_every_engine(async |db| {
        let (ada, bo, films) = (db.add_person().await, db.add_person().await, films(db, 6).await);
        db.trials.add_trial(&trial(1)).await.unwrap();
        shown(db, ada, Arm::Trial, &films[..3], 10).await;
        shown(db, ada, Arm::Trial, &films[1..4], 20).await;
        shown(db, bo, Arm::Live, &films[..2], 10).await;
        for _ in 0..2 {
            happens(db, ada, 30, Happened::Opened(films[0])).await;
            happens(db, ada, 31, Happened::Rated(films[0], stars(4.5))).await;
            happens(db, ada, 32, Happened::Rated(films[1], stars(2.0))).await;
            happens(db, bo, 33, Happened::Dismissed(films[1])).await;
            happens(db, bo, 34, Happened::Opened(films[5])).await;
        }
        happens(db, ada, 35, Happened::Missed).await;
        let on_trial = Counts {
            people: 1,
            films: 4,
            opened: 1,
            people_opened: 1,
            rated: 2,
            people_rated: 1,
            half_stars: 13,
            liked: 1,
            people_liked: 1,
            missed: 1,
            ..Counts::default()
        };
        assert_eq!(counts(db, Arm::Trial).await, on_trial);
        let live = Counts { people: 1, films: 2, dismissed: 1, people_dismissed: 1, ..Counts::default() };
        assert_eq!(counts(db, Arm::Live).await, live, "a film that was not shown does not count");
        let mine = db.trials.list_shown(ada).await.unwrap();
        assert_eq!(mine.iter().map(|film| film.half_stars).collect::<Vec<_>>().iter().flatten().sum::<i16>(), 13);
        assert_eq!(mine.len(), 4);
    })
    .await;
}

#[tokio::test]
async fn a_film_counts_for_a_week_after_it_was_shown_last_and_each_day_by_itself() {
    on_every_engine(async |db| {
        let (ada, films) = (db.add_person().await, films(db, 3).await);
        db.trials.add_trial(&trial(1)).await.unwrap();
        shown(db, ada, Arm::Live, &films, 0).await;
        shown(db, ada, Arm::Live, &films[..1], 3 * DAY_S).await;
        happens(db, ada, 8 * DAY_S, Happened::Opened(films[1])).await;
        assert_eq!(counts(db, Arm::Live).await.opened, 0, "more than a week ago");
        happens(db, ada, 8 * DAY_S, Happened::Opened(films[0])).await;
        let days = db.trials.list_counts(trial(1).id).await.unwrap();
        let first = at(0).timestamp() / DAY_S;
        let on = |day, counts| DayCounts { arm: Arm::Live, day, counts };
        let shown = Counts { people: 1, films: 3, ..Counts::default() };
        let opened = Counts { opened: 1, people_opened: 1, ..Counts::default() };
        assert_eq!(days, [on(first, shown), on(first + 8, opened)]);
    })
    .await;
}

#[tokio::test]
async fn who_keeps_no_history_or_is_gone_is_not_counted_and_nobody_after_the_end() {
    on_every_engine(async |db| {
        let (ada, bo, films) = (db.add_person().await, db.add_person().await, films(db, 2).await);
        let cy = db.add_person().await;
        db.trials.add_trial(&trial(1)).await.unwrap();
        db.accounts.set_keeps_history(ada, false).await.unwrap();
        shown(db, cy, Arm::Live, &films, 1).await;
        assert_eq!(db.trials.list_shown(cy).await.unwrap().len(), 2);
        db.accounts.set_keeps_history(cy, false).await.unwrap();
        assert_eq!(db.trials.list_shown(cy).await.unwrap(), [], "whoever switches it off has nothing kept");
        shown(db, ada, Arm::Live, &films, 1).await;
        shown(db, nobody(), Arm::Live, &films, 1).await;
        happens(db, nobody(), 2, Happened::Missed).await;
        shown(db, bo, Arm::Live, &films, 1).await;
        db.trials.end_trial(trial(1).id, at(3)).await.unwrap();
        happens(db, bo, 4, Happened::Opened(films[0])).await;
        shown(db, ada, Arm::Trial, &films, 5).await;
        let counted = Counts { people: 2, films: 4, ..Counts::default() };
        assert_eq!((counts(db, Arm::Live).await, counts(db, Arm::Trial).await), (counted, Counts::default()));
    })
    .await;
}

#[tokio::test]
async fn who_was_shown_what_goes_with_the_account_and_with_the_trials_end_and_the_counts_stay() {
    on_every_engine(async |db| {
        let (ada, films) = (db.add_person().await, films(db, 5).await);
        db.trials.add_trial(&trial(1)).await.unwrap();
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(db.add_person().await);
            shown(db, others[others.len() - 1], Arm::Live, &films, 1).await;
        }
        shown(db, ada, Arm::Trial, &films, 1).await;
        let rows = async || db.dump_tables(&["trial_shown"]).await.len();
        assert_eq!((rows().await, db.trials.forget_shown().await.unwrap()), (20, 0), "it runs");
        db.accounts.remove(ada).await.unwrap();
        assert_eq!(rows().await, 15);
        db.activity.clear(others[2]).await.unwrap();
        assert_eq!(rows().await, 10, "whoever clears their views clears these");
        db.trials.end_trial(trial(1).id, at(9)).await.unwrap();
        assert!(db.trials.list_shown(others[0]).await.unwrap().is_empty());
        assert_eq!((db.trials.forget_shown().await.unwrap(), rows().await), (10, 0));
        assert_eq!((counts(db, Arm::Trial).await.films, counts(db, Arm::Live).await.people), (5, 3));
    })
    .await;
}

#[tokio::test]
async fn one_person_has_so_many_films_in_a_trial_at_most() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let most = Trial::MOST_FILMS;
        db.trials.add_trial(&trial(1)).await.unwrap();
        // A list shows ten films, however many are told.
        let films: Vec<_> = (0..u128::try_from(most).unwrap() + 30).map(|n| MovieId(Uuid::from_u128(n))).collect();
        shown(db, ada, Arm::Live, &films[..30], 1).await;
        assert_eq!(counts(db, Arm::Live).await.films, 10);
        for (list, seconds) in films.chunks(Trial::SHOWN).zip(2..) {
            shown(db, ada, Arm::Live, list, seconds).await;
        }
        assert_eq!(counts(db, Arm::Live).await.films, u64::try_from(most).unwrap());
    })
    .await;
}

#[tokio::test]
async fn what_one_person_does_at_once_in_many_places_counts_once() {
    on_every_engine(async |db| {
        let (ada, films) = (db.add_person().await, films(db, 3).await);
        db.trials.add_trial(&trial(1)).await.unwrap();
        let all = || happens(db, ada, 2, Happened::Shown { arm: Arm::Live, movies: films.clone() });
        tokio::join!(all(), all(), all());
        let open = |film: usize| happens(db, ada, 3, Happened::Opened(films[film]));
        tokio::join!(open(0), open(1), open(0), open(2));
        let counted = Counts { people: 1, films: 3, opened: 3, people_opened: 1, ..Counts::default() };
        assert_eq!(counts(db, Arm::Live).await, counted);
    })
    .await;
}
