//! A mail server that takes every letter, or says that it can't now (RFC 5321).

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};
use tokio_rustls::TlsAcceptor;

/// How it is spoken to.
#[derive(Clone)]
pub enum Way {
    Plain,
    /// After STARTTLS; without it nothing is taken.
    Starttls(TlsAcceptor),
    /// From the first byte.
    Tls(TlsAcceptor),
}

/// A letter as it came.
#[derive(Clone, Debug)]
pub struct Letter {
    pub to: String,
    pub subject: String,
    /// Text and HTML, decoded as far as the tests look.
    pub body: String,
}

impl Letter {
    /// The token of its link.
    pub fn token(&self) -> String {
        let token = self.body.split("?token=").nth(1).unwrap_or_else(|| panic!("no link in {self:?}"));
        token.chars().take_while(char::is_ascii_hexdigit).collect()
    }
}

pub struct MailServer {
    pub port: u16,
    letters: Arc<Mutex<Vec<Letter>>>,
    /// Letters that are refused for now.
    refused: Arc<AtomicU32>,
    /// Connections that are over.
    ended: Arc<AtomicU32>,
}

impl MailServer {
    pub async fn start() -> Self {
        Self::start_by(Way::Plain).await
    }

    pub async fn start_by(way: Way) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (letters, refused) = (Arc::<Mutex<Vec<Letter>>>::default(), Arc::<AtomicU32>::default());
        let ended = Arc::<AtomicU32>::default();
        let server =
            Self { port, letters: Arc::clone(&letters), refused: Arc::clone(&refused), ended: Arc::clone(&ended) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (way, letters, refused, ended) =
                    (way.clone(), Arc::clone(&letters), Arc::clone(&refused), Arc::clone(&ended));
                tokio::spawn(async move {
                    serve_by(way, stream, letters, refused).await;
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
        });
        server
    }

    /// Says to the next letters that it can't take them now.
    pub fn refuse(&self, letters: u32) {
        self.refused.store(letters, Ordering::SeqCst);
    }

    /// Connections that came and went.
    pub fn ended(&self) -> u32 {
        self.ended.load(Ordering::SeqCst)
    }

    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap().clone()
    }

    fn find(&self, to: &str, subject: &str) -> Option<Letter> {
        let mut letters = self.letters.lock().unwrap();
        let at = letters.iter().position(|letter| letter.to == to && letter.subject.contains(subject))?;
        Some(letters.remove(at))
    }

    /// Waits for a letter to this address with this in its subject, and takes it out.
    pub async fn take(&self, to: &str, subject: &str) -> Letter {
        let found = async {
            loop {
                if let Some(letter) = self.find(to, subject) {
                    return letter;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let found = tokio::time::timeout(Duration::from_secs(10), found).await;
        found.unwrap_or_else(|_| panic!("no letter about {subject} to {to} in {:?}", self.letters()))
    }
}

async fn serve_by(way: Way, stream: TcpStream, letters: Arc<Mutex<Vec<Letter>>>, refused: Arc<AtomicU32>) {
    let mut stream = BufReader::new(stream);
    match way {
        Way::Plain => {
            greet(&mut stream).await;
            serve(stream, letters, refused).await;
        }
        Way::Tls(acceptor) => {
            if let Ok(stream) = acceptor.accept(stream).await {
                let mut stream = BufReader::new(stream);
                greet(&mut stream).await;
                serve(stream, letters, refused).await;
            }
        }
        Way::Starttls(acceptor) => {
            greet(&mut stream).await;
            let mut line = String::new();
            while stream.read_line(&mut line).await.unwrap_or(0) > 0 {
                if line.starts_with("STARTTLS") {
                    let _ = stream.write_all(b"220 Go on\r\n").await;
                    if let Ok(stream) = acceptor.accept(stream).await {
                        serve(BufReader::new(stream), letters, refused).await;
                    }
                    return;
                }
                let answer: &[u8] = if line.starts_with("EHLO") {
                    b"250-mail.test\r\n250 STARTTLS\r\n"
                } else {
                    b"530 STARTTLS first\r\n"
                };
                let _ = stream.write_all(answer).await;
                line.clear();
            }
        }
    }
}

async fn greet(stream: &mut (impl AsyncWrite + Unpin)) {
    let _ = stream.write_all(b"220 mail.test ESMTP\r\n").await;
}

async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: BufReader<S>,
    letters: Arc<Mutex<Vec<Letter>>>,
    refused: Arc<AtomicU32>,
) {
    let (mut to, mut line) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        let answer = match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "EHLO" => "250-mail.test\r\n250 8BITMIME\r\n",
            "RCPT" => {
                line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                "250 OK\r\n"
            }
            "DATA" => {
                let _ = stream.write_all(b"354 Go on\r\n").await;
                let text = read_letter(&mut stream).await;
                if refused.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
                    "451 Not now\r\n"
                } else {
                    letters.lock().unwrap().push(read(&to, &text));
                    "250 Taken\r\n"
                }
            }
            "QUIT" => {
                let _ = stream.write_all(b"221 Bye\r\n").await;
                return;
            }
            _ => "250 OK\r\n",
        };
        let _ = stream.write_all(answer.as_bytes()).await;
    }
}

async fn read_letter(stream: &mut BufReader<impl AsyncRead + Unpin>) -> String {
    let mut text = String::new();
    while stream.read_line(&mut text).await.unwrap_or(0) > 0 && !text.ends_with("\r\n.\r\n") {}
    text
}

fn read(to: &str, text: &str) -> Letter {
    let unfolded = text.replace("\r\n ", " ");
    let subject = unfolded.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
    let body = text.replace("=\r\n", "").replace("=3D", "=");
    Letter { to: to.to_owned(), subject: subject.to_owned(), body }
}
