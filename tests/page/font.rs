//! The Chinese characters come after the program, and it works before they are there and without them.

use crate::page::Page;

#[test]
fn the_page_can_be_used_before_the_chinese_font_is_there() {
    let page = Page::unopened();
    page.server.hold("NotoSansSC", true);
    page.load("#lang=zh");
    let step = page.step();
    page.wait_until(&format!("playground.state().step > {step}"));
    page.wait_until(r#"!document.getElementById("cover").checkVisibility()"#);
    page.run("playground.pause()");
    let without = page.screenshot();
    page.server.hold("NotoSansSC", false);
    page.wait_until("performance.getEntriesByType('resource').some((entry) => entry.name.includes('NotoSansSC') && entry.responseEnd > 0)");
    page.wait_for_frames();
    assert!(page.screenshot() != without, "the characters are drawn with the font when it comes");
    page.assert_no_console_errors();
}

#[test]
fn a_font_of_another_build_is_refused() {
    let page = Page::unopened();
    page.server.replace_file("NotoSansSC-Regular.otf", b"<!doctype html>not a font");
    page.load("#lang=zh");
    page.wait_until("performance.getEntriesByType('resource').some((entry) => entry.name.includes('NotoSansSC') && entry.responseEnd > 0)");
    let step = page.step();
    page.wait_until(&format!("playground.state().step > {step} + 5"));
    page.assert_no_console_errors();
}
