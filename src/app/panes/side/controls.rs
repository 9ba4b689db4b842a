//! The controls, made from the table of parameters: data and positives on the left, loss and encoder on the right.

use crate::app::panes::side::data_gallery::Picture;
use crate::app::panes::side::{data_gallery, gallery};
use crate::app::panes::spaces::thumbnails::class_name;
use crate::app::session::model::{Action, Model};
use crate::app::session::tool::Tool;
use crate::app::theme::Tokens;
use crate::app::widgets::buttons::{Icon, Weight, button, segmented, segments};
use crate::app::widgets::card;
use crate::app::widgets::count::grouped;
use crate::app::widgets::formula::{formula, legend};
use crate::app::widgets::help::named;
use crate::app::widgets::markers::Markers;
use crate::app::widgets::parameter::parameter;
use crate::exchange::link::MOST_PIXELS;
use crate::learn::config::{Config, Data, Group, Loss, OwnImages, OwnPoints, Parameter, Positives, Reduction, TABLE, Value};
use crate::learn::data::Dataset;
use crate::learn::method;
use crate::learn::metrics::Merged;
use crate::learn::recipes::{self, Recipe};
use crate::learn::report::Terms;
use eframe::egui::{self, RichText, Stroke, Ui, Vec2};

/// Points of one's own at the start, at most: few enough for a link.
const FIRST_POINTS: usize = 240;
/// Images of one's own at the start, at most, and no more than fit into a link.
const FIRST_IMAGES: usize = 44;
/// Pairs of classes that a note names.
const SAID: usize = 3;

/// The controls' own state: the small pictures of the data sets, drawn once.
#[derive(Default)]
pub struct Controls {
    pictures: Vec<Picture>,
}

impl Controls {
    /// Data, positives and seed.
    pub fn data_ui(&mut self, ui: &mut Ui, model: &Model, markers: &Markers, actions: &mut Vec<Action>) {
        if self.pictures.is_empty() {
            self.pictures = data_gallery::pictures();
        }
        let language = model.language();
        let mut config = model.config.clone();
        card::head(ui, language.get("group.data"));
        data_gallery::ui(ui, model, &self.pictures, markers, &mut config);
        if config.data == Data::Own && config.own.is_empty() && model.config.data != Data::Own {
            config.own = shown_points(model);
        }
        if config.data == Data::Images && config.own_images.is_empty() && model.config.data != Data::Images {
            config.own_images = shown_images(model);
        }
        note(ui, language.get(&format!("choice.data.{}.help", config.data.word())));
        group(ui, model, &mut config, Group::Data, &["data"], actions);
        if config.data == Data::Own {
            own(ui, model, actions);
        }
        if config.data == Data::Images {
            own_images(ui, model, actions);
        }
        space(ui);
        card::head(ui, language.get("group.positives"));
        group(ui, model, &mut config, Group::Positives, &[], actions);
        if let Some(softmax) = model.shown().terms.infonce.filter(|_| model.is_ready()) {
            note(ui, &language.fill("ui.negatives_each", &[("count", &format!("{:.0}", softmax.negatives))]));
        }
        space(ui);
        card::head(ui, language.get("group.run"));
        group(ui, model, &mut config, Group::Run, &[], actions);
        if button(ui, Icon::Dice, language.get("ui.new_seed"), "", Weight::Plain).on_hover_text(language.get("ui.new_seed_help")).clicked()
        {
            actions.push(Action::NewSeed);
        }
        changed(model, config, actions);
    }

    /// Loss, encoder and optimiser.
    pub fn loss_ui(&self, ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
        let mut config = model.config.clone();
        let recipe = gallery::chosen(model);
        losses(ui, model, &mut config, recipe, actions);
        objective(ui, model, &config);
        rest(ui, model, &mut config, recipe, actions);
        changed(model, config, actions);
    }
}

/// The loss written out, with its value and its convention by name.
fn objective(ui: &mut Ui, model: &Model, config: &Config) {
    let value = model.loss();
    // The formula shows the numbers that the value was made with.
    let known = &model.shown().config;
    let is_known = model.is_ready() && (known.method, known.loss) == (config.method, config.loss);
    let shown = if is_known { &model.shown().config } else { config };
    let convention = convention(model, shown);
    let written = method::formula(shown);
    let terms = if is_known { model.shown().terms } else { Terms::default() };
    let legend = legend(&written, shown, &terms, model.language());
    formula(ui, &written, &value, &format!("{convention}: {value}. {legend}"));
    if shown.pair_loss().is_some() {
        note(ui, &convention);
    }
    note(ui, &legend);
    if shown.pair_loss() == Some(Loss::Triplet) && shown.reduction == Reduction::Active && shown.positives == Positives::Views {
        note(ui, model.language().get("ui.loss_note_active"));
    }
}

/// A line of softer text.
fn note(ui: &mut Ui, text: &str) {
    let soft = Tokens::current(ui.ctx()).soft;
    ui.label(RichText::new(text).size(12.0).color(soft));
}

/// Says below an augmentation which classes it makes the same, as it was measured on the images, and offers to turn it off.
fn merged(ui: &mut Ui, model: &Model, config: &mut Config, row: &Parameter) {
    let pairs: Vec<&Merged> = model.shown().merged.iter().filter(|merged| merged.key == row.key).collect();
    if pairs.is_empty() || (row.get)(config) == Value::Real(0.0) {
        return;
    }
    let (language, tokens, key) = (model.language(), Tokens::current(ui.ctx()), row.key);
    let name = |class: u8| class_name(model, class.into());
    let said: Vec<String> = pairs
        .iter()
        .take(SAID)
        .map(|pair| language.fill("ui.merged_pair", &[("a", &name(pair.classes[0])), ("b", &name(pair.classes[1]))]))
        .collect();
    let label = language.find(&format!("param.{key}.label")).unwrap_or_default();
    let mut text = language.fill("ui.merged", &[("augmentation", label), ("pairs", &said.join(", "))]);
    if pairs.len() > SAID {
        text = format!("{text} {}", language.fill("ui.merged_more", &[("count", &(pairs.len() - SAID).to_string())]));
    }
    egui::Frame::new().fill(tokens.warning_ground).stroke(Stroke::new(1.0, tokens.warning_line)).corner_radius(8).inner_margin(8).show(
        ui,
        |ui| {
            ui.set_width(ui.available_width());
            ui.label(RichText::new(text).size(12.0).color(tokens.warning)).on_hover_text(language.get("ui.merged_help"));
            if button(ui, Icon::None, language.get("ui.merged_off"), "", Weight::Plain).clicked() {
                (row.set)(config, Value::Real(0.0));
            }
        },
    );
    ui.add_space(4.0);
}

/// Points of one's own begin with some of those that are shown.
fn shown_points(model: &Model) -> OwnPoints {
    let scene = &model.scene;
    let count = scene.labels.len().min(FIRST_POINTS);
    let places: Vec<f32> = scene.places[..2 * count].iter().map(|value| value.clamp(-OwnPoints::FARTHEST, OwnPoints::FARTHEST)).collect();
    OwnPoints::new(2, &places, &scene.labels[..count]).unwrap_or_default()
}

/// Images of one's own begin with some of those that are shown, or of the shapes.
fn shown_images(model: &Model) -> OwnImages {
    let known = model.scene.images.as_ref().filter(|images| OwnImages::SIDES.contains(&images.side));
    let (side, pixels, labels) = if let Some(images) = known {
        (images.side, images.pixels.clone(), model.scene.labels.clone())
    } else {
        let set = Dataset::new(&Config { data: Data::Shapes, points: FIRST_IMAGES as u32, ..Config::default() });
        let ink = set.inputs.to_rows().iter().map(|pixel| (pixel.clamp(0.0, 1.0) * 255.0) as u8).collect();
        (set.image_side.unwrap_or_default(), ink, set.labels)
    };
    let count = labels.len().min(FIRST_IMAGES).min(MOST_PIXELS / (side * side).max(1));
    let grey = |ink: &u8| (f32::from(*ink) / 255.0 * f32::from(OwnImages::INK)).round() as u8;
    let greys: Vec<u8> = pixels.iter().take(count * side * side).map(grey).collect();
    OwnImages::new(side, &greys, &labels[..count]).unwrap_or_default()
}

/// Where images of one's own come from.
fn own_images(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let (language, own) = (model.language(), &model.config.own_images);
    let values = [grouped(own.len() as u64), own.classes().to_string(), own.side().to_string()];
    note(ui, &language.fill("ui.images_count", &[("count", &values[0]), ("classes", &values[1]), ("side", &values[2])]));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 6.0);
        for (label, help, action) in [
            ("ui.images_folder", "ui.images_folder_help", Action::OpenFolder),
            ("ui.images_sheet", "ui.images_sheet_help", Action::OpenConfig),
        ] {
            if button(ui, Icon::None, language.get(label), "", Weight::Plain).on_hover_text(language.get(help)).clicked() {
                actions.push(action);
            }
        }
    });
}

/// What can be done to points of one's own as a whole.
fn own(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    let language = model.language();
    let count = grouped(model.config.own.len() as u64);
    note(ui, &language.fill("ui.draw_count", &[("count", &count), ("most", &grouped(OwnPoints::MOST as u64))]));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = Vec2::new(6.0, 6.0);
        if button(ui, Icon::None, language.get("ui.draw_open"), "", Weight::Plain)
            .on_hover_text(language.get("ui.draw_open_help"))
            .clicked()
        {
            actions.push(Action::OpenConfig);
        }
        if button(ui, Icon::None, language.get("ui.draw_blank"), "", Weight::Plain).clicked() {
            actions.push(Action::EditPoints(OwnPoints::default()));
            actions.push(Action::Tool(Tool::Brush));
        }
        if button(ui, Icon::None, language.get("ui.draw_undo"), "", Weight::Plain).clicked() {
            actions.push(Action::UndoPoints);
        }
    });
}

/// The losses that stand one click apart, always.
const FIRST: [Loss; 2] = [Loss::Triplet, Loss::InfoNce];

/// Which method: triplet loss or InfoNCE, or one of the gallery.
fn losses(ui: &mut Ui, model: &Model, config: &mut Config, recipe: Option<&Recipe>, actions: &mut Vec<Action>) {
    let language = model.language();
    card::head(ui, language.get("group.loss"));
    let text = |loss: &Loss, end: &str| language.find(&format!("choice.loss.{}{end}", loss.word())).unwrap_or_default();
    let more = recipe.map_or(language.get("gallery.more"), |recipe| recipe.title);
    let words: Vec<&str> = FIRST.iter().map(|loss| text(loss, "")).chain([more]).collect();
    let helps: Vec<&str> = FIRST.iter().map(|loss| text(loss, ".help")).chain([language.get("gallery.help")]).collect();
    let plain = FIRST.iter().position(|loss| config.pair_loss() == Some(*loss));
    let chosen = if recipe.is_some() { FIRST.len() } else { plain.unwrap_or(FIRST.len()) };
    let panel = ui.max_rect().min.x;
    let (picked, opener) = segments(ui, chosen, &words, &helps);
    if let Some(loss) = picked.and_then(|picked| FIRST.get(picked)) {
        *config = recipes::with_loss(config, *loss);
    }
    if let Some(opener) = opener {
        gallery::popover(&opener, panel, model, actions);
    }
    if let Some(recipe) = recipe {
        let source = RichText::new(format!("{} · {}", recipe.title, recipe.source)).size(12.0).color(Tokens::current(ui.ctx()).soft);
        named(ui, source, true, |ui| gallery::about(ui, recipe, model, &Tokens::current(ui.ctx())));
    }
}

/// The wiring of the method.
fn diagram(ui: &mut Ui, model: &Model, actions: &mut Vec<Action>) {
    if !model.is_ready() {
        return;
    }
    let language = model.language();
    ui.horizontal(|ui| {
        card::head(ui, language.get("wiring.title"));
        if model.shown().spaces.len() > 1 {
            note(ui, language.get("wiring.note"));
        }
    });
    super::wiring::ui(ui, model, actions);
}

/// What stands below the formula.
fn rest(ui: &mut Ui, model: &Model, config: &mut Config, recipe: Option<&Recipe>, actions: &mut Vec<Action>) {
    let language = model.language();
    if let Some(recipe) = recipe {
        note(ui, language.find(&format!("recipe.{}.try", recipe.name)).unwrap_or_default());
        diagram(ui, model, actions);
    }
    group(ui, model, config, Group::Loss, &["loss", "method"], actions);
    let mut settings = model.settings;
    ui.horizontal(|ui| {
        note(ui, language.get("ui.on_switch"));
        let labels = [language.get("ui.switch_restart"), language.get("ui.switch_keep")];
        let helps = [language.get("ui.switch_restart_help"), language.get("ui.switch_keep_help")];
        if let Some(picked) = segmented(ui, usize::from(settings.keeps_weights), &labels, &helps) {
            settings.keeps_weights = picked == 1;
            actions.push(Action::Settings(settings));
        }
    });
    space(ui);
    super::readings::ui(ui, model);
    if model.is_ready() {
        space(ui);
        super::readings::probes(ui, model, actions);
    }
    if recipe.is_none() {
        space(ui);
        diagram(ui, model, actions);
    }
    space(ui);
    card::head(ui, language.get("group.encoder"));
    group(ui, model, config, Group::Encoder, &[], actions);
    if model.is_ready() {
        note(ui, &language.fill("ui.parameters", &[("count", &grouped(model.scene.parameters as u64))]));
    }
    space(ui);
    card::head(ui, language.get("group.optimizer"));
    group(ui, model, config, Group::Optimizer, &[], actions);
}

/// The convention in force, by name: the same words give values far apart.
fn convention(model: &Model, config: &Config) -> String {
    let language = model.language();
    let words = (method::about(config).convention)(config);
    let texts = words.into_iter().map(|(key, word)| language.find(&format!("choice.{key}.{word}")).unwrap_or_default());
    texts.collect::<Vec<_>>().join(" · ")
}

/// The controls of a group, in the table's order.
fn group(ui: &mut Ui, model: &Model, config: &mut Config, group: Group, but: &[&str], actions: &mut Vec<Action>) {
    let mut refused = Vec::new();
    for row in TABLE.iter().filter(|row| row.group == group && !but.contains(&row.key)) {
        parameter(ui, model.language(), config, row.key, &mut refused);
        if group == Group::Positives {
            merged(ui, model, config, row);
        }
    }
    actions.extend(refused.into_iter().map(Action::Refuse));
}

/// Passes a changed configuration on.
fn changed(model: &Model, config: Config, actions: &mut Vec<Action>) {
    if config != model.config {
        actions.push(Action::Configure(Box::new(config), model.settings.weights()));
    }
}

fn space(ui: &mut Ui) {
    ui.add_space(8.0);
}
