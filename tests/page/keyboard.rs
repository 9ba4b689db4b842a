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
