//! One order for several people, out of what each of them would watch.
//!
//! The model's scores of two people are not on one scale: who rated much has larger ones. So each person's scores are first made
//! contentment: the part of the films that they would like less, with those that they would like as much counted half.
//!
//! ```text
//! c(p, i) = ( #{j: s(p, j) < s(p, i)} + ½·#{j ≠ i: s(p, j) = s(p, i)} ) ⁄ (n − 1)          0: their last choice, 1: their first
//!
//! least misery:  value(i) = min over p of c(p, i)          average:  value(i) = mean over p of c(p, i)
//! ```
//!
//! Least misery is how small groups choose (O'Connor et al. 2001, `PolyLens`; Masthoff 2004, who compares eleven ways with people); ranks in
//! place of scores before they are joined: Baltrunas, Makcinskas and Ricci 2010. Among equal minima the better average comes first.

/// What counts for a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Aggregation {
    /// That nobody is left unhappy: as good as it is for the one who likes it least.
    #[default]
    LeastMisery,
    /// That all together are as happy as can be.
    Average,
}

/// A film for all.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Joint {
    /// Its place among the films.
    pub film: usize,
    /// 0–1.
    pub value: f32,
}

/// The best `limit` films, best first. Each person's scores are of the same films in the same order; a film that the model has no score
/// for is the person's last choice.
pub(crate) fn aggregate(contents: &[Vec<f32>], by: Aggregation, limit: usize) -> Vec<Joint> {
    let films = contents.iter().map(Vec::len).min().unwrap_or_default();
    let mut joint: Vec<(Joint, f32)> = (0..films)
        .map(|film| {
            let of_all = contents.iter().map(|content| content[film]);
            let least = of_all.clone().fold(1.0_f32, f32::min);
            #[expect(clippy::cast_precision_loss, reason = "a handful of people")]
            let mean = of_all.sum::<f32>() / contents.len() as f32;
            let (value, then) = match by {
                Aggregation::LeastMisery => (least, mean),
                Aggregation::Average => (mean, least),
            };
            (Joint { film, value }, then)
        })
        .collect();
    joint.sort_by(|(a, a_then), (b, b_then)| b.value.total_cmp(&a.value).then(b_then.total_cmp(a_then)));
    joint.into_iter().map(|(joint, _)| joint).take(limit).collect()
}

/// Each film's part of the others that the person would like less, 0–1; all 1 where there is but one film.
pub(crate) fn contentment(scores: &[Option<f32>]) -> Vec<f32> {
    let score = |score: Option<f32>| score.filter(|score| !score.is_nan()).unwrap_or(f32::NEG_INFINITY);
    let mut sorted: Vec<f32> = scores.iter().copied().map(score).collect();
    sorted.sort_by(f32::total_cmp);
    let others = scores.len().saturating_sub(1);
    #[expect(clippy::cast_precision_loss, reason = "a thousand films at most")]
    let content = |of: f32| {
        let less = sorted.partition_point(|other| other.total_cmp(&of).is_lt());
        let equal = sorted.partition_point(|other| other.total_cmp(&of).is_le()) - less - 1;
        if others == 0 { 1.0 } else { (less as f32 + equal as f32 / 2.0) / others as f32 }
    };
    scores.iter().map(|of| content(score(*of))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn order(people: &[&[f32]], by: Aggregation) -> Vec<usize> {
        let contents: Vec<_> = people
            .iter()
            .map(|scores| contentment(&scores.iter().map(|score| Some(*score)).collect::<Vec<_>>()))
            .collect();
        aggregate(&contents, by, 10).into_iter().map(|joint| joint.film).collect()
    }

    /// Film 0 is loved by two and hated by one; film 1 is fine for all; film 2 is for the one.
    const THREE: [&[f32]; 3] = [&[9.0, 5.0, 1.0], &[900.0, 500.0, 100.0], &[0.1, 0.2, 0.3]];

    #[test]
    fn least_misery_takes_what_nobody_minds_and_the_average_what_most_love() {
        assert_eq!(order(&THREE, Aggregation::LeastMisery)[0], 1);
        assert_eq!(order(&THREE, Aggregation::Average), [0, 1, 2]);
    }

    #[test]
    fn one_persons_larger_scores_weigh_no_more() {
        let alike: [&[f32]; 2] = [&[1.0, 2.0, 3.0], &[3000.0, 2000.0, 1000.0]];
        let contents: Vec<_> =
            alike.iter().map(|of| contentment(&of.iter().copied().map(Some).collect::<Vec<_>>())).collect();
        let joint = aggregate(&contents, Aggregation::Average, 3);
        assert!(joint.iter().all(|joint| (joint.value - 0.5).abs() < 1e-6), "{joint:?}");
    }

    #[test]
    fn a_film_without_a_score_is_the_last_choice_and_equal_ones_share_their_places() {
        let content = contentment(&[Some(2.0), None, Some(2.0), Some(f32::NAN), Some(3.0)]);
        assert_eq!(content, [0.625, 0.125, 0.625, 0.125, 1.0]);
        assert_eq!(contentment(&[Some(0.0)]), [1.0]);
        assert_eq!(contentment(&[]), [0.0_f32; 0]);
    }

    #[test]
    fn nobody_and_nothing_make_an_empty_list() {
        assert_eq!(aggregate(&[], Aggregation::Average, 5), []);
        assert_eq!(aggregate(&[Vec::new(), Vec::new()], Aggregation::LeastMisery, 5), []);
    }

    proptest! {
        #[test]
        fn nobody_alone_can_be_made_happier_than_the_least_happy_of_the_first_film(
            scores in (1_usize..6, 1_usize..20).prop_flat_map(|(people, films)| {
                prop::collection::vec(prop::collection::vec(-5.0_f32..5.0, films), people)
            }),
        ) {
            let contents: Vec<_> =
                scores.iter().map(|of| contentment(&of.iter().copied().map(Some).collect::<Vec<_>>())).collect();
            let joint = aggregate(&contents, Aggregation::LeastMisery, 100);
            prop_assert_eq!(joint.len(), scores[0].len());
            let least = |film: usize| contents.iter().map(|content| content[film]).fold(1.0, f32::min);
            let best = (0..scores[0].len()).map(least).fold(0.0, f32::max);
            prop_assert!((least(joint[0].film) - best).abs() < 1e-6);
            prop_assert!(joint.windows(2).all(|pair| pair[0].value >= pair[1].value));
        }
    }
}
