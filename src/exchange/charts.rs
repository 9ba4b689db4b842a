//! The charts, and which of them the cards show, as a link and the stored state say it.

use crate::learn::config::Problem;
use crate::learn::readings::READINGS;
use crate::learn::report::Measure;

/// How many cards there are.
pub const CARDS: usize = 4;

/// What a card shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chart {
    /// The loss over steps.
    Loss,
    /// Alignment and uniformity over steps.
    Geometry,
    /// The gradient's length over steps.
    Gradient,
    /// What pushes, over steps: the share of active triplets, or of effective negatives.
    Pushing,
    /// Cosines of positives and of negatives.
    Histogram,
    /// Variance along the principal directions.
    Spectrum,
    /// The batch's rows with one another.
    Similarities,
    /// What the encoder's hidden layers make of the plane.
    Layers,
    /// The method's own table.
    Table,
    /// What only some methods measure, over steps.
    Measure(Measure),
}

/// The charts that are no measures, with their words.
const WORDS: [(Chart, &str); 9] = [
    (Chart::Loss, "loss"),
    (Chart::Geometry, "geometry"),
    (Chart::Gradient, "gradient"),
    (Chart::Pushing, "pushing"),
    (Chart::Histogram, "histogram"),
    (Chart::Spectrum, "spectrum"),
    (Chart::Similarities, "similarities"),
    (Chart::Layers, "layers"),
    (Chart::Table, "table"),
];

/// What the cards show until somebody chooses.
pub const FIRST: [Chart; CARDS] = [Chart::Loss, Chart::Geometry, Chart::Histogram, Chart::Spectrum];

impl Chart {
    /// Every chart with its word.
    pub fn all() -> impl Iterator<Item = (Self, &'static str)> {
        let measures = READINGS.iter().filter_map(|reading| Some((Self::Measure(reading.measure?), reading.key)));
        WORDS.into_iter().chain(measures)
    }

    /// Returns its word in a link.
    pub fn word(self) -> &'static str {
        Self::all().find(|(chart, _)| *chart == self).map_or("", |(_, word)| word)
    }
}

/// Reads what the cards show: the words of all, from the left, with commas between.
pub fn read(text: &str) -> Result<[Chart; CARDS], Problem> {
    let known = || Problem::NotNamed { choices: Chart::all().map(|(_, word)| word).collect() };
    let chart = |word: &str| Chart::all().find(|(_, known)| *known == word.trim()).map(|(chart, _)| chart);
    let charts: Option<Vec<Chart>> = text.split(',').map(chart).collect();
    charts.and_then(|charts| charts.try_into().ok()).ok_or_else(known)
}

/// Writes what the cards show, for [`read`].
pub fn write(charts: &[Chart; CARDS]) -> String {
    charts.map(Chart::word).join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_nonsense_is_refused_with_the_words_that_there_are() {
        for (chart, word) in Chart::all() {
            let cards = [chart, Chart::Loss, Chart::Similarities, chart];
            assert_eq!(read(&write(&cards)), Ok(cards), "{word}");
        }
        for text in ["", "loss", "loss,loss,loss", "loss,loss,loss,loss,loss", "loss,geometry,histogram,banana"] {
            let problem = read(text).expect_err("refused").to_string();
            assert!(problem.contains("similarities"), "{problem}");
        }
    }
}
