//! Trains at full speed for ten minutes, natively and in Chromium, and prints the memory in use every minute. It should not grow.
//!
//! `cargo xtask build && PLAYGROUND_DIST=$PWD/dist cargo bench --features page-tests --bench soak` prints one JSON line per minute.
//! After `--`, a number sets the minutes, and `native` or `chromium` runs only that one. Needs Linux: memory is read from `/proc`.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]
#![expect(dead_code, reason = "the driver is the page tests' own; a bench needs little of it")]

#[path = "../tests/page/driver.rs"]
mod driver;
#[path = "../tests/page/page.rs"]
mod page;
#[path = "../tests/page/server.rs"]
mod server;

use contrastive_playground::app::{Playground, Start};
use eframe::egui;
use page::Page;
use std::collections::HashMap;
use std::fs;
use std::time::{Duration, Instant};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let minutes = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(10);
    let leaves_out = |word: &str| arguments.iter().any(|argument| argument == word);
    if !leaves_out("chromium") {
        natively(minutes);
    }
    if !leaves_out("native") {
        in_chromium(minutes);
    }
}

/// Runs the program without a window: draws frames at the rate of a screen while another thread trains.
fn natively(minutes: u64) {
    let ctx = egui::Context::default();
    let mut playground = Playground::new(&ctx, Start::default());
    let start = Instant::now();
    for minute in 0..=minutes {
        while start.elapsed() < Duration::from_secs(60 * minute) {
            let screen_rect = Some(egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1400.0, 900.0)));
            let input = egui::RawInput { screen_rect, time: Some(start.elapsed().as_secs_f64()), ..egui::RawInput::default() };
            let mut output = ctx.run_ui(input, |ui| {
                let ctx = ui.ctx().clone();
                playground.tick(&ctx);
                playground.show(ui);
            });
            output.textures_delta.clear();
            std::hint::black_box(ctx.tessellate(output.shapes, output.pixels_per_point));
            std::thread::sleep(Duration::from_millis(12));
        }
        let snapshot = &playground.model().snapshot;
        println!(
            r#"{{"where": "native", "minute": {minute}, "step": {}, "resident_mb": {:.1}, "chart_points": {}}}"#,
            snapshot.step,
            resident_mb(std::process::id()),
            snapshot.past.rows.len()
        );
    }
}

/// Runs the page in Chromium, drawing included.
fn in_chromium(minutes: u64) {
    let page = Page::unopened();
    page.driver.set_window(1400, 900);
    page.load("#speed=max");
    for minute in 0..=minutes {
        if minute > 0 {
            std::thread::sleep(Duration::from_mins(1));
        }
        let found = page.run(
            "const glue = await import(document.querySelector('link[rel=modulepreload]').href);
             const { memory } = await glue.default();
             return { step: playground.state().step, wasm_mb: memory.buffer.byteLength / 1048576, script_mb: +(performance.memory.usedJSHeapSize / 1048576).toFixed(1) }",
        );
        // The renderer's process contains the page's worker too.
        let renderer = descendants().into_iter().filter(|process| is_renderer(*process)).map(resident_mb).fold(0.0, f64::max);
        println!(r#"{{"where": "Chromium", "minute": {minute}, "page": {found}, "process_resident_mb": {renderer:.1}}}"#);
    }
}

/// Returns the resident memory of a process in MB, or NaN if it cannot be read.
fn resident_mb(process: u32) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap_or(f64::NAN) / 1024.0
}

/// Returns true if the process is a renderer of Chromium.
fn is_renderer(process: u32) -> bool {
    fs::read_to_string(format!("/proc/{process}/cmdline")).is_ok_and(|line| line.contains("--type=renderer"))
}

/// Returns the ids of all descendants of this process.
fn descendants() -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()) {
        let stat = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
        // The parent's id is the second field after the process's name, which is in brackets and may contain any characters.
        let parent = stat.rsplit(") ").next().and_then(|rest| rest.split(' ').nth(1)?.parse().ok());
        children.entry(parent.unwrap_or(0)).or_default().push(process);
    }
    let mut found = Vec::new();
    let mut next = vec![std::process::id()];
    while let Some(process) = next.pop() {
        let of_it = children.remove(&process).unwrap_or_default();
        found.extend(&of_it);
        next.extend(of_it);
    }
    found
}
