//! One step in slow motion, without a window: by mouse and by keyboard, for every method, in every size and language.

#![cfg(feature = "app")]
#![expect(clippy::unwrap_used, reason = "a test that can't go on has failed")]

mod support;

use contrastive_playground::app::Start;
use contrastive_playground::app::words::Language;
use contrastive_playground::learn::config::{Head, Loss, MethodName, Positives, Similarity};
use contrastive_playground::learn::{Config, Trainer, recipes::RECIPES};
use eframe::egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ui, app, small};

fn open<'a>(size: [f32; 2], config: Config) -> Ui<'a> {
    support::open(Harness::builder(), size, Start { config: Some(config), ..Start::default() })
}

fn press(harness: &mut Ui<'_>, key: Key) {
    harness.key_press(key);
    harness.run_steps(6);
}

fn click(harness: &mut Ui<'_>, label: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(6);
}

fn shows(harness: &Ui<'_>, label: &str) -> bool {
    harness.query_all_by_label_contains(label).next().is_some()
}

#[test]
fn the_stages_go_forward_and_back_and_the_step_that_is_taken_is_the_one_that_was_told() {
    let mut harness = open([1400.0, 900.0], small());
    press(&mut harness, Key::S);
    let before = app(&harness).model().snapshot.fingerprint;
    click(&mut harness, "Slow motion");
    let walk = app(&harness).model().snapshot.walk.clone().unwrap();
    for stage in ["Augment", "Encode", "Normalise", "Compare", "Loss", "Gradient", "Move"] {
        click(&mut harness, &format!("Next: {stage}"));
    }
    press(&mut harness, Key::ArrowLeft);
    click(&mut harness, "5 Compare");
    assert!(shows(&harness, "the nearest negative is"));
    assert_eq!(app(&harness).model().snapshot.fingerprint, before, "looking takes no step");
    click(&mut harness, "Take the step");
    let snapshot = &app(&harness).model().snapshot;
    assert_eq!((snapshot.step, Some(snapshot.fingerprint)), (2, walk.fingerprint));
    assert_eq!((app(&harness).model().walking, snapshot.walk.as_ref().unwrap().step), (Some(0), 2), "the next one begins");
    // The last stage leads to the step, too.
    let told = snapshot.walk.as_ref().unwrap().clone();
    for _ in 0..told.told.len() {
        press(&mut harness, Key::ArrowRight);
    }
    assert_eq!(Some(app(&harness).model().snapshot.fingerprint), told.fingerprint);
    press(&mut harness, Key::Escape);
    assert_eq!((app(&harness).model().walking, app(&harness).model().snapshot.walk.is_some()), (None, false), "Escape leaves");
    press(&mut harness, Key::W);
    press(&mut harness, Key::Space);
    assert!(app(&harness).model().walking.is_none() && app(&harness).model().playing, "a run that goes on has no slow motion");
}

#[test]
fn a_live_change_shows_what_the_step_would_do_then() {
    let mut harness = open([1400.0, 900.0], small());
    press(&mut harness, Key::W);
    click(&mut harness, "6 Loss");
    let first = app(&harness).model().loss();
    assert!(shows(&harness, &format!("All of it becomes one number: {first}")));
    press(&mut harness, Key::Num1);
    harness.run_steps(6);
    assert!(shows(&harness, "have a loss; all the others are where they shall be"), "another loss, another sentence");
    assert_ne!(app(&harness).model().loss(), first);
}

#[test]
fn every_method_is_walked_through_in_every_size() {
    for recipe in RECIPES {
        for size in [[1400.0, 900.0], [1100.0, 700.0], [390.0, 844.0]] {
            let mut harness = open(size, recipe.applied(&small()).unwrap());
            press(&mut harness, Key::W);
            let stages = app(&harness).model().snapshot.walk.as_ref().unwrap().told.len();
            for _ in 1..stages {
                press(&mut harness, Key::ArrowRight);
            }
            assert_eq!(app(&harness).model().walking, Some(stages - 1), "{}", recipe.name);
        }
    }
}

#[test]
fn every_sentence_that_is_told_has_its_words_and_every_word_its_number() {
    let base = Config { points: 96, batch: 16, queue: 64, head: Head::Mlp, ..Config::default() };
    let mut configs: Vec<Config> = MethodName::ALL.iter().map(|method| Config { method: *method, ..base.clone() }).collect();
    for loss in Loss::ALL.iter().copied() {
        configs.push(Config { loss, similarity: Similarity::Dot, positives: Positives::Labels, ..base.clone() });
    }
    configs.push(Config { positives: Positives::Dropout, ..base.clone() });
    configs.push(Config { points: 32, batch: 64, ..base });
    for config in configs {
        let walk = Trainer::new(config.clone()).unwrap().next_step().unwrap();
        for told in &walk.told {
            for language in [Language::English, Language::Chinese] {
                assert!(language.find(&format!("walk.stage.{}", told.stage.key())).is_some());
                for end in ["", ".short"] {
                    let key = format!("walk.{}{end}", told.sentence);
                    assert!(language.find(&key).is_some(), "{key}: {config:?}");
                    for (_, name) in language.pieces(&key) {
                        assert!(name.is_none_or(|name| told.get(name).is_some()), "{key}: {name:?}");
                    }
                }
            }
        }
    }
}
