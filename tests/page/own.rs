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
