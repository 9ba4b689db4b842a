//! Which classes an augmentation makes the same, measured on the images.

use crate::config::Config;
use crate::data::Dataset;
use crate::matrix::Matrix;
use crate::random::Random;
use crate::views::{ImageViews, scratch};

/// Held-out images of each class that are augmented.
const ASKED: usize = 16;
/// Training images of each class that they are held against.
const KNOWN: usize = 48;
/// So large a share of each of two classes' views has to look like the other class, beyond what their images do as they are.
const MERGED: f32 = 0.25;

/// Two classes that an augmentation makes the same.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Merged {
    /// The augmentation's parameter.
    pub key: String,
    /// The classes.
    pub classes: [u8; 2],
    /// The share of the views of one of them, the larger one, whose nearest image is of the other.
    pub share: f32,
}

/// What was measured last, so that a slider costs only what it moves.
#[derive(Clone, Debug, Default)]
pub struct MergedScratch {
    /// For images as they are, the share of each class (rows) that looks like each other one.
    plain: Vec<f32>,
    /// For each augmentation, its strength and what was found.
    known: Vec<(&'static str, f32, Vec<Merged>)>,
}

/// The augmentations of images: parameters, and what each alone is at its strength. Where the strength is a probability, the views are those that
/// it happened to.
fn augmentations(config: &Config) -> [(&'static str, f32, ImageViews); 9] {
    let off = ImageViews::default();
    let ImageViews { shift, crop, spin, turn, mirror, erase, grain, contrast, blur } = config.image_views();
    let always = |probability: f32| if probability > 0.0 { 1.0 } else { 0.0 };
    [
        ("shift", shift, ImageViews { shift, ..off }),
        ("crop", crop, ImageViews { crop, ..off }),
        ("spin", spin, ImageViews { spin, ..off }),
        ("turn", turn, ImageViews { turn: always(turn), ..off }),
        ("mirror", mirror, ImageViews { mirror: always(mirror), ..off }),
        ("blur", blur, ImageViews { blur, ..off }),
        ("contrast", contrast, ImageViews { contrast, ..off }),
        ("grain", grain, ImageViews { grain, ..off }),
        ("erase", erase, ImageViews { erase, ..off }),
    ]
}

impl MergedScratch {
    /// Returns the classes that each augmentation in force makes the same, the surest first. Points have none.
    pub fn find(&mut self, dataset: &Dataset, config: &Config) -> Vec<Merged> {
        let Some(side) = dataset.image_side.filter(|_| config.positives.are_augmented()) else { return Vec::new() };
        if self.plain.is_empty() {
            self.plain = confusion(dataset, side, &ImageViews::default(), config.seed);
        }
        let mut found = Vec::new();
        for (key, strength, views) in augmentations(config).into_iter().filter(|(_, strength, _)| *strength > 0.0) {
            let place = self.known.iter().position(|(known, ..)| *known == key).unwrap_or_else(|| {
                self.known.push((key, f32::NAN, Vec::new()));
                self.known.len() - 1
            });
            let is_chance = key == "turn" || key == "mirror";
            if self.known[place].1 != strength && !(is_chance && self.known[place].1 > 0.0) {
                let confused = confusion(dataset, side, &views, config.seed);
                self.known[place] = (key, strength, merged(key, &confused, &self.plain, dataset.classes));
            }
            found.extend(self.known[place].2.iter().cloned());
        }
        found.sort_by(|a, b| b.share.total_cmp(&a.share));
        found
    }
}

/// The pairs of classes that look alike under an augmentation and not without it.
fn merged(key: &str, confused: &[f32], plain: &[f32], classes: usize) -> Vec<Merged> {
    let gain = |from: usize, to: usize| confused[from * classes + to] - plain[from * classes + to];
    let mut found = Vec::new();
    for a in 0..classes {
        for b in a + 1..classes {
            if gain(a, b).min(gain(b, a)) >= MERGED {
                let share = confused[a * classes + b].max(confused[b * classes + a]);
                found.push(Merged { key: key.to_owned(), classes: [a as u8, b as u8], share });
            }
        }
    }
    found
}

/// For views of held-out images of each class (rows), the share whose nearest training image is of each class. Images of one's own are all there
/// are: each of them is asked after with itself left out.
fn confusion(dataset: &Dataset, side: usize, views: &ImageViews, seed: u32) -> Vec<f32> {
    let classes = dataset.classes;
    let of = |labels: &[u8], class: usize, most: usize| -> Vec<usize> {
        (0..labels.len()).filter(|image| usize::from(labels[*image]) == class).take(most).collect()
    };
    let known: Vec<(usize, usize)> =
        (0..classes).flat_map(|class| of(&dataset.labels, class, KNOWN).into_iter().map(move |image| (class, image))).collect();
    let distance = |a: &[f32], image: usize, inputs: &Matrix| a.iter().zip(inputs.row(image)).map(|(a, b)| (a - b) * (a - b)).sum::<f32>();
    let is_held_out = !dataset.held_out_labels.is_empty();
    let (inputs, labels) =
        if is_held_out { (&dataset.held_out_inputs, &dataset.held_out_labels) } else { (&dataset.inputs, &dataset.labels) };
    let (mut memory, mut view) = (scratch(dataset), vec![0.0; side * side]);
    let mut shares = vec![0.0; classes * classes];
    for class in 0..classes {
        let asked = of(labels, class, ASKED);
        for image in &asked {
            view.copy_from_slice(inputs.row(*image));
            views.apply(side, &mut Random::of_item(seed, "merged classes", *image as u32), &mut view, &mut memory);
            let others = known.iter().filter(|(_, other)| is_held_out || other != image);
            let near = others.map(|(class, image)| (distance(&view, *image, &dataset.inputs), *class));
            if let Some((_, nearest)) = near.min_by(|a, b| a.0.total_cmp(&b.0)) {
                shares[class * classes + nearest] += 1.0 / asked.len() as f32;
            }
        }
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Data, ImageSize, OwnImages};

    fn found(config: &Config) -> Vec<(String, [u8; 2])> {
        let merged = MergedScratch::default().find(&Dataset::new(config), config);
        merged.into_iter().map(|merged| (merged.key, merged.classes)).collect()
    }

    #[test]
    fn what_merges_is_found_and_nothing_else_with_three_seeds_and_sizes() {
        for (seed, size) in
            [(0, ImageSize::Medium), (1, ImageSize::Medium), (2, ImageSize::Medium), (7, ImageSize::Small), (7, ImageSize::Large)]
        {
            let shapes = Config { data: Data::Shapes, seed, size, ..Config::default() };
            assert_eq!(found(&shapes), [], "seed {seed}, {size:?}");
            let mirror = [("mirror".to_owned(), [4, 5])];
            assert_eq!(found(&Config { mirror: 0.5, ..shapes.clone() }), mirror, "seed {seed}, {size:?}");
            let turned = found(&Config { turn: 0.75, ..shapes });
            assert!(turned.contains(&("turn".to_owned(), [0, 1])), "seed {seed}, {size:?}: {turned:?}");
            let digits = found(&Config { data: Data::Digits, turn: 0.75, seed, size, ..Config::default() });
            assert!(
                [[0, 1], [2, 3], [4, 5]].iter().all(|pair| digits.contains(&("turn".to_owned(), *pair))),
                "seed {seed}, {size:?}: {digits:?}"
            );
        }
        let drawn = Dataset::new(&Config { data: Data::Shapes, points: 240, ..Config::default() });
        let greys: Vec<u8> = drawn.inputs.to_rows().iter().map(|ink| (ink.clamp(0.0, 1.0) * 15.0).round() as u8).collect();
        let own_images = OwnImages::new(12, &greys, &drawn.labels).expect("valid");
        let own = Config { data: Data::Images, own_images, ..Config::default() };
        assert_eq!(found(&own), []);
        assert_eq!(found(&Config { mirror: 0.5, ..own }), [("mirror".to_owned(), [4, 5])], "images of one's own");
        let places = Config { data: Data::Places, ..Config::default() };
        assert_eq!(found(&places), []);
        assert!(found(&Config { mirror: 0.5, ..places.clone() }).contains(&("mirror".to_owned(), [0, 1])));
        assert!(!found(&Config { shift: 5.0, ..places }).is_empty());
        assert_eq!(found(&Config { mirror: 0.5, ..Config::default() }), [], "points have no such views");
    }
}
