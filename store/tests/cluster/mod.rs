//! One PostgreSQL for all tests that need one, in however many processes they run.
//!
//! The first test that asks makes a cluster in the system's folder for temporary files and starts it, reachable by a
//! Unix socket alone and not careful about its data. Every process that uses it holds a shared lock on a file;
//! `keep.sh`, started beside it, stops and removes it when nobody has held that lock for three seconds. PostgreSQL refuses
//! to run as root, so a test that does starts it as the user `postgres`, whom the Debian package makes.

#![allow(dead_code, reason = "not every test program needs all of it")]

use std::{
    env,
    fs::{self, File, Permissions},
    hash::{DefaultHasher, Hash, Hasher},
    net::TcpListener,
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Command, Stdio, id},
    sync::{
        Mutex,
        atomic::{AtomicU32, Ordering},
    },
};

use sea_orm::{ConnectionTrait, Database};

/// What a person reads whose machine has no PostgreSQL.
const MISSING: &str = "PostgreSQL's server programs are not installed, and these tests make a cluster of their own. \
                       On Debian: sudo apt-get install --no-install-recommends postgresql (its own cluster need not \
                       run). Elsewhere: MATINEE_TEST_PG_BIN=/folder/of/initdb";

/// The role whose members are asked for a password.
pub const WITH_PASSWORD: &str = "with_password";

/// The locks that say that this process uses the cluster; held as long as it lives.
static IN_USE: Mutex<Vec<File>> = Mutex::new(Vec::new());

static NEXT: AtomicU32 = AtomicU32::new(1);

/// A database of its own for one test.
pub struct TestDatabase {
    pub url: String,
    pub name: String,
    folder: PathBuf,
}

impl TestDatabase {
    /// A folder beside the cluster's, as another disk would be.
    pub fn disk(&self, name: &str) -> PathBuf {
        let path = self.folder.join(format!("run/{}_{name}", self.name));
        make_folder(&path);
        path
    }

    /// One with the tables that `migrate` makes in the database whose address it is given. They are made once and copied.
    pub async fn migrated(migrate: impl AsyncFn(&str)) -> Self {
        let folder = folder();
        let alone = start(&folder);
        let seed = format!("seed_{:x}", of_this_build());
        let server = Server { folder: &folder };
        if !server.has(&seed).await {
            server.run(&format!("CREATE DATABASE being_made_{seed}")).await;
            migrate(&server.url(&format!("being_made_{seed}"))).await;
            server.run(&format!("ALTER DATABASE being_made_{seed} RENAME TO {seed}")).await;
        }
        drop(alone);
        let name = new_name();
        server.run(&format!("CREATE DATABASE {name} TEMPLATE {seed}")).await;
        Self { url: server.url(&name), name, folder }
    }

    /// One without anything in it.
    pub async fn empty() -> Self {
        let folder = folder();
        drop(start(&folder));
        let (server, name) = (Server { folder: &folder }, new_name());
        server.run(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        Self { url: server.url(&name), name, folder }
    }

    /// Removes it. One that a failed test leaves behind goes with the cluster.
    pub async fn remove(self) {
        Server { folder: &self.folder }.run(&format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

fn new_name() -> String {
    format!("test_{}_{}", id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

struct Server<'a> {
    folder: &'a Path,
}

impl Server<'_> {
    fn url(&self, database: &str) -> String {
        format!("postgres://matinee@localhost/{database}?host={}", self.folder.join("run").display())
    }

    async fn run(&self, sql: &str) {
        let db = Database::connect(self.url("postgres")).await.unwrap();
        db.execute_unprepared(sql).await.unwrap();
        db.close().await.unwrap();
    }

    async fn has(&self, database: &str) -> bool {
        let db = Database::connect(self.url("postgres")).await.unwrap();
        let ask = format!("SELECT 1 AS one FROM pg_database WHERE datname = '{database}'");
        let rows = db.query_all_raw(sea_orm::Statement::from_string(sea_orm::DbBackend::Postgres, ask)).await.unwrap();
        db.execute_unprepared(&format!("DROP DATABASE IF EXISTS being_made_{database}")).await.unwrap();
        db.close().await.unwrap();
        !rows.is_empty()
    }
}

/// The folder that holds `initdb`.
pub fn programs() -> PathBuf {
    if let Some(named) = env::var_os("MATINEE_TEST_PG_BIN") {
        return named.into();
    }
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<(u32, PathBuf)> = versions
        .filter_map(|version| {
            let number = version.file_name().to_str()?.parse().ok()?;
            Some((number, version.path().join("bin"))).filter(|(_, bin)| bin.join("initdb").exists())
        })
        .collect();
    folders.sort();
    folders.pop().expect(MISSING).1
}

/// One of PostgreSQL's programs, as a user whom it accepts.
pub fn program(name: &str) -> Command {
    let path = programs().join(name);
    assert!(path.exists(), "there is no {}. {MISSING}", path.display());
    let mut command = Command::new(path);
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command.current_dir("/").env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

/// Runs it to its end.
pub fn must(command: &mut Command) {
    let done = command.stderr(Stdio::piped()).output().unwrap();
    assert!(done.status.success(), "{command:?} failed: {}", String::from_utf8_lossy(&done.stderr));
}

/// Makes a folder that PostgreSQL may write to.
pub fn make_folder(path: &Path) {
    fs::create_dir_all(path).unwrap();
    if let Some((user, group)) = other_user() {
        chown(path, Some(user), Some(group)).unwrap();
    }
}

/// The user `postgres` where this is root.
fn other_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let line = line.expect("as root these tests need the user postgres, whom Debian's package makes");
    let numbers: Vec<u32> = line.split(':').skip(2).take(2).map(|number| number.parse().unwrap()).collect();
    Some((numbers[0], numbers[1]))
}

/// One for each checkout and user.
fn folder() -> PathBuf {
    let mut hasher = DefaultHasher::new();
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().hash(&mut hasher);
    fs::metadata("/proc/self").unwrap().uid().hash(&mut hasher);
    env::temp_dir().join(format!("matinee-pg-{:08x}", hasher.finish() >> 32))
}

/// Differs between builds of the tests, which may have different tables.
fn of_this_build() -> u64 {
    let mut hasher = DefaultHasher::new();
    let program = env::current_exe().unwrap();
    fs::metadata(&program).unwrap().modified().unwrap().hash(&mut hasher);
    program.hash(&mut hasher);
    hasher.finish()
}

/// Starts the cluster if it doesn't run. While what is returned is held, nobody else starts or stops it.
fn start(folder: &Path) -> File {
    let alone = lock_alone(folder);
    use_folder(folder);
    let run = folder.join("run");
    if !is_running(&run) {
        let _ = fs::remove_dir_all(&run);
        make_folder(&run);
        init(&run.join("data"));
        start_server(&run, "-c autovacuum=off");
        keep(folder);
    }
    alone
}

/// The file that says so may be left from a machine that lost power.
fn is_running(run: &Path) -> bool {
    let mut ask = program("pg_ctl");
    run.join("data/postmaster.pid").exists()
        && ask.arg("status").arg("--pgdata").arg(run.join("data")).status().unwrap().success()
}

/// Holds a shared lock on the folder as long as this process lives.
fn use_folder(folder: &Path) {
    let users = File::create(folder.join("users.lock")).unwrap();
    users.lock_shared().unwrap();
    IN_USE.lock().unwrap().push(users);
}

/// Has all servers in the folder stopped and the folder removed when nobody uses it any more.
fn keep(folder: &Path) {
    let mut command = Command::new("setsid");
    command.args(["--fork", "sh", "-c", include_str!("keep.sh"), "keep.sh"]).arg(folder).current_dir("/");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
}

/// The lock on a file that is still where it was: who stops the cluster removes it.
fn lock_alone(folder: &Path) -> File {
    let path = folder.join("start.lock");
    loop {
        fs::create_dir_all(folder).unwrap();
        let Ok(file) = File::create(&path) else { continue };
        file.lock().unwrap();
        if fs::metadata(&path).is_ok_and(|there| there.ino() == file.metadata().unwrap().ino()) {
            return file;
        }
    }
}

/// Makes a cluster's files.
fn init(data: &Path) {
    // A collation of the kind that operators' databases have: keys must not depend on it.
    must(program("initdb").args(["--no-sync", "--auth=trust", "--username=matinee", "--encoding=UTF8"]).args([
        "--locale-provider=icu",
        "--icu-locale=en-US",
        "--pgdata",
        data.to_str().unwrap(),
    ]));
    // Whoever is of this role has to know their password.
    let rules = data.join("pg_hba.conf");
    let others = fs::read_to_string(&rules).unwrap();
    fs::write(&rules, format!("local all +{WITH_PASSWORD} scram-sha-256\n{others}")).unwrap();
}

/// Starts the server whose files are in `run/data` and whose socket is to be in `run`.
fn start_server(run: &Path, more: &str) {
    let settings = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=300 \
                    -c shared_buffers=64MB -c listen_addresses=";
    let mut start = program("pg_ctl");
    start.args(["--wait", "--timeout=60", "--log"]).arg(run.join("log")).arg("--pgdata").arg(run.join("data"));
    start.arg("--options").arg(format!("{settings} {more} -c unix_socket_directories={}", run.display())).arg("start");
    // Not piped: the server would keep the pipe open.
    start.stderr(Stdio::null());
    let started = start.status().unwrap();
    assert!(started.success(), "{}", fs::read_to_string(run.join("log")).unwrap_or_default());
}

/// A primary `a` and a streaming standby `b`, for one test.
pub struct Pair(PathBuf);

impl Pair {
    /// With an empty database `films`, the same on both.
    pub async fn start() -> Self {
        let folder = env::temp_dir().join(format!("matinee-pg-pair-{}-{}", id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        drop(lock_alone(&folder));
        use_folder(&folder);
        keep(&folder);
        let pair = Self(folder);
        for name in ["a", "b"] {
            make_folder(&pair.0.join(name));
        }
        init(&pair.0.join("a/data"));
        start_server(&pair.0.join("a"), "");
        let db = Database::connect(pair.url_of("a", "postgres")).await.unwrap();
        db.execute_unprepared("CREATE DATABASE films").await.unwrap();
        db.close().await.unwrap();
        let mut copy = program("pg_basebackup");
        copy.arg("--host").arg(pair.0.join("a")).arg("--pgdata").arg(pair.0.join("b/data"));
        must(copy.args(["--username=matinee", "--checkpoint=fast", "--no-sync", "--write-recovery-conf"]));
        start_server(&pair.0.join("b"), "");
        pair
    }

    fn socket_of(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().replace('/', "%2F")
    }

    fn url_of(&self, name: &str, database: &str) -> String {
        format!("postgres://matinee@{}/{database}", self.socket_of(name))
    }

    /// The address of one.
    pub fn url(&self, name: &str) -> String {
        self.url_of(name, "films")
    }

    /// The address of whichever is the primary.
    pub fn url_of_primary(&self) -> String {
        format!(
            "postgres://matinee@{},{}/films?target_session_attrs=read-write",
            self.socket_of("b"),
            self.socket_of("a")
        )
    }

    /// As if its machine had lost power.
    pub fn kill(&self, name: &str) {
        must(
            program("pg_ctl")
                .args(["--mode=immediate", "--wait", "--pgdata"])
                .arg(self.0.join(name).join("data"))
                .arg("stop"),
        );
    }

    pub fn promote(&self, name: &str) {
        must(program("pg_ctl").args(["--wait", "--pgdata"]).arg(self.0.join(name).join("data")).arg("promote"));
    }
}

/// A server that is reached by TLS alone, and asks whoever comes for a certificate, for one test.
pub struct Guarded {
    pub port: u16,
}

impl Guarded {
    /// That shows this certificate. A role comes in by one of its own name that an authority in `callers` signed.
    pub fn start(certificate: &Path, key: &Path, callers: &Path) -> Self {
        let folder = env::temp_dir().join(format!("matinee-pg-tls-{}-{}", id(), NEXT.fetch_add(1, Ordering::Relaxed)));
        drop(lock_alone(&folder));
        use_folder(&folder);
        keep(&folder);
        let run = folder.join("a");
        make_folder(&run);
        let data = run.join("data");
        init(&data);
        for (from, name) in [(certificate, "server.crt"), (key, "server.key"), (callers, "callers.crt")] {
            give(from, &data.join(name));
        }
        fs::write(data.join("pg_hba.conf"), "hostssl all all 127.0.0.1/32 cert\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        start_server(
            &run,
            &format!(
                "-c listen_addresses=127.0.0.1 -c port={port} -c ssl=on -c ssl_cert_file=server.crt \
                 -c ssl_key_file=server.key -c ssl_ca_file=callers.crt"
            ),
        );
        Self { port }
    }
}

/// Copies a file to where PostgreSQL's user, and nobody else, reads it.
fn give(from: &Path, to: &Path) {
    fs::copy(from, to).unwrap();
    fs::set_permissions(to, Permissions::from_mode(0o600)).unwrap();
    if let Some((user, group)) = other_user() {
        chown(to, Some(user), Some(group)).unwrap();
    }
}
