//! The embeddings: the circle in two dimensions, the sphere in three, principal directions of it in more.

mod camera;
mod density;
mod forces;
mod graticule;
mod overlays;
mod points;
mod slow_motion;
mod timeline;

use crate::app::panes::side::why;
use crate::app::panes::spaces::hover::Hover;
use crate::app::panes::spaces::linked::Linked;
use crate::app::panes::spaces::shared::{linked_stroke, pin_on_click};
use crate::app::panes::spaces::{linked, thumbnails};
use crate::app::session::model::{Action, Model};
use crate::app::theme::{MARGIN, Tokens, mix, semibold};
use crate::app::widgets::buttons::segmented;
use crate::app::widgets::card;
use crate::app::widgets::markers::Markers;
use crate::drawing::graticule::Circle;
use crate::drawing::{self, Axes, Projection, marks, projection};
use crate::learn::config::Similarity;
use crate::learn::report::Space;
use crate::learn::state::Family;
use camera::{Camera, Spot};
use eframe::egui::{self, FontId, Id, Mesh, Painter, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, WidgetInfo};
use nalgebra::{UnitQuaternion, Vector3};
use std::sync::Arc;

/// Radians a second of the idle turn.
const IDLE_TURN: f32 = 0.12;
/// A pointer this near to a point, in points of the screen, is on it.
const REACH: f32 = 14.0;
/// A point on the far side has to be so much nearer.
const BEHIND: f32 = 6.0;
/// How far the sphere may be zoomed out and in: never too small to be read, never so large that it is a plain.
const ZOOM: std::ops::RangeInclusive<f32> = 0.8..=4.0;

/// The view onto the sphere.
pub struct SpherePane {
    rotation: UnitQuaternion<f32>,
    zoom: f32,
    /// Somebody has turned the sphere: it no longer turns by itself.
    touched: bool,
    /// Show two chosen coordinates instead of the principal directions.
    pairwise: bool,
    coordinates: [usize; 2],
    /// Points have the colours of their pseudo-labels, where the method gives any.
    by_pseudo_label: bool,
    /// The density of the points is shown.
    has_density: bool,
    /// Smoothed size of the rows that are not on the unit sphere.
    extent: f32,
    circles: Vec<Circle>,
    screen: Vec<Spot>,
    order: Vec<u32>,
    hover: Hover,
    /// The pinned point that the sphere was turned to.
    faced: Option<u32>,
    /// The sphere's surface, and for which place, size and theme.
    surface: Option<(SurfaceKey, Arc<Mesh>)>,
}

/// Middle and radius of the sphere, and whether the theme is dark.
type SurfaceKey = (Pos2, f32, bool);

impl Default for SpherePane {
    fn default() -> Self {
        Self {
            rotation: projection::first_view(),
            zoom: 1.0,
            touched: false,
            pairwise: false,
            coordinates: [0, 1],
            by_pseudo_label: false,
            has_density: false,
            extent: 1.0,
            circles: drawing::graticule::circles(),
            screen: Vec::new(),
            order: Vec::new(),
            hover: Hover::default(),
            faced: None,
            surface: None,
        }
    }
}

impl SpherePane {
    /// Draws the pane into `rect`.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect, model: &Model, markers: &Markers, linked: &mut Linked, actions: &mut Vec<Action>) {
        let language = model.language();
        let tokens = Tokens::current(ui.ctx());
        card::paint(ui, rect);
        let dim = model.shown().dim;
        let on_sphere = model.shown().config.compared() == Similarity::Cosine;
        let narrow = rect.width() < 400.0;
        let footer = 60.0;
        let body = Rect::from_min_max(rect.min + Vec2::new(0.0, if narrow { 34.0 } else { 44.0 }), rect.max - Vec2::new(0.0, footer));

        let response = ui.interact(body.intersect(ui.clip_rect()), Id::unique("sphere"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.get("ui.sphere_name")));
        self.turn(ui, &response, model);
        if response.has_focus() {
            ui.painter().rect_stroke(rect, crate::app::theme::RADIUS, Stroke::new(2.0, tokens.accent), egui::StrokeKind::Inside);
        }
        if model.is_ready() && dim >= 2 {
            let widest = projection::extent(model.shown());
            // While the run goes on the outline follows smoothly; at rest there are no frames to follow in.
            let followed = if model.playing { self.extent + 0.2 * (widest - self.extent) } else { widest };
            self.extent = if on_sphere { 1.0 } else { followed };
            let axes =
                if self.pairwise && dim > 2 { Axes::Pair(self.coordinates.map(|k| k.min(dim - 1))) } else { Axes::of(model.shown()) };
            self.face_anchor(model, dim);
            let camera = Camera {
                center: body.center(),
                radius: 0.45 * body.width().min(body.height()) * self.zoom,
                projection: Projection::new(dim, axes, self.rotation, self.extent),
            };
            let painter = ui.painter().with_clip_rect(body.intersect(ui.clip_rect()));
            self.draw(&painter, &camera, model, markers, linked, &tokens);
            if let Some((walk, at)) = model.walk() {
                slow_motion::draw(&painter, &camera, model, walk, walk.told[at].stage, markers, &tokens);
            } else if let Some(reasons) = forces::shown(model, dim) {
                forces::draw(&painter, &camera, model, reasons, &linked.why, markers, &tokens);
            }
            if let Some(cloud) = model.cloud() {
                for row in cloud.embeddings.chunks_exact(dim) {
                    let spot = camera.spot(row);
                    let strength = if spot.depth < 0.0 { 0.25 } else { 0.75 };
                    painter.circle_filled(spot.at, 2.0, tokens.positive.gamma_multiply(strength));
                }
            }
            ghost(&painter, &camera, model, linked, &tokens);
            let places = self.screen.iter().map(|spot| (spot.at, if spot.depth < 0.0 { BEHIND } else { 0.0 }));
            self.hover.update(&response, model, REACH, places, actions);
            pin_on_click(&response, model, actions);
        }
        self.captions(ui, rect, model, narrow, on_sphere, actions);
        if model.is_ready() {
            let margin = if narrow { 10.0 } else { MARGIN };
            let strip =
                Rect::from_min_max(Pos2::new(rect.min.x + margin, rect.max.y - 60.0), Pos2::new(rect.max.x - margin, rect.max.y - 36.0));
            let stage = model.walk().map(|(walk, at)| (walk, walk.told[at].stage));
            let reasons = forces::shown(model, dim).filter(|_| stage.is_none());
            ui.scope_builder(UiBuilder::new().max_rect(strip), |ui| match reasons {
                Some(_) if why::has_turns(model) => forces::switch(ui, model, &mut linked.why),
                _ => crate::app::panes::side::readings::strip(ui, model),
            });
            let legend = Rect::from_min_max(Pos2::new(strip.min.x, strip.min.y - 24.0), Pos2::new(strip.max.x, strip.min.y - 2.0));
            ui.scope_builder(UiBuilder::new().max_rect(legend), |ui| match reasons {
                _ if stage.is_some() => {
                    if let Some((walk, stage)) = stage {
                        slow_motion::legend(ui, model, walk, stage, self.extent);
                    }
                }
                Some(reasons) => forces::legend(ui, model, reasons, linked.why.turn(model)),
                None => {
                    ui.horizontal(|ui| {
                        overlays::legend(ui, model, &mut self.by_pseudo_label);
                        if on_sphere && dim < 4 {
                            let text = RichText::new(language.get("ui.density")).size(12.0).color(tokens.soft);
                            ui.checkbox(&mut self.has_density, text).on_hover_text(language.get("ui.density_help"));
                        }
                    });
                }
            });
        }
        timeline::ui(ui, rect, model, &tokens, actions);
    }

    /// Whether the density of the points is looked at.
    pub fn shows_density(&self) -> bool {
        self.has_density
    }

    /// Dragging, zooming, and the slow turn while nobody does either.
    fn turn(&mut self, ui: &Ui, response: &egui::Response, model: &Model) {
        let (dt, scroll, pinch) =
            ui.input(|input| (input.stable_dt.min(0.1), input.smooth_scroll_delta().y, input.multi_touch().map(|touch| touch.zoom_delta)));
        if response.dragged() {
            self.touched = true;
            let by = response.drag_delta() * 0.008 / self.zoom.max(0.5);
            self.rotation = UnitQuaternion::from_euler_angles(by.y, by.x, 0.0) * self.rotation;
        }
        if response.double_clicked() {
            *self = Self {
                pairwise: self.pairwise,
                coordinates: self.coordinates,
                by_pseudo_label: self.by_pseudo_label,
                has_density: self.has_density,
                extent: self.extent,
                faced: self.faced,
                ..Self::default()
            };
        }
        if response.hovered() || pinch.is_some() {
            let factor = pinch.unwrap_or_else(|| (scroll * 0.003).exp());
            if (factor - 1.0).abs() > 1e-4 {
                self.touched = true;
                self.zoom = (self.zoom * factor).clamp(*ZOOM.start(), *ZOOM.end());
            }
        }
        if response.has_focus() {
            // Arrows turn the sphere; without this they would carry the focus away.
            let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..egui::EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
            let step = |key| ui.input(|input| f32::from(u8::from(input.key_pressed(key))) * 0.1);
            let (x, y) = (step(egui::Key::ArrowRight) - step(egui::Key::ArrowLeft), step(egui::Key::ArrowDown) - step(egui::Key::ArrowUp));
            if x != 0.0 || y != 0.0 {
                self.touched = true;
                self.rotation = UnitQuaternion::from_euler_angles(y, x, 0.0) * self.rotation;
            }
        }
        // While the run goes on frames come anyhow; paused and untouched, nothing moves and nothing is drawn.
        if !self.touched && !response.hovered() && model.playing && !model.reduced_motion && model.shown().dim > 2 && !self.pairwise {
            self.rotation *= UnitQuaternion::from_axis_angle(&Vector3::y_axis(), IDLE_TURN * dt);
        }
    }

    /// Turns the sphere so that a point which has just been pinned is in front.
    fn face_anchor(&mut self, model: &Model, dim: usize) {
        if model.pinned.is_none() {
            self.faced = None;
        }
        let Some(reasons) = forces::shown(model, dim).filter(|reasons| self.faced != Some(reasons.point)) else { return };
        self.faced = Some(reasons.point);
        self.touched = true;
        if dim < 3 || self.pairwise {
            return;
        }
        let axes = Axes::of(model.shown());
        let shown = Projection::new(dim, axes, UnitQuaternion::identity(), 1.0).shown(&reasons.views[0]);
        let turned = self.rotation * shown;
        // A little above and beside the middle, where the arrows are seen from the side.
        let wanted = Vector3::new(0.12, 0.18, 0.97);
        if turned.z < 0.5 * turned.norm()
            && let Some(turn) = UnitQuaternion::rotation_between(&turned, &wanted)
        {
            self.rotation = turn * self.rotation;
        }
    }

    fn draw(&mut self, painter: &Painter, camera: &Camera<'_>, model: &Model, markers: &Markers, linked: &mut Linked, tokens: &Tokens) {
        let has_grid = linked.has_grid;
        let embeddings = &model.shown().embeddings;
        self.screen.clear();
        self.screen.extend(embeddings.chunks_exact(camera.projection.dim()).map(|row| camera.spot(row)));
        points::sort_by_depth(&self.screen, &mut self.order);
        let is_flat = camera.projection.is_flat();
        let [far_circles, near_circles] = if is_flat { [Vec::new(), Vec::new()] } else { graticule::lines(&self.circles, camera, tokens) };
        if is_flat {
            painter.circle(
                camera.center,
                camera.radius,
                tokens.field.gamma_multiply(0.5),
                Stroke::new(1.2, mix(tokens.line, tokens.soft, 0.35)),
            );
            let cross = Stroke::new(1.0, tokens.line);
            painter.hline((camera.center.x - camera.radius)..=(camera.center.x + camera.radius), camera.center.y, cross);
            painter.vline(camera.center.x, (camera.center.y - camera.radius)..=(camera.center.y + camera.radius), cross);
        } else {
            painter.add(self.surface(camera, tokens));
            let edge = Stroke::new(1.2, mix(tokens.line, tokens.soft, 0.45));
            painter.circle_stroke(camera.center, camera.radius, edge);
            painter.extend(far_circles);
        }
        if has_grid {
            grid(painter, camera, model, tokens);
        }
        density::draw(painter, camera, &model.shown().density, tokens);
        let size = marks::size_on_sphere(self.screen.len(), camera.radius);
        if model.recalled.is_none() {
            painter.add(points::trails(camera, model, tokens));
        }
        let far = self.order.iter().filter(|point| self.screen[**point as usize].depth < 0.0).count();
        let mut behind = markers.mesh(far);
        let mut front = markers.mesh(self.order.len() - far);
        let pseudo_labels = overlays::pseudo_labels(model.shown()).filter(|_| self.by_pseudo_label);
        // Behind the anchor's candidates the other points step back.
        let is_walking = model.stage().is_some_and(slow_motion::has_rows);
        let strength = match (is_walking, forces::shown(model, camera.projection.dim()).is_some()) {
            (true, _) => 0.12,
            (false, true) => 0.22,
            (false, false) => 1.0,
        };
        let shades = {
            // Pseudo-labels are not the classes that were picked.
            let of = |class: usize| if pseudo_labels.is_some() || model.is_picked(class) { strength } else { 0.13 * strength };
            points::Shades::new(pseudo_labels.map_or(model.scene.classes, |(_, count)| count), of, tokens)
        };
        for point in &self.order {
            let spot = self.screen[*point as usize];
            let class = usize::from(model.scene.labels.get(*point as usize).copied().unwrap_or(0));
            let colored = pseudo_labels.and_then(|(labels, _)| labels.get(*point as usize)).map_or(class, |label| usize::from(*label));
            let color = shades.at(colored, spot.depth);
            let mesh = if spot.depth < 0.0 { &mut behind } else { &mut front };
            markers.add(mesh, class, spot.at, size * marks::share_at(spot.depth), color);
        }
        painter.add(behind);
        painter.extend(near_circles);
        painter.add(front);
        if model.scene.images.is_some() {
            linked.thumbnails.update(painter.ctx(), model);
            let canvas = painter.clip_rect();
            let is_shown = |point: usize| {
                let class = usize::from(model.scene.labels.get(point).copied().unwrap_or(0));
                model.is_picked(class) && (is_flat || self.screen[point].depth > 0.12)
            };
            let places = (0..self.screen.len()).map(|point| is_shown(point).then(|| self.screen[point].at));
            let shown: Vec<(u32, Pos2, f32)> =
                thumbnails::with_room(places, thumbnails::SMALL, canvas).into_iter().map(|(point, at)| (point, at, strength)).collect();
            linked.thumbnails.draw(painter, model, &shown, thumbnails::SMALL, tokens);
        }
        overlays::prior(painter, camera, model.shown(), tokens);
        overlays::draw(painter, camera, model.shown(), tokens, size);
        self.mark(painter, camera, model, tokens, size);
    }

    /// The sphere's surface: it changes with the window and the theme only.
    fn surface(&mut self, camera: &Camera<'_>, tokens: &Tokens) -> Arc<Mesh> {
        let key = (camera.center, camera.radius, tokens.dark);
        if let Some((_, mesh)) = self.surface.as_ref().filter(|(known, _)| *known == key) {
            return mesh.clone();
        }
        let mesh = Arc::new(graticule::shading(camera, tokens));
        self.surface = Some((key, mesh.clone()));
        mesh
    }

    /// The point under the pointer and its positive.
    fn mark(&self, painter: &Painter, camera: &Camera<'_>, model: &Model, tokens: &Tokens, size: f32) {
        let Some(point) = model.hovered else { return };
        let Some(spot) = self.screen.get(point as usize) else { return };
        if let Some(inspection) = model.shown().inspected.as_ref().filter(|inspection| inspection.point == point) {
            let mut views = inspection.embeddings.chunks_exact(camera.projection.dim());
            if let (Some(anchor), Some(positive)) = (views.next(), views.next()) {
                let (a, b) = (camera.projection.shown(anchor), camera.projection.shown(positive));
                let is_pair = matches!(camera.projection.axes(), Axes::Pair(_));
                let arc: Vec<Pos2> = (0..=16)
                    .map(|i| {
                        let between = a.lerp(&b, i as f32 / 16.0);
                        let length = a.norm() + (b.norm() - a.norm()) * i as f32 / 16.0;
                        let on_arc = if !is_pair && between.norm() > 1e-6 { between.normalize() * length } else { between };
                        camera.spot_of_shown(on_arc).at
                    })
                    .collect();
                for end in [arc[0], arc[16]] {
                    painter.circle(end, size, tokens.panel, Stroke::new(1.8, tokens.positive));
                }
                painter.add(Shape::line(arc, Stroke::new(2.0, tokens.positive)));
            }
        }
        painter.circle_stroke(spot.at, size + 4.0, Stroke::new(2.0, tokens.ink));
    }

    fn captions(&mut self, ui: &mut Ui, rect: Rect, model: &Model, narrow: bool, on_sphere: bool, actions: &mut Vec<Action>) {
        let language = model.language();
        let dim = model.shown().dim;
        let title = match (on_sphere, dim) {
            _ if model.shown().config.method.rebuilds() && model.shown().space == Space::Z => language.get("ui.embeddings_code"),
            _ if model.shown().config.wiring().family == Family::Adversarial => language.get("ui.embeddings_judge"),
            (false, _) => language.get("ui.embeddings_raw"),
            (true, 2) => language.get("ui.embeddings_circle"),
            (true, _) => language.get("ui.embeddings_sphere"),
        };
        let spaces = &model.shown().spaces;
        let space = model.shown().space;
        let mut subtitle = format!("d = {dim}");
        if spaces.len() > 1 {
            let meaning = language.find(&format!("space.{}.note", space.key())).unwrap_or_default();
            subtitle = format!("{meaning} · {subtitle}");
        }
        if !on_sphere {
            // The outline is as far out as the longest row.
            subtitle = format!("{subtitle} · {}", language.fill("ui.outline_radius", &[("radius", &format!("{:.3}", self.extent))]));
        }
        if dim > 3 && !self.pairwise {
            let explained: f32 = model.shown().spectrum.explained.iter().sum();
            subtitle = format!("{subtitle} · {}", language.fill("ui.explained", &[("share", &format!("{:.0}", explained * 100.0))]));
        } else if dim == 3 && !self.pairwise && on_sphere && spaces.len() == 1 {
            subtitle = format!("{subtitle} · {}", language.get("ui.drag_to_turn"));
        }
        // The spaces, if there are several, and two axes, if there are more.
        let several = spaces.len() > 1;
        let switch = match (several, dim > 2) {
            (false, false) => 0.0,
            (false, true) => 152.0,
            (true, axes) => 34.0 * spaces.len() as f32 + if axes { 84.0 } else { 0.0 },
        };
        let head = Rect::from_min_max(rect.min + Vec2::splat(MARGIN), Pos2::new(rect.max.x - MARGIN - switch - 8.0, rect.min.y + 60.0));
        ui.scope_builder(UiBuilder::new().max_rect(head), |ui| {
            if narrow {
                let short = if switch > 0.0 { language.get("ui.embeddings_short") } else { title };
                ui.add(egui::Label::new(RichText::new(short).font(FontId::new(15.0, semibold()))).truncate());
            } else {
                card::title(ui, title, &subtitle);
            }
        });
        if switch > 0.0 {
            let place = Rect::from_min_size(Pos2::new(rect.max.x - MARGIN - switch, rect.min.y + MARGIN - 2.0), Vec2::new(switch, 60.0));
            ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
                let whole = if dim > 3 { language.get("ui.view_principal") } else { language.get("ui.view_space") };
                let word = |space: &Space, end: &str| language.find(&format!("space.{}{end}", space.key())).unwrap_or_default();
                let mut labels: Vec<&str> = if several { spaces.iter().map(|space| word(space, "")).collect() } else { vec![whole] };
                let mut helps: Vec<&str> = if several { spaces.iter().map(|space| word(space, ".help")).collect() } else { vec![""] };
                let own = labels.len();
                if dim > 2 {
                    labels.push(language.get("ui.view_pair"));
                    helps.push("");
                }
                let is_pair = self.pairwise && dim > 2;
                let shown = if several { spaces.iter().position(|other| *other == space).unwrap_or(0) } else { 0 };
                if let Some(picked) = segmented(ui, if is_pair { own } else { shown }, &labels, &helps) {
                    self.pairwise = picked == own;
                    if let Some(space) = spaces.get(picked).filter(|_| several) {
                        actions.push(Action::Show(*space));
                    }
                }
                if is_pair {
                    ui.horizontal(|ui| {
                        for (axis, k) in self.coordinates.iter_mut().enumerate() {
                            let mut shown = *k + 1;
                            let name = format!("{} {}", language.get("ui.coordinate"), axis + 1);
                            let response = ui.add(egui::DragValue::new(&mut shown).range(1..=dim).speed(0.05).prefix("z"));
                            let value = shown as f64;
                            response.widget_info(|| WidgetInfo::slider(true, value, &name));
                            *k = shown - 1;
                        }
                    });
                }
            });
        }
    }
}

/// The plane's grid as the encoder bends it: lines in front, and fainter behind.
fn grid(painter: &Painter, camera: &Camera<'_>, model: &Model, tokens: &Tokens) {
    let (snapshot, dim) = (model.shown(), camera.projection.dim());
    if snapshot.plane.len() < dim * crate::learn::trainer::GRID * crate::learn::trainer::GRID {
        return;
    }
    for (across, cells) in linked::grid_lines() {
        let spots: Vec<Spot> = cells.iter().map(|cell| camera.spot(&snapshot.plane[cell * dim..(cell + 1) * dim])).collect();
        for pair in spots.windows(2) {
            let strength = if pair[0].depth.min(pair[1].depth) < 0.0 { 0.35 } else { 1.0 };
            painter.line_segment([pair[0].at, pair[1].at], linked_stroke(across, strength, tokens));
        }
    }
}

/// Where the place under the pointer on the plane goes.
fn ghost(painter: &Painter, camera: &Camera<'_>, model: &Model, linked: &Linked, tokens: &Tokens) {
    let Some(row) = linked.ghost.as_ref().filter(|row| row.len() == camera.projection.dim() && model.shown().dim == row.len()) else {
        return;
    };
    let spot = camera.spot(row);
    let strength = if spot.depth < 0.0 { 0.5 } else { 1.0 };
    painter.circle(spot.at, 6.0, tokens.panel.gamma_multiply(0.5 * strength), Stroke::new(2.0, tokens.accent.gamma_multiply(strength)));
    painter.circle_filled(spot.at, 1.8, tokens.accent.gamma_multiply(strength));
}
