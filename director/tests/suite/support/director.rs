//! The built program with settings of its own, in a folder of its own.

use std::{
    fs,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::{Upstream, client, until};

/// The built program.
pub fn binary() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matinee-director"));
    command.env_clear();
    command
}

/// A running director. Dropped, it is killed, and so is whoever took its place.
pub struct Director {
    pub folder: TempDir,
    /// What else has to stay as long as it runs.
    pub more_folders: Vec<TempDir>,
    pub http: u16,
    pub https: u16,
    pub admin: u16,
    pub child: Child,
}

impl Director {
    /// Before these instances, and waits until it serves. `more`: further settings as TOML.
    pub async fn start(upstreams: &[&Upstream], more: &str) -> Self {
        let addresses: Vec<_> = upstreams.iter().map(|one| one.address).collect();
        let director = Self::start_unready(&addresses, more).await;
        director.until_up(addresses.len()).await;
        director
    }

    /// Waits only until it listens.
    pub async fn start_unready(upstreams: &[SocketAddr], more: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [http, https, admin] = free_ports();
        let path = folder.path().display();
        let mut settings: toml::Table = format!(
            "listen = {{ http = ['127.0.0.1:{http}'], admin = '127.0.0.1:{admin}', threads = 2, upgrade_sock = '{path}/upgrade.sock' }}
             upstreams = {{ file = '{path}/servers.toml', refresh_ms = 100 }}
             health = {{ interval_ms = 100, timeout_ms = 2000 }}
             log = {{ access = '{path}/access.log' }}"
        )
        .parse()
        .unwrap();
        let more = more.replace("{https}", &https.to_string()).replace("{folder}", &path.to_string());
        for (section, values) in more.parse::<toml::Table>().unwrap() {
            let known = settings.entry(section).or_insert_with(|| toml::Table::new().into());
            known.as_table_mut().unwrap().extend(values.as_table().unwrap().clone());
        }
        let director_toml = folder.path().join("director.toml");
        fs::write(&director_toml, settings.to_string()).unwrap();
        fs::write(folder.path().join("servers.toml"), servers(upstreams)).unwrap();
        let err = fs::File::create(folder.path().join("stderr")).unwrap();
        let child = binary().arg("serve").arg(&director_toml).stdin(Stdio::null()).stderr(err).spawn().unwrap();
        let mut director = Self { folder, more_folders: Vec::new(), http, https, admin, child };
        let client = client();
        let url = director.admin_url("/livez");
        until("the director listens", || {
            let ended = director.child.try_wait().unwrap();
            assert!(ended.is_none(), "the director ended: {}", director.stderr());
            let (client, url) = (client.clone(), url.clone());
            async move { client.get(url).send().await.is_ok() }
        })
        .await;
        director
    }

    /// Waits until so many instances get requests.
    pub async fn until_up(&self, count: usize) {
        until(&format!("{count} instances are up"), || async {
            self.upstreams().await.iter().filter(|one| one["well"] == true && one["ejected"] == false).count() == count
        })
        .await;
    }

    /// What it tells of its instances.
    pub async fn upstreams(&self) -> Vec<serde_json::Value> {
        let said: serde_json::Value =
            client().get(self.admin_url("/upstreams")).send().await.unwrap().json().await.unwrap();
        said["upstreams"].as_array().unwrap().clone()
    }

    /// One of its measurements, summed over the labels that hold `label`.
    pub async fn measurement(&self, name: &str, label: &str) -> i64 {
        let text = client().get(self.admin_url("/metrics")).send().await.unwrap().text().await.unwrap();
        let of_name = |line: &&str| line.starts_with(name) && line[name.len()..].starts_with(['{', ' ']);
        let values = text.lines().filter(of_name).filter(|line| line.contains(label));
        values.map(|line| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap()).sum()
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.http)
    }

    pub fn admin_url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.admin)
    }

    /// Who answers a request of this session, or of a visitor.
    pub async fn who(&self, client: &reqwest::Client, session: Option<&str>) -> String {
        let mut request = client.get(self.url("/who"));
        if let Some(session) = session {
            request = request.header("cookie", format!("theme=dark; matinee_session={session}"));
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200);
        answer.text().await.unwrap()
    }

    pub fn write_servers(&self, text: &str) {
        // As an editor or a script should do it: whole or not at all.
        let path = self.folder.path().join("servers.toml");
        fs::write(path.with_extension("new"), text).unwrap();
        fs::rename(path.with_extension("new"), path).unwrap();
    }

    pub fn stderr(&self) -> String {
        fs::read_to_string(self.folder.path().join("stderr")).unwrap_or_default()
    }

    pub fn access_log(&self) -> String {
        fs::read_to_string(self.folder.path().join("access.log")).unwrap_or_default()
    }

    pub fn signal(&self, name: &str) {
        signal(self.child.id(), name);
    }

    /// Every process that serves with this folder's settings.
    pub fn processes(&self) -> Vec<u32> {
        let folder = self.folder.path().to_str().unwrap();
        let all = fs::read_dir("/proc").unwrap().flatten();
        all.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(|pid: &u32| {
                let arguments = fs::read(PathBuf::from(format!("/proc/{pid}/cmdline"))).unwrap_or_default();
                String::from_utf8_lossy(&arguments).contains(folder)
            })
            .collect()
    }
}

/// A list of instances as the file holds it.
pub fn servers(upstreams: &[SocketAddr]) -> String {
    let all: Vec<_> = upstreams.iter().map(|address| format!("[[server]]\naddress = \"{address}\"\n")).collect();
    all.concat()
}

fn signal(pid: u32, name: &str) {
    let done = Command::new("kill").args([format!("-{name}"), pid.to_string()]).status().unwrap();
    assert!(done.success(), "signal {name} to {pid}");
}

fn free_ports<const N: usize>() -> [u16; N] {
    let held: [TcpListener; N] = std::array::from_fn(|_| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

impl Drop for Director {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        for pid in self.processes() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        if std::thread::panicking() {
            eprintln!("the director said:\n{}", self.stderr());
        }
    }
}
