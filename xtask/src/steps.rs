//! Headings and durations for a task of many steps.

use std::time::Instant;

use anyhow::Context as _;

/// Runs steps one after the other and records their durations.
#[derive(Default)]
pub struct Steps {
    /// Name and duration, in seconds, of each step that succeeded.
    done: Vec<(&'static str, f64)>,
}

impl Steps {
    /// Prints a heading, runs one step and prints its duration. An error gets the step's name as context.
    pub fn step(&mut self, name: &'static str, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<()> {
        println!("\n=== {name}");
        let start = Instant::now();
        work().with_context(|| format!("the step \"{name}\" failed"))?;
        let duration_secs = start.elapsed().as_secs_f64();
        println!("--- {name}: {duration_secs:.1} s");
        self.done.push((name, duration_secs));
        Ok(())
    }

    /// Prints the durations of all steps.
    pub fn print_summary(&self) {
        println!("\n=== All passed");
        for (name, duration_secs) in &self.done {
            println!("{duration_secs:>8.1} s  {name}");
        }
    }
}
