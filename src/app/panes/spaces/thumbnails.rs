//! Small pictures of images: of the training images where there is room, and large ones of views, reconstructions and samples.

use crate::app::session::model::Model;
use crate::app::theme::Tokens;
use crate::drawing;
use eframe::egui::{
    self, Color32, ColorImage, CornerRadius, Mesh, Painter, Pos2, Rect, Stroke, StrokeKind, TextureHandle, TextureOptions, Vec2,
};

/// Side of a thumbnail in a space.
pub const SMALL: f32 = 24.0;
/// Side of a large picture.
pub const LARGE: f32 = 54.0;

/// The training images of a run, side by side in one texture.
#[derive(Default)]
pub struct Thumbnails {
    drawn: Option<Drawn>,
}

struct Drawn {
    run: u64,
    columns: usize,
    rows: usize,
    texture: TextureHandle,
}

impl Thumbnails {
    /// Makes the texture of the run's images, if there are any and it has not been made.
    pub fn update(&mut self, ctx: &egui::Context, model: &Model) {
        let Some(images) = &model.scene.images else {
            self.drawn = None;
            return;
        };
        let count = model.scene.labels.len();
        if self.drawn.as_ref().is_some_and(|drawn| drawn.run == model.run) || count == 0 {
            return;
        }
        let columns = (count as f32).sqrt().ceil() as usize;
        let rows = count.div_ceil(columns);
        let mut picture = ColorImage::filled([columns * images.side, rows * images.side], Color32::TRANSPARENT);
        for image in 0..count {
            let (left, top) = (image % columns * images.side, image / columns * images.side);
            for (row, pixels) in images.image(image).chunks_exact(images.side).enumerate() {
                let start = (top + row) * picture.size[0] + left;
                for (pixel, ink) in picture.pixels[start..].iter_mut().zip(pixels) {
                    *pixel = Color32::from_white_alpha(*ink);
                }
            }
        }
        let texture = ctx.load_texture("images", picture, TextureOptions::NEAREST);
        self.drawn = Some(Drawn { run: model.run, columns, rows, texture });
    }

    /// Draws the thumbnails of some images, each at its place, with the class's colour around it; `strength` is below 1 for what steps back.
    pub fn draw(&self, painter: &Painter, model: &Model, shown: &[(u32, Pos2, f32)], side: f32, tokens: &Tokens) {
        let Some(drawn) = &self.drawn else { return };
        let mut mesh = Mesh::with_texture(drawn.texture.id());
        let mut frames = Vec::with_capacity(2 * shown.len());
        for (point, at, strength) in shown {
            let class = usize::from(model.scene.labels.get(*point as usize).copied().unwrap_or(0));
            let place = Rect::from_center_size(*at, Vec2::splat(side));
            let color = tokens.class(class).gamma_multiply(*strength);
            let frame = place.expand(2.0);
            frames.push(egui::Shape::rect_filled(frame, CornerRadius::same(3), tokens.panel.gamma_multiply(0.5 + 0.5 * strength)));
            frames.push(egui::Shape::rect_stroke(frame, CornerRadius::same(3), Stroke::new(1.4, color), StrokeKind::Inside));
            mesh.add_rect_with_uv(place, drawn.place(*point as usize), tokens.ink.gamma_multiply(*strength));
        }
        painter.extend(frames);
        painter.add(mesh);
    }
}

impl Drawn {
    /// Where an image is in the texture.
    fn place(&self, image: usize) -> Rect {
        let cell = Vec2::new(1.0 / self.columns as f32, 1.0 / self.rows as f32);
        let corner = Pos2::new((image % self.columns) as f32 * cell.x, (image / self.columns) as f32 * cell.y);
        Rect::from_min_size(corner, cell)
    }
}

/// The points whose thumbnails have room on a canvas, see [`drawing::with_room`].
pub fn with_room(places: impl Iterator<Item = Option<Pos2>>, side: f32, canvas: Rect) -> Vec<(u32, Pos2)> {
    let room = canvas.shrink(side / 2.0 + 3.0);
    let places = places.map(|at| at.map(Into::into));
    let shown = drawing::with_room(places, side + 10.0, room.min.into(), room.max.into());
    shown.into_iter().map(|(point, at)| (point, at.into())).collect()
}

/// Draws one image, given by its pixels, with a frame.
pub fn picture(painter: &Painter, place: Rect, pixels: &[u8], frame: Stroke, tokens: &Tokens) {
    let side = pixels.len().isqrt();
    painter.rect(place.expand(3.0), CornerRadius::same(5), tokens.panel, frame, StrokeKind::Inside);
    if side == 0 {
        return;
    }
    painter.add(ink(place, pixels, tokens.ink));
}

/// The pixels of an image in a colour, without a ground.
pub fn ink(place: Rect, pixels: &[u8], color: Color32) -> Mesh {
    let side = pixels.len().isqrt().max(1);
    let size = place.width() / side as f32;
    let mut mesh = Mesh::default();
    for (index, ink) in pixels.iter().enumerate().filter(|(_, ink)| **ink > 2) {
        let corner = place.min + Vec2::new((index % side) as f32, (index / side) as f32) * size;
        mesh.add_colored_rect(Rect::from_min_size(corner, Vec2::splat(size)), color.gamma_multiply(f32::from(*ink) / 255.0));
    }
    mesh
}

/// The name of a class, where the images of the set have names.
pub fn known_name(model: &Model, class: usize) -> Option<&'static str> {
    let name = model.scene.images.as_ref()?.classes.get(class)?;
    model.language().find(&format!("class.{name}"))
}

/// The class of an image by its name, such as "L", or by its number, from 0.
pub fn class_name(model: &Model, class: usize) -> String {
    known_name(model, class).map_or_else(|| model.language().fill("ui.draw_class", &[("number", &class.to_string())]), str::to_owned)
}
