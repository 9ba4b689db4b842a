//! Pictures for the README and for looking at: `PLAYGROUND_SHOTS=folder cargo xtask test shots`.

use std::path::PathBuf;
use std::{env, fs};

use crate::page::Page;

#[test]
fn shots_are_taken_when_asked_for() {
    let Some(folder) = env::var_os("PLAYGROUND_SHOTS").map(PathBuf::from) else { return };
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    let page = Page::unopened();
    for (size, width, height) in [("wide", 1400, 900), ("laptop", 1100, 700), ("phone", 390, 844)] {
        if size == "phone" {
            page.driver.set_phone(width, height);
        } else {
            page.driver.set_window(width, height);
        }
        for theme in ["light", "dark"] {
            page.driver.set_preferences(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
            for loss in ["infonce", "triplet"] {
                page.load(&format!("#loss={loss}"));
                page.run("playground.pause(); await playground.reset(); await playground.step(500)");
                page.wait_until("!document.getElementById('cover').checkVisibility()");
                let file = folder.join(format!("{size}-{theme}-{loss}.png"));
                fs::write(&file, page.screenshot()).expect("a picture can be written");
            }
        }
    }
    page.assert_no_console_errors();
}
