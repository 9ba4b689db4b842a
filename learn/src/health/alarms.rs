//! The alarms that any run may raise, and all that are up in a snapshot with what to try. kNN accuracy is no evidence: it stays near 1 when
//! everything has collapsed.

use crate::config::{Config, ParameterError, PositiveRows};
use crate::method;
use crate::report::{AlarmKind, HistoryRow, Keys, Rule, Snapshot};

/// Points whose variance is a smaller share of the largest possible one are in one place, or on the way there.
const LEAST_SPREAD: f64 = 0.02;
/// Steps before which a run does not count as settled.
const SETTLED: u64 = 1000;

/// The alarms of all runs.
static RULES: &[Rule] = &[
    Rule {
        kind: AlarmKind::Diverged,
        check: |snapshot| snapshot.divergence.map(|_| (f64::NAN, f64::NAN)),
        remedies: &[&[("similarity", "cosine")], &[("lr", "0.003")]],
    },
    Rule { kind: AlarmKind::Collapsed, check: collapsed, remedies: &[] },
    Rule { kind: AlarmKind::DimensionalCollapse, check: dimensional_collapse, remedies: &[] },
    Rule { kind: AlarmKind::BatchLargerThanData, check: batch_larger_than_data, remedies: &[] },
    Rule { kind: AlarmKind::Settled, check: settled, remedies: &[] },
];

/// What to try: parameters and their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// Keys and values to set.
    pub keys: Vec<(&'static str, String)>,
}

impl Remedy {
    fn new(keys: Keys) -> Self {
        Self { keys: keys.iter().map(|(key, value)| (*key, (*value).to_owned())).collect() }
    }

    /// Returns a configuration with the remedy's parameters.
    pub fn applied(&self, config: &Config) -> Result<Config, ParameterError> {
        let mut config = config.clone();
        for (key, value) in &self.keys {
            config.set_text(key, value)?;
        }
        Ok(config)
    }
}

/// An alarm that is up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Alarm {
    /// What it is about.
    pub kind: AlarmKind,
    /// The number that raised it; not finite where there is none.
    pub value: f64,
    /// What the number is measured against; not finite where there is none.
    pub reference: f64,
}

impl Alarm {
    /// Returns what to try, the best first, as far as it is not set already: only what has cured runs over three seeds (`tests/alarms.rs`).
    pub fn remedies(&self, config: &Config) -> Vec<Remedy> {
        let own = method::about(config).remedies.iter().filter(|(key, _)| *key == self.kind.key()).flat_map(|(_, remedies)| *remedies);
        let general = rules(config).filter(|rule| rule.kind == self.kind).flat_map(|rule| rule.remedies);
        let mut remedies: Vec<Remedy> = own.chain(general).map(|keys| Remedy::new(keys)).collect();
        if self.kind == AlarmKind::BatchLargerThanData {
            // As many pairs as there are points at most; two are the fewest.
            let most = (self.reference as u32).clamp(2, 32);
            remedies.push(Remedy { keys: vec![("batch", (1 << most.ilog2()).to_string())] });
        }
        let changes = |remedy: &Remedy| remedy.applied(config).is_ok_and(|changed| changed != *config);
        remedies.into_iter().filter(changes).collect()
    }
}

/// The alarms that a run with this configuration can raise.
fn rules(config: &Config) -> impl Iterator<Item = &'static Rule> {
    let about = method::about(config);
    let is_of = move |rule: &&Rule| match rule.kind {
        // A game may go round for ever with losses that stay alike.
        AlarmKind::Collapsed | AlarmKind::DimensionalCollapse | AlarmKind::Settled => about.may_collapse,
        _ => true,
    };
    // Of losses with several positives a copy is one of them.
    let has_copies = about.has_turns && config.positive_rows() == PositiveRows::Partner;
    RULES.iter().filter(is_of).filter(move |rule| rule.kind != AlarmKind::BatchLargerThanData || has_copies).chain(about.alarms)
}

/// Whether a kind can be raised by runs with this configuration at all.
pub fn can_raise(config: &Config, kind: AlarmKind) -> bool {
    rules(config).any(|rule| rule.kind == kind)
}

/// Fewer directions than this are a collapse to few: a quarter of the way from one to all, or to four.
pub(super) fn least_rank(dim: usize) -> f64 {
    1.0 + 0.25 * (dim.min(4) as f64 - 1.0)
}

/// Returns the alarms that are up, the most serious first.
pub fn alarms(snapshot: &Snapshot) -> Vec<Alarm> {
    let raised = rules(&snapshot.config).filter_map(|rule| {
        let (value, reference) = (rule.check)(snapshot)?;
        Some(Alarm { kind: rule.kind, value, reference })
    });
    let mut raised: Vec<Alarm> = raised.collect();
    let place = |alarm: &Alarm| AlarmKind::ALL.iter().position(|kind| *kind == alarm.kind);
    raised.sort_by_key(place);
    // A method may have another sign of what all can have.
    raised.dedup_by_key(|alarm| alarm.kind);
    raised
}

fn collapsed(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let spread = f64::from(snapshot.spectrum.spread);
    (!snapshot.is_early() && spread < LEAST_SPREAD).then_some((spread, 1.0))
}

fn dimensional_collapse(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let rank = f64::from(snapshot.spectrum.effective_rank?);
    let is_spread = f64::from(snapshot.spectrum.spread) >= LEAST_SPREAD;
    let is_up = !snapshot.is_early() && is_spread && snapshot.dim > 1 && rank < least_rank(snapshot.dim);
    is_up.then_some((rank, snapshot.dim as f64))
}

fn batch_larger_than_data(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let points = (snapshot.embeddings.len() / snapshot.dim.max(1)) as f64;
    let batch = f64::from(snapshot.config.batch);
    (batch > points && points > 0.0).then_some((batch, points))
}

/// The second half of the run is like its last quarter, and no live change came in it.
fn settled(snapshot: &Snapshot) -> Option<(f64, f64)> {
    let step = snapshot.step;
    let is_sound = snapshot.spectrum.spread > 0.1 && snapshot.divergence.is_none();
    if step < SETTLED || !is_sound || snapshot.past.marks.iter().any(|mark| (step / 2 + 1..=step).contains(&mark.step)) {
        return None;
    }
    let within = |from: u64, to: u64| snapshot.past.rows.iter().filter(move |row| (from..to).contains(&row.step));
    let (earlier, later) = (within(step / 2, step - step / 4), within(step - step / 4, step + 1));
    let spread = |rows: &mut dyn Iterator<Item = &HistoryRow>, get: fn(&HistoryRow) -> f32| {
        let values: Vec<f64> = rows.map(|row| f64::from(get(row))).collect();
        let count = values.len().max(1) as f64;
        let mean = values.iter().sum::<f64>() / count;
        let variance = values.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / count;
        (mean, libm::sqrt(variance), values.len())
    };
    // Fiftieths more or less, or less than the noise, are as good as still.
    let is_like = |get: fn(&HistoryRow) -> f32, least: f64| {
        let (before, noise, first) = spread(&mut earlier.clone(), get);
        let (after, _, second) = spread(&mut later.clone(), get);
        first >= 16 && second >= 16 && (before - after).abs() <= noise.max(0.02 * before.abs()).max(least)
    };
    let is_still = is_like(|row| row.loss, 0.002) && is_like(|row| row.uniformity, 0.01) && is_like(|row| row.alignment, 0.002);
    is_still.then_some(((step / 2) as f64, f64::NAN))
}
