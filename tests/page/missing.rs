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
    page.server.lose(".wasm");
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

#[test]
fn a_script_of_the_page_that_does_not_load_is_named_with_a_way_out() {
    let page = Page::unopened();
    // The first script, one that it imports, and one that only others import.
    for name in ["shell.js", "script_api.js", "words.js"] {
        page.server.lose(name);
        page.load_only("");
        let text = page.cover_text();
        assert!(["could not be loaded", name, "404", "Reload"].iter().all(|part| text.contains(part)), "{name}: {text}");
        assert!(!text.contains("default settings"), "the settings have nothing to do with it: {text}");
    }
    page.server.lose("nothing that the page has");
    page.run("document.getElementById('cover-reload').click()");
    page.wait_until("window.playground && document.readyState === 'complete' && !document.getElementById('cover').checkVisibility()");
    page.run("await playground.ready");
    assert_eq!(page.run("return document.getElementById('cover').getAttribute('role')"), serde_json::Value::Null, "the alert is over");
}

#[test]
fn a_script_of_the_wrong_type_and_one_with_a_syntax_error_are_told() {
    let page = Page::unopened();
    page.server.forget_type("support.js");
    page.load_only("#lang=zh");
    let text = page.cover_text();
    assert!(["无法加载", "shell.js", "重新加载"].iter().all(|part| text.contains(part)), "{text}");
    page.server.forget_type("nothing that the page has");
    page.server.replace_file("support.js", b"export const = 1;");
    page.load_only("");
    let text = page.cover_text();
    assert!(["could not be loaded", "SyntaxError", "Reload"].iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn a_policy_against_wasm_is_given_as_the_reason() {
    let page = Page::unopened();
    page.server.add_header("Content-Security-Policy", "script-src 'self'");
    page.load_only("");
    page.error_of("await playground.ready");
    let text = page.cover_text();
    assert!(["could not be loaded", "script-src", "Reload"].iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn progress_never_takes_the_place_of_a_reason() {
    let page = Page::unopened();
    // The compiler gives up at once, while the module is still on its way.
    page.driver.run_before_load("WebAssembly.compileStreaming = async () => { throw new Error('no memory for it') };");
    page.load_only("");
    page.error_of("await playground.ready");
    page.wait_until("performance.getEntriesByType('resource').some((entry) => entry.name.includes('.wasm') && entry.responseEnd > 0)");
    page.run("await new Promise((resolve) => setTimeout(resolve, 300))");
    let text = page.cover_text();
    assert!(text.contains("could not be loaded") && text.contains("no memory for it") && !text.contains("MB"), "{text}");
    assert_eq!(page.run("return document.getElementById('cover-progress').checkVisibility()"), false);
}

#[test]
fn without_scripts_both_languages_say_that_they_are_needed() {
    let page = Page::unopened();
    page.driver.go(&page.server.host_url("sandbox=\"allow-same-origin\"", ""));
    let text = page.run("return document.querySelector('iframe').contentDocument.body.innerText");
    let text = text.as_str().expect("a text");
    assert!(text.contains("needs JavaScript") && text.contains("需要 JavaScript") && !text.contains("Loading"), "{text}");
}

#[test]
fn what_a_browser_refuses_is_done_without() {
    let page = Page::unopened();
    // As a private window, a policy or a sandbox refuses it: reading the property throws already.
    page.driver.run_before_load(
        "const refuse = (object, name) => Object.defineProperty(object, name, {
             configurable: true, get() { throw new DOMException(`${name} is refused`, 'SecurityError') },
         });
         refuse(Navigator.prototype, 'serviceWorker'); refuse(window, 'localStorage'); refuse(window, 'sessionStorage');
         refuse(window, 'caches'); refuse(window, 'indexedDB');
         History.prototype.replaceState = () => { throw new DOMException('replaceState is refused', 'SecurityError') };",
    );
    page.driver.go(&page.server.url());
    page.run("await playground.ready");
    page.run("playground.set({ seed: 12 }); await playground.step(3)");
    assert_eq!(page.config("seed"), "12");
    page.wait_until("!document.getElementById('cover').checkVisibility()");
    // Everything that comes after it does come: the font with the Chinese characters.
    page.wait_until("performance.getEntriesByType('resource').some((entry) => entry.name.includes('NotoSansSC') && entry.responseEnd > 0)");
    page.assert_no_console_errors();
}
