//! Numbers as texts, and texts as numbers.

/// A count with its thousands apart.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with about three digits, and no minus before a zero.
pub fn short(value: f64) -> String {
    let size = value.abs();
    if size < 1e-12 {
        return "0".to_owned();
    }
    let text = match size {
        100_000.0.. => format!("{value:.1e}"),
        100.0.. => format!("{value:.0}"),
        10.0.. => format!("{value:.1}"),
        0.01.. => format!("{value:.2}"),
        0.001.. => format!("{value:.3}"),
        _ => format!("{value:.1e}"),
    };
    let is_plain = text.contains('.') && !text.contains('e');
    let text = if is_plain { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    text.replace('-', "−")
}

/// A share in per cent.
pub fn percent(share: f32) -> String {
    format!("{:.1} %", share * 100.0)
}

/// Reads a number as people type it: with a decimal comma, an exponent, full-width digits, a true minus, or thousands apart.
pub fn parse(text: &str, whole: bool) -> Option<f64> {
    let ascii = |character: char| match character {
        '０'..='９' => char::from_u32('0' as u32 + (character as u32 - '０' as u32)).unwrap_or(character),
        '．' | '。' => '.',
        '，' | '、' => ',',
        '－' | '−' => '-',
        '＋' => '+',
        'ｅ' | 'Ｅ' => 'e',
        _ => character,
    };
    let text: String = text.chars().map(ascii).filter(|character| !character.is_whitespace() && *character != '°').collect();
    let has_thousands = {
        let mut groups = text.trim_start_matches(['-', '+']).split(',');
        let first = groups.next().unwrap_or_default();
        let rest: Vec<&str> = groups.collect();
        let digits = |group: &str| group.bytes().all(|byte| byte.is_ascii_digit());
        (1..=3).contains(&first.len()) && digits(first) && !rest.is_empty() && rest.iter().all(|group| group.len() == 3 && digits(group))
    };
    let plain = match text.matches(',').count() {
        0 => text,
        // "1,500" points are many, 1,500 of a margin are one and a half.
        1 if text.contains('.') => return None,
        1 if !whole || !has_thousands => text.replace(',', "."),
        _ if has_thousands => text.replace(',', ""),
        _ => return None,
    };
    plain.parse().ok().filter(|number: &f64| number.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(grouped(7), "7");
        assert_eq!(grouped(1_482), "1,482");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn numbers_are_read_as_people_type_them() {
        for (text, number) in
            [("0,1", 0.1), ("1e-1", 0.1), ("０．１", 0.1), ("−3", -3.0), (" 0.25 ", 0.25), ("30°", 30.0), ("１２８", 128.0)]
        {
            assert_eq!(parse(text, false), Some(number), "{text}");
        }
        assert_eq!((parse("1,500", true), parse("1,500", false), parse("1,234,567", true)), (Some(1500.0), Some(1.5), Some(1_234_567.0)));
        for text in ["", "abc", "1,2,3", "0.1.2", "NaN", "inf", "1,5.2", "--1"] {
            assert_eq!(parse(text, false), None, "{text}");
        }
    }

    #[test]
    fn numbers_are_short_and_a_zero_has_no_sign() {
        let texts = [0.0, -0.0, 0.2, -1.575, 12.345, 1897.8, 0.0042, 4.2e-7, 2.5e7].map(short);
        assert_eq!(texts, ["0", "0", "0.2", "−1.57", "12.3", "1898", "0.004", "4.2e−7", "2.5e7"]);
    }
}
