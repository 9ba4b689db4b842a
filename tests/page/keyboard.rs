//! The keys that the help lists.

use crate::page::Page;

#[test]
fn keys_drive_the_run() {
    let page = Page::open("");
    page.run("document.getElementById('playground-canvas').focus()");
    page.wait_until("playground.state().running");
    page.driver.press(" ");
    page.wait_until("!playground.state().running");
    let step = page.step();
    page.driver.press("s");
    page.wait_until(&format!("playground.state().step === {step} + 1"));
    page.driver.press("1");
    page.wait_until("playground.config().loss === 'triplet'");
    page.driver.press("2");
    page.wait_until("playground.config().loss === 'infonce'");
    page.driver.press("r");
    page.wait_until("playground.state().step === 0");
    page.driver.press(" ");
    page.wait_until("playground.state().step > 0");
    page.assert_no_console_errors();
}

#[test]
fn tab_and_escape_lead_out_of_the_canvas() {
    let page = Page::open("#play=0");
    page.run(
        "const after = document.createElement('button'); after.id = 'after'; after.textContent = 'after'; document.body.append(after)",
    );
    let is_outside = "!['CANVAS', 'INPUT'].includes(document.activeElement.tagName)";
    page.run("document.getElementById('playground-canvas').focus()");
    let mut presses = 0;
    while page.run(&format!("return {is_outside}")) != true {
        page.driver.press("\u{e004}");
        presses += 1;
        assert!(presses < 250, "Tab never leaves the canvas");
    }
    assert!(presses > 20, "it left after {presses}");
    page.run("document.getElementById('playground-canvas').focus()");
    page.driver.press("\u{e004}");
    page.driver.press("\u{e00c}");
    page.wait_until(is_outside);
    page.assert_no_console_errors();
}
