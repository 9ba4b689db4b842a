//! The page in Chromium: steps a second in the worker, main-thread time of a frame, time to the first trained frame.
//!
//! `cargo xtask build && PLAYGROUND_DIST=$PWD/dist cargo bench --features page-tests --bench page` prints one JSON line a case; steps
//! in the form of `steps` and the peers' scripts.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]
#![expect(dead_code, reason = "the driver is the page tests' own; a bench needs little of it")]

#[path = "../tests/page/driver.rs"]
mod driver;
#[path = "../tests/page/page.rs"]
mod page;
#[path = "../tests/page/server.rs"]
mod server;
#[path = "support/workloads.rs"]
mod workloads;

use page::Page;
use std::thread;
use std::time::Duration;
use workloads::METHODS;

fn main() {
    // `-- methods` and `-- frames` measure these only.
    let has = |word: &str| std::env::args().any(|argument| argument == word);
    let only_methods = has("methods");
    if has("frames") {
        frames();
        return;
    }
    for (name, keys) in METHODS {
        let rate = steps_per_second(&format!("#speed=max&classes=8&rotation=0&batch=128&{keys}"), 3000);
        println!(r#"{{"engine": "wasm in Chromium", "method": "{name}", "pairs": 128, "steps_per_second": {rate:.1}}}"#);
    }
    if only_methods {
        return;
    }
    for loss in ["infonce", "triplet"] {
        for (pairs, steps) in [(32, 8000), (128, 2000), (512, 300)] {
            let rate = steps_per_second(&format!("#speed=max&classes=8&rotation=0&loss={loss}&batch={pairs}"), steps);
            println!(r#"{{"engine": "wasm in Chromium", "objective": "{loss}", "pairs": {pairs}, "steps_per_second": {rate:.1}}}"#);
        }
    }
    for pairs in [128, 512, 1024, 4096] {
        let page = open(1400, 900, &format!("#speed=max&batch={pairs}"));
        // From a slider's change to the snapshot that shows it, while the run goes on, once the browser has compiled what it uses most: to its
        // coming from the worker, and to the frame with it.
        thread::sleep(Duration::from_secs(40));
        let latencies = page.run(
            "await playground.ready; const arrived = [], shown = [];
             for (let i = 0; i < 60; i++) {
                await new Promise((resolve) => setTimeout(resolve, 150 + 37 * i % 50));
                const tau = i % 2 ? 0.3 : 0.4, start = performance.now();
                playground.set({ tau });
                while (Math.abs(playground.state().config.tau - tau) > 1e-6) await new Promise((resolve) => setTimeout(resolve, 1));
                shown.push(performance.now() - start); arrived.push(playgroundTold - start);
             }
             const spread = (times) => { times.sort((a, b) => a - b); return { median: times[30], p95: times[57], largest: times[59] } };
             return { arrived: spread(arrived), shown: spread(shown) }",
        );
        println!(r#"{{"slider_to_snapshot_ms": {latencies}, "pairs": {pairs}}}"#);
    }
    frames();
}

/// The main thread's time of a frame.
fn frames() {
    for run in [
        "points=1024",
        "points=10000",
        "points=1024&anchor=33",
        "points=1024&anchor=33&charts=loss,layers,similarities,histogram",
        "points=2000&data=shapes&layers=128,64",
        "points=1024&method=gan",
    ] {
        let page = open(1400, 900, &format!("#speed=max&{run}"));
        // It takes longer than a test would wait for anything.
        thread::sleep(Duration::from_secs(50));
        page.wait_until("window.playgroundBench");
        println!(r#"{{"run": "{run}", "frames": {}}}"#, page.run("return playgroundBench"));
    }
}

/// The worker's rate over so many steps, after as many others.
fn steps_per_second(hash: &str, steps: u32) -> f64 {
    let page = open(1100, 700, hash);
    let rate = page.run(&format!(
        "await playground.ready; playground.pause(); await playground.step({steps});
         const start = performance.now(); await playground.step({steps});
         return {steps} / (performance.now() - start) * 1000"
    ));
    rate.as_f64().unwrap_or(f64::NAN)
}

/// Opens the page with the script that measures it, which leaves the drawing out.
fn open(width: u32, height: u32, hash: &str) -> Page {
    let page = Page::unopened();
    page.driver.set_window(width, height);
    page.driver.run_before_load(include_str!("page.js"));
    page.driver.go(&format!("{}{hash}", page.server.url()));
    page
}
