//! The same link is the same run, bit for bit, in the page and in the command line.

use std::process::Command;

use serde_json::Value;

use crate::page::Page;

/// Three runs that have as little as possible in common.
const LINKS: [&str; 3] = [
    "#seed=7",
    "#loss=triplet&alpha=0.5&data=moons&miner=semihard&dim=2&seed=9",
    "#infonce=supcon&positives=labels&tau=0.1&layers=32,32,16&activation=gelu&optimizer=adamw&dim=8&batch=64&seed=21",
];

/// How long the runs are.
const STEPS: u32 = 200;

#[test]
fn the_page_and_the_command_line_agree_to_the_bit() {
    let page = Page::unopened();
    for link in LINKS {
        page.load(link);
        let in_page = page.run(&format!(
            "playground.pause(); await playground.reset(); const {{ step, fingerprint }} = await playground.step({STEPS}); return {{ step, fingerprint }}"
        ));
        assert_eq!(in_page["step"], STEPS, "{link}");
        assert_eq!(in_page["fingerprint"], native(link)["fingerprint"], "{link}");
    }
    page.assert_no_console_errors();
}

/// The same run without a window.
fn native(link: &str) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_contrastive-playground"))
        .args(["train", "--link", link, "--steps", &STEPS.to_string(), "--json"])
        .output()
        .expect("the program starts");
    assert!(output.status.success(), "{link}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("train --json prints JSON")
}
