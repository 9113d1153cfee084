//! A letter as it is sent: plain text, and the same as HTML for those who read that.

use lettre::{
    Message,
    message::{Mailbox, MultiPart},
};
use matinee_app::{
    i18n::Locale,
    plain::{LetterWords, letters},
};
use matinee_services::ports::{Language, Letter, Says};
use thiserror::Error;

/// Why a letter can't be written.
#[derive(Debug, Error)]
pub enum NoLetter {
    #[error("the address can't be written to: {0}")]
    Address(#[from] lettre::address::AddressError),
    #[error(transparent)]
    Message(#[from] lettre::error::Error),
}

/// What a letter consists of.
struct Text {
    subject: &'static str,
    /// What happened.
    body: String,
    /// Where to go, and what the button there says.
    link: Option<(String, &'static str)>,
    /// What to do if it was somebody else.
    otherwise: &'static str,
}

/// Writes it; links lead to `origin`.
///
/// # Errors
/// [`NoLetter`] for an address that mail programs don't know.
pub fn write(letter: &Letter, from: &Mailbox, origin: &str) -> Result<Message, NoLetter> {
    let words = letters(match letter.language {
        Language::En => Locale::en,
        Language::De => Locale::de,
    });
    let text = text(words, &letter.says, origin);
    let to = Mailbox::new(None, letter.to.as_str().parse()?);
    let message = Message::builder().from(from.clone()).to(to).subject(text.subject);
    // A machine wrote it, so no machine answers (RFC 3834).
    let message = message.header(AutoSubmitted);
    Ok(message.multipart(MultiPart::alternative_plain_html(plain(words, &text), html(words, &text)))?)
}

fn text(words: &LetterWords, says: &Says, origin: &str) -> Text {
    let link = |path: &str, token: &str, label| Some((format!("{origin}{path}?token={token}"), label));
    let security = Some((format!("{origin}/account/security"), words.see_security));
    match says {
        Says::Confirm { token } => Text {
            subject: words.confirm.0,
            body: words.confirm.1.to_owned(),
            link: link("/account/confirm", token, words.confirm_button),
            otherwise: words.confirm.2,
        },
        Says::Reset { token } => Text {
            subject: words.reset.0,
            body: words.reset.1.to_owned(),
            link: link("/sign-in/reset", token, words.reset_button),
            otherwise: words.reset.2,
        },
        Says::PasswordChanged => Text {
            subject: words.password_changed.0,
            body: words.password_changed.1.to_owned(),
            link: Some((format!("{origin}/sign-in/forgot"), words.reset_button)),
            otherwise: words.password_changed.2,
        },
        Says::AddressChanged { now } => Text {
            subject: words.address_changed.0,
            body: words.address_changed.1.replace("{email}", now.as_str()),
            link: None,
            otherwise: words.address_changed.2,
        },
        Says::SecondStepOn => Text {
            subject: words.step_on.0,
            body: words.step_on.1.to_owned(),
            link: security,
            otherwise: words.step_on.2,
        },
        Says::PasskeyAdded { name } => Text {
            subject: words.passkey_added.0,
            body: words.passkey_added.1.replace("{name}", name),
            link: security,
            otherwise: words.passkey_added.2,
        },
        Says::PasskeyRemoved { name } => Text {
            subject: words.passkey_removed.0,
            body: words.passkey_removed.1.replace("{name}", name),
            link: security,
            otherwise: words.passkey_removed.2,
        },
        Says::SecondStepOff => Text {
            subject: words.step_off.0,
            body: words.step_off.1.to_owned(),
            link: security,
            otherwise: words.step_off.2,
        },
    }
}

fn plain(words: &LetterWords, text: &Text) -> String {
    let link = text.link.as_ref().map(|(to, label)| format!("{label}:\n{to}\n\n")).unwrap_or_default();
    format!("{}\n\n{}\n\n{link}{}\n\n{}\n", words.hello, text.body, text.otherwise, words.regards)
}

/// Nothing is fetched from anywhere: type and colour alone, as mail programs show them.
fn html(words: &LetterWords, text: &Text) -> String {
    let link = text.link.as_ref().map_or_else(String::new, |(to, label)| {
        let to = escape(to);
        format!(
            "<p style=\"margin:28px 0\"><a href=\"{to}\" style=\"display:inline-block;padding:13px 22px;background:#eca93b;color:#24232e;\
             font-weight:bold;text-decoration:none;border-radius:2px\">{label}</a></p>\
             <p style=\"margin:0 0 20px;color:#5d5b66;font-size:14px;word-break:break-all\">{to}</p>"
        )
    });
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"><head><meta charset=\"utf-8\"><meta name=\"color-scheme\" content=\"light dark\">\
         <title>{subject}</title></head><body style=\"margin:0;padding:32px 20px;font:16px/1.55 Arial,sans-serif\">\
         <div style=\"max-width:34em;margin:0 auto\">\
         <p style=\"margin:0 0 28px;font-size:22px;font-weight:bold;letter-spacing:-0.01em\">Matinee</p>\
         <p style=\"margin:0 0 16px\">{hello}</p><p style=\"margin:0 0 16px\">{body}</p>{link}\
         <p style=\"margin:0 0 28px;color:#5d5b66;font-size:14px\">{otherwise}</p><p style=\"margin:0\">{regards}</p></div></body></html>",
        lang = words.lang,
        subject = escape(text.subject),
        hello = escape(words.hello),
        body = escape(&text.body),
        otherwise = escape(text.otherwise),
        regards = escape(words.regards).replace('\n', "<br>"),
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use matinee_domain::Email;

    use super::*;

    fn written(language: Language, says: Says) -> String {
        let to = Email::parse("ada@example.org").unwrap();
        let from = "Matinee <films@example.org>".parse().unwrap();
        let message = write(&Letter { to, language, says }, &from, "https://films.example.org").unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_letter_says_its_link_in_text_and_html_and_whom_it_is_for() {
        let letter = written(Language::En, Says::Reset { token: "abc".into() });
        for part in [
            "To: ada@example.org",
            "From: Matinee <films@example.org>",
            "Auto-Submitted: auto-generated",
            "text/plain",
            "text/html",
        ] {
            assert!(letter.contains(part), "{part}: {letter}");
        }
        let joined = letter.replace("=\r\n", "").replace("=3D", "=");
        assert_eq!(joined.matches("https://films.example.org/sign-in/reset?token=abc").count(), 3, "{letter}");
    }

    #[test]
    fn what_others_wrote_is_no_html() {
        let now = Email::parse("a&b@example.org").unwrap();
        let letter = written(Language::De, Says::AddressChanged { now });
        assert!(letter.replace("=\r\n", "").contains("a&amp;b@example.org"), "{letter}");
    }
}
