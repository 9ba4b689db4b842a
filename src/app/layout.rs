//! Where the panes are: side by side where there is room, the sphere above tabs on a phone.

use super::model::{Action, Model};
use super::panes::charts::{Charts, Place};
use super::panes::controls::Controls;
use super::panes::input_plane::InputPlanePane;
use super::panes::readings;
use super::panes::sphere::{self, SpherePane};
use super::panes::top_bar;
use super::theme::{GAP, Tokens};
use super::widgets::buttons::segmented;
use super::widgets::card;
use super::widgets::markers::Markers;
use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, Vec2, pos2};

/// From this width on everything stands side by side.
const WIDE: f32 = 1080.0;
/// Height of the bar on top.
const BAR: f32 = 52.0;

/// What the tabs of a narrow window hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Tab {
    #[default]
    Loss,
    Data,
    Plane,
    Charts,
}

impl Tab {
    const ALL: [(Self, &'static str); 4] =
        [(Self::Loss, "group.loss"), (Self::Data, "group.data"), (Self::Plane, "ui.tab_plane"), (Self::Charts, "ui.tab_charts")];
}

/// The panes with their own states.
pub struct Panes {
    markers: Markers,
    controls: Controls,
    plane: InputPlanePane,
    sphere: SpherePane,
    charts: Charts,
    tab: Tab,
}

impl Panes {
    /// The panes as a newcomer sees them.
    pub fn new(ctx: &eframe::egui::Context) -> Self {
        Self {
            markers: Markers::new(ctx),
            controls: Controls::default(),
            plane: InputPlanePane::default(),
            sphere: SpherePane::default(),
            charts: Charts::default(),
            tab: Tab::default(),
        }
    }

    /// Draws everything; the area below the bar is returned, for what lies over it.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) -> Rect {
        let area = ui.max_rect();
        let tokens = Tokens::current(ui.ctx());
        ui.painter().rect_filled(area, 0.0, tokens.ground);
        let bar = Rect::from_min_size(area.min, Vec2::new(area.width(), BAR));
        top_bar::ui(ui, bar, model, actions);
        let body = Rect::from_min_max(pos2(area.min.x, area.min.y + BAR), area.max).shrink(GAP);
        if area.width() >= WIDE {
            self.wide(ui, body, model, actions);
        } else {
            self.narrow(ui, body, model, actions);
        }
        if !model.is_ready() {
            sphere::waiting(ui, body, model.language().get("ui.waiting"));
        }
        body
    }

    fn wide(&mut self, ui: &mut Ui, body: Rect, model: &Model, actions: &mut Vec<Action>) {
        let bottom = (body.height() * 0.235).clamp(150.0, 240.0);
        let upper = Rect::from_min_max(body.min, pos2(body.max.x, body.max.y - bottom - GAP));
        let lower = Rect::from_min_max(pos2(body.min.x, body.max.y - bottom), body.max);
        let (left, right) = if body.width() > 1250.0 { (252.0, 292.0) } else { (228.0, 262.0) };
        let left = Rect::from_min_size(upper.min, Vec2::new(left, upper.height()));
        let right = Rect::from_min_max(pos2(upper.max.x - right, upper.min.y), upper.max);
        let middle = Rect::from_min_max(pos2(left.max.x + GAP, upper.min.y), pos2(right.min.x - GAP, upper.max.y));
        let plane_width = (middle.width() - GAP) * 0.42;
        let plane = Rect::from_min_size(middle.min, Vec2::new(plane_width, middle.height()));
        let sphere = Rect::from_min_max(pos2(plane.max.x + GAP, middle.min.y), middle.max);
        card::card(ui, "left card", left, |ui| {
            scroll(ui, "left", |ui| self.controls.data_ui(ui, model, &self.markers, actions));
        });
        self.plane.ui(ui, plane, model, &self.markers, actions);
        self.sphere.ui(ui, sphere, model, &self.markers, actions);
        card::card(ui, "right card", right, |ui| {
            scroll(ui, "right", |ui| {
                self.controls.loss_ui(ui, model, actions);
                ui.add_space(8.0);
                readings::ui(ui, model);
            });
        });
        self.charts.ui(ui, lower, model);
    }

    fn narrow(&mut self, ui: &mut Ui, body: Rect, model: &Model, actions: &mut Vec<Action>) {
        let (shown, rest) = if body.width() > 1.15 * body.height() {
            body.split_left_right_at_fraction(0.52)
        } else {
            let share = (body.width() * 1.02).min(body.height() * 0.52) / body.height();
            body.split_top_bottom_at_fraction(share)
        };
        let beside = shown.max.x < body.max.x;
        let sphere = if beside { Rect::from_min_max(shown.min, shown.max - Vec2::new(GAP / 2.0, 0.0)) } else { shown };
        self.sphere.ui(ui, sphere, model, &self.markers, actions);
        let rest = if beside { rest.with_min_x(rest.min.x + GAP / 2.0) } else { rest.with_min_y(rest.min.y + 8.0) };
        let tabs = Rect::from_min_size(rest.min, Vec2::new(rest.width(), 32.0));
        ui.scope_builder(UiBuilder::new().max_rect(tabs), |ui| {
            let labels: Vec<&str> = Tab::ALL.iter().map(|(_, key)| model.language().get(key)).collect();
            let chosen = Tab::ALL.iter().position(|(tab, _)| *tab == self.tab).unwrap_or(0);
            if let Some(picked) = segmented(ui, chosen, &labels, &[]) {
                self.tab = Tab::ALL[picked].0;
            }
        });
        let pane = rest.with_min_y(tabs.max.y + 8.0);
        match self.tab {
            Tab::Loss => card::card(ui, "right card", pane, |ui| {
                scroll(ui, "loss tab", |ui| {
                    self.controls.loss_ui(ui, model, actions);
                    ui.add_space(8.0);
                    readings::ui(ui, model);
                });
            }),
            Tab::Data => card::card(ui, "left card", pane, |ui| {
                scroll(ui, "data tab", |ui| self.controls.data_ui(ui, model, &self.markers, actions));
            }),
            Tab::Plane => self.plane.ui(ui, pane, model, &self.markers, actions),
            Tab::Charts => self.chart_tab(ui, pane, model),
        }
    }

    fn chart_tab(&mut self, ui: &mut Ui, pane: Rect, model: &Model) {
        let (upper, lower) = pane.split_top_bottom_at_fraction(0.5);
        for (row, charts) in [
            (upper.with_max_y(upper.max.y - 4.0), [Place::Loss, Place::Chosen]),
            (lower.with_min_y(lower.min.y + 4.0), [Place::Similarity, Place::Spectrum]),
        ] {
            let (left, right) = row.split_left_right_at_fraction(0.5);
            self.charts.chart(ui, left.with_max_x(left.max.x - 4.0), charts[0], model);
            self.charts.chart(ui, right.with_min_x(right.min.x + 4.0), charts[1], model);
        }
    }
}

/// Contents that scroll where they don't fit, with room for the bar.
fn scroll(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 4.0);
        add(ui);
    });
}
