//! The browser takes the canvas's graphics context away, as when a driver starts again.

use crate::page::{Page, wait_until};

/// Takes the context away, and remembers the canvas as `lost`.
const LOSE: &str = "window.lost = document.getElementById('playground-canvas');
     const context = lost.getContext('webgl2');
     window.refuses = window.refusesSoon;
     context.getExtension('WEBGL_lose_context').loseContext()";

/// Makes the browser refuse contexts to the canvases that `window.refuses` says.
const REFUSE: &str = "const original = HTMLCanvasElement.prototype.getContext;
     HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
         return kind.startsWith('webgl') && window.refuses?.(this) ? null : original.call(this, kind, ...rest);
     };";

/// Whether the program is on a fresh canvas and answers.
const GOES_ON: &str = "(() => {
         const canvas = document.getElementById('playground-canvas');
         try { return canvas !== lost && canvas.checkVisibility() && playground.state() !== null } catch { return false }
     })()";

/// Step and fingerprint of the run.
fn state(page: &Page) -> serde_json::Value {
    page.run("const { step, fingerprint } = playground.state(); return { step, fingerprint }")
}

/// A paused run of 30 steps, drawn.
fn paused() -> Page {
    let page = Page::unopened();
    page.driver.run_before_load(REFUSE);
    page.load("#seed=5&play=0");
    page.run("await playground.step(30)");
    page.wait_until("!document.getElementById('cover').checkVisibility()");
    page
}

#[test]
fn a_lost_context_costs_neither_the_run_nor_the_picture() {
    let page = paused();
    let before = state(&page);
    // Not only the first time.
    for _ in 0..2 {
        page.run(LOSE);
        page.wait_until(GOES_ON);
        wait_until("the fresh canvas to be drawn", || page.color_count() > 300);
        assert_eq!(state(&page), before);
    }
    assert_eq!(page.run("return document.querySelectorAll('canvas').length"), 1);
    assert_eq!(page.run("return (await playground.step(5)).step"), 35);
    page.run("playground.play()");
    page.wait_until("playground.state().step > 50");
}

#[test]
fn until_there_is_a_context_again_the_page_says_so() {
    let page = paused();
    let before = state(&page);
    page.run("window.refusesSoon = () => true");
    page.run(LOSE);
    page.wait_until("document.getElementById('cover').checkVisibility()");
    let text = page.cover_text();
    assert!(text.contains("graphics context was lost") && text.contains("Reload"), "{text}");
    assert_eq!(state(&page), before, "the run is still there");
    page.run("window.refuses = undefined");
    page.wait_until(GOES_ON);
    wait_until("the fresh canvas to be drawn", || page.color_count() > 300);
    assert_eq!(page.cover_text(), "");
    assert_eq!(state(&page), before);
}

#[test]
fn a_program_that_can_not_go_on_says_so_with_a_way_out() {
    let page = paused();
    // There are contexts, but none for the program.
    page.run("window.refusesSoon = (canvas) => canvas.isConnected");
    page.run(LOSE);
    page.wait_until("document.getElementById('cover').checkVisibility()");
    let text = page.cover_text();
    assert!(text.contains("graphics context was lost") && text.contains("could not go on") && text.contains("Reload"), "{text}");
    let message = page.error_of("playground.state()");
    assert!(message.contains("stopped"), "{message}");
}
