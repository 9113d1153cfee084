use matinee_ai::trainer::{Interactions, sasrec::*};
use matinee_domain::*;
use matinee_services::ports::TrainingRating;
use std::{collections::HashMap, env, fs, time::Instant};
fn var<T: std::str::FromStr>(n: &str, d: T) -> T {
    env::var(n).ok().and_then(|v| v.parse().ok()).unwrap_or(d)
}
fn main() {
    let text = fs::read_to_string(env::args().nth(1).unwrap()).unwrap();
    let mut ratings = vec![];
    let mut users: HashMap<String, u128> = HashMap::new();
    for line in text.lines().skip(1) {
        let f: Vec<&str> = line.split(['\t', ',']).collect();
        let n = users.len() as u128;
        let u = *users.entry(f[0].into()).or_insert(n);
        ratings.push(TrainingRating {
            user: UserId(uuid::Uuid::from_u128(u)),
            movie: MovieId(uuid::Uuid::from_u128(f[1].parse::<u128>().unwrap())),
            stars: Stars::new(f[2].parse().unwrap()).unwrap(),
            at: Timestamp::from_timestamp(f[3].parse::<f64>().unwrap() as i64, 0).unwrap(),
        });
    }
    let data = Interactions::new(&ratings, 1, usize::MAX);
    // test: everybody's last
    let mut rest = data.clone();
    let mut last = vec![];
    for row in &mut rest.rows {
        row.sort_by_key(|r| r.at);
        last.push(if row.len() >= 3 { row.pop() } else { None });
    }
    for row in &mut rest.rows {
        row.sort_by_key(|r| r.item);
    }
    let o = SasrecOptions::new(var("SEED", 1));
    let o = SasrecOptions {
        width: var("WIDTH", o.width),
        blocks: var("BLOCKS", o.blocks),
        heads: var("HEADS", o.heads),
        history: var("HISTORY", o.history),
        dropout: var("DROPOUT", o.dropout),
        with_dislikes: var("DISLIKES", o.with_dislikes),
        indifference: var("INDIFF", o.indifference),
        thinned: var("THINNED", o.thinned),
        negatives: var("NEG", o.negatives),
        batch: var("BATCH", o.batch),
        learning_rate: var("LR", o.learning_rate),
        decay: var("DECAY", o.decay),
        epochs: var("EPOCHS", o.epochs),
        patience: var("PATIENCE", o.patience),
        ..o
    };
    let held = Sasrec::held_out(&rest, o.seed);
    let t = Instant::now();
    let mut lt = Instant::now();
    let model = Sasrec::fit(&rest, o, &mut |e| {
        println!("{} {:.4} {:.4} {:.1}s", e.done, e.loss, e.held_out.unwrap_or(0.0), lt.elapsed().as_secs_f64());
        lt = Instant::now();
    });
    let model = model.unwrap();
    let fit = t.elapsed().as_secs_f64();
    let (mut all, mut likes, mut n, mut nl) = (0.0, 0.0, 0, 0);
    let (mut hv, mut hn) = (0.0, 0);
    for (u, (row, last)) in rest.rows.iter().zip(&last).enumerate() {
        let Some(last) = last else { continue };
        let mut row = row.clone();
        row.sort_by_key(|r| std::cmp::Reverse(r.at));
        let now = row[0].at;
        let ev: Vec<_> = row.iter().take(500).map(|r| (r.item, r.weight(now))).collect();
        let s = model.scores(&ev).unwrap();
        let seen: std::collections::HashSet<u32> = row.iter().map(|r| r.item).collect();
        let t = s[last.item as usize];
        let rank =
            (0..s.len()).filter(|&i| s[i] >= t && i != last.item as usize && !seen.contains(&(i as u32))).count();
        let g = if rank < 10 { 1.0 / ((rank + 2) as f64).log2() } else { 0.0 };
        all += g;
        n += 1;
        if last.stars.half_stars() >= 8 {
            likes += g;
            nl += 1;
        }
        if held.contains(&u) {
            hv += g;
            hn += 1;
        }
    }
    println!(
        "fit {fit:.1}s  next ndcg {:.4} ({n})  likes {:.4} ({nl}) held-out's last {:.4}",
        all / n as f64,
        likes / nl as f64,
        hv / hn as f64
    );
}
