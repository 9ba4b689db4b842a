//! A phone: narrow, and driven by fingers.

use crate::page::{Page, wait_until};

#[test]
fn a_finger_turns_the_sphere_on_a_phone() {
    let page = Page::unopened();
    page.driver.set_phone(390, 844);
    // Without the idle turn, a paused run is a still picture, and what changes it is the finger.
    page.driver.set_preferences(&[("prefers-reduced-motion", "reduce")]);
    page.load("");
    page.wait_until("playground.state().step > 50");
    page.run("playground.pause()");
    assert_eq!(page.run("return document.documentElement.scrollWidth"), 390, "nothing hangs over the side");
    assert_eq!(
        page.run("const { left, top, width, height } = document.getElementById('playground-canvas').getBoundingClientRect(); return [left, top, width, height]"),
        serde_json::json!([0, 0, 390, 844])
    );

    let mut still = page.screenshot();
    wait_until("a paused page to hold still", || {
        let earlier = std::mem::replace(&mut still, page.screenshot());
        earlier == still
    });
    page.driver.drag_finger((195, 260), (275, 300));
    wait_until("the sphere to turn", || page.screenshot() != still);
    assert_eq!(
        page.run("return [scrollX, scrollY, visualViewport.scale]"),
        serde_json::json!([0, 0, 1]),
        "the page itself stays where it is"
    );
    page.assert_no_console_errors();
}

#[test]
fn the_page_can_be_zoomed() {
    let page = Page::unopened();
    page.driver.set_phone(390, 844);
    page.server.lose(".wasm");
    page.load_only("");
    page.error_of("await playground.ready");
    assert_eq!(page.run("return visualViewport.scale"), 1);
    page.driver.pinch((195, 420));
    page.wait_until("visualViewport.scale > 1.5");
}
