//! `matinee-ai models trial`: a version on trial beside the live one, on a part of the people.

use anyhow::Context;
use clap::Subcommand;
use matinee_domain::Timestamp;
use matinee_services::trial::{ArmReport, Interval, Measure, Part, TrialReport, report};

use crate::life::{Life, TrialEnd};

#[derive(Debug, Subcommand)]
pub enum TrialCommand {
    /// Begin one: from now on a part of the people get this version's recommendations.
    #[command(
        after_help = "Who is in which part follows from a digest of person and trial, the same on every instance. Workers load the version \
                            beside the live one within seconds; where it can't be loaded or fails, the live one answers. One trial runs at a \
                            time, and nothing is promoted while it does.\n\n\
                            Example:\n  matinee-ai models trial start 20261125T221500Z-1a2b3c4d --share 0.2"
    )]
    Start {
        name: String,
        /// The part of the people, 0.001 to 0.999.
        #[arg(long, default_value_t = 0.5, allow_negative_numbers = true)]
        share: f64,
    },
    /// What came of the latest one so far, with 95 % intervals.
    #[command(after_help = "Examples:\n  matinee-ai models trial status\n  matinee-ai models trial status --json")]
    Status {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// End it: everybody gets the live version's recommendations again.
    #[command(after_help = "Examples:\n  matinee-ai models trial end\n  matinee-ai models trial end --promote")]
    End {
        /// Make the version on trial live, whatever came of the trial; the gate is not asked.
        #[arg(long)]
        promote: bool,
    },
}

pub async fn carry_out(what: TrialCommand, life: &Life, now: Timestamp) -> anyhow::Result<()> {
    match what {
        TrialCommand::Start { name, share } => {
            life.bring_here(&name).await?;
            let trial = life.start_trial(&name, share, now).await?;
            println!(
                "Model {name} is on trial against {}: {} of 1000 people get its recommendations within seconds.",
                trial.against, trial.share_permille
            );
        }
        TrialCommand::Status { json } => status(life, json).await?,
        TrialCommand::End { promote } => {
            let how = if promote { TrialEnd::Promoted } else { TrialEnd::LiveStays };
            let ended = life.end_trial(how, now).await?;
            let trial = ended.context("no model is on trial")?;
            life.trials.forget_shown().await.context(
                "the trial has ended, but who was shown what is not forgotten; a web instance does it within an hour",
            )?;
            status(life, false).await?;
            let serves = if promote { &trial.model } else { &trial.against };
            println!(
                "The trial has ended, and everybody gets the recommendations of {serves}; workers take it within seconds."
            );
        }
    }
    Ok(())
}

async fn status(life: &Life, json: bool) -> anyhow::Result<()> {
    match report(life.trials.as_ref()).await? {
        Some(report) if json => println!("{}", as_json(&report)),
        Some(report) => print(&report),
        None if json => println!("null"),
        None => println!("No model has been on trial; `matinee-ai models trial start NAME --share 0.2` begins one."),
    }
    Ok(())
}

const fn name_of(measure: Measure) -> &'static str {
    match measure {
        Measure::Opened => "opened",
        Measure::Rated => "rated",
        Measure::Liked => "liked",
        Measure::Dismissed => "dismissed",
    }
}

fn print(report: &TrialReport) {
    let trial = &report.trial;
    let moment = |at: Timestamp| at.format("%Y-%m-%d %H:%M").to_string();
    let until = trial.ended_at.map_or_else(|| "it runs".to_owned(), |at| format!("ended {}", moment(at)));
    println!(
        "{} on trial against {}: {} of 1000 people, since {} UTC, {until}",
        trial.model,
        trial.against,
        trial.share_permille,
        moment(trial.started_at)
    );
    println!(
        "Of the people who were shown a list, the part that did this with a film of it within a week (95 % confidence):"
    );
    println!("  {:10} {:32} {:32} {:28} chance", "", "live", "on trial", "difference");
    for measure in Measure::ALL {
        let difference = report.difference(measure);
        let value = difference
            .map_or_else(|| "-".to_owned(), |found| format!("{:+.1} ({})", found.value * 100.0, range(found.interval)));
        let chance = difference
            .and_then(|found| found.p)
            .map_or_else(|| "too few to tell".to_owned(), |p| format!("p = {p:.3}"));
        let [live, on_trial] = [report.live.part(measure), report.on_trial.part(measure)].map(part);
        println!("  {:10} {live:32} {on_trial:32} {value:28} {chance}", name_of(measure));
    }
    for (name, arm) in [("live", &report.live), ("on trial", &report.on_trial)] {
        let stars = arm.mean_stars().map_or_else(|| "-".to_owned(), |mean| format!("{mean:.2} stars"));
        let counts = &arm.counts;
        println!(
            "  {name}: {} films shown to {} people, {} opened, {} rated ({stars}), {} dismissed",
            counts.films, counts.people, counts.opened, counts.rated, counts.dismissed
        );
    }
    if report.on_trial.counts.missed > 0 {
        println!(
            "  The model on trial did not answer {} times, and the live one did: those lists are not counted.",
            report.on_trial.counts.missed
        );
    }
}

fn part(part: Part) -> String {
    match (part.rate(), part.interval()) {
        (Some(rate), Some(interval)) => {
            format!("{:.1} % ({}), {} of {}", rate * 100.0, range(interval), part.part, part.of)
        }
        _ => "-".to_owned(),
    }
}

fn range(Interval { low, high }: Interval) -> String {
    format!("{:.1} to {:.1}", low * 100.0, high * 100.0)
}

fn as_json(report: &TrialReport) -> serde_json::Value {
    let arm = |arm: &ArmReport| {
        let measures = Measure::ALL.map(|measure| {
            let part = arm.part(measure);
            let interval = part.interval().map(|interval| [interval.low, interval.high]);
            (
                name_of(measure).to_owned(),
                serde_json::json!({ "people": part.part, "rate": part.rate(), "interval": interval }),
            )
        });
        let counts = &arm.counts;
        serde_json::json!({ "people": counts.people, "films": counts.films, "films_opened": counts.opened,
            "films_rated": counts.rated, "mean_stars": arm.mean_stars(), "missed": counts.missed,
            "measures": measures.into_iter().collect::<serde_json::Map<_, _>>() })
    };
    let differences = Measure::ALL.map(|measure| {
        let found = report.difference(measure).map(|found| {
            serde_json::json!({ "value": found.value, "interval": [found.interval.low, found.interval.high], "p": found.p })
        });
        (name_of(measure).to_owned(), found.into())
    });
    let trial = &report.trial;
    serde_json::json!({ "model": trial.model, "against": trial.against,
        "share": f64::from(trial.share_permille) / 1_000.0, "started_at": trial.started_at, "ended_at": trial.ended_at,
        "live": arm(&report.live), "on_trial": arm(&report.on_trial),
        "differences": differences.into_iter().collect::<serde_json::Map<_, _>>() })
}
