//! The embeddings: the circle in two dimensions, the sphere in three, principal directions of it in more.

use super::hover::Hover;
use crate::app::model::{Action, Model};
use crate::app::theme::{MARGIN, Tokens, mix};
use crate::app::widgets::buttons::segmented;
use crate::app::widgets::card;
use crate::app::widgets::markers::Markers;
use crate::learn::config::Similarity;
use eframe::egui::{
    self, Align2, Color32, FontId, Id, Mesh, Painter, Pos2, Rect, RichText, Role, Sense, Shape, Stroke, Ui, UiBuilder, Vec2, WidgetInfo,
    epaint::Vertex,
};
use nalgebra::{UnitQuaternion, Vector3};
use std::sync::Arc;

/// Radians a second of the idle turn.
const IDLE_TURN: f32 = 0.12;
/// A pointer this near to a point, in points of the screen, is on it.
const REACH: f32 = 14.0;
/// A point on the far side has to be so much nearer.
const BEHIND: f32 = 6.0;
/// Trails of so many points at most: more would be a blur.
const TRAILED: usize = 400;

/// The view onto the sphere.
pub struct SpherePane {
    rotation: UnitQuaternion<f32>,
    zoom: f32,
    /// Somebody has turned the sphere: it no longer turns by itself.
    touched: bool,
    /// Show two chosen coordinates instead of the principal directions.
    pairwise: bool,
    coordinates: [usize; 2],
    /// Smoothed size of the rows that are not on the unit sphere.
    extent: f32,
    circles: Vec<[Vector3<f32>; CIRCLE_POINTS + 1]>,
    screen: Vec<Spot>,
    order: Vec<u32>,
    hover: Hover,
    /// The sphere's surface, and for which place, size and theme.
    surface: Option<(SurfaceKey, Arc<Mesh>)>,
}

/// Middle and radius of the sphere, and whether the theme is dark.
type SurfaceKey = (Pos2, f32, bool);

/// Corners of a circle of the graticule.
const CIRCLE_POINTS: usize = 64;
/// Layers of points, from the farthest to the nearest: more than are told apart.
const LAYERS: usize = 512;
/// Shades of a class's colour from the sphere's rim to its nearest point.
const SHADES: usize = 32;

/// The classes' colours by depth: a few hundred, found once a frame, instead of one for each of thousands of points.
struct Shades(Vec<[Color32; SHADES + 1]>);

impl Shades {
    fn new(classes: usize, tokens: &Tokens) -> Self {
        let of_class = |class| {
            let color = tokens.class(class);
            std::array::from_fn(|shade| match shade.checked_sub(1) {
                // What lies behind.
                None => color.gamma_multiply(0.25),
                Some(shade) => color.gamma_multiply(0.62 + 0.38 * shade as f32 / (SHADES - 1) as f32),
            })
        };
        Self((0..classes.max(1)).map(of_class).collect())
    }

    fn at(&self, class: usize, depth: f32) -> Color32 {
        let shade = if depth < 0.0 { 0 } else { 1 + ((depth * (SHADES - 1) as f32 + 0.5) as usize).min(SHADES - 1) };
        self.0[class % self.0.len()][shade]
    }
}

/// Where a point shows.
#[derive(Clone, Copy, Debug)]
struct Spot {
    at: Pos2,
    /// Towards the viewer, -1 to 1.
    depth: f32,
}

impl Default for SpherePane {
    fn default() -> Self {
        Self {
            rotation: UnitQuaternion::from_euler_angles(0.42, -0.5, 0.0),
            zoom: 1.0,
            touched: false,
            pairwise: false,
            coordinates: [0, 1],
            extent: 1.0,
            circles: circles(),
            screen: Vec::new(),
            order: Vec::new(),
            hover: Hover::default(),
            surface: None,
        }
    }
}

/// How embeddings come onto the screen.
struct Projection<'a> {
    center: Pos2,
    radius: f32,
    dim: usize,
    directions: Option<&'a [f32]>,
    pair: Option<[usize; 2]>,
    rotation: UnitQuaternion<f32>,
    flat: bool,
    extent: f32,
    /// What each coordinate of an embedding adds to its place as it is turned: thousands of points go this way in every frame.
    turned: Vec<[f32; 3]>,
}

impl Projection<'_> {
    /// Fills in [`Self::turned`].
    fn prepared(mut self) -> Self {
        let mut unit = vec![0.0; self.dim];
        for k in 0..self.dim {
            unit[k] = 1.0;
            self.turned.push(self.turn(self.coordinates(&unit)).into());
            unit[k] = 0.0;
        }
        self
    }

    /// The three coordinates that are shown of an embedding.
    fn coordinates(&self, row: &[f32]) -> Vector3<f32> {
        let shown = if let Some([x, y]) = self.pair {
            Vector3::new(row[x], row[y], 0.0)
        } else if let Some(directions) = self.directions {
            let along = |k: usize| directions[k * self.dim..][..self.dim].iter().zip(row).map(|(a, b)| a * b).sum();
            Vector3::new(along(0), along(1), along(2))
        } else {
            Vector3::new(row[0], row[1], row.get(2).copied().unwrap_or(0.0))
        };
        shown / self.extent
    }

    fn spot(&self, row: &[f32]) -> Spot {
        let [mut x, mut y, mut z] = [0.0; 3];
        for (value, [along_x, along_y, along_z]) in row.iter().zip(&self.turned) {
            x += value * along_x;
            y += value * along_y;
            z += value * along_z;
        }
        self.on_screen(x, y, z)
    }

    fn place(&self, position: Vector3<f32>) -> Spot {
        let turned = self.turn(position);
        self.on_screen(turned.x, turned.y, turned.z)
    }

    fn turn(&self, position: Vector3<f32>) -> Vector3<f32> {
        if self.flat { position } else { self.rotation * position }
    }

    fn on_screen(&self, x: f32, y: f32, z: f32) -> Spot {
        Spot { at: self.center + Vec2::new(x, -y) * self.radius, depth: if self.flat { 1.0 } else { z } }
    }
}

impl SpherePane {
    /// Draws the pane into `rect`.
    pub fn ui(&mut self, ui: &mut Ui, rect: Rect, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
        let language = model.language();
        let tokens = Tokens::current(ui.ctx());
        card::paint(ui, rect);
        let dim = model.snapshot.dim;
        let on_sphere = model.snapshot.config.similarity == Similarity::Cosine;
        let narrow = rect.width() < 400.0;
        let footer = if narrow { 34.0 } else { 62.0 };
        let body = Rect::from_min_max(rect.min + Vec2::new(0.0, if narrow { 34.0 } else { 44.0 }), rect.max - Vec2::new(0.0, footer));

        let response = ui.interact(body.intersect(ui.clip_rect()), Id::unique("sphere"), Sense::click_and_drag());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, language.get("ui.sphere_name")));
        self.turn(ui, &response, model);
        if model.is_ready() && dim >= 2 {
            let flat = dim == 2 || (self.pairwise && dim > 2);
            let widest =
                if on_sphere { 1.0 } else { model.embeddings().chunks_exact(dim).map(crate::learn::objective::norm).fold(1e-6, f32::max) };
            self.extent = if on_sphere { 1.0 } else { self.extent + 0.2 * (widest - self.extent) };
            let projection = Projection {
                center: body.center(),
                radius: 0.45 * body.width().min(body.height()) * self.zoom,
                dim,
                directions: (dim > 3).then_some(model.snapshot.spectrum.directions.as_slice()).filter(|d| d.len() == 3 * dim),
                pair: (self.pairwise && dim > 2).then(|| self.coordinates.map(|k| k.min(dim - 1))),
                rotation: self.rotation,
                flat,
                extent: self.extent.max(1e-6),
                turned: Vec::with_capacity(dim),
            }
            .prepared();
            let painter = ui.painter().with_clip_rect(body.intersect(ui.clip_rect()));
            self.draw(&painter, &projection, model, markers, &tokens);
            let places = self.screen.iter().map(|spot| (spot.at, if spot.depth < 0.0 { BEHIND } else { 0.0 }));
            self.hover.update(&response, model, REACH, places, actions);
        }
        self.captions(ui, rect, model, narrow, on_sphere);
        if model.is_ready() && !narrow {
            let strip =
                Rect::from_min_max(Pos2::new(rect.min.x + MARGIN, rect.max.y - 62.0), Pos2::new(rect.max.x - MARGIN, rect.max.y - 38.0));
            ui.scope_builder(UiBuilder::new().max_rect(strip), |ui| super::readings::strip(ui, model));
        }
        Self::timeline(ui, rect, model, &tokens, actions);
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
            *self = Self { pairwise: self.pairwise, coordinates: self.coordinates, extent: self.extent, ..Self::default() };
        }
        if response.hovered() || pinch.is_some() {
            let factor = pinch.unwrap_or_else(|| (scroll * 0.003).exp());
            if (factor - 1.0).abs() > 1e-4 {
                self.touched = true;
                self.zoom = (self.zoom * factor).clamp(0.5, 6.0);
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
        if !self.touched && !response.hovered() && model.playing && !model.reduced_motion && model.snapshot.dim > 2 && !self.pairwise {
            self.rotation *= UnitQuaternion::from_axis_angle(&Vector3::y_axis(), IDLE_TURN * dt);
        }
    }

    fn draw(&mut self, painter: &Painter, projection: &Projection<'_>, model: &Model, markers: &Markers, tokens: &Tokens) {
        let embeddings = model.embeddings();
        self.screen.clear();
        self.screen.extend(embeddings.chunks_exact(projection.dim).map(|row| projection.spot(row)));
        self.sort_by_depth();
        let [far_circles, near_circles] =
            if projection.flat { [Vec::new(), Vec::new()] } else { graticule(&self.circles, projection, tokens) };
        if projection.flat {
            painter.circle(
                projection.center,
                projection.radius,
                tokens.field.gamma_multiply(0.5),
                Stroke::new(1.2, mix(tokens.line, tokens.soft, 0.35)),
            );
            let cross = Stroke::new(1.0, tokens.line);
            painter.hline(
                (projection.center.x - projection.radius)..=(projection.center.x + projection.radius),
                projection.center.y,
                cross,
            );
            painter.vline(
                projection.center.x,
                (projection.center.y - projection.radius)..=(projection.center.y + projection.radius),
                cross,
            );
        } else {
            painter.add(self.surface(projection, tokens));
            let edge = Stroke::new(1.2, mix(tokens.line, tokens.soft, 0.45));
            painter.circle_stroke(projection.center, projection.radius, edge);
            painter.extend(far_circles);
        }
        let size = if self.screen.len() > 4000 {
            2.6
        } else if self.screen.len() > 1500 {
            3.4
        } else {
            4.2
        } * (projection.radius / 190.0).clamp(0.6, 1.5).sqrt();
        if model.recalled.is_none() {
            painter.add(trails(projection, model, tokens));
        }
        let far = self.order.iter().filter(|point| self.screen[**point as usize].depth < 0.0).count();
        let mut behind = markers.mesh(far);
        let mut front = markers.mesh(self.order.len() - far);
        let shades = Shades::new(model.scene.classes, tokens);
        for point in &self.order {
            let spot = self.screen[*point as usize];
            let class = usize::from(model.scene.labels.get(*point as usize).copied().unwrap_or(0));
            let color = shades.at(class, spot.depth);
            if spot.depth < 0.0 {
                markers.add(&mut behind, class, spot.at, size * 0.78, color);
            } else {
                markers.add(&mut front, class, spot.at, size * (0.86 + 0.14 * spot.depth), color);
            }
        }
        painter.add(behind);
        painter.extend(near_circles);
        painter.add(front);
        self.mark(painter, projection, model, tokens, size);
    }

    /// The sphere's surface: it changes with the window and the theme only.
    fn surface(&mut self, projection: &Projection<'_>, tokens: &Tokens) -> Arc<Mesh> {
        let key = (projection.center, projection.radius, tokens.dark);
        if let Some((_, mesh)) = self.surface.as_ref().filter(|(known, _)| *known == key) {
            return mesh.clone();
        }
        let mesh = Arc::new(shading(projection, tokens));
        self.surface = Some((key, mesh.clone()));
        mesh
    }

    /// Puts the points into the order in which they are drawn: by depth, in [`LAYERS`] layers, the farthest first.
    fn sort_by_depth(&mut self) {
        let layer = |spot: &Spot| (((spot.depth + 1.0) * 0.5 * LAYERS as f32) as usize).min(LAYERS - 1);
        let mut next = [0u32; LAYERS + 1];
        for spot in &self.screen {
            next[layer(spot) + 1] += 1;
        }
        for index in 0..LAYERS {
            next[index + 1] += next[index];
        }
        self.order.resize(self.screen.len(), 0);
        for (point, spot) in (0..).zip(&self.screen) {
            let place = &mut next[layer(spot)];
            self.order[*place as usize] = point;
            *place += 1;
        }
    }

    /// The point under the pointer and its positive.
    fn mark(&self, painter: &Painter, projection: &Projection<'_>, model: &Model, tokens: &Tokens, size: f32) {
        let Some(point) = model.hovered else { return };
        let Some(spot) = self.screen.get(point as usize) else { return };
        if let Some(inspection) =
            model.snapshot.inspected.as_ref().filter(|inspection| inspection.point == point && model.recalled.is_none())
        {
            let mut views = inspection.embeddings.chunks_exact(projection.dim);
            if let (Some(anchor), Some(positive)) = (views.next(), views.next()) {
                let (a, b) = (projection.coordinates(anchor), projection.coordinates(positive));
                let arc: Vec<Pos2> = (0..=16)
                    .map(|i| {
                        let between = a.lerp(&b, i as f32 / 16.0);
                        let length = a.norm() + (b.norm() - a.norm()) * i as f32 / 16.0;
                        let on_arc =
                            if projection.pair.is_none() && between.norm() > 1e-6 { between.normalize() * length } else { between };
                        projection.place(on_arc).at
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

    fn captions(&mut self, ui: &mut Ui, rect: Rect, model: &Model, narrow: bool, on_sphere: bool) {
        let language = model.language();
        let dim = model.snapshot.dim;
        let title = match (on_sphere, dim) {
            (false, _) => language.get("ui.embeddings_raw"),
            (true, 2) => language.get("ui.embeddings_circle"),
            (true, _) => language.get("ui.embeddings_sphere"),
        };
        let mut subtitle = format!("d = {dim}");
        if dim > 3 && !self.pairwise {
            let explained: f32 = model.snapshot.spectrum.explained.iter().sum();
            subtitle = format!("{subtitle} · {}", language.fill("ui.explained", &[("share", &format!("{:.0}", explained * 100.0))]));
        } else if dim == 3 && !self.pairwise {
            subtitle = format!("{subtitle} · {}", language.get("ui.drag_to_turn"));
        }
        let switch = if dim > 2 { 152.0 } else { 0.0 };
        let head = Rect::from_min_max(rect.min + Vec2::splat(MARGIN), Pos2::new(rect.max.x - MARGIN - switch - 8.0, rect.min.y + 60.0));
        ui.scope_builder(UiBuilder::new().max_rect(head), |ui| {
            if narrow {
                let short = if switch > 0.0 { language.get("ui.embeddings_short") } else { title };
                ui.add(egui::Label::new(RichText::new(short).font(FontId::new(15.0, crate::app::theme::semibold()))).truncate());
            } else {
                card::title(ui, title, &subtitle);
            }
        });
        if switch > 0.0 {
            let place = Rect::from_min_size(Pos2::new(rect.max.x - MARGIN - switch, rect.min.y + MARGIN - 2.0), Vec2::new(switch, 60.0));
            ui.scope_builder(UiBuilder::new().max_rect(place), |ui| {
                let whole = if dim > 3 { language.get("ui.view_principal") } else { language.get("ui.view_space") };
                if let Some(picked) = segmented(ui, usize::from(self.pairwise), &[whole, language.get("ui.view_pair")], &["", ""]) {
                    self.pairwise = picked == 1;
                }
                if self.pairwise {
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

    /// The slider back through the run.
    fn timeline(ui: &mut Ui, rect: Rect, model: &Model, tokens: &Tokens, actions: &mut Vec<Action>) {
        let language = model.language();
        let frames = &model.snapshot.frames;
        if frames.len() < 2 {
            return;
        }
        let strip = Rect::from_min_max(Pos2::new(rect.min.x + MARGIN, rect.max.y - 36.0), rect.max - Vec2::new(MARGIN, 8.0));
        ui.scope_builder(UiBuilder::new().max_rect(strip).layout(egui::Layout::left_to_right(egui::Align::Center)), |ui| {
            crate::app::widgets::parameter::slider_look(ui, tokens);
            let label = match &model.recalled {
                Some(frame) => language.fill("ui.at_step", &[("step", &frame.step.to_string())]),
                None => language.get("ui.now").to_owned(),
            };
            let label_width = 96.0;
            ui.spacing_mut().slider_width = (ui.available_width() - label_width).max(40.0);
            let mut place = model.recalled.as_ref().map_or(frames.len(), |frame| frames.partition_point(|step| *step < frame.step));
            let response = ui.add(egui::Slider::new(&mut place, 0..=frames.len()).show_value(false).trailing_fill(true));
            let value = place as f64;
            response.widget_info(|| WidgetInfo::slider(true, value, language.get("ui.timeline")));
            if response.changed() {
                actions.push(Action::Recall(frames.get(place).copied()));
            }
            response.on_hover_text(language.get("ui.timeline"));
            ui.add(egui::Label::new(RichText::new(label).size(12.0).color(tokens.soft)).truncate());
        });
    }
}

/// The sphere's surface, lit softly from the upper left.
fn shading(projection: &Projection<'_>, tokens: &Tokens) -> Mesh {
    const RINGS: u32 = 14;
    const SECTORS: u32 = 72;
    let (bright, dim) = if tokens.dark {
        (mix(tokens.panel, tokens.ink, 0.13), mix(tokens.panel, tokens.ground, 0.35))
    } else {
        (Color32::from_rgb(253, 254, 255), mix(tokens.panel, tokens.soft, 0.24))
    };
    let light = Vector3::new(-0.5, 0.6, 0.75).normalize();
    let mut mesh = Mesh::default();
    for ring in 0..=RINGS {
        let radius = (ring as f32 / RINGS as f32).sqrt();
        for sector in 0..SECTORS {
            let angle = std::f32::consts::TAU * sector as f32 / SECTORS as f32;
            let (x, y) = (radius * angle.cos(), radius * angle.sin());
            let normal = Vector3::new(x, y, (1.0 - radius * radius).max(0.0).sqrt());
            let shade = (0.5 + 0.5 * normal.dot(&light)).clamp(0.0, 1.0).powf(1.4);
            let pos = projection.center + Vec2::new(x, -y) * projection.radius;
            mesh.vertices.push(Vertex { pos, uv: egui::epaint::WHITE_UV, color: mix(dim, bright, shade) });
        }
    }
    for ring in 0..RINGS {
        for sector in 0..SECTORS {
            let next = (sector + 1) % SECTORS;
            let (a, b, c, d) = (ring * SECTORS + sector, ring * SECTORS + next, (ring + 1) * SECTORS + sector, (ring + 1) * SECTORS + next);
            mesh.indices.extend_from_slice(&[a, b, c, b, c, d]);
        }
    }
    mesh
}

/// The sphere's circles: six meridians and five parallels, as points on the unit sphere.
fn circles() -> Vec<[Vector3<f32>; CIRCLE_POINTS + 1]> {
    let circle = |curve: &dyn Fn(f32) -> Vector3<f32>| {
        std::array::from_fn(|point| curve(std::f32::consts::TAU * point as f32 / CIRCLE_POINTS as f32))
    };
    let meridians = (0..6).map(|meridian| {
        let (sin, cos) = (std::f32::consts::PI * meridian as f32 / 6.0).sin_cos();
        circle(&|t| Vector3::new(t.cos() * cos, t.sin(), t.cos() * sin))
    });
    let parallels = (1..6).map(|parallel| {
        let (sin, cos) = (std::f32::consts::PI * (parallel as f32 / 6.0 - 0.5)).sin_cos();
        circle(&|t| Vector3::new(cos * t.cos(), sin, cos * t.sin()))
    });
    meridians.chain(parallels).collect()
}

/// The circles' far parts, and their near ones.
fn graticule(circles: &[[Vector3<f32>; CIRCLE_POINTS + 1]], projection: &Projection<'_>, tokens: &Tokens) -> [Vec<Shape>; 2] {
    let strokes = [0.22, 0.55].map(|strength| Stroke::new(0.8, tokens.soft.gamma_multiply(strength * if tokens.dark { 0.8 } else { 0.7 })));
    let rotation = projection.rotation.to_rotation_matrix();
    let mut shapes = [Vec::new(), Vec::new()];
    for circle in circles {
        let mut run: Vec<Pos2> = Vec::with_capacity(CIRCLE_POINTS + 1);
        let mut side = 0;
        for point in circle {
            let turned = rotation * point;
            let spot = projection.on_screen(turned.x, turned.y, turned.z);
            let here = usize::from(spot.depth >= 0.0);
            if here != side {
                let done = std::mem::replace(&mut run, Vec::with_capacity(CIRCLE_POINTS + 1));
                shapes[side].extend((done.len() > 1).then(|| Shape::line(done, strokes[side])));
                side = here;
            }
            run.push(spot.at);
        }
        shapes[side].extend((run.len() > 1).then(|| Shape::line(run, strokes[side])));
    }
    shapes
}

/// Short lines from where points were to where they are, fading into the past.
fn trails(projection: &Projection<'_>, model: &Model, tokens: &Tokens) -> Shape {
    let mut mesh = Mesh::default();
    let count = model.scene.labels.len();
    let every = count.div_ceil(TRAILED).max(1);
    let steps = model.trail.len();
    mesh.vertices.reserve(4 * TRAILED * steps);
    mesh.indices.reserve(6 * TRAILED * steps);
    let farthest = (0.3 * projection.radius).powi(2);
    for point in (0..count).step_by(every) {
        let color = tokens.class(usize::from(model.scene.labels[point]));
        let row = |embeddings: &[f32]| embeddings.get(point * projection.dim..(point + 1) * projection.dim).map(|row| projection.spot(row));
        let mut before: Option<Spot> = None;
        for (age, embeddings) in model.trail.iter().map(Vec::as_slice).chain([model.snapshot.embeddings.as_slice()]).enumerate() {
            let Some(spot) = row(embeddings) else { continue };
            if let Some(before) = before
                && (0.5..farthest).contains(&before.at.distance_sq(spot.at))
            {
                let strength = 0.32 * (age as f32 / steps.max(1) as f32) * if spot.depth < 0.0 { 0.3 } else { 1.0 };
                segment(&mut mesh, before.at, spot.at, color.gamma_multiply(strength));
            }
            before = Some(spot);
        }
    }
    Shape::mesh(mesh)
}

/// Adds a thin line to a mesh.
fn segment(mesh: &mut Mesh, from: Pos2, to: Pos2, color: Color32) {
    let along = to - from;
    let across = along.rot90() * (0.7 / along.length_sq().sqrt());
    let first = mesh.vertices.len() as u32;
    for pos in [from + across, from - across, to + across, to - across] {
        mesh.vertices.push(Vertex { pos, uv: egui::epaint::WHITE_UV, color });
    }
    mesh.indices.extend_from_slice(&[first, first + 1, first + 2, first + 1, first + 2, first + 3]);
}

/// A note in the middle of the pane while there is nothing to show yet.
pub fn waiting(ui: &Ui, rect: Rect, text: &str) {
    let tokens = Tokens::current(ui.ctx());
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, text, FontId::proportional(13.0), tokens.soft);
}
