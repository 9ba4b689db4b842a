//! Tokens of the look, and egui's style made of them.

use crate::drawing::classes;
use eframe::egui::{
    self, Color32, CornerRadius, FontData, FontDefinitions, FontFamily, FontId, Margin, Shadow, Stroke, TextStyle, Theme, Vec2,
};

/// Distance between panels, in points.
pub const GAP: f32 = 12.0;
/// Radius of a panel's corners.
pub const RADIUS: u8 = 12;
/// Space inside a panel's edge.
pub const MARGIN: f32 = 14.0;

/// The colours of one theme.
#[derive(Clone, Copy, Debug)]
pub struct Tokens {
    /// Behind the panels.
    pub ground: Color32,
    /// A panel.
    pub panel: Color32,
    /// Edges and rules.
    pub line: Color32,
    /// Text.
    pub ink: Color32,
    /// Text of less weight.
    pub soft: Color32,
    /// What can be typed into.
    pub field: Color32,
    /// What can be moved; alpha and tau wherever they appear.
    pub accent: Color32,
    /// Positives, and pull.
    pub positive: Color32,
    /// Negatives, and push.
    pub negative: Color32,
    /// An alarm's words, its ground and its edge.
    pub warning: Color32,
    /// See [`Self::warning`].
    pub warning_ground: Color32,
    /// See [`Self::warning`].
    pub warning_line: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Whether the theme is dark.
    pub dark: bool,
}

const fn rgb(hex: u32) -> Color32 {
    Color32::from_rgb((hex >> 16) as u8, (hex >> 8) as u8, hex as u8)
}

const LIGHT: Tokens = Tokens {
    ground: rgb(0x00f6_f7f9),
    panel: rgb(0x00ff_ffff),
    line: rgb(0x00df_e3e8),
    ink: rgb(0x001c_2530),
    soft: rgb(0x005b_6775),
    field: rgb(0x00ee_f1f4),
    accent: rgb(0x0034_57d5),
    positive: rgb(0x000f_8b6d),
    negative: rgb(0x00d1_495b),
    warning: rgb(0x008f_5400),
    warning_ground: rgb(0x00fd_f3e1),
    warning_line: rgb(0x00ec_d3a4),
    on_accent: rgb(0x00ff_ffff),
    dark: false,
};

const DARK: Tokens = Tokens {
    ground: rgb(0x0012_161c),
    panel: rgb(0x001a_2028),
    line: rgb(0x002a_323d),
    ink: rgb(0x00e7_ecf2),
    soft: rgb(0x0097_a3b2),
    field: rgb(0x0023_2b35),
    accent: rgb(0x007d_9bff),
    positive: rgb(0x003f_c9a3),
    negative: rgb(0x00ff_7b89),
    warning: rgb(0x00f2_b866),
    warning_ground: rgb(0x002c_2619),
    warning_line: rgb(0x0057_482a),
    on_accent: rgb(0x0012_161c),
    dark: true,
};

impl Tokens {
    /// The colours of a theme.
    pub const fn of(theme: Theme) -> Self {
        match theme {
            Theme::Light => LIGHT,
            Theme::Dark => DARK,
        }
    }

    /// The colours in force.
    pub fn current(ctx: &egui::Context) -> Self {
        Self::of(ctx.theme())
    }

    /// The colour of a class. (From the seventh on, the same colours with other shapes.)
    pub fn class(&self, class: usize) -> Color32 {
        let [red, green, blue] = classes::color(class);
        Color32::from_rgb(red, green, blue)
    }
}

/// Part of the way from one colour to another.
pub fn mix(from: Color32, to: Color32, share: f32) -> Color32 {
    let blend = |a: u8, b: u8| (f32::from(a) + (f32::from(b) - f32::from(a)) * share + 0.5) as u8;
    Color32::from_rgb(blend(from.r(), to.r()), blend(from.g(), to.g()), blend(from.b(), to.b()))
}

/// The family of heads and buttons.
pub fn semibold() -> FontFamily {
    FontFamily::Name("semibold".into())
}

/// The family of formulas' variables.
pub fn math() -> FontFamily {
    FontFamily::Name("math".into())
}

/// The family of formulas' numbers, operators and function names.
pub fn math_upright() -> FontFamily {
    FontFamily::Name("math upright".into())
}

/// The fonts that are always there.
pub const FONTS: [(&str, &[u8]); 4] = [
    ("Inter-Regular", include_bytes!("../../assets/fonts/Inter-Regular.otf")),
    ("Inter-SemiBold", include_bytes!("../../assets/fonts/Inter-SemiBold.otf")),
    ("Math-Italic", include_bytes!("../../assets/fonts/Math-Italic.otf")),
    ("Math-Regular", include_bytes!("../../assets/fonts/Math-Regular.otf")),
];

/// The font with the Chinese characters: the last of every family.
const CHINESE: &str = "NotoSansSC-Regular";

fn fonts(chinese: Option<FontData>) -> FontDefinitions {
    let mut definitions = FontDefinitions::empty();
    let carried = FONTS.map(|(name, bytes)| (name, FontData::from_static(bytes)));
    for (name, font) in carried.into_iter().chain(chinese.map(|font| (CHINESE, font))) {
        definitions.font_data.insert(name.to_owned(), font.into());
    }
    let families = [
        (FontFamily::Proportional, [].as_slice()),
        (FontFamily::Monospace, &[]),
        (semibold(), &["Inter-SemiBold"]),
        (math(), &["Math-Italic", "Math-Regular"]),
        (math_upright(), &["Math-Regular"]),
    ];
    for (family, first) in families {
        let names = first.iter().chain(&["Inter-Regular", CHINESE]).filter(|name| definitions.font_data.contains_key(**name));
        let names = names.map(|name| (*name).to_owned()).collect();
        definitions.families.insert(family, names);
    }
    definitions
}

/// Takes the font with the Chinese characters in, where it comes later than the program.
pub fn add_chinese_font(ctx: &egui::Context, font: FontData) {
    ctx.set_fonts(fonts(Some(font)));
}

/// Sets fonts and styles of both themes; `chinese` is the font with the Chinese characters, where it is there already.
pub fn install(ctx: &egui::Context, chinese: Option<FontData>) {
    ctx.set_fonts(fonts(chinese));
    // Nearly all that is drawn is in sight, and to ask it of thousands of corners costs more than to draw what is not.
    ctx.tessellation_options_mut(|options| options.coarse_tessellation_culling = false);
    // Egui measures a click by frames: where these are slow (no GPU, a busy machine) a short one would be none.
    ctx.options_mut(|options| options.input_options.max_click_duration = 3.0);
    for theme in [Theme::Light, Theme::Dark] {
        let tokens = Tokens::of(theme);
        ctx.style_mut_of(theme, |style| {
            style.text_styles = [
                (TextStyle::Body, FontId::proportional(13.0)),
                (TextStyle::Button, FontId::proportional(13.0)),
                (TextStyle::Small, FontId::proportional(11.0)),
                (TextStyle::Heading, FontId::new(15.0, semibold())),
                (TextStyle::Monospace, FontId::proportional(13.0)),
            ]
            .into();
            style.interaction.tooltip_delay = 0.35;
            style.interaction.selectable_labels = false;
            let spacing = &mut style.spacing;
            spacing.item_spacing = Vec2::new(8.0, 4.0);
            spacing.button_padding = Vec2::new(10.0, 5.0);
            spacing.interact_size = Vec2::new(34.0, 26.0);
            spacing.slider_rail_height = 4.0;
            spacing.tooltip_width = 300.0;
            spacing.menu_margin = Margin::same(8);
            spacing.scroll = egui::style::ScrollStyle::thin();
            visuals(&tokens, &mut style.visuals);
        });
    }
}

fn visuals(tokens: &Tokens, visuals: &mut egui::Visuals) {
    *visuals = if tokens.dark { egui::Visuals::dark() } else { egui::Visuals::light() };
    visuals.panel_fill = tokens.ground;
    visuals.window_fill = tokens.panel;
    visuals.window_stroke = Stroke::new(1.0, tokens.line);
    visuals.window_corner_radius = CornerRadius::same(RADIUS);
    visuals.menu_corner_radius = CornerRadius::same(8);
    let shadow = Shadow { offset: [0, 6], blur: 20, spread: 0, color: Color32::from_black_alpha(if tokens.dark { 110 } else { 36 }) };
    visuals.window_shadow = shadow;
    visuals.popup_shadow = shadow;
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.faint_bg_color = tokens.field;
    visuals.code_bg_color = tokens.field;
    visuals.weak_text_color = Some(tokens.soft);
    visuals.hyperlink_color = tokens.accent;
    visuals.selection.bg_fill = tokens.accent.gamma_multiply(if tokens.dark { 0.45 } else { 0.25 });
    visuals.selection.stroke = Stroke::new(1.0, tokens.accent);
    visuals.warn_fg_color = tokens.negative;
    visuals.error_fg_color = tokens.negative;
    visuals.slider_trailing_fill = true;
    visuals.handle_shape = egui::style::HandleShape::Circle;
    let widgets = &mut visuals.widgets;
    for (state, fill, edge) in [
        (&mut widgets.noninteractive, tokens.panel, tokens.line),
        (&mut widgets.inactive, tokens.field, tokens.line),
        (&mut widgets.hovered, mix(tokens.field, tokens.accent, 0.08), tokens.accent),
        (&mut widgets.active, mix(tokens.field, tokens.accent, 0.16), tokens.accent),
        (&mut widgets.open, tokens.field, tokens.accent),
    ] {
        state.bg_fill = fill;
        state.weak_bg_fill = fill;
        state.bg_stroke = Stroke::new(1.0, edge);
        state.fg_stroke = Stroke::new(1.0, tokens.ink);
        state.corner_radius = CornerRadius::same(7);
        state.expansion = 0.0;
    }
    widgets.inactive.bg_stroke = Stroke::NONE;
}
