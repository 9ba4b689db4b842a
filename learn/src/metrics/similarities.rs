//! The similarities of all rows of a batch with one another, ordered by class.

use crate::config::PositiveRows;

/// Rows of a batch in the order of their classes, and who is whose positive. The similarities are found when somebody looks at them.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Similarities {
    /// Coordinates of a row.
    pub dim: usize,
    /// The rows as they are compared, ordered by class, then by view, then by pair.
    pub rows: Vec<f32>,
    /// The training point of each row.
    pub points: Vec<u32>,
    /// The class of each row.
    pub labels: Vec<u8>,
    /// The place of each row's other view.
    pub partners: Vec<u32>,
    /// All rows of a class are positives of one another; else only the two views of a pair are.
    pub by_label: bool,
    /// Pairs of the batch; where that is more than half the rows here, these are of its first pairs.
    pub pairs: usize,
}

/// How two rows of a batch stand to one another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// It is the same row.
    Same,
    /// One is the other's positive.
    Positive,
    /// They are of one class, and are pushed apart all the same.
    FalseNegative,
    /// They are of different classes.
    Negative,
}

impl Similarities {
    /// Takes the first `most` pairs of a batch, whose row `row` has the coordinates `coordinates(row)`.
    pub fn new<R: IntoIterator<Item = f32>>(
        dim: usize,
        points: &[u32],
        labels: &[u8],
        positives: PositiveRows,
        most: usize,
        coordinates: impl Fn(usize) -> R,
    ) -> Self {
        let pairs = points.len() / 2;
        let taken = pairs.min(most);
        let mut order: Vec<usize> = (0..taken).flat_map(|pair| [pair, pairs + pair]).collect();
        order.sort_by_key(|row| (labels[*row], *row));
        let mut places = vec![0; 2 * pairs];
        for (place, row) in order.iter().enumerate() {
            places[*row] = place as u32;
        }
        Self {
            dim,
            rows: order.iter().flat_map(|row| coordinates(*row)).collect(),
            points: order.iter().map(|row| points[*row]).collect(),
            labels: order.iter().map(|row| labels[*row]).collect(),
            partners: order.iter().map(|row| places[(row + pairs) % (2 * pairs)]).collect(),
            by_label: positives == PositiveRows::Label,
            pairs,
        }
    }

    /// Returns the number of rows.
    pub fn count(&self) -> usize {
        self.points.len()
    }

    /// Returns the similarity of two rows: their cosine where rows are on the sphere, else their product.
    pub fn of(&self, a: usize, b: usize) -> f32 {
        let row = |place: usize| &self.rows[place * self.dim..(place + 1) * self.dim];
        row(a).iter().zip(row(b)).map(|(a, b)| a * b).sum()
    }

    /// Returns how two rows stand to one another.
    pub fn relation(&self, a: usize, b: usize) -> Relation {
        let is_same_class = self.labels[a] == self.labels[b];
        if a == b {
            Relation::Same
        } else if self.partners[a] == b as u32 || (self.by_label && is_same_class) {
            Relation::Positive
        } else if is_same_class {
            Relation::FalseNegative
        } else {
            Relation::Negative
        }
    }

    /// Returns the similarities of all rows, row by row, and the largest size that they can have.
    pub fn all(&self) -> (Vec<f32>, f32) {
        let count = self.count();
        let values: Vec<f32> = (0..count * count).map(|cell| self.of(cell / count, cell % count)).collect();
        // On the sphere 1; else what the rows reach.
        let largest = values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
        (values, if largest < 1.001 { 1.0 } else { largest })
    }

    /// Returns the share of false negatives among all pairs of rows that are pushed apart.
    pub fn false_share(&self) -> f32 {
        let count = self.count();
        let (mut pushed, mut same) = (0u32, 0u32);
        for a in 0..count {
            for b in 0..a {
                let relation = self.relation(a, b);
                pushed += u32::from(matches!(relation, Relation::FalseNegative | Relation::Negative));
                same += u32::from(relation == Relation::FalseNegative);
            }
        }
        same as f32 / pushed.max(1) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_ordered_by_class_and_know_their_partners() {
        // Three pairs of classes 1, 0, 1; coordinates tell the row's number.
        let similarities =
            Similarities::new(1, &[5, 6, 7, 5, 6, 7], &[1, 0, 1, 1, 0, 1], PositiveRows::Partner, 9, |row| [row as f32 + 1.0]);
        assert_eq!(similarities.points, [6, 6, 5, 7, 5, 7]);
        assert_eq!(similarities.rows, [2.0, 5.0, 1.0, 3.0, 4.0, 6.0]);
        assert_eq!(similarities.partners, [1, 0, 4, 5, 2, 3]);
        assert_eq!(similarities.of(0, 4), 8.0);
        assert_eq!(
            [(0, 0), (0, 1), (2, 3), (0, 4)].map(|(a, b)| similarities.relation(a, b)),
            [Relation::Same, Relation::Positive, Relation::FalseNegative, Relation::Negative]
        );
        // Of 15 pairs 3 are positives; of the 12 others, 4 are of one class.
        assert!((similarities.false_share() - 4.0 / 12.0).abs() < 1e-6);
        let few = Similarities::new(1, &[5, 6, 7, 5, 6, 7], &[1, 0, 1, 1, 0, 1], PositiveRows::Label, 2, |row| [row as f32]);
        assert_eq!((few.count(), few.pairs, few.false_share()), (4, 3, 0.0));
        assert_eq!(few.points, [6, 6, 5, 5]);
    }
}
