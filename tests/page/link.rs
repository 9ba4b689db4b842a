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
    let page = Page::open("#seed=3");
    let by_link = "playground.pause(); await playground.step(40);
         location.hash = '#seed=3&tau=0.05';
         while (playground.config().tau !== 0.05) await new Promise((done) => setTimeout(done, 20));
         playground.pause(); await playground.reset(); return (await playground.step(30)).fingerprint";
    let restarted = "playground.pause(); await playground.step(40);
         location.hash = '#seed=3&tau=0.2';
         while (playground.config().tau !== 0.2 || playground.state().step !== 0) await new Promise((done) => setTimeout(done, 20));
         return (await playground.step(30)).step";
    assert!(page.run(by_link).is_string());
    assert_eq!(page.run(restarted), 30, "a live parameter in a link starts the run over");
}
