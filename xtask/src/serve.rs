//! A small server for the page on this machine.

use std::fs::File;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::thread;

use anyhow::{anyhow, bail};
use tiny_http::{Header, Method, Request, Response, Server};

use crate::site;
use crate::static_files::{file_for, mime_type};
use crate::wasm::PageProfile;
use crate::workspace::Workspace;

/// Number of threads that answer requests. A browser opens up to six connections to one host.
const THREADS: usize = 8;

/// Builds the page, then serves it until the process is stopped.
pub fn build_and_serve(workspace: &Workspace, profile: PageProfile, port: u16, opens_browser: bool) -> anyhow::Result<()> {
    // The port is opened first, so that a port in use is reported before minutes of compiling.
    let listener = listen(port)?;
    let address = format!("http://{}", listener.local_addr()?);
    let dist = workspace.dist();
    site::build(workspace, profile, &dist)?;

    let server = Arc::new(Server::from_listener(listener, None).map_err(|error| anyhow!("could not start the server: {error}"))?);
    println!("\nContrastive Playground is at {address}   (Ctrl+C stops it)");
    if opens_browser && let Err(error) = open::that(&address) {
        println!("Could not open a browser ({error}): open {address} by hand");
    }
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Ok(request) = server.recv() {
                    answer(request, &dist);
                }
            });
        }
    });
    bail!("the server at {address} stopped taking requests")
}

/// Listens on `port` of the loopback address; 0 chooses a free port.
fn listen(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| match error.kind() {
        ErrorKind::AddrInUse => anyhow!(
            "port {port} is taken by another program (perhaps an earlier `cargo xtask serve`): \
             stop that one, or choose another port, like `cargo xtask serve --port {}`",
            if port == u16::MAX { 8081 } else { port + 1 }
        ),
        ErrorKind::PermissionDenied => anyhow!("port {port} may not be used by this user: choose one from 1024 to 65535 with --port"),
        _ => anyhow!("could not listen on port {port}: {error}"),
    })
}

/// Answers one request.
fn answer(request: Request, site: &Path) {
    let is_read = matches!(request.method(), Method::Get | Method::Head);
    let answered = if !is_read {
        request.respond(text(405, "Only GET and HEAD are answered here.\n"))
    } else if let Some(path) = file_for(site, request.url()) {
        match File::open(&path) {
            Ok(file) => request.respond(Response::from_file(file).with_header(content_type(mime_type(&path))).with_header(revalidate())),
            Err(error) => request.respond(text(500, &format!("Could not read {}: {error}\n", path.display()))),
        }
    } else {
        let message = format!("404: there is no {} here. The page is at /\n", request.url());
        request.respond(text(404, &message))
    };
    // Sending fails if the browser has closed the connection; there is nothing left to do then.
    answered.ok();
}

/// Returns a response with a short plain text.
fn text(status: u16, message: &str) -> Response<std::io::Cursor<Vec<u8>>> {
    Response::from_string(message).with_status_code(status).with_header(content_type("text/plain; charset=utf-8")).with_header(revalidate())
}

/// Returns the `Content-Type` header.
fn content_type(mime: &str) -> Header {
    header("Content-Type", mime)
}

/// Returns the header that makes the browser ask for every file again, so that it never mixes files of two builds.
fn revalidate() -> Header {
    header("Cache-Control", "no-cache")
}

/// Returns a header. `name` and `value` must be ASCII.
fn header(name: &str, value: &str) -> Header {
    Header::from_bytes(name, value).expect("names and values of our own headers are ASCII")
}
