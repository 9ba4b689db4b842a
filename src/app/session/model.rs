//! What the panes read: the latest of the run, and the interface's own small state.

use crate::app::session::settings::Settings;
use crate::app::session::tool::Tool;
use crate::app::words::Language;
use crate::exchange::images::{ImagesError, Sheet};
use crate::learn::config::{Config, Group, OwnImages, OwnPoints, ParameterError, TABLE};
use crate::learn::health::{self, Alarm, AlarmKind};
use crate::learn::metrics::Probe;
use crate::learn::recipes;
use crate::learn::report::{Cloud, Inspection, News, Quantity, Scene, Snapshot, Space, Stage, StepTrace};
use crate::learn::trainer::Weights;
use crate::runner::Doing;
use std::collections::VecDeque;

/// Snapshots whose embeddings make a trail.
const TRAIL: usize = 7;

/// Snapshots in a row that have to raise an alarm before the row between the panels tells it, and that have to be without it before the row goes:
/// one that comes and goes would make the panels jump. About half a second, and a second and a half.
const TOLD_AFTER: u32 = 18;
/// See [`TOLD_AFTER`].
const GONE_AFTER: u32 = 54;

/// An alarm that is up.
#[derive(Clone, Debug)]
pub struct Raised {
    /// The alarm.
    pub alarm: Alarm,
    /// The step at which it was first seen.
    pub since: u64,
    /// How many snapshots have raised it.
    pub seen: u32,
    /// How many snapshots in a row have not: it has fallen, but the row still tells it.
    pub missed: u32,
    /// Somebody has put it away.
    pub is_dismissed: bool,
}

/// Spans of alarms that are kept: the oldest go first.
const SPANS: usize = 64;

/// While which steps an alarm was up, as far as snapshots have shown it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// The alarm.
    pub kind: AlarmKind,
    /// The first step at which it was seen.
    pub from: u64,
    /// The last one.
    pub to: u64,
    /// It is up.
    pub is_up: bool,
}

/// Probes of other methods that are kept.
const EARLIER: usize = 3;

/// What probes found in z with another method.
#[derive(Clone, Debug)]
pub struct EarlierProbe {
    /// The configuration of that run.
    pub config: Config,
    /// What was found.
    pub probe: Probe,
}

/// A sheet of images that is being opened: how it is cut is asked for.
pub struct OpenSheet {
    /// Counts sheets: a pane that keeps a picture of one knows by it when to redraw it.
    pub number: u32,
    /// The sheet.
    pub sheet: Sheet,
    /// The side of a tile in pixels.
    pub tile: u32,
    /// What that gives, or why it gives nothing.
    pub cut: Result<OwnImages, ImagesError>,
}

/// What the panes read.
#[derive(Default)]
pub struct Model {
    /// What stays the same while the run lasts.
    pub scene: Scene,
    /// The run as it stands; step 0 of nothing until the first arrives.
    pub snapshot: Snapshot,
    /// Counts runs: a pane that keeps pictures of a scene knows by it when to redraw them.
    pub run: u64,
    /// Counts what was shown, the past too: a pane that keeps pictures knows by it when to redraw them.
    pub generation: u64,
    /// The configuration that the controls show: ahead of the snapshot's by a message.
    pub config: Config,
    /// Whether the run goes on by itself.
    pub playing: bool,
    /// Earlier embeddings, oldest first.
    pub trail: VecDeque<Vec<f32>>,
    /// The past that is shown instead of the present.
    pub recalled: Option<Snapshot>,
    /// The past is shown step by step, as a film.
    pub is_replaying: bool,
    /// What probes found last, and at which step.
    pub probes: Option<(u64, [Probe; 3])>,
    /// What they found in z with other methods on the same data, the newest first.
    pub earlier_probes: Vec<EarlierProbe>,
    /// The space that is asked for.
    pub space: Space,
    /// What keeps somebody waiting who wants an answer of the run.
    pub waits_for: Option<Doing>,
    /// The point under the pointer, in either space.
    pub hovered: Option<u32>,
    /// The stage of the next step that is shown, in slow motion.
    pub walking: Option<usize>,
    /// The classes that somebody has picked out, a bit for each; none of them means all.
    pub picked: u16,
    /// What a press on the plane does to points of one's own, and the class of those that it adds.
    pub tool: Tool,
    /// See [`Self::tool`].
    pub class: u8,
    /// The anchor: the point that is asked why it moves.
    pub pinned: Option<u32>,
    /// The alarms that are up in what is shown, the most serious first.
    pub raised: Vec<Raised>,
    /// When alarms were up in this run, the oldest first. Good ones are left out.
    pub spans: Vec<Span>,
    /// A sheet of images that is being opened.
    pub sheet: Option<OpenSheet>,
    /// Preferences.
    pub settings: Settings,
    /// The system's language.
    pub system_language: Language,
    /// Whether the system asks for less motion.
    pub reduced_motion: bool,
}

impl Model {
    /// The language in force.
    pub fn language(&self) -> Language {
        self.settings.language.unwrap_or(self.system_language)
    }

    /// Whether there is anything to show yet.
    pub fn is_ready(&self) -> bool {
        self.generation > 0
    }

    /// Whether a class is among those that were picked out, or none was.
    pub fn is_picked(&self, class: usize) -> bool {
        self.picked == 0 || self.picked >> class & 1 == 1
    }

    /// What is on screen: the past where it is recalled, else the present.
    pub fn shown(&self) -> &Snapshot {
        self.recalled.as_ref().unwrap_or(&self.snapshot)
    }

    /// The next step and the place of its stage that is shown, in slow motion; none until it is known.
    pub fn walk(&self) -> Option<(&StepTrace, usize)> {
        let at = self.walking.filter(|_| self.recalled.is_none())?;
        let walk = self.snapshot.walk.as_ref().filter(|walk| walk.step == self.snapshot.step)?;
        Some((walk, at.min(walk.told.len().saturating_sub(1))))
    }

    /// The cloud of views of the pinned point.
    pub fn cloud(&self) -> Option<&Cloud> {
        self.shown().cloud.as_ref().filter(|cloud| Some(cloud.point) == self.pinned)
    }

    /// The stage of the next step that is shown, in slow motion.
    pub fn stage(&self) -> Option<Stage> {
        self.walk().map(|(walk, at)| walk.told[at].stage)
    }

    /// The loss as text: in slow motion the next step's, once it has come so far.
    pub fn loss(&self) -> String {
        if let Some(Quantity::Real(loss)) = self.walk().and_then(|(walk, at)| walk.told[..=at].iter().find_map(|told| told.get("loss"))) {
            return format!("{loss:.3}");
        }
        let shown = self.shown();
        if self.is_ready() { format!("{:.3}", shown.terms.loss) } else { "…".to_owned() }
    }

    /// The alarms that are up in what is shown, the most serious first.
    pub fn alarms(&self) -> impl Iterator<Item = &Raised> {
        self.raised.iter().filter(|raised| raised.missed == 0)
    }

    /// The alarm that the row between the panels tells of.
    pub fn told_alarm(&self) -> Option<&Raised> {
        self.raised
            .iter()
            .find(|raised| !raised.alarm.kind.is_good() && !raised.is_dismissed && (raised.seen >= TOLD_AFTER || !self.playing))
    }

    /// Puts an alarm away until it has fallen.
    pub fn dismiss(&mut self, kind: AlarmKind) {
        for raised in self.raised.iter_mut().filter(|raised| raised.alarm.kind == kind) {
            raised.is_dismissed = true;
        }
    }

    /// Looks for alarms in what is shown. Those that were up keep the step at which they were first seen.
    fn look_for_alarms(&mut self) {
        let before = std::mem::take(&mut self.raised);
        let shown = self.shown();
        let raised = health::alarms(shown).into_iter().map(|alarm| {
            let known = before.iter().find(|known| known.alarm.kind == alarm.kind && known.since <= shown.step);
            let (since, seen) = known.map_or((shown.step, 0), |known| (known.since, known.seen));
            Raised { alarm, since, seen: seen + 1, missed: 0, is_dismissed: known.is_some_and(|known| known.is_dismissed) }
        });
        let mut raised: Vec<Raised> = raised.collect();
        if self.recalled.is_none() && self.playing {
            let is_told = |known: &&Raised| !known.alarm.kind.is_good() && known.seen >= TOLD_AFTER && known.missed < GONE_AFTER;
            for known in before.iter().filter(is_told) {
                if raised.iter().all(|raised| raised.alarm.kind != known.alarm.kind) {
                    raised.push(Raised { missed: known.missed + 1, ..known.clone() });
                }
            }
        }
        self.raised = raised;
        if self.recalled.is_none() {
            self.note_spans();
        }
    }

    /// Notes which alarms have risen, go on and have fallen.
    fn note_spans(&mut self) {
        let step = self.snapshot.step;
        // The run may have gone back by a step.
        self.spans.retain(|span| span.from <= step);
        for span in self.spans.iter_mut().filter(|span| span.is_up) {
            span.is_up = self.raised.iter().any(|raised| raised.missed == 0 && raised.alarm.kind == span.kind);
            span.to = step;
        }
        for raised in self.raised.iter().filter(|raised| raised.missed == 0 && !raised.alarm.kind.is_good()) {
            let kind = raised.alarm.kind;
            // One that fell a moment ago goes on: on the chart there would be no gap to see.
            let last = self.spans.iter_mut().rev().find(|span| span.kind == kind).filter(|span| step - span.to <= step / 64);
            match last {
                Some(span) => (span.to, span.is_up) = (step, true),
                None => self.spans.push(Span { kind, from: step, to: step, is_up: true }),
            }
        }
        let surplus = self.spans.len().saturating_sub(SPANS);
        self.spans.drain(..surplus);
    }

    /// Takes in what probes found. What they found with another method on the same data stays beside it.
    pub fn take_probes(&mut self, step: u64, probes: [Probe; 3]) {
        let config = self.snapshot.config.clone();
        self.earlier_probes.retain(|earlier| is_same_data(&earlier.config, &config));
        let method = recipes::name_of(&config);
        self.earlier_probes.retain(|earlier| recipes::name_of(&earlier.config) != method);
        let probe = probes[2];
        self.earlier_probes.insert(0, EarlierProbe { config, probe });
        self.earlier_probes.truncate(EARLIER + 1);
        self.probes = Some((step, probes));
    }

    /// Takes in other points of a run that goes on.
    pub fn take_points(&mut self, scene: Scene) {
        self.scene = scene;
        self.run += 1;
        self.trail.clear();
        self.probes = None;
        self.hovered = None;
        self.keep_what_exists();
    }

    /// Leaves of pin and picked classes what the data have.
    fn keep_what_exists(&mut self) {
        self.pinned = self.pinned.filter(|point| (*point as usize) < self.scene.labels.len());
        self.picked &= ((1u32 << self.scene.classes.min(15)) - 1) as u16;
    }

    /// Takes in a run's start.
    pub fn take_scene(&mut self, scene: Scene) {
        self.scene = scene;
        self.run += 1;
        self.trail.clear();
        self.recalled = None;
        self.is_replaying = false;
        self.probes = None;
        self.raised.clear();
        self.spans.clear();
        self.hovered = None;
        self.keep_what_exists();
    }

    /// Shows a step of the past, or the present again.
    pub fn recall(&mut self, past: Option<Snapshot>) {
        self.is_replaying &= past.is_some();
        self.recalled = past.map(|past| Snapshot { past: self.snapshot.past.clone(), ..past });
        self.trail.clear();
        self.generation += 1;
        self.look_for_alarms();
    }

    /// Takes in the point that was asked for.
    pub fn take_inspection(&mut self, inspection: Option<Inspection>) {
        self.recalled.as_mut().unwrap_or(&mut self.snapshot).inspected = inspection;
    }

    /// Takes in a snapshot, and what is new of the past that goes with it.
    pub fn take_snapshot(&mut self, mut snapshot: Snapshot, news: News) {
        snapshot.restore_own(&self.scene);
        snapshot.past = std::mem::take(&mut self.snapshot.past);
        snapshot.past.take(news);
        if snapshot.step != self.snapshot.step {
            if self.trail.len() == TRAIL {
                self.trail.pop_front();
            }
            let before = std::mem::take(&mut self.snapshot.embeddings);
            let is_next = snapshot.step > self.snapshot.step && snapshot.space == self.snapshot.space;
            if before.len() == snapshot.embeddings.len() && is_next {
                self.trail.push_back(before);
            } else {
                self.trail.clear();
            }
        }
        if snapshot.space != self.snapshot.space {
            self.trail.clear();
        }
        if snapshot.divergence.is_some() {
            self.playing = false;
        }
        self.snapshot = snapshot;
        self.generation += 1;
        self.look_for_alarms();
    }
}

/// How one goes through the stages of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Begin, or end.
    Toggle,
    /// Show the stage at this place.
    To(usize),
    /// Show the stage before.
    Back,
    /// Show the next stage; after the last, take the step.
    Next,
    /// Take the step.
    Finish,
    /// End, with the step not taken.
    Close,
}

/// What a user does, carried out after the panes are drawn.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Go on, or stop.
    TogglePlay,
    /// One step.
    Step,
    /// The same run again.
    Reset,
    /// Another seed, chosen by chance.
    NewSeed,
    /// A changed configuration; the weights only matter where either would do.
    Configure(Box<Config>, Weights),
    /// Changed preferences.
    Settings(Settings),
    /// The point under the pointer.
    Hover(Option<u32>),
    /// Pick a class out, or no longer.
    PickClass(u8),
    /// Take these points of one's own in place of those that were there.
    EditPoints(OwnPoints),
    /// Take back the last edit of points.
    UndoPoints,
    /// Draw with another tool.
    Tool(Tool),
    /// Draw points of another class.
    Class(u8),
    /// Go through the stages of the next step.
    Walk(Pace),
    /// Put an alarm away.
    Dismiss(AlarmKind),
    /// Ask why a point moves, or leave it.
    Pin(Option<u32>),
    /// Train probes on x, h and z.
    Probe,
    /// End what keeps somebody waiting.
    StopWaiting,
    /// Show another space.
    Show(Space),
    /// Show the run near this step, or the present.
    Recall(Option<u64>),
    /// Show the past from step 0 on, twenty kept steps a second.
    Replay,
    /// Say that what was typed is refused, and why.
    Refuse(ParameterError),
    /// Put the link into the clipboard.
    CopyLink,
    /// Save the configuration as a file.
    SaveConfig,
    /// Save the training images side by side.
    SaveImages,
    /// Open a file of settings, points or images.
    OpenConfig,
    /// Open a folder of images.
    OpenFolder,
    /// Cut the sheet that is being opened into tiles of this side.
    Tile(u32),
    /// Learn from the images of that sheet.
    TakeSheet,
    /// Do not open that sheet.
    CloseSheet,
    /// Save the embeddings.
    SaveEmbeddings,
    /// Save the history of the metrics.
    SaveMetrics,
    /// Save the picture of the window.
    SavePicture,
    /// Show or hide the help.
    ToggleHelp,
}

/// Whether two runs have the same data.
fn is_same_data(a: &Config, b: &Config) -> bool {
    TABLE.iter().filter(|row| row.group == Group::Data || row.key == "seed").all(|row| (row.get)(a) == (row.get)(b))
}

#[cfg(test)]
mod tests {
    use crate::app::session::model::*;
    use crate::learn::report::Divergence;
    use crate::learn::rows::Spectrum;

    /// A sound embedding at a step, of a run that has diverged or not.
    fn snapshot(step: u64, diverged: bool) -> Snapshot {
        let spectrum = Spectrum { spread: 1.0, effective_rank: Some(3.0), ..Spectrum::default() };
        Snapshot { step, spectrum, divergence: diverged.then_some(Divergence::Loss), ..Snapshot::default() }
    }

    /// Whether the row tells an alarm after each of some snapshots.
    fn told(ups: impl Iterator<Item = bool>) -> Vec<bool> {
        let mut model = Model { playing: true, ..Model::default() };
        ups.enumerate()
            .map(|(step, is_up)| {
                model.snapshot = snapshot(step as u64, is_up);
                model.look_for_alarms();
                model.told_alarm().is_some()
            })
            .collect()
    }

    #[test]
    fn the_row_neither_comes_nor_goes_with_an_alarm_that_flickers() {
        let changes = |told: &[bool]| told.windows(2).filter(|pair| pair[0] != pair[1]).count();
        let brief = told((0..200).map(|step| step % 20 < 10));
        assert!(brief.iter().all(|told| !told), "never long enough");
        let flickering = told((0..600).map(|step| step < 100 || step % 40 < 20));
        assert_eq!(changes(&flickering), 1, "it comes once and stays");
        let fallen = told((0..300).map(|step| step < 100));
        assert_eq!((changes(&fallen), fallen[299]), (2, false), "it goes at last");
    }

    #[test]
    fn a_bar_goes_on_over_a_gap_that_nobody_could_see() {
        let mut model = Model { playing: true, ..Model::default() };
        for step in 0..2000 {
            let is_up = (step > 100) && (step < 1000 || step % 7 > 1);
            model.snapshot = snapshot(step, is_up);
            model.look_for_alarms();
        }
        assert_eq!(model.spans.len(), 1);
        assert_eq!((model.spans[0].from, model.spans[0].to), (101, 1999));
    }
}
