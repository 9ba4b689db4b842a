//! The page opened in a browser, and the words the tests have for it.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::driver::Driver;
use crate::server::Server;

/// One browser at a time: two that draw in software only keep each other waiting.
static TURN: Mutex<()> = Mutex::new(());

/// How long something may take to come true before it counts as never.
const NEVER_AFTER: Duration = Duration::from_mins(1);

/// A browser with a server of the page.
pub struct Page {
    /// The browser.
    pub driver: Driver,
    /// Where it finds the page.
    pub server: Server,
    /// Ends last.
    _turn: MutexGuard<'static, ()>,
}

impl Page {
    /// A browser of a laptop's size that has opened nothing yet.
    pub fn unopened() -> Self {
        // A test that failed in its turn says so itself.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let page = Self { server: Server::start(), driver: Driver::start(), _turn: turn };
        page.driver.set_window(1100, 700);
        page
    }

    /// A browser in which the page's program runs, opened with a link's end like `#seed=9`.
    pub fn open(hash: &str) -> Self {
        let page = Self::unopened();
        page.load(hash);
        page
    }

    /// Opens the page as one who was never here, and waits for the program's first snapshot.
    pub fn load(&self, hash: &str) {
        self.load_only(hash);
        self.run("await playground.ready");
    }

    /// Opens the page as one who was never here.
    pub fn load_only(&self, hash: &str) {
        // Away first: a link that differs only in its end would not load anything.
        self.driver.go(&self.server.blank_url());
        self.run("localStorage.clear()");
        self.driver.console_errors();
        self.driver.go(&format!("{}{hash}", self.server.url()));
    }

    /// Runs the body of an async function in the page.
    pub fn run(&self, body: &str) -> Value {
        self.driver.run(body).unwrap_or_else(|message| panic!("the page threw an error at `{body}`: {message}"))
    }

    /// Runs what has to throw an `Error`, and returns its message.
    pub fn error_of(&self, body: &str) -> String {
        match self.driver.run(body) {
            Ok(value) => panic!("`{body}` threw no error but returned {value}"),
            Err(message) => message,
        }
    }

    /// Waits until an expression is true in the page.
    pub fn wait_until(&self, expression: &str) {
        wait_until(expression, || self.run(&format!("return Boolean({expression})")) == true);
    }

    /// The step the run is at.
    pub fn step(&self) -> u64 {
        self.run("return playground.state().step").as_u64().expect("a step is a whole number")
    }

    /// One parameter, as text: `64,64` for a list.
    pub fn config(&self, key: &str) -> String {
        let value = self.run(&format!("const value = playground.config()[{key:?}]; return value === undefined ? value : String(value)"));
        value.as_str().unwrap_or_else(|| panic!("config() has no key {key}")).to_owned()
    }

    /// Waits until what has happened is drawn.
    pub fn wait_for_frames(&self) {
        self.run("for (let i = 0; i < 4; i++) await new Promise(requestAnimationFrame)");
    }

    /// What is on screen, as PNG.
    pub fn screenshot(&self) -> Vec<u8> {
        self.wait_for_frames();
        self.driver.screenshot()
    }

    /// How many colours are on screen.
    pub fn color_count(&self) -> usize {
        let picture = image::load_from_memory(&self.screenshot()).expect("a screenshot is a PNG").into_rgb8();
        picture.pixels().collect::<HashSet<_>>().len()
    }

    /// Fails if the console holds an error.
    pub fn assert_no_console_errors(&self) {
        let errors = self.driver.console_errors();
        assert!(errors.is_empty(), "errors in the console: {errors:#?}");
    }

    /// What the page says in the canvas's place, or nothing while the canvas is to be seen.
    pub fn cover_text(&self) -> String {
        let text = self.run(r#"const cover = document.getElementById("cover"); return cover.checkVisibility() ? cover.innerText : """#);
        text.as_str().expect("a text").to_owned()
    }
}

/// Waits until something is true.
pub fn wait_until(what: &str, mut is_true: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_true() {
        assert!(start.elapsed() < NEVER_AFTER, "waited in vain for: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}
