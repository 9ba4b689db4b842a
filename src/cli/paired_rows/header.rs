//! Reads the line that names the columns, and finds the file's separator and the meaning of each column.

use super::{MOST_COORDINATES, RowsError};
use crate::exchange::cells::{Record, Records};

/// The separators that can be read.
const SEPARATORS: [(char, &str); 3] = [(';', "semicolons"), ('\t', "tabs"), (',', "commas")];
/// Separators that are recognised and refused by name.
const REFUSED: [(char, &str); 4] = [(' ', "spaces"), ('|', "bars"), (':', "colons"), ('，', "full-width commas")];
/// Names that tables give to a column which counts the rows. Such a column must not be read as a coordinate.
const COUNTS: &[&str] = &["index", "id", "row", "point"];

/// The separator and the columns of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// The character between two cells.
    pub(super) separator: char,
    /// The names of the columns, up to the last column that has a name.
    pub(super) names: Vec<String>,
    /// The column of the labels.
    pub(super) label: usize,
    /// The column of the views.
    pub(super) view: usize,
    /// The columns of the coordinates, in the file's order.
    pub(super) coordinates: Vec<usize>,
    /// The columns without a name behind the first column that has a name. Their cells have to be empty.
    pub(super) unnamed: Vec<usize>,
}

impl Header {
    /// Reads the header, and the comments and empty lines before it.
    pub(super) fn take(records: &mut Records<'_>) -> Result<Self, RowsError> {
        let mut said = None;
        while let Some(line) = records.line() {
            if let Some(separator) = said_separator(line) {
                said = Some(separator);
            } else if !records.is_at_comment() && !line.trim_matches(is_blank).is_empty() {
                return Self::at(records, said);
            }
            records.skip_line();
        }
        Err(RowsError::Header)
    }

    /// Reads the header, which is the next record. If the file names its separator (`said`), only that one is tried.
    fn at(records: &mut Records<'_>, said: Option<char>) -> Result<Self, RowsError> {
        for (separator, _) in SEPARATORS.into_iter().filter(|(separator, _)| said.is_none_or(|said| said == *separator)) {
            let mut after = *records;
            if let Some(header) = after.take(separator).ok().filter(names_both) {
                *records = after;
                return Self::new(separator, header.cells);
            }
        }
        for (separator, found) in REFUSED {
            let mut after = *records;
            if after.take(separator).is_ok_and(|header| names_both(&header)) {
                return Err(RowsError::Separator { line: records.number, found, is_header: true });
            }
        }
        Err(RowsError::Header)
    }

    fn new(separator: char, mut names: Vec<String>) -> Result<Self, RowsError> {
        while names.last().is_some_and(|name| is_no_name(name)) {
            names.pop();
        }
        let only = |known: &'static str| {
            let mut places = (0..names.len()).filter(|place| names[*place].eq_ignore_ascii_case(known));
            match (places.next(), places.next()) {
                (Some(place), None) => Ok(place),
                (None, _) => Err(RowsError::Header),
                (Some(_), Some(_)) => Err(RowsError::NamedTwice(known)),
            }
        };
        let (label, view) = (only("label")?, only("view")?);
        // A first column without a name is the index that pandas and R write.
        let first = names.iter().position(|name| !is_no_name(name)).unwrap_or_default();
        let (unnamed, named): (Vec<usize>, Vec<usize>) = (first..names.len()).partition(|place| is_no_name(&names[*place]));
        let coordinates: Vec<usize> = named.into_iter().filter(|place| ![label, view].contains(place)).collect();
        let counts = |place: &usize| COUNTS.iter().copied().find(|count| names[*place].eq_ignore_ascii_case(count));
        if let Some(count) = coordinates.iter().find_map(counts) {
            return Err(RowsError::CountingColumn(count));
        }
        match coordinates.len() {
            0 => Err(RowsError::Header),
            1..=MOST_COORDINATES => Ok(Self { separator, names, label, view, coordinates, unnamed }),
            count => Err(RowsError::TooManyCoordinates(count)),
        }
    }

    /// Returns the name of the separator that the cells of a line seem to have, if it differs from the file's.
    pub(super) fn other_separator(&self, cells: &[String]) -> Option<&'static str> {
        let is_whole_line = cells.len() == 1;
        // A comma or a space may also be a part of a cell.
        let separates = |other: char| other != self.separator && (is_whole_line || [';', '\t'].contains(&other));
        let is_found = |other: char| cells.iter().any(|cell| cell.contains(other));
        SEPARATORS.into_iter().chain(REFUSED).find(|(other, _)| separates(*other) && is_found(*other)).map(|(_, name)| name)
    }
}

/// Returns true for the characters that an empty line may contain.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || SEPARATORS.iter().any(|(separator, _)| *separator == character)
}

/// Returns the separator that a line like `sep=;` names. Some spreadsheets write such a line at the beginning of a file.
fn said_separator(line: &str) -> Option<char> {
    let separator = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
    SEPARATORS.into_iter().map(|(known, _)| known).find(|known| separator.strip_prefix(*known).is_some_and(str::is_empty))
}

/// Returns true if a record names the two columns that every file has.
fn names_both(header: &Record) -> bool {
    ["label", "view"].iter().all(|known| header.cells.iter().any(|name| name.eq_ignore_ascii_case(known)))
}

/// Returns true if a column with this name has no name: pandas calls such a column "Unnamed: 0".
fn is_no_name(name: &str) -> bool {
    name.is_empty() || name.starts_with("Unnamed: ")
}
