//! The access log: a line of JSON for each request, written by a thread of its own so that no request waits for a disk.

use std::{
    fs::OpenOptions,
    io::{self, BufWriter, Write},
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::mpsc::{Receiver, SyncSender, sync_channel},
    thread,
    time::Duration,
};

use anyhow::Context;
use chrono::{DateTime, SecondsFormat, Utc};
use http::Version;
use metrics::{Counter, counter};
use serde_json::{Map, Value, json};

/// Lines that may wait to be written; more are dropped, and counted.
const QUEUE_LEN: usize = 16_384;

/// What a line tells.
#[derive(Debug)]
pub struct Line<'a> {
    pub time: DateTime<Utc>,
    pub request_id: &'a str,
    pub client: Option<IpAddr>,
    pub method: &'a str,
    pub path: &'a str,
    pub version: Version,
    pub is_tls: bool,
    /// 0: the client was gone before there was one.
    pub status: u16,
    pub bytes: usize,
    pub duration: Duration,
    pub upstream: Option<SocketAddr>,
    /// Instances that it was sent to.
    pub attempts: usize,
    pub is_cached: bool,
    pub error: Option<&'a pingora::Error>,
}

impl Line<'_> {
    fn to_json(&self) -> String {
        let duration_ms = (self.duration.as_secs_f64() * 1e6).round() / 1e3;
        let mut line = Map::new();
        let mut add = |name: &str, value: Value| {
            line.insert(name.to_owned(), value);
        };
        add("time", json!(self.time.to_rfc3339_opts(SecondsFormat::Millis, true)));
        add("request_id", json!(self.request_id));
        add("client", json!(self.client));
        add("method", json!(self.method));
        add("path", json!(self.path));
        add("version", json!(format!("{:?}", self.version)));
        add("tls", json!(self.is_tls));
        add("status", json!(self.status));
        add("bytes", json!(self.bytes));
        add("duration_ms", json!(duration_ms));
        if let Some(upstream) = self.upstream {
            add("upstream", json!(upstream));
        }
        if self.attempts > 1 {
            add("attempts", json!(self.attempts));
        }
        if self.is_cached {
            add("cached", json!(true));
        }
        if let Some(error) = self.error {
            add("error", json!(error.to_string()));
        }
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        text
    }
}

/// Where lines go.
#[derive(Clone, Debug)]
pub struct AccessLog {
    lines: SyncSender<String>,
    dropped: Counter,
}

impl AccessLog {
    /// `target`: `off`, `stdout` or a file. None for `off`.
    ///
    /// # Errors
    /// When the file can't be opened.
    pub fn start(target: &str) -> anyhow::Result<Option<Self>> {
        let out: Box<dyn Write + Send> = match target {
            "off" => return Ok(None),
            "stdout" => Box::new(io::stdout()),
            path => Box::new(open(Path::new(path))?),
        };
        let (lines, waiting) = sync_channel(QUEUE_LEN);
        thread::Builder::new().name("access-log".to_owned()).spawn(move || write_all(&waiting, out))?;
        Ok(Some(Self { lines, dropped: counter!("director_access_log_dropped_total") }))
    }

    pub fn write(&self, line: &Line<'_>) {
        if self.lines.try_send(line.to_json()).is_err() {
            self.dropped.increment(1);
        }
    }
}

fn open(path: &Path) -> anyhow::Result<std::fs::File> {
    OpenOptions::new().create(true).append(true).open(path).with_context(|| {
        format!("`log.access` is {}, which can't be written to; it must be off, stdout or a file", path.display())
    })
}

/// Writes lines until nobody sends any; what is there goes out as soon as nothing more waits.
fn write_all(waiting: &Receiver<String>, out: Box<dyn Write + Send>) {
    let mut out = BufWriter::with_capacity(64 * 1024, out);
    while let Ok(first) = waiting.recv() {
        let mut next = Some(first);
        while let Some(line) = next {
            if out.write_all(line.as_bytes()).is_err() {
                return;
            }
            next = waiting.try_recv().ok();
        }
        if out.flush().is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_one_line_of_json_whatever_the_path_holds() {
        let line = Line {
            time: DateTime::from_timestamp(1_700_000_000, 0).unwrap(),
            request_id: "abc",
            client: Some([192, 0, 2, 1].into()),
            method: "GET",
            path: "/a\"\n\\b",
            version: Version::HTTP_11,
            is_tls: true,
            status: 200,
            bytes: 12,
            duration: Duration::from_micros(1234),
            upstream: Some(([10, 0, 0, 1], 80).into()),
            attempts: 2,
            is_cached: false,
            error: None,
        };
        let text = line.to_json();
        assert_eq!(text.matches('\n').count(), 1);
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(read["path"], "/a\"\n\\b");
        assert_eq!(read["duration_ms"], 1.234);
        assert_eq!((&read["upstream"], &read["attempts"]), (&json!("10.0.0.1:80"), &json!(2)));
    }
}
