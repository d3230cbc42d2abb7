//! A connection as the nouns see it: SQL text, values, rows. Values are bound by name (`$1` is not position 1 for SQLite), their
//! count is checked, and a row is read left to right, column after column.

use std::cell::{Cell, RefCell};

use rusqlite::types::ValueRef;

use super::sqlite::fault;
use crate::base::crypto::{DIGEST_LEN, Digest};
use crate::base::{Error, Result};

/// A value to bind. Only TEXT, BIGINT and BLOB exist in the schema.
#[derive(Debug, Clone, Copy)]
pub enum Val<'a> {
    Null,
    Text(&'a str),
    Int(i64),
    Blob(&'a [u8]),
}

impl<'a> From<&'a str> for Val<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text)
    }
}

impl<'a> From<&'a String> for Val<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Val<'_> {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<bool> for Val<'_> {
    fn from(flag: bool) -> Self {
        Self::Int(i64::from(flag))
    }
}

impl<'a> From<&'a Digest> for Val<'a> {
    fn from(digest: &'a Digest) -> Self {
        Self::Blob(digest)
    }
}

impl<'a> From<&'a Vec<u8>> for Val<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Self::Blob(bytes)
    }
}

impl<'a, T: Into<Val<'a>>> From<Option<T>> for Val<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Val<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().into()
    }
}

/// `$1` … `$32`: more than any statement here needs.
const NAMES: [&str; 32] = [
    "$1", "$2", "$3", "$4", "$5", "$6", "$7", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$16", "$17",
    "$18", "$19", "$20", "$21", "$22", "$23", "$24", "$25", "$26", "$27", "$28", "$29", "$30", "$31", "$32",
];

pub struct Conn {
    pub(super) raw: rusqlite::Connection,
    after_commit: RefCell<Vec<AfterCommit>>,
}

type AfterCommit = Box<dyn FnOnce() + Send>;

impl std::fmt::Debug for Conn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Conn")
    }
}

impl Conn {
    pub(super) fn new(raw: rusqlite::Connection) -> Self {
        Self { raw, after_commit: RefCell::default() }
    }

    /// Runs `then` on the writer thread when the commit of this job is on disk, before the job is answered; never if it fails.
    pub fn after_commit(&self, then: impl FnOnce() + Send + 'static) {
        self.after_commit.borrow_mut().push(Box::new(then));
    }

    /// How many wait now: what a job that fails is cut back to.
    pub(super) fn waiting(&self) -> usize {
        self.after_commit.borrow().len()
    }

    pub(super) fn forget_from(&self, mark: usize) {
        self.after_commit.borrow_mut().truncate(mark);
    }

    pub(super) fn take_waiting(&self) -> Vec<AfterCommit> {
        std::mem::take(&mut *self.after_commit.borrow_mut())
    }

    /// Runs a statement without rows; answers how many rows it changed.
    pub fn run(&self, sql: &'static str, values: &[Val<'_>]) -> Result<usize> {
        let mut statement = self.bound(sql, values)?;
        statement.raw_execute().map_err(fault)
    }

    /// The first row, if there is one. Later rows are not stepped to, except that a changing statement (`RETURNING`) is finished.
    pub fn first<T>(
        &self,
        sql: &'static str,
        values: &[Val<'_>],
        mut read: impl FnMut(&Row<'_, '_>) -> Result<T>,
    ) -> Result<Option<T>> {
        let mut statement = self.bound(sql, values)?;
        let changes = !statement.readonly();
        let mut rows = statement.raw_query();
        let Some(raw) = rows.next().map_err(fault)? else { return Ok(None) };
        let found = read(&Row::new(raw))?;
        while changes && rows.next().map_err(fault)?.is_some() {}
        Ok(Some(found))
    }

    pub fn all<T>(
        &self,
        sql: &'static str,
        values: &[Val<'_>],
        mut read: impl FnMut(&Row<'_, '_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.bound(sql, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(raw) = rows.next().map_err(fault)? {
            found.push(read(&Row::new(raw))?);
        }
        Ok(found)
    }

    /// Lets go of the pages that this connection keeps: after a read of what nobody reads again.
    pub fn forget_pages(&self) -> Result<()> {
        self.run("PRAGMA shrink_memory", &[]).map(drop)
    }

    fn bound(&self, sql: &'static str, values: &[Val<'_>]) -> Result<rusqlite::CachedStatement<'_>> {
        let mut statement = self.raw.prepare_cached(sql).map_err(fault)?;
        if statement.parameter_count() != values.len() {
            return Err(Error::internal(format!("{} values for: {sql}", values.len())));
        }
        for (value, name) in values.iter().zip(NAMES) {
            let index = statement.parameter_index(name).map_err(fault)?;
            let index = index.ok_or_else(|| Error::internal(format!("no {name} in: {sql}")))?;
            match *value {
                Val::Null => statement.raw_bind_parameter(index, rusqlite::types::Null),
                Val::Text(text) => statement.raw_bind_parameter(index, text),
                Val::Int(number) => statement.raw_bind_parameter(index, number),
                Val::Blob(bytes) => statement.raw_bind_parameter(index, bytes),
            }
            .map_err(fault)?;
        }
        Ok(statement)
    }
}

/// One row, read in the order of its columns: each call takes the next one.
pub struct Row<'a, 's> {
    raw: &'a rusqlite::Row<'s>,
    next: Cell<usize>,
}

impl std::fmt::Debug for Row<'_, '_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Row")
    }
}

impl<'a, 's> Row<'a, 's> {
    fn new(raw: &'a rusqlite::Row<'s>) -> Self {
        Self { raw, next: Cell::new(0) }
    }

    fn take(&self) -> Result<ValueRef<'_>> {
        let column = self.next.replace(self.next.get() + 1);
        self.raw.get_ref(column).map_err(fault)
    }

    fn wrong(&self) -> Error {
        Error::internal(format!("column {} has another type than its reader expects", self.next.get() - 1))
    }

    pub fn text(&self) -> Result<&str> {
        match self.take()? {
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).map_err(Error::internal),
            _ => Err(self.wrong()),
        }
    }

    pub fn opt_text(&self) -> Result<Option<&str>> {
        match self.take()? {
            ValueRef::Null => Ok(None),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Some).map_err(Error::internal),
            _ => Err(self.wrong()),
        }
    }

    pub fn int(&self) -> Result<i64> {
        match self.take()? {
            ValueRef::Integer(number) => Ok(number),
            _ => Err(self.wrong()),
        }
    }

    pub fn opt_int(&self) -> Result<Option<i64>> {
        match self.take()? {
            ValueRef::Null => Ok(None),
            ValueRef::Integer(number) => Ok(Some(number)),
            _ => Err(self.wrong()),
        }
    }

    pub fn blob(&self) -> Result<Vec<u8>> {
        match self.take()? {
            ValueRef::Blob(bytes) => Ok(bytes.to_vec()),
            _ => Err(self.wrong()),
        }
    }

    pub fn flag(&self) -> Result<bool> {
        Ok(self.int()? != 0)
    }

    pub fn digest(&self) -> Result<Digest> {
        match self.take()? {
            ValueRef::Blob(bytes) if bytes.len() == DIGEST_LEN => Ok(bytes.try_into().expect("length checked")),
            _ => Err(self.wrong()),
        }
    }
}
