//! What is still to be looked into, shared by the threads of a walk. The last task that came is done first, so that what waits stays small.

use std::sync::{Condvar, Mutex, MutexGuard};

/// Tasks, and how many of them are under way: each may bring more.
#[derive(Debug)]
pub struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct State<T> {
    waiting: Vec<T>,
    under_way: usize,
}

impl<T> Queue<T> {
    pub fn new(first: Vec<T>) -> Self {
        Self { state: Mutex::new(State { waiting: first, under_way: 0 }), changed: Condvar::new() }
    }

    pub fn add(&self, tasks: impl IntoIterator<Item = T>) {
        self.lock().waiting.extend(tasks);
        self.changed.notify_all();
    }

    /// The next task; waits while others may still bring one. `None` when all is done.
    pub fn next(&self) -> Option<(T, Turn<'_, T>)> {
        let mut state = self.lock();
        loop {
            if let Some(task) = state.waiting.pop() {
                state.under_way += 1;
                return Some((task, Turn(self)));
            }
            if state.under_way == 0 {
                return None;
            }
            state = self.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// The state is whole between any two statements, whoever panicked.
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A task is under way until this is dropped: after a panic too, so that nobody waits for what will not come.
#[derive(Debug)]
pub struct Turn<'a, T>(&'a Queue<T>);

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.under_way -= 1;
        if state.under_way == 0 {
            self.0.changed.notify_all();
        }
    }
}
