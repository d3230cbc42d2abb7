//! The server itself: binds, serves on one thread a processor, and stops so that nobody notices.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{HttpServer, web};

use super::error::Problem;
use super::front::Front;
use super::gateway::Gateways;
use super::ui::{Files, Ui};
use super::{App, base, edge, guard, route, routes};
use crate::instance::{Instance, StartError};

/// Running requests have this long to finish.
const FINISH_S: u64 = 10;
/// A connection that says nothing is kept this long: longer than the 60 s after which nginx and AWS load balancers let go of theirs.
const KEEP_ALIVE: Duration = Duration::from_secs(75);
/// A request's head must be here by then.
const HEAD_TIMEOUT: Duration = Duration::from_secs(5);

/// A server that listens. Await [`Running::serve`] to serve.
pub struct Running {
    pub address: SocketAddr,
    pub public_url: String,
    server: actix_web::dev::Server,
    app: web::Data<App>,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Running({})", self.address)
    }
}

/// Stops a server from elsewhere.
#[derive(Debug, Clone)]
pub struct Stopper {
    handle: ServerHandle,
    app: web::Data<App>,
}

impl Stopper {
    /// Says "not ready" first, waits for that to be seen, then lets running requests finish and closes.
    pub async fn stop(&self) {
        self.app.health.stop();
        tokio::time::sleep(Duration::from_millis(self.app.instance.config.http.drain_ms.into())).await;
        self.handle.stop(true).await;
    }
}

/// Binds the address of the configuration. Needs a runtime of actix.
pub fn start(instance: Arc<Instance>) -> Result<Running, StartError> {
    start_with(instance, &Files::built())
}

/// The same with another browser's part than this binary has in it.
pub fn start_with(instance: Arc<Instance>, files: &Files) -> Result<Running, StartError> {
    let http = instance.config.http.clone();
    let listen = http.address()?;
    let listener = std::net::TcpListener::bind(listen).map_err(|error| {
        StartError(format!("{listen} cannot be listened on ({error}): choose another with --listen or http.listen"))
    })?;
    let address = listener.local_addr().unwrap_or(listen);
    let public_url = http.public_url(address);
    instance.listens_as(&public_url);
    let entries = Arc::new(routes());
    let gateways = Gateways::of(&instance.config)?;
    let app = web::Data::new(App {
        ui: Ui::new(files, base(&public_url)),
        instance,
        gateways,
        proxies: guard::Proxies { trusted: http.trusted()?, header: http.address_header()? },
        health: super::health::Health::default(),
        public_url: public_url.clone(),
        described: std::sync::OnceLock::new(),
    });
    let data = app.clone();
    let mut server = HttpServer::new(move || {
        let (entries, worker) = (Arc::clone(&entries), guard::Worker::new(data.clone()));
        let routed = actix_web::App::new()
            .app_data(data.clone())
            .app_data(guard::Worker::clone(&worker))
            .wrap(actix_web::middleware::from_fn(edge::edge))
            .configure(move |config| route::register(&entries, config))
            .default_service(web::to(|| async { Err::<&'static str, Problem>(Problem::no_such_route()) }));
        Front::of(routed, worker)
    })
    .keep_alive(KEEP_ALIVE)
    .client_request_timeout(HEAD_TIMEOUT)
    .shutdown_timeout(FINISH_S)
    .disable_signals();
    if http.workers > 0 {
        server = server.workers(http.workers as usize);
    }
    let server = server.listen(listener).map_err(|error| StartError(format!("{listen}: {error}")))?.run();
    Ok(Running { address, public_url, server, app })
}

impl Running {
    pub fn stopper(&self) -> Stopper {
        Stopper { handle: self.server.handle(), app: self.app.clone() }
    }

    /// Serves until it is stopped.
    pub async fn serve(self) -> std::io::Result<()> {
        self.server.await
    }
}
