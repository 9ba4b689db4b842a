//! Measures the main thread's time for a frame, natively and without a window, while another thread trains at full speed. A frame takes
//! in the trainer's messages, runs the logic, lays out and tessellates. `benches/page.rs` measures the same in a browser.
//!
//! `cargo bench --bench frames` prints one JSON line for each case.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]

use contrastive_playground::app::{Playground, Start};
use contrastive_playground::exchange::link::read;
use eframe::egui;
use std::time::{Duration, Instant};

/// Number of frames that are measured.
const FRAMES: usize = 600;
/// Number of frames before them that are not measured.
const WARM_UP: usize = 60;

fn main() {
    // The last column: readers' preferences, as in a link.
    let cases = [
        ("1,024 points", 1024, 3, ""),
        ("10,000 points", 10_000, 3, ""),
        ("10,000 points, 16 dimensions", 10_000, 16, ""),
        ("1,024 points, an anchor pinned", 1024, 3, "&anchor=33"),
        ("2,000 images", 2000, 3, "&data=shapes&layers=128,64"),
        ("2,000 images, a VAE", 2000, 3, "&data=shapes&layers=128,64&method=vae"),
        ("1,024 points, a GAN", 1024, 3, "&method=gan"),
        ("1,024 points, an anchor, matrix and layers", 1024, 3, "&anchor=33&charts=loss,layers,similarities,histogram"),
    ];
    for (name, points, dim, preferences) in cases {
        let ctx = egui::Context::default();
        let link = read(&format!("#speed=max&points={points}&dim={dim}{preferences}"));
        let start = Start { config: Some(link.config), own: link.own, ..Start::default() };
        let mut playground = Playground::new(&ctx, start);
        let mut times = Vec::with_capacity(FRAMES);
        for frame in 0..WARM_UP + FRAMES {
            let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, egui::vec2(1400.0, 900.0));
            let input = egui::RawInput { screen_rect: Some(screen), time: Some(frame as f64 / 60.0), ..egui::RawInput::default() };
            let began = Instant::now();
            let output = ctx.run_ui(input, |ui| {
                let ctx = ui.ctx().clone();
                playground.tick(&ctx);
                playground.show(ui);
            });
            let drawn = ctx.tessellate(output.shapes, output.pixels_per_point);
            let took = began.elapsed();
            std::hint::black_box(drawn);
            if frame >= WARM_UP {
                times.push(took.as_secs_f64() * 1000.0);
            }
            std::thread::sleep(Duration::from_millis(16).saturating_sub(took));
        }
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((share * times.len() as f64) as usize).min(times.len() - 1)];
        println!(
            r#"{{"case": "{name}", "steps": {}, "frames": {}, "median_ms": {:.2}, "p95_ms": {:.2}, "largest_ms": {:.2}}}"#,
            playground.model().snapshot.step,
            times.len(),
            at(0.5),
            at(0.95),
            at(1.0)
        );
    }
}
