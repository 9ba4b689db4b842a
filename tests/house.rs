//! Checks the shape of the house by the `use` lines of its sources: no files import one another in a circle, and imports run one way, from the
//! app down to the science and within the science from what tells of a run down to numbers.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The floors of the science, from the ground up. What stands on one imports from those below it only.
const FLOORS: &[&[&str]] = &[
    &["config", "matrix", "random"],
    &["kernels"],
    &["optimizer", "rows"],
    &["data", "network", "recipes"],
    &["views"],
    &["metrics"],
    &["report"],
    &["objective", "state"],
    &["method"],
    &["trainer"],
    &["readings"],
    &["health", "experiments"],
];

/// The rooms of the app, in the same way.
const APP: &[&[&str]] = &[&["learn"], &["drawing", "exchange", "runner"], &["cli", "app"], &["page", "main"]];

/// Every source file below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            sources(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            found.push(entry);
        }
    }
}

/// The module of a file below its crate's folder: `["trainer", "step"]`.
fn module(root: &Path, file: &Path) -> Vec<String> {
    let inside = file.strip_prefix(root).expect("below it").with_extension("");
    let mut path: Vec<String> = inside.iter().map(|part| part.to_string_lossy().into_owned()).collect();
    if path.last().is_some_and(|last| last == "mod" || last == "lib") {
        path.pop();
    }
    path
}

/// The paths that one `use` names, with its braces taken apart.
fn flattened(text: &str) -> Vec<String> {
    let Some(open) = text.find('{') else { return vec![text.to_owned()] };
    let (start, inside) = (&text[..open], text[open + 1..].trim_end().trim_end_matches('}'));
    let (mut parts, mut depth, mut part) = (Vec::new(), 0, String::new());
    for letter in inside.chars() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part);
    let named = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    named
        .flat_map(|part| flattened(&if part == "self" { start.trim_end_matches("::").to_owned() } else { format!("{start}{part}") }))
        .collect()
}

/// The modules that a file's `use` lines name, from the crate's root on. Tests may look at anything.
fn imports(source: &str, module: &[String]) -> Vec<Vec<String>> {
    let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    let mut found = Vec::new();
    for piece in source.split("\nuse ").skip(1) {
        let statement = piece.split(';').next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" ").replace(' ', "");
        for path in flattened(&statement) {
            let mut parts: Vec<&str> = path.split("::").collect();
            let mut base = module.to_vec();
            match parts[0] {
                "crate" => base.clear(),
                "super" => {}
                _ => continue,
            }
            while matches!(parts.first(), Some(&("crate" | "super"))) {
                if parts.remove(0) == "super" {
                    base.pop();
                }
            }
            base.extend(parts.into_iter().map(str::to_owned));
            found.push(base);
        }
    }
    found
}

/// Which file imports which, by their modules.
fn graph(root: &Path) -> BTreeMap<Vec<String>, BTreeSet<Vec<String>>> {
    let mut files = Vec::new();
    sources(root, &mut files);
    let modules: BTreeSet<Vec<String>> = files.iter().map(|file| module(root, file)).collect();
    let home = |path: &[String]| (0..=path.len()).rev().map(|end| path[..end].to_vec()).find(|path| modules.contains(path));
    files
        .iter()
        .map(|file| {
            let own = module(root, file);
            let source = fs::read_to_string(file).expect("a source");
            let named = imports(&source, &own);
            let targets = named.iter().filter_map(|path| home(path)).filter(|target| *target != own && !target.is_empty());
            (own.clone(), targets.collect())
        })
        .collect()
}

/// A way from a file back to itself, if there is one.
fn circle(graph: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>) -> Option<Vec<String>> {
    fn visit<'a>(
        at: &'a Vec<String>,
        graph: &'a BTreeMap<Vec<String>, BTreeSet<Vec<String>>>,
        way: &mut Vec<&'a Vec<String>>,
        done: &mut BTreeSet<&'a Vec<String>>,
    ) -> Option<Vec<String>> {
        if let Some(start) = way.iter().position(|known| *known == at) {
            return Some(way[start..].iter().map(|module| module.join("::")).collect());
        }
        if !done.contains(at) {
            way.push(at);
            for target in graph.get(at).into_iter().flatten() {
                if let Some(found) = visit(target, graph, way, done) {
                    return Some(found);
                }
            }
            way.pop();
            done.insert(at);
        }
        None
    }
    let mut done = BTreeSet::new();
    graph.keys().find_map(|start| visit(start, graph, &mut Vec::new(), &mut done))
}

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

/// Imports from a floor to one that is not below it, and rooms that stand on no floor.
fn upward(graph: &BTreeMap<Vec<String>, BTreeSet<Vec<String>>>, floors: &[&[&str]]) -> Vec<String> {
    let floor = |module: &[String]| floors.iter().position(|rooms| rooms.contains(&module[0].as_str()));
    let mut found = Vec::new();
    for (own, targets) in graph.iter().filter(|(own, _)| !own.is_empty()) {
        let Some(above) = floor(own) else {
            found.push(format!("{} stands on no floor", own.join("::")));
            continue;
        };
        for target in targets.iter().filter(|target| target[0] != own[0]) {
            if floor(target).is_none_or(|below| below >= above) {
                found.push(format!("{} imports {}", own.join("::"), target.join("::")));
            }
        }
    }
    found
}

#[test]
fn no_files_import_one_another_in_a_circle() {
    for folder in ["learn/src", "src"] {
        let graph = graph(&root(folder));
        assert!(graph.len() > 60, "the sources of {folder} are found");
        assert_eq!(circle(&graph), None, "{folder}");
    }
}

#[test]
fn imports_run_one_way() {
    assert_eq!(upward(&graph(&root("learn/src")), FLOORS), [""; 0]);
    assert_eq!(upward(&graph(&root("src")), APP), [""; 0]);
}

#[test]
fn a_circle_and_an_import_upward_would_be_found() {
    let own = |name: &str| vec![name.to_owned()];
    let mut graph = BTreeMap::from([(own("matrix"), BTreeSet::from([own("kernels")])), (own("kernels"), BTreeSet::new())]);
    assert_eq!((circle(&graph), upward(&graph, FLOORS)), (None, vec!["matrix imports kernels".to_owned()]));
    graph.insert(own("kernels"), BTreeSet::from([own("matrix")]));
    assert!(circle(&graph).is_some_and(|circle| circle.len() == 2));
    let named =
        imports("//! A file.\n\nuse super::{a::{B, c::D}, e};\nuse crate::f::g;\nuse std::fmt;\n", &["x".to_owned(), "y".to_owned()]);
    let named: Vec<String> = named.iter().map(|path| path.join("::")).collect();
    assert_eq!(named, ["x::a::B", "x::a::c::D", "x::e", "f::g"]);
}
