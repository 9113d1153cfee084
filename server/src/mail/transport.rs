//! The way out: a mail server, or a folder.

use std::{path::PathBuf, time::Duration};

use anyhow::Context;
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};
use thiserror::Error;

use crate::config::{Config, MailConfig, MailSecurity};

/// How letters leave.
pub enum Transport {
    Smtp {
        /// Boxed, for it is large.
        server: Box<AsyncSmtpTransport<Tokio1Executor>>,
        /// For a letter as a whole; each single answer has this long, too.
        timeout: Duration,
    },
    Folder(PathBuf),
}

/// Why a letter did not leave.
#[derive(Debug, Error)]
#[error("{reason}")]
pub struct NotSent {
    reason: String,
    /// Trying again is of no use.
    pub is_final: bool,
}

impl Transport {
    /// # Errors
    /// When the password can't be read, or the server's name makes no way for TLS.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let mail = &config.mail;
        let host = mail.smtp_host.as_str();
        if host.is_empty() {
            return Ok(Self::Folder(mail.folder(&config.data)));
        }
        let tls = match mail.smtp_security {
            MailSecurity::Starttls => Tls::Required(tls_parameters(mail)?),
            MailSecurity::Tls => Tls::Wrapper(tls_parameters(mail)?),
            MailSecurity::None => Tls::None,
        };
        let mut server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(mail.smtp_port)
            .tls(tls)
            .timeout(Some(mail.timeout()));
        if let Ok(url) = config.server.public_origin.parse::<url::Url>()
            && let Some(name) = url.host_str()
        {
            server = server.hello_name(ClientId::Domain(name.to_owned()));
        }
        if !mail.smtp_user.is_empty() {
            let password = mail.read_password().map_err(anyhow::Error::msg)?;
            server = server.credentials(Credentials::new(mail.smtp_user.clone(), password.expose().to_owned()));
        }
        Ok(Self::Smtp { server: Box::new(server.build()), timeout: mail.timeout() })
    }

    /// Hands a letter over.
    ///
    /// # Errors
    /// [`NotSent`], final where the server refused it for good.
    pub async fn send(&self, message: &Message) -> Result<(), NotSent> {
        match self {
            Self::Smtp { server, timeout } => {
                let sending = server.send(message.clone());
                match tokio::time::timeout(*timeout, sending).await {
                    Ok(Ok(_)) => Ok(()),
                    Ok(Err(error)) => {
                        let reason = format!("the mail server did not take it: {error}");
                        Err(NotSent { reason, is_final: error.is_permanent() })
                    }
                    Err(_) => {
                        let reason = format!("the mail server took longer than {} ms", timeout.as_millis());
                        Err(NotSent { reason, is_final: false })
                    }
                }
            }
            Self::Folder(folder) => write(folder, message).await.map_err(|error| NotSent {
                reason: format!("it can't be written into {}: {error}", folder.display()),
                is_final: true,
            }),
        }
    }
}

/// Whose certificate is believed: the host's, by the machine's authorities and the one that is configured.
fn tls_parameters(mail: &MailConfig) -> anyhow::Result<TlsParameters> {
    let mut parameters = TlsParameters::builder(mail.smtp_host.clone());
    let path = &mail.smtp_ca_file;
    if !path.as_os_str().is_empty() {
        let pem =
            std::fs::read(path).with_context(|| format!("`mail.smtp_ca_file` {} can't be read", path.display()))?;
        let authority = Certificate::from_pem(&pem);
        parameters = parameters.add_root_certificate(
            authority.with_context(|| format!("`mail.smtp_ca_file` {} is no certificate (PEM)", path.display()))?,
        );
    }
    parameters.build().with_context(|| format!("`mail.smtp_host` {} can't have TLS", mail.smtp_host))
}

/// A file whose name sorts by the time it was written.
async fn write(folder: &PathBuf, message: &Message) -> std::io::Result<()> {
    tokio::fs::create_dir_all(folder).await?;
    let path = folder.join(format!("{}.eml", uuid::Uuid::now_v7()));
    let part = path.with_extension("part");
    tokio::fs::write(&part, message.formatted()).await?;
    tokio::fs::rename(&part, &path).await?;
    tracing::info!(letter.path = %path.display(), "no mail server is set, so a letter became a file");
    Ok(())
}
