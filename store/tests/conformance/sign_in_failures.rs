use matinee_services::ports::{Failures, Trier};

use super::fixture::{at, on_every_engine};

fn trier(email: &str, from: Option<&str>) -> Trier {
    Trier { email: email.into(), from: from.map(|from| from.parse().unwrap()) }
}

#[tokio::test]
async fn failures_are_counted_for_each_account_and_address() {
    on_every_engine(async |db| {
        let (here, there) =
            (trier("ada@example.org", Some("192.0.2.1")), trier("ada@example.org", Some("2001:db8::1")));
        assert_eq!(db.failures.lookup(&here).await.unwrap(), None);
        let both = tokio::join!(db.failures.add(&here, at(1)), db.failures.add(&here, at(1)));
        both.0.unwrap();
        both.1.unwrap();
        db.failures.add(&here, at(2)).await.unwrap();
        assert_eq!(db.failures.lookup(&here).await.unwrap(), Some(Failures { count: 3, last_at: at(2) }));
        for other in [&there, &trier("bo@example.org", Some("192.0.2.1")), &trier("ada@example.org", None)] {
            assert_eq!(db.failures.lookup(other).await.unwrap(), None);
        }
        db.failures.add(&there, at(5)).await.unwrap();
        db.failures.remove(&here).await.unwrap();
        assert_eq!(db.failures.lookup(&here).await.unwrap(), None);
        assert_eq!(db.failures.remove_older(at(5)).await.unwrap(), 0);
        assert_eq!(db.failures.remove_older(at(6)).await.unwrap(), 1);
    })
    .await;
}
