//! Splits a CSV text into records of cells.
//!
//! It reads what RFC 4180 defines, and variants that spreadsheets and people write: any separator, spaces around cells and quotes, empty
//! records. The caller can recognise lines that begin with `#`, because they may be comments.

/// The character with which a comment begins.
const COMMENT: char = '#';

/// One record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Record {
    /// The line on which it begins. Lines count from 1.
    pub(crate) line: u64,
    /// Its cells, without quotes and the spaces around them.
    pub(crate) cells: Vec<String>,
}

/// The error of a cell whose quotes do not close, or that has text behind the closing quote.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct WrongQuotes {
    /// The line on which its record begins.
    pub(crate) line: u64,
}

/// Reads a text record by record. The line ends have to be `\n`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Records<'a> {
    rest: &'a str,
    /// The number of the next line.
    pub(crate) number: u64,
}

impl<'a> Records<'a> {
    /// Starts at the beginning of `text`.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, number: 1 }
    }

    /// Returns the next line without reading past it, or `None` at the end.
    pub(crate) fn line(&self) -> Option<&'a str> {
        if self.rest.is_empty() { None } else { self.rest.split('\n').next() }
    }

    /// Returns true if the next line begins with a `#`.
    pub(crate) fn is_at_comment(&self) -> bool {
        self.rest.trim_start_matches([' ', '\t']).starts_with(COMMENT)
    }

    /// Skips the next line.
    pub(crate) fn skip_line(&mut self) {
        self.rest = self.rest.split_once('\n').map_or("", |(_, rest)| rest);
        self.number += 1;
    }

    /// Reads the next record. It may contain line ends within quotes.
    pub(crate) fn take(&mut self, separator: char) -> Result<Record, WrongQuotes> {
        let line = self.number;
        let mut cells = Vec::new();
        let mut rest = self.rest;
        loop {
            let (cell, after) = cut_cell(rest, separator).ok_or(WrongQuotes { line })?;
            cells.push(cell);
            if let Some(next) = after.strip_prefix(separator) {
                rest = next;
            } else {
                rest = after.strip_prefix('\n').unwrap_or(after);
                break;
            }
        }
        let taken = &self.rest[..self.rest.len() - rest.len()];
        self.number += taken.matches('\n').count() as u64;
        self.rest = rest;
        Ok(Record { line, cells })
    }
}

/// Returns the first cell of `text` and the text behind it, which begins with the separator or a line end, or is empty. Returns `None` if
/// the quotes are wrong.
fn cut_cell(text: &str, separator: char) -> Option<(String, &str)> {
    let is_end = |character: char| character == separator || character == '\n';
    let start = text.trim_start_matches(|character: char| character.is_whitespace() && !is_end(character));
    let Some(mut quoted) = start.strip_prefix('"') else {
        let (cell, after) = text.split_at(text.find(is_end).unwrap_or(text.len()));
        return Some((cell.trim().to_owned(), after));
    };
    let mut cell = String::new();
    loop {
        let (piece, after) = quoted.split_once('"')?;
        cell.push_str(piece);
        // Two quotes in a row stand for one quote.
        let Some(next) = after.strip_prefix('"') else {
            let (behind, after) = after.split_at(after.find(is_end).unwrap_or(after.len()));
            return behind.trim().is_empty().then(|| (cell.trim().to_owned(), after));
        };
        cell.push('"');
        quoted = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(text: &str, separator: char) -> Vec<Record> {
        let mut records = Records::new(text);
        let mut all = Vec::new();
        while records.line().is_some() {
            all.push(records.take(separator).expect("sound quotes"));
        }
        all
    }

    fn record(line: u64, cells: &[&str]) -> Record {
        Record { line, cells: cells.iter().map(|cell| (*cell).to_owned()).collect() }
    }

    #[test]
    fn cells_lose_quotes_and_spaces_and_nothing_else() {
        assert_eq!(
            cells("a, \"b, c\" ,\"d \"\"e\"\"\"\n\n 5\" f ,", ','),
            [record(1, &["a", "b, c", "d \"e\""]), record(2, &[""]), record(3, &["5\" f", ""])]
        );
        assert_eq!(cells("a\t b \t\"c\td\"", '\t'), [record(1, &["a", "b", "c\td"])]);
    }

    #[test]
    fn lines_are_counted_within_quotes_too() {
        assert_eq!(cells("\"a\nb\";c\nd;e\n", ';'), [record(1, &["a\nb", "c"]), record(3, &["d", "e"])]);
    }

    #[test]
    fn quotes_that_do_not_close_or_have_text_behind_them_are_wrong() {
        for text in ["x\n\"a,b\nc", "x\n\"a\"b,c", "x\n\"a\"\"\n"] {
            let mut records = Records::new(text);
            records.skip_line();
            assert_eq!(records.take(','), Err(WrongQuotes { line: 2 }), "{text}");
        }
    }
}
