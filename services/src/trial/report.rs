//! What came of a trial.
//!
//! Measures are parts of the people in an arm, each of whom counts once: people were assigned, so people are what the intervals and the
//! test may take as independent. The films of one person are not, so numbers of films have no interval.

use std::ops::Add;

use super::{Difference, Part, difference, statistics::float};
use crate::ports::{Arm, Counts, Trial};

/// Of the people who were shown a list, the part that did this with a film of it, at least once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Measure {
    Opened,
    Rated,
    /// Four stars or more.
    Liked,
    Dismissed,
}

impl Measure {
    pub const ALL: [Self; 4] = [Self::Opened, Self::Rated, Self::Liked, Self::Dismissed];

    const fn people(self, counts: &Counts) -> u64 {
        match self {
            Self::Opened => counts.people_opened,
            Self::Rated => counts.people_rated,
            Self::Liked => counts.people_liked,
            Self::Dismissed => counts.people_dismissed,
        }
    }
}

/// One arm's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArmReport {
    pub arm: Arm,
    pub counts: Counts,
}

impl ArmReport {
    /// The part of the people that a measure is.
    pub const fn part(&self, measure: Measure) -> Part {
        Part { of: self.counts.people, part: measure.people(&self.counts) }
    }

    /// The mean of the ratings that recommended films were given, in stars.
    pub fn mean_stars(&self) -> Option<f64> {
        (self.counts.rated > 0).then(|| float(self.counts.half_stars) / float(self.counts.rated) / 2.0)
    }
}

/// Both arms of a trial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialReport {
    pub trial: Trial,
    pub live: ArmReport,
    pub on_trial: ArmReport,
}

impl TrialReport {
    pub const fn new(trial: Trial, live: Counts, on_trial: Counts) -> Self {
        let live = ArmReport { arm: Arm::Live, counts: live };
        Self { trial, live, on_trial: ArmReport { arm: Arm::Trial, counts: on_trial } }
    }

    /// How far the model on trial is above the live one; `None` where an arm has nobody.
    pub fn difference(&self, measure: Measure) -> Option<Difference> {
        difference(self.live.part(measure), self.on_trial.part(measure))
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            people: self.people + other.people,
            films: self.films + other.films,
            opened: self.opened + other.opened,
            people_opened: self.people_opened + other.people_opened,
            rated: self.rated + other.rated,
            people_rated: self.people_rated + other.people_rated,
            half_stars: self.half_stars + other.half_stars,
            liked: self.liked + other.liked,
            people_liked: self.people_liked + other.people_liked,
            dismissed: self.dismissed + other.dismissed,
            people_dismissed: self.people_dismissed + other.people_dismissed,
            missed: self.missed + other.missed,
        }
    }
}
