//! After the first visit the page works without a network, and a new build replaces the old one whole.

use crate::page::Page;

/// Waits until all files of the page are kept.
fn wait_until_kept(page: &Page) {
    page.run("await navigator.serviceWorker.ready");
    page.wait_until("navigator.serviceWorker.controller");
}

#[test]
fn without_a_network_it_trains_as_before() {
    let page = Page::open("#seed=3&play=0");
    wait_until_kept(&page);
    let fingerprint = page.run("return (await playground.step(20)).fingerprint");
    page.server.go_offline();
    // Chinese, which the first visit did not show, is there as well.
    page.driver.go("about:blank");
    page.driver.go(&format!("{}#seed=3&play=0&lang=zh", page.server.url()));
    page.run("await playground.ready");
    let again = page.run("await playground.reset(); return (await playground.step(20)).fingerprint");
    assert_eq!(again, fingerprint);
    let font = page.run("return performance.getEntriesByType('resource').filter((entry) => entry.name.includes('NotoSansSC')).map((entry) => entry.responseStatus)");
    assert_eq!(font, serde_json::json!([200]), "the Chinese font was kept");
    page.assert_no_console_errors();
}

#[test]
fn a_new_build_is_loaded_by_the_next_visit_and_never_mixed_with_the_old_one() {
    let page = Page::open("#play=0");
    wait_until_kept(&page);
    // The same files under another mark: what a new build is to a browser.
    let mark = page.run("return new URL(document.querySelector('link[rel=modulepreload]').href).searchParams.get('v')");
    let mark = mark.as_str().expect("a mark").to_owned();
    page.server.replace(&mark, "0123456789abcdef");
    page.driver.go("about:blank");
    page.driver.go(&format!("{}#play=0", page.server.url()));
    page.run("await playground.ready");
    let loaded = page.run(
        "return [...new Set(performance.getEntriesByType('resource').map((entry) => new URL(entry.name).searchParams.get('v')).filter(Boolean))]",
    );
    assert_eq!(loaded, serde_json::json!(["0123456789abcdef"]));
    // The old files go when the new build's are kept.
    page.wait_until("navigator.serviceWorker.controller");
    page.run(
        "const registration = await navigator.serviceWorker.getRegistration(); await registration.update();
         for (let i = 0; i < 200; i++) {
            const names = await caches.keys();
            if (names.some((name) => name.includes('0123456789abcdef'))) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
         }
         throw new Error('the new build was not kept')",
    );
    // The browser lets the new service worker take over some time after the last page of the old one has gone.
    page.driver.go(&page.server.blank_url());
    page.wait_until("(await caches.keys()).length === 1");
    page.server.go_offline();
    page.driver.go(&format!("{}#play=0", page.server.url()));
    page.run("await playground.ready");
    let names = page.run("return (await caches.keys()).map((name) => name.split(' ').at(-1))");
    assert_eq!(names, serde_json::json!(["0123456789abcdef"]));
    assert_eq!(
        page.run("return new URL(document.querySelector('link[rel=modulepreload]').href).searchParams.get('v')"),
        "0123456789abcdef"
    );
    page.assert_no_console_errors();
}

#[test]
fn it_can_be_installed() {
    let page = Page::open("#play=0");
    let manifest = page.run("return await (await fetch(document.querySelector('link[rel=manifest]').href)).json()");
    assert_eq!(manifest["display"], "standalone");
    for icon in manifest["icons"].as_array().expect("icons") {
        let size = page.run(&format!(
            "const picture = await createImageBitmap(await (await fetch({})).blob()); return `${{picture.width}}x${{picture.height}}`",
            icon["src"]
        ));
        assert_eq!(size, icon["sizes"]);
    }
}
