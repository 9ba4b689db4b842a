//! Tests the interface without a window, the way a user works with it: finds controls by label and role, presses keys and clicks. The
//! harness also fails if a glyph is missing from all fonts or a control has no accessible name.

#![cfg(feature = "app")]
#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use contrastive_playground::app::platform::{Folder, Storage};
use contrastive_playground::app::words::Language;
use contrastive_playground::app::{Playground, Start, platform};
use contrastive_playground::learn::Config;
use contrastive_playground::learn::config::{Data, Head, Loss, MethodName};
use contrastive_playground::learn::recipes::RECIPES;
use contrastive_playground::learn::report::Space;
use contrastive_playground::runner::{Doing, Event, Job, Message, Runner, SliceRunner, Work};
use eframe::egui::accesskit::Role;
use eframe::egui::{self, Key, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::{By, NodeT as _, Queryable as _};
use std::cell::RefCell;
use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use support::{Ui, app, small};

/// Starts the program in a window of this size, paused at its first snapshot.
fn open<'a>(size: [f32; 2], start: Start) -> Ui<'a> {
    support::open(Harness::builder(), size, start)
}

fn wide<'a>() -> Ui<'a> {
    open([1400.0, 900.0], Start { config: Some(small()), ..Start::default() })
}

fn click(harness: &mut Ui<'_>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(6);
}

/// Returns true if there is something with this label.
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
            let own = "1,0,0~0,1,1~-1,0,2~0,-1,11".parse().unwrap();
            let own_images = "0,0123456789abcdef~1,fedcba9876543210~2,00ffff0000ffff00".parse().unwrap();
            let config = Config { data: *data, own, own_images, loss, dim, classes: 12, ..small() };
            let mut harness = open([1100.0, 700.0], Start { config: Some(config), ..Start::default() });
            click(&mut harness, "Step");
            let snapshot = &app(&harness).model().snapshot;
            assert_eq!((snapshot.step, snapshot.config.data), (1, *data), "{data:?} {loss:?} {dim}");
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
    assert_eq!((model.shown().step, model.shown().past.rows.len()), (0, 12));
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
            let app = app.get_or_insert_with(|| Playground::with_runner(ui.ctx(), start.clone(), || Box::new(SliceRunner::default())));
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

#[test]
fn nothing_in_the_top_bar_overlaps_or_is_cut() {
    for language in Language::ALL {
        for width in (360..=2560).step_by(100) {
            let size = [width as f32, 800.0];
            let harness = open(size, Start { config: Some(small()), language, ..Start::default() });
            let mut rects: Vec<(String, egui::Rect)> = harness
                .query_all(By::new().predicate(|node| node.role() == Role::Button))
                .filter(|node| node.rect().max.y <= 52.0)
                .map(|node| (node.accesskit_node().label().unwrap_or_default(), node.rect()))
                .collect();
            rects.sort_by(|a, b| a.1.min.x.total_cmp(&b.1.min.x));
            assert!(rects.len() >= 6, "{width}: {rects:?}");
            assert!(rects.iter().all(|(_, rect)| rect.min.x >= 0.0 && rect.max.x <= size[0]), "{width}: {rects:?}");
            assert!(rects.windows(2).all(|pair| pair[0].1.max.x <= pair[1].1.min.x + 0.5), "{width}: {rects:?}");
        }
    }
}

#[test]
fn plane_and_sphere_stand_side_by_side_from_900_points_on() {
    let shows_plane = |width: f32| {
        let harness = open([width, 600.0], Start { config: Some(small()), ..Start::default() });
        let both = ["ui.plane_name", "ui.sphere_name"].map(|key| {
            let nodes: Vec<egui::Rect> = harness.query_all_by_label(Language::English.get(key)).map(|node| node.rect()).collect();
            nodes.first().copied()
        });
        matches!(both, [Some(plane), Some(sphere)] if plane.max.x <= sphere.min.x && plane.width() > 150.0)
    };
    assert!(!shows_plane(880.0) && [900.0, 948.0, 1024.0, 1100.0, 1400.0].into_iter().all(shows_plane));
}

/// The last control with this label: of a number that is the slider.
fn focus_slider(harness: &mut Ui<'_>, label: &str) {
    let sliders: Vec<_> = harness.query_all_by_label(label).collect();
    sliders.iter().max_by(|a, b| a.rect().width().total_cmp(&b.rect().width())).expect("a slider").focus();
    harness.run_steps(2);
}

#[test]
fn keys_move_a_slider_by_sensible_steps_and_back_to_the_same_value() {
    let mut harness = wide();
    focus_slider(&mut harness, "Temperature τ");
    let press = |harness: &mut Ui<'_>, key: Key| {
        harness.key_press(key);
        harness.run_steps(3);
        app(harness).model().config.tau
    };
    let values: Vec<f32> = [Key::ArrowRight, Key::ArrowRight, Key::ArrowLeft, Key::ArrowLeft].map(|key| press(&mut harness, key)).to_vec();
    assert!(values[0] > 0.21 && values[0] < 0.24, "{values:?}");
    assert_eq!((values[2], values[3]), (values[0], 0.2));
    assert_eq!((press(&mut harness, Key::End), press(&mut harness, Key::Home)), (10.0, 0.01));
    assert!(press(&mut harness, Key::PageUp) > 0.03);
    assert_eq!(press(&mut harness, Key::PageDown), 0.01);
}

#[test]
fn after_a_drag_the_arrows_move_that_slider_and_the_drag_is_one_mark() {
    let mut harness = wide();
    click(&mut harness, "Step");
    let rect = harness.query_all_by_label("Temperature τ").map(|node| node.rect()).max_by(|a, b| a.width().total_cmp(&b.width())).unwrap();
    let at = |share: f32| egui::pos2(rect.min.x + share * rect.width(), rect.center().y);
    harness.drag_at(at(0.44));
    harness.run_steps(2);
    for step in 0..6 {
        harness.hover_at(at(0.5 + 0.05 * step as f32));
        harness.run_steps(2);
        // The run goes on while the slider is dragged.
        harness.state_mut().as_mut().unwrap().script_step(1, Box::new(|_| ()));
        harness.run_steps(4);
    }
    harness.drop_at(at(0.75));
    harness.run_steps(4);
    let before = app(&harness).model().config.tau;
    let marks = app(&harness).model().snapshot.past.marks.clone();
    assert_eq!(marks.len(), 1, "{marks:?}");
    assert_eq!((marks[0].from.as_str(), marks[0].to.clone()), ("0.2", before.to_string()));
    harness.key_press(Key::ArrowRight);
    harness.run_steps(4);
    assert!(app(&harness).model().config.tau > before && before > 0.3, "{before}");
}

#[test]
fn numbers_are_typed_as_people_write_them_and_refused_in_words() {
    let mut harness = wide();
    let mut type_in = |text: &str| {
        let field = harness.query_all_by_label("Temperature τ").max_by_key(|node| node.rect().width() < 80.0).expect("a field");
        field.click();
        harness.run_steps(3);
        harness.event(egui::Event::Text(text.to_owned()));
        harness.run_steps(2);
        harness.key_press(Key::Enter);
        harness.run_steps(4);
        let app = app(&harness);
        (app.model().config.tau, app.notices().map(str::to_owned).collect::<Vec<_>>())
    };
    assert_eq!(type_in("0,1").0, 0.1);
    assert_eq!(type_in("3e-1").0, 0.3);
    assert_eq!(type_in("０．５"), (0.5, Vec::new()));
    let (tau, notices) = type_in("banana");
    assert_eq!(tau, 0.5);
    assert!(notices.iter().any(|notice| notice.contains("banana") && notice.contains("0.01")), "{notices:?}");
    let (tau, notices) = type_in("99");
    assert!(tau == 0.5 && notices.iter().any(|notice| notice.contains("99")), "{notices:?}");
}

#[test]
fn escape_closes_the_help_and_then_leaves() {
    let mut harness = wide();
    harness.event(egui::Event::Text("?".to_owned()));
    harness.run_steps(4);
    assert!(!app(&harness).escape_leaves());
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    assert!(!shows(&harness, Language::English.get("ui.about")) && app(&harness).escape_leaves());
}

#[test]
fn tab_goes_as_the_eye_does_and_leaves_after_the_last_control() {
    let mut harness = wide();
    assert!(app(&harness).tab_leaves(true) && !app(&harness).tab_leaves(false));
    let mut places = Vec::new();
    for press in 0..400 {
        if app(&harness).tab_leaves(false) {
            assert!(press > 40, "{press} controls");
            // In each row of controls from left to right.
            let backwards = |pair: &[egui::Rect]| pair[0].y_range().contains(pair[1].center().y) && pair[1].min.x < pair[0].min.x - 1.0;
            let wrong: Vec<_> = places.windows(2).filter(|pair| backwards(pair)).collect();
            assert!(wrong.is_empty(), "{wrong:?}");
            return;
        }
        harness.key_press(Key::Tab);
        harness.run_steps(2);
        places.extend(harness.query_all(By::new()).filter(|node| node.accesskit_node().is_focused()).map(|node| node.rect()));
    }
    panic!("Tab never leaves");
}

#[test]
fn a_collapsed_embedding_is_called_one() {
    let config = Config { loss: Loss::Triplet, miner: contrastive_playground::learn::config::Miner::Hard, batch: 64, ..small() };
    let mut harness = open([1400.0, 900.0], Start { config: Some(config), ..Start::default() });
    harness.state_mut().as_mut().unwrap().script_step(3_000, Box::new(|_| ()));
    while app(&harness).model().snapshot.step < 3_000 {
        harness.run_steps(4);
    }
    let snapshot = &app(&harness).model().snapshot;
    assert!(snapshot.is_in_one_place() && snapshot.accuracy.is_none(), "{:?}", snapshot.spectrum);
    assert!(shows(&harness, "All points in one place") && shows(&harness, "–"));
}

/// A finger touches the screen and leaves it. What the system says of either comes in one frame.
fn tap(harness: &mut Ui<'_>, pos: egui::Pos2) {
    let touch = |phase| egui::Event::Touch { device_id: egui::TouchDeviceId(0), id: egui::TouchId(0), phase, pos, force: None };
    let button =
        |pressed| egui::Event::PointerButton { pos, button: egui::PointerButton::Primary, pressed, modifiers: egui::Modifiers::NONE };
    let down = [touch(egui::TouchPhase::Start), egui::Event::PointerMoved(pos), button(true)];
    let up = [touch(egui::TouchPhase::End), button(false), egui::Event::PointerGone];
    for events in [down, up] {
        harness.input_mut().events.extend(events);
        harness.step();
    }
    harness.run_steps(4);
}

#[test]
fn a_finger_that_taps_a_name_is_told_what_it_means() {
    let mut harness = open([390.0, 844.0], Start { config: Some(small()), ..Start::default() });
    let name = harness
        .query_all_by_label("Temperature τ")
        .find(|node| node.accesskit_node().role() == Role::Label)
        .map(|node| node.rect().center())
        .expect("a name");
    let sphere = harness.get_by_label(Language::English.get("ui.sphere_name")).rect().center();
    let help = Language::English.get("param.tau.help");
    // The first touch of all tells that there are fingers.
    for (place, is_told) in [(sphere, false), (name, true), (name, false), (name, true), (sphere, false)] {
        tap(&mut harness, place);
        assert_eq!(harness.query_all_by_label_contains(help).next().is_some(), is_told, "{place:?}");
    }
}

/// A runner that counts what it is told.
struct Counting {
    inner: SliceRunner,
    configured: Rc<std::cell::Cell<u32>>,
}

impl Runner for Counting {
    fn send(&mut self, message: Message) {
        let sets = message.jobs.iter().filter(|(_, job)| matches!(job, Job::Set(..))).count();
        self.configured.set(self.configured.get() + sets as u32);
        self.inner.send(message);
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        self.inner.poll(events);
    }
}

/// A runner that is slow: it works in every twelfth frame only.
#[derive(Default)]
struct Slow {
    inner: SliceRunner,
    frames: u32,
    recalled: Rc<std::cell::Cell<u32>>,
}

impl Runner for Slow {
    fn send(&mut self, message: Message) {
        self.inner.send(message);
    }

    fn poll(&mut self, events: &mut Vec<Event>) {
        self.frames += 1;
        if self.frames.is_multiple_of(12) {
            let from = events.len();
            self.inner.poll(events);
            let count = events[from..].iter().filter(|event| matches!(event, Event::Recalled(..))).count();
            self.recalled.set(self.recalled.get() + count as u32);
        }
    }

    fn needs_frames(&self) -> bool {
        true
    }
}

#[test]
fn a_film_over_a_slow_runner_is_over_in_its_time_with_as_many_pictures_as_there_is_time_for() {
    let recalled = Rc::new(std::cell::Cell::new(0));
    let counter = recalled.clone();
    let mut harness = Harness::builder().with_size([1400.0, 900.0]).build_ui_state(
        move |ui, app: &mut Option<Playground>| {
            let app = app.get_or_insert_with(|| {
                let own = vec![("play".to_owned(), "0".to_owned())];
                let start = Start { config: Some(small()), own, ..Start::default() };
                let runner = Slow { recalled: counter.clone(), ..Slow::default() };
                Playground::with_runner(ui.ctx(), start, || Box::new(runner))
            });
            app.tick(ui.ctx());
            app.show(ui);
        },
        None,
    );
    harness.run_steps(24);
    harness.state_mut().as_mut().unwrap().script_step(60, Box::new(|_| ()));
    harness.run_steps(60);
    assert_eq!(harness.state().as_ref().unwrap().model().snapshot.past.frames.len(), 61);
    harness.get_by_label(Language::English.get("ui.replay")).click();
    harness.run_steps(30);
    assert!(harness.state().as_ref().unwrap().model().is_replaying);
    // Frames are further apart here than a film's pictures: each shows the next of the 61 steps.
    harness.run_steps(40);
    let model = harness.state().as_ref().unwrap().model();
    assert!(!model.is_replaying && model.recalled.is_none(), "the film is over");
    assert!((4..=6).contains(&recalled.get()), "{} pictures", recalled.get());
}

/// A runner that keeps somebody waiting for this, until it is told not to.
#[derive(Clone, Default)]
struct Busy {
    doing: Rc<std::cell::Cell<Option<Doing>>>,
    stopped: Rc<std::cell::Cell<u32>>,
}

impl Runner for Busy {
    fn send(&mut self, _: Message) {}

    fn poll(&mut self, _: &mut Vec<Event>) {}

    fn keeps_waiting(&self) -> Option<Doing> {
        self.doing.get()
    }

    fn stop_waiting(&mut self) {
        self.stopped.set(self.stopped.get() + 1);
    }
}

#[test]
fn who_waits_is_told_for_what_and_nothing_but_stop_waiting_ends_a_run() {
    let busy = Busy::default();
    let runner = busy.clone();
    let mut harness = Harness::builder().with_size([1400.0, 900.0]).build_ui_state(
        move |ui, app: &mut Option<Playground>| {
            let runner = runner.clone();
            let app = app.get_or_insert_with(|| Playground::with_runner(ui.ctx(), Start::default(), || Box::new(runner)));
            app.tick(ui.ctx());
            app.show(ui);
        },
        None,
    );
    harness.run_steps(3);
    let language = Language::English;
    let stop = language.get("ui.stop_waiting");
    assert!(harness.query_by_label(stop).is_none(), "nothing keeps anybody waiting");
    for (doing, text, stops) in [
        (Doing::Stepping, "ui.waits_answer", 1),
        (Doing::Long(Work::Step, None), "ui.waits_step", 2),
        // These end piece by piece, and the run stays.
        (Doing::Long(Work::Probes, Some(0.25)), "ui.waits_probes", 2),
    ] {
        busy.doing.set(Some(doing));
        harness.run_steps(3);
        assert!(harness.query_by_label_contains(language.get(text)).is_some(), "{doing:?}");
        harness.get_by_label(stop).click();
        harness.run_steps(3);
        assert_eq!(busy.stopped.get(), stops, "{doing:?}");
    }
    busy.doing.set(None);
    harness.run_steps(3);
    assert!(harness.query_by_label(stop).is_none());
}

#[test]
fn many_changes_in_a_row_are_sent_as_one_and_a_restart_among_them_is_kept() {
    let configured = Rc::new(std::cell::Cell::new(0));
    let ctx = egui::Context::default();
    let counter = configured.clone();
    let start = Start { own: vec![("play".to_owned(), "0".to_owned())], ..Start::default() };
    let mut app = Playground::with_runner(&ctx, start, || Box::new(Counting { inner: SliceRunner::default(), configured: counter }));
    app.script_step(3, Box::new(|_| ()));
    for change in 0..200 {
        app.script_set(&format!(r#"{{"tau": {}}}"#, 0.2 + f64::from(change) / 1000.0)).expect("accepted");
    }
    (0..9).for_each(|_| app.pump());
    assert_eq!((configured.get(), app.model().config.tau), (1, 0.399));
    assert_eq!((app.model().snapshot.step, app.model().snapshot.config.tau), (3, 0.399));
    app.script_set(r#"{"tau": 0.5}"#).expect("accepted");
    app.script_set(r#"{"seed": 3}"#).expect("accepted");
    app.script_set(r#"{"seed": 7}"#).expect("accepted");
    (0..9).for_each(|_| app.pump());
    assert_eq!(configured.get(), 2);
    let snapshot = &app.model().snapshot;
    assert_eq!((snapshot.config.seed, snapshot.config.tau), (7, 0.5));
    assert_eq!(snapshot.step, 0, "a change that starts another run is not passed over");
}

#[test]
fn the_gallery_starts_a_method_and_a_click_on_a_loss_leaves_it() {
    let mut harness = wide();
    click(&mut harness, "Step");
    let mut segment = "More…";
    for recipe in RECIPES {
        click(&mut harness, segment);
        // The card; the segment may have the same name.
        let cards: Vec<_> = harness.query_all_by_label(recipe.title).filter(|node| node.rect().height() > 60.0).collect();
        assert_eq!(cards.len(), 1, "{}", recipe.name);
        cards[0].click();
        harness.run_steps(10);
        segment = recipe.title;
        let snapshot = &app(&harness).model().snapshot;
        assert!(recipe.is_in(&snapshot.config), "{}", recipe.name);
        assert_eq!(snapshot.step, 0, "{} starts again", recipe.name);
        click(&mut harness, "Step");
        assert_eq!(app(&harness).model().snapshot.step, 1);
    }
    click(&mut harness, "InfoNCE");
    assert_eq!(app(&harness).model().snapshot.config, small(), "nothing of the method is left");
}

#[test]
fn a_click_in_the_wiring_shows_that_space() {
    let config = Config { head: Head::Mlp, dim: 4, head_dim: 3, ..small() };
    let mut harness = open([1400.0, 1400.0], Start { config: Some(config), ..Start::default() });
    click(&mut harness, "Step");
    assert_eq!((app(&harness).model().snapshot.space, app(&harness).model().snapshot.dim), (Space::Z, 3));
    // The sphere's switch and the diagram have a button for it.
    for (place, space, dim) in [(1, Space::H, 4), (0, Space::Z, 3), (0, Space::H, 4)] {
        let buttons: Vec<_> = harness.get_all_by_role_and_label(Role::RadioButton, space.key()).collect();
        assert_eq!(buttons.len(), 2, "{space:?}");
        buttons[place].click();
        harness.run_steps(6);
        let snapshot = &app(&harness).model().snapshot;
        assert_eq!((snapshot.space, snapshot.dim, snapshot.step), (space, dim, 1));
        assert_eq!(snapshot.embeddings.len(), 128 * dim);
    }
}

#[test]
fn probes_are_shown_on_demand() {
    let config = Config { data: Data::Nuisance, ..small() };
    let mut harness = open([1400.0, 1400.0], Start { config: Some(config), ..Start::default() });
    assert!(!shows(&harness, "Nuisance, R²"));
    let before = app(&harness).model().snapshot.fingerprint;
    click(&mut harness, "Probe");
    assert!(shows(&harness, "Nuisance, R²") && shows(&harness, "Class, linear"));
    assert_eq!(app(&harness).model().snapshot.fingerprint, before);
}

#[test]
fn the_gallery_works_by_keyboard_alone() {
    let mut harness = wide();
    harness.get_by_label("More…").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    assert!(shows(&harness, "MoCo"), "Enter opens it");
    // The cards come right behind the segment.
    for _ in 0..2 {
        harness.key_press(Key::Tab);
        harness.run_steps(2);
    }
    harness.key_press(Key::Enter);
    harness.run_steps(10);
    assert_eq!(app(&harness).model().snapshot.config.method, MethodName::Moco, "the second card");
    harness.get_by_label("MoCo").focus();
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(6);
    assert!(shows(&harness, "VICReg"));
    harness.key_press(Key::Escape);
    harness.run_steps(6);
    assert!(!shows(&harness, "VICReg"), "Escape closes it");
    assert_eq!(app(&harness).model().snapshot.config.method, MethodName::Moco);
}
