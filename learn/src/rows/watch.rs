//! What one row of a batch takes part in, noted while the loss is evaluated: for the answer to why it moves.

/// What an objective notes of one row while it is evaluated: the derivatives by the similarities, or squared distances, that it takes part in.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    /// The row.
    pub row: usize,
    /// Its logits by row, none for what it is not compared with.
    pub logits: Vec<Option<f32>>,
    /// The derivatives in its own term, by row.
    pub as_anchor: Vec<f32>,
    /// The derivative in each row's term by that row's comparison with it.
    pub as_candidate: Vec<f32>,
}

impl Watch {
    /// Prepares for a batch of so many rows.
    pub fn begin(&mut self, rows: usize) {
        self.logits.clear();
        self.logits.resize(rows, None);
        for derivatives in [&mut self.as_anchor, &mut self.as_candidate] {
            derivatives.clear();
            derivatives.resize(rows, 0.0);
        }
    }

    /// Takes in the derivatives of `anchor`'s term by its comparison with each row.
    pub fn note(&mut self, anchor: usize, slope: impl Fn(usize) -> f32) {
        if anchor == self.row {
            for (row, slot) in self.as_anchor.iter_mut().enumerate() {
                *slot = slope(row);
            }
        } else {
            self.as_candidate[anchor] = slope(self.row);
        }
    }

    /// Multiplies all derivatives.
    pub fn scale(&mut self, factor: f32) {
        for derivative in self.as_anchor.iter_mut().chain(&mut self.as_candidate) {
            *derivative *= factor;
        }
    }
}
