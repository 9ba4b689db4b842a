//! Paints what egui draws, without a graphics driver: a picture has the same pixels on every machine.
//!
//! It does what the window's own painter has the graphics card do. Corners are moved to a fine grid, each pixel belongs to one of two
//! neighbouring triangles, and colours are multiplied and blended as they are stored, with premultiplied alpha.

use eframe::egui::epaint::textures::{TextureFilter, TexturesDelta};
use eframe::egui::epaint::{ClippedPrimitive, ImageData, ImageDelta, Primitive, Vertex};
use eframe::egui::{ColorImage, Context, FullOutput, Rect, TextureId};
use egui_kittest::TestRenderer;
use image::{Rgba, RgbaImage};
use std::array;
use std::collections::HashMap;
use std::ops::Range;

/// The number of places along the side of a pixel where a corner can be. Which pixels lie inside a triangle is then a matter of whole numbers.
const PLACES: i64 = 256;

/// The painter with its textures: the letters of all fonts in one, and one for each image.
#[derive(Default)]
pub struct Painter {
    textures: HashMap<TextureId, Texture>,
    /// Textures that the last frame is the last to use.
    freed: Vec<TextureId>,
}

struct Texture {
    image: ColorImage,
    filter: TextureFilter,
}

impl TestRenderer for Painter {
    fn handle_delta(&mut self, delta: &mut TexturesDelta) {
        for id in self.freed.drain(..) {
            self.textures.remove(&id);
        }
        for (id, changes) in delta.set.drain() {
            for change in changes {
                self.change(id, change);
            }
        }
        self.freed.extend(delta.free.drain());
    }

    fn render(&mut self, ctx: &Context, output: &FullOutput) -> Result<RgbaImage, String> {
        let scale = ctx.pixels_per_point();
        let size = (ctx.content_rect().size() * scale).round();
        let mut canvas = RgbaImage::new(size.x as u32, size.y as u32);
        for ClippedPrimitive { clip_rect, primitive } in ctx.tessellate(output.shapes.clone(), scale) {
            // The program has none that paints by itself.
            let Primitive::Mesh(mesh) = primitive else { return Err("only triangles can be painted".to_owned()) };
            let texture = self.textures.get(&mesh.texture_id).ok_or_else(|| format!("{:?} is not there", mesh.texture_id))?;
            let clip = pixels(clip_rect, scale, [canvas.width(), canvas.height()]);
            for corners in mesh.indices.chunks_exact(3) {
                fill(&mut canvas, &clip, array::from_fn(|k| mesh.vertices[corners[k] as usize]), scale, texture);
            }
        }
        Ok(canvas)
    }
}

impl Painter {
    /// Takes in a new texture, or a part of one that is there.
    fn change(&mut self, id: TextureId, change: ImageDelta) {
        let ImageDelta { image: ImageData::Color(image), options, pos } = change;
        match (pos, self.textures.get_mut(&id)) {
            (Some([left, top]), Some(Texture { image: whole, .. })) => {
                for (y, row) in image.pixels.chunks_exact(image.width()).enumerate() {
                    let start = (top + y) * whole.width() + left;
                    whole.pixels[start..][..row.len()].copy_from_slice(row);
                }
            }
            _ => {
                self.textures.insert(id, Texture { image: (*image).clone(), filter: options.magnification });
            }
        }
    }
}

impl Texture {
    /// The colour at a place, from 0 to 1 along either side. Beyond its edges the texture goes on as it ends.
    fn at(&self, u: f32, v: f32) -> [f32; 4] {
        let [width, height] = self.image.size;
        let pixel = |x: f32, y: f32| {
            // What is below zero becomes zero.
            let (x, y) = ((x as usize).min(width - 1), (y as usize).min(height - 1));
            self.image.pixels[y * width + x].to_array().map(f32::from)
        };
        let (x, y) = (u * width as f32, v * height as f32);
        if self.filter == TextureFilter::Nearest {
            return pixel(x, y);
        }
        // Between the middles of four pixels.
        let (left, top) = ((x - 0.5).floor(), (y - 0.5).floor());
        let mix = |a: [f32; 4], b: [f32; 4], share: f32| array::from_fn(|k| a[k] + (b[k] - a[k]) * share);
        let [upper, lower] = [top, top + 1.0].map(|y| mix(pixel(left, y), pixel(left + 1.0, y), x - 0.5 - left));
        mix(upper, lower, y - 0.5 - top)
    }
}

/// The columns and the rows of the pixels in a rectangle.
fn pixels(rect: Rect, scale: f32, size: [u32; 2]) -> [Range<i64>; 2] {
    [(rect.min.x, rect.max.x, size[0]), (rect.min.y, rect.max.y, size[1])]
        .map(|(low, high, most)| ((low * scale).round() as i64).max(0)..((high * scale).round() as i64).min(most.into()))
}

/// On which side of the line from `a` to `b` the place `p` lies, as twice the area of the triangle between them.
fn side(a: [i64; 2], b: [i64; 2], p: [i64; 2]) -> i64 {
    (b[0] - a[0]) * (p[1] - a[1]) - (b[1] - a[1]) * (p[0] - a[0])
}

/// Fills the pixels whose middle lies in a triangle.
fn fill(canvas: &mut RgbaImage, clip: &[Range<i64>; 2], mut corners: [Vertex; 3], scale: f32, texture: &Texture) {
    let mut places = corners.map(|corner| [corner.pos.x, corner.pos.y].map(|along| (along * scale * PLACES as f32).round() as i64));
    let area = side(places[0], places[1], places[2]);
    if area == 0 {
        return;
    }
    if area < 0 {
        corners.swap(1, 2);
        places.swap(1, 2);
    }
    let edges = [1, 2, 0].map(|k| (places[k], places[(k + 1) % 3]));
    // Where two triangles meet, the one below or to the right of the edge has the pixels whose middle lies on it.
    let least = edges.map(|(from, to)| i64::from(!(to[1] < from[1] || (to[1] == from[1] && to[0] > from[0]))));
    let [columns, rows] = array::from_fn(|axis| {
        let along = places.map(|place| place[axis].div_euclid(PLACES));
        along.into_iter().fold(i64::MAX, i64::min).max(clip[axis].start)
            ..(along.into_iter().fold(i64::MIN, i64::max) + 1).min(clip[axis].end)
    });
    for y in rows {
        for x in columns.clone() {
            let middle = [x, y].map(|along| along * PLACES + PLACES / 2);
            let sides = edges.map(|(from, to)| side(from, to, middle));
            if sides.iter().zip(least).any(|(side, least)| *side < least) {
                continue;
            }
            let shares = sides.map(|side| side as f32 / area.abs() as f32);
            let mix = |values: [f32; 3]| shares[0] * values[0] + shares[1] * values[1] + shares[2] * values[2];
            let texel = texture.at(mix(corners.map(|corner| corner.uv.x)), mix(corners.map(|corner| corner.uv.y)));
            let color = array::from_fn(|k| mix(corners.map(|corner| f32::from(corner.color[k]))) * texel[k] / 255.0);
            blend(canvas.get_pixel_mut(x as u32, y as u32), color);
        }
    }
}

/// Lays a colour over a pixel.
fn blend(Rgba(pixel): &mut Rgba<u8>, color: [f32; 4]) {
    let rest = 1.0 - color[3] / 255.0;
    for (below, above) in pixel.iter_mut().zip(color) {
        *below = (above + f32::from(*below) * rest).round() as u8;
    }
}
