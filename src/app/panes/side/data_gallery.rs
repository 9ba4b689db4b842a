//! The data sets as small pictures to pick from: points, or images.

use crate::app::panes::spaces::thumbnails;
use crate::app::session::model::Model;
use crate::app::theme::{Tokens, mix, semibold};
use crate::app::widgets::buttons::segmented;
use crate::app::widgets::markers::Markers;
use crate::learn::config::{Config, Data, ImageSize};
use crate::learn::data::Dataset;
use eframe::egui::{self, CornerRadius, Pos2, Rect, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo};

/// Points in a data set's small picture.
const PICTURED: u32 = 90;
/// Sets beside one another.
const COLUMNS: usize = 4;

/// Some points or images of a data set with their classes.
pub enum Picture {
    /// Points, in [-1, 1] x [-1, 1], y downwards.
    Points(Vec<(Pos2, usize)>),
    /// Pixels, 255 for ink.
    Images(Vec<(Vec<u8>, usize)>),
}

/// A picture of each set, in the order of [`Data::ALL`].
pub fn pictures() -> Vec<Picture> {
    Data::ALL.iter().map(|data| picture(*data)).collect()
}

/// Draws the sets of the kind that is chosen, and lets another be picked.
pub fn ui(ui: &mut Ui, model: &Model, pictures: &[Picture], markers: &Markers, config: &mut Config) {
    let language = model.language();
    let tokens = Tokens::current(ui.ctx());
    let has_images = config.data.are_images();
    let kinds = [language.get("ui.data_points"), language.get("ui.data_images")];
    let helps = [language.get("ui.data_points_help"), language.get("ui.data_images_help")];
    if let Some(picked) = segmented(ui, usize::from(has_images), &kinds, &helps)
        && (picked == 1) != has_images
    {
        config.data = if picked == 1 { Data::Shapes } else { Data::Blobs };
    }
    ui.add_space(2.0);
    let has_images = config.data.are_images();
    let shown = Data::ALL.iter().enumerate().filter(|(_, data)| data.are_images() == has_images);
    let gap = 6.0;
    let side = ((ui.available_width() - gap * (COLUMNS - 1) as f32) / COLUMNS as f32).min(64.0);
    egui::Grid::new("gallery").spacing(Vec2::splat(gap)).min_col_width(side).show(ui, |ui| {
        for (place, (index, data)) in shown.enumerate() {
            let (rect, response) = ui.allocate_exact_size(Vec2::splat(side), Sense::click());
            let name = language.find(&format!("choice.data.{}", data.word())).unwrap_or(data.word());
            let selected = *data == config.data;
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, name));
            let edge = match (selected, response.hovered() || response.has_focus()) {
                (true, _) => Stroke::new(2.0, tokens.accent),
                (false, true) => Stroke::new(1.0, tokens.accent),
                (false, false) => Stroke::new(1.0, tokens.line),
            };
            let fill = if selected { mix(tokens.panel, tokens.accent, 0.06) } else { mix(tokens.panel, tokens.field, 0.6) };
            ui.painter().rect(rect, CornerRadius::same(8), fill, edge, StrokeKind::Inside);
            match &pictures[index] {
                Picture::Points(points) => {
                    let mut mesh = markers.mesh(points.len());
                    for (at, class) in points {
                        let at = rect.center() + at.to_vec2() * side * 0.42;
                        markers.add(&mut mesh, *class, at, 1.9, tokens.class(*class));
                    }
                    ui.painter().add(mesh);
                }
                Picture::Images(images) => {
                    for (corner, (pixels, class)) in images.iter().enumerate() {
                        let cell = 0.42 * side;
                        let from = rect.center() - Vec2::splat(cell) + cell * Vec2::new((corner % 2) as f32, (corner / 2) as f32);
                        let place = Rect::from_min_size(from, Vec2::splat(cell)).shrink(1.0);
                        ui.painter().add(thumbnails::ink(place, pixels, tokens.class(*class)));
                    }
                }
            }
            if response.clicked() {
                config.data = *data;
            }
            let about = language.find(&format!("choice.data.{}.help", data.word())).unwrap_or_default();
            response.on_hover_ui(|ui| {
                ui.label(RichText::new(name).font(egui::FontId::new(13.0, semibold())));
                ui.label(about);
            });
            if place % COLUMNS == COLUMNS - 1 {
                ui.end_row();
            }
        }
    });
}

/// A few points of a set, in [-1, 1] x [-1, 1], y downwards.
fn picture(data: Data) -> Picture {
    if data == Data::Own {
        return Picture::Points(drawn());
    }
    if data == Data::Images {
        return Picture::Images(sketched());
    }
    if data.glyphs().is_some() {
        let set = Dataset::new(&Config { data, points: 32, size: ImageSize::Small, variation: 0.4, ..Config::default() });
        // On the last set the classes are places, four beside one another; else four of the classes.
        let chosen = if data == Data::Shapes { [4, 5, 2, 3] } else { [0, 1, 2, 3] };
        let image = |image: usize| set.inputs.row(image).iter().map(|pixel| (pixel.clamp(0.0, 1.0) * 255.0) as u8).collect();
        return Picture::Images(chosen.into_iter().map(|class| (image(class), class)).collect());
    }
    let classes = if data == Data::Circles { 3 } else { 6 };
    let set = Dataset::new(&Config { data, points: PICTURED, classes, noise: 0.2, ..Config::default() });
    let place = |point: usize| {
        let [x, y] = set.plane.project(set.inputs.row(point));
        (Pos2::new(x, -y) / set.plane.half_extent, usize::from(set.labels[point]))
    };
    Picture::Points((0..set.inputs.rows()).map(place).collect())
}

/// Four images of anybody's: a heart, a house, an arrow and a tree.
fn sketched() -> Vec<(Vec<u8>, usize)> {
    const SKETCHES: [[u8; 8]; 4] = [
        [0b0110_0110, 0b1111_1111, 0b1111_1111, 0b1111_1111, 0b0111_1110, 0b0011_1100, 0b0001_1000, 0],
        [0b0001_1000, 0b0011_1100, 0b0111_1110, 0b1111_1111, 0b0100_0010, 0b0101_1010, 0b0101_1010, 0b0111_1110],
        [0, 0b0000_1000, 0b0000_1100, 0b1111_1110, 0b1111_1111, 0b1111_1110, 0b0000_1100, 0b0000_1000],
        [0b0001_1000, 0b0011_1100, 0b0111_1110, 0b0011_1100, 0b0111_1110, 0b1111_1111, 0b0001_1000, 0b0001_1000],
    ];
    let pixels = |rows: &[u8; 8]| (0..64).map(|place| if rows[place / 8] >> (7 - place % 8) & 1 == 1 { 255 } else { 0 }).collect();
    SKETCHES.iter().enumerate().map(|(class, rows)| (pixels(rows), class)).collect()
}

/// What anybody would draw first: a face.
fn drawn() -> Vec<(Pos2, usize)> {
    let arc = |from: f32, to: f32, radius: f32, count: usize, class: usize| {
        (0..count).map(move |place| {
            let angle = from + (to - from) * place as f32 / count as f32;
            (Pos2::new(radius * angle.cos(), radius * angle.sin()), class)
        })
    };
    let eyes = [-0.35, 0.35]
        .into_iter()
        .flat_map(|x| [(0.0, 0.0), (0.09, 0.05), (-0.07, 0.08), (0.02, -0.1)].map(|(dx, dy)| (Pos2::new(x + dx, -0.25 + dy), 0)));
    arc(0.0, std::f32::consts::TAU, 0.92, 34, 1).chain(eyes).chain(arc(0.5, 2.7, 0.5, 12, 5)).collect()
}
