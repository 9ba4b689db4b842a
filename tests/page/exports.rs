//! What the page hands to the user as files, by the Share menu.

use crate::page::Page;

/// The Share button in a window of 1400 x 900, in English.
const SHARE: (i32, i32) = (1188, 26);
/// The menu's items lie below it, so far apart.
const FIRST_ITEM: (i32, i32) = (1188, 66);
const ITEM_HEIGHT: i32 = 30;

/// Chooses the menu's item and gives name, type and text of the file it makes.
fn export(page: &Page, item: i32) -> [String; 3] {
    page.run("window.saved = undefined");
    // Drawn in software on busy cores, a menu may open later than the frames that are waited for: then the second click falls beside it.
    for _ in 0..3 {
        page.driver.click(SHARE);
        page.wait_for_frames();
        page.driver.click((FIRST_ITEM.0, FIRST_ITEM.1 + item * ITEM_HEIGHT));
        let is_saved = page.run(
            "for (let i = 0; i < 100 && window.saved === undefined; i++) await new Promise((resolve) => setTimeout(resolve, 100));
             return window.saved !== undefined",
        );
        if is_saved == true {
            break;
        }
        page.driver.press("\u{e00c}");
        page.wait_for_frames();
    }
    page.wait_until("window.saved !== undefined");
    let part = |body: &str| page.run(body).as_str().unwrap_or_default().to_owned();
    [part("return saved.name"), part("return saved.blob.type"), part("return await saved.blob.text()")]
}

#[test]
fn every_export_is_a_file_with_its_contents() {
    let page = Page::unopened();
    page.driver.set_window(1400, 900);
    page.load("#seed=5&play=0");
    page.run("await playground.step(20)");
    page.run(
        "const real = URL.createObjectURL; let blob;
         URL.createObjectURL = (made) => { blob = made; return real.call(URL, made) };
         HTMLAnchorElement.prototype.click = function () { window.saved = { name: this.download, blob } };",
    );
    let [name, kind, config] = export(&page, 1);
    assert_eq!((name.as_str(), kind.as_str()), ("contrastive-playground.json", "application/json"));
    assert!(config.contains("\"seed\": 5"), "{config}");
    let [name, _, embeddings] = export(&page, 3);
    assert_eq!(name, "embeddings.csv");
    assert_eq!((embeddings.lines().next(), embeddings.lines().count()), (Some("point,label,z1,z2,z3"), 1025));
    let [name, _, metrics] = export(&page, 4);
    assert_eq!((name.as_str(), metrics.lines().count()), ("metrics.csv", 21));
    let [name, kind, _] = export(&page, 5);
    assert_eq!((name.as_str(), kind.as_str()), ("contrastive-playground.png", "image/png"));
    let size = page.run("const picture = await createImageBitmap(saved.blob); return [picture.width, picture.height].join('x')");
    assert_eq!(size, "1400x900");
    page.assert_no_console_errors();
}
