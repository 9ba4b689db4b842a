//! The point under the pointer: the same in both spaces.

use crate::app::panes::spaces::thumbnails;
use crate::app::session::model::{Action, Model};
use crate::app::theme::{Tokens, semibold};
use eframe::egui::{FontId, Label, Pos2, Response, RichText, Sense, Stroke, Vec2};

/// Whether this pane has put the marked point under the pointer.
#[derive(Default)]
pub struct Hover {
    is_mine: bool,
}

impl Hover {
    /// Marks the point nearest to the pointer within `reach`, or takes away what this pane had marked.
    ///
    /// `places` are the points' places on the screen, in the points' order, each with a handicap: what lies behind
    /// something has to be nearer.
    pub fn update(
        &mut self,
        response: &Response,
        model: &Model,
        reach: f32,
        places: impl Iterator<Item = (Pos2, f32)>,
        actions: &mut Vec<Action>,
    ) {
        let Some(pointer) = response.hover_pos().filter(|_| !response.dragged()) else {
            if std::mem::take(&mut self.is_mine) {
                actions.push(Action::Hover(None));
            }
            return;
        };
        let near = (0..).zip(places).map(|(point, (at, handicap)): (u32, _)| (at.distance(pointer) + handicap, point));
        let nearest = near.filter(|(distance, _)| *distance < reach).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point);
        self.is_mine = nearest.is_some();
        if nearest != model.hovered {
            actions.push(Action::Hover(nearest));
        }
        if let Some(point) = nearest {
            tooltip(response, model, point);
        }
    }
}

/// What is known of a point, beside the pointer.
fn tooltip(response: &Response, model: &Model, point: u32) {
    let language = model.language();
    let class = model.scene.labels.get(point as usize).map_or(0, |label| usize::from(*label));
    let mut text = language.fill("ui.point", &[("point", &point.to_string()), ("class", &class.to_string())]);
    if let Some(inspection) = model.shown().inspected.as_ref().filter(|inspection| inspection.point == point) {
        text.push('\n');
        text.push_str(&language.fill("ui.point_cosine", &[("cosine", &format!("{:.3}", inspection.cosine))]));
    }
    let Some(images) = &model.scene.images else {
        response.clone().on_hover_text_at_pointer(text);
        return;
    };
    response.clone().on_hover_ui_at_pointer(|ui| {
        let tokens = Tokens::current(ui.ctx());
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::splat(thumbnails::LARGE + 6.0), Sense::hover());
            let frame = Stroke::new(1.5, tokens.class(class));
            thumbnails::picture(ui.painter(), rect.shrink(3.0), images.image(point as usize), frame, &tokens);
            ui.vertical(|ui| {
                if let Some(name) = thumbnails::known_name(model, class) {
                    ui.add(Label::new(RichText::new(name).font(FontId::new(13.0, semibold()))).extend());
                }
                ui.add(Label::new(text).extend());
            });
        });
    });
}
