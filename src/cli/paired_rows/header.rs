//! The line that names the columns: which separator the file has, and what each column is.

use super::cells::{Record, Records};
use super::{MOST_COORDINATES, RowsError};

/// Separators that are read.
const SEPARATORS: [(char, &str); 3] = [(';', "semicolons"), ('\t', "tabs"), (',', "commas")];
/// Separators that are told by their names and not read.
const REFUSED: [(char, &str); 4] = [(' ', "spaces"), ('|', "bars"), (':', "colons"), ('，', "full-width commas")];
/// Names that tables give to a column which counts their rows: as a coordinate it would be a misreading.
const COUNTS: &[&str] = &["index", "id", "row", "point"];

/// What the columns are.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Header {
    /// What stands between two cells.
    pub(super) separator: char,
    /// The columns' names, up to the last that has one.
    pub(super) names: Vec<String>,
    /// The label's column.
    pub(super) label: usize,
    /// The view's column.
    pub(super) view: usize,
    /// The coordinates' columns, in their order.
    pub(super) coordinates: Vec<usize>,
    /// Columns without a name behind the first that has one: nothing may stand in them.
    pub(super) unnamed: Vec<usize>,
}

impl Header {
    /// Takes the header, and the comments and empty lines before it.
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

    /// Takes the header that is the next record. A separator that the file names itself is the only one that is tried.
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
                return Err(RowsError::Separator { line: records.number(), found, is_header: true });
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
        // A column ahead of all others without a name is the index that pandas and R write.
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

    /// The name of another separator than the file's, where it looks as if the cells were separated by it.
    pub(super) fn other_separator(&self, cells: &[String]) -> Option<&'static str> {
        let is_whole_line = cells.len() == 1;
        // Commas, spaces and the like may also stand within a cell.
        let separates = |other: char| other != self.separator && (is_whole_line || [';', '\t'].contains(&other));
        let is_found = |other: char| cells.iter().any(|cell| cell.contains(other));
        SEPARATORS.into_iter().chain(REFUSED).find(|(other, _)| separates(*other) && is_found(*other)).map(|(_, name)| name)
    }
}

/// Whether a line says nothing.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || SEPARATORS.iter().any(|(separator, _)| *separator == character)
}

/// The separator in the line `sep=;` that some spreadsheets put ahead of a file.
fn said_separator(line: &str) -> Option<char> {
    let separator = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP="))?;
    SEPARATORS.into_iter().map(|(known, _)| known).find(|known| separator.strip_prefix(*known).is_some_and(str::is_empty))
}

/// Whether a record names the columns that every file has.
fn names_both(header: &Record) -> bool {
    ["label", "view"].iter().all(|known| header.cells.iter().any(|name| name.eq_ignore_ascii_case(known)))
}

/// Whether a name is none: pandas calls a column that had no name "Unnamed: 0".
fn is_no_name(name: &str) -> bool {
    name.is_empty() || name.starts_with("Unnamed: ")
}
