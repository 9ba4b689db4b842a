//! Parts of the window that are drawn again from memory while they have nothing new to show and nobody touches them.
//!
//! egui lays everything out anew in every frame, and while a run goes on a frame comes with every snapshot: most controls have nothing new
//! to show in it. What is kept are the triangles and the places that react, so the part looks and answers as if it had been laid out.

use eframe::egui::{
    self, Context, Event, FontData, Mesh, Pos2, Rect, Shape, TouchPhase, Ui, UiBuilder, WidgetRect,
    epaint::{ClippedShape, Primitive},
    layers::ShapeIdx,
};
use std::sync::Arc;

/// Seconds for which a part goes on being laid out after it was touched or has changed: longer than any of its animations.
const SETTLES_IN: f64 = 0.5;

/// A part with its memory. `K` is everything that it shows.
pub struct Still<K> {
    key: Option<K>,
    memory: Memory,
}

impl<K> Default for Still<K> {
    fn default() -> Self {
        Self { key: None, memory: Memory::default() }
    }
}

impl<K: PartialEq> Still<K> {
    /// A part whose contents change at a stroke: only what a pointer does to it takes its time.
    pub fn unanimated() -> Self {
        Self { key: None, memory: Memory { is_animated: false, ..Memory::default() } }
    }

    /// Shows a part of `ui`: lays it out with `add`, unless it can only look as it did. `key` is all that `add` reads.
    pub fn show<'a>(&mut self, ui: &mut Ui, key: K, add: impl FnOnce(&mut Ui) + 'a) {
        let is_same = self.key.as_ref() == Some(&key);
        self.key = Some(key);
        self.memory.show(ui, is_same, Box::new(add));
    }
}

/// How a part was when it was last shown.
struct Memory {
    /// Whether a change of what it shows takes its time to be seen.
    is_animated: bool,
    surroundings: Surroundings,
    /// Where the part was when it was last laid out.
    rect: Rect,
    /// The pass in which it was last shown, and how full the glyphs' texture was.
    last_pass: u64,
    glyphs: f32,
    /// When it was last touched, or differed from before.
    disturbed: f64,
    kept: Option<Kept>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            is_animated: true,
            surroundings: Surroundings::default(),
            rect: Rect::NOTHING,
            last_pass: 0,
            glyphs: 0.0,
            disturbed: 0.0,
            kept: None,
        }
    }
}

/// What a part looks like and where it reacts.
struct Kept {
    /// Triangles, and the rectangle outside which they are not seen.
    meshes: Vec<(Rect, Arc<Mesh>)>,
    /// What can be clicked, dragged or focused.
    widgets: Vec<WidgetRect>,
}

/// What besides its contents makes a part look as it does.
#[derive(Clone, Debug, Default, PartialEq)]
struct Surroundings {
    at: Pos2,
    width: f32,
    clip: Option<Rect>,
    is_dark: bool,
    pixels_per_point: f32,
    glyph_texture: [usize; 2],
    font: Option<SameFont>,
}

/// A font, equal only to itself.
#[derive(Clone, Debug)]
struct SameFont(Arc<FontData>);

impl PartialEq for SameFont {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Surroundings {
    /// Those of a part that comes next, and how full the glyphs' texture is.
    fn of(ui: &Ui) -> (Self, f32) {
        let (glyph_texture, glyphs, font) = ui.fonts(|fonts| {
            let font = fonts.definitions().font_data.values().last().cloned();
            (fonts.font_image_size(), fonts.font_atlas_fill_ratio(), font.map(SameFont))
        });
        let surroundings = Self {
            at: ui.next_widget_position(),
            width: ui.available_width(),
            clip: Some(ui.clip_rect()),
            is_dark: ui.visuals().dark_mode,
            pixels_per_point: ui.pixels_per_point(),
            glyph_texture,
            font,
        };
        (surroundings, glyphs)
    }
}

impl Memory {
    fn show(&mut self, ui: &mut Ui, has_same_key: bool, add: Box<dyn FnOnce(&mut Ui) + '_>) {
        let ctx = ui.ctx().clone();
        let now = ui.input(|input| input.time);
        let (surroundings, glyphs) = Surroundings::of(ui);
        let pass = ctx.cumulative_pass_nr();
        // A texture of glyphs that is less full than it was has been made anew, and the kept triangles point to nothing.
        let is_as_before = self.surroundings == surroundings && self.last_pass + 1 == pass && self.glyphs <= glyphs;
        let is_disturbed = !is_as_before || (self.is_animated && !has_same_key) || self.is_touched(&ctx);
        if is_disturbed {
            self.disturbed = now;
        }
        if is_disturbed || !has_same_key {
            self.kept = None;
        }
        (self.surroundings, self.last_pass, self.glyphs) = (surroundings, pass, glyphs);
        if let Some(kept) = &self.kept {
            kept.show(ui, self.rect);
            return;
        }
        let layer = ui.layer_id();
        let shapes_before = ctx.graphics(|graphics| graphics.get(layer).map_or(0, |list| list.next_idx().0));
        let widgets_before = ctx.viewport(|viewport| viewport.this_pass.widgets.get_layer(layer).count());
        self.rect = ui.scope_builder(UiBuilder::new(), add).response.rect;
        if now - self.disturbed >= SETTLES_IN {
            // What is made into triangles now is not made into them a second time at the end of the frame.
            let mut shapes = Vec::new();
            ctx.graphics_mut(|graphics| {
                let list = graphics.entry(layer);
                for index in shapes_before..list.next_idx().0 {
                    list.mutate_shape(ShapeIdx(index), |shape| {
                        shapes.push(std::mem::replace(shape, ClippedShape::new(shape.clip_rect, Shape::Noop)));
                    });
                }
            });
            let widgets = ctx.viewport(|viewport| {
                let added = viewport.this_pass.widgets.get_layer(layer).skip(widgets_before);
                added.filter(|widget| widget.enabled && (widget.sense.interactive() || widget.sense.is_focusable())).copied().collect()
            });
            let meshes = ctx.tessellate(shapes, ctx.pixels_per_point()).into_iter().filter_map(|drawn| match drawn.primitive {
                Primitive::Mesh(mesh) => Some((drawn.clip_rect, Arc::new(mesh))),
                Primitive::Callback(_) => None,
            });
            let kept = Kept { meshes: meshes.collect(), widgets };
            kept.draw(ui);
            self.kept = Some(kept);
        }
    }

    /// Whether something may happen in the part, or somebody has to be told what it holds.
    fn is_touched(&self, ctx: &Context) -> bool {
        let is_here = |id: egui::Id| {
            ctx.viewport(|viewport| viewport.prev_pass.widgets.get(id).is_some_and(|widget| self.rect.intersects(widget.rect)))
        };
        let has_focus = ctx.memory(egui::Memory::focused).is_some_and(is_here) || ctx.dragged_id().is_some_and(is_here);
        let moves_elsewhere = |event: &Event| {
            matches!(
                event,
                Event::PointerMoved(_)
                    | Event::MouseMoved(_)
                    | Event::MouseWheel { .. }
                    | Event::PointerGone
                    | Event::Touch { phase: TouchPhase::Move, .. }
            )
        };
        let by_input = ctx.input(|input| {
            input.pointer.latest_pos().is_some_and(|pointer| self.rect.expand(8.0).contains(pointer))
                || !input.events.iter().all(moves_elsewhere)
        });
        is_read_out(ctx) || has_focus || by_input || egui::Popup::is_any_open(ctx)
    }
}

/// Whether somebody has to be told what the window holds, a screen reader or a test: also what is out of sight.
pub fn is_read_out(ctx: &Context) -> bool {
    ctx.viewport(|viewport| viewport.this_pass.accesskit_state.is_some())
}

impl Kept {
    fn draw(&self, ui: &Ui) {
        ui.ctx().graphics_mut(|graphics| {
            let list = graphics.entry(ui.layer_id());
            for (clip, mesh) in &self.meshes {
                list.add(*clip, Shape::Mesh(mesh.clone()));
            }
        });
    }

    fn show(&self, ui: &mut Ui, rect: Rect) {
        self.draw(ui);
        // Without them the next press would go through.
        for widget in &self.widgets {
            ui.interact(widget.interact_rect, widget.id, widget.sense);
        }
        ui.advance_cursor_after_rect(rect);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eframe::egui::{PointerButton, RawInput, Theme, epaint::ClippedPrimitive, vec2};

    /// A window with a part that has a button.
    struct Window {
        ctx: Context,
        still: Still<u32>,
        time: f64,
        key: u32,
        laid_out: u32,
        clicks: u32,
        button: Rect,
    }

    impl Window {
        fn new() -> Self {
            Self::of(Still::default())
        }

        fn of(still: Still<u32>) -> Self {
            let ctx = Context::default();
            crate::app::theme::install(&ctx);
            Self { ctx, still, time: 0.0, key: 0, laid_out: 0, clicks: 0, button: Rect::NOTHING }
        }

        fn frame(&mut self, events: Vec<Event>) -> Vec<ClippedPrimitive> {
            self.time += 0.02;
            let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, vec2(300.0, 200.0)));
            let input = RawInput { screen_rect, time: Some(self.time), events, ..RawInput::default() };
            let Self { ctx, still, key, laid_out, clicks, button, .. } = self;
            let mut output = ctx.run_ui(input, |ui| {
                ui.label("above");
                still.show(ui, *key, |ui| {
                    *laid_out += 1;
                    ui.label(format!("number {key}"));
                    let response = ui.button("press");
                    *button = response.rect;
                    *clicks += u32::from(response.clicked());
                });
                ui.label("below");
            });
            output.textures_delta.clear();
            ctx.tessellate(output.shapes, output.pixels_per_point)
        }

        /// Frames until the part is drawn from memory; the last one.
        fn settle(&mut self) -> Vec<ClippedPrimitive> {
            for _ in 0..40 {
                self.frame(Vec::new());
            }
            let laid_out = self.laid_out;
            let drawn = self.frame(Vec::new());
            assert_eq!(self.laid_out, laid_out, "it is laid out though nothing has changed");
            drawn
        }
    }

    /// All corners, in the order in which they are drawn.
    fn corners(drawn: &[ClippedPrimitive]) -> Vec<(Rect, Pos2, Pos2, egui::Color32)> {
        let mut corners = Vec::new();
        for part in drawn {
            if let Primitive::Mesh(mesh) = &part.primitive {
                corners.extend(mesh.indices.iter().map(|index| {
                    let vertex = mesh.vertices[*index as usize];
                    (part.clip_rect, vertex.pos, vertex.uv, vertex.color)
                }));
            }
        }
        corners
    }

    #[test]
    fn from_memory_it_looks_as_if_it_were_laid_out() {
        let mut window = Window::new();
        window.frame(Vec::new());
        let laid_out = window.frame(Vec::new());
        let from_memory = window.settle();
        assert!(!corners(&laid_out).is_empty());
        assert_eq!(corners(&laid_out), corners(&from_memory));
    }

    #[test]
    fn the_first_press_after_a_rest_is_felt() {
        let mut window = Window::new();
        window.settle();
        let pos = window.button.center();
        let press = |pressed| Event::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers: egui::Modifiers::NONE };
        window.frame(vec![Event::PointerMoved(pos), press(true)]);
        window.frame(vec![press(false)]);
        assert_eq!(window.clicks, 1);
    }

    #[test]
    fn what_it_shows_and_the_theme_lay_it_out_again_and_so_does_a_key() {
        let mut window = Window::new();
        let changes: [fn(&mut Window) -> Vec<Event>; 4] = [
            |window| {
                window.key += 1;
                Vec::new()
            },
            |window| {
                window.ctx.set_theme(Theme::Light);
                Vec::new()
            },
            |window| {
                window.ctx.set_theme(Theme::Dark);
                Vec::new()
            },
            |_| vec![Event::Text("a".to_owned())],
        ];
        for change in changes {
            window.settle();
            let laid_out = window.laid_out;
            let events = change(&mut window);
            window.frame(events);
            window.frame(Vec::new());
            assert_eq!(window.laid_out, laid_out + 2);
        }
    }

    #[test]
    fn what_changes_at_a_stroke_is_laid_out_once_and_what_is_touched_until_that_is_over() {
        let mut window = Window::of(Still::unanimated());
        window.settle();
        for _ in 0..3 {
            let laid_out = window.laid_out;
            window.key += 1;
            let new = window.frame(Vec::new());
            let from_memory = window.frame(Vec::new());
            assert_eq!(window.laid_out, laid_out + 1);
            assert!(corners(&new) == corners(&from_memory));
        }
        // A button's colour fades after the pointer has gone, whatever is new meanwhile.
        let untouched = corners(&window.frame(Vec::new()));
        window.frame(vec![Event::PointerMoved(window.button.center())]);
        let touched = corners(&window.frame(Vec::new()));
        window.frame(vec![Event::PointerGone]);
        let after = corners(&window.settle());
        assert!(touched != untouched && after == untouched, "the pointer leaves a trace, or never had one");
    }

    #[test]
    fn new_fonts_lay_it_out_again() {
        let mut window = Window::new();
        window.settle();
        let laid_out = window.laid_out;
        let (_, bytes) = crate::app::theme::FONTS[0];
        crate::app::theme::add_chinese_font(&window.ctx, FontData::from_static(bytes));
        window.frame(Vec::new());
        assert_eq!(window.laid_out, laid_out + 1);
    }
}
