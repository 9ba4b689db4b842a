//! The page as it is published, in a real browser: `cargo xtask test` builds it and runs these.
//!
//! A browser that draws in software is slow and uneven: nothing here asserts a time or a frame rate, and every wait ends as
//! soon as what it waits for is there.

mod bits;
mod driver;
mod exports;
mod font;
mod frame;
mod graphics;
mod keyboard;
mod link;
mod missing;
mod offline;
mod own;
mod page;
mod replay;
mod rest;
mod script_api;
mod server;
mod shots;
mod size;
mod start;
mod touch;
mod waiting;
