//! The gallery of methods: recipes as cards, by family. A click starts the run again with that method.

use crate::app::panes::side::wiring;
use crate::app::session::model::{Action, Model};
use crate::app::theme::{Tokens, mix, semibold};
use crate::app::widgets::card;
use crate::learn::recipes::{Family, RECIPES, Recipe};
use crate::learn::trainer::Weights;
use eframe::egui::{
    self, Align2, CornerRadius, FontId, Pos2, Rect, Response, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

/// Width and height of a card.
const CARD: Vec2 = Vec2::new(146.0, 84.0);
const GAP: f32 = 8.0;

/// The recipe whose method the configuration has, if any.
pub fn chosen(model: &Model) -> Option<&'static Recipe> {
    RECIPES.iter().find(|recipe| recipe.is_in(&model.config))
}

/// Shows the gallery as a popover of the button that opens it, at the left of the panel (`panel` is its left edge) where there is room, so
/// that the panel stays in sight.
pub fn popover(opener: &Response, panel: f32, model: &Model, actions: &mut Vec<Action>) {
    let window = opener.ctx.content_rect();
    let room = if panel > 0.5 * window.width() { panel - 40.0 } else { window.width() - 40.0 };
    let columns = ((room / (CARD.x + GAP)) as usize).clamp(2, 5);
    let anchor = if panel > 0.5 * window.width() { opener.rect.with_min_x(panel - 8.0) } else { opener.rect };
    egui::Popup::menu(opener)
        .anchor(anchor)
        .align(if panel > 0.5 * window.width() { egui::RectAlign::LEFT_START } else { egui::RectAlign::BOTTOM_END })
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .width(columns as f32 * (CARD.x + GAP) - GAP)
        .show(|ui| {
            let height = window.height() - 120.0;
            ScrollArea::vertical().min_scrolled_height(height).max_height(height).show(ui, |ui| contents(ui, columns, model, actions));
        });
}

fn contents(ui: &mut Ui, columns: usize, model: &Model, actions: &mut Vec<Action>) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    ui.horizontal(|ui| {
        ui.label(RichText::new(language.get("gallery.title")).font(FontId::new(15.0, semibold())).color(tokens.ink));
        ui.label(RichText::new(language.get("gallery.note")).size(12.0).color(tokens.soft));
    });
    for row in rows(columns) {
        ui.add_space(4.0);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            for (family, recipes) in row {
                ui.vertical(|ui| {
                    card::head(ui, language.find(&format!("family.{}", family.key())).unwrap_or_default());
                    for row in recipes.chunks(columns) {
                        ui.horizontal(|ui| {
                            for recipe in row {
                                method(ui, recipe, model, &tokens, actions);
                            }
                        });
                    }
                });
            }
        });
    }
}

/// A family with its recipes.
type Shelf = (Family, Vec<&'static Recipe>);

/// The families in rows: as many beside each other as fit with all their cards.
fn rows(columns: usize) -> Vec<Vec<Shelf>> {
    let mut rows: Vec<Vec<Shelf>> = Vec::new();
    for family in Family::ALL {
        let recipes: Vec<&Recipe> = RECIPES.iter().filter(|recipe| recipe.family == family).collect();
        let taken = |row: &Vec<Shelf>| row.iter().map(|(_, recipes)| recipes.len()).sum::<usize>();
        match rows.last_mut() {
            Some(row) if taken(row) + recipes.len() <= columns => row.push((family, recipes)),
            _ => rows.push(vec![(family, recipes)]),
        }
    }
    rows
}

/// A card: the wiring's sign, the name, a line.
fn method(ui: &mut Ui, recipe: &Recipe, model: &Model, tokens: &Tokens, actions: &mut Vec<Action>) {
    let language = model.language();
    let (rect, response) = ui.allocate_exact_size(CARD, Sense::click());
    let selected = recipe.is_in(&model.config);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, selected, recipe.title));
    let edge = match (selected, response.hovered() || response.has_focus()) {
        (true, _) => Stroke::new(2.0, tokens.accent),
        (false, true) => Stroke::new(1.5, tokens.accent),
        (false, false) => Stroke::new(1.0, tokens.line),
    };
    let fill = if selected { mix(tokens.panel, tokens.accent, 0.06) } else { tokens.panel };
    ui.painter().rect(rect, CornerRadius::same(9), fill, edge, StrokeKind::Inside);
    let Ok(config) = recipe.applied(&model.config) else { return };
    let sign = Rect::from_min_size(rect.min + Vec2::new(8.0, 6.0), Vec2::new(rect.width() - 24.0, 34.0));
    wiring::sign(ui.painter(), sign, &config, tokens);
    let text = |at: Pos2, text: &str, font: FontId, color| ui.painter().text(at, Align2::LEFT_TOP, text, font, color);
    text(rect.min + Vec2::new(10.0, 43.0), recipe.title, FontId::new(13.0, semibold()), tokens.ink);
    let line = language.find(&format!("recipe.{}.line", recipe.name)).unwrap_or_default();
    let mut size = 11.0;
    let wide = ui.painter().layout_no_wrap(line.to_owned(), FontId::proportional(size), tokens.soft).size().x;
    if wide > rect.width() - 16.0 {
        size *= (rect.width() - 16.0) / wide;
    }
    text(rect.min + Vec2::new(10.0, 62.0), line, FontId::proportional(size), tokens.soft);
    if response.clicked() {
        // Some methods differ in live parameters only: the run starts again all the same.
        actions.extend([Action::Configure(Box::new(config), Weights::Fresh), Action::Reset]);
        egui::Popup::close_all(ui.ctx());
    }
    response.on_hover_ui(|ui| about(ui, recipe, model, tokens));
}

/// What a recipe is, where it comes from, what to try, and its wiring.
pub fn about(ui: &mut Ui, recipe: &Recipe, model: &Model, tokens: &Tokens) {
    let language = model.language();
    ui.set_max_width(320.0);
    ui.label(RichText::new(format!("{} · {}", recipe.title, recipe.source)).font(FontId::new(13.0, semibold())).color(tokens.ink));
    for end in ["help", "try"] {
        ui.label(language.find(&format!("recipe.{}.{end}", recipe.name)).unwrap_or_default());
    }
    if let Ok(config) = recipe.applied(&model.config) {
        ui.set_max_width(280.0);
        wiring::preview(ui, &config, language);
    }
}
