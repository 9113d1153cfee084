//! Numbers written with so many decimals. Not by the standard library's way of writing floats: its tables and its exact
//! arithmetic would be a part of the browser's bundle.

/// `value` with `places` decimals, rounded half away from zero: `fixed(3.94, 1)` is `3.9`. Values that are too large for
/// their decimals to mean anything are cut off at nine digits in all.
pub fn fixed(value: f64, places: u32) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    let scale = 10_u32.pow(places.min(6));
    #[expect(clippy::cast_possible_truncation, reason = "saturates, and nine digits fit")]
    let scaled = (value * f64::from(scale)).round().clamp(-999_999_999.0, 999_999_999.0) as i32;
    let sign = if scaled < 0 { "-" } else { "" };
    let (whole, part) = (scaled.unsigned_abs() / scale, scaled.unsigned_abs() % scale);
    match places.min(6) as usize {
        0 => format!("{sign}{whole}"),
        places => format!("{sign}{whole}.{part:0places$}"),
    }
}

/// `value` with three decimals at most, as one would say it: `7`, `0.25`.
pub fn plain(value: f64) -> String {
    let text = fixed(value, 3);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_decimals() {
        let cases = [
            (3.94, 1, "3.9"),
            (3.96, 1, "4.0"),
            (0.05, 2, "0.05"),
            (-1.5, 1, "-1.5"),
            (41.6, 0, "42"),
            (0.0, 2, "0.00"),
        ];
        for (value, places, text) in cases {
            assert_eq!(fixed(value, places), text);
        }
    }

    #[test]
    fn whatever_comes_something_is_written() {
        assert_eq!(fixed(f64::NAN, 1), "NaN");
        assert_eq!((plain(7.0).as_str(), plain(0.25).as_str(), plain(f64::NAN).as_str()), ("7", "0.25", "NaN"));
        assert_eq!(fixed(f64::INFINITY, 0), "999999999");
        assert_eq!(fixed(-1e300, 3), "-999999.999");
    }

    proptest::proptest! {
        #[test]
        fn it_is_near_the_number(value in -99_999.0..99_999.0_f64, places in 0_u32..4) {
            let read: f64 = fixed(value, places).parse().unwrap();
            proptest::prop_assert!((read - value).abs() <= 0.5 / 10_f64.powi(places.cast_signed()) + 1e-9);
        }
    }
}
