//! Checks that no input makes the program panic, that a configuration always stays valid, and that a refusal says what would be right.
#![cfg(feature = "cli")]

use contrastive_playground::cli::paired_rows;
use contrastive_playground::exchange::{file, link};
use contrastive_playground::learn::config::{Config, Domain, Layers, OwnImages, OwnPoints, TABLE, Value};
use proptest::prelude::*;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Some points of one's own: at least two, at most nine.
fn own(draw: u32) -> OwnPoints {
    let count = 2 + draw as usize % 8;
    let coordinates: Vec<f32> = (0..2 * count).map(|place| (draw >> (place % 16)) as f32 % 8000.0 / 1000.0 - 4.0).collect();
    OwnPoints::new(2, &coordinates, &vec![1; count]).expect("in range")
}

/// Some images of one's own: at least two, at most nine.
fn own_images(draw: u32) -> OwnImages {
    let (side, count) = (4 + draw as usize % 3, 2 + draw as usize % 8);
    let greys: Vec<u8> = (0..side * side * count).map(|place| (draw >> (place % 28)) as u8 & 15).collect();
    OwnImages::new(side, &greys, &vec![1; count]).expect("in range")
}

/// Generates valid configurations.
fn configs() -> impl Strategy<Value = Config> {
    prop::collection::vec(any::<u32>(), TABLE.len()).prop_map(|draws| {
        let mut config = Config::default();
        for (parameter, draw) in TABLE.iter().zip(draws) {
            // Two thirds of the parameters keep their default, as in most links.
            if draw % 3 > 0 {
                continue;
            }
            let draw = draw / 3;
            let value = match parameter.domain {
                Domain::Integer { min, max, .. } => Value::Integer(min + draw % (max - min).max(1)),
                Domain::Real { min, max, .. } => Value::Real((min + (max - min) * (draw as f32 / 1e9)).clamp(min, max)),
                Domain::Choice(words) => Value::Choice(words[draw as usize % words.len()]),
                Domain::Points => Value::Points(own(draw)),
                Domain::Images => Value::Images(own_images(draw)),
                Domain::Layers => {
                    let widths: Vec<u32> = (0..draw % 5).map(|layer| 1 + (draw >> (4 * layer)) % 128).collect();
                    Value::Layers(Layers::new(&widths).expect("up to 4 of up to 128"))
                }
            };
            config.set(parameter, value).expect("in its domain");
        }
        if config.lacks_data().is_some() {
            (config.own, config.own_images) = (own(3), own_images(3));
        }
        config
    })
}

/// Generates variants of `text` in which some bytes are changed, removed, repeated or inserted.
fn mutated(text: String) -> impl Strategy<Value = Vec<u8>> {
    let pieces = [
        "&", "=", "#", "%", "%ff", "?", ";", "\t", "\"", "{", "[[", "]", ",", "\n", "NaN", "-", "1e999", "\u{feff}", "é", "tau", "\0",
        "null", "a",
    ];
    let accident = (any::<prop::sample::Index>(), 0..12usize, 0..4u8, prop::sample::select(pieces.to_vec()), any::<u8>());
    prop::collection::vec(accident, 0..6).prop_map(move |accidents| {
        let mut bytes = text.clone().into_bytes();
        for (place, length, kind, piece, byte) in accidents {
            let start = place.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            match kind {
                0 => drop(bytes.splice(start..end, [byte])),
                1 => drop(bytes.drain(start..end)),
                2 => {
                    let copy = bytes[start..end].to_vec();
                    drop(bytes.splice(start..start, copy));
                }
                _ => drop(bytes.splice(start..start, piece.bytes())),
            }
        }
        bytes
    })
}

const ROWS: &str = "label,view,x,y\nred,a,0.1,2\nblue,a,-3,4e-1\nred,b,0.5,0.6\nblue,b,7,8\n";

fn check_link(text: &str) {
    let read = link::read(text);
    assert_eq!(read.config.check(), Ok(()));
    assert_eq!(link::read_strict(text).is_ok(), read.ignored.is_empty());
    assert!(read.ignored.iter().all(|error| error.to_string().len() < 1_000));
}

fn check_json(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for result in [file::from_json(bytes), file::apply(&Config::default(), &text)] {
        match result {
            Ok(config) => assert_eq!(config.check(), Ok(())),
            Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
        }
    }
}

fn check_rows(bytes: &[u8]) {
    match paired_rows::parse(bytes) {
        Ok(rows) => {
            assert!(rows.outputs.data().iter().all(|value| value.is_finite()));
            assert_eq!((rows.labels.len(), rows.places.len()), (rows.outputs.rows(), rows.outputs.rows()));
            assert!(rows.outputs.rows() >= 2 && rows.outputs.rows().is_multiple_of(2) && rows.outputs.columns() >= 1);
        }
        Err(error) => assert!(error.to_string().len() < 1_000, "{error}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_configuration_survives_a_link_and_a_file(config in configs()) {
        let hash = link::to_hash(&config);
        prop_assert_eq!(link::read_strict(&hash), Ok(config.clone()), "{}", hash);
        let address = format!("https://example.org/a?b=c#{hash}");
        prop_assert_eq!(&link::read(&address).config, &config);
        let text = file::to_json(&config);
        prop_assert_eq!(file::from_json(text.as_bytes()), Ok(config.clone()), "{}", text);
        prop_assert_eq!(file::apply(&Config::default(), &file::config_value(&config).to_string()), Ok(config));
    }

    #[test]
    fn links_never_panic(text in any::<String>(), accidents in configs().prop_flat_map(|config| mutated(link::to_hash(&config)))) {
        check_link(&text);
        check_link(&format!("#{text}&{text}=1&tau={text}"));
        check_link(&String::from_utf8_lossy(&accidents));
    }

    #[test]
    fn files_never_panic(bytes: Vec<u8>, accidents in configs().prop_flat_map(|config| mutated(file::to_json(&config)))) {
        check_json(&bytes);
        check_json(&accidents);
    }

    #[test]
    fn objects_never_panic(key in "[a-z]{1,9}", text in any::<String>(), real: f64, accidents in mutated(r#"{"tau": 0.5, "layers": [64, 64], "loss": "triplet"}"#.to_owned())) {
        check_json(format!("{{\"{key}\": {text:?}, \"tau\": {real:e}, \"dim\": {real}}}").as_bytes());
        check_json(&accidents);
    }

    #[test]
    fn tables_never_panic(bytes: Vec<u8>, accidents in mutated(ROWS.to_owned())) {
        check_rows(&bytes);
        check_rows(&accidents);
    }
}

#[test]
fn huge_and_deep_texts_are_refused_quickly() {
    let huge = "tau=1&x=2&".repeat(10_000_000);
    let read = link::read(&huge);
    assert!(read.config.check().is_ok() && !read.ignored.is_empty());
    check_link(&"%".repeat(3_000_000));
    check_link(&"&".repeat(3_000_000));
    check_link(&format!("seed={}", "9".repeat(3_000_000)));
    check_json(huge.as_bytes());
    for text in ["[", "{\"a\":", "[[1],"] {
        check_json(text.repeat(900_000 / text.len()).as_bytes());
    }
    check_json(format!("{{\"layers\": [{}1]}}", "1,".repeat(400_000)).as_bytes());
    check_rows(format!("label,view,x\n0,a,{}", "1".repeat(3_000_000)).as_bytes());
    check_rows(&b"\"".repeat(3_000_000));
    check_rows(format!("label,view{}", ",x".repeat(3_000_000)).as_bytes());
    check_rows("label,view,x\n".repeat(1_000_000).as_bytes());
}

fn run<S: AsRef<OsStr>>(arguments: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contrastive-playground")).args(arguments).output().expect("the program starts")
}

/// Runs the program and checks that it refuses the arguments, with these words on standard error.
fn refused<S: AsRef<OsStr> + std::fmt::Debug>(arguments: &[S], words: &[&str]) {
    let output = run(arguments);
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
    assert!(message.len() < 2_000, "{arguments:?}: {message}");
    for word in words {
        assert!(message.contains(word), "{arguments:?} says nothing of {word}: {message}");
    }
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bad-input-{name}"))
}

#[test]
fn flags_that_are_wrong_are_refused() {
    let long = "9".repeat(100_000);
    for (flags, words) in [
        (["--tau", "99"], &["tau", "99", "0.01", "10"][..]),
        (["--tau", "-1"], &["tau", "-1", "0.01", "10"]),
        (["--tau", "NaN"], &["tau", "NaN", "0.01", "10"]),
        (["--tau", "inf"], &["tau", "inf", "0.01", "10"]),
        (["--tau", "hot"], &["tau", "hot", "0.01", "10"]),
        (["--tau", ""], &["tau", "0.01", "10"]),
        (["--tau", &long], &["tau", "99", "64 bytes"]),
        (["--dim", "2.5"], &["dim", "2.5", "2", "16"]),
        (["--seed", "4294967296"], &["seed", "4294967296", "4294967295"]),
        (["--loss", "tripplet"], &["loss", "tripplet", "triplet, infonce"]),
        (["--layers", "1,2,3,4,5"], &["layers", "1,2,3,4,5", "0 to 4", "1 to 128"]),
        (["--layers", ""], &["layers", "0 to 4", "1 to 128"]),
        (["--taw", "1"], &["--taw", "--tau"]),
        (["--every", "0"], &["every", "1"]),
        (["--link", "#tau=99"], &["tau", "99", "0.01", "10"]),
        (["--link", "https://example.org/#zzz=1"], &["zzz", "no such parameter"]),
        (["--link", "tau=1&tau=2"], &["tau", "twice"]),
        (["--link", "%ff%fe=1"], &["\u{fffd}", "no such parameter"]),
        (["--link", "#seed=9&layers="], &["layers", "the value is missing", "cut"]),
        (["--link", "#seed=9&lang"], &["lang", "the value is missing", "cut"]),
        (["--link", "?taw=1"], &["taw", "no such parameter", "tau"]),
        (["--link", "https://example.org/?tau=99"], &["tau", "99", "0.01", "10"]),
        (["--link", "tau=1/2"], &["tau", "1/2", "0.01", "10"]),
    ] {
        let mut arguments = vec!["train", "--steps", "1", flags[0], flags[1]];
        refused(&arguments, words);
        if !["--link", "--every"].contains(&flags[0]) {
            // Without a command the flags are checked in the same way, before a window opens.
            refused(&arguments.split_off(3), words);
        }
    }
    for steps in ["-1", "1.5", "NaN", "many", "1e12"] {
        refused(&["train", "--steps", steps], &["steps", steps, "0 to 1000000000"]);
    }
    refused(&["train"], &["--steps"]);
    refused(&["evaluate", "--loss", "triplet"], &["FILE"]);
    refused(&["nonsense"], &["nonsense"]);
}

#[test]
fn one_file_for_two_purposes_is_refused() {
    let folder = path("one-file");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(&folder).expect("a folder");
    let place = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (plain, spelled, config) = (place("a.csv"), place("../bad-input-one-file/./a.csv"), place("config.json"));
    std::fs::write(&config, "{}").expect("written");
    let train = ["train", "--steps", "1", "--points", "60"];
    for (flags, words) in [
        (["--csv", &plain, "--embeddings", &plain], ["--csv", "--embeddings"]),
        (["--embeddings", &plain, "--png", &spelled], ["--embeddings", "--png"]),
        (["--config", &config, "--csv", &config], ["--config", "--csv"]),
    ] {
        refused(&[&train[..], &flags[..]].concat(), &[&words[..], &["the same file"]].concat());
        assert!(!Path::new(&plain).exists(), "{flags:?}");
    }
    assert_eq!(std::fs::read_to_string(&config).expect("text"), "{}");
}

#[cfg(unix)]
#[test]
fn flags_that_are_no_text_are_refused() {
    use std::os::unix::ffi::OsStringExt as _;
    let odd = OsString::from_vec(b"0.\xff".to_vec());
    let arguments: Vec<OsString> = ["train", "--steps", "1", "--tau"].into_iter().map(OsString::from).chain([odd]).collect();
    refused(&arguments, &["tau", "0.01", "10"]);
}

#[test]
fn config_files_that_are_wrong_are_refused() {
    let wrap = |config: &str| format!(r#"{{"format": "contrastive-playground", "version": 1, "config": {config}}}"#).into_bytes();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let cases: [(Vec<u8>, &[&str]); 18] = [
        (wrap(r#"{"tau": 99}"#), &["tau", "99", "0.01", "10"]),
        (wrap(r#"{"tau": "warm"}"#), &["tau", "warm", "0.01", "10"]),
        (wrap(r#"{"tau": "0.5"}"#), &["tau", "0.5", "0.01", "10"]),
        (wrap(r#"{"tau": null}"#), &["tau", "null", "0.01", "10"]),
        (wrap(r#"{"tau": NaN}"#), &["line 1", "JSON"]),
        (wrap(r#"{"loss": 3}"#), &["loss", "3", "triplet, infonce"]),
        (wrap(r#"{"layers": [64, "64"]}"#), &["layers", "64", "1 to 128"]),
        (wrap(r#"{"zzz": 1}"#), &["zzz", "no such parameter"]),
        (wrap(r#"{"tau": 1, "tau": 2}"#), &["tau", "twice"]),
        (wrap("[]"), &["config", "object"]),
        (wrap(&deep), &["nested"]),
        (deep.into_bytes(), &["nested"]),
        (br#"{"format": "contrastive-playground", "version": 2, "config": {}}"#.to_vec(), &["version", "2", "1"]),
        (br#"{"format": "something else", "version": 1, "config": {}}"#.to_vec(), &["format", "something else"]),
        (br#"{"format": "contrastive-playground", "version": 1, "config": {}, "more": 1}"#.to_vec(), &["more", "unknown"]),
        (b"{\"loss\": \"\xff\"}".to_vec(), &["UTF-8"]),
        (Vec::new(), &["JSON"]),
        (vec![b' '; 5_000_000], &["too large", "4000000"]),
    ];
    for (case, (bytes, words)) in cases.into_iter().enumerate() {
        let path = path(&format!("{case}.json"));
        std::fs::write(&path, bytes).expect("written");
        let path = path.to_str().expect("UTF-8");
        refused(&["train", "--steps", "1", "--config", path], &[words, &[path]].concat());
        refused(&["--config", path], words);
    }
}

#[test]
fn tables_that_are_wrong_are_refused() {
    let cases: [(Vec<u8>, &[&str]); 17] = [
        (b"label;view;x;y\n0;a;0,5;0,3\n0;b;1;2\n".to_vec(), &["line 2", "x", "0,5", "decimal point"]),
        (b"label view x\n0 a 1\n0 b 2\n".to_vec(), &["line 1", "separated by spaces", "commas"]),
        (b"label,view,x\n,a,1\n,b,3\n".to_vec(), &["line 2", "the label is empty"]),
        (b"index,label,view,x\n0,0,a,1\n1,0,b,3\n".to_vec(), &["index", "leave it out"]),
        (b"label,view,x\n#1,a,1\n#1,b,3\n".to_vec(), &["line 2", "#", "comment", "quotes"]),
        (b"\xff\xfel\0a\0".to_vec(), &["UTF-16", "UTF-8"]),
        (b"label,view,x\n0,a,1\n0,a,2\n0,b,3\n".to_vec(), &["view a", "2", "view b", "1"]),
        (b"label,view,x\n0,a,NaN\n0,b,3\n".to_vec(), &["line 2", "x", "NaN", "number"]),
        (b"label,view,x\n0,a,1\n0,b,infinity\n".to_vec(), &["line 3", "x", "infinity", "number"]),
        (b"label,view,x\n0,a,one\n0,b,3\n".to_vec(), &["line 2", "x", "one", "number"]),
        (b"label,view,x\n0,c,1\n0,b,3\n".to_vec(), &["line 2", "view", "c", "a, b"]),
        (b"label,view,x\n0,a,1,2\n0,b,3\n".to_vec(), &["line 2", "4", "3"]),
        (b"label,view,x\n0,a,1\n1,b,3\n".to_vec(), &["lines 2 and 3", "labels"]),
        (b"x,y,z\n1,2,3\n".to_vec(), &["label, view"]),
        (b"label,view,x\n".to_vec(), &["no rows"]),
        (b"label,view,x\n\xff,a,1\n".to_vec(), &["UTF-8"]),
        (Vec::new(), &["label, view"]),
    ];
    for (case, (bytes, words)) in cases.into_iter().enumerate() {
        let path = path(&format!("{case}.csv"));
        std::fs::write(&path, bytes).expect("written");
        let path = path.to_str().expect("UTF-8");
        refused(&["evaluate", "--loss", "infonce", path], &[words, &[path]].concat());
    }
    // A file of more than 100 MB, made without writing its bytes.
    let large = path("large.csv");
    std::fs::File::create(&large).and_then(|file| file.set_len(100_000_001)).expect("a hole");
    refused(&["evaluate", "--loss", "infonce", large.to_str().expect("UTF-8")], &["too large", "100000000"]);
    std::fs::remove_file(large).expect("removed");
}
