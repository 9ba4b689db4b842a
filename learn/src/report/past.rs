//! A run's past as it is shown, and what is new of it.

use super::Measures;
use crate::config::Config;

/// What happened over a few steps.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct HistoryRow {
    /// The last of the steps.
    pub step: u64,
    /// Mean loss over them.
    pub loss: f32,
    /// Smallest loss.
    pub loss_min: f32,
    /// Largest loss.
    pub loss_max: f32,
    /// Euclidean norm of the gradient by all weights at the last of them, as all that follow.
    pub gradient_norm: f32,
    /// `L_align`.
    pub alignment: f32,
    /// `L_uniform`.
    pub uniformity: f32,
    /// Mean cosine of positives.
    pub positive_similarity: f32,
    /// Mean cosine of negatives.
    pub negative_similarity: f32,
    /// `InfoNCE`: share of the negatives that push as if alike. Triplet: share of active triplets. 0 for other losses.
    pub pushing: f32,
    /// What only some methods measure.
    pub measures: Measures,
    /// The configuration in force at the last of them, by its place in `History::configs`.
    pub config: u16,
}

/// A live change of a parameter.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Mark {
    /// The step after which it took effect.
    pub step: u64,
    /// The step after which the gesture began that led to it, such as the drag of a slider.
    pub since: u64,
    /// The number of that gesture, if the change was a part of one.
    pub gesture: Option<u32>,
    /// The parameter.
    pub key: String,
    /// The value before.
    pub from: String,
    /// The value since.
    pub to: String,
}

/// A run's past, for charts and for going back.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Past {
    /// What happened, oldest first.
    pub rows: Vec<HistoryRow>,
    /// The configurations of the rows, see [`HistoryRow::config`].
    pub configs: Vec<Config>,
    /// Live changes, oldest first.
    pub marks: Vec<Mark>,
    /// Steps that one can go back to.
    pub frames: Vec<u64>,
}

/// What is new of a past since it was told last.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct News {
    rows: Tail<HistoryRow>,
    configs: Tail<Config>,
    marks: Tail<Mark>,
    frames: Tail<u64>,
}

/// What of a list stays, and what comes behind that.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Tail<T> {
    kept: usize,
    new: Vec<T>,
}

impl<T: Clone + PartialEq> Tail<T> {
    fn since(list: &[T], told: &[T]) -> Self {
        let kept = list.iter().zip(told).take_while(|(own, told)| own == told).count();
        Self { kept, new: list[kept..].to_vec() }
    }

    fn put_behind(self, list: &mut Vec<T>) {
        list.truncate(self.kept);
        list.extend(self.new);
    }
}

impl Past {
    /// Returns what is new since `told`: the ends of the lists, from the first entry that differs.
    pub fn since(&self, told: &Self) -> News {
        News {
            rows: Tail::since(&self.rows, &told.rows),
            configs: Tail::since(&self.configs, &told.configs),
            marks: Tail::since(&self.marks, &told.marks),
            frames: Tail::since(&self.frames, &told.frames),
        }
    }

    /// Takes in what is new.
    pub fn take(&mut self, news: News) {
        news.rows.put_behind(&mut self.rows);
        news.configs.put_behind(&mut self.configs);
        news.marks.put_behind(&mut self.marks);
        news.frames.put_behind(&mut self.frames);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Trainer;
    use crate::trainer::Weights;

    #[test]
    fn what_was_told_with_what_is_new_is_the_whole_past_and_little_is_new_of_a_run_that_goes_on() {
        let config = Config { points: 64, batch: 8, ..Config::default() };
        let mut trainer = Trainer::new(config.clone()).expect("valid");
        let (mut told, mut largest) = (Past::default(), 0);
        for step in 1..2_200u16 {
            trainer.step().expect("sound");
            if step % 7 == 0 {
                trainer.configure(Config { tau: 0.2 + f32::from(step) / 10_000.0, ..config.clone() }, Weights::Keep).expect("valid");
            }
            if step % 40 == 0 {
                let past = trainer.past();
                let news = past.since(&told);
                // Rows that have been merged come all anew; that is seldom.
                largest += news.rows.new.len() + news.configs.new.len();
                told.take(news);
                assert_eq!(told, past, "step {step}");
            }
        }
        assert!(told.rows.len() > 250 && largest < 12 * told.rows.len(), "{largest} rows for {} that there are", told.rows.len());
    }
}
