//! Whether neighbours in the embedding share a class.

use crate::learn::matrix::Matrix;

/// How many neighbours vote.
pub const NEIGHBOURS: usize = 10;

/// Share of held-out rows whose [`NEIGHBOURS`] nearest training rows elect their class.
///
/// Votes count alike; of classes with as many votes the one of the nearest voter wins.
pub fn accuracy(training: &Matrix, labels: &[u8], held_out: &Matrix, held_out_labels: &[u8]) -> f32 {
    let mut right = 0;
    for (row, label) in held_out_labels.iter().enumerate() {
        right += usize::from(elect(training, labels, held_out.padded_row(row)) == *label);
    }
    right as f32 / held_out_labels.len() as f32
}

fn elect(training: &Matrix, labels: &[u8], row: &[f32]) -> u8 {
    // The nearest so far, nearest first.
    let mut nearest = [(f32::INFINITY, 0u8); NEIGHBOURS];
    for (other, label) in training.data().chunks_exact(training.stride()).zip(labels) {
        let mut distance = 0.0;
        for (a, b) in row.iter().zip(other).take(training.columns()) {
            distance += (a - b) * (a - b);
        }
        if distance < nearest[NEIGHBOURS - 1].0 {
            let place = nearest.iter().position(|(known, _)| distance < *known).unwrap_or(NEIGHBOURS - 1);
            nearest[place..].rotate_right(1);
            nearest[place] = (distance, *label);
        }
    }
    let votes = |class: u8| nearest.iter().filter(|(distance, label)| *label == class && distance.is_finite()).count();
    let mut elected = nearest[0].1;
    for (_, class) in nearest {
        if votes(class) > votes(elected) {
            elected = class;
        }
    }
    elected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_far_clusters_are_told_apart_and_a_wrong_label_counts() {
        let values: Vec<f32> = (0..40)
            .flat_map(|i| {
                let side = if i % 2 == 0 { -1.0 } else { 1.0 };
                [side, 0.01 * i as f32]
            })
            .collect();
        let labels: Vec<u8> = (0..40).map(|i| i % 2).collect();
        let training = Matrix::from_rows(&values, 2);
        let held_out = Matrix::from_rows(&[-0.9, 0.0, 0.9, 0.1, 0.8, 0.0, -1.2, 0.3], 2);
        assert_eq!(accuracy(&training, &labels, &held_out, &[0, 1, 1, 0]), 1.0);
        assert_eq!(accuracy(&training, &labels, &held_out, &[0, 1, 1, 1]), 0.75);
    }
}
