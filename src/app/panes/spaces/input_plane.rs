//! The input plane: the data, the views of some anchors, and where the encoder sends every place.

use super::shared::linked_stroke;
use crate::app::panes::side::why;
use crate::app::panes::spaces::cursor::Cursor;
use crate::app::panes::spaces::draw::Hand;
use crate::app::panes::spaces::generated::Made;
use crate::app::panes::spaces::hover::Hover;
use crate::app::panes::spaces::linked::Linked;
use crate::app::panes::spaces::plane_colours::{Colours, LEVELS};
use crate::app::panes::spaces::shared::pin_on_click;
use crate::app::panes::spaces::{draw, generated, linked, plane_colours, thumbnails};
use crate::app::session::model::{Action, Model};
use crate::app::session::tool::Tool;
use crate::app::theme::{MARGIN, RADIUS, Tokens, semibold};
use crate::app::widgets::card;
use crate::app::widgets::markers::Markers;
use crate::drawing::marks;
use crate::learn::config::{OwnPoints, Positives, Similarity};
use crate::learn::matrix::LANES;
use crate::learn::metrics::{Near, Nearness};
use crate::learn::report::{Inspection, Stage, StepTrace, as_bytes};
use crate::learn::trainer::{GRID, PLANE_REACH};
use eframe::egui::{
    self, Color32, ColorImage, Id, Mesh, Painter, Pos2, Rect, Role, Sense, Stroke, TextureHandle, TextureOptions, Ui, UiBuilder, Vec2,
    WidgetInfo,
};
use std::sync::Arc;

/// How fast colours blend from one class's to the next: the sharpness of a softmax over similarities.
const SHARPNESS: f32 = 9.0;
/// A pointer this near to a point is on it.
const REACH: f32 = 12.0;
/// Height of the strip with an image and its views.
const STRIP: f32 = 96.0;

// The cells of a row are coloured eight at a time.
const _: () = assert!(GRID.is_multiple_of(LANES));

/// The picture of the plane, kept until the next snapshot.
#[derive(Default)]
pub struct InputPlanePane {
    texture: Option<TextureHandle>,
    drawn: Option<Coloured>,
    screen: Vec<Pos2>,
    /// The points' markers, and for which run, place, scale and theme: they stay where they are.
    points: Option<(PointsKey, Arc<Mesh>)>,
    hover: Hover,
    hand: Hand,
    cursor: Cursor,
    /// What colours it, once somebody has chosen; else the embedding, or while an anchor is pinned the similarity to it.
    chosen: Option<Colours>,
    /// Lines of equal similarity, in cells.
    contours: Vec<Vec<[f32; 4]>>,
    /// The least and the largest loss, where it is coloured by that.
    losses: [f32; 2],
    /// It was drawn in this frame.
    is_shown: bool,
}

/// What the picture of the plane is of.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Coloured {
    run: u64,
    step: u64,
    /// The snapshot's number, where it is of the plane's own step.
    generation: Option<u64>,
    is_dark: bool,
    colours: Colours,
    /// The anchor, and the snapshot's number, where it is coloured by similarity.
    anchor: Option<(u32, u64)>,
}

/// The middle of the plane, and its scale: the data's square fits the narrower side below the title.
fn frame(rect: Rect, model: &Model) -> (Pos2, f32) {
    let foot = if model.scene.images.is_some() { 22.0 + STRIP } else { 22.0 };
    let body = Rect::from_min_max(rect.min + Vec2::new(0.0, 40.0), rect.max - Vec2::new(0.0, foot));
    (body.center(), 0.5 * body.width().min(body.height()) / model.scene.half_extent)
}

/// An image with its two views, and what a decoder makes of it, below the plane: of the pinned point, of the one under the pointer, or of the
/// first.
fn strip(painter: &Painter, rect: Rect, model: &Model, tokens: &Tokens) {
    let (language, snapshot) = (model.language(), model.shown());
    let Some(images) = &model.scene.images else { return };
    let pinned = why::reasons(model);
    let inspected = snapshot.inspected.as_ref().filter(|inspection| Some(inspection.point) == model.hovered);
    let (point, views) = match (pinned, inspected.or(snapshot.anchors.first())) {
        (Some(reasons), _) => (reasons.point, &reasons.images),
        (None, Some(inspection)) => (inspection.point, &inspection.images),
        (None, None) => return,
    };
    let top = rect.max.y - STRIP - 30.0;
    let ground = Rect::from_min_max(Pos2::new(rect.min.x + 1.0, top), Pos2::new(rect.max.x - 1.0, rect.max.y - 1.0));
    painter.rect_filled(ground, egui::CornerRadius { nw: 0, ne: 0, sw: RADIUS, se: RADIUS }, tokens.panel);
    painter.hline(rect.x_range(), top, Stroke::new(1.0, tokens.line));
    let size = images.side * images.side;
    let class = usize::from(model.scene.labels.get(point as usize).copied().unwrap_or(0));
    let name = thumbnails::class_name(model, class);
    let mut shown = vec![(images.image(point as usize), format!("{name} · {point}"), tokens.ink)];
    for (view, key) in views.chunks_exact(size).zip(["ui.image_view_a", "ui.image_view_b"]) {
        shown.push((view, language.get(key).to_owned(), tokens.positive));
    }
    let rebuilt = pinned.and_then(|reasons| reasons.rebuilt.as_ref()).filter(|rebuilt| rebuilt.output.len() == size);
    let output: Vec<u8> = rebuilt.map_or_else(Vec::new, |rebuilt| as_bytes(&rebuilt.output));
    if !output.is_empty() {
        shown.push((&output, language.get("ui.made_rebuilt").to_owned(), tokens.negative));
    }
    let cell = (rect.width() - 2.0 * MARGIN) / shown.len().max(3) as f32;
    let side = thumbnails::LARGE.min(cell - 12.0);
    let mut last: Option<Rect> = None;
    for (index, (pixels, name, color)) in shown.into_iter().enumerate() {
        let middle = Pos2::new(rect.min.x + MARGIN + cell * (index as f32 + 0.5), top + 12.0 + side / 2.0);
        let place = Rect::from_center_size(middle, Vec2::splat(side));
        if let Some(before) = last {
            let line = Stroke::new(if index == 2 { 2.0 } else { 1.0 }, if index == 1 { tokens.soft } else { color });
            painter.hline(before.max.x + 4.0..=place.min.x - 4.0, middle.y, line);
        }
        thumbnails::picture(painter, place, pixels, Stroke::new(2.0, color), tokens);
        painter.text(Pos2::new(middle.x, place.max.y + 13.0), egui::Align2::CENTER_CENTER, name, egui::FontId::proportional(12.0), color);
        last = Some(place);
    }
}

/// The classes, each to be picked out: at the right of the foot, as far as the note leaves room.
fn classes(ui: &mut Ui, rect: Rect, left: f32, note: &str, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
    let tokens = Tokens::current(ui.ctx());
    let taken = ui.painter().layout_no_wrap(note.to_owned(), egui::FontId::proportional(12.0), tokens.ink).size().x;
    let count = model.scene.classes;
    if count < 2 {
        return;
    }
    let beside = (rect.max.x - 8.0 - (left + taken + 8.0)) / count as f32;
    // Beside the note, or above it.
    let (width, foot) = if beside >= 11.0 { (beside.min(18.0), 31.0) } else { (((rect.width() - 16.0) / count as f32).min(18.0), 54.0) };
    let foot = if draw::draws(model) && foot > 40.0 { foot + draw::HEIGHT + 2.0 } else { foot };
    for class in 0..count {
        let place = Pos2::new(rect.max.x - 8.0 - width * (count - class) as f32, rect.max.y - foot);
        let cell = Rect::from_min_size(place, Vec2::new(width, 22.0));
        let response = ui.interact(cell, Id::unique(("class", class)), Sense::click());
        let is_picked = model.is_picked(class);
        let name = model.language().fill("ui.pick_class", &[("class", &class.to_string())]);
        response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, model.picked >> class & 1 == 1, &name));
        if response.has_focus() || response.hovered() {
            ui.painter().rect_stroke(cell, 5.0, Stroke::new(1.5, tokens.accent), egui::StrokeKind::Inside);
        }
        let mut mesh = markers.mesh(1);
        let strength = if is_picked { 1.0 } else { 0.25 };
        markers.add(&mut mesh, class, cell.center(), (width * 0.3).min(4.5), tokens.class(class).gamma_multiply(strength));
        ui.painter().add(mesh);
        if response.clicked() {
            actions.push(Action::PickClass(class as u8));
        }
        response.on_hover_text(model.language().get("ui.pick_class_help"));
    }
}

/// The run's number, the pane's place and scale, whether the theme is dark, points that are being drawn, and the picked classes.
type PointsKey = (u64, Rect, f32, bool, Option<OwnPoints>, u16);

impl InputPlanePane {
    /// Draws the pane into `rect`.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect, model: &Model, markers: &Markers, linked: &mut Linked, actions: &mut Vec<Action>) {
        let language = model.language();
        let tokens = Tokens::current(ui.ctx());
        card::paint(ui, rect);
        self.is_shown = true;
        linked.thumbnails.update(ui.ctx(), model);
        let draws = draw::draws(model);
        let sense = if draws { Sense::click_and_drag() } else { Sense::click() };
        let response = ui.interact(rect.intersect(ui.clip_rect()), Id::unique("input plane"), sense);
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.get("ui.plane_name")));
        if model.is_ready() && model.scene.half_extent > 0.0 {
            self.draw(ui, rect, model, markers, linked, &tokens);
            linked.ghost = response.hover_pos().and_then(|at| {
                let (middle, scale) = frame(rect, model);
                let from_middle = (at - middle) / scale;
                let on_sphere = model.shown().config.compared() == Similarity::Cosine;
                linked::embedding_at(model.shown(), model.scene.half_extent, on_sphere, [from_middle.x, -from_middle.y])
            });
            self.hover.update(&response, model, REACH, self.screen.iter().map(|at| (*at, 0.0)), actions);
            if draws {
                let (middle, scale) = frame(rect, model);
                let canvas = Rect::from_min_max(rect.min + Vec2::new(0.0, 52.0), Pos2::new(rect.max.x, rect.max.y - 30.0 - draw::HEIGHT));
                self.hand.update(
                    &response,
                    canvas,
                    model,
                    &self.screen,
                    |at| [(at.x - middle.x) / scale, (middle.y - at.y) / scale],
                    actions,
                );
            }
            let (middle, scale) = frame(rect, model);
            let place = |[x, y]: [f32; 2]| middle + Vec2::new(x, -y) * scale;
            self.cursor.update(ui, &response, model, &self.screen, place, actions);
            if response.has_focus() {
                ui.painter().rect_stroke(rect, RADIUS, Stroke::new(2.0, tokens.accent), egui::StrokeKind::Inside);
            }
            if !draws || model.tool == Tool::Move {
                pin_on_click(&response, model, actions);
            }
        }
        let caption = if model.scene.images.is_some() {
            language.fill("ui.plane_pixels", &[("count", &model.scene.input_dimension.to_string())])
        } else if model.scene.input_dimension > 2 {
            language.fill("ui.plane_slice", &[("dimension", &model.scene.input_dimension.to_string())])
        } else {
            language.get("ui.plane_subtitle").to_owned()
        };
        let head = Rect::from_min_size(rect.min + Vec2::splat(MARGIN), Vec2::new(rect.width() - 2.0 * MARGIN, 40.0));
        ui.scope_builder(UiBuilder::new().max_rect(head), |ui| {
            if model.is_ready() {
                self.choice(ui, model, &caption, &tokens);
            } else {
                card::title(ui, language.get("ui.plane_title"), &caption);
            }
        });
        if draws {
            let width = (rect.width() - 2.0 * MARGIN).min(320.0);
            let foot = Pos2::new(rect.min.x + MARGIN, rect.max.y - 30.0 - draw::HEIGHT);
            draw::tools(ui, Rect::from_min_size(foot, Vec2::new(width, draw::HEIGHT)), model, markers, actions);
            if model.config.lacks_data().is_some() {
                let text = language.get("ui.draw_more");
                ui.painter().text(rect.center(), egui::Align2::CENTER_CENTER, text, egui::FontId::proportional(13.0), tokens.soft);
            }
        }
        if model.is_ready() {
            let at = Pos2::new(rect.min.x + MARGIN, rect.max.y - 20.0);
            let end = at + Vec2::new(12.0, 0.0);
            let painter = ui.painter().with_clip_rect(rect);
            let kinds: Vec<(Made, &str)> = [(Made::Rebuilt, "ui.made_rebuilt"), (Made::Samples, "ui.made_samples")]
                .into_iter()
                .filter(|(kind, _)| generated::makes(model, *kind))
                .collect();
            if kinds.is_empty() {
                painter.line_segment([at, end], Stroke::new(2.0, tokens.positive));
                painter.circle(at, 3.0, tokens.panel, Stroke::new(1.5, tokens.positive));
                painter.circle(end, 3.0, tokens.panel, Stroke::new(1.5, tokens.positive));
            }
            let note = match model.shown().config.positives {
                Positives::Views | Positives::Dropout => language.get("ui.plane_legend"),
                Positives::Labels => language.get("ui.plane_legend_labels"),
            };
            let losses = self.losses.map(|loss| format!("{loss:.2}"));
            let losses = language.fill("ui.plane_losses", &[("least", &losses[0]), ("largest", &losses[1])]);
            let note = match self.colours(model) {
                Colours::Similarity => language.get("ui.plane_lines"),
                Colours::Loss => &losses,
                Colours::Score => language.get("ui.plane_scores"),
                Colours::Embedding | Colours::Nothing => note,
            };
            if kinds.is_empty() || self.colours(model) == Colours::Loss {
                painter.text(end + Vec2::new(9.0, 0.0), egui::Align2::LEFT_CENTER, note, egui::FontId::proportional(12.0), tokens.ink);
            } else {
                let mut left = at;
                for (kind, key) in &kinds {
                    generated::mark(&painter, left, *kind, &tokens);
                    let text = left + Vec2::new(19.0, 0.0);
                    let font = egui::FontId::proportional(12.0);
                    left.x = painter.text(text, egui::Align2::LEFT_CENTER, language.get(key), font, tokens.ink).max.x + 12.0;
                }
            }
            let written = kinds.iter().map(|(_, key)| language.get(key)).collect::<Vec<&str>>().join("      ");
            let note = if kinds.is_empty() { note } else { &written };
            classes(ui, rect, end.x + 12.0, note, model, markers, actions);
            let corner =
                Rect::from_min_max(Pos2::new(rect.max.x - 74.0, rect.min.y + MARGIN - 4.0), Pos2::new(rect.max.x - 8.0, rect.min.y + 36.0));
            ui.scope_builder(UiBuilder::new().max_rect(corner), |ui| {
                ui.spacing_mut().item_spacing.y = 2.0;
                let text = |key: &str| egui::RichText::new(language.get(key)).size(12.0).color(tokens.soft);
                ui.checkbox(&mut linked.has_grid, text("ui.plane_grid")).on_hover_text(language.get("ui.plane_grid_help"));
                if model.pinned.is_some() {
                    ui.checkbox(&mut linked.why.cloud, text("ui.why_cloud")).on_hover_text(language.get("ui.why_cloud_help"));
                }
            });
        }
    }

    /// What colours the plane now.
    fn colours(&self, model: &Model) -> Colours {
        let natural = match (plane_colours::anchor(model), model.shown().scores.is_empty()) {
            (Some(_), _) => Colours::Similarity,
            (None, false) => Colours::Score,
            // Between images there is nothing to see.
            (None, true) if model.scene.images.is_some() => Colours::Nothing,
            (None, true) => Colours::Embedding,
        };
        self.chosen.filter(|chosen| Colours::offered(model).any(|offered| offered == *chosen)).unwrap_or(natural)
    }

    /// Whether the loss at each place is looked at; asked once a frame, after the pane is drawn.
    pub fn shows_losses(&mut self, model: &Model) -> bool {
        std::mem::take(&mut self.is_shown) && self.colours(model) == Colours::Loss
    }

    /// The title, and what can colour the plane.
    fn choice(&mut self, ui: &mut Ui, model: &Model, caption: &str, tokens: &Tokens) {
        let language = model.language();
        ui.spacing_mut().item_spacing.y = 3.0;
        ui.label(egui::RichText::new(language.get("ui.plane_title")).font(egui::FontId::new(15.0, semibold())).color(tokens.ink));
        ui.horizontal(|ui| {
            if ui.available_width() > 260.0 {
                ui.label(egui::RichText::new(language.get("ui.plane_by")).size(12.0).color(tokens.soft));
            }
            let widgets = &mut ui.visuals_mut().widgets;
            (widgets.inactive.weak_bg_fill, widgets.inactive.bg_stroke) = (Color32::TRANSPARENT, Stroke::NONE);
            ui.spacing_mut().button_padding = Vec2::new(2.0, 0.0);
            ui.spacing_mut().interact_size.y = 18.0;
            let colours = self.colours(model);
            let mut chosen = colours;
            let text = |colours: Colours| egui::RichText::new(language.get(colours.key())).size(12.0);
            let response = egui::ComboBox::from_id_salt("plane colours")
                .selected_text(text(colours))
                .show_ui(ui, |ui| {
                    for colours in Colours::offered(model) {
                        ui.selectable_value(&mut chosen, colours, text(colours));
                    }
                })
                .response;
            response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, language.get("ui.plane_by")));
            if chosen != colours {
                self.chosen = Some(chosen);
            }
            if model.scene.input_dimension > 2 {
                let text = egui::RichText::new(caption).size(12.0).color(tokens.soft);
                ui.add(egui::Label::new(text).truncate()).on_hover_text(caption);
            }
        });
    }

    fn draw(&mut self, ui: &Ui, rect: Rect, model: &Model, markers: &Markers, linked: &Linked, tokens: &Tokens) {
        let (has_grid, has_images) = (linked.has_grid, model.scene.images.is_some());
        let painter = ui.painter().with_clip_rect(rect.shrink(1.0).intersect(ui.clip_rect()));
        let (middle, scale) = frame(rect, model);
        let place = |x: f32, y: f32| middle + Vec2::new(x, -y) * scale;

        self.color(ui, model, tokens);
        if let Some(texture) = self.texture.as_ref().filter(|_| self.colours(model) != Colours::Nothing) {
            let side = 2.0 * model.scene.half_extent * PLANE_REACH * scale;
            let whole = Rect::from_center_size(middle, Vec2::splat(side));
            let uv = |p: Pos2| Pos2::new((p.x - whole.left()) / side, (p.y - whole.top()) / side);
            let shown = rect.shrink(1.0);
            let image = egui::epaint::RectShape::filled(shown, RADIUS, Color32::WHITE)
                .with_texture(texture.id(), Rect::from_min_max(uv(shown.min), uv(shown.max)));
            painter.add(image);
            if matches!(self.colours(model), Colours::Similarity | Colours::Score) {
                let cell = side / GRID as f32;
                let at = |x: f32, y: f32| Pos2::new(whole.left() + (x + 0.5) * cell, whole.bottom() - (y + 0.5) * cell);
                for (level, segments) in self.contours.iter().enumerate() {
                    let stroke = Stroke::new(0.8 + 0.3 * level as f32, tokens.soft.gamma_multiply(0.8));
                    painter.extend(segments.iter().map(|[ax, ay, bx, by]| egui::Shape::line_segment([at(*ax, *ay), at(*bx, *by)], stroke)));
                }
            }
        }
        if has_grid {
            let along = |cell: usize| model.scene.half_extent * PLANE_REACH * ((2 * cell + 1) as f32 / GRID as f32 - 1.0);
            for (across, cells) in linked::grid_lines() {
                let line = cells.iter().map(|cell| place(along(cell % GRID), along(cell / GRID))).collect();
                painter.add(egui::Shape::line(line, linked_stroke(across, 1.0, tokens)));
            }
        }
        let labels = draw::labels(model);
        let many = labels.len();
        let size = marks::size_on_plane(many, scale * model.scene.half_extent);
        let own = draw::draws(model).then(|| model.config.own.clone());
        let key = (model.run, rect, scale, tokens.dark, own, model.picked);
        let mesh = match &self.points {
            Some((known, mesh)) if *known == key => mesh.clone(),
            _ => {
                self.screen.clear();
                self.screen.extend(draw::places(model).chunks_exact(2).map(|at| place(at[0], at[1])));
                let mut mesh = markers.mesh(many);
                for (at, label) in self.screen.iter().zip(labels) {
                    let class = usize::from(*label);
                    let strength = if model.is_picked(class) { 1.0 } else { 0.14 };
                    markers.add(&mut mesh, class, *at, size, tokens.class(class).gamma_multiply(strength));
                }
                let mesh = Arc::new(mesh);
                self.points = Some((key, mesh.clone()));
                mesh
            }
        };
        generated::under(&painter, place, model, tokens);
        painter.add(mesh);
        if has_images {
            let canvas = Rect::from_min_max(rect.min + Vec2::new(2.0, 62.0), rect.max - Vec2::new(2.0, STRIP + 34.0));
            let places = self.screen.iter().zip(labels).map(|(at, label)| model.is_picked(usize::from(*label)).then_some(*at));
            let shown: Vec<(u32, Pos2, f32)> =
                thumbnails::with_room(places, thumbnails::SMALL, canvas).into_iter().map(|(point, at)| (point, at, 1.0)).collect();
            linked.thumbnails.draw(&painter, model, &shown, thumbnails::SMALL, tokens);
            strip(&painter, rect, model, tokens);
        }
        let is_generative = model.shown().config.method.is_generative();
        if is_generative && model.walk().is_none() {
            generated::over(&painter, place, &self.screen, model, tokens);
        }

        let stroke = Stroke::new(1.6, tokens.positive);
        // What a generative method does with a point is seen in what it makes of it.
        let anchors: &[Inspection] = if model.walk().is_some() || is_generative || has_images { &[] } else { &model.shown().anchors };
        let hovered = model.shown().inspected.as_ref().filter(|inspection| Some(inspection.point) == model.hovered);
        for inspection in anchors.iter().chain(hovered) {
            let [ax, ay, bx, by] = inspection.places;
            let ends = [place(ax, ay), place(bx, by)];
            let strong = Some(inspection.point) == model.hovered;
            let stroke = if strong { Stroke::new(2.4, tokens.positive) } else { stroke };
            if let Some(point) = self.screen.get(inspection.point as usize) {
                for end in ends {
                    painter.line_segment([*point, end], Stroke::new(stroke.width * 0.6, tokens.positive.gamma_multiply(0.55)));
                }
            }
            painter.line_segment(ends, stroke);
            for end in ends {
                painter.circle(end, size * 0.95, tokens.panel, stroke);
            }
        }
        if let Some((walk, at)) = model.walk() {
            self.walk(&painter, place, walk, walk.told[at].stage, size, tokens);
        } else if let Some(reasons) = why::reasons(model) {
            let [ax, ay, bx, by] = reasons.places;
            let ends = [place(ax, ay), place(bx, by)];
            painter.line_segment(ends, Stroke::new(2.4, tokens.positive));
            painter.circle(ends[1], size * 1.3, tokens.panel, Stroke::new(2.2, tokens.positive));
            painter.circle(ends[0], size * 1.3, tokens.panel, Stroke::new(2.4, tokens.ink));
            if let Some(rebuilt) = &reasons.rebuilt {
                let [ax, ay, bx, by] = rebuilt.places;
                let [wanted, output] = [place(ax, ay), place(bx, by)];
                painter.line_segment([wanted, output], Stroke::new(2.2, tokens.negative));
                painter.rect(
                    Rect::from_center_size(output, Vec2::splat(2.2 * size)),
                    1.0,
                    tokens.panel,
                    Stroke::new(2.2, tokens.negative),
                    egui::StrokeKind::Middle,
                );
            }
        }
        if let Some(cloud) = model.cloud() {
            for at in cloud.places.chunks_exact(2) {
                painter.circle_filled(place(at[0], at[1]), 2.0, tokens.positive.gamma_multiply(0.75));
            }
        }
        if let Some(at) = model.pinned.and_then(|point| self.screen.get(point as usize)) {
            painter.circle_stroke(*at, size + 5.0, Stroke::new(2.6, tokens.ink));
        }
        if let Some(at) = model.hovered.and_then(|point| self.screen.get(point as usize)) {
            painter.circle_stroke(*at, size + 4.0, Stroke::new(2.0, tokens.ink));
        }
    }

    /// The points and views of the next step, as far as the shown stage has come.
    fn walk(&self, painter: &Painter, place: impl Fn(f32, f32) -> Pos2, walk: &StepTrace, stage: Stage, size: f32, tokens: &Tokens) {
        let rows = walk.points.len();
        let at = |row: usize| {
            let [x, y] = walk.place(row);
            place(x, y)
        };
        let anchor = walk.reasons.as_ref().map_or(0, |reasons| reasons.pair as usize);
        let point = |row: usize| self.screen.get(walk.points[row] as usize).copied();
        if stage == Stage::Sample {
            for row in 0..rows / 2 {
                if let Some(at) = point(row) {
                    painter.circle_stroke(at, size + 1.5, Stroke::new(1.3, tokens.accent));
                }
            }
        } else if matches!(stage, Stage::Augment | Stage::Encode) {
            for row in 0..rows {
                if let Some(from) = point(row) {
                    painter.line_segment([from, at(row)], Stroke::new(1.0, tokens.accent.gamma_multiply(0.55)));
                }
                painter.circle(at(row), 0.55 * size, tokens.panel, Stroke::new(1.1, tokens.accent));
            }
        }
        if let Some(from) = point(anchor) {
            painter.circle_stroke(from, size + 5.0, Stroke::new(2.6, tokens.ink));
        }
        if matches!(stage, Stage::Decode | Stage::Generate | Stage::Judge) {
            for (row, made) in walk.made.chunks_exact(2).enumerate() {
                let made = place(made[0], made[1]);
                if stage == Stage::Decode {
                    painter.line_segment([at(row), made], Stroke::new(1.0, tokens.negative.gamma_multiply(0.5)));
                }
                painter.circle(made, 0.5 * size, tokens.panel, Stroke::new(1.2, tokens.negative));
            }
        }
        if stage != Stage::Sample {
            let ends = [at(anchor), at(anchor + rows / 2)];
            painter.line_segment(ends, Stroke::new(2.4, tokens.positive));
            painter.circle(ends[1], size * 1.3, tokens.panel, Stroke::new(2.2, tokens.positive));
            painter.circle(ends[0], size * 1.3, tokens.panel, Stroke::new(2.4, tokens.ink));
        }
    }

    /// Colours each cell by the classes whose mean embedding its own is near.
    fn color(&mut self, ui: &Ui, model: &Model, tokens: &Tokens) {
        let snapshot = model.shown();
        // An earlier step's plane stays as it was coloured.
        let generation = (snapshot.plane_step == snapshot.step).then_some(model.generation);
        let colours = self.colours(model);
        let anchor = plane_colours::anchor(model).filter(|_| colours == Colours::Similarity);
        let key = Coloured {
            run: model.run,
            step: snapshot.plane_step,
            generation,
            is_dark: tokens.dark,
            colours,
            anchor: anchor.map(|reasons| (reasons.point, model.generation)),
        };
        let is_drawn = self
            .drawn
            .as_ref()
            .is_some_and(|drawn| *drawn == key || (generation.is_none() && *drawn == Coloured { generation: drawn.generation, ..key }));
        if is_drawn || snapshot.plane.len() != GRID * GRID * snapshot.dim {
            return;
        }
        if colours == Colours::Loss {
            // The first snapshot with losses is still to come.
            if snapshot.plane_losses.len() == GRID * GRID {
                self.drawn = Some(key);
                let (image, losses) = plane_colours::heat(&snapshot.plane_losses, tokens);
                self.losses = losses;
                self.set(ui, image);
            }
            return;
        }
        self.drawn = Some(key);
        if colours == Colours::Score {
            self.contours = vec![plane_colours::contour(&snapshot.scores, 0.5)];
            self.set(ui, plane_colours::judged(&snapshot.scores, tokens));
            return;
        }
        if let Some(reasons) = anchor {
            let similarities = reasons.similarities(&snapshot.plane);
            self.contours = LEVELS.map(|level| plane_colours::contour(&similarities, level)).into();
            self.set(ui, plane_colours::shade(&similarities, tokens));
            return;
        }
        let mut image = ColorImage::filled([GRID, GRID], tokens.panel);
        let parts = |color: Color32| [color.r(), color.g(), color.b()].map(f32::from);
        let mut nearness = Nearness::new(&snapshot.class_means, snapshot.dim, SHARPNESS);
        let classes = snapshot.class_means.len() / snapshot.dim;
        let colors: Vec<[f32; 3]> = (0..classes).map(|class| parts(tokens.class(class))).collect();
        let panel = parts(tokens.panel);
        let strongest = if tokens.dark { 0.26 } else { 0.20 };
        // Eight cells at a time, in loops that the compiler makes vectors of.
        for (block, rows) in snapshot.plane.chunks_exact(LANES * snapshot.dim).enumerate() {
            let Near { weights, total, largest } = nearness.compare(rows);
            let mut blend = [[0.0; LANES]; 3];
            for (weight, color) in weights.iter().zip(&colors) {
                for (sums, part) in blend.iter_mut().zip(color) {
                    for lane in 0..LANES {
                        sums[lane] += weight[lane] * part;
                    }
                }
            }
            let mut channels = [[0u8; LANES]; 3];
            for ((channel, sums), panel) in channels.iter_mut().zip(&blend).zip(panel) {
                for lane in 0..LANES {
                    let (share, most) = (1.0 / total[lane], if largest[lane] < 1.0 { largest[lane] } else { 1.0 });
                    let strength = strongest * most.sqrt() * most * share;
                    channel[lane] = (panel + (sums[lane] * share - panel) * strength + 0.5) as u8;
                }
            }
            let (x, y) = (block * LANES % GRID, GRID - 1 - block * LANES / GRID);
            for (lane, pixel) in image.pixels[y * GRID + x..][..LANES].iter_mut().enumerate() {
                *pixel = Color32::from_rgb(channels[0][lane], channels[1][lane], channels[2][lane]);
            }
        }
        self.set(ui, image);
    }

    /// Takes a picture of the plane.
    fn set(&mut self, ui: &Ui, image: ColorImage) {
        match &mut self.texture {
            Some(texture) => texture.set(image, TextureOptions::LINEAR),
            None => self.texture = Some(ui.ctx().load_texture("input plane", image, TextureOptions::LINEAR)),
        }
    }
}
