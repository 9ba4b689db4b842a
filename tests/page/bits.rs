//! The page's own module, in Chromium and in Node, trains every combination of loss, activation, optimiser and miner to the bit as the
//! native program does (`tests/bits`), as does the worker behind the page.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::page::Page;

#[path = "../bits/combinations.rs"]
mod combinations;

use combinations::{STEPS, links, wanted};

/// Trains all links with `glue`'s `train` and returns where they stand.
fn train_all(glue: &str) -> String {
    let links = serde_json::to_string(&links()).expect("texts");
    format!("{links}.map((link) => JSON.parse({glue}.train(link, {STEPS})).fingerprint)")
}

fn assert_same(found: &Value) {
    let found: Vec<&str> = found.as_array().expect("a list").iter().map(|word| word.as_str().expect("a fingerprint")).collect();
    let wrong: Vec<_> = links().into_iter().zip(found.iter().zip(wanted())).filter(|(_, (a, b))| *a != b).collect();
    assert_eq!(found.len(), wanted().len());
    assert!(wrong.is_empty(), "{} of {} runs differ: {wrong:#?}", wrong.len(), found.len());
}

#[test]
fn in_chromium() {
    let page = Page::open("#play=0");
    // The page's own instance: the module that was loaded, not another copy.
    let found = page
        .run(&format!("const glue = await import(document.querySelector('link[rel=modulepreload]').href); return {}", train_all("glue")));
    assert_same(&found);
}

#[test]
fn in_the_worker() {
    let page = Page::open("#play=0");
    let all = wanted();
    // Every seventh: each is a run of the page, with its snapshots.
    for (link, wanted) in links().iter().zip(all).step_by(7) {
        page.run(&format!("location.hash = {:?}", format!("#play=0&{link}")));
        let seed = link.rsplit('=').next().expect("a seed");
        page.wait_until(&format!("playground.state().config.seed === {seed} && playground.state().step === 0"));
        let found = page.run(&format!("return (await playground.step({STEPS})).fingerprint"));
        assert_eq!(found, wanted, "{link}");
    }
    page.assert_no_console_errors();
}

#[test]
fn in_node() {
    let dist = PathBuf::from(env::var_os("PLAYGROUND_DIST").expect("a built page: run `cargo xtask test`"));
    // Node takes a file for a module by its name.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("node");
    std::fs::create_dir_all(&folder).expect("a folder");
    std::fs::copy(dist.join("contrastive_playground.js"), folder.join("playground.mjs")).expect("the glue");
    let script = folder.join("bits.mjs");
    let module = dist.join("contrastive_playground_bg.wasm");
    let text = format!(
        "import {{ readFileSync }} from 'node:fs';\nimport * as playground from './playground.mjs';\n\
         await playground.default({{ module_or_path: readFileSync({module:?}) }});\nconsole.log(JSON.stringify({}));\n",
        train_all("playground")
    );
    std::fs::write(&script, text).expect("a script");
    let node = env::var_os("NODE").unwrap_or_else(|| "node".into());
    let output = Command::new(&node).arg(&script).output().expect("Node starts; `cargo xtask test` finds or installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same(&serde_json::from_slice(&output.stdout).expect("a list"));
}

#[test]
fn a_wrong_link_is_refused_in_words() {
    let page = Page::open("#play=0");
    let message =
        page.error_of("const glue = await import(document.querySelector('link[rel=modulepreload]').href); glue.train('#tau=99', 1)");
    assert!(["tau", "99", "0.01"].iter().all(|part| message.contains(part)), "{message}");
    for steps in ["-1", "1.5", "NaN", "1e9"] {
        let call = format!("const glue = await import(document.querySelector('link[rel=modulepreload]').href); glue.train('', {steps})");
        let message = page.error_of(&call);
        assert!(message.contains("1000000"), "{steps}: {message}");
    }
}
