//! Tests the command line by running the program.
#![cfg(feature = "cli")]
#![expect(clippy::disallowed_methods, reason = "what is expected is computed apart from the code under test")]

use contrastive_playground::cli::{self, Outcome};
use contrastive_playground::exchange::file;
use contrastive_playground::exchange::link::{self, Lenient};
use contrastive_playground::learn::config::{Config, Loss, MethodName, TABLE};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_contrastive-playground")).args(arguments).output().expect("the program starts")
}

/// Runs the program, which has to succeed, and returns its standard output as JSON.
fn json(arguments: &[&str]) -> Value {
    let output = run(arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

/// Returns the path of a file that only these tests use.
fn file_named(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("command-line-{name}"))
}

fn written(name: &str, text: &str) -> String {
    let path = file_named(name);
    std::fs::write(&path, text).expect("written");
    path.to_str().expect("UTF-8").to_owned()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Returns four pairs of rows in three dimensions, made from sines like those in `golden/make.py`, with these names of the two views.
fn golden_rows([first, second]: [&str; 2]) -> Vec<String> {
    let a = |i: f64, k: f64| (1.0 + 3.0 * i + 7.0 * k).sin();
    let b = |i: f64, k: f64| a(i, k) + 0.3 * (2.0 + 5.0 * i + 11.0 * k).sin();
    let row = |view: &str, i: i32, values: &dyn Fn(f64, f64) -> f64| {
        let mut row = format!("{},{view}", i / 2);
        for k in 0..3 {
            write!(row, ",{}", values(f64::from(i), f64::from(k))).expect("into a string");
        }
        row
    };
    (0..4).map(|i| row(first, i, &a)).chain((0..4).map(|i| row(second, i, &b))).collect()
}

fn table(rows: &[String]) -> String {
    format!("label,view,x,y,z\n{}\n", rows.join("\n"))
}

#[test]
fn evaluate_meets_the_golden_numbers() {
    let rows = written("golden.csv", &table(&golden_rows(["a", "b"])));
    let swapped = written("golden-swapped.csv", &table(&golden_rows(["b", "a"])));
    let evaluate = |path: &str, flags: &str| {
        let mut arguments = vec!["evaluate", "--tau", "0.5", "--alpha", "0.2"];
        arguments.extend(flags.split(' '));
        arguments.push(path);
        json(&arguments)
    };
    let near = |value: &Value, expected: f64, what: &str| {
        let value = number(value);
        assert!((value - expected).abs() <= 1e-5 * expected.abs(), "{what}: {value}, not {expected}");
    };
    let triplet = "--loss triplet --positives labels --miner";
    for (path, flags, loss) in [
        (&rows, "--loss infonce --infonce ntxent".to_owned(), 1.095_269_04),
        (&rows, "--loss infonce --infonce onesided".to_owned(), 0.701_494_436),
        (&swapped, "--loss infonce --infonce onesided".to_owned(), 0.701_538_842),
        (&rows, "--loss infonce --infonce both".to_owned(), 0.701_516_639),
        (&rows, "--loss infonce --infonce supcon".to_owned(), 3.667_215_97),
        (&rows, "--loss infonce --positives labels".to_owned(), 3.667_215_97),
        (&rows, format!("{triplet} all --distance plain --reduction all"), 0.724_634_461),
        (&rows, format!("{triplet} all --distance plain --reduction active"), 0.891_857_798),
        (&rows, format!("{triplet} all --distance squared --reduction all"), 1.425_398_82),
        (&rows, format!("{triplet} all --distance squared --reduction active"), 1.777_120_61),
        (&rows, format!("{triplet} all --distance squared --reduction sum"), 136.838_287),
        (&rows, format!("{triplet} hard --distance plain --reduction all"), 1.991_279_58),
    ] {
        let result = evaluate(path, &flags);
        near(&result["loss"], loss, &flags);
        near(&result["metrics"]["alignment"], 0.058_950_632_8, &flags);
        near(&result["metrics"]["uniformity"], -1.016_919_81, &flags);
    }
    let plain = &evaluate(&rows, &format!("{triplet} all --distance plain"))["metrics"];
    assert_eq!([&plain["active"], &plain["mined"]], [78, 96]);
    near(&plain["active_fraction"], 78.0 / 96.0, "active fraction");
    let squared = &evaluate(&rows, &format!("{triplet} semihard --distance squared"))["metrics"];
    assert_eq!([&squared["mined"], &squared["semi_hard"], &squared["hard"], &squared["easy"]], [25, 25, 52, 19]);
    assert_eq!(squared["entropy"], Value::Null, "a softmax is none of the triplet loss's business");
}

#[test]
fn gradients_stand_in_the_files_order_and_at_right_angles_to_their_rows() {
    let rows = golden_rows(["a", "b"]);
    let order = [4, 0, 5, 6, 1, 2, 7, 3];
    let mixed: Vec<String> = order.iter().map(|row| rows[*row].clone()).collect();
    let (straight, mixed) = (written("straight.csv", &table(&rows)), written("mixed.csv", &table(&mixed)));
    for flags in [["--loss", "infonce"], ["--loss", "triplet"]] {
        let [straight, mixed] = [&straight, &mixed].map(|path| json(&["evaluate", flags[0], flags[1], path]));
        assert_eq!(straight["loss"], mixed["loss"]);
        for (place, row) in order.iter().enumerate() {
            assert_eq!(mixed["gradient"][place], straight["gradient"][*row]);
        }
        for (row, gradient) in rows.iter().zip(straight["gradient"].as_array().expect("rows")) {
            let row: Vec<f64> = row.split(',').skip(2).map(|cell| cell.parse().expect("a number")).collect();
            assert_eq!(gradient.as_array().map(Vec::len), Some(3));
            let along: f64 = row.iter().zip(gradient.as_array().expect("a row")).map(|(value, slope)| value * number(slope)).sum();
            assert!(along.abs() < 1e-6, "through the normalisation: {along}");
        }
    }
    let dot = json(&["evaluate", "--loss", "infonce", "--similarity", "dot", &straight]);
    assert_ne!(dot["gradient"], json(&["evaluate", "--loss", "infonce", &straight])["gradient"]);
}

#[test]
fn train_tells_step_loss_fingerprint_metrics_and_config() {
    let result = json(&["train", "--steps", "20", "--points", "200", "--tau", "0.1"]);
    assert_eq!(result["step"], 20);
    assert!(number(&result["loss"]) > 0.0);
    assert_eq!(result["fingerprint"].as_str().map(str::len), Some(8));
    assert!(result.get("diverged").is_none());
    for key in ["alignment", "uniformity", "knn_accuracy", "effective_rank", "gradient_norm", "entropy", "mutual_information"] {
        number(&result["metrics"][key]);
    }
    assert_eq!(result["metrics"]["eigenvalues"].as_array().map(Vec::len), Some(3));
    assert_eq!(result["metrics"]["active_fraction"], Value::Null);
    assert_eq!(result["config"].as_object().map(serde_json::Map::len), Some(TABLE.len()));
    // The shortest digits of the float, not the digits of its exact value as a double.
    assert_eq!(result["config"]["tau"].to_string(), "0.1");
    assert_eq!(result["config"]["layers"], "64,64");
    let one_line = run(&["train", "--steps", "1", "--json"]);
    assert_eq!(String::from_utf8_lossy(&one_line.stdout).lines().count(), 1);
    assert!(one_line.stderr.is_empty(), "no progress bar where nobody sees it");
}

#[test]
fn a_run_replays_however_it_is_asked_for() {
    let config = Config { loss: Loss::Triplet, alpha: 0.5, seed: 11, points: 100, ..Config::default() };
    let saved = written("saved.json", &file::to_json(&config));
    let bare = written("bare.json", &file::config_value(&config).to_string());
    let link = format!("https://example.org/play/#{}&lang=zh&theme=dark", link::to_hash(&config));
    let flags = ["--loss", "triplet", "--alpha", "0.5", "--seed", "11", "--points", "100"];
    let train = |more: &[&str]| json(&[&["train", "--steps", "30"], more].concat());
    let expected = train(&flags);
    let escaped = format!("%23{}?utm_source=letter&fbclid=1", link::to_hash(&config));
    let query = format!("https://example.org/play/?{}", link::to_hash(&config));
    for more in [
        &flags[..],
        &["--link", &link],
        &["--link", &link::to_hash(&config)],
        &["--link", &escaped],
        &["--link", &query],
        &["--config", &saved],
        &["--config", &bare],
    ] {
        assert_eq!(train(more), expected, "{more:?}");
    }
    let over = train(&["--link", &link, "--seed", "12"]);
    assert_eq!(over["config"]["seed"], 12, "a flag is stronger than the link");
    assert_ne!(over["fingerprint"], expected["fingerprint"]);
}

#[test]
fn files_are_written() {
    let [csv, embeddings, png] = ["rows.csv", "embeddings.csv", "picture.png"].map(|name| written(name, "old"));
    let flags = ["--csv", &csv, "--every", "10", "--embeddings", &embeddings, "--png", &png, "--tau", "0.1"];
    let result = json(&[&["train", "--steps", "25", "--points", "60", "--dim", "4"], &flags[..]].concat());
    let read = |path: &str| std::fs::read_to_string(path).expect("text");
    let rows: Vec<Vec<String>> = read(&csv).lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
    assert_eq!(rows.iter().map(|row| row[0].as_str()).collect::<Vec<_>>(), ["step", "10", "20", "25"]);
    assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    assert_eq!(rows[3][1].parse().ok(), result["loss"].as_f64());
    let tau = rows[0].iter().position(|name| name == "param_tau").expect("a column");
    assert!(rows[1..].iter().all(|row| row[tau] == "0.1"));
    let history = json(&["train", "--steps", "25", "--points", "60", "--every", "10"])["history"].clone();
    assert_eq!(history.as_array().expect("rows").iter().map(|row| row["step"].clone()).collect::<Vec<_>>(), [10, 20, 25]);
    number(&history[0]["alignment"]);
    let text = read(&embeddings);
    assert_eq!(text.lines().next(), Some("point,label,z1,z2,z3,z4"));
    assert_eq!(text.lines().count(), 61);
    for line in text.lines().skip(1) {
        let length: f64 = line.split(',').skip(2).map(|cell| cell.parse::<f64>().expect("a number").powi(2)).sum();
        assert!((length - 1.0).abs() < 1e-5, "{line}");
    }
    let picture = image::open(&png).expect("a picture").to_rgb8();
    assert!(picture.width() >= 512);
    assert!(picture.pixels().collect::<std::collections::HashSet<_>>().len() > 64);
}

#[test]
fn a_run_of_no_steps_leaves_the_columns_names() {
    let csv = written("no-steps.csv", "old");
    json(&["train", "--steps", "0", "--points", "60", "--csv", &csv]);
    let names = std::fs::read_to_string(&csv).expect("text");
    assert!(names.starts_with("step,loss,") && names.contains(",param_tau,") && names.lines().count() == 1, "{names}");
    json(&["train", "--steps", "1", "--points", "60", "--csv", &csv]);
    let rows = std::fs::read_to_string(&csv).expect("text");
    assert!(rows.starts_with(&names) && rows.lines().count() == 2, "{rows}");
}

#[test]
fn a_run_that_fails_to_start_leaves_its_outputs_as_they_were() {
    let folder = file_named("kept");
    std::fs::remove_dir_all(&folder).ok();
    std::fs::create_dir_all(folder.join("folder")).expect("a folder");
    let place = |name: &str| folder.join(name).to_str().expect("UTF-8").to_owned();
    let (kept, missing) = (place("kept.csv"), place("missing/picture.png"));
    std::fs::write(&kept, "old").expect("written");
    for (more, code, words) in [
        (["--tau", "99"], 2, &["tau", "0.01"][..]),
        (["--config", &place("missing.json")], 1, &["missing.json"]),
        (["--png", &missing], 1, &["picture.png", "folder", "missing"]),
        (["--png", &place("folder")], 1, &["this is a folder"]),
        (["--png", &place("new/")], 1, &["this is a folder"]),
        (["--embeddings", &place("./kept.csv")], 2, &["--csv and --embeddings are the same file"]),
    ] {
        let output = run(&[&["train", "--steps", "5", "--points", "60", "--csv", &kept], &more[..]].concat());
        let message = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{more:?}: {message}");
        assert!(output.stdout.is_empty() && words.iter().all(|word| message.contains(word)), "{more:?}: {message}");
        assert_eq!(std::fs::read_to_string(&kept).expect("text"), "old", "{more:?}");
        assert_eq!(std::fs::read_dir(&folder).expect("a folder").count(), 2, "{more:?}: nothing is left behind");
    }
}

#[test]
fn evaluate_reads_a_table_in_the_forms_of_spreadsheets_and_pandas() {
    let rows = golden_rows(["a", "b"]);
    let evaluate = |name: &str, text: &str| json(&["evaluate", "--loss", "triplet", "--positives", "labels", &written(name, text)]);
    let plain = table(&rows);
    let expected = evaluate("plain.csv", &plain);
    let index: Vec<String> = rows.iter().enumerate().map(|(place, row)| format!("{place},{row}")).collect();
    for (name, text) in [
        ("semicolons.csv", plain.replace(',', ";")),
        ("tabs.csv", plain.replace(',', "\t")),
        ("pandas.csv", format!(",label,view,x,y,z\n{}\n", index.join("\n"))),
        ("spreadsheet.csv", format!("\u{feff}{},,,,\n", plain.replace('\n', ",\n")).replace('\n', "\r\n")),
        ("notes.csv", format!("# four pairs\n\n{plain}# end\n")),
    ] {
        assert_eq!(evaluate(name, &text), expected, "{name}");
    }
}

#[test]
fn params_lists_every_key() {
    let table = json(&["params", "--json"]);
    let keys: Vec<&str> = table.as_array().expect("a list").iter().filter_map(|entry| entry["key"].as_str()).collect();
    assert_eq!(keys, TABLE.iter().map(|parameter| parameter.key).collect::<Vec<_>>());
    let text = String::from_utf8(run(&["params"]).stdout).expect("text");
    for parameter in TABLE {
        assert!(text.contains(parameter.key) && text.contains(parameter.about), "{}", parameter.key);
    }
    let help = String::from_utf8(run(&["train", "--help"]).stdout).expect("text");
    assert!(TABLE.iter().all(|parameter| help.contains(&format!("--{} ", parameter.key))), "{help}");
}

#[test]
fn a_run_that_diverges_leaves_its_last_good_state_and_exit_code_one() {
    let output = run(&["train", "--steps", "500", "--similarity", "dot", "--lr", "1", "--optimizer", "sgd", "--tau", "0.01"]);
    assert_eq!(output.status.code(), Some(1));
    let result: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(number(&result["step"]) < 500.0 && result["fingerprint"].is_string());
    assert!(result["diverged"].as_str().is_some_and(|message| message.contains("diverged")));
}

#[test]
fn a_file_that_is_not_there_is_exit_code_one() {
    let missing = file_named("missing");
    let missing = missing.to_str().expect("UTF-8");
    for arguments in [
        &["evaluate", "--loss", "triplet", missing][..],
        &["train", "--steps", "1", "--config", missing],
        &["train", "--steps", "1", "--png", "/no/such/folder/picture.png"],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{arguments:?}");
    }
}

#[test]
fn without_a_command_the_window_opens_with_what_was_given() {
    let open = |arguments: &[&str]| cli::run(std::iter::once("program").chain(arguments.iter().copied()).map(Into::into));
    let Outcome::OpenWindow(start) = open(&["--link", "#tau=99&seed=9&lang=zh", "--alpha", "0.5"]) else {
        panic!("no window");
    };
    let Lenient { config, ignored: notices, own, .. } = *start;
    assert_eq!(config, Config { seed: 9, alpha: 0.5, ..Config::default() });
    assert_eq!(notices.iter().map(|notice| notice.key.as_str()).collect::<Vec<_>>(), ["tau"]);
    assert_eq!(own, [("lang".to_owned(), "zh".to_owned())]);
    assert!(matches!(open(&["--tau", "99"]), Outcome::Exit(_)));
    let Outcome::OpenWindow(start) = open(&["--recipe", "swav"]) else { panic!("no window") };
    assert!(start.names_run, "and not the run of the last time");
    assert_eq!((start.config.method, start.config.tau), (MethodName::Swav, 0.1));
    let Outcome::OpenWindow(start) = open(&[]) else { panic!("no window") };
    assert_eq!(start.config, Config::default());
}

#[test]
fn recipes_readings_and_probes_are_on_the_command_line() {
    let recipes = run(&["recipes", "--json"]);
    let recipes: Value = serde_json::from_slice(&recipes.stdout).expect("JSON");
    let names: Vec<&str> = recipes.as_array().expect("a list").iter().map(|recipe| recipe["name"].as_str().expect("a name")).collect();
    assert!(names.len() == 15 && names.contains(&"simsiam") && names.contains(&"gan"), "{names:?}");
    let readings = run(&["params", "--readings", "--json"]);
    let readings: Value = serde_json::from_slice(&readings.stdout).expect("JSON");
    for name in names {
        let trained = run(&["train", "--steps", "2", "--points", "64", "--batch", "8", "--recipe", name, "--probe", "--json"]);
        let result: Value = serde_json::from_slice(&trained.stdout).expect("JSON");
        for key in result["readings"].as_object().expect("readings").keys() {
            let is_known = readings.as_array().expect("a list").iter().any(|reading| reading["key"] == **key);
            assert!(is_known || key.starts_with("probe_"), "{name}: {key} is documented nowhere");
        }
        assert!(result["readings"]["probe_knn_z"].is_number(), "{name}");
    }
    let refused = run(&["train", "--steps", "1", "--recipe", "simclear"]);
    let message = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(refused.status.code() == Some(2) && message.contains("simclear") && message.contains("simclr"), "{message}");
}

#[test]
fn evaluate_asks_for_the_rows_that_a_method_has() {
    let folder = std::env::temp_dir().join(format!("playground-rows-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let file = folder.join("rows.csv");
    let rows = "label,view,x,y\n0,a,1,0.2\n1,a,0,1\n0,b,0.9,0\n1,b,0.1,1\n";
    let evaluate = |method: &str, more: &str| {
        std::fs::write(&file, format!("{rows}{more}")).expect("a file");
        run(&["evaluate", "--method", method, file.to_str().expect("a path"), "--json"])
    };
    for (method, kept) in [("moco", ",queue,-1,0\n"), ("swav", ",prototype,1,1\n,prototype,-1,1\n"), ("byol", ""), ("vicreg", "")] {
        let result: Value = serde_json::from_slice(&evaluate(method, kept).stdout).expect("JSON");
        let gradient = result["gradient"].as_array().expect("a list");
        assert_eq!(gradient.len(), 4 + kept.lines().count(), "{method}: a row for each row of the file");
    }
    for (method, kept, words) in [
        ("swav", "", "no rows of view prototype: method swav takes 1 to 64"),
        ("moco", "", "no rows of view queue: method moco takes 1 to 16384"),
        ("byol", ",queue,1,1\n", "rows of view queue, which method byol does not have"),
        ("pairs", ",prototype,1,1\n", "rows of view prototype, which method pairs does not have"),
    ] {
        let refused = evaluate(method, kept);
        let message = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(2) && message.contains(words), "{method}: {message}");
    }
    std::fs::remove_dir_all(&folder).expect("the folder goes");
}

#[test]
fn inspect_says_what_evaluate_says_of_the_same_rows() {
    for flags in [&["--loss", "infonce"][..], &["--loss", "triplet"], &["--loss", "infonce", "--infonce", "dcl"]] {
        let mut arguments = vec!["inspect", "--json", "--point", "9", "--steps", "40", "--points", "64", "--batch", "12"];
        arguments.extend(flags);
        let inspected = json(&arguments);
        // The rows of the batch, from the answer alone: the anchor's and every candidate's.
        let pairs = inspected["pairs"].as_u64().expect("a number");
        let pair = inspected["pair"].as_u64().expect("a number");
        let mut rows = vec![(pair, inspected["views"][0].clone())];
        for candidate in inspected["candidates"].as_array().expect("a list") {
            rows.push((candidate["index"].as_u64().expect("a number"), candidate["embedding"].clone()));
        }
        rows.sort_by_key(|(row, _)| *row);
        assert_eq!(rows.len() as u64, 2 * pairs);
        let line = |(row, values): &(u64, Value)| {
            let values: Vec<String> = values.as_array().expect("a row").iter().map(Value::to_string).collect();
            // Positives are views: each pair has a label of its own.
            format!("{},{},{}", row % pairs, if *row < pairs { "a" } else { "b" }, values.join(","))
        };
        let rows: Vec<String> = rows.iter().map(line).collect();
        let file = written("inspected.csv", &table(&rows));
        let mut arguments = vec!["evaluate", "--json", file.as_str()];
        arguments.extend(flags);
        let evaluated = json(&arguments);
        assert!((number(&evaluated["loss"]) - number(&inspected["batch_loss"])).abs() < 1e-5, "{flags:?}");
        for axis in 0..3 {
            let slope = number(&evaluated["gradient"][pair as usize][axis]);
            let [sum, pull, push] = ["sum", "pull", "push"].map(|key| number(&inspected[key][axis]));
            assert!((sum + slope).abs() < 1e-5, "{flags:?}: {sum} and {slope}");
            assert!((pull + push - sum).abs() < 1e-5, "{flags:?}");
        }
    }
    for (point, words) in [("64", "0 to 63"), ("-1", "0 to 63"), ("diamond", "0 to 63")] {
        let output = run(&["inspect", "--point", point, "--points", "64"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains("point") && said.contains(words), "{said}");
    }
    assert_eq!(run(&["inspect"]).status.code(), Some(2), "a point has to be named");
}

#[test]
fn train_names_the_alarms_that_are_up() {
    let quiet = json(&["train", "--steps", "150", "--json"]);
    assert_eq!(quiet["alarms"], Value::Array(Vec::new()));
    let collapsed = json(&["train", "--steps", "600", "--json", "--loss", "triplet", "--miner", "hard"]);
    let named: Vec<&str> = collapsed["alarms"].as_array().expect("a list").iter().map(|name| name.as_str().expect("a name")).collect();
    assert!(named.contains(&"collapsed"), "{named:?}");
}

#[test]
fn an_experiment_is_checked_on_the_command_line() {
    let listed = run(&["experiments", "--json"]);
    let listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    let names = listed.as_array().expect("a list").iter().map(|experiment| experiment["name"].as_str().expect("a name"));
    assert!(names.clone().any(|name| name == "no-uniformity"), "{names:?}");
    let checked = run(&["experiments", "no-uniformity", "--check", "--seeds", "1", "--json"]);
    assert!(checked.status.success());
    let checked: Value = serde_json::from_slice(&checked.stdout).expect("JSON");
    let checked = &checked[0]["checked"];
    let figures = &checked["found"][0]["figures"];
    assert!(figures[0].as_f64().expect("a number") > -0.05 && figures[1].as_f64().expect("a number") < -1.7, "{figures}");
    assert_eq!((&checked["holds"], &checked["failed"]), (&Value::Bool(true), &Value::Array(Vec::new())));
    let other = json(&["experiments", "no-uniformity", "--check", "--seeds", "1", "--seeds-from", "7", "--json"]);
    assert_eq!(other[0]["checked"]["found"][0]["seed"], 7);
    assert_ne!(&other[0]["checked"]["found"][0]["figures"], figures, "another seed is another run");
    let lines = run(&["experiments", "recipe.alignuniform.try", "--check", "--seeds", "1"]);
    let lines = String::from_utf8_lossy(&lines.stdout).into_owned();
    assert!(lines.starts_with("yes  no-uniformity: ") && lines.ends_with("\n1 of 1 hold.\n"), "{lines}");
    assert!(lines.lines().any(|line| line.starts_with("    a") && line.ends_with("--steps 800 --loss alignuniform --weight 0")), "{lines}");
    let refused = run(&["experiments", "no-such-thing"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("experiment = \"no-such-thing\": it takes one of simplex, noise"));
}
