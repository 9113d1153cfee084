//! What of a row's changes still stands: changes and what took them back are set off against each other.
//!
//! A row's changes are walked in their order. A rollback that made the row what it was before an earlier change leads back
//! to the state before that one; every other change leads on to a new state. The changes on the way to the present state
//! stand, and whoever takes some of them back meets only the others of these.

use std::collections::HashSet;

use matinee_services::ports::Obstacle;
use sea_orm::prelude::Uuid;

use super::{change::Row, selecting::Links};

/// One change of a row.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub set: Uuid,
    pub position: i64,
    /// What was there; none where there was no row.
    pub before: Option<Row>,
    /// The version that it left; none where no row is left.
    pub after: Option<i64>,
}

impl Step {
    fn found_version(&self) -> Option<i64> {
        self.before.as_ref().map(|row| row.version)
    }

    /// The last version that the row is known to have had.
    pub fn last_version(&self) -> i64 {
        Ord::max(self.found_version().unwrap_or(0), self.after.unwrap_or(0))
    }
}

/// What is to become of a row.
#[derive(Debug)]
pub(super) struct Undoing {
    /// None where it is to go.
    pub target: Option<Row>,
    pub obstacle: Option<Obstacle>,
}

/// Takes the steps of these change sets back, from the first of theirs that stands: `steps` are all of the row since then, in
/// order, and `found` is the row as it is now. None where none of theirs stands.
pub(super) fn undo(steps: &[Step], found: Option<&Row>, links: &Links, selected: &HashSet<Uuid>) -> Option<Undoing> {
    let standing = standing(steps, found, links);
    let is_selected = |step: &usize| selected.contains(&steps[*step].set);
    let first = standing.iter().position(is_selected)?;
    let last = standing.iter().rposition(is_selected)?;
    let mut pairs = steps.iter().zip(steps.iter().skip(1));
    let is_broken = pairs.any(|(step, next)| step.after != next.found_version());
    let obstacle = if is_broken || !standing[first..last].iter().all(is_selected) {
        Some(Obstacle::ChangedBetween)
    } else {
        (last + 1 < standing.len()).then_some(Obstacle::ChangedSince)
    };
    Some(Undoing { target: steps[standing[first]].before.clone(), obstacle })
}

/// The steps that lead to the present state, by their numbers.
fn standing(steps: &[Step], found: Option<&Row>, links: &Links) -> Vec<usize> {
    /// The state before the first step.
    const START: usize = 0;
    // Each state but that: the one before it, and the step between the two.
    let mut states = vec![(START, 0)];
    let mut before = Vec::with_capacity(steps.len());
    let mut now = START;
    for (number, step) in steps.iter().enumerate() {
        before.push(now);
        let left = steps.get(number + 1).map_or(found, |next| next.before.as_ref());
        let taken_back = links.reverted_by(step.set).and_then(|reverted| {
            let earliest = steps[..number].iter().position(|earlier| reverted.contains(&earlier.set))?;
            // It may have taken back an even earlier one, or only part of what it should.
            let is_as_before = holds(steps[earliest].before.as_ref()) == holds(left);
            is_as_before.then_some(earliest)
        });
        now = if let Some(earliest) = taken_back {
            before[earliest]
        } else {
            states.push((now, number));
            states.len() - 1
        };
    }
    let mut standing = Vec::new();
    while now != START {
        let (earlier, step) = states[now];
        standing.push(step);
        now = earlier;
    }
    standing.reverse();
    standing
}

/// What a row holds, whatever its version.
fn holds(row: Option<&Row>) -> Option<&[serde_json::Value]> {
    row.map(|row| row.values.as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(content: i64, version: i64) -> Row {
        Row { values: vec![content.into()], version }
    }

    fn set(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    /// Changes by sets 1, 2, …, each to this content.
    fn changed_to(contents: &[i64]) -> (Vec<Step>, Row) {
        let version = |number: usize| i64::try_from(number).unwrap();
        let rows: Vec<_> = contents.iter().zip(1..).map(|(content, number)| row(*content, version(number))).collect();
        let step = |number: usize| Step {
            set: set(number as u128 + 1),
            position: 0,
            before: number.checked_sub(1).map(|before| rows[before].clone()),
            after: Some(version(number + 1)),
        };
        ((0..rows.len()).map(step).collect(), rows.last().unwrap().clone())
    }

    fn undo_of(steps: &[Step], found: &Row, links: &[(u128, u128)], selected: &[u128]) -> Option<Undoing> {
        let links = Links::of(links.iter().map(|(revert, reverted)| (set(*revert), set(*reverted))));
        undo(steps, Some(found), &links, &selected.iter().map(|number| set(*number)).collect())
    }

    #[test]
    fn a_change_and_what_took_it_back_are_no_obstacle() {
        let (steps, found) = changed_to(&[8, 4, 8]);
        let undoing = undo_of(&steps, &found, &[(3, 2)], &[1]).unwrap();
        assert!(undoing.target.is_none() && undoing.obstacle.is_none(), "{undoing:?}");
        // The same contents by other means are somebody's changes.
        assert_eq!(undo_of(&steps, &found, &[], &[1]).unwrap().obstacle, Some(Obstacle::ChangedSince));
    }

    #[test]
    fn pairs_may_lie_within_pairs() {
        // 1; 2 and 3 in it, both taken back in turn; 6 takes 5 back, so 2 stands again.
        let (steps, found) = changed_to(&[1, 2, 3, 2, 1, 2]);
        let links = [(4, 3), (5, 2), (6, 5)];
        let undoing = undo_of(&steps, &found, &links, &[2]).unwrap();
        assert_eq!((undoing.target, undoing.obstacle), (Some(row(1, 1)), None));
        assert_eq!(undo_of(&steps, &found, &links, &[1]).unwrap().obstacle, Some(Obstacle::ChangedSince));
    }

    #[test]
    fn what_is_set_off_needs_no_taking_back() {
        let (steps, found) = changed_to(&[1, 2, 1]);
        assert!(undo_of(&steps[1..], &found, &[(3, 2)], &[2, 3]).is_none());
    }

    #[test]
    fn a_rollback_that_went_further_back_is_a_change_of_its_own() {
        // 4 took 1 to 3 back; of a row that is only known since 2, it did not lead to the state before that.
        let (steps, found) = changed_to(&[1, 2, 3, 9]);
        let undoing = undo_of(&steps[1..], &found, &[(4, 1), (4, 2), (4, 3)], &[2, 3, 4]).unwrap();
        assert_eq!((undoing.target, undoing.obstacle), (Some(row(1, 1)), None));
    }

    #[test]
    fn others_changes_between_and_after_are_told_apart() {
        let (steps, found) = changed_to(&[1, 2, 3]);
        let obstacle = |selected: &[u128]| undo_of(&steps, &found, &[], selected).unwrap().obstacle;
        assert_eq!(obstacle(&[1, 3]), Some(Obstacle::ChangedBetween));
        assert_eq!(obstacle(&[1, 2]), Some(Obstacle::ChangedSince));
        assert_eq!(obstacle(&[1, 2, 3]), None);
    }
}
