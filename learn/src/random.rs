//! The random numbers of a run.
//!
//! Each purpose has its own `ChaCha8` stream, derived from the seed and the purpose's name. Drawing more numbers for one purpose
//! never changes the numbers of another.
//!
//! The streams and their uniform numbers are `rand`'s. What else is drawn is written here, because every link that was ever shared depends
//! on its bits: `rand` draws again where a whole number would be biased and takes several places of a shuffle from one number, and both
//! may change with its versions.

use rand::{Rng as _, RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

/// A stream of random numbers. It gives the same bits on every platform.
#[derive(Clone, Debug)]
pub struct Random(Source);

/// Where the numbers of a stream come from.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "all streams of a run are generators")]
enum Source {
    /// A generator, as in every run.
    Generator(ChaCha8Rng),
    /// A list, the next number last.
    Given(Vec<f32>),
}

impl Random {
    /// Returns the stream for `purpose` in the run with this seed. Only the first 24 bytes of `purpose` count.
    pub fn new(seed: u32, purpose: &str) -> Self {
        let mut key = [0; 32];
        key[..8].copy_from_slice(&u64::from(seed).to_le_bytes());
        for (slot, byte) in key[8..].iter_mut().zip(purpose.bytes()) {
            *slot = byte;
        }
        Self(Source::Generator(ChaCha8Rng::from_seed(key)))
    }

    /// Returns the stream for `purpose` and one item, such as a point.
    pub fn of_item(seed: u32, purpose: &str, item: u32) -> Self {
        let mut stream = Self::new(seed, purpose);
        if let Source::Generator(generator) = &mut stream.0 {
            generator.set_stream(u64::from(item));
        }
        stream
    }

    /// Returns a stream whose uniform and normal numbers are these, in their order, then zeros: for a comparison with a program that draws
    /// others. A uniform 1 is the largest number below it.
    pub fn given(numbers: &[f32]) -> Self {
        Self(Source::Given(numbers.iter().rev().copied().collect()))
    }

    /// The stream's next 32 bits; of a given number, which is below 1, its 24.
    fn next_word(&mut self) -> u32 {
        match &mut self.0 {
            Source::Generator(generator) => generator.next_u32(),
            Source::Given(numbers) => ((numbers.pop().unwrap_or_default() * 16_777_216.0) as u32).min(0xff_ffff) << 8,
        }
    }

    /// Fills `words` with the next bits.
    fn fill_words(&mut self, words: &mut [u32]) {
        match &mut self.0 {
            Source::Generator(generator) => generator.fill(words),
            Source::Given(_) => words.fill_with(|| self.next_word()),
        }
    }

    /// Draws a number uniformly from the multiples of 2^-24 in 0..1: the upper 24 bits of the stream's next 32.
    pub fn uniform(&mut self) -> f32 {
        match &mut self.0 {
            Source::Generator(generator) => generator.random(),
            Source::Given(numbers) => numbers.pop().unwrap_or_default(),
        }
    }

    /// Fills `numbers` with what as many calls of [`Self::uniform`] would give, faster.
    pub fn fill_uniform(&mut self, numbers: &mut [f32]) {
        let mut words = [0u32; 64];
        for numbers in numbers.chunks_mut(words.len()) {
            let words = &mut words[..numbers.len()];
            self.fill_words(words);
            for (number, word) in numbers.iter_mut().zip(words) {
                *number = (*word >> 8) as f32 * (1.0 / 16_777_216.0);
            }
        }
    }

    /// Adds to each number `deviation` times a draw that is nearly normal: the sum of the four bytes of the stream's next 32 bits, brought to mean
    /// 0 and variance 1. It reaches 3.45 standard deviations and costs a tenth of [`Self::normal`].
    pub fn add_nearly_normal(&mut self, deviation: f32, numbers: &mut [f32]) {
        // Four numbers from 0 to 255, each as likely: mean 510, variance 4 (256^2 - 1) / 12.
        let scale = deviation / 21_845f32.sqrt();
        let mut words = [0u32; 64];
        for numbers in numbers.chunks_mut(words.len()) {
            let words = &mut words[..numbers.len()];
            self.fill_words(words);
            for (number, word) in numbers.iter_mut().zip(words) {
                let pairs = (*word & 0x00ff_00ff) + ((*word >> 8) & 0x00ff_00ff);
                let sum = (pairs & 0xffff) + (pairs >> 16);
                *number += scale * (sum as f32 - 510.0);
            }
        }
    }

    /// Draws a number uniformly from the multiples of 2^-23 in -1..1.
    pub fn symmetric(&mut self) -> f32 {
        2.0 * self.uniform() - 1.0
    }

    /// Draws a whole number uniformly from 0..count. `count` must be at least 1. (Lemire's multiplication, without its rejection of
    /// biased values: the bias is below count / 2^32.)
    pub fn below(&mut self, count: usize) -> usize {
        ((u64::from(self.next_word()) * count as u64) >> 32) as usize
    }

    /// Draws a standard normal number by the Box-Muller transform, using two uniform numbers.
    pub fn normal(&mut self) -> f32 {
        if let Source::Given(numbers) = &mut self.0 {
            return numbers.pop().unwrap_or_default();
        }
        let radius = (-2.0 * libm::logf(1.0 - self.uniform())).sqrt();
        radius * libm::cosf(std::f32::consts::TAU * self.uniform())
    }

    /// Puts `items` into a random order (Fisher-Yates shuffle).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_gives_the_same_bits_as_in_earlier_versions() {
        // Every link that was ever shared depends on these bits: they must never change.
        let mut stream = Random::new(7, "weights");
        assert_eq!([(); 3].map(|()| stream.uniform().to_bits()), [0x3d91_e7e8, 0x3e5b_d9a0, 0x3f7f_c65a]);
        assert_eq!([(); 3].map(|()| stream.normal().to_bits()), [0x3ebb_c912, 0xbf52_37a6, 0x3f28_8953]);
        assert_eq!([(); 3].map(|()| stream.below(1000)), [850, 511, 970]);
        let mut items = [0, 1, 2, 3, 4, 5];
        stream.shuffle(&mut items);
        assert_eq!(items, [5, 2, 0, 3, 4, 1]);
        let mut item = Random::of_item(u32::MAX, "shown views", 41);
        assert_eq!([(); 3].map(|()| item.uniform().to_bits()), [0x3ecd_bbb0, 0x3f4a_a346, 0x3e09_5844]);
        assert_ne!(Random::new(7, "data").uniform().to_bits(), Random::new(7, "weights").uniform().to_bits());
    }

    #[test]
    fn a_filled_slice_holds_what_one_number_after_the_other_gives() {
        let (mut filled, mut drawn) = (Random::new(3, "masks"), Random::new(3, "masks"));
        for length in [1, 7, 64, 65, 0, 200] {
            let mut numbers = vec![0.0; length];
            filled.fill_uniform(&mut numbers);
            let one_by_one: Vec<f32> = (0..length).map(|_| drawn.uniform()).collect();
            assert_eq!(numbers, one_by_one);
        }
        assert_eq!(filled.below(1 << 20), drawn.below(1 << 20));
    }

    #[test]
    fn given_numbers_come_in_their_order() {
        let mut stream = Random::given(&[0.25, 0.75, -3.0, 0.5]);
        let mut filled = [0.0];
        stream.fill_uniform(&mut filled);
        assert_eq!((filled, stream.uniform(), stream.normal(), stream.below(10), stream.normal()), ([0.25], 0.75, -3.0, 5, 0.0));
    }

    #[test]
    fn normal_numbers_have_mean_zero_and_variance_one() {
        let mut stream = Random::new(1, "test");
        let draws: Vec<f64> = (0..20_000).map(|_| f64::from(stream.normal())).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let variance = draws.iter().map(|draw| (draw - mean) * (draw - mean)).sum::<f64>() / draws.len() as f64;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((variance - 1.0).abs() < 0.03, "{variance}");
    }
}
