//! Reads points of one's own from a CSV text: 2 to 16 columns of numbers, and a column of labels if there is one.

use super::cells::{Record, Records, WrongQuotes};
use crate::learn::config::OwnPoints;
use std::fmt;

/// The separators that can be read.
const SEPARATORS: [char; 3] = [';', '\t', ','];
/// Names of the column of labels.
const LABELS: [&str; 5] = ["label", "class", "species", "target", "category"];
/// Names of columns that count the rows, which say nothing of a point.
const COUNTS: [&str; 5] = ["", "index", "id", "row", "point"];
/// Coordinates that reach farther than this, or spread less than [`NARROW`], are brought to the scale of the other sets.
const WIDE: f32 = 5.0;
/// See [`WIDE`].
const NARROW: f32 = 0.2;

/// Points that were read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadPoints {
    /// The points.
    pub points: OwnPoints,
    /// Each column was centred and divided by its standard deviation: the table has a scale of its own.
    pub is_scaled: bool,
    /// The labels, in the order of the classes; empty where the table has none.
    pub names: Vec<String>,
}

/// Why a table is refused. Lines and columns count from 1, as in editors.
#[derive(Clone, Debug, PartialEq)]
pub enum PointsError {
    /// Bytes that are not UTF-8 text.
    NotUtf8,
    /// There is no row.
    NoRows,
    /// A cell whose quotes do not close, or that has text behind the closing quote.
    Quotes {
        /// The line.
        line: u64,
    },
    /// A line with another number of cells than the first one.
    Ragged {
        /// The line.
        line: u64,
        /// The number of its cells.
        cells: usize,
        /// The number of the first line's cells.
        columns: usize,
    },
    /// A cell that is no number.
    NotNumber {
        /// The line.
        line: u64,
        /// The column's name, or its number.
        column: String,
        /// The cell.
        found: String,
    },
    /// An empty label.
    NoLabel {
        /// The line.
        line: u64,
        /// The column's name, or its number.
        column: String,
    },
    /// A wrong number of columns with numbers.
    Dimensions {
        /// Their names.
        columns: Vec<String>,
    },
    /// More classes than there can be.
    TooManyClasses {
        /// The column's name, or its number.
        column: String,
        /// The line with the first label that is too many.
        line: u64,
    },
    /// More points than there can be.
    TooManyPoints,
    /// Fewer points than one can train on.
    TooFewPoints,
}

impl fmt::Display for PointsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotUtf8 => f.write_str("not UTF-8 text: save it as UTF-8"),
            Self::NoRows => f.write_str("no rows: a table has a line for each point, with 2 to 16 numbers and a label if there is one"),
            Self::Quotes { line } => write!(f, "line {line}: a cell's quotes do not close, or there is text behind them"),
            Self::Ragged { line, cells, columns } => write!(f, "line {line}: {cells} cells, but the first line has {columns}"),
            Self::NotNumber { line, column, found } => {
                write!(f, "line {line}, column {column}: \"{found}\" is not a number; labels stand in a column named label")
            }
            Self::NoLabel { line, column } => write!(f, "line {line}, column {column}: the label is empty, but every point has one"),
            Self::Dimensions { columns } if columns.is_empty() => f.write_str("no column of numbers: a point takes 2 to 16 coordinates"),
            Self::Dimensions { columns } => {
                write!(f, "{} columns of numbers ({}): a point takes 2 to 16 coordinates", columns.len(), columns.join(", "))
            }
            Self::TooManyClasses { column, line } => {
                write!(f, "line {line}, column {column}: more than {} different labels", OwnPoints::CLASSES)
            }
            Self::TooManyPoints => write!(f, "more than {} points", OwnPoints::MOST),
            Self::TooFewPoints => write!(f, "a single point: training takes at least {}", OwnPoints::FEWEST),
        }
    }
}

impl std::error::Error for PointsError {}

impl From<WrongQuotes> for PointsError {
    fn from(WrongQuotes { line }: WrongQuotes) -> Self {
        Self::Quotes { line }
    }
}

/// A column: its place, and its name or number.
struct Column {
    place: usize,
    name: String,
}

/// Reads the number in a cell; with a decimal comma where commas do not separate cells.
fn number(cell: &str, separator: char) -> Option<f32> {
    let text = if separator == ',' { cell.to_owned() } else { cell.replace(',', ".") };
    text.parse::<f32>().ok().filter(|value| value.is_finite())
}

/// Reads points from the bytes of a table. The first line may name the columns; one named `label` (or `class`, `species`, `target`, `category`),
/// or else the only one that holds text, has the labels; columns that count the rows are passed over.
pub fn read(bytes: &[u8]) -> Result<ReadPoints, PointsError> {
    let text = str::from_utf8(bytes).map_err(|_| PointsError::NotUtf8)?;
    let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let (separator, records) = split(&text)?;
    let Some(first) = records.first() else { return Err(PointsError::NoRows) };
    let columns = first.cells.len();
    if let Some(ragged) = records.iter().find(|record| record.cells.len() != columns) {
        return Err(PointsError::Ragged { line: ragged.line, cells: ragged.cells.len(), columns });
    }
    // A line of names has no number, or it says which column has the labels.
    let is_label = |name: &str| LABELS.iter().any(|known| name.eq_ignore_ascii_case(known));
    let names_columns = first.cells.iter().any(|cell| is_label(cell)) || first.cells.iter().all(|cell| number(cell, separator).is_none());
    let rows = &records[usize::from(names_columns)..];
    if rows.is_empty() {
        return Err(PointsError::NoRows);
    }
    if rows.len() > OwnPoints::MOST {
        return Err(PointsError::TooManyPoints);
    }
    let name = |place: usize| if names_columns { first.cells[place].clone() } else { (place + 1).to_string() };
    let counts = |place: usize| names_columns && COUNTS.iter().any(|known| first.cells[place].eq_ignore_ascii_case(known));
    let holds_text = |place: usize| rows.iter().all(|row| number(&row.cells[place], separator).is_none());
    let named = (0..columns).find(|place| names_columns && is_label(&first.cells[*place]));
    let label = named.or_else(|| (0..columns).filter(|place| !counts(*place)).find(|place| holds_text(*place)));
    let coordinates: Vec<Column> =
        (0..columns).filter(|place| Some(*place) != label && !counts(*place)).map(|place| Column { place, name: name(place) }).collect();
    if !OwnPoints::DIMENSIONS.contains(&coordinates.len()) {
        return Err(PointsError::Dimensions { columns: coordinates.into_iter().map(|column| column.name).collect() });
    }
    let (mut values, mut labels, mut names) = (Vec::with_capacity(rows.len() * coordinates.len()), Vec::new(), Vec::<String>::new());
    for row in rows {
        for Column { place, name } in &coordinates {
            let cell = &row.cells[*place];
            values.push(number(cell, separator).ok_or_else(|| PointsError::NotNumber {
                line: row.line,
                column: name.clone(),
                found: cell.chars().take(24).collect(),
            })?);
        }
        let Some(place) = label else {
            labels.push(0);
            continue;
        };
        let label = &row.cells[place];
        if label.is_empty() {
            return Err(PointsError::NoLabel { line: row.line, column: name(place) });
        }
        let class = names.iter().position(|known| known == label).unwrap_or_else(|| {
            names.push(label.clone());
            names.len() - 1
        });
        if class >= OwnPoints::CLASSES {
            return Err(PointsError::TooManyClasses { column: name(place), line: row.line });
        }
        labels.push(class as u8);
    }
    if labels.len() < OwnPoints::FEWEST {
        return Err(PointsError::TooFewPoints);
    }
    let is_scaled = scale(&mut values, coordinates.len());
    // What was scaled lies in range, and so does what was not.
    let points = OwnPoints::new(coordinates.len(), &values, &labels).map_err(|_| PointsError::NoRows)?;
    Ok(ReadPoints { points, is_scaled, names })
}

/// Splits a text into records: by the separator that the first line has most of.
fn split(text: &str) -> Result<(char, Vec<Record>), PointsError> {
    let first = text.lines().find(|line| !line.trim().is_empty() && !line.trim_start().starts_with('#')).unwrap_or_default();
    let separator = SEPARATORS.into_iter().find(|separator| first.contains(*separator)).unwrap_or(',');
    let mut records = Records::new(text);
    let mut found = Vec::new();
    while let Some(line) = records.line() {
        if line.trim().is_empty() || records.is_at_comment() {
            records.skip_line();
        } else {
            found.push(records.take(separator)?);
        }
    }
    Ok((separator, found))
}

/// Brings columns with a scale of their own to that of the other sets: mean 0, standard deviation 1, no farther than the range goes. Returns
/// whether that was needed.
fn scale(values: &mut [f32], columns: usize) -> bool {
    let moments = |column: usize| {
        let own = values[column..].iter().step_by(columns).map(|value| f64::from(*value));
        let count = own.clone().count() as f64;
        let mean = own.clone().sum::<f64>() / count;
        (mean, (own.map(|value| (value - mean) * (value - mean)).sum::<f64>() / count).sqrt())
    };
    let moments: Vec<(f64, f64)> = (0..columns).map(moments).collect();
    let is_wide = values.iter().any(|value| value.abs() > WIDE);
    let is_narrow = moments.iter().all(|(_, deviation)| *deviation < f64::from(NARROW));
    if !is_wide && !is_narrow {
        return false;
    }
    for (place, value) in values.iter_mut().enumerate() {
        let (mean, deviation) = moments[place % columns];
        // A column that says nothing stays in the middle.
        let scaled = if deviation > 0.0 { (f64::from(*value) - mean) / deviation } else { 0.0 };
        *value = (scaled as f32).clamp(-OwnPoints::FARTHEST, OwnPoints::FARTHEST);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(table: &str) -> String {
        read(table.as_bytes()).map_or_else(|error| error.to_string(), |read| read.points.to_string())
    }

    #[test]
    fn tables_of_many_hands_are_read() {
        assert_eq!(text("x,y,label\n1,2,a\n-1,0.5,b\n1,0,a\n"), "1,2,0~-1,0.5,1~1,0,0");
        assert_eq!(text("1;0,5\n-1;2\n"), "1,0.5,0~-1,2,0", "decimal commas, no names, no labels");
        assert_eq!(text("# made by hand\nx\ty\tkind\n\n1\t2\tred\n2\t1\tblue\n"), "1,2,0~2,1,1", "the only column with text");
        assert_eq!(text("point,label,z1,z2,z3\n0,1,.1,.2,.9\n1,0,.5,-.6,.7\n"), "0.1,0.2,0.9,0~0.5,-0.6,0.7,1", "our own table");
        assert_eq!(text("\u{feff}\"x\",\"y\"\r\n\"1\",\"2\"\r\n0,0\r\n"), "1,2,0~0,0,0");
        let iris = read(b"Id,a,b,Species\n1,51,35,setosa\n2,70,32,versicolor\n3,63,33,virginica\n").expect("a table");
        assert!(iris.is_scaled && iris.points.coordinates().all(|value| value.abs() < 2.0));
        assert_eq!(iris.names, ["setosa", "versicolor", "virginica"]);
    }

    #[test]
    fn bad_rows_are_named_by_line_and_column() {
        assert_eq!(text("x,y,label\n1,2,a\n1,two,b\n"), "line 3, column y: \"two\" is not a number; labels stand in a column named label");
        assert_eq!(text("1,2\n3,nan\n"), "line 2, column 2: \"nan\" is not a number; labels stand in a column named label");
        assert_eq!(text("x,y\n1,2\n1,2,3\n"), "line 3: 3 cells, but the first line has 2");
        assert_eq!(text("x,y,label\n1,2,\n1,2,a\n"), "line 2, column label: the label is empty, but every point has one");
        assert_eq!(text("x,label\n1,a\n"), "1 columns of numbers (x): a point takes 2 to 16 coordinates");
        assert_eq!(text("x,y\n1,\"2\n"), "line 2: a cell's quotes do not close, or there is text behind them");
        assert_eq!(text("x,y,label\n"), "no rows: a table has a line for each point, with 2 to 16 numbers and a label if there is one");
        assert_eq!(text(""), text("x,y,label\n"));
        assert_eq!(text("x,y\n1,2\n"), "a single point: training takes at least 2");
        let many: Vec<String> = (0..13).map(|class| format!("0,0,c{class}\n")).collect();
        assert_eq!(text(&format!("x,y,label\n{}", many.concat())), "line 14, column label: more than 12 different labels");
        assert_eq!(text(&"1,2\n".repeat(10_001)), "more than 10000 points");
        assert_eq!(read(&[0xff, 0xfe, 0x41]), Err(PointsError::NotUtf8));
    }
}
