//! Compresses files as much as possible, because a site is built once and loaded often.

use std::io::Write as _;

/// Returns the content compressed with gzip, for a `.gz` file.
///
/// # Panics
///
/// Never: writing to memory does not fail.
pub fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content).expect("memory takes everything");
    encoder.finish().expect("memory takes everything")
}

/// Returns the content compressed with Brotli, for a `.br` file.
///
/// # Panics
///
/// Never: writing to memory does not fail.
pub fn brotli(content: &[u8]) -> Vec<u8> {
    let parameters = brotli::enc::BrotliEncoderParams { size_hint: content.len(), ..brotli::enc::BrotliEncoderParams::default() };
    let mut compressed = Vec::new();
    brotli::BrotliCompress(&mut &*content, &mut compressed, &parameters).expect("memory takes everything");
    compressed
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read as _;

    #[test]
    fn decompressing_gives_the_original_content() {
        let content: Vec<u8> = (0..50_000u32).map(|i| (i * i / 7 % 251) as u8).collect();
        let mut gunzipped = Vec::new();
        flate2::read::GzDecoder::new(&*gzip(&content)).read_to_end(&mut gunzipped).expect("a gzip file");
        assert_eq!(gunzipped, content);
        let mut decompressed = Vec::new();
        brotli::BrotliDecompress(&mut &*brotli(&content), &mut decompressed).expect("a brotli file");
        assert_eq!(decompressed, content);
    }
}
