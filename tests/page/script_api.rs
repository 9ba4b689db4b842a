//! `window.playground`, as docs/embedding.md documents it.

use serde_json::json;

use crate::page::Page;

#[test]
fn set_and_config_agree() {
    let page = Page::open("");
    page.run(r#"playground.set({ loss: "triplet", alpha: 0.75, layers: [32, 16], seed: 11 })"#);
    page.wait_until(r#"playground.config().loss === "triplet""#);
    for (key, value) in [("loss", "triplet"), ("alpha", "0.75"), ("layers", "32,16"), ("seed", "11")] {
        assert_eq!(page.config(key), value, "{key}");
    }
    page.wait_until(r#"location.hash.includes("loss=triplet") && location.hash.includes("alpha=0.75")"#);
    page.assert_no_console_errors();
}

#[test]
fn a_bad_value_is_refused_whole_with_key_value_and_range() {
    let page = Page::open("");
    let before = page.run("return playground.config()");
    for (values, words) in [
        ("{ tau: 99 }", &["tau", "99", "0.01", "10"][..]),
        ("{ tau: NaN }", &["tau", "NaN"]),
        ("{ tau: -Infinity }", &["tau", "-Infinity"]),
        ("{ tau: 'warm' }", &["tau", "warm"]),
        ("{ tau: undefined }", &["tau", "undefined"]),
        ("{ tau: { deep: [[[1]]] } }", &["tau"]),
        ("{ loss: 'nonsense' }", &["loss", "nonsense", "triplet", "infonce"]),
        ("{ layers: [64, 100000] }", &["layers", "100000", "128"]),
        ("{ zzz: 1 }", &["zzz"]),
        ("{ alpha: 0.5, tau: 99 }", &["tau", "99"]),
        ("3", &["3", "object"]),
        ("null", &["null", "object"]),
    ] {
        let message = page.error_of(&format!("playground.set({values})"));
        for word in words {
            assert!(message.contains(word), "set({values}) says nothing of {word}: {message}");
        }
        assert!(!message.starts_with("not an Error"), "{message}");
    }
    assert_eq!(page.run("return playground.config()"), before, "a refused value changes nothing");
    page.wait_until("playground.state().step > 0");
    page.assert_no_console_errors();
}

#[test]
fn what_is_no_plain_object_of_plain_values_is_refused_by_name() {
    let page = Page::open("#play=0");
    let before = page.run("return playground.config()");
    for (values, words) in [
        ("new Map([['tau', 0.5]])", &["a Map", "object of keys and values"][..]),
        ("new Set(['tau'])", &["a Set", "object of keys and values"]),
        ("new Date()", &["a Date", "object of keys and values"]),
        ("[0.5]", &["a list", "object of keys and values"]),
        ("undefined", &["undefined", "object of keys and values"]),
        ("() => 1", &["a function", "object of keys and values"]),
        ("Object.create({ tau: 0.5 })", &["inherits", "object of keys and values"]),
        ("new (class Settings { tau = 0.5 })()", &["a Settings", "object of keys and values"]),
        ("{ [Symbol('tau')]: 0.5 }", &["Symbol(tau)", "object of keys and values"]),
        ("Object.defineProperty({}, 'tau', { value: 0.5 })", &["tau", "enumerated"]),
        ("{ get tau() { throw 'too warm' } }", &["tau", "too warm", "plain value"]),
        ("{ get tau() { throw new Error('too warm') } }", &["tau", "too warm", "plain value"]),
        ("{ tau: null }", &["tau", "null", "0.01", "10"]),
        ("{ tau: new Map() }", &["tau", "a Map", "0.01", "10"]),
        ("{ tau: new Number(1) }", &["tau", "a Number", "0.01", "10"]),
        ("{ tau: Symbol('warm') }", &["tau", "Symbol(warm)", "0.01", "10"]),
        ("{ tau: () => 1 }", &["tau", "a function", "0.01", "10"]),
        ("{ tau: [0.5] }", &["tau", "a list", "0.01", "10"]),
        ("{ layers: [32, , 16] }", &["layers", "item 1 is missing"]),
        ("{ layers: [32, [16]] }", &["layers", "item 1 is a list"]),
        ("{ layers: [NaN] }", &["layers", "item 0 is NaN"]),
        ("{ layers: new Float32Array([32, 16.5]) }", &["layers", "item 1 is 16.5"]),
        ("{ layers: new Array(4e9) }", &["layers", "4000000000 items"]),
        ("{ layers: new Uint8Array(2).buffer }", &["layers", "an ArrayBuffer"]),
        ("{ toJSON: () => ({ tau: 0.5 }) }", &["toJSON"]),
        ("JSON.parse('{\"__proto__\": 1}')", &["__proto__"]),
    ] {
        let message = page.error_of(&format!("playground.set({values})"));
        for word in words {
            assert!(message.contains(word), "set({values}) says nothing of {word}: {message}");
        }
        assert!(!message.starts_with("not an Error"), "{message}");
    }
    assert_eq!(page.run("return playground.config()"), before, "a refused value changes nothing");
    page.run("playground.set(Object.assign(Object.create(null), { layers: new Uint16Array([32, 16]), seed: 5n }))");
    assert_eq!((page.config("layers"), page.config("seed")), ("32,16".to_owned(), "5".to_owned()));
    page.assert_no_console_errors();
}

#[test]
fn a_paused_run_takes_exactly_the_steps_asked_for() {
    let page = Page::open("");
    page.run("playground.pause()");
    page.wait_until("playground.state().running === false");
    let step = page.step();
    assert_eq!(page.run("return (await playground.step(10)).step"), json!(step + 10));
    assert_eq!(page.run("return (await playground.step()).step"), json!(step + 11), "without a number it is one step");
    page.wait_for_frames();
    assert_eq!(page.step(), step + 11, "nothing goes on by itself");
    for bad in ["0", "-1", "1.5", "NaN", "'ten'", "1e12"] {
        let message = page.error_of(&format!("await playground.step({bad})"));
        assert!(message.contains("whole number"), "{bad}: {message}");
    }
    page.run("playground.play()");
    page.wait_until(&format!("playground.state().step > {step} + 11"));
}

#[test]
fn state_and_embeddings_tell_of_the_run() {
    let page = Page::open("");
    page.run("playground.pause(); await playground.reset(); await playground.step(5)");
    let state = page.run("return playground.state()");
    assert_eq!(state["step"], 5, "{state}");
    assert!(state["loss"].is_number() && state["metrics"].is_object(), "{state}");
    assert!(state["fingerprint"].as_str().is_some_and(|text| !text.is_empty()), "{state}");
    assert_eq!(state["dim"], 3, "{state}");
    let facts = page.run(
        "const { dim } = playground.state();
         const rows = playground.embeddings();
         const norms = Array.from({ length: rows.length / dim }, (_, i) => Math.hypot(...rows.subarray(i * dim, (i + 1) * dim)));
         return { isFloats: rows instanceof Float32Array, rows: norms.length, areUnit: norms.every((norm) => Math.abs(norm - 1) < 1e-4) }",
    );
    assert_eq!(facts["isFloats"], true);
    assert_eq!(facts["areUnit"], true, "every row lies on the unit sphere");
    assert!(facts["rows"].as_u64().is_some_and(|rows| rows >= 100), "{facts}");
}

#[test]
fn a_live_change_to_the_largest_batch_shows_the_loss_under_it_and_never_another() {
    let page = Page::open("#batch=4096&play=0");
    page.run("await playground.step(2)");
    let found = page.run(
        "const settings = new Map([[playground.state().loss, 'before']]);
         const settled = async (tau) => {
            playground.set({ tau });
            for (;;) {
                const { config, pending, loss, step } = playground.state();
                if (pending) throw new Error('nothing is ever pending');
                if (config.tau === tau && settings.get(loss) === undefined) settings.set(loss, tau);
                if (config.tau === tau) return { loss, step, of: settings.get(loss) };
                await new Promise((resolve) => setTimeout(resolve, 1));
            }
         };
         return [await settled(0.5), await settled(1), await settled(0.5)]",
    );
    assert_eq!(found[0]["step"], 2);
    assert_eq!(found[0]["loss"], found[2]["loss"]);
    assert_ne!(found[0]["loss"], found[1]["loss"]);
    // With the setting comes its own loss, not that of the setting before.
    assert_eq!([&found[0]["of"], &found[1]["of"], &found[2]["of"]], [&json!(0.5), &json!(1), &json!(0.5)], "{found}");
}

#[test]
fn calls_are_done_in_their_order_and_each_reply_is_the_state_after_its_own() {
    let page = Page::open("#play=0");
    let steps = page.run(
        "const calls = [playground.step(1), playground.step(1), playground.reset(), playground.step(5)];
         return (await Promise.all(calls)).map((state) => state.step)",
    );
    assert_eq!(steps, json!([1, 2, 0, 5]));
    // A change between two calls is a change between them: the same as one after the other.
    let prints = page.run(
        "const print = async (waits) => {
            await playground.reset();
            playground.set({ tau: 0.2 });
            const first = playground.step(4);
            if (waits) await first;
            playground.set({ tau: 0.9 });
            return (await playground.step(4)).fingerprint;
         };
         return [await print(true), await print(false)]",
    );
    assert_eq!(prints[0], prints[1], "{prints}");
    page.assert_no_console_errors();
}

#[test]
fn a_call_that_another_one_cancels_rejects() {
    let page = Page::open("#play=0");
    let message = page.error_of("const call = playground.step(1000000); playground.pause(); await call");
    assert!(message.contains("cancelled"), "{message}");
    assert_eq!(page.run("return (await playground.step(1)).step > 0"), true, "and the next is done");
}

#[test]
fn calls_are_answered_while_frames_are_stopped() {
    let page = Page::open("#play=0");
    // As in a hidden tab, or a frame below the fold: what is asked for is not drawn.
    page.run("window.requestAnimationFrame = () => 0; await new Promise((resolve) => setTimeout(resolve, 400))");
    let found = page.run(
        "const { step } = await playground.step(3);
         playground.set({ tau: 0.7 });
         const after = await playground.step(2);
         return [step, after.step, after.config.tau, (await playground.reset()).step]",
    );
    assert_eq!(found, json!([3, 5, 0.7, 0]));
}

#[test]
fn two_hundred_changes_in_a_row_are_one() {
    let page = Page::open("#batch=4096&play=0");
    page.run("for (let i = 0; i < 200; i++) playground.set({ tau: 0.2 + i / 1000 }); await playground.step(1)");
    assert_eq!(page.config("tau"), "0.399");
    assert_eq!(page.run("return playground.state().config.tau"), json!(0.399));
    page.assert_no_console_errors();
}

#[test]
fn a_worker_that_dies_without_a_word_is_noticed_and_the_run_goes_on_when_nobody_waits_for_it() {
    let page = Page::unopened();
    page.driver.set_window(1400, 900);
    page.driver.run_before_load(
        "const Real = window.Worker;
         window.Worker = class extends Real { constructor(...given) { super(...given); window.theWorker = this; } };",
    );
    page.load("#speed=max");
    page.wait_until("playground.state().step > 5");
    page.run("theWorker.terminate()");
    // It may be alive, and at a step that takes long: only who waits for it can tell. The notice stands at the foot, with *Stop waiting* to its right.
    page.run("await new Promise((resolve) => setTimeout(resolve, 4000))");
    let frozen = page.step();
    let height = page.run("return innerHeight").as_i64().expect("a number");
    page.driver.click((918, height as i32 - 46));
    page.wait_until(&format!("playground.state().step < {frozen}"));
    page.wait_until("playground.state().step > 5");
}

#[test]
fn methods_spaces_and_exhibits_are_in_a_scripts_hands() {
    let page = Page::open("#play=0&method=moco&queue=64&head=mlp&head_dim=3&dim=4&points=128&batch=32");
    let state = page.run("return await playground.step(3)");
    assert_eq!((&state["step"], &state["space"], &state["dim"]), (&json!(3), &json!("z"), &json!(3)));
    assert_eq!(state["readings"]["queue_age"].as_f64(), Some(2.0));
    let keys = page.run("return playground.exhibits().map((exhibit) => [exhibit.role, exhibit.rows.length, exhibit.ages.length])");
    assert_eq!(keys, json!([["keys", 64, 64]]));
    page.run("playground.show('h')");
    page.wait_until("playground.state().space === 'h' && playground.state().dim === 4 && playground.embeddings().length === 4 * 128");
    let message = page.error_of("playground.show('p')");
    assert!(message.contains("\"p\"") && message.contains("h, z, target"), "{message}");
    assert!(page.error_of("playground.show(3)").contains("3 isn't a space"));
    page.run("playground.set({ method: 'swav', prototypes: 5 })");
    page.wait_until("playground.state().config.method === 'swav'");
    page.run("return await playground.step(1)");
    let roles = page.run("return playground.exhibits().map((exhibit) => [exhibit.role, (exhibit.rows ?? exhibit.table)[0].length])");
    assert_eq!(roles, json!([["prototypes", 3], ["codes", 5]]));
    page.assert_no_console_errors();
}

#[test]
fn inspect_says_why_a_point_moves_as_the_command_line_does() {
    let page = Page::open("#play=0&points=64&batch=12");
    page.run("await playground.step(40)");
    let found = page.run("return await playground.inspect(9)");
    assert_eq!((&found["point"], &found["step"], &found["pairs"]), (&json!(9), &json!(40), &json!(12)));
    assert_eq!(found["candidates"].as_array().map(Vec::len), Some(23));
    let mut trainer = contrastive_playground::learn::Trainer::new(contrastive_playground::learn::Config {
        points: 64,
        batch: 12,
        ..contrastive_playground::learn::Config::default()
    })
    .expect("it is in range");
    for _ in 0..40 {
        trainer.step().expect("it does not diverge");
    }
    trainer.pin(Some(9));
    let wanted = contrastive_playground::exchange::reasons::value(40, &trainer.reasons().expect("it is finite"));
    assert_eq!(found["sum"], wanted["sum"], "the same numbers as natively");
    for (call, words) in
        [("inspect(64)", "0 to 63"), ("inspect(-1)", "whole number"), ("inspect('x')", "whole number"), ("inspect(1.5)", "whole number")]
    {
        let message = page.error_of(&format!("await playground.{call}"));
        assert!(message.contains("inspect") && message.contains(words), "{call}: {message}");
    }
    assert_eq!(page.run("return await playground.inspect()"), json!(null));
    assert_eq!(page.run("return playground.state().alarms"), json!([]));
    page.assert_no_console_errors();
}
