//! Restrictions without a server: the table of spellings (`tests/vectors/restrictions.json`), and what holds for whatever is written and asked.

#[path = "../../fuzz/bodies.rs"]
mod bodies;
mod properties;
mod vectors;
