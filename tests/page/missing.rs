//! What the page says where something is missing or breaks, and what it does without.

use crate::page::Page;

/// Opens the page in a browser changed by a script, and returns the text in the canvas's place.
fn cover_text_after(script: &str) -> String {
    let page = Page::unopened();
    page.driver.run_before_load(script);
    page.load_only("");
    page.error_of("await playground.ready");
    page.cover_text()
}

#[test]
fn missing_features_are_named() {
    let no_web_gl = "const original = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind, ...rest) { return kind === 'webgl2' ? null : original.call(this, kind, ...rest); };";
    for (script, words) in
        [(no_web_gl, "WebGL 2"), ("WebAssembly.validate = () => false;", "SIMD"), ("delete globalThis.WebAssembly;", "needs WebAssembly")]
    {
        let text = cover_text_after(script);
        assert!(text.contains(words), "{script}\nleads to: {text}");
    }
}

#[test]
fn the_page_speaks_the_browsers_language() {
    let text =
        cover_text_after("WebAssembly.validate = () => false; Object.defineProperty(navigator, 'language', { get: () => 'zh-CN' });");
    assert!(text.contains("本页面需要"), "{text}");
}

#[test]
fn a_download_that_fails_can_be_tried_again() {
    let page = Page::unopened();
    page.server.lose_wasm();
    page.load_only("");
    page.error_of("await playground.ready");
    let text = page.cover_text();
    assert!(text.contains("could not be loaded") && text.contains("404") && text.contains("Reload"), "{text}");
}

#[test]
fn a_program_that_dies_leaves_its_reason_and_a_way_out() {
    let page = Page::open("");
    page.run("dispatchEvent(new ErrorEvent('error', { error: new WebAssembly.RuntimeError('unreachable') }))");
    let text = page.cover_text();
    assert!(text.contains("stopped") && text.contains("unreachable") && text.contains("Reload"), "{text}");
    let message = page.error_of("playground.state()");
    assert!(message.contains("stopped"), "{message}");
    page.run("document.getElementById('cover-reload').click()");
    page.wait_until("window.playground && document.readyState === 'complete' && !document.getElementById('cover').checkVisibility()");
    page.run("await playground.ready");
}

#[test]
fn without_workers_it_trains_on_the_pages_own_time() {
    let page = Page::unopened();
    page.driver.run_before_load("delete globalThis.Worker;");
    page.load("");
    let step = page.step();
    page.wait_until(&format!("playground.state().step > {step}"));
    page.run("playground.pause()");
    let message = "while paused, step(3) advances by three";
    let advanced = page.run("const before = playground.state().step; const { step } = await playground.step(3); return step - before");
    assert_eq!(advanced, 3, "{message}");
}

#[test]
fn a_worker_that_does_not_load_is_stood_in_for() {
    let page = Page::unopened();
    page.driver.run_before_load(
        "const Real = Worker; globalThis.Worker = class extends Real { constructor(_, options) { super('./no-such-worker.js', options); } };",
    );
    page.load("");
    let step = page.step();
    page.wait_until(&format!("playground.state().step > {step}"));
    let step = page.run("playground.pause(); await playground.reset(); return (await playground.step(3)).step");
    assert_eq!(step, 3, "commands reach the stand-in");
}
