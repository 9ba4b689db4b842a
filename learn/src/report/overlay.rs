//! What a method shows besides points, in a few plain forms.

/// Something that a method shows besides points.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub enum Overlay {
    /// Rows in the space of z.
    Rows {
        /// What they are, by its name in the language files: `keys`, `prototypes`, `centroids`.
        role: String,
        /// Number of coordinates.
        dim: usize,
        /// Unit rows, one behind the other.
        rows: Vec<f32>,
        /// Class of each row, none where it has none.
        labels: Vec<Option<u8>>,
        /// Age of each row from 0, the newest, to 1; empty where rows have no age.
        ages: Vec<f32>,
    },
    /// A table of numbers.
    Table {
        /// What it is, by its name in the language files: `correlation`, `covariance`, `codes`.
        role: String,
        /// Number of columns.
        columns: usize,
        /// The numbers, row by row.
        values: Vec<f32>,
    },
    /// Points of the input space.
    Inputs {
        /// What they are, by its name in the language files: `rebuilt`, `samples`.
        role: String,
        /// Where each shows on the input plane: x and y in turn.
        places: Vec<f32>,
        /// The training point that each stands for; empty where they stand for none.
        points: Vec<u32>,
        /// Class of the nearest training point of each; none of those that are near none. Empty where nobody asks.
        labels: Vec<Option<u8>>,
        /// The classes near which too few of them lie.
        lost: Vec<u8>,
        /// Their pixels, one image behind the other, 255 for ink; empty where the data are no images.
        pixels: Vec<u8>,
    },
    /// Lines of a grid of the code space, or of the noise, and where they come to lie in the input space.
    Grid {
        /// What it is, by its name in the language files: `decoded`.
        role: String,
        /// Both coordinates of the lines' places on the input plane, line by line.
        places: Vec<f32>,
        /// Places on a line.
        places_per_line: usize,
    },
    /// A label for each training point.
    Labels {
        /// What they are, by its name in the language files: `clusters`.
        role: String,
        /// The labels.
        labels: Vec<u16>,
        /// How many different ones there may be.
        count: usize,
    },
}
