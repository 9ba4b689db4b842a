//! Points of one's own in the page: from a link, changed while the run goes on, and what is refused.

use crate::page::Page;

#[test]
fn own_points_come_with_a_link_and_change_while_the_run_goes_on() {
    let page = Page::open("#data=own&own=1,0,0~0.9,0.2,0~-1,0,1~-0.8,0.1,1&batch=4&play=0");
    page.run("await playground.ready; await playground.step(20)");
    let before = page.run("return playground.state().fingerprint");
    page.run("playground.set({ own: '1,0,0~0.9,0.2,0~-1,0,1~-0.8,0.1,1~0,2,2' })");
    page.wait_until("playground.config().own.split('~').length === 5");
    page.wait_for_frames();
    assert_eq!(
        page.run("return [playground.state().step, playground.state().fingerprint]"),
        serde_json::json!([20, before]),
        "the weights stay"
    );
    page.run("await playground.step(5)");
    assert_eq!(page.step(), 25);
    page.wait_until("location.hash.includes('0,2,2')");
    let refused = page.error_of("playground.set({ own: '1,2,0' })");
    assert!(refused.contains("at least 2 points"), "{refused}");
    let refused = page.error_of("playground.set({ own: '1,2,0~3,x,1' })");
    assert!(refused.contains("point 2"), "{refused}");
    assert_eq!(page.step(), 25, "nothing has changed");
    page.assert_no_console_errors();
}

/// Drops files onto the page: names and what draws each on a canvas `c` with its context `d`.
fn drop_onto(page: &Page, files: &[(&str, &str)]) {
    let draws: Vec<String> = files.iter().map(|(name, draw)| format!("[{name:?}, (c, d) => {{ {draw} }}]")).collect();
    page.run(&format!(
        "const transfer = new DataTransfer();
         for (const [name, draw] of [{}]) {{
             const c = new OffscreenCanvas(24, 24), d = c.getContext('2d');
             draw(c, d);
             const blob = await c.convertToBlob();
             transfer.items.add(new File([blob], name));
         }}
         const canvas = document.querySelector('canvas');
         canvas.dispatchEvent(new DragEvent('drop', {{ dataTransfer: transfer, bubbles: true, cancelable: true }}));",
        draws.join(", ")
    ));
}

#[test]
fn own_images_are_dropped_as_a_sheet_or_each_alone_and_a_broken_one_changes_nothing() {
    let page = Page::unopened();
    page.driver.set_window(1400, 900);
    page.load("#play=0&seed=5");
    // Two rows of two tiles with a square each.
    let squares = "for (const [x, y, s] of [[2, 2, 6], [14, 3, 7], [3, 14, 3], [15, 15, 4]]) d.fillRect(x, y, s, s);";
    drop_onto(&page, &[("sheet.png", squares)]);
    page.wait_for_frames();
    assert_eq!(page.config("data"), "blobs", "how it is cut is asked for first");
    // The first button of the question, which stands in the middle.
    page.driver.click((518, 676));
    page.wait_until("playground.config().data === 'images'");
    page.run("await playground.step(20)");
    assert_eq!(page.config("own_images").split('~').map(str::len).collect::<Vec<_>>(), [146; 4]);
    let fingerprint = page.run("return playground.state().fingerprint");
    page.wait_until("location.hash.includes('own_images')");
    let hash = page.run("return location.hash");
    page.load("#seed=1");
    page.load(&format!("{}&play=0", hash.as_str().unwrap_or_default()));
    page.run("await playground.step(20)");
    assert_eq!(page.run("return playground.state().fingerprint"), fingerprint, "the link gives the same run");
    assert_eq!(page.run("return playground.state().config.own_images"), page.config("own_images").as_str());
    drop_onto(&page, &[("a.png", "d.fillRect(2, 2, 9, 9)"), ("b.png", "d.fillRect(2, 2, 3, 3)"), ("c.txt", "")]);
    page.wait_until("playground.config().own_images.split('~').length === 2");
    page.run(
        "const transfer = new DataTransfer();
         for (const name of ['a.png', 'b.png']) transfer.items.add(new File([new Uint8Array([1, 2, 3])], name));
         document.querySelector('canvas').dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));",
    );
    page.wait_for_frames();
    page.run("await playground.step(1)");
    assert_eq!(page.config("own_images").split('~').count(), 2, "the run goes on as it was");
    let refused = page.error_of("playground.set({ own_images: '0,12~1,12' })");
    assert!(refused.contains("image 1"), "{refused}");
    page.assert_no_console_errors();
}
