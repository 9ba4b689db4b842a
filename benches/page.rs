//! Steps per second of the reference workload in the page: in Chromium, in the worker, through the script API.
//!
//! `cargo xtask build && PLAYGROUND_DIST=dist cargo bench --features page-tests --bench page` prints one JSON line a batch size, in the form of `steps`.

#![expect(clippy::print_stdout, reason = "a bench reports on stdout")]
#![expect(dead_code, reason = "the driver is the page tests' own; a bench needs little of it")]

#[path = "../tests/page/driver.rs"]
mod driver;
#[path = "../tests/page/page.rs"]
mod page;
#[path = "../tests/page/server.rs"]
mod server;

use page::Page;

fn main() {
    for (pairs, steps) in [(32, 8000), (128, 2000), (512, 300)] {
        let page = Page::open(&format!("#classes=8&rotation=0&batch={pairs}"));
        // A small window: without a GPU, drawing a large one would take the cores that are to be measured.
        page.driver.set_window(480, 360);
        let rate = page.run(&format!(
            "playground.pause(); await playground.step(50);
             const start = performance.now(); await playground.step({steps});
             return {steps} / (performance.now() - start) * 1000"
        ));
        let rate = rate.as_f64().unwrap_or(f64::NAN);
        println!(r#"{{"engine": "contrastive-playground, wasm in Chromium", "pairs": {pairs}, "steps_per_second": {rate:.1}}}"#);
    }
}
