//! Images of one's own: what is read from files is learnt from.

use crate::app::Playground;
use crate::app::session::model::OpenSheet;
use crate::app::shell::notices::Kind;
use crate::exchange::images::{ReadImages, Sheet};
use crate::learn::Config;
use crate::learn::config::{Data, OwnImages};

/// What a sheet is cut into where no usual tile fills it.
const FIRST_TILE: u32 = 16;

impl Playground {
    /// Starts the run with the images of a folder, or says what is wrong with them.
    pub(in crate::app) fn open_images(&mut self, read: &Result<ReadImages, String>) {
        match read {
            Ok(read) => self.learn_from(read.images.clone()),
            Err(reason) => self.trouble("ui.images_refused", reason),
        }
    }

    /// Reads a sheet of images and asks how it is to be cut.
    pub(in crate::app) fn open_sheet(&mut self, name: &str, bytes: &[u8]) {
        match Sheet::read(name, bytes) {
            Ok(sheet) => {
                let tile = sheet.likely_tile().unwrap_or(FIRST_TILE);
                let cut = sheet.cut(tile).map(|read| read.images);
                self.sheets += 1;
                self.model.sheet = Some(OpenSheet { number: self.sheets, sheet, tile, cut });
            }
            Err(error) => self.trouble("ui.images_refused", &error.to_string()),
        }
    }

    /// Cuts the sheet that is being opened into other tiles.
    pub(in crate::app) fn cut_sheet(&mut self, tile: u32) {
        if let Some(open) = &mut self.model.sheet {
            (open.tile, open.cut) = (tile, open.sheet.cut(tile).map(|read| read.images));
        }
    }

    /// Starts the run with the images of that sheet.
    pub(in crate::app) fn take_sheet(&mut self) {
        if let Some(Ok(images)) = self.model.sheet.take().map(|open| open.cut) {
            self.learn_from(images);
        }
    }

    fn learn_from(&mut self, own_images: OwnImages) {
        let values = [own_images.len(), own_images.classes(), own_images.side()].map(|value| value.to_string());
        self.start_run(Config { data: Data::Images, own_images, ..self.model.config.clone() });
        let text = self.model.language().fill("ui.images_opened", &[("count", &values[0]), ("classes", &values[1]), ("side", &values[2])]);
        self.notices.add(Kind::Done, text);
    }
}
