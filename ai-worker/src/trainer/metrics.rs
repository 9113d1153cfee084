//! Measures of a ranking.

/// nDCG at `k` of hits in rank order (`true`: relevant), the ideal cut at min(k, `relevant`). 0 where nothing is relevant.
pub fn ndcg(hits: &[bool], relevant: usize, k: usize) -> f64 {
    let gain = |rank: usize| super::factors::precise(rank + 2).log2().recip();
    let ideal: f64 = (0..k.min(relevant)).map(gain).sum();
    let found: f64 = hits.iter().take(k).enumerate().filter(|(_, hit)| **hit).map(|(rank, _)| gain(rank)).sum();
    if ideal > 0.0 { found / ideal } else { 0.0 }
}

/// The part of the relevant films among the first `k`.
pub fn recall(hits: &[bool], relevant: usize, k: usize) -> f64 {
    let found = hits.iter().take(k).filter(|hit| **hit).count();
    if relevant == 0 { 0.0 } else { super::factors::precise(found) / super::factors::precise(relevant) }
}

/// 1 / rank of the first hit, 0 where there is none.
pub fn reciprocal_rank(hits: &[bool]) -> f64 {
    hits.iter().position(|hit| *hit).map_or(0.0, |rank| super::factors::precise(rank + 1).recip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ideal_is_cut_at_what_can_be_found() {
        assert!((ndcg(&[true, false, false], 1, 3) - 1.0).abs() < 1e-12);
        assert!((ndcg(&[true, true, true], 9, 3) - 1.0).abs() < 1e-12);
        assert!((ndcg(&[false, true], 1, 10) - 1.0 / 3.0_f64.log2()).abs() < 1e-12);
        assert!(ndcg(&[], 0, 10).abs() < 1e-12);
    }

    #[test]
    fn recall_counts_all_that_is_relevant() {
        assert!((recall(&[true, false, true, true], 4, 3) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn the_reciprocal_rank_is_that_of_the_first_hit() {
        assert!((reciprocal_rank(&[false, true, true]) - 0.5).abs() < 1e-12);
        assert!(reciprocal_rank(&[false]).abs() < 1e-12);
    }
}
