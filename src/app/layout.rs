//! Where the panes are: side by side where there is room, the sphere above tabs on a phone.

use super::panes::charts::Charts;
use super::panes::spaces::shared;
use super::theme::{GAP, Tokens};
use super::widgets::buttons::segmented;
use super::widgets::card;
use super::widgets::markers::Markers;
use crate::app::panes::bar::{stepper, top_bar};
use crate::app::panes::side::controls::Controls;
use crate::app::panes::side::health;
use crate::app::panes::spaces::input_plane::InputPlanePane;
use crate::app::panes::spaces::linked::Linked;
use crate::app::panes::spaces::sphere::SpherePane;
use crate::app::session::model::{Action, Model};
use crate::exchange::charts::CARDS;
use crate::learn::report::Extras;
use eframe::egui::{Rect, ScrollArea, Ui, UiBuilder, Vec2, pos2};

/// From this width on everything stands side by side.
const WIDE: f32 = 1080.0;
/// From this width on the two spaces do, and the rest is in tabs beside them.
const MEDIUM: f32 = 900.0;
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
    Why,
    Health,
}

impl Tab {
    const ALL: [Self; 5] = [Self::Loss, Self::Why, Self::Data, Self::Plane, Self::Charts];

    fn key(self) -> &'static str {
        match self {
            Self::Loss => "group.loss",
            Self::Data => "group.data",
            Self::Plane => "ui.tab_plane",
            Self::Charts => "ui.tab_charts",
            Self::Why => "ui.tab_why",
            Self::Health => "ui.tab_health",
        }
    }
}

/// The panes with their own states.
pub struct Panes {
    markers: Markers,
    controls: Controls,
    plane: InputPlanePane,
    sphere: SpherePane,
    charts: Charts,
    linked: Linked,
    tab: Tab,
    /// The point that was pinned in the last frame: another one opens its pane.
    pinned: Option<u32>,
    /// Somebody has just asked to look closer at an alarm.
    looks_closer: bool,
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
            linked: Linked::default(),
            tab: Tab::default(),
            pinned: None,
            looks_closer: false,
        }
    }

    /// What snapshots shall carry for what was drawn.
    pub fn extras(&mut self, model: &Model) -> Extras {
        Extras {
            walk: model.walking.is_some(),
            cloud: self.linked.why.cloud && model.pinned.is_some(),
            density: self.sphere.shows_density(),
            losses: self.plane.shows_losses(model),
            ..self.charts.extras(model)
        }
    }

    /// Draws everything; the area below the bar is returned, for what lies over it.
    pub fn ui(&mut self, ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) -> Rect {
        let area = ui.max_rect();
        let tokens = Tokens::current(ui.ctx());
        ui.painter().rect_filled(area, 0.0, tokens.ground);
        if model.pinned != self.pinned {
            self.pinned = model.pinned;
            self.linked.why.positive = 0;
            if model.pinned.is_some() {
                self.tab = Tab::Why;
            } else if self.tab == Tab::Why {
                self.tab = Tab::Loss;
            }
        }
        let bar = Rect::from_min_size(area.min, Vec2::new(area.width(), BAR));
        top_bar::ui(ui, bar, model, actions);
        let body = Rect::from_min_max(pos2(area.min.x, area.min.y + BAR), area.max).shrink(GAP);
        self.looks_closer = false;
        if area.width() >= WIDE {
            self.wide(ui, body, model, actions);
        } else if area.width() >= MEDIUM {
            self.medium(ui, body, model, actions);
        } else {
            self.narrow(ui, body, model, actions);
        }
        if !model.is_ready() {
            shared::waiting(ui, body, model.language().get("ui.waiting"));
        }
        body
    }

    fn wide(&mut self, ui: &mut Ui, body: Rect, model: &Model, actions: &mut Vec<Action>) {
        let bottom = (body.height() * 0.235).clamp(150.0, 240.0);
        let told = match (model.walking, model.told_alarm()) {
            (Some(_), _) => stepper::height(body.width()) + GAP,
            (None, Some(_)) => health::ROW + GAP,
            (None, None) => 0.0,
        };
        let stage = model.stage();
        let upper = Rect::from_min_max(body.min, pos2(body.max.x, body.max.y - bottom - GAP - told));
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
        self.plane.ui(ui, plane, model, &self.markers, &mut self.linked, actions);
        self.sphere.ui(ui, sphere, model, &self.markers, &mut self.linked, actions);
        card::card(ui, "right card", right, |ui| {
            let offered = [Tab::Loss, Tab::Why, Tab::Health];
            let chosen = offered.iter().position(|tab| *tab == self.tab).unwrap_or(0);
            let language = model.language();
            let health = health_label(model);
            let labels = [language.get("ui.tab_method"), language.get("ui.tab_why"), &health];
            if let Some(picked) = segmented(ui, chosen, &labels, &[]) {
                self.tab = offered[picked];
            }
            ui.add_space(6.0);
            match offered[chosen] {
                Tab::Why => scroll(ui, "why", |ui| self.linked.why.ui(ui, model, &self.markers, actions)),
                Tab::Health => scroll(ui, "health", |ui| health::ui(ui, model, actions)),
                _ => scroll(ui, "right", |ui| self.controls.loss_ui(ui, model, actions)),
            }
        });
        stepper::edge(ui, plane, stage.is_some_and(stepper::is_on_plane));
        stepper::edge(ui, sphere, stage.is_some_and(stepper::is_on_sphere));
        stepper::edge(ui, left, stage.is_some_and(stepper::is_in_data));
        stepper::edge(ui, right, stage.is_some_and(stepper::is_in_method));
        if model.walking.is_some() {
            let row = Rect::from_min_max(pos2(body.min.x, upper.max.y + GAP), pos2(body.max.x, lower.min.y - GAP));
            stepper::ui(ui, row, model, actions);
        } else if told > 0.0 {
            let row = Rect::from_min_max(pos2(body.min.x, upper.max.y + GAP), pos2(body.max.x, upper.max.y + GAP + health::ROW));
            self.alarm(ui, row, model, Tab::Health, actions);
        }
        self.charts.ui(ui, lower, model, &self.markers, actions);
    }

    /// The row of an alarm; who wants to look closer comes to its tab.
    fn alarm(&mut self, ui: &mut Ui, row: Rect, model: &Model, tab: Tab, actions: &mut Vec<Action>) {
        if health::row(ui, row, model, actions) {
            self.tab = tab;
            self.looks_closer = true;
        }
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
        self.sphere.ui(ui, sphere, model, &self.markers, &mut self.linked, actions);
        stepper::edge(ui, sphere, model.stage().is_some_and(stepper::is_on_sphere));
        let mut rest = if beside { rest.with_min_x(rest.min.x + GAP / 2.0) } else { rest.with_min_y(rest.min.y + 8.0) };
        if model.walking.is_some() {
            let row = Rect::from_min_size(rest.min, Vec2::new(rest.width(), stepper::height(rest.width())));
            stepper::ui(ui, row, model, actions);
            rest.min.y = row.max.y + 8.0;
        } else if model.told_alarm().is_some() {
            let row = Rect::from_min_size(rest.min, Vec2::new(rest.width(), health::ROW));
            self.alarm(ui, row, model, Tab::Charts, actions);
            rest.min.y += health::ROW + 8.0;
        }
        self.tabs(ui, rest, &Tab::ALL, model, actions);
    }

    /// The two spaces side by side, everything else in tabs beside them.
    fn medium(&mut self, ui: &mut Ui, mut body: Rect, model: &Model, actions: &mut Vec<Action>) {
        if model.walking.is_some() {
            let row = body.with_min_y(body.max.y - stepper::height(body.width()));
            stepper::ui(ui, row, model, actions);
            body.max.y = row.min.y - GAP;
        }
        let mut tabs = Rect::from_min_max(pos2(body.max.x - 272.0, body.min.y), body.max);
        if model.told_alarm().is_some() && model.walking.is_none() {
            let row = Rect::from_min_size(tabs.min, Vec2::new(tabs.width(), health::ROW));
            self.alarm(ui, row, model, Tab::Health, actions);
            tabs.min.y += health::ROW + 8.0;
        }
        let spaces = Rect::from_min_max(body.min, pos2(tabs.min.x - GAP, body.max.y));
        let offered = [Tab::Loss, Tab::Why, Tab::Health, Tab::Data, Tab::Charts];
        let (plane, sphere) = spaces.split_left_right_at_fraction(0.46);
        let (plane, sphere) = (plane.with_max_x(plane.max.x - GAP / 2.0), sphere.with_min_x(sphere.min.x + GAP / 2.0));
        self.plane.ui(ui, plane, model, &self.markers, &mut self.linked, actions);
        self.sphere.ui(ui, sphere, model, &self.markers, &mut self.linked, actions);
        stepper::edge(ui, plane, model.stage().is_some_and(stepper::is_on_plane));
        stepper::edge(ui, sphere, model.stage().is_some_and(stepper::is_on_sphere));
        self.tabs(ui, tabs, &offered, model, actions);
    }

    /// A row of tabs with the chosen one's pane under it.
    fn tabs(&mut self, ui: &mut Ui, rest: Rect, offered: &[Tab], model: &Model, actions: &mut Vec<Action>) {
        let tabs = Rect::from_min_size(rest.min, Vec2::new(rest.width(), 32.0));
        let chosen = offered.iter().position(|tab| *tab == self.tab).unwrap_or(0);
        ui.scope_builder(UiBuilder::new().max_rect(tabs), |ui| {
            let health = health_label(model);
            let label = |tab: &Tab| if *tab == Tab::Health { health.as_str() } else { model.language().get(tab.key()) };
            let labels: Vec<&str> = offered.iter().map(label).collect();
            if let Some(picked) = segmented(ui, chosen, &labels, &[]) {
                self.tab = offered[picked];
            }
        });
        let pane = rest.with_min_y(tabs.max.y + 8.0);
        if offered.contains(&Tab::Plane) && offered[chosen] != Tab::Plane {
            // The plane is not to be seen, nor is what was under the pointer there.
            self.linked.ghost = None;
        }
        match offered[chosen] {
            Tab::Loss => card::card(ui, "right card", pane, |ui| {
                scroll(ui, "loss tab", |ui| self.controls.loss_ui(ui, model, actions));
            }),
            Tab::Data => card::card(ui, "left card", pane, |ui| {
                scroll(ui, "data tab", |ui| self.controls.data_ui(ui, model, &self.markers, actions));
            }),
            Tab::Why => card::card(ui, "why card", pane, |ui| {
                scroll(ui, "why tab", |ui| self.linked.why.ui(ui, model, &self.markers, actions));
            }),
            Tab::Health => card::card(ui, "health card", pane, |ui| {
                scroll(ui, "health tab", |ui| health::ui(ui, model, actions));
            }),
            Tab::Plane => self.plane.ui(ui, pane, model, &self.markers, &mut self.linked, actions),
            Tab::Charts => self.chart_tab(ui, pane, !offered.contains(&Tab::Health), model, actions),
        }
    }

    /// All charts: two beside each other where there is room, else one under the other, as far as one scrolls; with the health behind them where
    /// that has no tab of its own.
    fn chart_tab(&mut self, ui: &mut Ui, pane: Rect, with_health: bool, model: &Model, actions: &mut Vec<Action>) {
        const LEAST_HEIGHT: f32 = 150.0;
        let columns = if pane.width() > 420.0 { 2 } else { 1 };
        let rows = CARDS / columns;
        let gap = 8.0;
        let height = ((pane.height() - gap * (rows - 1) as f32) / rows as f32).max(LEAST_HEIGHT);
        let mut inner = ui.new_child(UiBuilder::new().max_rect(pane).id_salt("charts tab"));
        ScrollArea::vertical().id_salt("charts").auto_shrink(false).show(&mut inner, |ui| {
            let width = (ui.available_width() - gap * (columns - 1) as f32) / columns as f32;
            let start = ui.min_rect().min;
            for card in 0..CARDS {
                let at = Vec2::new((card % columns) as f32 * (width + gap), (card / columns) as f32 * (height + gap));
                self.charts.chart(ui, Rect::from_min_size(start + at, Vec2::new(width, height)), card, model, &self.markers, actions);
            }
            ui.allocate_rect(
                Rect::from_min_size(start, Vec2::new(width, rows as f32 * (height + gap) - gap)),
                eframe::egui::Sense::hover(),
            );
            if with_health {
                ui.add_space(10.0);
                let start = ui.cursor().min;
                if self.looks_closer {
                    ui.scroll_to_rect(Rect::from_min_size(start, pane.size()), Some(eframe::egui::Align::Min));
                }
                health::ui(ui, model, actions);
            }
        });
    }
}

/// The name of the health's tab, with a dot while an alarm is up.
fn health_label(model: &Model) -> String {
    let name = model.language().get("ui.tab_health");
    if model.alarms().any(|raised| !raised.alarm.kind.is_good()) { format!("{name} •") } else { name.to_owned() }
}

/// Contents that scroll where they don't fit, with room for the bar.
fn scroll(ui: &mut Ui, id: &str, add: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(id).auto_shrink(false).show(ui, |ui| {
        ui.set_width(ui.available_width() - 4.0);
        add(ui);
    });
}
