//! The command line, against the real binary: what it prints and where, how it ends, and what `serve` promises of its start and stop.
//! One file for each thing that a person does with it; `binary` starts and ends the processes.

mod admins;
mod audit;
#[path = "../binary/mod.rs"]
mod binary;
mod bootstrap;
mod config;
mod config_layers;
mod crash;
mod crash_credits;
mod credits;
mod first_key;
mod gateways;
mod hammer;
mod import;
mod keys;
mod leaks;
mod life;
mod lock;
mod logs;
mod moved_clock;
mod offline;
mod owners;
mod people;
mod release;
mod remote;
mod restrictions;
mod roles;
mod second_factor;
mod settings;
mod shell;
mod stop;
mod terminal;
mod token;
mod usage;
