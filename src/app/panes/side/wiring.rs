//! The wiring of a method: which networks a pair's rows pass, drawn from the method's own description. A click on a circle shows that space.

use crate::app::session::model::{Action, Model};
use crate::app::theme::{Tokens, semibold};
use crate::app::words::Language;
use crate::learn::config::{Config, Head, Loss, Rebuild};
use crate::learn::method;
use crate::learn::report::Sign;
use crate::learn::report::Space;
use crate::learn::state::{Family, Kept, Wiring};
use eframe::egui::{
    Align2, Color32, CornerRadius, FontId, Painter, Pos2, Rect, Role, Sense, Shape, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

/// Height of a row with a box or a circle.
const ROW: f32 = 33.0;
/// Height of a box.
const BOX: f32 = 24.0;
/// Radius of a circle.
const CIRCLE: f32 = 12.0;

/// What stands in a row of the diagram.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Views,
    Encoder,
    H,
    Head,
    Z,
    Predictor,
    P,
    Decoder,
    Rebuilt,
    Logit,
}

/// The rows of a method's diagram, from the point down to the loss.
fn steps(config: &Config, wiring: &Wiring) -> Vec<Step> {
    let mut steps = vec![Step::Views, Step::Encoder];
    if config.head != Head::None {
        steps.extend([Step::H, Step::Head]);
    }
    steps.push(Step::Z);
    if wiring.predicts && config.predictor != Head::None {
        steps.extend([Step::Predictor, Step::P]);
    }
    match wiring.family {
        Family::JointEmbedding => {}
        Family::Reconstruction { .. } => steps.extend([Step::Decoder, Step::Rebuilt]),
        Family::Adversarial => steps.push(Step::Logit),
    }
    steps
}

/// True if a step stands in a column: a slow copy has no predictor, and without one the target is the network's own z. What a decoder gives back
/// is held against a row of the batch; in a game both columns pass the discriminator.
fn stands(step: Step, column: usize, wiring: &Wiring) -> bool {
    column == 0
        || match wiring.family {
            Family::JointEmbedding => !matches!(step, Step::Predictor | Step::P),
            Family::Reconstruction { .. } => step == Step::Views,
            Family::Adversarial => true,
        }
}

/// Draws the wiring of the configuration that is shown; its circles choose the space.
pub fn ui(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let tokens = Tokens::current(ui.ctx());
    for (space, at) in preview(ui, &model.shown().config, model.language()) {
        circle(ui, model, space, at, &tokens, actions);
    }
}

/// Draws the wiring of a configuration. Returns where the circles of its spaces are.
pub fn preview(ui: &mut Ui, config: &Config, language: Language) -> Vec<(Space, Pos2)> {
    let wiring = config.wiring();
    let steps = steps(config, &wiring);
    let extra = if wiring.kept.is_some() || wiring.prototypes.is_some() { 1.0 } else { 0.0 };
    let height = ROW * (steps.len() as f32 + 2.0 + extra) - 4.0;
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::hover());
    let tokens = Tokens::current(ui.ctx());
    let diagram = Diagram { painter: ui.painter().clone(), rect, tokens, language, config, wiring: &wiring };
    diagram.draw(&steps);
    diagram.circles(&steps)
}

/// A space's circle: the shown one is filled.
fn circle(ui: &mut Ui, model: &Model, space: Space, at: Pos2, tokens: &Tokens, actions: &mut Vec<Action>) {
    let language = model.language();
    let name = language.find(&format!("space.{}", space.key())).unwrap_or_default();
    let spaces = &model.shown().spaces;
    let is_offered = spaces.contains(&space);
    let is_shown = model.shown().space == space;
    let rect = Rect::from_center_size(at, Vec2::splat(2.0 * CIRCLE + 4.0));
    let sense = if is_offered && spaces.len() > 1 { Sense::click() } else { Sense::hover() };
    let response = ui.interact(rect, ui.scope_id().with(("space", space)), sense);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, is_offered, is_shown, name));
    let (fill, ink) = if is_shown { (tokens.accent, tokens.on_accent) } else { (tokens.panel, tokens.ink) };
    let edge = if response.hovered() || response.has_focus() { Stroke::new(2.0, tokens.accent) } else { Stroke::new(1.3, tokens.soft) };
    ui.painter().circle(at, CIRCLE, fill, edge);
    ui.painter().text(at, Align2::CENTER_CENTER, name, FontId::new(12.0, semibold()), ink);
    if response.clicked() {
        actions.push(Action::Show(space));
    }
    response.on_hover_text(language.find(&format!("space.{}.help", space.key())).unwrap_or_default());
}

/// What the drawing needs.
struct Diagram<'a> {
    painter: Painter,
    rect: Rect,
    tokens: Tokens,
    language: Language,
    config: &'a Config,
    wiring: &'a Wiring,
}

impl Diagram<'_> {
    /// The middle of a column: 0 for view a, 1 for view b.
    fn x(&self, column: usize) -> f32 {
        let share = if column == 0 { 0.25 } else { 0.75 };
        self.rect.min.x + self.rect.width() * share
    }

    fn y(&self, row: usize) -> f32 {
        self.rect.min.y + ROW * (row as f32 + 0.5)
    }

    /// True if view b passes the slow copy.
    fn is_slow(&self) -> bool {
        self.wiring.target.is_some()
    }

    /// The circles with the spaces that they show.
    fn circles(&self, steps: &[Step]) -> Vec<(Space, Pos2)> {
        let mut circles = Vec::new();
        for (row, step) in steps.iter().enumerate() {
            let at = |column: usize| Pos2::new(self.x(column), self.y(row + 1));
            match step {
                Step::H => circles.push((Space::H, at(0))),
                Step::Z => {
                    circles.push((Space::Z, at(0)));
                    if self.is_slow() {
                        circles.push((Space::Target, at(1)));
                    }
                }
                Step::P => circles.push((Space::P, at(0))),
                _ => {}
            }
        }
        circles
    }

    fn draw(&self, steps: &[Step]) {
        let Self { tokens, language, wiring, .. } = self;
        let line = Stroke::new(1.3, tokens.soft);
        let top = Pos2::new(self.rect.center().x, self.y(0));
        let loss_row = steps.len() + 1;
        let loss = Pos2::new(self.rect.center().x, self.y(loss_row));
        for column in 0..2 {
            let x = self.x(column);
            let last = steps.iter().rposition(|step| stands(*step, column, wiring)).unwrap_or(0);
            // From the point to the view, down the column, to the loss.
            if wiring.family == Family::Adversarial {
                // What is real, and the generator's noise.
                let start = Pos2::new(x, top.y);
                self.painter.line_segment([start, Pos2::new(x, self.y(1))], line);
                self.painter.circle(start, CIRCLE, tokens.panel, line);
                let name = if column == 0 { "x" } else { "n" };
                self.painter.text(start, Align2::CENTER_CENTER, name, FontId::new(12.0, semibold()), tokens.ink);
            } else {
                self.painter.line(vec![top, Pos2::new(x, top.y), Pos2::new(x, self.y(1))], line);
            }
            self.painter.line(vec![Pos2::new(x, self.y(1)), Pos2::new(x, loss.y), loss], line);
            if wiring.stops && column == 1 {
                self.stop(Pos2::new(x, self.y(loss_row) - ROW * 0.55), last + 1 < steps.len());
            }
            for (row, step) in steps.iter().enumerate().filter(|(_, step)| stands(**step, column, wiring)) {
                self.step(*step, Pos2::new(x, self.y(row + 1)), column);
            }
        }
        if wiring.family != Family::Adversarial {
            self.painter.circle(top, CIRCLE, tokens.panel, line);
            self.painter.text(top, Align2::CENTER_CENTER, "x", FontId::new(12.0, semibold()), tokens.ink);
        }
        if self.is_slow() {
            self.momentum(steps);
        }
        let name = language.find(&format!("wiring.loss_{}", self.loss_key())).unwrap_or_default();
        self.boxed(loss, name, false, 0.46);
        self.beside(Pos2::new(loss.x, self.y(loss_row + 1)), loss);
    }

    fn loss_key(&self) -> &'static str {
        self.config.pair_loss().map_or(self.config.method.word(), Loss::word)
    }

    fn step(&self, step: Step, at: Pos2, column: usize) {
        let slow = column == 1 && self.is_slow();
        let key = match (step, slow) {
            (Step::Views, _) if column == 0 && self.wiring.family == Family::JointEmbedding => "wiring.view_a",
            (Step::Views, _) if column == 0 => "wiring.view",
            (Step::Views, _) => match (self.wiring.family, self.config.rebuild) {
                (Family::JointEmbedding, _) => "wiring.view_b",
                (Family::Adversarial, _) => "wiring.generator",
                (_, Rebuild::View) => "wiring.same_view",
                (_, Rebuild::Clean) => "wiring.clean",
                (_, Rebuild::Other) => "wiring.other_view",
            },
            (Step::Encoder, _) if self.wiring.family == Family::Adversarial => "wiring.discriminator",
            (Step::Decoder, _) => "wiring.decoder",
            (Step::Logit, _) => "wiring.logit",
            (Step::Encoder, false) => "wiring.encoder",
            (Step::Encoder, true) => "wiring.encoder_slow",
            (Step::Head, false) => "wiring.head",
            (Step::Head, true) => "wiring.head_slow",
            (Step::Predictor, _) => "wiring.predictor",
            (Step::H | Step::Z | Step::P | Step::Rebuilt, _) => {
                // Those that can be clicked are drawn over this one.
                self.painter.circle(at, CIRCLE, self.tokens.panel, Stroke::new(1.3, self.tokens.soft));
                let letter = match step {
                    Step::H if slow => "h′",
                    Step::H => "h",
                    Step::P => "p",
                    Step::Rebuilt => "x′",
                    _ if slow => "z′",
                    _ => "z",
                };
                self.painter.text(at, Align2::CENTER_CENTER, letter, FontId::new(12.0, semibold()), self.tokens.soft);
                return;
            }
        };
        self.boxed(at, self.language.get(key), slow && step != Step::Views, 0.42);
    }

    /// A box with a name; a slow copy's edge is dashed.
    fn boxed(&self, at: Pos2, name: &str, dashed: bool, share: f32) {
        let rect = Rect::from_center_size(at, Vec2::new(self.rect.width() * share, BOX));
        let Tokens { field, panel, line, ink, soft, .. } = self.tokens;
        if dashed {
            self.painter.rect_filled(rect, CornerRadius::same(6), panel);
            let corners = [rect.left_top(), rect.right_top(), rect.right_bottom(), rect.left_bottom(), rect.left_top()];
            self.painter.extend(Shape::dashed_line(&corners, Stroke::new(1.3, soft), 4.0, 3.0));
        } else {
            self.painter.rect(rect, CornerRadius::same(6), field, Stroke::new(1.0, line), StrokeKind::Inside);
        }
        let mut size = 12.0;
        let wide = |size: f32| self.painter.layout_no_wrap(name.to_owned(), FontId::proportional(size), ink).size().x;
        if wide(size) > rect.width() - 6.0 {
            size *= (rect.width() - 6.0) / wide(size);
        }
        self.painter.text(at, Align2::CENTER_CENTER, name, FontId::proportional(size), ink);
    }

    /// Two bars across a line: no gradient passes.
    fn stop(&self, at: Pos2, has_room: bool) {
        let stroke = Stroke::new(2.0, self.tokens.negative);
        for y in [-2.5, 2.5] {
            self.painter.hline((at.x - 6.0)..=(at.x + 6.0), at.y + y, stroke);
        }
        if has_room || self.rect.width() > 200.0 {
            let text = self.language.get("wiring.stop");
            self.painter.text(at - Vec2::new(10.0, 0.0), Align2::RIGHT_CENTER, text, FontId::proportional(11.0), self.tokens.negative);
        }
    }

    /// Arrows from the networks to the slow copy.
    fn momentum(&self, steps: &[Step]) {
        let color = self.tokens.accent;
        let half = self.rect.width() * 0.21;
        let mut labelled = false;
        for (row, _) in steps.iter().enumerate().filter(|(_, step)| matches!(step, Step::Encoder | Step::Head)) {
            let y = self.y(row + 1);
            let [from, to] = [self.x(0) + half, self.x(1) - half];
            self.painter.extend(Shape::dashed_line(&[Pos2::new(from, y), Pos2::new(to, y)], Stroke::new(1.5, color), 3.0, 2.0));
            let tip = Pos2::new(to, y);
            self.painter.add(Shape::convex_polygon(
                vec![tip, tip + Vec2::new(-5.0, -3.5), tip + Vec2::new(-5.0, 3.5)],
                color,
                Stroke::NONE,
            ));
            if !labelled {
                labelled = true;
                let text = format!("{} m = {}", self.language.get("wiring.ema"), self.config.ema);
                let at = Pos2::new(self.rect.center().x, y + BOX / 2.0 + 1.0);
                self.painter.text(at, Align2::CENTER_TOP, text, FontId::proportional(11.0), color);
            }
        }
    }

    /// What is kept beside the networks, below the loss.
    fn beside(&self, at: Pos2, loss: Pos2) {
        let Tokens { soft, negative, ink, .. } = self.tokens;
        let arrow = |from: Pos2| self.painter.line_segment([from, Pos2::new(loss.x, loss.y + BOX / 2.0)], Stroke::new(1.3, soft));
        let count = |key: &str, count: usize| self.language.fill(key, &[("count", &count.to_string())]);
        let (marks, text): (fn(&Painter, Pos2, Color32), String) = match (self.wiring.kept, self.wiring.prototypes) {
            (Some(Kept::Queue(keys)), _) => (ring, count("wiring.queue", keys)),
            (Some(Kept::Clusters(clusters)), _) => (triangle, count("wiring.clusters", clusters)),
            (None, Some(prototypes)) => (triangle, count("wiring.prototypes", prototypes)),
            (None, None) => return,
        };
        arrow(at - Vec2::new(0.0, 8.0));
        let color = if matches!(self.wiring.kept, Some(Kept::Queue(_))) { negative } else { ink };
        for index in 0..6 {
            let strength = 0.3 + 0.14 * index as f32;
            marks(&self.painter, at + Vec2::new(13.0 * (index as f32 - 2.5), 0.0), color.gamma_multiply(strength));
        }
        self.painter.text(at - Vec2::new(46.0, 0.0), Align2::RIGHT_CENTER, text, FontId::proportional(11.0), soft);
    }
}

fn ring(painter: &Painter, at: Pos2, color: Color32) {
    painter.circle_stroke(at, 4.0, Stroke::new(1.5, color));
}

fn triangle(painter: &Painter, at: Pos2, color: Color32) {
    let corners = [(0.0, -4.5), (4.5, 3.5), (-4.5, 3.5)].map(|(x, y)| at + Vec2::new(x, y));
    painter.add(Shape::convex_polygon(corners.to_vec(), color, Stroke::NONE));
}

/// The sign of a generative method: an encoder that narrows and a decoder that widens, or a generator beside the data before a judge.
fn generative_sign(painter: &Painter, rect: Rect, family: Family, tokens: &Tokens) {
    let line = Stroke::new(1.2, tokens.soft);
    let middle = rect.center().y;
    let start = Pos2::new(rect.min.x + 4.0, middle);
    let funnel = |left: f32, from: f32, to: f32, y: f32| {
        let corners = [(0.0, -from), (20.0, -to), (20.0, to), (0.0, from)].map(|(dx, dy)| Pos2::new(left + dx, y + dy));
        painter.add(Shape::convex_polygon(corners.to_vec(), tokens.panel, Stroke::new(1.2, tokens.ink)));
    };
    if family == Family::Adversarial {
        let [upper, lower] = [rect.min.y + 0.28 * rect.height(), rect.max.y - 0.28 * rect.height()];
        let judge = start.x + 62.0;
        painter.line(vec![Pos2::new(start.x, upper), Pos2::new(judge - 10.0, upper), Pos2::new(judge, middle)], line);
        painter.line(vec![Pos2::new(start.x, lower), Pos2::new(judge - 10.0, lower), Pos2::new(judge, middle)], line);
        painter.circle_filled(Pos2::new(start.x, upper), 2.5, tokens.ink);
        painter.circle_stroke(Pos2::new(start.x, lower), 2.5, Stroke::new(1.2, tokens.ink));
        funnel(start.x + 14.0, 2.5, 6.0, lower);
        funnel(judge, 9.0, 3.0, middle);
        painter.line_segment([Pos2::new(judge + 20.0, middle), Pos2::new(judge + 30.0, middle)], line);
        painter.circle_filled(Pos2::new(judge + 34.0, middle - 5.0), 3.2, tokens.positive);
        painter.circle_filled(Pos2::new(judge + 34.0, middle + 5.0), 3.2, tokens.negative);
        return;
    }
    painter.line_segment([start, Pos2::new(start.x + 88.0, middle)], line);
    painter.circle_filled(start, 2.5, tokens.ink);
    funnel(start.x + 12.0, 10.0, 3.5, middle);
    let code = Pos2::new(start.x + 43.0, middle);
    if family == (Family::Reconstruction { variational: true }) {
        painter.circle(code, 6.0, tokens.negative.gamma_multiply(0.25), Stroke::new(1.0, tokens.negative));
    }
    painter.circle_filled(code, 3.0, tokens.accent);
    funnel(start.x + 54.0, 3.5, 10.0, middle);
    painter.circle(Pos2::new(start.x + 88.0, middle), 3.0, tokens.panel, Stroke::new(1.5, tokens.positive));
}

/// The wiring as a sign for a card: from left to right, view a above view b.
pub fn sign(painter: &Painter, rect: Rect, config: &Config, tokens: &Tokens) {
    let wiring = config.wiring();
    if wiring.family != Family::JointEmbedding {
        return generative_sign(painter, rect, wiring.family, tokens);
    }
    let line = Stroke::new(1.2, tokens.soft);
    let start = Pos2::new(rect.min.x + 4.0, rect.center().y);
    let end = Pos2::new(rect.max.x - 18.0, rect.center().y);
    let boxes = 1 + usize::from(config.head != Head::None);
    let predicts = wiring.predicts && config.predictor != Head::None;
    for (row, y) in [rect.min.y + 0.28 * rect.height(), rect.max.y - 0.28 * rect.height()].into_iter().enumerate() {
        painter.line(vec![start, Pos2::new(start.x + 9.0, y), Pos2::new(end.x - 9.0, y), end], line);
        let slow = row == 1 && wiring.target.is_some();
        let count = boxes + usize::from(predicts && row == 0);
        for index in 0..count {
            let at = Pos2::new(start.x + 22.0 + 19.0 * index as f32, y);
            let place = Rect::from_center_size(at, Vec2::new(13.0, 9.0));
            painter.rect_filled(place, CornerRadius::same(2), tokens.panel);
            if slow {
                let corners = [place.left_top(), place.right_top(), place.right_bottom(), place.left_bottom(), place.left_top()];
                painter.extend(Shape::dashed_line(&corners, Stroke::new(1.2, tokens.ink), 2.5, 2.0));
            } else {
                painter.rect_stroke(place, CornerRadius::same(2), Stroke::new(1.2, tokens.ink), StrokeKind::Inside);
            }
        }
        if row == 1 && wiring.stops {
            for x in [0.0, 3.5] {
                painter.vline(end.x - 16.0 + x, (y - 4.0)..=(y + 4.0), Stroke::new(1.4, tokens.ink));
            }
        }
    }
    painter.circle_filled(start, 2.5, tokens.ink);
    let shape_of = |at: Pos2, color: Color32| painter.circle_filled(at, 3.2, color);
    match (method::about(config).sign, wiring.kept, wiring.prototypes) {
        (_, Some(Kept::Queue(_)), _) => {
            shape_of(end, tokens.positive);
            for (x, y) in [(6.0, -6.0), (9.0, 0.0), (6.0, 6.0)] {
                painter.circle_stroke(end + Vec2::new(x, y), 2.5, Stroke::new(1.2, tokens.negative));
            }
        }
        (_, Some(Kept::Clusters(_)), _) | (_, _, Some(_)) => {
            for y in [-8.0, 0.0, 8.0] {
                triangle(painter, end + Vec2::new(5.0, y), tokens.ink);
            }
        }
        (Sign::Matrix, ..) => {
            for index in 0..9 {
                let (x, y) = (index % 3, index / 3);
                let at = end + Vec2::new(5.0 * x as f32 - 2.0, 5.0 * y as f32 - 7.0);
                let color = if x == y { tokens.positive } else { tokens.negative.gamma_multiply(0.35) };
                painter.rect_filled(Rect::from_min_size(at, Vec2::splat(4.2)), CornerRadius::ZERO, color);
            }
        }
        (Sign::Bars, ..) => {
            for (x, height) in [(0.0, 9.0), (5.0, 13.0), (10.0, 10.0)] {
                let at = end + Vec2::new(x, 6.0 - height);
                painter.rect_filled(Rect::from_min_size(at, Vec2::new(3.2, height)), CornerRadius::ZERO, tokens.accent);
            }
        }
        _ if wiring.predicts => {
            shape_of(end, tokens.positive);
        }
        _ => {
            shape_of(end, tokens.positive);
            shape_of(end + Vec2::new(8.0, 0.0), tokens.negative);
        }
    }
}
