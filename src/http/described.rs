//! What the arguments and answers of handlers say of themselves to the OpenAPI document.

use actix_web::http::StatusCode;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::Problem;
use super::guard::{Browser, OwnPage};
use super::input::{At, AtMember, AtOrMe, AtRole, Body, ByExternalId, Creating, Query, SecretBody, SecretForm};
use super::openapi::Operation;
use super::reply::{
    Answer, Bare, Began, Changed, Created, Decided, Done, Gone, Listed, One, Shown, Success, SuccessMessage,
    SuccessPage, Upserted,
};
use super::route::{Described, Part};
use crate::base::id::Kind;
use crate::people::{TeamKind, UserKind};

impl<T: DeserializeOwned + JsonSchema + 'static> Part for Body<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.body::<T>();
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Part for Creating<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.body::<T>();
        operation.idempotent();
    }
}

impl Part for Browser {
    fn describe(operation: &mut Operation<'_>) {
        operation.own_page();
        operation.asked_by_us();
    }
}

impl Part for OwnPage {
    fn describe(operation: &mut Operation<'_>) {
        operation.own_page();
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Part for SecretBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.body::<T>();
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Part for SecretForm<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.body_form::<T>();
    }
}

impl<T: DeserializeOwned + JsonSchema + 'static> Part for Query<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.query::<T>();
    }
}

impl<K: Kind> Part for At<K> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_id("id", K::PREFIX, false);
    }
}

impl<K: Kind> Part for AtOrMe<K> {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_id("id", K::PREFIX, true);
    }
}

impl Part for AtMember {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_id("id", TeamKind::PREFIX, false);
        operation.path_id("user_id", UserKind::PREFIX, true);
    }
}

impl Part for AtRole {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_role();
    }
}

impl Part for ByExternalId {
    fn describe(operation: &mut Operation<'_>) {
        operation.path_external_id();
    }
}

impl<T: Described> Described for Result<T, Problem> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}

impl<T: Serialize + JsonSchema> Described for Answer<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<T>>(StatusCode::OK, "Done.");
    }
}

impl<T: Serialize + JsonSchema> Described for Bare<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<T>(StatusCode::OK, "Done.");
    }
}

impl<T: Serialize + JsonSchema> Described for Decided<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<T>>(StatusCode::OK, "Done.");
        operation.fails(StatusCode::CONFLICT, "The state of things forbids it.");
    }
}

impl<T: Serialize + JsonSchema> Described for Shown<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<T>>(StatusCode::OK, "Shown this once.");
        operation.fails(StatusCode::CONFLICT, "The state of things forbids it.");
    }
}

impl<T: Serialize + JsonSchema> Described for One<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<T>>(StatusCode::OK, "Done. The ETag is for If-Match.");
    }
}

impl<T: Serialize + JsonSchema> Described for Changed<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.conditional();
        operation.answers::<Success<T>>(StatusCode::OK, "Changed.");
        operation.fails(StatusCode::CONFLICT, "Its state forbids this change.");
    }
}

impl<T: Serialize + JsonSchema> Described for Created<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<T>>(StatusCode::CREATED, "Created.");
        operation.fails(StatusCode::CONFLICT, "Somebody was first: the value is taken.");
    }
}

impl<T: Serialize + JsonSchema> Described for Began<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<Success<T>>(StatusCode::CREATED, "Signed in. The cookie of the session comes along.");
        operation.fails(StatusCode::UNAUTHORIZED, "E-mail, password or code is wrong: which, nobody is told.");
    }
}

impl<T: Serialize + JsonSchema> Described for Listed<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<SuccessPage<T>>(StatusCode::OK, "A page, newest first.");
    }
}

impl Described for Done {
    fn describe(operation: &mut Operation<'_>) {
        operation.answers::<SuccessMessage>(StatusCode::OK, "Done.");
    }
}

impl<T: Serialize + JsonSchema> Described for Upserted<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.conditional();
        operation.answers::<Success<T>>(StatusCode::OK, "It was there, and is as given now.");
        operation.answers::<Success<T>>(StatusCode::CREATED, "Created.");
        operation.fails(StatusCode::CONFLICT, "A value is taken, or its state forbids this change.");
    }
}

impl Described for Gone {
    fn describe(operation: &mut Operation<'_>) {
        operation.conditional();
        operation.answers::<SuccessMessage>(StatusCode::OK, "Gone.");
        operation.fails(StatusCode::CONFLICT, "Its state forbids this.");
        operation.fails(StatusCode::UNPROCESSABLE_ENTITY, "Readable, but a value is not allowed.");
    }
}
