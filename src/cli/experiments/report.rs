//! Experiments and what was found of them, as text and as JSON.

use crate::learn::experiments::{Bound, Checked, Experiment, Run, letter};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The width of a column of figures.
const COLUMN: usize = 10;

/// Returns a few lines for each experiment.
pub(super) fn list(chosen: &[&Experiment]) -> String {
    let mut text = String::new();
    for Experiment { name, text: key, claim, figure, runs, holds, .. } in chosen {
        // Writing into a string can't fail.
        writeln!(text, "{name}{}\n    {claim}\n    {figure}:", key.as_ref().map_or_else(String::new, |key| format!("  ({key})"))).ok();
        for (place, run) in runs.iter().enumerate() {
            writeln!(text, "      {}  {}", letter(place), flags(run)).ok();
        }
        let wanted: Vec<String> = holds.iter().map(Bound::to_string).collect();
        writeln!(text, "    holds if {}", wanted.join(", ")).ok();
    }
    text
}

/// Returns a small table for an experiment that was checked: a line for each run with its figure for each seed, and one for each bound that does not
/// hold.
pub(super) fn checked(experiment: &Experiment, checked: &Checked) -> String {
    let Experiment { name, claim, figure, runs, holds, .. } = experiment;
    let failed = checked.failed(experiment);
    let mut text = String::new();
    // Writing into a string can't fail.
    writeln!(text, "{}  {name}: {claim}", if failed.is_empty() { "yes" } else { "NO " }).ok();
    let cells = |cells: &mut dyn Iterator<Item = String>| cells.fold(String::new(), |line, cell| format!("{line}{cell:>COLUMN$}"));
    let seeds = cells(&mut checked.figures.iter().map(|(seed, _)| format!("seed {seed}")));
    writeln!(text, "     {seeds}  {figure}").ok();
    for (place, run) in runs.iter().enumerate() {
        let figures =
            cells(&mut checked.figures.iter().map(|(_, figures)| figures[place].as_ref().map_or_else(|_| "-".to_owned(), |it| short(*it))));
        writeln!(text, "    {}{figures}  {}", letter(place), flags(run)).ok();
    }
    for (place, bound) in holds.iter().enumerate() {
        let of_bound = failed.iter().filter(|failed| failed.bound == place);
        let found: Vec<String> = of_bound
            .map(|failed| format!("{} with seed {}", failed.number.map_or_else(|| "no figure".to_owned(), short), failed.seed))
            .collect();
        if !found.is_empty() {
            writeln!(text, "     fails: {bound}; {}", found.join(", ")).ok();
        }
    }
    for error in checked.errors() {
        writeln!(text, "     no figure: {error}").ok();
    }
    text
}

/// Returns a number with three decimals, or three digits where these would all be zero.
fn short(number: f64) -> String {
    if number != 0.0 && number.abs() < 0.001 { format!("{number:.2e}") } else { format!("{number:.3}") }
}

/// Returns the flags of a run.
fn flags(run: &Run) -> String {
    let pairs = run.keys.split('&').filter_map(|pair| pair.split_once('='));
    pairs.fold(format!("--steps {}", run.steps), |flags, (key, value)| format!("{flags} --{key} {value}"))
}

/// Returns an experiment as its data file has it, with a link to each run.
pub(super) fn entry(experiment: &Experiment) -> Map<String, Value> {
    let Experiment { name, text, claim, figure, runs, holds, seeds, ci } = experiment;
    let run = |run: &Run| json!({ "keys": run.keys, "steps": run.steps, "link": format!("#{}", run.keys) });
    let mut entry = Map::new();
    let mut put = |key: &str, value: Value| entry.insert(key.to_owned(), value);
    put("name", json!(name));
    put("text", json!(text));
    put("claim", json!(claim));
    put("figure", json!(figure.to_string()));
    put("runs", runs.iter().map(run).collect());
    put("holds", holds.iter().map(|bound| Value::Object(bound_entry(bound))).collect());
    put("seeds", json!(seeds));
    put("ci", json!(ci));
    entry
}

/// Returns the same with what was found: for each seed the figure of each run, null where there is none, and the bounds that do not hold.
pub(super) fn checked_entry(experiment: &Experiment, checked: &Checked) -> Map<String, Value> {
    let mut entry = entry(experiment);
    let failed = checked.failed(experiment);
    let of_seed = |(seed, figures): &(u32, Vec<Result<f64, _>>)| {
        let figures: Vec<Option<f64>> = figures.iter().map(|figure| figure.as_ref().ok().copied()).collect();
        json!({ "seed": seed, "figures": figures })
    };
    let failure = |failed: &crate::learn::experiments::Failed| {
        let mut entry = bound_entry(&experiment.holds[failed.bound]);
        entry.insert("seed".to_owned(), failed.seed.into());
        entry.insert("number".to_owned(), json!(failed.number));
        entry
    };
    let found = json!({
        "holds": failed.is_empty(),
        "found": checked.figures.iter().map(of_seed).collect::<Value>(),
        "failed": failed.iter().map(failure).map(Value::Object).collect::<Value>(),
        "errors": checked.errors(),
    });
    entry.insert("checked".to_owned(), found);
    entry
}

/// Returns a bound as its data file has it.
fn bound_entry(bound: &Bound) -> Map<String, Value> {
    let ends = [("least", bound.least), ("most", bound.most)].into_iter().filter(|(_, end)| end.is_finite());
    let of = [("of".to_owned(), json!(bound.of.to_string()))];
    of.into_iter().chain(ends.map(|(key, end)| (key.to_owned(), json!(end)))).collect()
}
