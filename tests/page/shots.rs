//! What the page looks like at three sizes, light and dark, with both losses, and with every recipe:
//! `PLAYGROUND_SHOTS=folder cargo xtask test shots` keeps the pictures, for the README, the methods' page and for looking at.

use std::path::PathBuf;
use std::{env, fs};

use contrastive_playground::exchange::link::to_hash;
use contrastive_playground::learn::Config;
use contrastive_playground::learn::recipes::RECIPES;

use crate::page::Page;

/// A flower that somebody may have drawn: five petals and a heart.
const OWN: &str = "#data=own&batch=32&own=0,1.6,0~0.2,1.8,0~-0.2,1.9,0~0.1,2.1,0~-0.1,1.5,0~1.5,0.5,1~1.7,0.6,1~1.8,0.4,1~1.6,0.8,1~2,0.6,1~1,-1.3,2~\
     1.2,-1.5,2~0.9,-1.6,2~1.1,-1.8,2~1.3,-1.2,2~-1,-1.3,3~-1.2,-1.5,3~-0.9,-1.6,3~-1.1,-1.8,3~-1.3,-1.2,3~-1.5,0.5,4~-1.7,0.6,4~-1.8,0.4,4~\
     -1.6,0.8,4~-2,0.6,4~0,0,5~0.2,0.1,5~-0.2,0.1,5~0.1,-0.2,5~-0.1,-0.1,5";

/// Drawings of somebody's: hearts, houses, arrows and trees, each at ten places, as a link.
fn own_images() -> String {
    const DRAWINGS: [[u8; 8]; 4] = [
        [0b0110_0110, 0b1111_1111, 0b1111_1111, 0b1111_1111, 0b0111_1110, 0b0011_1100, 0b0001_1000, 0],
        [0b0001_1000, 0b0011_1100, 0b0111_1110, 0b1111_1111, 0b0100_0010, 0b0101_1010, 0b0101_1010, 0b0111_1110],
        [0, 0b0000_1000, 0b0000_1100, 0b1111_1110, 0b1111_1111, 0b1111_1110, 0b0000_1100, 0b0000_1000],
        [0b0001_1000, 0b0011_1100, 0b0111_1110, 0b0011_1100, 0b0111_1110, 0b1111_1111, 0b0001_1000, 0b0001_1000],
    ];
    let image = |number: usize| {
        let (class, left, top) = (number % 4, number * 3 % 5, number * 7 % 5);
        let ink = |x: usize, y: usize| {
            let inside = (left..left + 8).contains(&x) && (top..top + 8).contains(&y);
            inside && DRAWINGS[class][y - top] >> (7 - (x - left)) & 1 == 1
        };
        let pixels = (0..144).map(|place| if ink(place % 12, place / 12) { 'f' } else { '0' });
        format!("{class},{}", pixels.collect::<String>())
    };
    let images: Vec<String> = (0..40).map(image).collect();
    format!("#data=images&layers=128,64&batch=32&own_images={}", images.join("~"))
}

/// The share of a picture's pixels that are brighter than half.
fn bright_share(picture: &image::RgbImage) -> f64 {
    let bright = picture.pixels().filter(|pixel| pixel.0.iter().map(|part| u32::from(*part)).sum::<u32>() > 3 * 128).count();
    bright as f64 / f64::from(picture.width() * picture.height())
}

/// The folder that is to keep the pictures, if any is.
fn kept_in() -> Option<PathBuf> {
    let folder = env::var_os("PLAYGROUND_SHOTS").map(PathBuf::from)?;
    fs::create_dir_all(&folder).expect("a folder for the pictures");
    Some(folder)
}

#[test]
fn every_size_theme_and_loss_fills_the_page() {
    let folder = kept_in();
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
                let name = format!("{size}-{theme}-{loss}");
                page.load(&format!("#loss={loss}&play=0"));
                page.run("await playground.step(500)");
                page.wait_until("!document.getElementById('cover').checkVisibility()");
                let bytes = page.screenshot();
                let picture = image::load_from_memory(&bytes).expect("a picture").to_rgb8();
                assert_eq!(picture.dimensions(), (width, height), "{name}");
                let share = bright_share(&picture);
                assert!(if theme == "light" { share > 0.8 } else { share < 0.2 }, "{name} is {theme}: {share}");
                assert!(page.color_count() > 500, "{name} draws");
                if let Some(folder) = &folder {
                    fs::write(folder.join(format!("{name}.png")), bytes).expect("a picture can be written");
                }
            }
        }
    }
    page.assert_no_console_errors();
}

#[test]
fn every_recipe_trains_and_draws() {
    let folder = kept_in();
    let page = Page::unopened();
    let on_phone = ["moco", "swav", "autoencoder", "vae", "gan"].map(|name| (name, "dark", 390, 844));
    for (name, theme, width, height) in RECIPES.iter().map(|recipe| (recipe.name, "light", 1400, 900)).chain(on_phone) {
        let recipe = RECIPES.iter().find(|recipe| recipe.name == name).expect("a recipe");
        let config = recipe.applied(&Config::default()).expect("a recipe fits the defaults");
        if width < 1000 {
            page.driver.set_phone(width, height);
        } else {
            page.driver.set_window(width, height);
        }
        page.driver.set_preferences(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
        page.load(&format!("#{}&play=0", to_hash(&config)));
        page.run("await playground.step(1000)");
        page.wait_until("!document.getElementById('cover').checkVisibility()");
        assert_eq!(page.run("return playground.state().diverged"), serde_json::Value::Null, "{name}");
        assert!(page.color_count() > 500, "{name} draws");
        if let Some(folder) = &folder {
            let size = if width < 1000 { "phone" } else { "wide" };
            fs::write(folder.join(format!("{name}-{size}-{theme}.png")), page.screenshot()).expect("a picture can be written");
        }
    }
    page.assert_no_console_errors();
}

#[test]
fn every_set_of_images_draws() {
    const RUNS: [(&str, &str); 7] = [
        ("images-shapes", "#data=shapes&layers=128,64"),
        ("images-shapes-mirror", "#data=shapes&layers=128,64&mirror=0.5"),
        ("images-digits", "#data=digits&layers=128,64"),
        ("images-shades", "#data=shades&layers=128,64&dim=2"),
        ("images-places", "#data=places&layers=128,64&dim=2"),
        ("images-vae", "#data=shapes&layers=128,64&method=vae&dim=2"),
        ("rings", "#data=rings&dim=2&jitter=0.1&scaling=0.6"),
    ];
    let folder = kept_in();
    let page = Page::unopened();
    for (size, theme, width, height) in [("wide", "light", 1400, 900), ("phone", "dark", 390, 844)] {
        if size == "phone" {
            page.driver.set_phone(width, height);
        } else {
            page.driver.set_window(width, height);
        }
        page.driver.set_preferences(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
        let own = own_images();
        for (name, hash) in RUNS.into_iter().chain([("images-own", own.as_str())]) {
            page.load(&format!("{hash}&play=0"));
            page.run("await playground.step(400)");
            page.wait_until("!document.getElementById('cover').checkVisibility()");
            assert!(page.color_count() > 400, "{name} draws");
            if let Some(folder) = &folder {
                fs::write(folder.join(format!("{name}-{size}-{theme}.png")), page.screenshot()).expect("a picture can be written");
            }
        }
    }
    page.assert_no_console_errors();
}

#[test]
fn why_and_health_draw() {
    // With the keys that are pressed afterwards: w begins slow motion, > goes on.
    const RUNS: [(&str, &str, u32, &str); 9] = [
        ("why-infonce", "#anchor=33", 500, ""),
        ("why-triplet", "#anchor=77&loss=triplet&positives=labels&miner=all&data=moons&noise=0.3", 60, ""),
        ("why-moco", "#anchor=77&method=moco", 500, ""),
        ("why-swav", "#anchor=77&method=swav&tau=0.1", 500, ""),
        ("walk-compare", "#data=circles", 500, "w>>>>"),
        ("walk-gradient", "#data=circles", 500, "w>>>>>>"),
        ("layers", "#data=moons&charts=loss,layers,similarities,spectrum", 500, ""),
        ("own", OWN, 300, ""),
        ("alarm-collapse", "#loss=triplet&miner=hard&charts=loss,geometry,histogram,spectrum", 600, ""),
    ];
    let folder = kept_in();
    let page = Page::unopened();
    for (size, theme, width, height) in [("wide", "light", 1400, 900), ("laptop", "dark", 1100, 700), ("phone", "dark", 390, 844)] {
        if size == "phone" {
            page.driver.set_phone(width, height);
        } else {
            page.driver.set_window(width, height);
        }
        page.driver.set_preferences(&[("prefers-color-scheme", theme), ("prefers-reduced-motion", "reduce")]);
        for (name, hash, steps, keys) in RUNS {
            page.load(&format!("{hash}&play=0"));
            page.run(&format!("await playground.step({steps})"));
            page.wait_until("!document.getElementById('cover').checkVisibility()");
            if !keys.is_empty() {
                page.run("document.getElementById('playground-canvas').focus()");
            }
            for key in keys.chars() {
                page.driver.press(if key == '>' { "\u{e014}" } else { "w" });
                page.wait_for_frames();
            }
            assert!(page.color_count() > 400, "{name} draws");
            if let Some(folder) = &folder {
                fs::write(folder.join(format!("{name}-{size}-{theme}.png")), page.screenshot()).expect("a picture can be written");
            }
        }
        // The last of them has collapsed, and says so.
        let alarms = page.run("return playground.state().alarms");
        assert!(alarms.as_array().is_some_and(|alarms| alarms.contains(&"collapsed".into())), "{alarms}");
    }
    page.assert_no_console_errors();
}
