//! Points of one's own: what is done to them, and taken back.

use crate::app::Playground;
use crate::app::shell::notices::Kind;
use crate::exchange::points;
use crate::learn::Config;
use crate::learn::config::{Data, OwnPoints};
use crate::learn::trainer::Weights;

/// Edits that can be taken back.
const MOST_UNDONE: usize = 100;

impl Playground {
    /// Takes other points in place of those that were there: the run goes on with them. All edits of one gesture are taken back at once.
    pub(in crate::app) fn edit_points(&mut self, points: OwnPoints) {
        if self.last_edit != Some(self.gesture) || self.undone.is_empty() {
            if self.undone.len() == MOST_UNDONE {
                self.undone.remove(0);
            }
            self.undone.push(self.model.config.own.clone());
            self.last_edit = Some(self.gesture);
        }
        self.take_points(points);
    }

    pub(in crate::app) fn undo_points(&mut self) {
        if let Some(points) = self.undone.pop() {
            self.last_edit = None;
            self.take_points(points);
        }
    }

    fn take_points(&mut self, own: OwnPoints) {
        let config = Config { data: Data::Own, own, ..self.model.config.clone() };
        self.configure(config, Weights::Keep, Some(self.gesture));
    }

    /// Starts the run with the points of a table. Says what is wrong with it where they can't be read.
    pub(in crate::app) fn open_table(&mut self, bytes: &[u8]) {
        match points::read(bytes) {
            Ok(read) => {
                let count = read.points.len().to_string();
                let dimension = read.points.dimension().to_string();
                self.undone.clear();
                self.start_run(Config { data: Data::Own, own: read.points, ..self.model.config.clone() });
                let key = if read.is_scaled { "ui.table_opened_scaled" } else { "ui.table_opened" };
                let text = self.model.language().fill(key, &[("count", &count), ("dimension", &dimension)]);
                self.notices.add(Kind::Done, text);
            }
            Err(error) => self.trouble("ui.table_refused", &error.to_string()),
        }
    }
}
