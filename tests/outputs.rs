//! What a run without a window leaves behind, however it ends.
#![cfg(all(unix, feature = "cli"))]

use serde_json::Value;
use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A small run, but for its steps.
const SMALL: [&str; 7] = ["train", "--points", "60", "--batch", "8", "--every", "10"];
/// How long something may take to come true before it counts as never.
const NEVER_AFTER: Duration = Duration::from_mins(2);

fn program() -> Command {
    Command::new(env!("CARGO_BIN_EXE_contrastive-playground"))
}

/// An empty folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("outputs-{name}"));
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The file beside `rows.csv` that holds its rows so far.
fn part(folder: &Path) -> Option<PathBuf> {
    let is_part = |name: &String| name.starts_with(".rows.csv.") && Path::new(name).extension().is_some_and(|ending| ending == "part");
    names(folder).into_iter().find(is_part).map(|name| folder.join(name))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("text")
}

/// A run of a billion steps into `rows.csv` that has written some rows.
fn long_run(folder: &Path, more: &[&str]) -> Child {
    let mut command = program();
    command.args(SMALL).args(["--steps", "1000000000", "--csv"]).arg(folder.join("rows.csv")).args(more);
    let mut run = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
    let start = Instant::now();
    while part(folder).is_none_or(|part| read(&part).lines().count() <= 3) {
        if start.elapsed() > NEVER_AFTER {
            run.kill().ok();
            panic!("no rows in {:?}", names(folder));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    run
}

/// Sends these signals, one behind the other.
fn send(signals: &[&str], run: &Child) {
    for signal in signals {
        let sent = Command::new("kill").arg(format!("-{signal}")).arg(run.id().to_string()).status().expect("kill runs");
        assert!(sent.success(), "{signal}");
    }
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// The step of a table's last row.
fn last_step(table: &str) -> Option<u64> {
    table.lines().last()?.split(',').next()?.parse().ok()
}

#[test]
fn a_signal_ends_a_run_and_leaves_its_results_as_of_the_last_step() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let folder = folder(signal);
        fs::write(folder.join("rows.csv"), "old").expect("written");
        let [embeddings, picture] = ["z.csv", "z.png"].map(|name| folder.join(name).to_str().expect("UTF-8").to_owned());
        let run = long_run(&folder, &["--embeddings", &embeddings, "--png", &picture]);
        let meanwhile = read(&folder.join("rows.csv"));
        send(&[signal], &run);
        let output = run.wait_with_output().expect("an end");
        assert_eq!(meanwhile, "old", "only a complete file takes the name asked for");
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{message}");
        let result = json(&output);
        let step = result["step"].as_u64().expect("a step");
        assert!(message.contains(&format!("interrupted after step {step}")), "{message}");
        assert_eq!(last_step(&read(&folder.join("rows.csv"))), Some(step));
        assert_eq!(names(&folder), ["rows.csv", "z.csv", "z.png"], "no temporary file is left");
        assert_eq!(read(&folder.join("z.csv")).lines().count(), 61);
        let again = program().args(SMALL).args(["--steps", &step.to_string()]).output().expect("the program starts");
        assert_eq!(json(&again)["fingerprint"], result["fingerprint"], "it is the run of so many steps");
    }
}

#[test]
fn a_second_signal_ends_the_program_at_once() {
    let folder = folder("twice");
    let run = long_run(&folder, &[]);
    // Both come before the program can do anything.
    send(&["STOP", "INT", "TERM", "CONT"], &run);
    let output = run.wait_with_output().expect("an end");
    assert!(output.status.signal().is_some_and(|signal| [2, 15].contains(&signal)), "{:?}", output.status);
    assert!(output.stdout.is_empty());
}

#[test]
fn what_cannot_take_its_place_stays_beside_it_and_the_result_is_printed() {
    let folder = folder("taken");
    let run = long_run(&folder, &[]);
    fs::create_dir(folder.join("rows.csv")).expect("a folder");
    send(&["INT"], &run);
    let output = run.wait_with_output().expect("an end");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{message}");
    let part = part(&folder).expect("the rows");
    assert!(message.contains(&*part.file_name().expect("a name").to_string_lossy()), "{message}");
    assert_eq!(last_step(&read(&part)), json(&output)["step"].as_u64());
}

/// A short run with these outputs, which has to go well.
fn short_run(flags: &[&str]) -> Output {
    let output = program().args(SMALL).args(["--steps", "25", "--json"]).args(flags).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn outputs_have_the_usual_permissions_or_those_of_the_file_they_replace() {
    let folder = folder("permissions");
    let mode = |name: &str| fs::metadata(folder.join(name)).expect("a file").permissions().mode() & 0o777;
    File::create(folder.join("usual")).expect("a file");
    fs::write(folder.join("old.csv"), "old").expect("written");
    fs::set_permissions(folder.join("old.csv"), fs::Permissions::from_mode(0o600)).expect("permissions");
    let [new, old] = ["new.csv", "old.csv"].map(|name| folder.join(name).to_str().expect("UTF-8").to_owned());
    short_run(&["--csv", &new, "--embeddings", &old]);
    assert_eq!((mode("new.csv"), mode("old.csv")), (mode("usual"), 0o600));
    assert_eq!(read(&folder.join("old.csv")).lines().count(), 61);
}

#[test]
fn a_link_stays_a_link_and_its_file_is_replaced() {
    let folder = folder("links");
    fs::create_dir(folder.join("elsewhere")).expect("a folder");
    fs::write(folder.join("elsewhere/old.csv"), "old").expect("written");
    for name in ["old.csv", "new.csv"] {
        symlink(Path::new("elsewhere").join(name), folder.join(name)).expect("a link");
        short_run(&["--csv", folder.join(name).to_str().expect("UTF-8")]);
        assert!(fs::symlink_metadata(folder.join(name)).expect("a link").is_symlink(), "{name}");
        assert_eq!(last_step(&read(&folder.join("elsewhere").join(name))), Some(25), "{name}");
    }
    assert_eq!(names(&folder.join("elsewhere")), ["new.csv", "old.csv"]);
}

#[test]
fn a_link_to_another_output_is_that_output() {
    let folder = folder("same");
    symlink("new.csv", folder.join("link.csv")).expect("a link");
    let [link, new] = ["link.csv", "new.csv"].map(|name| folder.join(name).to_str().expect("UTF-8").to_owned());
    let output = program().args(SMALL).args(["--steps", "25", "--csv", &link, "--png", &new]).output().expect("the program starts");
    let message = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{message}");
    assert!(message.contains("--csv and --png are the same file"), "{message}");
    assert_eq!(names(&folder), ["link.csv"]);
}

#[test]
fn pipes_and_standard_output_are_written_as_they_are() {
    let folder = folder("pipes");
    let pipe = folder.join("rows.csv");
    assert!(Command::new("mkfifo").arg(&pipe).status().expect("mkfifo runs").success());
    let reader = std::thread::spawn({
        let pipe = pipe.clone();
        move || read(&pipe)
    });
    short_run(&["--csv", pipe.to_str().expect("UTF-8")]);
    assert_eq!(last_step(&reader.join().expect("the rows")), Some(25));
    assert!(fs::metadata(&pipe).expect("a pipe").file_type().is_fifo());

    // Standard output can be a file that others have opened: it holds the rows and then the result.
    let everything = folder.join("everything.txt");
    let output = File::create(&everything).expect("a file");
    let mut command = program();
    command.args(SMALL).args(["--steps", "25", "--json", "--csv", "/dev/stdout"]);
    assert!(command.stdout(output).status().expect("the program starts").success());
    let text = read(&everything);
    let (rows, result) = text.trim_end().rsplit_once('\n').expect("lines");
    assert!(rows.starts_with("step,loss,"), "{text}");
    assert_eq!(last_step(rows), Some(25));
    assert_eq!(serde_json::from_str::<Value>(result).expect("JSON")["step"], 25);
}

#[test]
fn the_embeddings_say_each_points_cosine_with_a_pinned_anchor() {
    let folder = folder("anchor");
    let file = folder.join("embeddings.csv");
    let path = file.to_string_lossy().into_owned();
    let output = program()
        .args(["train", "--steps", "5", "--points", "40", "--batch", "8", "--anchor", "7", "--embeddings", &path])
        .output()
        .expect("it starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = fs::read_to_string(&file).expect("a table");
    let rows: Vec<Vec<&str>> = text.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!(rows[0], ["point", "label", "z1", "z2", "z3", "anchor", "cosine_to_anchor"]);
    let anchors: Vec<&str> = rows[1..].iter().filter(|row| row[5] == "1").map(|row| row[0]).collect();
    assert_eq!(anchors, ["7"]);
    assert!(rows[1..].iter().all(|row| row[6].parse::<f32>().is_ok_and(|cosine| cosine.abs() <= 1.000_1)));
    let refused = program().args(["train", "--steps", "1", "--points", "40", "--anchor", "40"]).output().expect("it starts");
    assert!(!refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("0 to 39"));
}
