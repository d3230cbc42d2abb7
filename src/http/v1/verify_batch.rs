//! `POST /v1/api-keys/verify-batch`: up to a hundred verifications in one request, each judged and counted like one by itself. One that
//! cannot be judged has its error in its own place: what the others came to, and spent, is not lost with it.

use std::collections::HashMap;

use futures_util::stream::{self, StreamExt};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::verified::Verified;
use super::verify::Ask;
use crate::base::Error;
use crate::http::error::{Mistake, Problem};
use crate::http::guard::Asker;
use crate::http::input::SecretBody;
use crate::http::reply::{Answer, Reply};
use crate::key::Keys;
use crate::key::authority::Holder;

/// Questions in one request: some 0.2 ms of one processor where all is in memory.
const QUESTIONS_MAX: usize = 100;
/// Keys that are judged at the same time, so that those with credits share a commit; few enough that a batch takes no more than a quarter of
/// one (64 jobs).
const AT_ONCE: usize = 16;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// Each as `POST /v1/api-keys/verify` takes it.
    #[schemars(length(min = 1, max = 100))]
    questions: Vec<Ask>,
}

/// What one question came to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Judged {
    Verdict(Box<Verified>),
    Failed(Failed),
}

/// A question that could not be judged. Nothing was counted for it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Failed {
    /// Always false.
    valid: bool,
    error: Mistake,
}

pub async fn verify_batch(who: Asker, SecretBody(batch): SecretBody<Batch>) -> Reply<Answer<Vec<Judged>>> {
    if !(1..=QUESTIONS_MAX).contains(&batch.questions.len()) {
        return Err(Error::refused("/questions", "must be 1 to 100 questions: send more in further requests").into());
    }
    Ok(Answer(judge_all(who.call.keys(), &who.holder, &batch.questions).await))
}

/// The answers, in the order of the questions. What is asked of one key is judged in that order, too, so that the last of several uses is the
/// one for which nothing is left; different keys do not wait for each other.
async fn judge_all(keys: &Keys, asker: &Holder, questions: &[Ask]) -> Vec<Judged> {
    let mut turns: Vec<Vec<usize>> = Vec::new();
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (n, question) in questions.iter().enumerate() {
        let turn = *seen.entry(question.key.expose()).or_insert(turns.len());
        if turn == turns.len() {
            turns.push(Vec::new());
        }
        turns[turn].push(n);
    }
    let judged = stream::iter(turns).map(|turn| async move {
        let mut judged = Vec::with_capacity(turn.len());
        for n in turn {
            judged.push((n, Judged::of(questions[n].answer(keys, asker).await)));
        }
        judged
    });
    let mut judged: Vec<(usize, Judged)> =
        judged.buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.into_iter().flatten().collect();
    judged.sort_by_key(|(n, _)| *n);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

impl Judged {
    fn of(answer: Result<Verified, Error>) -> Self {
        match answer {
            Ok(verified) => Self::Verdict(Box::new(verified)),
            Err(error) => Self::Failed(Failed { valid: false, error: Problem::from(error).mistake() }),
        }
    }
}
