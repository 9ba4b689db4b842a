//! Asks how a sheet of images is to be cut, with the sheet and the cuts in sight.

use crate::app::session::model::{Action, Model, OpenSheet};
use crate::app::theme::{Tokens, semibold};
use crate::app::widgets::buttons::{Icon, Weight, button};
use crate::exchange::images::TILES;
use eframe::egui::{
    self, Color32, ColorImage, DragValue, FontId, Modal, Pos2, Rect, RichText, Sense, Stroke, TextureHandle, TextureOptions, Ui, Vec2,
};

/// The most pixels of the picture's side.
const SHOWN: f32 = 1024.0;
/// How many times as long as it is high, or high as it is long, a sheet is shown at most: of a longer one its first part is.
const LONGEST: u32 = 5;
/// The most room of the picture.
const ROOM: Vec2 = Vec2::new(420.0, 320.0);

/// The picture of the sheet that is being opened.
#[derive(Default)]
pub struct SheetDialog {
    /// Its number, and the picture.
    picture: Option<(u32, TextureHandle)>,
}

impl SheetDialog {
    /// Shows the question over everything else while a sheet is being opened.
    pub fn ui(&mut self, ctx: &egui::Context, model: &Model, actions: &mut Vec<Action>) {
        let Some(open) = &model.sheet else {
            self.picture = None;
            return;
        };
        let is_new = self.picture.as_ref().is_none_or(|(number, _)| *number != open.number);
        if is_new {
            self.picture = Some((open.number, ctx.load_texture("sheet", picture(open), TextureOptions::LINEAR)));
        }
        let Some((_, picture)) = &self.picture else { return };
        let modal = Modal::new(egui::Id::unique("sheet")).show(ctx, |ui| contents(ui, model, open, picture, is_new, actions));
        if modal.should_close() {
            actions.push(Action::CloseSheet);
        }
    }
}

fn contents(ui: &mut Ui, model: &Model, open: &OpenSheet, picture: &TextureHandle, is_new: bool, actions: &mut Vec<Action>) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    let room = ROOM.min(ui.ctx().content_rect().size() - Vec2::new(64.0, 220.0)).max(Vec2::splat(80.0));
    ui.set_width(room.x);
    ui.label(RichText::new(language.get("ui.sheet_title")).font(FontId::new(15.0, semibold())));
    ui.add_space(6.0);
    let [width, height] = part(open);
    let size = Vec2::new(width as f32, height as f32);
    let scale = (room / size).min_elem();
    let (rect, _) = ui.allocate_exact_size(Vec2::new(room.x, (size.y * scale).max(24.0)), Sense::hover());
    let place = Rect::from_center_size(rect.center(), size * scale);
    ui.painter().rect_filled(place, 0, Color32::WHITE);
    ui.painter().image(picture.id(), place, Rect::from_min_max(Pos2::ZERO, Pos2::new(1.0, 1.0)), Color32::WHITE);
    if [width, height] != <[u32; 2]>::from(open.sheet.size()) {
        let end = place.right_bottom() + Vec2::new(-4.0, -4.0);
        ui.painter().text(end, egui::Align2::RIGHT_BOTTOM, "…", FontId::new(15.0, semibold()), tokens.accent);
    }
    // Cuts that are nearer than this would hide the picture.
    let step = open.tile as f32 * scale;
    if step >= 5.0 {
        let stroke = Stroke::new(1.0, tokens.accent.gamma_multiply(0.7));
        for cut in 0..=(size.x / open.tile as f32) as usize {
            ui.painter().vline(place.min.x + cut as f32 * step, place.y_range(), stroke);
        }
        for cut in 0..=(size.y / open.tile as f32) as usize {
            ui.painter().hline(place.x_range(), place.min.y + cut as f32 * step, stroke);
        }
    }
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        let label = ui.label(language.get("ui.sheet_tile"));
        let mut tile = open.tile;
        ui.add(DragValue::new(&mut tile).range(TILES).speed(0.1).suffix(" px")).labelled_by(label.id);
        if tile != open.tile {
            actions.push(Action::Tile(tile));
        }
    });
    let (text, color) = match &open.cut {
        Ok(images) => {
            let values = [images.len(), images.classes(), images.side()].map(|value| value.to_string());
            (language.fill("ui.sheet_found", &[("count", &values[0]), ("classes", &values[1]), ("side", &values[2])]), tokens.ink)
        }
        Err(error) => (language.fill("ui.images_refused", &[("reason", &error.to_string())]), tokens.warning),
    };
    ui.label(RichText::new(text).color(color));
    ui.label(RichText::new(language.get("ui.sheet_note")).size(12.0).color(tokens.soft));
    ui.add_space(8.0);
    ui.horizontal(|ui| {
        ui.add_enabled_ui(open.cut.is_ok(), |ui| {
            let response = button(ui, Icon::None, language.get("ui.sheet_open"), "", Weight::Primary);
            if is_new {
                // Enter takes what was guessed.
                response.request_focus();
            }
            if response.clicked() {
                actions.push(Action::TakeSheet);
            }
        });
        if button(ui, Icon::None, language.get("ui.sheet_cancel"), "", Weight::Plain).clicked() {
            actions.push(Action::CloseSheet);
        }
    });
}

/// Width and height of the part that is shown.
fn part(open: &OpenSheet) -> [u32; 2] {
    let (width, height) = open.sheet.size();
    [width.min(LONGEST * height), height.min(LONGEST * width)]
}

/// The sheet for the screen, no larger than a texture may be.
fn picture(open: &OpenSheet) -> ColorImage {
    let [width, height] = part(open);
    let scale = (SHOWN / width.max(height) as f32).min(1.0);
    let [wide, high] = [width, height].map(|side| ((side as f32 * scale) as u32).max(1));
    let part = image::imageops::crop_imm(open.sheet.picture(), 0, 0, width, height);
    let small = image::imageops::thumbnail(&*part, wide, high);
    let pixels = small.pixels().map(|image::LumaA([light, opacity])| Color32::from_rgba_unmultiplied(*light, *light, *light, *opacity));
    ColorImage::new([wide as usize, high as usize], pixels.collect())
}
