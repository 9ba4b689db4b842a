//! Points of one's own: a run that goes on with other points, in the library and on the command line.

use contrastive_playground::exchange::{file, link};
use contrastive_playground::learn::config::{Data, MethodName, Norm, OwnPoints, Positives, Problem};
use contrastive_playground::learn::trainer::Weights;
use contrastive_playground::learn::{Config, Trainer};
use std::path::Path;
use std::process::{Command, Output};

/// Three clusters of four points each, the last so many of them left out.
fn clusters(without: usize) -> OwnPoints {
    let mut coordinates = Vec::new();
    for (x, y) in [(2.0, 0.0), (-1.0, 1.7), (-1.0, -1.7)] {
        for (dx, dy) in [(0.1, 0.0), (-0.1, 0.1), (0.0, -0.2), (0.2, 0.2)] {
            coordinates.extend([x + dx, y + dy]);
        }
    }
    let labels: Vec<u8> = (0..12).map(|point| point / 4).collect();
    let points = OwnPoints::new(2, &coordinates, &labels).expect("valid");
    points.without(|point| point >= 12 - without)
}

fn config() -> Config {
    Config { data: Data::Own, own: clusters(0), batch: 8, ..Config::default() }
}

#[test]
fn a_run_learns_from_them_and_a_link_and_a_file_give_the_same_run() {
    let mut trainer = Trainer::new(config()).expect("valid");
    for _ in 0..200 {
        trainer.step().expect("sound");
    }
    let snapshot = trainer.snapshot();
    assert_eq!((snapshot.embeddings.len(), trainer.scene().classes), (12 * snapshot.dim, 3));
    assert!(snapshot.accuracy.is_some_and(|accuracy| (0.0..=1.0).contains(&accuracy)));
    assert!(trainer.probe()[0].class.is_some());
    for read in [
        link::read_strict(&link::to_hash(&config())).expect("a link"),
        file::from_json(file::to_json(&config()).as_bytes()).expect("a file"),
    ] {
        assert_eq!(read, config());
        let mut again = Trainer::new(read).expect("valid");
        for _ in 0..200 {
            again.step().expect("sound");
        }
        assert_eq!(again.fingerprint(), trainer.fingerprint());
    }
}

#[test]
fn the_weights_stay_while_points_come_go_and_move() {
    for method in MethodName::ALL {
        let config = Config { method: *method, queue: 64, norm: Norm::Hidden, ..config() };
        let mut trainer = Trainer::new(config.clone()).expect("valid");
        trainer.pin(Some(11));
        let mut is_gone = false;
        let edits = [
            clusters(0).with(&[0.5, 0.5, 0.6, 0.4], &[7, 7]),
            Ok(clusters(8)),
            Ok(clusters(0).with_moved(3, &[-2.0, 2.0])),
            Ok(clusters(10)),
        ];
        for own in edits {
            for _ in 0..5 {
                trainer.step().expect("sound");
            }
            let (steps, weights) = (trainer.steps(), trainer.fingerprint());
            let own = own.expect("valid");
            let restarted = trainer.configure(Config { own: own.clone(), ..config.clone() }, Weights::Keep).expect("valid");
            // A method that keeps a row for each point starts again where their number changes.
            assert!(!restarted || *method == MethodName::DeepCluster, "{method:?}");
            if !restarted {
                assert_eq!((trainer.steps(), trainer.fingerprint()), (steps, weights), "{method:?}");
            }
            let snapshot = trainer.snapshot();
            assert_eq!(snapshot.embeddings.len(), own.len() * snapshot.dim, "{method:?}");
            is_gone |= own.len() <= 11;
            assert_eq!(snapshot.reasons.is_some(), !is_gone, "{method:?}: the pinned point may be gone");
            assert!(trainer.next_step().is_some_and(|walk| walk.points.iter().all(|point| (*point as usize) < own.len())), "{method:?}");
        }
        trainer.step().expect("sound");
    }
}

#[test]
fn the_same_edits_at_the_same_steps_are_the_same_run() {
    let run = || {
        let mut trainer = Trainer::new(Config { positives: Positives::Labels, ..config() }).expect("valid");
        for edit in 0..4 {
            for _ in 0..7 {
                trainer.step().expect("sound");
            }
            let config = Config { own: clusters(2 * edit), ..trainer.config().clone() };
            trainer.configure(config, Weights::Keep).expect("valid");
        }
        trainer.fingerprint()
    };
    assert_eq!(run(), run());
}

#[test]
fn however_often_a_point_is_moved_at_one_step_there_is_one_mark() {
    let mut trainer = Trainer::new(config()).expect("valid");
    trainer.step().expect("sound");
    for place in 1..=4 {
        let own = clusters(0).with_moved(0, &[0.1 * place as f32, 0.0]);
        trainer.configure_in_gesture(Config { own, ..config() }, Weights::Keep, Some(1)).expect("valid");
        let marks = trainer.snapshot().past.marks;
        assert_eq!(marks.iter().map(|mark| mark.key.as_str()).collect::<Vec<_>>(), ["own"], "move {place}");
    }
}

#[test]
fn another_dimension_starts_again_and_too_few_points_are_refused() {
    let mut trainer = Trainer::new(config()).expect("valid");
    trainer.step().expect("sound");
    let flat = OwnPoints::new(3, &[0.0, 1.0, 2.0, 2.0, 1.0, 0.0, 1.0, 1.0, -1.0], &[0, 1, 2]).expect("valid");
    assert_eq!(trainer.configure(Config { own: flat, ..config() }, Weights::Keep), Ok(true));
    assert_eq!((trainer.steps(), trainer.scene().input_dimension), (0, 3));
    let refused = Trainer::new(Config { own: clusters(11), ..config() }).expect_err("one point");
    assert_eq!((refused.key.as_str(), refused.problem), ("own", Problem::TooFewPoints));
    let lenient = link::read("#data=own&seed=9");
    assert_eq!((lenient.config.data, lenient.config.seed, lenient.ignored.len()), (Data::Blobs, 9, 1));
    let wrong = link::read("#data=own&own=1,2,0~1,2");
    assert_eq!(wrong.ignored[0].problem, Problem::NotPoint { number: 2 });
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contrastive-playground")).args(arguments).output().expect("the program starts")
}

#[test]
fn the_command_line_reads_a_table_and_names_what_is_wrong_with_it() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-points");
    std::fs::create_dir_all(&folder).expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).expect("a file");
        path.to_string_lossy().into_owned()
    };
    let good = write("good.csv", "x,y,label\n1,0,a\n0.9,0.1,a\n-1,0,b\n-0.8,0.2,b\n");
    let output = run(&["train", "--steps", "20", "--batch", "4", "--data-file", &good, "--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let result: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&result["config"]["data"], &result["config"]["own"]), (&"own".into(), &"1,0,0~0.9,0.1,0~-1,0,1~-0.8,0.2,1".into()));
    let bad = write("bad.csv", "x,y,label\n1,0,a\n0.9,oops,a\n");
    for (arguments, said) in [
        (vec!["--data-file", bad.as_str()], "bad.csv: line 3, column y: \"oops\" is not a number"),
        (vec!["--data-file", "/nowhere.csv"], "/nowhere.csv"),
        (vec!["--data", "own"], "at least 2 points of one's own"),
        (vec!["--data", "own", "--own", "1,2,0"], "at least 2 points of one's own"),
    ] {
        let output = run(&[&["train", "--steps", "1"][..], &arguments].concat());
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && message.contains(said), "{arguments:?}: {message}");
    }
}
