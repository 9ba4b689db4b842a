//! The interface as a user meets it, headless: by labels and roles, with keys and clicks. The harness also fails on a
//! glyph that no font has and on a control without an accessible name.

#![cfg(feature = "app")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on has failed")]

use contrastive_playground::app::platform::{Folder, Storage};
use contrastive_playground::app::words::Language;
use contrastive_playground::app::{Playground, Start, platform};
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Data, Loss};
use contrastive_playground::runner::SliceRunner;
use eframe::egui::{self, Key, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

type Ui<'a> = Harness<'a, Option<Playground>>;

/// The program in a window of this size, started, paused at its first snapshot.
fn open<'a>(size: [f32; 2], mut start: Start) -> Ui<'a> {
    start.own.push(("play".to_owned(), "0".to_owned()));
    let config = start.config.take();
    let mut harness = Harness::builder().with_size(Vec2::from(size)).with_max_steps(64).build_ui_state(
        move |ui, app: &mut Option<Playground>| {
            let app = app.get_or_insert_with(|| {
                let start = Start { config: Some(config.clone().unwrap_or_default()), ..start.clone() };
                Playground::with_runner(ui.ctx(), start, |config| Box::new(SliceRunner::start(config)))
            });
            app.tick(ui.ctx());
            app.show(ui);
        },
        None,
    );
    harness.run_steps(8);
    harness
}

fn wide<'a>() -> Ui<'a> {
    open([1400.0, 900.0], Start { config: Some(small()), ..Start::default() })
}

fn small() -> Config {
    Config { points: 128, batch: 16, ..Config::default() }
}

fn app<'a>(harness: &'a Ui<'_>) -> &'a Playground {
    harness.state().as_ref().expect("the first frame made it")
}

fn click(harness: &mut Ui<'_>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(6);
}

/// Whether anything with this label is there.
fn shows(harness: &Ui<'_>, label: &str) -> bool {
    harness.query_all_by_label(label).next().is_some()
}

#[test]
fn buttons_and_keys_run_the_run() {
    let mut harness = wide();
    assert!(app(&harness).model().is_ready());
    assert_eq!(app(&harness).model().snapshot.step, 0);
    click(&mut harness, "Step");
    assert_eq!(app(&harness).model().snapshot.step, 1);
    harness.key_press(Key::S);
    harness.run_steps(6);
    assert_eq!(app(&harness).model().snapshot.step, 2);
    let before = app(&harness).model().snapshot.fingerprint;
    click(&mut harness, "Reset");
    assert_eq!(app(&harness).model().snapshot.step, 0);
    click(&mut harness, "Step");
    click(&mut harness, "Step");
    assert_eq!(app(&harness).model().snapshot.fingerprint, before, "the same run again");
    click(&mut harness, "Play");
    assert!(app(&harness).model().snapshot.step > 2);
    harness.key_press(Key::Space);
    harness.run_steps(6);
    assert!(!app(&harness).model().playing);
}

#[test]
fn the_loss_switches_by_click_and_by_key_from_the_same_first_weights() {
    let mut harness = wide();
    let first = app(&harness).model().snapshot.fingerprint;
    click(&mut harness, "Step");
    click(&mut harness, "Triplet");
    let model = app(&harness).model();
    assert_eq!(model.snapshot.config.loss, Loss::Triplet);
    assert_eq!((model.snapshot.step, model.snapshot.fingerprint), (0, first));
    assert!(shows(&harness, "Margin α") && !shows(&harness, "Temperature τ"));
    harness.key_press(Key::Num2);
    harness.run_steps(6);
    assert_eq!(app(&harness).model().snapshot.config.loss, Loss::InfoNce);
    click(&mut harness, "Go on");
    click(&mut harness, "Step");
    click(&mut harness, "Triplet");
    assert_eq!(app(&harness).model().snapshot.step, 1, "goes on from the current weights");
}

#[test]
fn arrows_move_the_slider_that_has_the_focus() {
    let mut harness = wide();
    let before = app(&harness).model().config.tau;
    let sliders: Vec<_> = harness.query_all_by_label("Temperature τ").collect();
    sliders.last().expect("a slider").focus();
    harness.run_steps(2);
    for _ in 0..3 {
        harness.key_press(Key::ArrowRight);
        harness.run_steps(2);
    }
    harness.run_steps(6);
    let model = app(&harness).model();
    assert!(model.config.tau > before, "{}", model.config.tau);
    assert_eq!(model.snapshot.config.tau, model.config.tau, "live");
}

#[test]
fn a_number_is_typed_without_its_digits_being_keys_or_values_on_the_way() {
    let mut harness = wide();
    let field = harness.query_all_by_label("Temperature τ").max_by_key(|node| node.rect().width() < 80.0).expect("a field");
    field.click();
    harness.run_steps(3);
    harness.key_press(Key::Num1);
    harness.event(egui::Event::Text("1".to_owned()));
    harness.run_steps(3);
    assert_eq!(app(&harness).model().config, small(), "neither another loss nor a temperature of 1 on the way to 1.5");
    harness.event(egui::Event::Text(".5".to_owned()));
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert_eq!(app(&harness).model().config, Config { tau: 1.5, ..small() });
    harness.key_press(Key::Num1);
    harness.run_steps(4);
    assert_eq!(app(&harness).model().config.loss, Loss::Triplet);
}

#[test]
fn a_data_set_is_picked_by_its_picture() {
    let mut harness = wide();
    click(&mut harness, Language::English.get("choice.data.moons"));
    assert_eq!(app(&harness).model().snapshot.config.data, Data::Moons);
    assert_eq!(app(&harness).model().scene.classes, 2);
}

#[test]
fn every_layout_and_language_shows_the_run_and_names_its_controls() {
    for size in [[1400.0, 900.0], [1100.0, 700.0], [390.0, 844.0], [844.0, 390.0], [360.0, 560.0]] {
        for language in Language::ALL {
            let mut harness = open(size, Start { config: Some(small()), language, ..Start::default() });
            assert!(shows(&harness, language.get("ui.play")), "{size:?}");
            assert!(shows(&harness, language.get("ui.sphere_name")), "{size:?}");
            if size[0] < 1000.0 {
                for tab in ["group.data", "ui.tab_plane", "ui.tab_charts", "group.loss"] {
                    let tabs: Vec<_> = harness.query_all_by_label(language.get(tab)).collect();
                    tabs.first().expect("a tab").click();
                    harness.run_steps(3);
                }
            }
        }
    }
}

#[test]
fn every_set_loss_and_dimension_draws() {
    for data in Data::ALL {
        for (loss, dim) in [(Loss::InfoNce, 2), (Loss::Triplet, 3), (Loss::InfoNce, 8)] {
            let config = Config { data: *data, loss, dim, classes: 12, ..small() };
            let mut harness = open([1100.0, 700.0], Start { config: Some(config), ..Start::default() });
            click(&mut harness, "Step");
            assert_eq!(app(&harness).model().snapshot.step, 1, "{data:?} {loss:?} {dim}");
        }
    }
}

#[test]
fn help_opens_and_closes_with_the_question_mark() {
    let mut harness = wide();
    let about = Language::English.get("ui.about");
    for shown in [true, false] {
        harness.event(egui::Event::Text("?".to_owned()));
        harness.run_steps(4);
        assert_eq!(shows(&harness, about), shown);
    }
}

#[test]
fn the_past_comes_back_and_the_present_after_it() {
    let mut harness = wide();
    for _ in 0..12 {
        click(&mut harness, "Step");
    }
    let slider = harness.get_by_label("Back through the run");
    slider.set_value_accesskit(0.0);
    harness.run_steps(6);
    let model = app(&harness).model();
    assert_eq!(model.recalled.as_ref().map(|past| past.step), Some(0));
    assert!(shows(&harness, "step 0") && shows(&harness, "0"), "everything shows the past");
    assert_ne!(model.shown().embeddings, model.snapshot.embeddings);
    assert_eq!((model.shown().step, model.shown().history.len()), (0, 12));
    click(&mut harness, "Step");
    assert!(app(&harness).model().recalled.is_none());
}

#[test]
fn what_a_link_or_the_store_got_wrong_is_told_and_the_rest_is_used() {
    let stored = Memory(RefCell::new(Some("tau=banana&seed=9&lang=en&theme=dark".to_owned())));
    let mut start = Start { storage: Some(Rc::new(stored)), ..Start::default() };
    start.own.push(("play".to_owned(), "0".to_owned()));
    let harness = Harness::builder().with_size(Vec2::new(1100.0, 700.0)).build_ui_state(
        move |ui, app: &mut Option<Playground>| {
            let app =
                app.get_or_insert_with(|| Playground::with_runner(ui.ctx(), start.clone(), |config| Box::new(SliceRunner::start(config))));
            app.tick(ui.ctx());
            app.show(ui);
        },
        None,
    );
    let app = app(&harness);
    assert_eq!(app.model().config, Config { seed: 9, ..Config::default() });
    let notices: Vec<&str> = app.notices().collect();
    assert!(notices.iter().any(|notice| notice.contains("tau") && notice.contains("banana") && notice.contains("10")), "{notices:?}");
}

/// A storage that is gone when the test is over.
#[derive(Debug, Default)]
struct Memory(RefCell<Option<String>>);

impl Storage for Memory {
    fn stored(&self) -> Result<Option<String>, String> {
        Ok(self.0.borrow().clone())
    }

    fn store(&self, text: &str) -> Result<(), String> {
        self.0.replace(Some(text.to_owned()));
        Ok(())
    }
}

/// A folder of this test's own, that is not there yet.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("interface-{name}"));
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("the last run's folder goes");
    }
    folder
}

#[test]
fn the_state_is_stored_where_the_start_says_and_nowhere_else() {
    let of_user = Folder::of_user().map(|folder| folder.file());
    let look = || of_user.as_ref().map(|file| (fs::read(file).ok(), fs::metadata(file).and_then(|found| found.modified()).ok()));
    let before = look();
    let memory = Rc::new(Memory::default());
    let start = Start { config: Some(Config { seed: 4711, ..small() }), storage: Some(memory.clone()), ..Start::default() };
    let mut harness = open([1100.0, 700.0], start);
    // Each takes a quarter of a second.
    harness.run_steps(4);
    assert!(memory.0.borrow().as_ref().expect("stored").contains("seed=4711"));
    click(&mut harness, Language::English.get("choice.data.moons"));
    let stored = memory.0.borrow().clone().expect("stored");
    assert!(stored.contains("seed=4711") && stored.contains("data=moons"), "{stored}");
    // Without a storage nothing is stored.
    wide().run_steps(4);
    assert!(look() == before, "the user's own state has been changed");
}

#[test]
fn a_folder_keeps_the_last_state_and_nothing_else() {
    let path = folder("state");
    let kept = Folder::new(path.join("new"));
    assert_eq!(kept.stored(), Ok(None));
    for state in ["seed=1", "seed=2&data=moons", ""] {
        kept.store(state).expect("stored");
        assert_eq!(kept.stored(), Ok(Some(state.to_owned())));
    }
    let names: Vec<_> = fs::read_dir(path.join("new")).expect("a folder").map(|entry| entry.expect("an entry").file_name()).collect();
    assert_eq!(names, ["state"]);
}

#[test]
fn a_state_that_can_be_neither_read_nor_stored_is_told() {
    let path = folder("blocked");
    fs::create_dir_all(&path).expect("a folder");
    // A file where the folder should be.
    let file = path.join("file");
    fs::write(&file, "").expect("a file");
    let start = Start { config: Some(small()), storage: Some(Rc::new(Folder::new(&file))), ..Start::default() };
    let mut harness = open([1100.0, 700.0], start);
    harness.run_steps(4);
    let model = app(&harness).model();
    assert!(model.is_ready());
    let notices: Vec<&str> = app(&harness).notices().collect();
    for begin in ["What was stored", "Settings and run"] {
        let told = notices.iter().filter(|notice| notice.starts_with(begin) && notice.contains("interface-blocked")).count();
        assert_eq!(told, 1, "{notices:?}");
    }
}

#[test]
fn every_character_that_is_used_has_a_glyph() {
    let ctx = egui::Context::default();
    contrastive_playground::app::theme::install(&ctx, platform::chinese_font());
    ctx.run_ui(egui::RawInput::default(), |_| {}).textures_delta.clear();
    let symbols = "0123456789.,+−-·→—–°%×…τα λΣ²⁺⁻()/=?中文";
    let body = egui::FontId::proportional(13.0);
    assert!(!ctx.fonts_mut(|fonts| fonts.has_glyph(&body, '龘')), "the question can be answered with no");
    for family in [egui::FontFamily::Proportional, contrastive_playground::app::theme::semibold()] {
        let font = egui::FontId::new(13.0, family);
        for language in Language::ALL {
            let texts = language.texts().values().map(String::as_str).chain([symbols]);
            for c in texts.flat_map(str::chars).filter(|c| !c.is_control()) {
                assert!(ctx.fonts_mut(|fonts| fonts.has_glyph(&font, c)), "{c:?} (run assets/fonts/subset.py)");
            }
        }
    }
    for family in [contrastive_playground::app::theme::math(), contrastive_playground::app::theme::math_upright()] {
        let font = egui::FontId::new(19.0, family);
        assert!(ctx.fonts_mut(|fonts| fonts.has_glyphs(&font, "maxlogen−+Σz·⁺⁻d²(),0123456789.=/")));
    }
}

#[test]
fn a_script_sets_all_or_nothing() {
    let mut harness = wide();
    let app = harness.state_mut().as_mut().unwrap();
    let message = app.script_set(r#"{"seed": 3, "tau": 99}"#).expect_err("refused");
    assert!(["tau", "99", "0.01", "10"].iter().all(|part| message.contains(part)), "{message}");
    assert_eq!(app.model().config.seed, 7);
    app.script_set(r#"{"seed": 3, "tau": 0.5}"#).expect("accepted");
    harness.run_steps(4);
    assert_eq!(harness.state().as_ref().unwrap().model().snapshot.config.seed, 3);
}
