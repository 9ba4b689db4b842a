//! Writes the images of a run as one picture: square tiles, a row of them for each class.

use crate::learn::report::Scene;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder as _, ImageResult};

/// Returns the training images as PNG, ink black on white, in their order within the class; empty tiles fill the rows. [`super::images::Sheet`] reads
/// it. Returns nothing where the data are points.
pub fn write(scene: &Scene) -> Option<ImageResult<Vec<u8>>> {
    let images = scene.images.as_ref()?;
    let of = |class: usize| (0..scene.labels.len()).filter(move |image| usize::from(scene.labels[*image]) == class);
    let columns = (0..scene.classes).map(|class| of(class).count()).max().unwrap_or(0).max(1);
    let side = images.side;
    let (width, height) = (columns * side, scene.classes.max(1) * side);
    let mut pixels = vec![255; width * height];
    for class in 0..scene.classes {
        for (column, image) in of(class).enumerate() {
            for (row, ink) in images.image(image).chunks_exact(side).enumerate() {
                let start = (class * side + row) * width + column * side;
                for (pixel, ink) in pixels[start..start + side].iter_mut().zip(ink) {
                    *pixel = 255 - ink;
                }
            }
        }
    }
    Some(png(&pixels, width, height, ExtendedColorType::L8))
}

/// Returns pixels as PNG.
pub fn png(pixels: &[u8], width: usize, height: usize, kind: ExtendedColorType) -> ImageResult<Vec<u8>> {
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(pixels, width as u32, height as u32, kind)?;
    Ok(bytes)
}
