//! Embeddings from a CSV file: columns `label`, `view`, then coordinates.

use crate::learn::config::{Domain, ParameterError, Problem, Scale};
use crate::learn::matrix::Matrix;
use std::fmt;

/// The largest file that is read, in bytes.
pub const LIMIT: u64 = 100_000_000;
/// The most pairs.
pub const MOST_PAIRS: usize = 4096;
/// The most coordinates of a row.
pub const MOST_COORDINATES: usize = 64;
/// The most different labels.
const MOST_LABELS: usize = 256;
/// The longest label, in bytes.
const LONGEST_LABEL: usize = 64;
/// Values of a coordinate: squares and their sums stay far from what a float can't hold.
const COORDINATE: Domain = Domain::Real { min: -1e6, max: 1e6, scale: Scale::Linear };
/// Values of the view's column.
const VIEW: Domain = Domain::Choice(&["a", "b"]);

/// Rows as an objective takes them: first all of view a, then all of view b.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedRows {
    /// The rows.
    pub outputs: Matrix,
    /// Class of each of them.
    pub labels: Vec<u8>,
    /// For each row of the file, in the file's order, its place in `outputs`.
    pub places: Vec<usize>,
}

/// Why a file was refused. Lines count from 1.
#[derive(Clone, Debug, PartialEq)]
pub enum RowsError {
    /// Not text.
    NotUtf8,
    /// The first line does not name the columns.
    Header,
    /// More than [`MOST_COORDINATES`] coordinates.
    TooManyCoordinates(usize),
    /// More than [`MOST_PAIRS`] pairs.
    TooManyPairs,
    /// More than 256 different labels.
    TooManyLabels,
    /// No rows.
    NoRows,
    /// A line with another number of cells than the first.
    Ragged {
        /// The line.
        line: u64,
        /// Its cells.
        cells: usize,
        /// The first line's cells.
        columns: usize,
    },
    /// Views of different size.
    UnequalViews {
        /// Rows of view a.
        a: usize,
        /// Rows of view b.
        b: usize,
    },
    /// A pair whose rows have different labels.
    PairOfTwoLabels {
        /// The line of its row of view a.
        a: u64,
        /// The line of its row of view b.
        b: u64,
    },
    /// A cell that can't be what its column says.
    Cell(ParameterError),
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("not UTF-8 text"),
            Self::Header => f.write_str("the first line has to name the columns: label, view, then 1 to 64 coordinates"),
            Self::TooManyCoordinates(count) => write!(f, "{count} coordinates: a row takes 1 to {MOST_COORDINATES}"),
            Self::TooManyPairs => write!(f, "too many rows: each view takes 1 to {MOST_PAIRS}"),
            Self::TooManyLabels => write!(f, "too many different labels: there can be 1 to {MOST_LABELS}"),
            Self::NoRows => write!(f, "no rows: each view takes 1 to {MOST_PAIRS}"),
            Self::Ragged { line, cells, columns } => write!(f, "line {line}: {cells} cells, but the first line names {columns} columns"),
            Self::UnequalViews { a, b } => write!(f, "view a has {a} rows and view b has {b}: the views have to be of equal size"),
            Self::PairOfTwoLabels { a, b } => write!(f, "lines {a} and {b} are a pair, but their labels differ"),
            Self::Cell(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RowsError {}

/// One row of the file.
struct Row {
    line: u64,
    label: u8,
    /// 0 is a, 1 is b.
    view: usize,
}

/// Reads the file's text.
pub fn parse(bytes: &[u8]) -> Result<PairedRows, RowsError> {
    let text = str::from_utf8(bytes).map_err(|_| RowsError::NotUtf8)?;
    // Some spreadsheets put a byte order mark in front.
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut names = csv::StringRecord::new();
    reader.read_record(&mut names).map_err(|_| RowsError::NotUtf8)?;
    let dimension = dimension(&names)?;

    let mut words: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut values: Vec<f32> = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(|_| RowsError::NotUtf8)? {
        let line = record.position().map_or(0, csv::Position::line);
        if record.len() != names.len() {
            return Err(RowsError::Ragged { line, cells: record.len(), columns: names.len() });
        }
        if rows.len() == 2 * MOST_PAIRS {
            return Err(RowsError::TooManyPairs);
        }
        let wrong = |column: usize, problem: Problem| {
            RowsError::Cell(ParameterError::new(&format!("line {line}, {}", &names[column]), &record[column], problem))
        };
        let label =
            label(&record[0], &mut words).map_err(|error| error.unwrap_or_else(|| wrong(0, Problem::TooLong { limit: LONGEST_LABEL })))?;
        let view = VIEW.parse(&record[1]).map_err(|problem| wrong(1, problem))?;
        rows.push(Row { line, label, view: usize::from(view.to_string() == "b") });
        for column in 2..names.len() {
            match COORDINATE.parse(&record[column]) {
                Ok(crate::learn::config::Value::Real(value)) => values.push(value),
                Ok(_) => return Err(RowsError::Header),
                Err(problem) => return Err(wrong(column, problem)),
            }
        }
    }
    paired(&rows, &values, dimension)
}

/// Coordinates that the columns' names promise.
fn dimension(names: &csv::StringRecord) -> Result<usize, RowsError> {
    let is_named = names.get(0).is_some_and(|name| name.eq_ignore_ascii_case("label"))
        && names.get(1).is_some_and(|name| name.eq_ignore_ascii_case("view"));
    match names.len() {
        _ if !is_named => Err(RowsError::Header),
        ..=2 => Err(RowsError::Header),
        columns if columns - 2 > MOST_COORDINATES => Err(RowsError::TooManyCoordinates(columns - 2)),
        columns => Ok(columns - 2),
    }
}

/// The class of a label: labels are words, numbered as they come. The error is none where the label is too long.
fn label(word: &str, words: &mut Vec<String>) -> Result<u8, Option<RowsError>> {
    if let Some(place) = words.iter().position(|known| known == word) {
        return Ok(place as u8);
    }
    if word.len() > LONGEST_LABEL {
        return Err(None);
    }
    if words.len() == MOST_LABELS {
        return Err(Some(RowsError::TooManyLabels));
    }
    words.push(word.to_owned());
    Ok((words.len() - 1) as u8)
}

/// Brings the rows into the objective's order.
fn paired(rows: &[Row], values: &[f32], dimension: usize) -> Result<PairedRows, RowsError> {
    let views = [0, 1].map(|view| rows.iter().filter(|row| row.view == view).collect::<Vec<_>>());
    let [a, b] = [views[0].len(), views[1].len()];
    if rows.is_empty() {
        return Err(RowsError::NoRows);
    }
    if a != b {
        return Err(RowsError::UnequalViews { a, b });
    }
    for (a, b) in views[0].iter().zip(&views[1]) {
        if a.label != b.label {
            return Err(RowsError::PairOfTwoLabels { a: a.line, b: b.line });
        }
    }
    let mut paired = PairedRows { outputs: Matrix::zeros(rows.len(), dimension), labels: vec![0; rows.len()], places: Vec::new() };
    let mut next = [0, a];
    for (row, values) in rows.iter().zip(values.chunks_exact(dimension)) {
        let place = next[row.view];
        next[row.view] += 1;
        paired.outputs.row_mut(place).copy_from_slice(values);
        paired.labels[place] = row.label;
        paired.places.push(place);
    }
    Ok(paired)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_both_views_are_paired_in_their_order() {
        let text = "\u{feff}Label, View, x\r\nred,b,1\r\nred,a,2\r\n\"blue, dark\",a,3\r\n\"blue, dark\",b,4e-1\r\n";
        let rows = parse(text.as_bytes()).expect("valid");
        assert_eq!(rows.outputs.to_rows(), [2.0, 3.0, 1.0, 0.4]);
        assert_eq!(rows.labels, [0, 1, 0, 1]);
        assert_eq!(rows.places, [2, 0, 1, 3]);
    }

    #[test]
    fn refusals_say_where_and_what_would_be_right() {
        let message = |text: &str| parse(text.as_bytes()).expect_err("refused").to_string();
        for text in ["", "0,a,1\n0,b,1", "label,view\n0,a\n0,b", "view,label,x\na,0,1\nb,0,1"] {
            assert_eq!(message(text), RowsError::Header.to_string(), "{text}");
        }
        assert_eq!(message("label,view,x\n"), "no rows: each view takes 1 to 4096");
        assert_eq!(message("label,view,x\n0,a,1\n0,b,1,2\n"), "line 3: 4 cells, but the first line names 3 columns");
        assert_eq!(
            message("label,view,x\n0,a,1\n0,a,1\n0,b,1\n"),
            "view a has 2 rows and view b has 1: the views have to be of equal size"
        );
        assert_eq!(message("label,view,x\n0,a,1\n1,b,1\n"), "lines 2 and 3 are a pair, but their labels differ");
        assert_eq!(message("label,view,x\n0,c,1\n"), "line 2, view = \"c\": it takes one of a, b");
        assert_eq!(message("label,view,x\n0,a,NaN\n"), "line 2, x = \"NaN\": it takes a number from -1000000 to 1000000");
        assert_eq!(message("label,view,x\n0,a,-inf\n"), "line 2, x = \"-inf\": out of range: it takes a number from -1000000 to 1000000");
        assert_eq!(message(&format!("label,view{}\n", ",x".repeat(65))), "65 coordinates: a row takes 1 to 64");
    }

    #[test]
    fn there_are_limits() {
        let many = format!("label,view,x\n{}", "0,a,1\n".repeat(2 * MOST_PAIRS + 1));
        assert_eq!(parse(many.as_bytes()), Err(RowsError::TooManyPairs));
        let labels: String = (0..257).fold(String::new(), |text, label| format!("{text}{label},a,1\n{label},b,1\n"));
        assert_eq!(parse(format!("label,view,x\n{labels}").as_bytes()), Err(RowsError::TooManyLabels));
        assert_eq!(parse(b"label,view,x\n\xff,a,1\n"), Err(RowsError::NotUtf8));
    }
}
