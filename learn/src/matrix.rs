//! Row-major matrices. Each row is padded with zeros to whole vectors of eight lanes.

/// Number of lanes of a vector in the kernels: two SSE2, Neon or `simd128` registers, or one AVX register.
pub const LANES: usize = 8;

/// Returns `count` rounded up to a multiple of [`LANES`].
pub const fn padded(count: usize) -> usize {
    count.next_multiple_of(LANES)
}

/// A row-major matrix of `rows` rows, one every `stride` numbers. The numbers of a row from `columns` to `stride` are its padding and
/// are always zero.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    stride: usize,
    data: Vec<f32>,
}

impl Matrix {
    /// Creates a matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let stride = padded(columns);
        Self { rows, columns, stride, data: vec![0.0; rows * stride] }
    }

    /// Creates a matrix from rows of `columns` numbers without padding, one after the other.
    pub fn from_rows(values: &[f32], columns: usize) -> Self {
        let mut matrix = Self::zeros(values.len() / columns, columns);
        for (row, values) in values.chunks_exact(columns).enumerate() {
            matrix.row_mut(row).copy_from_slice(values);
        }
        matrix
    }

    /// Changes the shape and sets every element to zero. Allocates only if the matrix needs more memory than it ever had.
    fn reshape(&mut self, rows: usize, columns: usize) {
        self.rows = rows;
        self.columns = columns;
        self.stride = padded(columns);
        self.data.clear();
        self.data.resize(rows * self.stride, 0.0);
    }

    /// Changes the shape, and sets every element to zero if the shape was another. For callers that overwrite every element.
    pub fn fit(&mut self, rows: usize, columns: usize) {
        if self.rows != rows || self.columns != columns {
            self.reshape(rows, columns);
        }
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of columns, without the padding.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Returns the number of columns with the padding: the distance between the starts of two consecutive rows.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// Returns a row without its padding.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.stride..][..self.columns]
    }

    /// Returns a mutable row without its padding.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.stride..][..self.columns]
    }

    /// Returns all rows, one after the other, with their padding.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Returns all rows, mutable, with their padding, which the caller must leave zero.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Takes the first `columns` numbers of each row of `other`.
    pub fn copy_columns(&mut self, other: &Self, columns: usize) {
        self.fit(other.rows, columns);
        for row in 0..other.rows {
            self.row_mut(row).copy_from_slice(&other.row(row)[..columns]);
        }
    }

    /// Takes some rows of `other`, `count` of them from `start` on.
    pub fn copy_rows(&mut self, other: &Self, start: usize, count: usize) {
        self.fit(count, other.columns);
        self.data.copy_from_slice(&other.data[start * other.stride..(start + count) * other.stride]);
    }

    /// Takes the rows of `first` and behind them those of `second`, of as many columns.
    pub fn stack(&mut self, first: &Self, second: &Self) {
        self.fit(first.rows + second.rows, first.columns);
        let (start, end) = self.data.split_at_mut(first.data.len());
        start.copy_from_slice(&first.data);
        end.copy_from_slice(&second.data);
    }

    /// Adds the numbers of `other`, a matrix of the same shape.
    pub fn add(&mut self, other: &Self) {
        for (sum, value) in self.data.iter_mut().zip(&other.data) {
            *sum += value;
        }
    }

    /// Returns a copy of all rows, one after the other, without the padding.
    pub fn to_rows(&self) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.rows * self.columns);
        for row in 0..self.rows {
            values.extend_from_slice(self.row(row));
        }
        values
    }
}
