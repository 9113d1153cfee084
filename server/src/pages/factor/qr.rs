//! What an authenticator app scans: the secret's address (`otpauth:`, as Google's Key URI Format has it) as a QR code.

use std::fmt::Write as _;

use matinee_services::totp::FactorSecret;
use qrcode::{Color, EcLevel, QrCode};

/// Modules of quiet around the code, as ISO/IEC 18004 asks.
const QUIET: usize = 4;
/// What stays of an address in the app's list.
const MAX_ACCOUNT_CHARS: usize = 80;

/// The address that the code holds, which a phone can open as well.
pub fn address(secret: &FactorSecret, account: &str) -> String {
    let account: String = account.chars().take(MAX_ACCOUNT_CHARS).collect();
    // A path in which everything that means something is escaped.
    let mut escaped = String::new();
    for byte in account.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => escaped.push(char::from(byte)),
            other => {
                let _ = write!(escaped, "%{other:02X}");
            }
        }
    }
    format!("otpauth://totp/Matinee:{escaped}?secret={}&issuer=Matinee", secret.expose())
}

/// The code as an SVG, dark on light whatever the page's colours are: not every camera reads the reverse. `None` where it holds too much.
pub fn svg(address: &str, title: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let width = code.width();
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (row, colors) in code.to_colors().chunks(width).enumerate() {
        let mut column = 0;
        while column < width {
            let run = colors[column..].iter().take_while(|color| **color == colors[column]).count();
            if colors[column] == Color::Dark {
                let _ = write!(path, "M{} {}h{run}v1h-{run}z", column + QUIET, row + QUIET);
            }
            column += run;
        }
    }
    // The title is ours, and has nothing in it that means something in HTML.
    Some(format!(
        r##"<svg class="qr" role="img" aria-label="{title}" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>"##
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_issuer_account_and_secret() {
        let secret = FactorSecret::parse("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ").unwrap();
        assert_eq!(
            address(&secret, "ada+films@example.org"),
            "otpauth://totp/Matinee:ada%2Bfilms%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Matinee"
        );
    }

    #[test]
    fn the_longest_address_fits_into_a_code() {
        let secret = FactorSecret::generate();
        let drawn = svg(&address(&secret, &"@".repeat(254)), "QR").unwrap();
        assert!(drawn.starts_with("<svg class=\"qr\"") && drawn.len() < 40_000, "{}", drawn.len());
    }
}
