//! A verdict as a table for people.

use std::fmt::Write;

use crate::life::{Measures, Verdict};

/// The measures beside each other, then each check with its numbers.
pub fn table(verdict: &Verdict) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    line(format!("{:34} {:>22} {:>9} {:>9} {:>10}", "", "nDCG@10 (95 %)", "p50 ms", "p95 ms", "MB"));
    line(measures("candidate", &verdict.candidate));
    if let Some(live) = &verdict.live {
        line(measures("live", live));
    }
    for check in &verdict.checks {
        let mut checked = String::new();
        let mark = if check.passed { "ok  " } else { "FAIL" };
        write!(checked, "{mark} {}: {}", check.name, check.numbers).expect("writing to a String does not fail");
        line(checked);
    }
    text
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
