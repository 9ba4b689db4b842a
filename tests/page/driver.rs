//! A small WebDriver client: one Chromium under one ChromeDriver, both gone when it is dropped.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use std::{env, fs, process, thread};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// WebGL 2 in software, and nothing that talks to the outside.
const CHROMIUM_FLAGS: [&str; 10] = [
    "--headless",
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--lang=en-US",
];

/// How long one command may take before the browser counts as stuck.
const STUCK_AFTER: Duration = Duration::from_mins(2);

/// A screenshot of a busy page, in base64, stays well under this.
const MAX_ANSWER_BYTES: u64 = 64 * 1024 * 1024;

/// A running browser.
pub struct Driver {
    /// ChromeDriver, which ends the browser when its session ends.
    process: Child,
    /// Speaks HTTP with it.
    agent: ureq::Agent,
    /// The address of the session's commands.
    session: String,
    /// The browser's own folder, fresh for each.
    profile: PathBuf,
}

impl Driver {
    /// Starts ChromeDriver and a browser without any history.
    pub fn start() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("chromium-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        let profile = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&profile).expect("a folder for the browser's profile");

        let program = env::var_os("CHROMEDRIVER").unwrap_or_else(|| "chromedriver".into());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("could not start {}: {error}; `cargo xtask test` finds or installs it", program.display()));
        let port = port_from(process.stdout.take().expect("its output is piped"));

        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).timeout_global(Some(STUCK_AFTER)).build().into();
        let mut driver = Self { process, agent, session: format!("http://127.0.0.1:{port}/session"), profile };
        driver.open_session();
        driver
    }

    /// Asks ChromeDriver for a browser.
    fn open_session(&mut self) {
        let mut flags: Vec<String> = CHROMIUM_FLAGS.iter().map(|&flag| flag.to_owned()).collect();
        flags.push(format!("--user-data-dir={}", self.profile.display()));
        let mut options = json!({ "args": flags });
        if let Some(chromium) = env::var_os("CHROMIUM") {
            options["binary"] = chromium.to_string_lossy().into();
        }
        let session = self.post(
            "",
            &json!({ "capabilities": { "alwaysMatch": {
                "goog:chromeOptions": options,
                "goog:loggingPrefs": { "browser": "ALL" },
                "timeouts": { "script": STUCK_AFTER.as_millis() as u64, "pageLoad": STUCK_AFTER.as_millis() as u64 },
            } } }),
        );
        let id = session["sessionId"].as_str().expect("a new session has an id");
        self.session = format!("{}/{id}", self.session);
    }

    /// Opens an address, and returns when the page's own scripts have run.
    pub fn go(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Turns to the first frame of the page: what follows happens there.
    pub fn enter_frame(&self) {
        self.post("/frame", &json!({ "id": 0 }));
    }

    /// Moves two fingers apart around a place, until they are three times as far from each other.
    pub fn pinch(&self, (x, y): (i32, i32)) {
        self.devtools("Input.synthesizePinchGesture", &json!({ "x": x, "y": y, "scaleFactor": 3 }));
    }

    /// Runs the body of an async function in the page; an error carries the message of what it threw.
    pub fn run(&self, body: &str) -> Result<Value, String> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then(
               (value) => done({{ value: value ?? null }}),
               (error) => done({{ error: error instanceof Error ? error.message : `not an Error: ${{error}}` }}),
             );"
        );
        let mut answer = self.post("/execute/async", &json!({ "script": script, "args": [] }));
        match answer["error"].take() {
            Value::Null => Ok(answer["value"].take()),
            error => Err(error.as_str().map_or_else(|| error.to_string(), str::to_owned)),
        }
    }

    /// Runs a script in every page to come before its own.
    pub fn run_before_load(&self, script: &str) {
        self.devtools("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": script }));
    }

    /// Makes the page as large as a desktop window.
    pub fn set_window(&self, width: u32, height: u32) {
        self.set_metrics(width, height, false);
    }

    /// Makes the page as large as a phone's, with touch.
    pub fn set_phone(&self, width: u32, height: u32) {
        self.set_metrics(width, height, true);
        self.devtools("Emulation.setTouchEmulationEnabled", &json!({ "enabled": true, "maxTouchPoints": 5 }));
    }

    /// Sets the size of the page's view.
    fn set_metrics(&self, width: u32, height: u32, mobile: bool) {
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            &json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile }),
        );
    }

    /// Sets what the visitor's system prefers, like `("prefers-color-scheme", "dark")`.
    pub fn set_preferences(&self, preferences: &[(&str, &str)]) {
        let features: Vec<_> = preferences.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        self.devtools("Emulation.setEmulatedMedia", &json!({ "features": features }));
    }

    /// Presses and lets go a key; a character stands for its key.
    pub fn press(&self, key: &str) {
        let steps = json!([{ "type": "keyDown", "value": key }, { "type": "keyUp", "value": key }]);
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": steps }] }));
    }

    /// Clicks with the mouse.
    pub fn click(&self, (x, y): (i32, i32)) {
        for (kind, buttons) in [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
            self.devtools("Input.dispatchMouseEvent", &event);
        }
    }

    /// Puts one finger down, moves it in small steps, and lifts it.
    pub fn drag_finger(&self, from: (i32, i32), to: (i32, i32)) {
        const STEPS: i32 = 8;
        let touch = |kind: &str, points: Value| self.devtools("Input.dispatchTouchEvent", &json!({ "type": kind, "touchPoints": points }));
        touch("touchStart", json!([{ "x": from.0, "y": from.1 }]));
        for step in 1..=STEPS {
            let at = |from: i32, to: i32| from + (to - from) * step / STEPS;
            touch("touchMove", json!([{ "x": at(from.0, to.0), "y": at(from.1, to.1) }]));
        }
        touch("touchEnd", json!([]));
    }

    /// What the page shows, as a PNG file.
    pub fn screenshot(&self) -> Vec<u8> {
        let picture = self.get("/screenshot");
        BASE64_STANDARD.decode(picture.as_str().expect("a screenshot is a text")).expect("a screenshot is base64")
    }

    /// The errors in the browser's console since it was last asked.
    pub fn console_errors(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({ "type": "browser" }));
        let entries = log.as_array().expect("a log is a list").iter();
        entries.filter(|entry| entry["level"] == "SEVERE").map(|entry| entry["message"].to_string()).collect()
    }

    /// A command of the browser's developer tools.
    fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    /// Sends a command with parameters and returns its value.
    fn post(&self, path: &str, parameters: &Value) -> Value {
        value_of(path, self.agent.post(format!("{}{path}", self.session)).send_json(parameters))
    }

    /// Sends a command without parameters and returns its value.
    fn get(&self, path: &str) -> Value {
        value_of(path, self.agent.get(format!("{}{path}", self.session)).call())
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Ends the browser; where that fails, ending ChromeDriver is all that is left to do.
        self.agent.delete(&self.session).call().ok();
        self.process.kill().ok();
        self.process.wait().ok();
        fs::remove_dir_all(&self.profile).ok();
    }
}

/// The port that ChromeDriver says it took; what it says later is thrown away.
fn port_from(output: ChildStdout) -> u16 {
    let mut lines = BufReader::new(output).lines();
    let port = lines
        .by_ref()
        .map_while(Result::ok)
        .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
        .expect("ChromeDriver said no port: it could not start");
    thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    port
}

/// The value in an answer; the test ends here if the command failed.
fn value_of(command: &str, answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Value {
    let mut answer = answer.unwrap_or_else(|error| panic!("the browser did not answer {command}: {error}"));
    let mut body: Value = answer
        .body_mut()
        .with_config()
        .limit(MAX_ANSWER_BYTES)
        .read_json()
        .unwrap_or_else(|error| panic!("the browser's answer to {command} isn't JSON: {error}"));
    let value = body["value"].take();
    assert!(answer.status().is_success(), "the browser failed at {command}: {}: {}", value["error"], value["message"]);
    value
}
