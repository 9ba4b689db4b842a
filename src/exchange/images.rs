//! Reads images of one's own from PNG files: one sheet of tiles, or a folder with a folder for each class.
//!
//! A set has one ground, which is told from the images' edges: ink is what is darker than a light ground, lighter than a dark one, or opaque on a
//! clear one.

use crate::learn::config::OwnImages;
use image::imageops::{self, FilterType};
use image::{GenericImageView as _, GrayAlphaImage, ImageBuffer, ImageError, ImageFormat, ImageReader, Limits, LumaA};
use std::fmt;
use std::io::Cursor;

/// The most of a file that is read, in bytes.
pub const MOST_FILE: u64 = 16_000_000;
/// The most pixels of a sheet.
const MOST_PIXELS: u64 = 32_000_000;
/// The most pixels of an image's side.
const LARGEST: u32 = 1024;
/// The sides that a tile of a sheet can have, in pixels.
pub const TILES: std::ops::RangeInclusive<u32> = 4..=512;
/// The tiles of the sets that everybody has, for sheets where no cut is free of ink.
const USUAL_TILES: [u32; 7] = [28, 16, 12, 8, 32, 24, 20];
/// The largest share of ink on the cuts between tiles that a guess at the tile may have.
const MOST_CUT: f32 = 0.05;
/// The most bytes that a decoder takes: every pixel of the largest sheet in sixteen bits of red, green, blue and opacity.
const MOST_BYTES: u64 = 8 * MOST_PIXELS + 1_000_000;

/// Returns true if a file begins as PNG does.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
}

/// Images that were read.
#[derive(Clone, Debug, PartialEq)]
pub struct ReadImages {
    /// The images.
    pub images: OwnImages,
    /// The folders, in the order of the classes; empty for a sheet.
    pub names: Vec<String>,
}

/// Why images are refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImagesError {
    /// A file that can't be decoded.
    NotPng {
        /// The file.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A file that is longer than is read.
    TooLong {
        /// The file.
        file: String,
    },
    /// A sheet with more pixels than it can have.
    TooManyPixels {
        /// The file.
        file: String,
    },
    /// A picture with fewer pixels than an image needs, or more than it can have.
    Size {
        /// The file.
        file: String,
        /// Its size.
        size: (u32, u32),
    },
    /// A sheet that tiles do not fill, or a tile of no such size.
    Tiles {
        /// The sheet.
        size: (u32, u32),
        /// The side of a tile.
        tile: u32,
    },
    /// There is no PNG file.
    NoFiles,
    /// More images than there can be.
    TooManyImages,
    /// Fewer images than one can train on.
    TooFewImages {
        /// How many there are.
        count: usize,
    },
    /// More rows of tiles than there can be classes.
    TooManyRows,
    /// More folders than there can be classes.
    TooManyFolders {
        /// How many there are.
        folders: usize,
    },
}

impl fmt::Display for ImagesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let least = OwnImages::SIDES.start();
        match self {
            Self::NotPng { file, problem } => write!(f, "{file}: not a PNG that can be read: {problem}"),
            Self::TooLong { file } => write!(f, "{file}: too large: at most {} MB of a file are read", MOST_FILE / 1_000_000),
            Self::TooManyPixels { file } => write!(f, "{file}: too large: a sheet has at most {} million pixels", MOST_PIXELS / 1_000_000),
            Self::Size { file, size: (width, height) } => {
                write!(f, "{file}: {width} x {height} pixels: an image has from {least} x {least} to {LARGEST} x {LARGEST}")
            }
            Self::Tiles { tile, .. } if !TILES.contains(tile) => {
                write!(f, "tiles of {tile} x {tile} pixels: a tile has from {} to {} pixels a side", TILES.start(), TILES.end())
            }
            Self::Tiles { size: (width, height), tile } => {
                write!(f, "a sheet of {width} x {height} pixels is not filled by tiles of {tile} x {tile}: both sides have to be multiples")
            }
            Self::NoFiles => f.write_str("no PNG file: a folder has a folder of PNG files for each class"),
            Self::TooManyImages => write!(f, "more than {} images", OwnImages::MOST),
            Self::TooFewImages { count } => {
                write!(f, "{count} images that are not blank: training takes at least {}", OwnImages::FEWEST)
            }
            Self::TooManyRows => write!(f, "more than {} rows of tiles: each row is a class", OwnImages::CLASSES),
            Self::TooManyFolders { folders } => {
                write!(f, "{folders} folders with images: each is a class, and there are at most {} classes", OwnImages::CLASSES)
            }
        }
    }
}

impl std::error::Error for ImagesError {}

/// The images of a folder on their way: first the paths of all files, then the contents of one after the other, of which only the image is kept.
///
/// Every file whose name ends in `.png` is an image, and its class is the folder that it is in below the one that was chosen, in the order of the
/// names. Other files are passed over.
#[derive(Default)]
pub struct FolderImages {
    /// The paths of the images, in their order, with `/` between folders.
    paths: Vec<String>,
    names: Vec<String>,
    drafts: Drafts,
}

impl FolderImages {
    /// Takes the paths of a folder's files, below the folder.
    pub fn new(paths: impl IntoIterator<Item = String>) -> Result<Self, ImagesError> {
        let mut paths: Vec<String> = paths.into_iter().filter(|path| is_image_path(path)).collect();
        paths.sort();
        if paths.is_empty() {
            return Err(ImagesError::NoFiles);
        }
        if paths.len() > OwnImages::MOST {
            return Err(ImagesError::TooManyImages);
        }
        let mut names: Vec<String> = paths.iter().map(|path| folder(path).to_owned()).collect();
        names.sort();
        names.dedup();
        if names.len() > OwnImages::CLASSES {
            return Err(ImagesError::TooManyFolders { folders: names.len() });
        }
        Ok(Self { paths, names, drafts: Drafts::default() })
    }

    /// Returns the paths of the images, in the order in which they are to be added.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Adds the next image: the contents of its file.
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), ImagesError> {
        let Some(path) = self.paths.get(self.drafts.images.len()) else { return Err(ImagesError::TooManyImages) };
        let picture = decode(path, bytes, |file, size @ (width, height)| {
            let sides = *OwnImages::SIDES.start() as u32..=LARGEST;
            if sides.contains(&width.max(height)) { Ok(()) } else { Err(ImagesError::Size { file, size }) }
        })?;
        let class = self.names.iter().position(|name| name == folder(path)).unwrap_or(0);
        self.drafts.add(&picture, class as u8);
        Ok(())
    }

    /// Returns the images that were added.
    pub fn finish(self) -> Result<ReadImages, ImagesError> {
        Ok(ReadImages { images: self.drafts.finish()?, names: self.names })
    }
}

/// The folder that a path is in, the outermost.
fn folder(path: &str) -> &str {
    path.split_once('/').map_or("", |(folder, _)| folder)
}

/// Returns true if a file of a folder is read as an image: by its name, hidden files not.
pub fn is_image_path(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    extension.eq_ignore_ascii_case("png") && !path.split('/').any(|part| part.starts_with('.'))
}

/// A picture with images side by side: square tiles, a row of them for each class.
#[derive(Clone, PartialEq)]
pub struct Sheet(GrayAlphaImage);

impl fmt::Debug for Sheet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sheet of {:?} pixels", self.size())
    }
}

impl Sheet {
    /// Reads a sheet; `file` names it in messages.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, ImagesError> {
        let check = |file, (width, height)| {
            if u64::from(width) * u64::from(height) <= MOST_PIXELS { Ok(()) } else { Err(ImagesError::TooManyPixels { file }) }
        };
        decode(file, bytes, check).map(Self)
    }

    /// Returns width and height in pixels.
    pub fn size(&self) -> (u32, u32) {
        self.0.dimensions()
    }

    /// Returns the picture: grey and opacity of each pixel.
    pub fn picture(&self) -> &GrayAlphaImage {
        &self.0
    }

    /// Returns a tile's side that fills the sheet with at most as many rows as there can be classes, if there is one: the smallest that cuts hardly
    /// anything in two, else a usual one.
    pub fn likely_tile(&self) -> Option<u32> {
        let (width, height) = self.size();
        let fits = |tile: &u32| {
            let (columns, rows) = (width / tile, height / tile);
            width.is_multiple_of(*tile) && height.is_multiple_of(*tile) && columns * rows >= 2 && rows as usize <= OwnImages::CLASSES
        };
        let least_cut = TILES.filter(fits).map(|tile| (self.cut_ink(tile), tile)).min_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        match least_cut {
            Some((cut, tile)) if cut <= MOST_CUT => Some(tile),
            _ => USUAL_TILES.into_iter().find(fits).or_else(|| TILES.rev().find(fits)),
        }
    }

    /// Returns the share of the pixels beside the cuts between tiles that differ from the sheet's corner.
    fn cut_ink(&self, tile: u32) -> f32 {
        let LumaA([ground, opacity]) = *self.0.get_pixel(0, 0);
        let is_ink = |LumaA([light, opaque]): LumaA<u8>| light.abs_diff(ground) > 48 || opaque.abs_diff(opacity) > 48;
        let is_cut = |place: u32, end: u32| (place > 0 && place.is_multiple_of(tile)) || (place % tile == tile - 1 && place + 1 < end);
        let (width, height) = self.size();
        let (mut ink, mut all) = (0usize, 0usize);
        for x in (0..width).filter(|x| is_cut(*x, width)) {
            all += height as usize;
            ink += (0..height).filter(|y| is_ink(*self.0.get_pixel(x, *y))).count();
        }
        for y in (0..height).filter(|y| is_cut(*y, height)) {
            all += width as usize;
            ink += (0..width).filter(|x| is_ink(*self.0.get_pixel(*x, y))).count();
        }
        ink as f32 / all.max(1) as f32
    }

    /// Cuts the sheet into tiles of a side. Tiles and rows of one grey are no images.
    pub fn cut(&self, tile: u32) -> Result<ReadImages, ImagesError> {
        let size @ (width, height) = self.size();
        if !TILES.contains(&tile) || !width.is_multiple_of(tile) || !height.is_multiple_of(tile) {
            return Err(ImagesError::Tiles { size, tile });
        }
        let (columns, rows) = (width / tile, height / tile);
        let place = |row: u32, column: u32| self.0.view(column * tile, row * tile, tile, tile);
        let is_blank = |row: u32, column: u32| {
            let first = self.0.get_pixel(column * tile, row * tile);
            place(row, column).pixels().all(|(.., pixel)| pixel == *first)
        };
        let (mut filled, mut count): (Vec<(u32, Vec<u32>)>, usize) = (Vec::new(), 0);
        for row in 0..rows {
            let tiles: Vec<u32> = (0..columns).filter(|column| !is_blank(row, *column)).collect();
            count += tiles.len();
            if !tiles.is_empty() {
                filled.push((row, tiles));
            }
            if filled.len() > OwnImages::CLASSES {
                return Err(ImagesError::TooManyRows);
            }
            if count > OwnImages::MOST {
                return Err(ImagesError::TooManyImages);
            }
        }
        let mut drafts = Drafts::default();
        for (class, (row, columns)) in filled.into_iter().enumerate() {
            for column in columns {
                drafts.add(&place(row, column).to_image(), class as u8);
            }
        }
        Ok(ReadImages { images: drafts.finish()?, names: Vec::new() })
    }
}

/// Decodes a PNG file into grey and opacity, if `check` accepts its width and height, which are read first.
fn decode(
    file: &str,
    bytes: &[u8],
    check: impl FnOnce(String, (u32, u32)) -> Result<(), ImagesError>,
) -> Result<GrayAlphaImage, ImagesError> {
    let failed = |error: ImageError| match error {
        ImageError::Limits(_) => ImagesError::TooManyPixels { file: file.to_owned() },
        error => ImagesError::NotPng { file: file.to_owned(), problem: error.to_string() },
    };
    let reader = || ImageReader::with_format(Cursor::new(bytes), ImageFormat::Png);
    check(file.to_owned(), reader().into_dimensions().map_err(failed)?)?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST_BYTES);
    let mut reader = reader();
    reader.limits(limits);
    Ok(reader.decode().map_err(failed)?.into_luma_alpha8())
}

/// Images on their way: each scaled to the largest side, light and opacity apart, until all have been seen.
#[derive(Default)]
struct Drafts {
    images: Vec<Draft>,
    labels: Vec<u8>,
    /// Pixels on the edges that are clear, light and dark.
    edges: [usize; 3],
}

/// An image in a square: how much of each pixel is opaque, and how much light there is in it.
struct Draft {
    side: u32,
    pixels: ImageBuffer<LumaA<f32>, Vec<f32>>,
}

impl Drafts {
    fn add(&mut self, picture: &GrayAlphaImage, class: u8) {
        let (width, height) = picture.dimensions();
        for (x, y, LumaA([light, opacity])) in picture.enumerate_pixels() {
            if x == 0 || y == 0 || x + 1 == width || y + 1 == height {
                let kind = if *opacity < 128 { 0 } else { 1 + usize::from(*light < 128) };
                self.edges[kind] += 1;
            }
        }
        // What lies beside the picture is clear, which no ground takes for ink.
        let side = width.max(height);
        let (left, top) = ((side - width) / 2, (side - height) / 2);
        let mut square = ImageBuffer::from_pixel(side, side, LumaA([0.0f32, 0.0]));
        for (x, y, LumaA([light, opacity])) in picture.enumerate_pixels() {
            let opacity = f32::from(*opacity) / 255.0;
            square.put_pixel(left + x, top + y, LumaA([opacity * f32::from(*light) / 255.0, opacity]));
        }
        let most = *OwnImages::SIDES.end() as u32;
        let pixels = if side > most { imageops::resize(&square, most, most, FilterType::Triangle) } else { square };
        self.images.push(Draft { side, pixels });
        self.labels.push(class);
    }

    /// Returns the images in one size: their own if all have the same small one, else the largest.
    fn finish(self) -> Result<OwnImages, ImagesError> {
        let count = self.images.len();
        if count < OwnImages::FEWEST {
            return Err(ImagesError::TooFewImages { count });
        }
        let most = *OwnImages::SIDES.end() as u32;
        let first = self.images[0].side;
        let side = if first <= most && self.images.iter().all(|image| image.side == first) { first } else { most };
        let [clear, light, dark] = self.edges;
        let ink = |LumaA([light_of, opacity]): LumaA<f32>| {
            if clear > light.max(dark) {
                opacity
            } else if light >= dark {
                opacity - light_of
            } else {
                light_of
            }
        };
        let mut greys = Vec::with_capacity(count * (side * side) as usize);
        for draft in self.images {
            let pixels =
                if draft.pixels.width() == side { draft.pixels } else { imageops::resize(&draft.pixels, side, side, FilterType::Triangle) };
            greys.extend(pixels.pixels().map(|pixel| (ink(*pixel).clamp(0.0, 1.0) * f32::from(OwnImages::INK)).round() as u8));
        }
        OwnImages::new(side as usize, &greys, &self.labels).map_err(|_| ImagesError::TooManyImages)
    }
}
