//! What the tests of the interface and of its pictures have in common: the program in a window that is none.

#![expect(clippy::expect_used, reason = "a test that can't go on has failed")]

use contrastive_playground::app::{Playground, Start};
use contrastive_playground::learn::Config;
use contrastive_playground::runner::SliceRunner;
use eframe::egui::{self, Id, LayerId, UiBuilder};
use egui_kittest::{Harness, HarnessBuilder};

/// The program, once its first frame has made it.
pub type Ui<'a> = Harness<'a, Option<Playground>>;

/// Starts the program in a window of this size, paused at its first snapshot.
pub fn open<'a>(builder: HarnessBuilder<Option<Playground>>, size: [f32; 2], mut start: Start) -> Ui<'a> {
    start.own.push(("play".to_owned(), "0".to_owned()));
    start.own.push(("speed".to_owned(), "max".to_owned()));
    let config = start.config.take();
    let mut harness = builder.with_size(size).with_max_steps(64).build_ui_state(
        move |ui, app: &mut Option<Playground>| {
            let app = app.get_or_insert_with(|| {
                let start = Start { config: Some(config.clone().unwrap_or_default()), ..start.clone() };
                Playground::with_runner(ui.ctx(), start, || Box::new(SliceRunner::default()))
            });
            app.tick(ui.ctx());
            // The whole window, as it is without the harness, which has a frame and a margin of its own.
            let whole = UiBuilder::new().layer_id(LayerId::background()).max_rect(ui.ctx().content_rect());
            app.show(&mut egui::Ui::new(ui.ctx().clone(), Id::unique("window"), whole));
        },
        None,
    );
    harness.run_steps(8);
    harness
}

/// A run whose steps take no time.
pub fn small() -> Config {
    Config { points: 128, batch: 16, ..Config::default() }
}

/// The program in the window.
pub fn app<'a>(harness: &'a Ui<'_>) -> &'a Playground {
    harness.state().as_ref().expect("the first frame made it")
}
