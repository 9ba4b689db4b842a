//! The errors of a table of embeddings.

use super::{MOST_COORDINATES, MOST_KEYS, MOST_LABELS, MOST_PAIRS, MOST_PROTOTYPES};
use crate::exchange::cells::WrongQuotes;
use crate::learn::config::ParameterError;
use std::fmt;

/// The reason why a file is refused. Lines and columns count from 1, as in editors.
#[derive(Clone, Debug, PartialEq)]
pub enum RowsError {
    /// Bytes that are not UTF-8 text.
    NotUtf8,
    /// Text in UTF-16.
    Utf16,
    /// A file without a line that names the columns.
    Header,
    /// Two columns named `label`, or two named `view`.
    NamedTwice(&'static str),
    /// A column between the coordinates that counts the rows.
    CountingColumn(&'static str),
    /// A separator that can't be read, or that differs from the header's.
    Separator {
        /// The line.
        line: u64,
        /// The separator's name.
        found: &'static str,
        /// True if the line is the header.
        is_header: bool,
    },
    /// A cell whose quotes do not close, or that has text behind the closing quote.
    Quotes {
        /// The line.
        line: u64,
    },
    /// More than [`MOST_COORDINATES`] coordinates.
    TooManyCoordinates(usize),
    /// More than [`MOST_PAIRS`] pairs.
    TooManyPairs,
    /// More than [`MOST_KEYS`] keys or [`MOST_PROTOTYPES`] prototypes.
    TooManyKept,
    /// More than 256 different labels.
    TooManyLabels,
    /// A file without rows.
    NoRows,
    /// A line with another number of cells than the header.
    Ragged {
        /// The line.
        line: u64,
        /// The number of its cells.
        cells: usize,
        /// The number of the header's cells.
        columns: usize,
    },
    /// A cell that is not empty, in a column without a name.
    Unnamed {
        /// The line.
        line: u64,
        /// The column.
        column: usize,
    },
    /// A row without a label.
    EmptyLabel {
        /// The line.
        line: u64,
    },
    /// A line that may be a comment or a row whose label begins with `#`.
    CommentOrRow {
        /// The line.
        line: u64,
    },
    /// Views with different numbers of rows.
    UnequalViews {
        /// The number of rows of view a.
        a: usize,
        /// The number of rows of view b.
        b: usize,
    },
    /// A pair whose rows have different labels.
    PairOfTwoLabels {
        /// The line of its row of view a.
        a: u64,
        /// The line of its row of view b.
        b: u64,
    },
    /// A number with a decimal comma, or with commas between thousands.
    CommaInNumber(ParameterError),
    /// A cell whose value is not one that its column takes.
    Cell(ParameterError),
}

impl fmt::Display for RowsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("not UTF-8 text: save it as UTF-8"),
            Self::Utf16 => f.write_str("UTF-16 text: save it as UTF-8"),
            Self::Header => f.write_str("the first line has to name the columns: label, view, then 1 to 64 coordinates"),
            Self::NamedTwice(name) => write!(f, "two columns are named {name}"),
            Self::CountingColumn(name) => write!(f, "the column \"{name}\" counts the rows and is no coordinate: leave it out"),
            Self::Separator { line, found, is_header: true } => write!(f, "line {line} is separated by {found}: save the file with commas"),
            Self::Separator { line, found, is_header: false } => {
                write!(f, "line {line} is separated by {found}, which are not the header's separators: save the file with commas")
            }
            Self::Quotes { line } => write!(f, "line {line}: a cell's quotes do not close, or there is text behind them"),
            Self::TooManyCoordinates(count) => write!(f, "{count} coordinates: a row takes 1 to {MOST_COORDINATES}"),
            Self::TooManyPairs => write!(f, "too many rows: each view takes 1 to {MOST_PAIRS}"),
            Self::TooManyKept => write!(f, "too many rows: there can be {MOST_KEYS} of view queue and {MOST_PROTOTYPES} of view prototype"),
            Self::TooManyLabels => write!(f, "too many different labels: there can be 1 to {MOST_LABELS}"),
            Self::NoRows => write!(f, "no rows: each view takes 1 to {MOST_PAIRS}"),
            Self::Ragged { line, cells, columns } => write!(f, "line {line}: {cells} cells, but the header names {columns} columns"),
            Self::Unnamed { line, column } => {
                write!(f, "line {line}: there is something in column {column}, which has no name in the header")
            }
            Self::EmptyLabel { line } => write!(f, "line {line}: the label is empty, but every row has one"),
            Self::CommentOrRow { line } => {
                write!(f, "line {line} begins with # and may be a comment or a row: remove it, or put its label in quotes")
            }
            Self::UnequalViews { a, b } => write!(f, "view a has {a} rows and view b has {b}: the views have to be of equal size"),
            Self::PairOfTwoLabels { a, b } => write!(f, "lines {a} and {b} are a pair, but their labels differ"),
            Self::CommaInNumber(ParameterError { key, value, .. }) => {
                write!(f, "{key} = \"{value}\": a number has a decimal point, not a comma, and nothing between thousands")
            }
            Self::Cell(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for RowsError {}

impl From<WrongQuotes> for RowsError {
    fn from(WrongQuotes { line }: WrongQuotes) -> Self {
        Self::Quotes { line }
    }
}
