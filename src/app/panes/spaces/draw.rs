//! Drawing points of one's own on the input plane: the tools, and what they do.

use crate::app::session::model::{Action, Model};
use crate::app::session::tool::Tool;
use crate::app::theme::Tokens;
use crate::app::widgets::buttons::{is_pressed_by_key, segmented};
use crate::app::widgets::markers::Markers;
use crate::learn::config::{Data, OwnPoints};
use crate::learn::random::Random;
use eframe::egui::{CornerRadius, Pos2, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, UiBuilder, Vec2, WidgetInfo};

/// Height of the tools and the classes.
pub const HEIGHT: f32 = 58.0;
/// Standard deviation of the brush, on the plane.
const SPREAD: f32 = 0.18;
/// The brush adds points once it has moved so far, in points of the screen.
const EVERY: f32 = 9.0;
/// Points that the brush adds at a time.
const SPRAYED: usize = 3;
/// A pointer this near to a point erases it.
const REACH: f32 = 10.0;

/// Whether points can be drawn: those of one's own, in the plane.
pub fn draws(model: &Model) -> bool {
    model.config.data == Data::Own && model.config.own.dimension() == 2
}

/// The classes of the plane's points: of one's own as they were drawn, ahead of the run.
pub fn labels(model: &Model) -> &[u8] {
    if draws(model) { model.config.own.labels() } else { &model.scene.labels }
}

/// Where the plane's points are, x and y in turn.
pub fn places(model: &Model) -> Vec<f32> {
    if draws(model) { model.config.own.coordinates().collect() } else { model.scene.places.clone() }
}

/// The drawing hand's own state.
#[derive(Default)]
pub struct Hand {
    /// The point that is being moved.
    moved: Option<usize>,
    /// Where the brush added points last.
    sprayed: Option<Pos2>,
}

impl Hand {
    /// Does what the pointer asks for, where it was pressed on the `canvas`: what lies over the plane has presses of its own. `at` turns places on
    /// the screen into places on the plane, `screen` has the points' places.
    pub fn update(
        &mut self,
        response: &Response,
        canvas: Rect,
        model: &Model,
        screen: &[Pos2],
        at: impl Fn(Pos2) -> [f32; 2],
        actions: &mut Vec<Action>,
    ) {
        let pointer = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on() || response.clicked());
        // Keys press where the cross is.
        let pointer = pointer.filter(|_| !is_pressed_by_key(response));
        let origin = response.ctx.input(|input| input.pointer.press_origin()).or(pointer);
        let Some(pointer) = pointer.filter(|_| origin.is_some_and(|origin| canvas.contains(origin))) else {
            *self = Self::default();
            return;
        };
        let own = &model.config.own;
        let place = at(pointer).map(|value| value.clamp(-OwnPoints::FARTHEST, OwnPoints::FARTHEST));
        let edit = |actions: &mut Vec<Action>, points: OwnPoints| {
            if points != *own {
                actions.push(Action::EditPoints(points));
            }
        };
        match model.tool {
            Tool::Move => {
                if response.drag_started() {
                    self.moved = nearest(screen, origin.unwrap_or(pointer), 12.0);
                }
                if let Some(point) = self.moved.filter(|_| response.dragged()) {
                    edit(actions, own.with_moved(point, &place));
                }
            }
            Tool::Add if response.clicked() => {
                if let Ok(points) = own.with(&place, &[model.class]) {
                    edit(actions, points);
                }
            }
            Tool::Add => {}
            Tool::Brush => {
                if self.sprayed.is_none_or(|last| last.distance(pointer) >= EVERY) {
                    self.sprayed = Some(pointer);
                    actions.extend(sprayed(model, place).map(Action::EditPoints));
                }
            }
            Tool::Erase => {
                edit(actions, own.without(|point| screen.get(point).is_some_and(|at| at.distance(pointer) < REACH)));
            }
        }
    }
}

/// The points with some more about a place; none where there is no room for more.
pub(super) fn sprayed(model: &Model, place: [f32; 2]) -> Option<OwnPoints> {
    let own = &model.config.own;
    let mut random = Random::of_item(model.config.seed, "brush", own.len() as u32);
    let count = SPRAYED.min(OwnPoints::MOST.saturating_sub(own.len()));
    let clamped = |value: f32| value.clamp(-OwnPoints::FARTHEST, OwnPoints::FARTHEST);
    let coordinates: Vec<f32> = (0..2 * count).map(|number| clamped(place[number % 2] + SPREAD * random.normal())).collect();
    own.with(&coordinates, &vec![model.class; count]).ok().filter(|points| points != own)
}

/// The point nearest to a place on the screen, within a reach.
fn nearest(screen: &[Pos2], at: Pos2, reach: f32) -> Option<usize> {
    let near = screen.iter().enumerate().map(|(point, place)| (place.distance(at), point));
    near.filter(|(distance, _)| *distance < reach).min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, point)| point)
}

/// The tools and the classes, over the foot of the plane.
pub fn tools(ui: &mut Ui, rect: Rect, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
    let (language, tokens) = (model.language(), Tokens::current(ui.ctx()));
    ui.painter().rect(rect, CornerRadius::same(9), tokens.panel, Stroke::new(1.0, tokens.line), StrokeKind::Inside);
    ui.scope_builder(UiBuilder::new().max_rect(rect.shrink(3.0)), |ui| {
        ui.spacing_mut().item_spacing = Vec2::new(0.0, 2.0);
        let labels = Tool::ALL.map(|(_, key)| language.get(key));
        let helps = ["ui.draw_move_help", "ui.draw_add_help", "ui.draw_brush_help", "ui.draw_erase_help"].map(|key| language.get(key));
        let chosen = Tool::ALL.iter().position(|(tool, _)| *tool == model.tool).unwrap_or(0);
        if let Some(picked) = segmented(ui, chosen, &labels, &helps) {
            actions.push(Action::Tool(Tool::ALL[picked].0));
        }
        let (row, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 22.0), Sense::hover());
        let width = row.width() / OwnPoints::CLASSES as f32;
        for class in 0..OwnPoints::CLASSES {
            let cell = Rect::from_min_size(Pos2::new(row.min.x + width * class as f32, row.min.y), Vec2::new(width, row.height()));
            let response = ui.interact(cell, ui.scope_id().with(("class", class)), Sense::click());
            let is_chosen = class == usize::from(model.class);
            let name = language.fill("ui.draw_class", &[("number", &(class + 1).to_string())]);
            response.widget_info(|| WidgetInfo::selected(Role::RadioButton, true, is_chosen, &name));
            if is_chosen || response.has_focus() {
                let color = if is_chosen { tokens.accent } else { tokens.line };
                ui.painter().rect_stroke(cell.shrink(1.0), CornerRadius::same(6), Stroke::new(1.5, color), StrokeKind::Inside);
            }
            let mut mesh = markers.mesh(1);
            markers.add(&mut mesh, class, cell.center(), 4.5, tokens.class(class));
            ui.painter().add(mesh);
            if response.clicked() {
                actions.push(Action::Class(class as u8));
            }
            response.on_hover_text(name);
        }
    });
}
