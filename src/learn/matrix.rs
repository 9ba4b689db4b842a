//! Row-major matrices whose rows are padded with zeros to whole vectors of eight lanes.

/// Lanes of a vector in the kernels: two SSE2 or `simd128` registers, one AVX register.
pub const LANES: usize = 8;

/// `count` rounded up to whole vectors.
pub const fn padded(count: usize) -> usize {
    count.next_multiple_of(LANES)
}

/// A matrix; the columns from `columns` to `stride` are zero and stay so.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    stride: usize,
    data: Vec<f32>,
}

impl Matrix {
    /// All zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        let stride = padded(columns);
        Self { rows, columns, stride, data: vec![0.0; rows * stride] }
    }

    /// Takes rows that stand one behind the other, `columns` numbers each.
    pub fn from_rows(values: &[f32], columns: usize) -> Self {
        let mut matrix = Self::zeros(values.len() / columns, columns);
        for (row, values) in values.chunks_exact(columns).enumerate() {
            matrix.row_mut(row).copy_from_slice(values);
        }
        matrix
    }

    /// Changes the shape and zeroes everything; allocates only where it grows.
    pub fn reshape(&mut self, rows: usize, columns: usize) {
        self.rows = rows;
        self.columns = columns;
        self.stride = padded(columns);
        self.data.clear();
        self.data.resize(rows * self.stride, 0.0);
    }

    /// Gives the matrix the shape, leaving the contents alone where it has it already: they are about to be overwritten.
    pub fn fit(&mut self, rows: usize, columns: usize) {
        if self.rows != rows || self.columns != columns {
            self.reshape(rows, columns);
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns, without the padding.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Distance between the starts of two rows.
    pub fn stride(&self) -> usize {
        self.stride
    }

    /// One row, without the padding.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.data[row * self.stride..][..self.columns]
    }

    /// One row, without the padding.
    pub fn row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.stride..][..self.columns]
    }

    /// One row with its padding.
    pub fn padded_row(&self, row: usize) -> &[f32] {
        &self.data[row * self.stride..][..self.stride]
    }

    /// One row with its padding, which the caller leaves zero.
    pub fn padded_row_mut(&mut self, row: usize) -> &mut [f32] {
        &mut self.data[row * self.stride..][..self.stride]
    }

    /// Everything, padding included.
    pub fn data(&self) -> &[f32] {
        &self.data
    }

    /// Everything, padding included; the caller leaves the padding zero.
    pub fn data_mut(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// The rows one behind the other, without the padding.
    pub fn to_rows(&self) -> Vec<f32> {
        let mut values = Vec::with_capacity(self.rows * self.columns);
        for row in 0..self.rows {
            values.extend_from_slice(self.row(row));
        }
        values
    }
}
