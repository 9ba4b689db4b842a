//! The similarities of a batch's rows with one another, ordered by class: positives outlined, the anchor's rows marked.

use super::frame;
use crate::app::panes::side::why::name;
use crate::app::session::model::{Action, Model};
use crate::app::theme::{Tokens, mix};
use crate::learn::metrics::{Relation, Similarities};
use eframe::egui::{
    Color32, ColorImage, CornerRadius, Pos2, Rect, RichText, Role, Sense, Stroke, StrokeKind, TextureHandle, TextureOptions, Ui, Vec2,
    WidgetInfo,
};

/// Width of the strips that tell the classes.
const STRIP: f32 = 5.0;
/// Width of a card that has room for the key beside the matrix.
const WITH_KEY: f32 = 290.0;

/// The picture of a matrix, kept until the next snapshot.
#[derive(Default)]
pub(super) struct Matrix {
    texture: Option<TextureHandle>,
    drawn: Option<Drawn>,
    shows_false: bool,
    /// The largest size of a similarity, and the share of false negatives among those that are pushed apart.
    largest: f32,
    false_share: f32,
    /// This card has marked the hovered point.
    is_mine: bool,
}

/// What the picture is of: the snapshot's number, whether it is of the next step, the theme, and whether it shows false negatives.
type Drawn = (u64, bool, bool, bool);

impl Matrix {
    /// Draws the matrix as large as fits.
    pub(super) fn ui(&mut self, ui: &mut Ui, model: &Model, tokens: &Tokens, actions: &mut Vec<Action>) {
        let language = model.language();
        let walk = model.walk().map(|(walk, _)| walk);
        let similarities = walk.map(|walk| &walk.similarities).or(model.shown().similarities.as_ref());
        let Some(similarities) = similarities.filter(|similarities| similarities.count() > 1) else {
            let key = if model.recalled.is_some() { "ui.matrix_past" } else { "ui.waiting" };
            ui.label(RichText::new(language.get(key)).size(12.0).color(tokens.soft));
            return;
        };
        let space = ui.available_rect_before_wrap();
        let side = space.width().min(space.height()) - STRIP - 2.0;
        let square = Rect::from_min_size(space.min + Vec2::splat(STRIP + 2.0), Vec2::splat(side.max(10.0)));
        let response = ui.interact(square, ui.scope_id().with("matrix"), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.get("ui.chart_matrix")));
        self.color(ui, (model.generation, walk.is_some(), tokens.dark, self.shows_false), similarities, tokens);
        let painter = ui.painter();
        if let Some(texture) = &self.texture {
            let whole = Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0));
            painter.image(texture.id(), square, whole, Color32::WHITE);
        }
        let count = similarities.count();
        let cell = square.width() / count as f32;
        let along = |place: usize| cell * place as f32;
        // The classes along two sides.
        let mut start = 0;
        while start < count {
            let class = similarities.labels[start];
            let end = (start..count).find(|place| similarities.labels[*place] != class).unwrap_or(count);
            let color = tokens.class(class.into());
            let (from, to) = (along(start), along(end));
            let corner = square.min;
            let strips = [
                Rect::from_min_max(corner + Vec2::new(from, -STRIP - 2.0), corner + Vec2::new(to, -2.0)),
                Rect::from_min_max(corner + Vec2::new(-STRIP - 2.0, from), corner + Vec2::new(-2.0, to)),
            ];
            for strip in strips {
                painter.rect_filled(strip, CornerRadius::ZERO, color);
            }
            if !model.is_picked(class.into()) {
                // Rows and columns of classes that were not picked step back.
                let veil = tokens.panel.gamma_multiply(0.7);
                let row = Rect::from_min_max(corner + Vec2::new(0.0, from), corner + Vec2::new(square.width(), to));
                let column = Rect::from_min_max(corner + Vec2::new(from, 0.0), corner + Vec2::new(to, square.height()));
                painter.rect_filled(row, CornerRadius::ZERO, veil);
                painter.rect_filled(column, CornerRadius::ZERO, veil);
            }
            if similarities.by_label {
                let block = Rect::from_min_max(corner + Vec2::splat(from), corner + Vec2::splat(to));
                painter.rect_stroke(block, CornerRadius::ZERO, Stroke::new(1.5, tokens.positive), StrokeKind::Inside);
            }
            start = end;
        }
        if !similarities.by_label {
            // At least so large that they are seen.
            let size = Vec2::splat(cell.max(2.0));
            for (row, partner) in similarities.partners.iter().enumerate() {
                let middle = square.min + Vec2::new(along(*partner as usize) + cell / 2.0, along(row) + cell / 2.0);
                let mark = Rect::from_center_size(middle, size);
                if cell > 5.0 {
                    painter.rect_stroke(mark, CornerRadius::ZERO, Stroke::new(1.5, tokens.positive), StrokeKind::Inside);
                } else {
                    painter.rect_filled(mark, CornerRadius::ZERO, tokens.positive);
                }
            }
        }
        let anchor = walk.map_or(model.pinned, |walk| walk.reasons.as_ref().map(|reasons| reasons.point));
        let marks = [(anchor, tokens.accent), (model.hovered, tokens.ink)];
        for (point, color) in marks.into_iter().filter_map(|(point, color)| Some((point?, color))) {
            for row in (0..count).filter(|row| similarities.points[*row] == point) {
                let middle = square.min.y + along(row) + cell / 2.0;
                let band =
                    Rect::from_center_size(Pos2::new(square.center().x, middle), Vec2::new(square.width() + 4.0, cell.max(3.0) + 2.0));
                painter.rect_stroke(band, CornerRadius::same(1), Stroke::new(1.3, color), StrokeKind::Middle);
            }
        }
        self.answer(ui, model, similarities, &response, square, tokens, actions);
        if space.width() > WITH_KEY {
            let beside = Rect::from_min_max(Pos2::new(square.max.x + 12.0, space.min.y), space.max);
            ui.scope_builder(eframe::egui::UiBuilder::new().max_rect(beside), |ui| self.key(ui, model, similarities, tokens));
        }
    }

    /// What is under the pointer: both rows, their similarity, and how they stand to one another. A click pins the row's point.
    #[expect(clippy::too_many_arguments, reason = "what is under the pointer concerns all of it")]
    fn answer(
        &mut self,
        ui: &Ui,
        model: &Model,
        similarities: &Similarities,
        response: &eframe::egui::Response,
        square: Rect,
        tokens: &Tokens,
        actions: &mut Vec<Action>,
    ) {
        let language = model.language();
        let count = similarities.count();
        let under = response.hover_pos().filter(|at| square.contains(*at)).map(|at| {
            let place = |along: f32| ((along / square.width() * count as f32) as usize).min(count - 1);
            (at, place(at.y - square.min.y), place(at.x - square.min.x))
        });
        let Some((at, row, column)) = under else {
            if std::mem::take(&mut self.is_mine) {
                actions.push(Action::Hover(None));
            }
            return;
        };
        let point = similarities.points[row];
        if model.hovered != Some(point) {
            self.is_mine = true;
            actions.push(Action::Hover(Some(point)));
        }
        if response.clicked() {
            actions.push(Action::Pin(Some(point)));
        }
        let named = |row: usize| name(model, similarities.labels[row], similarities.points[row]);
        let (key, color) = match similarities.relation(row, column) {
            Relation::Same => ("ui.matrix_same", tokens.soft),
            Relation::Positive => ("ui.matrix_positive", tokens.positive),
            Relation::FalseNegative => ("ui.matrix_false", tokens.warning),
            Relation::Negative => ("ui.matrix_negative", tokens.negative),
        };
        let lines = [
            (format!("{} · {}", named(row), named(column)), tokens.ink),
            (format!("{} {}", frame::short(similarities.of(row, column).into()), language.get(key)), color),
        ];
        // Beside the matrix, as far as the card goes.
        frame::label_box(ui.painter(), ui.clip_rect().shrink(4.0), at, &lines, tokens);
    }

    /// The key, and what can be shown on demand.
    fn key(&mut self, ui: &mut Ui, model: &Model, similarities: &Similarities, tokens: &Tokens) {
        let language = model.language();
        ui.spacing_mut().item_spacing.y = 5.0;
        let text = |text: &str| RichText::new(text).size(11.5).color(tokens.soft);
        let shown = similarities.count() / 2;
        if shown < similarities.pairs {
            let values = [("shown", shown.to_string()), ("pairs", similarities.pairs.to_string())];
            ui.label(text(&language.fill("ui.matrix_part", &values.each_ref().map(|(name, value)| (*name, value.as_str())))));
        }
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(44.0, 8.0), Sense::hover());
            for step in 0..22 {
                let part = Rect::from_min_size(rect.min + Vec2::new(2.0 * step as f32, 0.0), Vec2::new(2.0, 8.0));
                ui.painter().rect_filled(part, CornerRadius::ZERO, shade(step as f32 / 10.5 - 1.0, tokens));
            }
            ui.label(text(&format!("−{0} … {0}", frame::short(self.largest.into()))));
        });
        ui.horizontal(|ui| {
            let (rect, _) = ui.allocate_exact_size(Vec2::new(12.0, 8.0), Sense::hover());
            ui.painter().rect_stroke(rect, CornerRadius::ZERO, Stroke::new(1.5, tokens.positive), StrokeKind::Inside);
            ui.label(text(language.get("ui.matrix_positives")));
        });
        if !similarities.by_label {
            let label = language.fill("ui.matrix_show_false", &[("share", &format!("{:.0} %", 100.0 * self.false_share))]);
            ui.checkbox(&mut self.shows_false, text(&label)).on_hover_text(language.get("ui.matrix_show_false_help"));
        }
    }

    /// Colours each cell by its similarity.
    fn color(&mut self, ui: &Ui, key: Drawn, similarities: &Similarities, tokens: &Tokens) {
        if self.drawn == Some(key) {
            return;
        }
        self.drawn = Some(key);
        let count = similarities.count();
        let (values, largest) = similarities.all();
        self.largest = largest;
        self.false_share = similarities.false_share();
        let ramp: Vec<Color32> = (0..=255).map(|step| shade(step as f32 / 127.5 - 1.0, tokens)).collect();
        let mut image = ColorImage::filled([count, count], tokens.panel);
        for (cell, (pixel, value)) in image.pixels.iter_mut().zip(&values).enumerate() {
            // What is no number has the colour of the card.
            if value.is_finite() {
                *pixel = ramp[((value / largest + 1.0) * 127.5).clamp(0.0, 255.0) as usize];
            }
            if self.shows_false && similarities.relation(cell / count, cell % count) == Relation::FalseNegative {
                *pixel = mix(*pixel, tokens.warning, 0.65);
            }
        }
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::NEAREST),
            None => self.texture = Some(ui.ctx().load_texture("similarities", image, TextureOptions::NEAREST)),
        }
    }
}

/// The colour of a similarity from -1 to 1: the more similar, the more it stands out.
fn shade(value: f32, tokens: &Tokens) -> Color32 {
    mix(tokens.ground, tokens.ink, 0.5 + 0.5 * value.clamp(-1.0, 1.0))
}
