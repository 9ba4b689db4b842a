//! What the page does while the worker is busy, and when it is lost.

use serde_json::json;

use crate::page::Page;

/// Has the page remember its workers, so that a test can end them as a system does that needs their memory.
const REMEMBER_WORKERS: &str = "const Real = Worker;
    globalThis.workers = [];
    globalThis.Worker = class extends Real { constructor(...of) { super(...of); workers.push(this); } };";

#[test]
fn a_long_probe_is_waited_for_and_says_what_it_finds() {
    let page = Page::open("#data=shapes&points=10000&size=16&layers=128,128&head=mlp&dim=16&head_dim=16&batch=64&play=0");
    page.run("await playground.step(5)");
    let fingerprint = page.run("return playground.state().fingerprint");
    let found = page.run("return await playground.probe()");
    assert!(["x", "h", "z"].iter().all(|space| found[format!("probe_class_{space}")].is_number()), "{found}");
    assert_eq!(page.run("return [playground.state().step, playground.state().fingerprint]"), json!([5, fingerprint]), "nothing was lost");
    page.assert_no_console_errors();
}

#[test]
fn a_page_that_is_full_of_its_own_work_does_not_take_the_worker_for_lost() {
    let page = Page::open("#play=0");
    page.run("await playground.step(20)");
    // Ten seconds in which each frame takes 300 ms, and a step is asked for in each.
    let steps = page.run(
        "const steps = [];
         const end = performance.now() + 10_000;
         while (performance.now() < end) {
             steps.push(playground.step(1));
             const busy = performance.now() + 300;
             while (performance.now() < busy);
             await new Promise(requestAnimationFrame);
         }
         await Promise.all(steps);
         return [steps.length, playground.state().step]",
    );
    let (asked, step) = (steps[0].as_u64().expect("a number"), steps[1].as_u64().expect("a number"));
    assert!(asked > 15 && step == 20 + asked, "{steps}");
    page.assert_no_console_errors();
}

#[test]
fn a_run_whose_worker_dies_starts_again_with_what_was_asked_of_it() {
    let page = Page::unopened();
    page.driver.run_before_load(REMEMBER_WORKERS);
    page.load("#play=0&seed=11");
    page.run("await playground.step(7)");
    let fingerprint = page.run("return playground.state().fingerprint");
    // While it has nothing to do: nothing tells of its end but its silence.
    page.run("workers.at(-1).terminate()");
    let step = page.run("return (await playground.step(7)).step");
    assert_eq!(step, 7, "the job was done by another worker, from the start");
    assert_eq!(page.run("return playground.state().fingerprint"), fingerprint);
    assert_eq!(page.run("return workers.length"), 2);
    // With its last word, in the midst of a job.
    page.run(
        "globalThis.job = playground.step(200);
         workers.at(-1).dispatchEvent(new ErrorEvent('error'));",
    );
    assert_eq!(page.run("return (await job).step"), 200);
    assert_eq!(page.run("return workers.length"), 3);
    assert_eq!(page.config("seed"), "11");
}
