//! Reads embeddings from a CSV file with the columns `label`, `view` and coordinates.
//!
//! The view is a or b; `queue` marks a key of an earlier batch, and `prototype` a prototype or centroid. Those need no label.
//!
//! It also reads what spreadsheets and pandas make of such a file, if that can mean only one thing: semicolons or tabs, an index column,
//! comments, empty lines, empty cells at the end, columns in another order. It refuses anything else, and the error names it.

mod error;
mod header;

pub use error::RowsError;

use crate::exchange::cells::{Record, Records};
use crate::learn::config::{Domain, ParameterError, Problem, Scale, Value};
use crate::learn::matrix::Matrix;
use header::Header;
use std::borrow::Cow;

/// The size of the largest file that is read, in bytes.
pub const LIMIT: u64 = 100_000_000;
/// The largest number of pairs.
pub const MOST_PAIRS: usize = 4096;
/// The largest number of coordinates of a row.
pub const MOST_COORDINATES: usize = 64;
/// The largest number of different labels.
const MOST_LABELS: usize = 256;
/// The length of the longest label, in bytes.
const LONGEST_LABEL: usize = 64;
/// The values of a coordinate. Their squares and sums of squares stay far below the largest float.
const COORDINATE: Domain = Domain::Real { min: -1e6, max: 1e6, scale: Scale::Linear };
/// The largest number of keys in a queue.
pub const MOST_KEYS: usize = 16_384;
/// The largest number of prototypes.
pub const MOST_PROTOTYPES: usize = 64;
/// The values of the view.
const VIEWS: &[&str] = &["a", "b", "queue", "prototype"];
/// The places of the values in [`VIEWS`].
const A: usize = 0;
const B: usize = 1;
const QUEUE: usize = 2;
const PROTOTYPE: usize = 3;

/// Rows in the order that an objective needs: first all rows of view a, then all of view b.
#[derive(Clone, Debug, PartialEq)]
pub struct PairedRows {
    /// The rows of views a and b.
    pub outputs: Matrix,
    /// The class of each of them.
    pub labels: Vec<u8>,
    /// The keys of the queue, if there are any.
    pub queue: Option<Matrix>,
    /// The prototypes, if there are any.
    pub prototypes: Option<Matrix>,
    /// Where each row of the file is, in the file's order.
    pub places: Vec<Place>,
}

/// Where a row of the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Among the outputs.
    Output(usize),
    /// In the queue.
    Queue,
    /// Among the prototypes.
    Prototype(usize),
}

/// One row of the file.
struct Row {
    line: u64,
    label: u8,
    /// Its place in [`VIEWS`].
    view: usize,
}

/// Reads the rows from the bytes of a file.
pub fn parse(bytes: &[u8]) -> Result<PairedRows, RowsError> {
    let text = decoded(bytes)?;
    let mut records = Records::new(&text);
    let header = Header::take(&mut records)?;
    let mut words: Vec<String> = Vec::new();
    let mut rows: Vec<Row> = Vec::new();
    let mut values: Vec<f32> = Vec::new();
    let mut counts = [0; 4];
    while let Some(line) = records.line() {
        if records.is_at_comment() {
            if may_be_row(line, &header) {
                return Err(RowsError::CommentOrRow { line: records.number });
            }
            records.skip_line();
            continue;
        }
        let record = records.take(header.separator)?;
        if record.cells.iter().all(String::is_empty) {
            continue;
        }
        let row = row(record, &header, &mut words, &mut values)?;
        counts[row.view] += 1;
        if counts[A] + counts[B] > 2 * MOST_PAIRS {
            return Err(RowsError::TooManyPairs);
        }
        if counts[QUEUE] > MOST_KEYS || counts[PROTOTYPE] > MOST_PROTOTYPES {
            return Err(RowsError::TooManyKept);
        }
        rows.push(row);
    }
    paired(&rows, &values, header.coordinates.len())
}

/// Returns the text of the file, with `\n` as the only line end.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, RowsError> {
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(RowsError::Utf16);
    }
    // Some spreadsheets write a byte order mark first.
    let text = str::from_utf8(bytes).map_err(|_| RowsError::NotUtf8)?.trim_start_matches('\u{feff}');
    Ok(if text.contains('\r') { Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")) } else { Cow::Borrowed(text) })
}

/// Returns true if a line that begins with `#` may be a row whose label begins with `#`.
fn may_be_row(line: &str, header: &Header) -> bool {
    header.label == 0
        && Records::new(line).take(header.separator).is_ok_and(|Record { mut cells, .. }| {
            drop_empty_end(&mut cells, header);
            cells.len() == header.names.len() && view(&cells[header.view]).is_ok()
        })
}

/// Removes empty cells behind the last column that has a name.
fn drop_empty_end(cells: &mut Vec<String>, header: &Header) {
    while cells.len() > header.names.len() && cells.last().is_some_and(String::is_empty) {
        cells.pop();
    }
}

/// Returns the place in [`VIEWS`] of the view that a cell names.
fn view(cell: &str) -> Result<usize, Problem> {
    let named = Domain::Choice(VIEWS).parse(&cell.to_lowercase())?;
    Ok(VIEWS.iter().position(|word| named == Value::Choice(word)).unwrap_or(A))
}

/// Reads a row and appends its coordinates to `values`.
fn row(record: Record, header: &Header, words: &mut Vec<String>, values: &mut Vec<f32>) -> Result<Row, RowsError> {
    let Record { line, mut cells } = record;
    let Header { names, .. } = header;
    drop_empty_end(&mut cells, header);
    if cells.len() != names.len() {
        return Err(match header.other_separator(&cells) {
            Some(found) => RowsError::Separator { line, found, is_header: false },
            None => RowsError::Ragged { line, cells: cells.len(), columns: names.len() },
        });
    }
    if let Some(column) = header.unnamed.iter().find(|column| !cells[**column].is_empty()) {
        return Err(RowsError::Unnamed { line, column: column + 1 });
    }
    let refused =
        |column: usize, problem: Problem| ParameterError::new(&format!("line {line}, {}", names[column]), &cells[column], problem);
    let view = view(&cells[header.view]).map_err(|problem| RowsError::Cell(refused(header.view, problem)))?;
    let is_paired = view == A || view == B;
    if is_paired && cells[header.label].is_empty() {
        return Err(RowsError::EmptyLabel { line });
    }
    let label = if is_paired {
        label(&cells[header.label], words).map_err(|error| {
            error.unwrap_or_else(|| RowsError::Cell(refused(header.label, Problem::TooLong { limit: LONGEST_LABEL, instead: None })))
        })?
    } else {
        0
    };
    for column in &header.coordinates {
        match COORDINATE.parse(&cells[*column]) {
            Ok(Value::Real(value)) => values.push(value),
            Ok(_) => return Err(RowsError::Header),
            Err(problem) if has_comma(&cells[*column]) => return Err(RowsError::CommaInNumber(refused(*column, problem))),
            Err(problem) => return Err(RowsError::Cell(refused(*column, problem))),
        }
    }
    Ok(Row { line, label, view })
}

/// Returns true if a cell looks like a number with a comma in it.
fn has_comma(cell: &str) -> bool {
    cell.contains(',') && cell.chars().all(|character| character.is_ascii_digit() || "+-.,eE".contains(character))
}

/// Returns the class of a label. Labels are any texts and get their numbers in the order in which they appear. The error is `None` if the
/// label is too long.
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

/// Sorts the rows into the order that an objective needs, and checks the pairs.
fn paired(rows: &[Row], values: &[f32], dimension: usize) -> Result<PairedRows, RowsError> {
    let views = [A, B].map(|view| rows.iter().filter(|row| row.view == view).collect::<Vec<_>>());
    let [a, b] = [views[0].len(), views[1].len()];
    let kept = |view: usize| {
        let count = rows.iter().filter(|row| row.view == view).count();
        (count > 0).then(|| Matrix::zeros(count, dimension))
    };
    if a + b == 0 {
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
    let mut paired = PairedRows {
        outputs: Matrix::zeros(a + b, dimension),
        labels: vec![0; a + b],
        queue: kept(QUEUE),
        prototypes: kept(PROTOTYPE),
        places: Vec::new(),
    };
    let mut next = [0, a, 0, 0];
    for (row, values) in rows.iter().zip(values.chunks_exact(dimension)) {
        let place = next[row.view];
        next[row.view] += 1;
        let (matrix, place_of) = match row.view {
            QUEUE => (paired.queue.as_mut(), Place::Queue),
            PROTOTYPE => (paired.prototypes.as_mut(), Place::Prototype(place)),
            _ => {
                paired.labels[place] = row.label;
                (Some(&mut paired.outputs), Place::Output(place))
            }
        };
        if let Some(matrix) = matrix {
            matrix.row_mut(place).copy_from_slice(values);
        }
        paired.places.push(place_of);
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
        assert_eq!(rows.places, [2, 0, 1, 3].map(Place::Output));
    }

    #[test]
    fn keys_and_prototypes_stand_anywhere_and_need_no_label() {
        let text = "label,view,x\n,queue,7\n0,a,1\n0,b,2\n,Prototype,3\nany,queue,8\n";
        let rows = parse(text.as_bytes()).expect("valid");
        assert_eq!(rows.outputs.to_rows(), [1.0, 2.0]);
        assert_eq!(rows.queue.map(|queue| queue.to_rows()), Some(vec![7.0, 8.0]));
        assert_eq!(rows.prototypes.map(|prototypes| prototypes.to_rows()), Some(vec![3.0]));
        assert_eq!(rows.places, [Place::Queue, Place::Output(0), Place::Output(1), Place::Prototype(0), Place::Queue]);
        assert_eq!(parse(b"label,view,x\n,queue,7\n"), Err(RowsError::NoRows));
        let many = format!("label,view,x\n0,a,1\n0,b,1\n{}", ",prototype,1\n".repeat(MOST_PROTOTYPES + 1));
        assert_eq!(parse(many.as_bytes()), Err(RowsError::TooManyKept));
    }

    /// Checks what is read from four rows, two of each view, in this form.
    fn same_rows(text: &str) {
        let rows = parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(rows, parse(b"label,view,x,y\n0,a,0.5,1\n1,a,-2,3\n0,b,4,5\n1,b,6,7e-1\n").expect("valid"), "{text:?}");
    }

    #[test]
    fn what_spreadsheets_and_pandas_write_is_read() {
        for text in [
            // Separators.
            "label;view;x;y\n0;a;0.5;1\n1;a;-2;3\n0;b;4;5\n1;b;6;7e-1\n",
            "label\tview\tx\ty\n0\ta\t0.5\t1\n1\ta\t-2\t3\n0\tb\t4\t5\n1\tb\t6\t7e-1\n",
            "sep=;\nlabel;view;x;y\n0;a;0.5;1\n1;a;-2;3\n0;b;4;5\n1;b;6;7e-1\n",
            // Index columns of pandas, written once and twice, and of R.
            ",label,view,x,y\n0,0,a,0.5,1\n1,1,a,-2,3\n2,0,b,4,5\n3,1,b,6,7e-1\n",
            ",Unnamed: 0,label,view,x,y\n0,0,0,a,0.5,1\n1,1,1,a,-2,3\n2,2,0,b,4,5\n3,3,1,b,6,7e-1\n",
            "\"\",\"label\",\"view\",\"x\",\"y\"\n\"1\",0,\"a\",0.5,1\n\"2\",1,\"a\",-2,3\n\"3\",0,\"b\",4,5\n\"4\",1,\"b\",6,7e-1\n",
            // Comments, empty lines and empty cells at the end.
            "# from pandas, \"today\nlabel,view,x,y\n0,a,0.5,1\n  # label, view\n1,a,-2,3\n#\n0,b,4,5\n1,b,6,7e-1\n# end",
            "\n,,,\nlabel,view,x,y\n\n0,a,0.5,1\n,,,\n1,a,-2,3\n , ,\n0,b,4,5\n1,b,6,7e-1\n\n\n",
            "label,view,x,y,,\n0,a,0.5,1,,\n1,a,-2,3,,\n0,b,4,5,,\n1,b,6,7e-1,,\n,,,,,\n",
            "label,view,x,y\n0,a,0.5,1,\n1,a,-2,3,,\n0,b,4,5\n1,b,6,7e-1,\n",
            "label,view,x,,y\n0,a,0.5,,1\n1,a,-2,,3\n0,b,4,,5\n1,b,6,,7e-1\n",
            // A byte order mark, line ends, quotes, spaces, capitals, another order.
            "\u{feff}label,view,x,y\r\n0,a,0.5,1\r\n1,a,-2,3\r\n0,b,4,5\r\n1,b,6,7e-1\r\n",
            "label,view,x,y\r0,a,0.5,1\r1,a,-2,3\r0,b,4,5\r1,b,6,7e-1",
            "\"label\",\"view\",\"x\",\"y\"\n\"0\",\"a\",\"0.5\",\"1\"\n1,\"a\",-2,3\n0,b,4,5\n1,b,6,7e-1",
            " label , view, x ,y \n 0, a ,  0.5,1\n1 ,\t\"a\" ,-2,3\n0,b,4,5\n1,b,6,7e-1",
            "LABEL,View,X,Y\n0,A,0.5,1\n1,a,-2,3\n0,B,4,5\n1,b,6,7e-1\n",
            "view,x,y,label\na,0.5,1,0\na,-2,3,1\nb,4,5,0\nb,6,7e-1,1\n",
        ] {
            same_rows(text);
        }
    }

    #[test]
    fn what_could_mean_two_things_is_refused_by_its_name() {
        let message = |text: &str| parse(text.as_bytes()).expect_err(text).to_string();
        for (text, expected) in [
            (
                "label;view;x;y\n0;a;0,5;0,3\n0;b;1;2",
                "line 2, x = \"0,5\": a number has a decimal point, not a comma, and nothing between thousands",
            ),
            (
                "label,view,x\n0,a,\"1,234\"\n0,b,1",
                "line 2, x = \"1,234\": a number has a decimal point, not a comma, and nothing between thousands",
            ),
            ("label,view,x,y\n0,a,0,5,0,3\n", "line 2: 6 cells, but the header names 4 columns"),
            (
                "label,view,x,y\n0;a;0,5;0,3\n",
                "line 2 is separated by semicolons, which are not the header's separators: save the file with commas",
            ),
            ("label view x\n0 a 1\n", "line 1 is separated by spaces: save the file with commas"),
            ("\nlabel|view|x\n0|a|1\n", "line 2 is separated by bars: save the file with commas"),
            ("label，view，x\n0，a，1\n", "line 1 is separated by full-width commas: save the file with commas"),
            ("index,label,view,x\n0,0,a,1\n", "the column \"index\" counts the rows and is no coordinate: leave it out"),
            ("label,view,x,label\n0,a,1,0\n", "two columns are named label"),
            ("label,view,x,,y\n0,a,1,7,2\n", "line 2: there is something in column 4, which has no name in the header"),
            ("label,view,x\n0,a,1\n,a,2\n", "line 3: the label is empty, but every row has one"),
            ("label,view,x\n\n#1,a,0.5\n", "line 3 begins with # and may be a comment or a row: remove it, or put its label in quotes"),
            ("label,view,x\n0,a,\n", "line 2, x = \"\": it takes a number from -1000000 to 1000000"),
            ("label,view,x\n\n\"0,a,1\n0,b,1\n", "line 3: a cell's quotes do not close, or there is text behind them"),
        ] {
            assert_eq!(message(text), expected, "{text:?}");
        }
        assert_eq!(parse(b"\xff\xfel\0a\0"), Err(RowsError::Utf16));
        let quoted = parse(b"label,view,x\n\"#1\",a,0.5\n\"#1\",b,1\n").expect("a label in quotes");
        assert_eq!(quoted.labels, [0, 0]);
    }

    #[test]
    fn lines_are_named_as_an_editor_numbers_them() {
        let text = "# first\r\n\r\nlabel,view,x\r\n\r\n\"two\r\nlines\",a,1\r\n# more\r\n0,c,1\r\n";
        assert_eq!(
            parse(text.as_bytes()).expect_err("refused").to_string(),
            "line 8, view = \"c\": it takes one of a, b, queue, prototype"
        );
    }

    #[test]
    fn refusals_say_where_and_what_would_be_right() {
        let message = |text: &str| parse(text.as_bytes()).expect_err("refused").to_string();
        for text in ["", "\n,,\n", "# label,view,x", "0,a,1\n0,b,1", "label,view\n0,a\n0,b", "label,x,y\n0,1,2\n"] {
            assert_eq!(message(text), RowsError::Header.to_string(), "{text}");
        }
        assert_eq!(message("label,view,x\n"), "no rows: each view takes 1 to 4096");
        assert_eq!(message("label,view,x\n0,a,1\n0,b,1,2\n"), "line 3: 4 cells, but the header names 3 columns");
        assert_eq!(
            message("label,view,x\n0,a,1\n0,a,1\n0,b,1\n"),
            "view a has 2 rows and view b has 1: the views have to be of equal size"
        );
        assert_eq!(message("label,view,x\n0,a,1\n1,b,1\n"), "lines 2 and 3 are a pair, but their labels differ");
        assert_eq!(message("label,view,x\n0,c,1\n"), "line 2, view = \"c\": it takes one of a, b, queue, prototype");
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
