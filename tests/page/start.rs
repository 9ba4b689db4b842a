//! What a newcomer sees who opens the page and touches nothing.

use crate::page::Page;

#[test]
fn it_starts_by_itself_in_any_folder_and_draws() {
    let page = Page::open("");
    let step = page.step();
    page.wait_until(&format!("playground.state().step > {step} + 20"));
    page.wait_until(r#"!document.getElementById("cover").checkVisibility()"#);
    let colors = page.color_count();
    assert!(colors > 300, "only {colors} colours on screen");
    page.wait_until(r#"document.getElementById("status").textContent.trim() !== """#);
    page.assert_no_console_errors();
}

#[test]
fn progress_is_shown_and_the_script_api_says_that_it_is_early() {
    let page = Page::unopened();
    page.server.hold(".wasm", true);
    page.load_only("");
    page.wait_until(r#"document.getElementById("cover").innerText.includes("Loading")"#);
    for call in ["playground.state()", "playground.set({ tau: 0.5 })", "await playground.step()"] {
        let message = page.error_of(call);
        assert!(message.contains("ready"), "{call}: {message}");
    }
    page.server.hold(".wasm", false);
    page.run("await playground.ready");
    page.run("return playground.state()");
    page.assert_no_console_errors();
}

#[test]
fn a_host_that_does_not_know_wasm_files_serves_the_page_all_the_same() {
    let page = Page::unopened();
    page.server.forget_type(".wasm");
    page.load("");
    let kind = "(await fetch(performance.getEntriesByType('resource').find(({ name }) => name.includes('.wasm')).name)).headers.get('content-type')";
    assert_eq!(page.run(&format!("return {kind}")), "application/octet-stream");
    page.wait_until("playground.state().step > 20");
    page.assert_no_console_errors();
}
