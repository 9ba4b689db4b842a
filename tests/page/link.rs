//! A link is a run: the address's end holds the settings.

use crate::page::Page;

#[test]
fn a_link_is_restored() {
    let page = Page::open("#loss=triplet&alpha=0.5&seed=9");
    for (key, value) in [("loss", "triplet"), ("alpha", "0.5"), ("seed", "9")] {
        assert_eq!(page.config(key), value, "{key}");
    }
    page.assert_no_console_errors();
}

#[test]
fn what_a_link_gets_wrong_is_left_out_and_the_rest_is_used() {
    let page = Page::open("");
    let default_tau = page.config("tau");
    for junk in ["#tau=banana&zzz=1&seed=9", "#seed=9&tau=1e99&tau", "#%FF%FE&seed=9&=&&&tau=NaN", "#seed=9&layers=1,2,3,4,5,6,7,8"] {
        page.load(junk);
        assert_eq!(page.config("seed"), "9", "{junk}");
        assert_eq!(page.config("tau"), default_tau, "{junk}");
        page.wait_until("playground.state().step > 0");
        page.assert_no_console_errors();
    }
    page.load(&format!("#seed=9&data={}", "x".repeat(100_000)));
    assert_eq!(page.config("seed"), "9", "a very long value");
}

#[test]
fn the_last_settings_survive_a_reload() {
    let page = Page::open("");
    page.run(r#"playground.set({ loss: "triplet", seed: 12 })"#);
    page.wait_until(r#"location.hash.includes("seed=12")"#);
    page.driver.go(&page.server.blank_url());
    page.driver.go(&page.server.url());
    page.run("await playground.ready");
    assert_eq!(page.config("seed"), "12");
    assert_eq!(page.config("loss"), "triplet");
}

#[test]
fn a_link_followed_in_the_open_page_is_its_run_from_the_start() {
    let page = Page::open("#seed=3&play=0");
    page.run("await playground.step(40)");
    // A live parameter alone would go on from step 40.
    page.run("location.hash = '#seed=3&tau=0.05'");
    page.wait_until("playground.config().tau === 0.05 && playground.state().step === 0");
    let followed = page.run("return (await playground.step(30)).fingerprint");
    page.load("#seed=3&tau=0.05&play=0");
    assert_eq!(page.step(), 0, "a link may ask to be held");
    assert_eq!(page.run("return (await playground.step(30)).fingerprint"), followed);
}
