//! `/healthz`: the process. `/readyz`: can verifications be answered, and do writes work? The second question is put to the disk at
//! most once in five seconds, however often it is asked.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, Responder};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::App;
use super::error::Problem;
use super::guard::Nobody;
use super::input::Query;
use super::openapi::Operation;
use super::reply::Reply;
use super::route::Described;

/// Between two real writes.
const BEAT: Duration = Duration::from_secs(5);
/// A disk that does not answer within this does not work.
const BEAT_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Health {
    stopping: AtomicBool,
    writes_work: AtomicBool,
    last_beat: Mutex<Option<Instant>>,
}

impl Default for Health {
    fn default() -> Self {
        // Start-up has just written.
        Self { stopping: AtomicBool::new(false), writes_work: AtomicBool::new(true), last_beat: Mutex::new(None) }
    }
}

impl Health {
    /// From now on the server is not ready.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
    }

    /// Do writes work? Tries when the last try is too old; whoever asks meanwhile gets the last answer.
    async fn writes(&self, app: &App) -> bool {
        let due = {
            let mut last = self.last_beat.lock().unwrap_or_else(PoisonError::into_inner);
            let due = last.is_none_or(|last| last.elapsed() >= BEAT);
            if due {
                *last = Some(Instant::now());
            }
            due
        };
        if due {
            let beat = app.instance.live.store.heartbeat(app.instance.clock.now_ms());
            let works = tokio::time::timeout(BEAT_TIMEOUT, beat).await.is_ok_and(|beat| beat.is_ok());
            if self.writes_work.swap(works, Ordering::SeqCst) != works {
                if works {
                    tracing::info!("writes work again");
                } else {
                    tracing::error!("writes fail: is the disk full? Verifications go on");
                }
            }
        }
        self.writes_work.load(Ordering::SeqCst)
    }
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Live {
    status: &'static str,
}

pub async fn live(_: Nobody) -> Reply<Shown<Live>> {
    Ok(Shown(StatusCode::OK, Live { status: "ok" }))
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AskReady {
    /// With `1`, failing writes make the server not ready.
    #[schemars(range(min = 0, max = 1))]
    writes: Option<u8>,
}

#[derive(Debug, Serialize, JsonSchema)]
pub struct Ready {
    /// `ready`, `stopping`, or `unavailable` when the store cannot answer.
    status: &'static str,
    /// `ok` or `failing`.
    writes: &'static str,
}

pub async fn ready(who: Nobody, Query(ask): Query<AskReady>) -> Reply<Shown<Ready>> {
    if ask.writes.is_some_and(|writes| writes > 1) {
        return Err(Problem::invalid("/writes".into(), "must be 1, or 0"));
    }
    let app = &who.0.app;
    if ask.writes.is_some_and(|writes| writes > 1) {
        return Err(Problem::invalid("/writes".into(), "must be 0 or 1"));
    }
    let reads = app.instance.live.store.read(|db| db.first("SELECT 1", &[], |row| row.int())).await.is_ok();
    let writes = app.health.writes(app).await;
    let status = if app.health.stopping.load(Ordering::SeqCst) {
        "stopping"
    } else if !reads || (ask.writes == Some(1) && !writes) {
        "unavailable"
    } else {
        "ready"
    };
    let code = if status == "ready" { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(Shown(code, Ready { status, writes: if writes { "ok" } else { "failing" } }))
}

/// A bare JSON body, as probes expect it.
#[derive(Debug)]
pub struct Shown<T>(StatusCode, T);

impl<T: Serialize> Responder for Shown<T> {
    type Body = BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        HttpResponse::build(self.0).json(self.1)
    }
}

impl<T: Serialize + JsonSchema> Described for Shown<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(StatusCode::OK, "Yes.");
        operation.answers::<T>(StatusCode::SERVICE_UNAVAILABLE, "Not now.");
    }
}
