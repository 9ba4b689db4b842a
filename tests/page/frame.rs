//! The page in another page's frame.

use crate::page::{Page, wait_until};

/// What a frame needs to run scripts; without more it is a stranger to its own host.
const SANDBOX: &str = "sandbox=\"allow-scripts\"";

#[test]
fn a_sandboxed_frame_trains_and_shows_chinese() {
    let page = Page::unopened();
    page.driver.set_preferences(&[("prefers-reduced-motion", "reduce")]);
    page.server.add_header("Access-Control-Allow-Origin", "*");
    page.server.hold("NotoSansSC", true);
    page.driver.go(&page.server.host_url(SANDBOX, "#lang=zh&play=0&seed=5"));
    page.driver.enter_frame();
    assert_eq!(page.run("return window.origin"), "null", "this is a sandbox");
    page.run("await playground.ready");
    assert_eq!(page.run("return (await playground.step(20)).step"), 20);
    page.wait_until("!document.getElementById('cover').checkVisibility()");
    // What was under way comes to rest.
    let mut without = page.screenshot();
    wait_until("a paused page to hold still", || {
        let earlier = std::mem::replace(&mut without, page.screenshot());
        earlier == without
    });
    page.server.hold("NotoSansSC", false);
    wait_until("the characters to be drawn with the font", || page.screenshot() != without);
    page.assert_no_console_errors();
}

#[test]
fn a_sandboxed_frame_that_gets_no_files_says_what_it_needs() {
    let page = Page::unopened();
    page.driver.go(&page.server.host_url(SANDBOX, ""));
    page.driver.enter_frame();
    let text = page.cover_text();
    assert!(["Access-Control-Allow-Origin", "allow-same-origin", "Reload"].iter().all(|part| text.contains(part)), "{text}");
}

#[test]
fn the_embedding_page_finds_the_script_api_and_nothing_else_under_its_name() {
    let page = Page::unopened();
    page.driver.go(&page.server.host_url("", "#play=0"));
    // The embedding page's objects and lists are of another kind than the frame's own.
    let config = page.run(
        "const { playground } = document.querySelector('iframe').contentWindow; await playground.ready;
         playground.set({ tau: 0.5, layers: [32, 16] }); return playground.config()",
    );
    assert_eq!(config["tau"], 0.5);
    assert_eq!(config["layers"], "32,16");
    // Browsers make a property of `window` of an element's id; the frame without its scripts shows what there is then.
    page.server.lose("shell.js");
    page.driver.go(&page.server.host_url("", ""));
    assert_eq!(page.run("return typeof document.querySelector('iframe').contentWindow.playground"), "undefined");
}
