use matinee_domain::{KnobChange, Knobs};
use matinee_services::ports::OnConflict;

use super::{
    fixture::{assert_not_found, nobody, on_every_engine},
    history::{latest, this},
};

/// Knobs turned this way, with all else asked for as well.
pub fn knobs(popularity: i16) -> Knobs {
    let change = KnobChange {
        popularity: Some(popularity),
        recency: Some(-1),
        diversity: Some(4),
        hide_seen: Some(false),
        excluded_genres: Some(vec!["Horror".to_owned(), "War \"and\" peace".to_owned()]),
    };
    Knobs::default().changed(change).unwrap()
}

#[tokio::test]
async fn knobs_are_kept_as_they_were_turned_and_come_with_the_taste() {
    on_every_engine(async |db| {
        let (ada, bo) = (db.add_person().await, db.add_person().await);
        assert_eq!(db.knobs.get_knobs(ada).await.unwrap(), Knobs::default());
        for turned in [knobs(2), knobs(-2), Knobs::default(), knobs(1)] {
            db.knobs.set_knobs(ada, &turned).await.unwrap();
            assert_eq!(db.knobs.get_knobs(ada).await.unwrap(), turned);
            assert_eq!(db.activity.get_taste(ada, 10).await.unwrap().knobs, turned);
        }
        assert_eq!(db.knobs.get_knobs(bo).await.unwrap(), Knobs::default());
        assert_not_found(db.knobs.set_knobs(nobody(), &knobs(1)).await, "person");
    })
    .await;
}

#[tokio::test]
async fn turning_knobs_is_journaled_once_and_can_be_taken_back() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let before = latest(db).await;
        db.knobs.set_knobs(ada, &Knobs::default()).await.unwrap();
        assert_eq!(latest(db).await, before, "nothing was turned");
        db.knobs.set_knobs(ada, &knobs(1)).await.unwrap();
        db.knobs.set_knobs(ada, &knobs(2)).await.unwrap();
        let turn = latest(db).await;
        db.knobs.set_knobs(ada, &knobs(2)).await.unwrap();
        assert_eq!((latest(db).await.id, turn.reason.as_str(), turn.entries), (turn.id, "tune", 1));
        db.history.revert(&this(turn.id), OnConflict::Refuse, false).await.unwrap();
        assert_eq!(db.knobs.get_knobs(ada).await.unwrap(), knobs(1));
    })
    .await;
}

#[tokio::test]
async fn two_who_turn_the_knobs_of_one_person_at_once_both_succeed() {
    on_every_engine(async |db| {
        let ada = db.add_person().await;
        let (one, other) = (knobs(1), knobs(2));
        let (a, b) = tokio::join!(db.knobs.set_knobs(ada, &one), db.knobs.set_knobs(ada, &other));
        a.unwrap();
        b.unwrap();
        assert!([one, other].contains(&db.knobs.get_knobs(ada).await.unwrap()));
    })
    .await;
}
