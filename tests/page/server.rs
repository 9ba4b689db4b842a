//! A static server for the built site, in a sub-folder as on a host that many sites share.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;
use std::{env, fs};

/// The folder the site pretends to be in; nothing outside it is served, so an absolute path in the page fails.
const FOLDER: &str = "/some/folder/";

/// Serves the site until it is dropped.
pub struct Server {
    /// Where it listens.
    address: SocketAddr,
    /// What the answering threads look at.
    shared: Arc<Shared>,
}

/// What the answering threads look at.
struct Shared {
    /// The built site.
    dist: PathBuf,
    /// Answers with files whose name contains this wait.
    held: Mutex<Option<String>>,
    /// Whether connections are closed without an answer.
    is_offline: AtomicBool,
    /// A word that texts have in another's place.
    replaced: Mutex<Option<(String, String)>>,
    /// What a file holds instead of its own.
    other_file: Mutex<Option<(String, Vec<u8>)>>,
    /// Files whose name contains this are missing.
    lost: Mutex<Option<String>>,
    /// Files whose name contains this have no type that says what they are.
    untyped: Mutex<Option<String>>,
    /// Lines that every answer has beside the usual headers, each with its end.
    headers: Mutex<String>,
    /// A page that holds the site in a frame.
    host_page: Mutex<String>,
    /// Whether the server is being dropped.
    is_over: AtomicBool,
}

impl Server {
    /// Serves the folder that `PLAYGROUND_DIST` names on a free port.
    pub fn start() -> Self {
        let dist = PathBuf::from(
            env::var_os("PLAYGROUND_DIST").expect("no built page to test (PLAYGROUND_DIST isn't set): run `cargo xtask test`"),
        );
        assert!(dist.join("index.html").is_file(), "{} has no index.html: run `cargo xtask test`, which builds the page", dist.display());
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let address = listener.local_addr().expect("the address of an open port");
        let shared = Arc::new(Shared {
            dist,
            held: Mutex::default(),
            is_offline: false.into(),
            replaced: Mutex::default(),
            other_file: Mutex::default(),
            lost: Mutex::default(),
            untyped: Mutex::default(),
            headers: Mutex::default(),
            host_page: Mutex::default(),
            is_over: false.into(),
        });
        let of_thread = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if of_thread.is_over.load(Ordering::SeqCst) {
                    return;
                }
                let of_request = Arc::clone(&of_thread);
                // A connection that the browser drops is no failure of the page.
                thread::spawn(move || stream.and_then(|stream| of_request.answer(stream)).ok());
            }
        });
        Self { address, shared }
    }

    /// The page's address.
    pub fn url(&self) -> String {
        format!("http://{}{FOLDER}", self.address)
    }

    /// An empty page of the same origin.
    pub fn blank_url(&self) -> String {
        format!("http://{}/blank", self.address)
    }

    /// Lets requests for files with this in their name wait, or go on.
    pub fn hold(&self, name: &str, holds: bool) {
        *self.shared.held.lock().expect("no thread panics with it") = holds.then(|| name.to_owned());
    }

    /// Closes every connection from now on without an answer.
    pub fn go_offline(&self) {
        self.shared.is_offline.store(true, Ordering::SeqCst);
    }

    /// Serves texts with one word in another's place.
    pub fn replace(&self, word: &str, by: &str) {
        *self.shared.replaced.lock().expect("no thread panics with it") = Some((word.to_owned(), by.to_owned()));
    }

    /// Serves something else as a file.
    pub fn replace_file(&self, name: &str, content: &[u8]) {
        *self.shared.other_file.lock().expect("no thread panics with it") = Some((name.to_owned(), content.to_vec()));
    }

    /// Answers requests for files with this in their name with 404.
    pub fn lose(&self, name: &str) {
        *self.shared.lost.lock().expect("no thread panics with it") = Some(name.to_owned());
    }

    /// Serves files with this in their name as files of an unknown type, as some hosts do.
    pub fn forget_type(&self, name: &str) {
        *self.shared.untyped.lock().expect("no thread panics with it") = Some(name.to_owned());
    }

    /// Sends one more header with everything from now on.
    pub fn add_header(&self, name: &str, value: &str) {
        let mut headers = self.shared.headers.lock().expect("no thread panics with it");
        for part in [name, ": ", value, "\r\n"] {
            headers.push_str(part);
        }
    }

    /// The address of a page that holds the site in a frame with these attributes, opened with a link's end like `#seed=9`.
    pub fn host_url(&self, attributes: &str, hash: &str) -> String {
        let page = format!(
            "<!doctype html><title>Host</title><link rel=icon href=\"data:,\"><iframe {attributes} src=\"{FOLDER}{hash}\" width=900 height=600></iframe>"
        );
        *self.shared.host_page.lock().expect("no thread panics with it") = page;
        format!("http://{}/host", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.hold("", false);
        self.shared.is_over.store(true, Ordering::SeqCst);
        // Wakes the accepting thread, which then sees that it's over.
        TcpStream::connect(self.address).ok();
    }
}

impl Shared {
    /// Answers the one request of a connection.
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut lines = BufReader::new(stream.try_clone()?).lines();
        let request = lines.next().transpose()?.unwrap_or_default();
        for line in lines {
            if line?.is_empty() {
                break;
            }
        }
        if self.is_offline.load(Ordering::SeqCst) {
            return Ok(());
        }
        let target = request.split(' ').nth(1).unwrap_or_default();
        let path = target.split('?').next().unwrap_or_default();
        let (status, mime, body) = match (path, self.file(path)) {
            ("/blank", _) => ("200 OK", "text/html", Vec::new()),
            ("/host", _) => ("200 OK", "text/html", self.host_page.lock().expect("no thread panics with it").clone().into_bytes()),
            (_, Some(file)) => ("200 OK", self.mime_type(&file), self.content(&file)?),
            _ => ("404 Not Found", "text/plain", b"nothing here".to_vec()),
        };
        let headers = self.headers.lock().expect("no thread panics with it").clone();
        write!(
            stream,
            "HTTP/1.1 {status}\r\nContent-Type: {mime}\r\nContent-Length: {}\r\nCache-Control: no-cache\r\n{headers}Connection: close\r\n\r\n",
            body.len()
        )?;
        stream.write_all(&body)
    }

    /// What is served of a file.
    fn content(&self, file: &Path) -> std::io::Result<Vec<u8>> {
        if let Some((name, content)) = &*self.other_file.lock().expect("no thread panics with it")
            && file.ends_with(name)
        {
            return Ok(content.clone());
        }
        let content = fs::read(file)?;
        let replaced = self.replaced.lock().expect("no thread panics with it");
        Ok(match (&*replaced, str::from_utf8(&content)) {
            (Some((word, by)), Ok(text)) => text.replace(word, by).into_bytes(),
            _ => content,
        })
    }

    /// The file for a path, as soon as it may be had.
    fn file(&self, path: &str) -> Option<PathBuf> {
        let name = path.strip_prefix(FOLDER).filter(|name| !name.contains(".."))?;
        let file = self.dist.join(if name.is_empty() { "index.html" } else { name });
        while is_named(&self.held, &file) {
            thread::sleep(Duration::from_millis(20));
        }
        (file.is_file() && !is_named(&self.lost, &file)).then_some(file)
    }

    /// The type of a file of the site; a plain host knows no more.
    fn mime_type(&self, file: &Path) -> &'static str {
        if is_named(&self.untyped, file) {
            return "application/octet-stream";
        }
        match file.extension().and_then(|extension| extension.to_str()) {
            Some("html") => "text/html",
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("wasm") => "application/wasm",
            _ => "application/octet-stream",
        }
    }
}

/// Whether a file's name contains the word that is set, if one is.
fn is_named(word: &Mutex<Option<String>>, file: &Path) -> bool {
    let word = word.lock().expect("no thread panics with it");
    word.as_ref().is_some_and(|word| file.file_name().is_some_and(|name| name.to_string_lossy().contains(word.as_str())))
}
