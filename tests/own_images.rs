//! Images of one's own: from a folder and from a sheet, in the library, on the command line and in the window.

mod support;

use contrastive_playground::app::platform::{Folder, Storage as _};
use contrastive_playground::app::{Playground, Start};
use contrastive_playground::exchange::images::{FolderImages, ImagesError, ReadImages, Sheet};
use contrastive_playground::exchange::{file, link, sheet};
use contrastive_playground::learn::config::{Data, ImageSize, MethodName, OwnImages, Problem};
use contrastive_playground::learn::{Config, Trainer};
use eframe::egui::accesskit::Role;
use eframe::egui::{DroppedFile, Event, Key};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use image::{DynamicImage, GrayAlphaImage, GrayImage, ImageFormat, Luma, LumaA, Rgb, RgbImage};
use proptest::prelude::*;
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;
use support::{Ui, app, small};

/// A file of a folder: its path and its contents.
#[derive(Clone)]
struct ImageFile {
    path: String,
    bytes: Vec<u8>,
}

/// Reads a folder's files.
fn from_files(files: &[ImageFile]) -> Result<ReadImages, ImagesError> {
    let mut images = FolderImages::new(files.iter().map(|file| file.path.clone()))?;
    for path in images.paths().to_vec() {
        images.add(&files.iter().find(|file| file.path == path).expect("one of them").bytes)?;
    }
    images.finish()
}

/// A picture as PNG.
fn png(picture: impl Into<DynamicImage>) -> Vec<u8> {
    let mut bytes = Vec::new();
    picture.into().write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).expect("written");
    bytes
}

/// A black square with a side of `ink` pixels on white, its corner at (2, 2).
fn square(side: u32, ink: u32) -> GrayImage {
    GrayImage::from_fn(side, side, |x, y| Luma([if (2..2 + ink).contains(&x) && (2..2 + ink).contains(&y) { 0 } else { 255 }]))
}

fn named(path: &str, bytes: Vec<u8>) -> ImageFile {
    ImageFile { path: path.to_owned(), bytes }
}

/// A folder of two classes with two images each.
fn folder() -> Vec<ImageFile> {
    let image = |path: &str, ink| named(path, png(square(8, ink)));
    vec![image("large/b.png", 5), image("small/a.PNG", 1), image("large/a.png", 4), image("small/b.png", 2)]
}

fn config() -> Config {
    let own_images = from_files(&folder()).expect("four images").images;
    Config { data: Data::Images, own_images, batch: 4, ..Config::default() }
}

#[test]
fn a_folder_gives_a_class_for_each_folder_in_the_order_of_names() {
    let read = from_files(&folder()).expect("four images");
    assert_eq!(read.names, ["large", "small"]);
    assert_eq!((read.images.len(), read.images.side(), read.images.labels()), (4, 8, &[0, 0, 1, 1][..]));
    let ink: Vec<f32> = read.images.pixels().collect::<Vec<f32>>().chunks(64).map(|image| image.iter().sum()).collect();
    assert_eq!(ink, [16.0, 25.0, 1.0, 4.0], "black on white is ink, sorted by name");
    let mut hidden = folder();
    hidden.extend([named(".trash/a.png", vec![]), named("small/.a.png", vec![]), named("readme.txt", vec![])]);
    assert_eq!(from_files(&hidden), Ok(read), "what is no image is passed over");
}

#[test]
fn the_same_drawing_is_the_same_on_every_ground_and_in_every_kind_of_file() {
    let expected = from_files(&folder()).expect("images").images;
    let redrawn = |draw: fn(GrayImage) -> DynamicImage| {
        let redraw = |file: ImageFile| {
            let picture = image::load_from_memory(&file.bytes).expect("a picture").into_luma8();
            ImageFile { bytes: png(draw(picture)), ..file }
        };
        from_files(&folder().into_iter().map(redraw).collect::<Vec<_>>()).expect("images").images
    };
    let white_on_black = redrawn(|mut picture| {
        image::imageops::invert(&mut picture);
        picture.into()
    });
    assert_eq!(white_on_black, expected);
    let on_glass = redrawn(|picture| {
        let pixel = |x, y| LumaA([200, 255 - picture.get_pixel(x, y).0[0]]);
        GrayAlphaImage::from_fn(picture.width(), picture.height(), pixel).into()
    });
    assert_eq!(on_glass, expected, "opaque on a clear ground");
    let coloured = redrawn(|picture| DynamicImage::from(picture).into_rgb8().into());
    assert_eq!(coloured, expected);
    let deep = redrawn(|picture| DynamicImage::from(picture).into_rgb16().into());
    assert_eq!(deep, expected);
}

#[test]
fn large_and_oblong_images_are_scaled_into_a_square() {
    let tall = GrayImage::from_fn(40, 160, |x, y| Luma([if (10..30).contains(&x) && (40..120).contains(&y) { 0 } else { 255 }]));
    let files = vec![named("a/tall.png", png(tall)), named("a/small.png", png(square(8, 3)))];
    let read = from_files(&files).expect("two images").images;
    assert_eq!((read.side(), read.len()), (16, 2), "images of several sizes have the largest");
    let pixels: Vec<f32> = read.pixels().collect();
    // The tall one stands second: 4 of 16 columns are its own, 2 of them ink, and half of the rows.
    let row = |row: usize| &pixels[256 + 16 * row..256 + 16 * (row + 1)];
    assert!(row(8)[7] > 0.8 && row(8)[8] > 0.8 && row(8)[..5].iter().chain(&row(8)[11..]).all(|ink| *ink == 0.0), "{:?}", row(8));
    assert!(row(0).iter().chain(row(15)).all(|ink| *ink == 0.0));
}

#[test]
fn a_sheet_is_cut_into_tiles_and_what_is_written_reads_back() {
    let trainer = Trainer::new(config()).expect("valid");
    let written = sheet::write(&trainer.scene()).expect("images").expect("written");
    let read = Sheet::read("images.png", &written).expect("a sheet");
    assert_eq!((read.size(), read.likely_tile()), ((16, 16), Some(8)));
    assert_eq!(read.cut(8).expect("tiles").images, config().own_images);
    let wide =
        GrayImage::from_fn(480, 96, |x, y| Luma([if (10..38).contains(&(x % 48)) && (12..40).contains(&(y % 48)) { 0 } else { 255 }]));
    assert_eq!(Sheet::read("wide.png", &png(wide)).expect("a sheet").likely_tile(), Some(48), "no cut goes through an image");
    let drawn = Trainer::new(Config { data: Data::Shapes, points: 60, ..Config::default() }).expect("valid");
    let scene = drawn.scene();
    let again = Sheet::read("images.png", &sheet::write(&scene).expect("images").expect("written")).expect("a sheet");
    let again = again.cut(12).expect("tiles").images;
    assert_eq!((again.len(), again.classes()), (60, 6));
    let first: Vec<u8> = again.pixels().take(144).map(|ink| (ink * 15.0).round() as u8).collect();
    let image = &scene.images.as_ref().expect("images").image(0);
    assert!(first.iter().zip(*image).all(|(grey, ink)| (f32::from(*grey) * 17.0 - f32::from(*ink)).abs() <= 9.0));
    assert!(sheet::write(&Trainer::new(Config::default()).expect("valid").scene()).is_none(), "points are no images");
}

#[test]
fn blank_tiles_and_rows_are_left_out() {
    let mut picture = GrayImage::from_pixel(32, 24, Luma([255]));
    for (x, y) in [(0, 0), (24, 0), (8, 16)] {
        image::imageops::replace(&mut picture, &square(8, 3), x, y);
    }
    let read = Sheet::read("sheet.png", &png(picture)).expect("a sheet").cut(8).expect("tiles").images;
    assert_eq!(read.labels(), [0, 0, 1], "the middle row is blank");
}

#[test]
fn what_is_wrong_is_named() {
    let said = |files: Vec<ImageFile>| from_files(&files).expect_err("refused").to_string();
    assert_eq!(said(vec![]), "no PNG file: a folder has a folder of PNG files for each class");
    assert_eq!(said(vec![named("a/one.png", png(square(8, 3)))]), "1 images that are not blank: training takes at least 2");
    let mut junk = folder();
    junk.push(named("small/c.png", b"junk".to_vec()));
    assert!(said(junk).starts_with("small/c.png: not a PNG that can be read: "));
    let mut cut = folder();
    cut[2].bytes.truncate(40);
    assert!(said(cut).starts_with("large/a.png: not a PNG"));
    let mut tiny = folder();
    tiny.push(named("small/tiny.png", png(GrayImage::new(3, 2))));
    assert_eq!(said(tiny), "small/tiny.png: 3 x 2 pixels: an image has from 4 x 4 to 1024 x 1024");
    let mut huge = folder();
    huge.push(named("small/huge.png", png(RgbImage::from_pixel(1025, 4, Rgb([9, 9, 9])))));
    assert!(said(huge).starts_with("small/huge.png: 1025 x 4 pixels"));
    let large = Sheet::read("large.png", &png(GrayImage::new(8_001, 4_000))).expect_err("refused");
    assert_eq!(large.to_string(), "large.png: too large: a sheet has at most 32 million pixels");
    let flat = Sheet::read("flat.png", &png(GrayImage::new(8_000, 4_000))).expect("as large as can be");
    assert_eq!(flat.cut(16), Err(ImagesError::TooFewImages { count: 0 }), "blank tiles are no images");
    let classes = (0..13).map(|class| named(&format!("class {class}/a.png"), png(square(8, 3)))).collect();
    assert_eq!(said(classes), "13 folders with images: each is a class, and there are at most 12 classes");
    let many = vec![named("a/a.png", Vec::new()); OwnImages::MOST + 1];
    assert_eq!(said(many), "more than 10000 images");
    let sheet = Sheet::read("s.png", &png(square(26, 9))).expect("a sheet");
    assert_eq!(sheet.cut(12).expect_err("refused"), ImagesError::Tiles { size: (26, 26), tile: 12 });
    assert!(sheet.cut(3).expect_err("refused").to_string().contains("from 4 to 512 pixels"));
    let tall = GrayImage::from_fn(8, 104, |x, _| Luma([if x == 3 { 0 } else { 255 }]));
    assert_eq!(Sheet::read("s.png", &png(tall)).expect("a sheet").cut(8).expect_err("refused"), ImagesError::TooManyRows);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn no_file_makes_the_reader_panic(place in 0usize..120, byte: u8, length in 0usize..120, tile in 0u32..600) {
        let mut bytes = png(square(24, 9));
        let place = place % bytes.len();
        bytes[place] = byte;
        bytes.truncate(bytes.len().saturating_sub(length / 3));
        if let Ok(sheet) = Sheet::read("s.png", &bytes) {
            let read = sheet.cut(tile);
            prop_assert!(read.is_err() || read.is_ok_and(|read| read.images.len() >= 2));
        }
        let files = vec![named("a/a.png", bytes.clone()), named("b/b.png", bytes)];
        prop_assert!(from_files(&files).map_or_else(|error| error.to_string().contains("a/a.png"), |read| read.images.len() == 2));
    }
}

#[test]
fn a_run_learns_from_them_with_every_method_and_a_link_and_a_file_give_the_same_run() {
    for method in MethodName::ALL {
        let config = Config { method: *method, queue: 64, mirror: 0.5, ..config() };
        let run = |config: Config| {
            let mut trainer = Trainer::new(config).expect("valid");
            for _ in 0..20 {
                trainer.step().expect("sound");
            }
            trainer
        };
        let mut trainer = run(config.clone());
        let (scene, snapshot) = (trainer.scene(), trainer.snapshot());
        assert_eq!((scene.classes, scene.input_dimension, scene.labels.len()), (2, 64, 4));
        assert_eq!(scene.images.map(|images| (images.side, images.classes.len())), Some((8, 0)));
        assert!(snapshot.accuracy.is_none_or(|accuracy| (0.0..=1.0).contains(&accuracy)) && trainer.probe()[0].class.is_some());
        for read in [
            link::read_strict(&link::to_hash(&config)).expect("a link"),
            file::from_json(file::to_json(&config).as_bytes()).expect("a file"),
        ] {
            assert_eq!(read, config);
            assert_eq!(run(read).fingerprint(), trainer.fingerprint(), "{method:?}");
        }
    }
    assert!(link::fits(&config()));
    let many = OwnImages::new(16, &[3; 256 * 26], &[1; 26]).expect("valid");
    assert!(!link::fits(&Config { own_images: many, ..config() }));
}

#[test]
fn the_largest_set_fits_into_a_link_that_is_stored() {
    let greys: Vec<u8> = (0..256 * OwnImages::MOST).map(|pixel| (pixel % 16) as u8).collect();
    let own_images = OwnImages::new(16, &greys, &[11; OwnImages::MOST]).expect("valid");
    let config = Config { own_images, ..config() };
    let hash = link::to_hash(&config);
    assert_eq!(link::read_strict(&hash), Ok(config.clone()));
    let stored = Folder::new(workshop("stored-images"));
    assert_eq!((stored.store(&hash), stored.stored()), (Ok(()), Ok(Some(hash))), "the window finds them again");
    assert_eq!(file::from_json(file::to_json(&config).as_bytes()), Ok(config));
}

#[test]
fn too_few_and_wrong_ones_are_refused() {
    let refused = Trainer::new(Config { own_images: OwnImages::default(), ..config() }).expect_err("none");
    assert_eq!((refused.key.as_str(), refused.problem), ("own_images", Problem::TooFewImages));
    let lenient = link::read("#data=images&seed=9");
    assert_eq!((lenient.config.data, lenient.config.seed, lenient.ignored.len()), (Data::Blobs, 9, 1));
    let wrong = link::read("#data=images&own_images=0,0123456789abcdef~1,012");
    assert_eq!(wrong.ignored[0].problem, Problem::NotImage { number: 2 });
    assert_eq!(wrong.config.check(), Ok(()));
}

/// An empty folder of this test's own.
fn workshop(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("an old folder goes");
    }
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// Writes files into a folder.
fn write(root: &Path, files: &[ImageFile]) {
    for file in files {
        let path = root.join(&file.path);
        std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        std::fs::write(path, &file.bytes).expect("a file");
    }
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contrastive-playground")).args(arguments).output().expect("the program starts")
}

#[test]
fn the_command_line_reads_a_folder_and_a_sheet_and_names_what_is_wrong() {
    let root = workshop("own-images");
    write(&root, &folder());
    let path = |path: &Path| path.to_string_lossy().into_owned();
    let (images, sheet) = (path(&root), path(&root.with_extension("png")));
    let config_of = |output: &Output| {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        [&result["config"]["data"], &result["config"]["own_images"], &result["fingerprint"]].map(ToString::to_string)
    };
    let first = config_of(&run(&["train", "--steps", "5", "--batch", "4", "--data-file", &images, "--sheet", &sheet, "--json"]));
    assert_eq!((first[0].as_str(), first[1].trim_matches('"')), ("\"images\"", config().own_images.to_string().as_str()));
    let second = config_of(&run(&["train", "--steps", "5", "--batch", "4", "--data-file", &sheet, "--tile", "8", "--json"]));
    assert_eq!(second, first, "the sheet gives the same run");
    write(&root, &[named("small/broken.png", b"junk".to_vec())]);
    for (arguments, said) in [
        (vec!["--data-file", images.as_str()], "small/broken.png: not a PNG"),
        (vec!["--data-file", sheet.as_str()], "--tile says how many pixels"),
        (vec!["--data-file", sheet.as_str(), "--tile", "7"], "16 x 16 pixels is not filled by tiles of 7 x 7"),
        (vec!["--data-file", images.as_str(), "--tile", "7"], "--tile is for a sheet of images"),
        (vec!["--data-file", sheet.as_str(), "--tile", "x"], "tile = \"x\": it takes a whole number from 4 to 512"),
        (vec!["--data", "images"], "at least 2 images of one's own"),
        (vec!["--sheet", "/nowhere/s.png"], "--sheet writes images, but the data are points"),
        (vec!["--own_images", "0,zz"], "image 1 is none"),
    ] {
        let output = run(&[&["train", "--steps", "1"][..], &arguments].concat());
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
        assert!(message.contains(said), "{arguments:?}: {message}");
    }
}

/// A file on its way onto the window.
#[derive(Debug)]
struct Dropped(PathBuf);

impl DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        std::fs::read(&self.0).map_err(|error| error.to_string())
    }
}

fn open<'a>(size: [f32; 2]) -> Ui<'a> {
    support::open(Harness::builder(), size, Start { config: Some(small()), ..Start::default() })
}

/// Drops files, and waits until what they hold is there.
fn drop_onto(harness: &mut Ui<'_>, paths: &[PathBuf], is_there: impl Fn(&Playground) -> bool) {
    for path in paths {
        harness.input_mut().dropped_files.push(Arc::new(Dropped(path.clone())));
    }
    for _ in 0..2_000 {
        harness.run_steps(4);
        if is_there(app(harness)) {
            harness.run_steps(8);
            return;
        }
        // Folders are read beside the window.
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("waited in vain");
}

fn asks(playground: &Playground) -> bool {
    playground.model().sheet.is_some()
}

fn press(harness: &mut Ui<'_>, label: &str) {
    harness.get_by_role_and_label(Role::Button, label).click();
    harness.run_steps(8);
}

#[test]
fn a_dropped_folder_and_dropped_classes_are_learnt_from_and_a_bad_one_changes_nothing() {
    let root = workshop("dropped-images");
    write(&root, &folder());
    let mut harness = open([1400.0, 900.0]);
    let learns = |count: usize| move |app: &Playground| app.model().config.own_images.len() == count;
    drop_onto(&mut harness, std::slice::from_ref(&root), learns(4));
    let model = app(&harness).model();
    assert_eq!((model.config.data, &model.config.own_images), (Data::Images, &config().own_images));
    assert_eq!(model.scene.labels, [0, 0, 1, 1]);
    assert_eq!(model.snapshot.config, model.config);
    write(&root, &[named("small/broken.png", b"junk".to_vec())]);
    drop_onto(&mut harness, std::slice::from_ref(&root), |app| app.notices().any(|text| text.contains("small/broken.png")));
    assert_eq!(app(&harness).model().scene.labels.len(), 4);
    drop_onto(&mut harness, &[root.join("small/a.PNG"), root.join("large")], learns(3));
    assert_eq!(app(&harness).model().config.own_images.labels(), [0, 1, 1], "a file of no class and a folder");
}

#[test]
fn a_sheet_asks_how_it_is_cut_first() {
    let root = workshop("dropped-sheet");
    let trainer = Trainer::new(config()).expect("valid");
    let path = root.join("sheet.png");
    std::fs::write(&path, sheet::write(&trainer.scene()).expect("images").expect("written")).expect("a file");
    for size in [[1400.0, 900.0], [390.0, 844.0]] {
        let mut harness = open(size);
        drop_onto(&mut harness, std::slice::from_ref(&path), asks);
        assert_eq!(app(&harness).model().config.data, Data::Blobs, "it asks first");
        harness.get_by_label_contains("4 images of 2 classes");
        harness.key_press(Key::S);
        harness.run_steps(4);
        assert_eq!(app(&harness).model().snapshot.step, 0, "keys are not for what lies behind");
        press(&mut harness, "Cancel");
        assert!(app(&harness).model().sheet.is_none());
        drop_onto(&mut harness, std::slice::from_ref(&path), asks);
        harness.key_press(Key::Enter);
        harness.run_steps(8);
        let model = app(&harness).model();
        assert_eq!((model.config.data, &model.config.own_images), (Data::Images, &config().own_images));
        assert!(model.sheet.is_none());
    }
    std::fs::write(&path, png(square(26, 9))).expect("a file");
    let mut harness = open([1400.0, 900.0]);
    drop_onto(&mut harness, std::slice::from_ref(&path), asks);
    harness.get_by_label_contains("training takes at least 2");
    press(&mut harness, "Open");
    assert!(app(&harness).model().sheet.is_some(), "what gives no images can't be opened");
    // Another sheet takes the first one's place, and what starts a run takes the question away.
    std::fs::write(&path, sheet::write(&trainer.scene()).expect("images").expect("written")).expect("a file");
    let number = app(&harness).model().sheet.as_ref().expect("it asks").number;
    drop_onto(&mut harness, std::slice::from_ref(&path), |app| app.model().sheet.as_ref().is_some_and(|sheet| sheet.number > number));
    harness.get_by_label_contains("4 images of 2 classes");
    harness.event(Event::Paste("x,y\n1,2\n3,4\n".to_owned()));
    harness.run_steps(4);
    assert_eq!(app(&harness).model().config.data, Data::Blobs, "nothing is pasted behind the question");
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(app(&harness).model().sheet.is_none());
    drop_onto(&mut harness, std::slice::from_ref(&path), asks);
    let settings = root.join("settings.json");
    std::fs::write(&settings, file::to_json(&small())).expect("a file");
    drop_onto(&mut harness, &[settings], |app| app.model().sheet.is_none());
}

#[test]
fn a_file_that_is_too_large_is_named_as_such() {
    let root = workshop("large-files");
    let path = root.join("large.png");
    let mut bytes = png(square(8, 3));
    bytes.resize(16_000_001, 0);
    std::fs::write(&path, bytes).expect("a file");
    let mut harness = open([1400.0, 900.0]);
    let says = |app: &Playground| app.notices().any(|text| text.contains("large.png: too large: at most 16 MB of a file are read"));
    drop_onto(&mut harness, std::slice::from_ref(&path), says);
    let mut harness = open([1400.0, 900.0]);
    drop_onto(&mut harness, std::slice::from_ref(&root), says);
    let output = run(&["train", "--steps", "1", "--data-file", &path.to_string_lossy(), "--tile", "8"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("too large"), "{output:?}");
}

#[test]
fn the_first_own_images_are_some_of_those_that_were_shown() {
    for (size, side, count) in [(ImageSize::Small, 8, 44), (ImageSize::Medium, 12, 44), (ImageSize::Large, 16, 25)] {
        let config = Config { data: Data::Shapes, size, ..small() };
        let mut harness = support::open(Harness::builder(), [1400.0, 900.0], Start { config: Some(config), ..Start::default() });
        harness.get_by_role_and_label(Role::RadioButton, "Your own").click();
        harness.run_steps(8);
        let model = app(&harness).model();
        assert_eq!((model.config.data, model.config.own_images.len(), model.config.own_images.side()), (Data::Images, count, side));
        assert!(link::fits(&model.config) && model.scene.labels.len() == count);
    }
}
