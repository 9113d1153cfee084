//! A verdict as a table for people.

use std::fmt::{Display, Formatter, Result};

use super::{Measures, Verdict};

/// The measures beside each other, then each check with its numbers.
impl Display for Verdict {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "{:34} {:>22} {:>9} {:>9} {:>10}", "", "nDCG@10 (95 %)", "p50 ms", "p95 ms", "MB")?;
        writeln!(f, "{}", measures("candidate", &self.candidate))?;
        if let Some(live) = &self.live {
            writeln!(f, "{}", measures("live", live))?;
        }
        for check in &self.checks {
            let mark = if check.passed { "ok  " } else { "FAIL" };
            writeln!(f, "{mark} {}: {}", check.name, check.numbers)?;
        }
        Ok(())
    }
}

fn measures(role: &str, measures: &Measures) -> String {
    let interval = measures.ndcg_at_10;
    let quality = format!("{:.4} ({:.4}–{:.4})", interval.mean, interval.low, interval.high);
    #[expect(clippy::cast_precision_loss, reason = "a size of files")]
    let megabytes = measures.size_bytes as f64 / 1e6;
    format!(
        "{:34} {quality:>22} {:>9.2} {:>9.2} {megabytes:>10.1}",
        format!("{role} {}", measures.name),
        measures.latency_p50_ms,
        measures.latency_p95_ms
    )
}
