//! What the page does when there is nothing to do: nothing.

use crate::page::Page;

/// Counts in `window.drawn` how often the program draws.
const COUNT_DRAWING: &str = "window.drawn = 0; const clear = WebGL2RenderingContext.prototype.clear;
     WebGL2RenderingContext.prototype.clear = function (...values) { window.drawn++; return clear.apply(this, values); };";

/// How often the program draws while the browser offers twenty frames.
fn drawn_in_twenty_frames(page: &Page) -> i64 {
    let count =
        page.run("const before = drawn; for (let i = 0; i < 20; i++) await new Promise(requestAnimationFrame); return drawn - before");
    count.as_i64().expect("a count")
}

#[test]
fn paused_and_untouched_it_draws_nothing() {
    let page = Page::unopened();
    page.driver.run_before_load(COUNT_DRAWING);
    page.load("");
    page.wait_until("drawn > 5");
    assert!(drawn_in_twenty_frames(&page) > 0, "while it trains it draws");
    page.run("playground.pause()");
    // What was under way comes to rest: the last snapshot, a control that fades.
    crate::page::wait_until("nothing is drawn", || drawn_in_twenty_frames(&page) == 0);
    for _ in 0..3 {
        assert_eq!(drawn_in_twenty_frames(&page), 0);
    }
    page.run("playground.play()");
    crate::page::wait_until("it draws again", || drawn_in_twenty_frames(&page) > 0);
}

#[test]
fn out_of_sight_it_takes_no_steps() {
    let page = Page::open("");
    let step = page.step();
    page.wait_until(&format!("playground.state().step > {step}"));
    page.run("Object.defineProperty(document, 'hidden', { configurable: true, get: () => true }); document.dispatchEvent(new Event('visibilitychange'))");
    // The command is on its way; from some step on it stands still.
    let mut step = 0;
    crate::page::wait_until("the run stands still", || {
        let before = std::mem::replace(&mut step, page.step());
        page.run("await new Promise((resolve) => setTimeout(resolve, 300))");
        before == step && step > 0
    });
    page.run("delete document.hidden; document.dispatchEvent(new Event('visibilitychange'))");
    page.wait_until(&format!("playground.state().step > {step} + 5"));
}

#[test]
fn a_long_run_needs_no_more_memory() {
    let page = Page::open("#batch=8&points=64&layers=8&speed=max");
    let memory = || {
        page.run("const glue = await import(document.querySelector('link[rel=modulepreload]').href); return (await glue.default()).memory.buffer.byteLength")
    };
    // History and timeline have filled up and been thinned many times. The page's memory grows by a last megabyte somewhere between 110,000 and
    // 170,000 steps, in earlier versions too, and then no more (watched up to 3.6 million): what is asked is both that it stays and that it is small.
    page.wait_until("playground.state().step > 500000");
    let before = memory();
    assert!(before.as_u64().is_some_and(|bytes| bytes < 8_000_000), "{before}");
    page.wait_until("playground.state().step > 1000000");
    assert_eq!(memory(), before);
    page.assert_no_console_errors();
}
