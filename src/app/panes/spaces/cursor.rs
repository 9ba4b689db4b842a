//! The plane by keyboard: arrows move a cross, and Enter does there what a click does.

use crate::app::panes::spaces::draw;
use crate::app::session::model::{Action, Model};
use crate::app::session::tool::Tool;
use crate::app::theme::Tokens;
use crate::app::widgets::buttons::is_pressed_by_key;
use crate::learn::config::OwnPoints;
use eframe::egui::{EventFilter, Key, Pos2, Response, Stroke, Ui, Vec2};

/// A point this near to the cross is under it, in points of the screen.
const REACH: f32 = 12.0;
/// How far an arrow moves the cross, as a part of half the plane.
const STRIDE: f32 = 0.025;

/// Where the cross is, while the plane has the focus.
#[derive(Default)]
pub struct Cursor {
    at: Option<[f32; 2]>,
}

impl Cursor {
    /// Moves and draws the cross, marks the point under it, and does what Enter asks for. `screen` has the points' places, `place` turns a place
    /// on the plane into one on the screen.
    pub fn update(
        &mut self,
        ui: &Ui,
        response: &Response,
        model: &Model,
        screen: &[Pos2],
        place: impl Fn([f32; 2]) -> Pos2,
        actions: &mut Vec<Action>,
    ) {
        if !response.has_focus() {
            if self.at.take().is_some() {
                actions.push(Action::Hover(None));
            }
            return;
        }
        // Arrows move the cross; without this they would carry the focus away.
        let filter = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
        let before = self.at.unwrap_or([0.0, 0.0]);
        let (way, shift) = ui.input(|input| {
            let presses = |key| input.num_presses(key) as f32;
            let way = [presses(Key::ArrowRight) - presses(Key::ArrowLeft), presses(Key::ArrowUp) - presses(Key::ArrowDown)];
            (way, input.modifiers.shift)
        });
        let stride = STRIDE * model.scene.half_extent;
        let reach = model.scene.half_extent;
        let at = [0, 1].map(|axis| (before[axis] + stride * way[axis]).clamp(-reach, reach));
        self.at = Some(at);
        let near = |at: [f32; 2]| {
            let distances = screen.iter().enumerate().map(|(point, spot)| (spot.distance(place(at)), point));
            distances.filter(|(distance, _)| *distance < REACH).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
        };
        let own = &model.config.own;
        let draws = draw::draws(model);
        if shift && draws && at != before && model.tool == Tool::Move {
            // The point under the cross comes along.
            if let Some(point) = near(before) {
                actions.push(Action::EditPoints(own.with_moved(point, &at)));
            }
        } else {
            let under = near(at).map(|point| point as u32);
            if under != model.hovered && (at != before || under.is_some()) {
                actions.push(Action::Hover(under));
            }
        }
        // With the tool that moves, and where nothing is drawn, a press is a click on the marked point.
        if draws && is_pressed_by_key(response) {
            let edited = match model.tool {
                Tool::Move => None,
                Tool::Add => own.with(&at, &[model.class]).ok(),
                Tool::Brush => draw::sprayed(model, at),
                Tool::Erase => near(at).map(|gone| own.without(|point| point == gone)),
            };
            actions.extend(edited.filter(|points: &OwnPoints| points != own).map(Action::EditPoints));
        }
        let tokens = Tokens::current(ui.ctx());
        let middle = place(at);
        for arm in [Vec2::new(9.0, 0.0), Vec2::new(0.0, 9.0)] {
            for (width, color) in [(4.0, tokens.panel), (1.8, tokens.ink)] {
                ui.painter().line_segment([middle - arm, middle + arm], Stroke::new(width, color));
            }
        }
    }
}
