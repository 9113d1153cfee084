//! Stopping, and being replaced by a new process without dropping a connection.
//!
//! SIGTERM: no new connections, open requests are finished, within `shutdown.grace_ms`. SIGINT: at once.
//! SIGHUP or SIGUSR2: the program on disk is started with the settings of now, takes over the listening sockets, and this
//! process finishes what it has. SIGQUIT: the same for a new process that somebody else started with `--upgrade`.

use std::{
    env,
    ffi::OsString,
    os::unix::net::UnixDatagram,
    path::PathBuf,
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    thread,
    time::Duration,
};

use async_trait::async_trait;
use pingora::server::{ExecutionPhase, ShutdownSignal, ShutdownSignalWatch};
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    sync::broadcast,
};

use crate::{config, connections::Count};

/// Whether this process is on its way out.
#[derive(Clone, Debug, Default)]
pub struct Phase(Arc<Flags>);

#[derive(Debug, Default)]
struct Flags {
    stopping: AtomicBool,
    leaving: AtomicBool,
}

impl Phase {
    /// Whether it was told to stop, and is not replaced: nobody should be sent here.
    pub fn is_stopping(&self) -> bool {
        self.0.stopping.load(Relaxed)
    }

    /// Whether it accepts no more connections: each answer is its connection's last.
    pub fn is_leaving(&self) -> bool {
        self.0.leaving.load(Relaxed)
    }

    pub fn leave(&self) {
        self.0.leaving.store(true, Relaxed);
    }
}

/// Waits for the signals above.
pub struct Signals {
    pub phase: Phase,
    pub config: Option<PathBuf>,
}

#[async_trait]
impl ShutdownSignalWatch for Signals {
    async fn recv(&self) -> ShutdownSignal {
        let (mut quit, mut terminate) = (on(SignalKind::quit()), on(SignalKind::terminate()));
        let (mut interrupt, mut hang_up) = (on(SignalKind::interrupt()), on(SignalKind::hangup()));
        let mut user = on(SignalKind::user_defined2());
        loop {
            let replace = tokio::select! {
                () = next(&mut terminate) => {
                    tracing::info!("stopping: open requests are finished first");
                    self.phase.0.stopping.store(true, Relaxed);
                    return ShutdownSignal::GracefulTerminate;
                }
                () = next(&mut interrupt) => return ShutdownSignal::FastShutdown,
                () = next(&mut quit) => false,
                () = next(&mut hang_up) => true,
                () = next(&mut user) => true,
            };
            if replace && let Err(error) = self.start_successor() {
                tracing::error!(error = format!("{error:#}"), "this process stays");
                continue;
            }
            tracing::info!("a new process takes over");
            return ShutdownSignal::GracefulUpgrade;
        }
    }
}

impl Signals {
    /// Starts the program anew, after a look at the settings that it will find.
    fn start_successor(&self) -> anyhow::Result<()> {
        config::load(self.config.as_deref())?;
        let mut arguments: Vec<OsString> = env::args_os().collect();
        let program = arguments.remove(0);
        if !arguments.iter().any(|argument| argument == "--upgrade") {
            arguments.push("--upgrade".into());
        }
        let child = Command::new(program).args(arguments).spawn()?;
        tracing::info!(pid = child.id(), "a new process has been started");
        Ok(())
    }
}

fn on(kind: SignalKind) -> Option<Signal> {
    signal(kind).inspect_err(|error| tracing::error!(%error, "a signal can't be waited for")).ok()
}

async fn next(signal: &mut Option<Signal>) {
    match signal {
        Some(signal) => {
            signal.recv().await;
        }
        None => std::future::pending().await,
    }
}

/// Ends the process as soon as nothing is open any more, instead of when the time for it is up.
pub fn leave_when_done(mut phases: broadcast::Receiver<ExecutionPhase>, connections: Count) {
    let wait = move || {
        loop {
            match phases.blocking_recv() {
                Ok(ExecutionPhase::ShutdownGracePeriod) | Err(broadcast::error::RecvError::Closed) => break,
                _ => {}
            }
        }
        let mut empty = 0;
        // Twice: a connection that was just accepted is not counted yet.
        while empty < 2 {
            thread::sleep(Duration::from_millis(100));
            empty = if connections.get() == 0 { empty + 1 } else { 0 };
        }
        tracing::info!("every request is finished");
        std::process::exit(0);
    };
    if let Err(error) = thread::Builder::new().name("leaving".to_owned()).spawn(wait) {
        tracing::warn!(%error, "stopping will take the whole of shutdown.grace_ms");
    }
}

/// Tells systemd that this process serves (`Type=notify`); also which process it is, for it may be a new one.
pub fn tell_systemd() {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return };
    let message = format!("READY=1\nMAINPID={}", std::process::id());
    let sent = UnixDatagram::unbound().and_then(|socket| socket.send_to(message.as_bytes(), path));
    if let Err(error) = sent {
        tracing::warn!(%error, "systemd could not be told that this process is ready");
    }
}
