//! The log: one line an event on standard error, for people or as JSON. Times are in UTC.

use std::io::{self, IsTerminal, Write};

use anyhow::Context;
use tracing::Subscriber;
use tracing_subscriber::{EnvFilter, fmt::MakeWriter, util::SubscriberInitExt};

use crate::config::{LogConfig, LogFormat};

/// Starts logging for the process.
///
/// # Errors
/// When the filter can't be read.
pub fn start(config: &LogConfig) -> anyhow::Result<()> {
    let colours = io::stderr().is_terminal();
    let started = match subscriber(config, io::stderr, colours)? {
        Either::Text(subscriber) => subscriber.try_init(),
        Either::Json(subscriber) => subscriber.try_init(),
    };
    started.map_err(|error| anyhow::anyhow!("the log can't be started: {error}"))
}

/// A log of one of the two formats.
enum Either<T, J> {
    Text(T),
    Json(J),
}

fn subscriber<W>(
    config: &LogConfig,
    writer: W,
    colours: bool,
) -> anyhow::Result<Either<impl Subscriber + Send + Sync + use<W>, impl Subscriber + Send + Sync + use<W>>>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let filter = EnvFilter::try_new(&config.filter)
        .with_context(|| format!("`log.filter` is {:?}, but must be like info,matinee_server=debug", config.filter))?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter);
    Ok(match config.format {
        LogFormat::Text => {
            Either::Text(builder.with_writer(OneLine { writer, colours }).compact().with_ansi(colours).finish())
        }
        // JSON has its own way to write what ends a line.
        LogFormat::Json => Either::Json(builder.with_writer(writer).json().flatten_event(true).finish()),
    })
}

/// Keeps each event on its line: what others wrote, such as the words of an error, can begin no line of its own, and move no cursor
/// of whoever reads it.
struct OneLine<W> {
    writer: W,
    /// Whether the log itself writes colours.
    colours: bool,
}

impl<'a, W: MakeWriter<'a>> MakeWriter<'a> for OneLine<W> {
    type Writer = OneLineWriter<W::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        OneLineWriter { writer: self.writer.make_writer(), colours: self.colours }
    }

    fn make_writer_for(&'a self, meta: &tracing::Metadata<'_>) -> Self::Writer {
        OneLineWriter { writer: self.writer.make_writer_for(meta), colours: self.colours }
    }
}

struct OneLineWriter<W> {
    writer: W,
    colours: bool,
}

impl<W: Write> Write for OneLineWriter<W> {
    /// Takes a whole event, as the formatter gives it.
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let text = event.strip_suffix(b"\n").unwrap_or(event);
        let mut line = String::with_capacity(event.len());
        for letter in String::from_utf8_lossy(text).chars() {
            let is_colour = self.colours && letter == '\u{1b}';
            // What ends a line for some programs, though it is no control character.
            let ends_line = matches!(letter, '\u{2028}' | '\u{2029}');
            if (letter.is_control() || ends_line) && !is_colour && letter != '\t' {
                line.extend(letter.escape_default());
            } else {
                line.push(letter);
            }
        }
        line.push('\n');
        // At once, so that other threads' lines stay whole, too.
        self.writer.write_all(line.as_bytes())?;
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::{Arc, Mutex};

    use matinee_domain::Timestamp;
    use matinee_services::ports::{Clock, SystemClock};

    use super::*;

    /// A log that a test reads.
    #[derive(Clone, Default)]
    pub(crate) struct Kept(pub(crate) Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is logged of `task` in this format.
    fn logged(format: LogFormat, task: impl FnOnce()) -> String {
        let kept = Kept::default();
        let writer = kept.clone();
        let config = LogConfig { format, ..LogConfig::default() };
        match subscriber(&config, move || writer.clone(), false).unwrap() {
            Either::Text(subscriber) => tracing::subscriber::with_default(subscriber, task),
            Either::Json(subscriber) => tracing::subscriber::with_default(subscriber, task),
        }
        String::from_utf8(kept.0.lock().unwrap().clone()).unwrap()
    }

    /// Words of somebody who would like to write a line of the log.
    const FORGED: &str = "no\n2026-01-01T00:00:00Z  INFO signed in user=admin\r\nmore\u{2028}\u{1b}[2J\u{85}end";

    fn say() {
        let error = io::Error::other(FORGED);
        let error = &error as &dyn std::error::Error;
        tracing::warn!(text = FORGED, shown = %FORGED, asked = ?FORGED, error, "a message with {FORGED}");
    }

    #[test]
    fn nobody_writes_a_line_of_the_log_but_the_log() {
        for format in [LogFormat::Text, LogFormat::Json] {
            let log = logged(format, say);
            assert_eq!(log.matches('\n').count(), 1, "{format:?}: {log}");
            assert!(log.ends_with('\n') && log.contains("a message with no"), "{format:?}: {log}");
            assert!(!log.trim_end_matches('\n').contains(|c: char| c.is_ascii_control()), "{format:?}: {log}");
        }
        assert!(!logged(LogFormat::Text, say).contains(['\u{2028}', '\u{85}']));
    }

    #[test]
    fn every_line_says_when_in_utc_where_and_what() {
        let json = logged(LogFormat::Json, say);
        let line: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((line["level"].as_str(), line["target"].as_str()), (Some("WARN"), Some(module_path!())));
        let text = logged(LogFormat::Text, say);
        for at in [line["timestamp"].as_str().unwrap(), text.split_whitespace().next().unwrap()] {
            assert!(at.ends_with('Z'), "{at}");
            let at: Timestamp = at.parse().unwrap();
            assert!((SystemClock.now() - at).num_seconds().abs() < 60, "{at}");
        }
    }
}
